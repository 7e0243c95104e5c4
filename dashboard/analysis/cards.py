"""Figures of the stakeholders' cards: best figures, places in a ranking and the scale."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard.analysis.analysis import Analysis, Stakeholder, unpriced
from dashboard.analysis.cache import Kind, part
from metrics import Bound, Evaluation, Objective, OperatingPoint, Pick, Scenario, pick
from metrics.evaluation.objective import as_read_by
from metrics.evaluation.operating_points import evaluate, figures_at_points, is_ordinary
from metrics.inference.comparison import rank_ranges
from metrics.tally.kernel import Floats


def needs_prices(objective: Objective, scenario: Scenario) -> bool:
    """Whether an objective has no figure in money until somebody enters what a unit earns."""
    return scenario.payoff is None and objective.is_against_today


def _without_assumptions(scenario: Scenario) -> Scenario:
    """The scenario with the defect rate and the number of units of the file."""
    return replace(scenario, defect_rate=None, units_per_year=None)


@part(reads=lambda analysis: _without_assumptions(analysis.scenario), kind=Kind.PART)
def _evaluation_in_file(analysis: Analysis) -> Evaluation:
    of = analysis.evaluation
    observed = _without_assumptions(analysis.scenario)
    return evaluate(of.tally, observed, curves=of.curves, today_tally=of.today_tally)


def _figures_in_file_read(analysis: Analysis, objective: Objective) -> Hashable:
    return unpriced(analysis.scenario, (objective,)), analysis.picks_key.hidden, objective


@part(reads=_figures_in_file_read, kind=Kind.PART)
def _figures_in_file(analysis: Analysis, objective: Objective) -> Floats | None:
    """Figures at every model's operating points.

    `None` if they equal those of the scenario, as for recall.
    """
    in_file = figures_at_points(_evaluation_in_file(analysis), [objective])[objective.id]
    every = analysis.figures.points
    shown = ~every["model"].isin(analysis.picks_key.hidden).to_numpy()
    assumed = every[objective.id].to_numpy(np.float64)
    is_same = np.allclose(assumed[shown], in_file[shown], rtol=1e-9, atol=0, equal_nan=True)
    return None if is_same else in_file


def figure_in_file(analysis: Analysis, objective: Objective, point: OperatingPoint) -> float:
    """Figure of an operating point without the assumed defect rate and number of units.

    NaN if it is undefined, or if the objective does not depend on these assumptions.
    """
    if analysis.scenario.is_observed:
        return math.nan
    figures = _figures_in_file(analysis, objective)
    if figures is None:
        return math.nan
    model = str(point.model)
    first = int(np.flatnonzero(analysis.figures.points["model"] == model)[0])
    return float(figures[first + analysis.evaluation.curve_of(model).row(point.threshold)])


def has_places(objective: Objective) -> bool:
    """Whether places in a ranking are judged for chance. If not, no place is shown next to intervals."""
    return objective.has_interval and not objective.is_slow


def places(analysis: Analysis, objective: Objective) -> dict[str, tuple[int, int]]:
    """First and last place that each model may have by an objective that ranks models.

    Empty for other objectives, until the intervals are computed, and if places are not judged (`has_places`).
    """
    if not objective.of_model:
        return {}
    if analysis.shows_intervals and (analysis.uncertainty is None or not has_places(objective)):
        return {}
    return _places(analysis, objective)


def _places_read(analysis: Analysis, objective: Objective) -> Hashable:
    read = as_read_by(analysis.scenario, (objective,))
    if objective.id == "roc_auc":  # slow to resample, and the same at every defect rate
        read = replace(read, defect_rate=None, units_per_year=None)
    seed = None if analysis.uncertainty is None else analysis.seed
    return objective, read, analysis.picks_key.hidden, seed


@part(reads=_places_read, kind=Kind.PART)
def _places(analysis: Analysis, objective: Objective) -> dict[str, tuple[int, int]]:
    by_model = analysis.points.groupby("model", sort=False)[objective.id].first()
    figures, known = by_model.to_numpy(np.float64), analysis.uncertainty
    if known is None:
        loss = pd.Series(objective.direction.loss(figures))
        first = last = loss.rank(method="min").to_numpy(np.float64)
    else:
        bootstrap, index = known.bootstrap, analysis.evaluation.tally.index
        # The figure is the same at every threshold; the current system's counts are already resampled.
        drawn = np.hstack(
            [bootstrap.of_scaled(objective, index(str(m)), bootstrap.today) for m in by_model.index]
        )
        first, last = rank_ranges(objective, figures, drawn, blocks=known.bootstrap.blocks)
    return {
        str(model): (int(low), int(high))
        for model, low, high in zip(by_model.index, first, last, strict=True)
        if not math.isnan(low)
    }


def best_ignoring_limits(analysis: Analysis, stakeholder: Stakeholder) -> Pick | None:
    """Best pick with limits ignored; `None` without limits.

    It is shown for an objective that ranks models, and if no point meets the limits. Otherwise `None`.
    """
    if not analysis.limits or not (stakeholder.objective.of_model or stakeholder.pick is None):
        return None
    return _best_ignoring_limits(analysis, stakeholder)


@part(reads=lambda analysis, stakeholder: (analysis.picks_key, stakeholder.name))
def _best_ignoring_limits(analysis: Analysis, stakeholder: Stakeholder) -> Pick | None:
    objective, bound = stakeholder.objective, stakeholder.bound
    return pick(analysis.points, objective, analysis.evaluation, bound=bound)


def best_shown(analysis: Analysis, stakeholder: Stakeholder) -> Pick | None:
    """Best that a card shows: the stakeholder's pick, or `best_ignoring_limits`."""
    return best_ignoring_limits(analysis, stakeholder) or stakeholder.pick


def is_own_pick(stakeholder: Stakeholder, best: Pick) -> bool:
    """Whether the best that a card shows has the model of the stakeholder's pick within the limits."""
    return stakeholder.pick is not None and best.model == stakeholder.pick.model


def limits_bind(analysis: Analysis, stakeholder: Stakeholder) -> bool:
    """Whether a better figure than the stakeholder's pick breaks the limits."""
    if stakeholder.pick is None or not analysis.limits:
        return False
    return _limits_bind(analysis, stakeholder)


@part(reads=lambda analysis, stakeholder: (analysis.picks_key, stakeholder.name))
def _limits_bind(analysis: Analysis, stakeholder: Stakeholder) -> bool:
    o, own = stakeholder.objective, stakeholder.pick
    assert own is not None
    if o.of_model:
        best = best_ignoring_limits(analysis, stakeholder)
        return best is not None and best.model != own.model
    loss = o.direction.loss(analysis.points[o.id].to_numpy(np.float64))
    allowed = is_ordinary(analysis.points)
    if stakeholder.bound is not None:
        bound = stakeholder.bound
        allowed = allowed & bound.within(analysis.points[bound.objective.id].to_numpy(np.float64))
    return bool((loss[allowed] < o.direction.loss(np.asarray(own.value))).any())


def is_implied_by_target(analysis: Analysis, bound: Bound) -> bool:
    """Whether a target of the meeting asks for more than a stakeholder's condition."""
    return (
        bound.objective.is_against_today
        and bound.value == 0
        and any(
            one.objective.change_of == bound.objective.change_of and one.value >= 0
            for one in analysis.limits
        )
    )


def scale_start(analysis: Analysis, stakeholder: Stakeholder) -> float:
    """Start of a card's scale: the worst figure among all picks and the current system.

    Notes
    -----
    For an objective that ranks models this is the median of the models behind the best. One hopeless model
    would otherwise push all others into one place.
    """
    o, shown = stakeholder.objective, best_shown(analysis, stakeholder)
    if shown is None:
        return math.nan
    if o.of_model:
        by_model = analysis.points.groupby("model", sort=False)[o.id].first().to_numpy(np.float64)
        losses = np.sort(o.direction.loss(by_model[np.isfinite(by_model)]))
        behind = losses[losses > o.direction.loss(np.array(shown.value))]
        return float(o.direction.loss(behind[behind.size // 2])) if behind.size else math.nan
    rows = [s.pick.row for s in analysis.stakeholders if s.pick is not None]
    figures = analysis.points[o.id].to_numpy(np.float64)[rows]
    figures = np.append(figures, analysis.current.figures.get(o.id, math.nan))
    loss = o.direction.loss(figures[np.isfinite(figures)])
    return float(o.direction.loss(loss.max())) if loss.size else math.nan


PAST_BEST = (0.25, 1.0)
"""Least and most that a scale extends past the best, as a share of its length from the start to the best."""


def scale_end(analysis: Analysis, stakeholder: Stakeholder) -> float:
    """End of a card's scale: the best figure with all limits ignored, with room for an interval past it.

    The end is the same for all points, so that a drag moves only the selected point.
    """
    o, shown = stakeholder.objective, best_shown(analysis, stakeholder)
    if shown is None:
        return math.nan
    loss = o.direction.loss(analysis.points[o.id].to_numpy(np.float64))
    start = scale_start(analysis, stakeholder)
    best, last = o.direction.loss(np.array([shown.value, start])).tolist()
    length = last - best
    past = best - loss[np.isfinite(loss)].min(initial=best)
    least, most = (share * length for share in PAST_BEST)
    return float(o.direction.loss(np.array([best - min(max(past, least), most)]))[0])
