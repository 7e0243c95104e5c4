"""Optimism of picked points: figures and intervals to expect on new data.

A point that was picked as the best on these rows looks better in the file than on new data. The difference is
its optimism, which is estimated by repeating the pick in resamples. Intervals here allow for it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.picked_points import (
    GAIN,
    PickedPoint,
    best_of_each_model,
    cheapest_of_model,
    choices_by_point,
    pick_like,
    picks_by_misses,
)
from dashboard.analysis.points_table import point_of
from dashboard.analysis.resampled_figures import (
    interval,
    intervals_of_points,
    is_slow,
    place_of,
    replicates,
)
from metrics import OBJECTIVES, Objective, OperatingPoint
from metrics.evaluation.standard_objectives import revenue_impact_percent
from metrics.inference.bootstrap import FOR_A_MEAN
from metrics.inference.choice.optimism import (
    AtChoice,
    ChosenBeside,
    Correction,
    Shape,
    at_choice,
    is_limited,
    mean_over_replicates,
    optimism_of_choices,
    share_of_optimism,
)
from metrics.inference.choice.replicate_choices import (
    ReplicateChoices,
    choices_with_limits_if_met,
    choose_in_replicates,
)
from metrics.inference.interval_formulas import Interval
from metrics.inference.samples_on_new_data import samples_in_interval
from metrics.inference.share_intervals import is_of_shares
from metrics.selection.choice import Choice, CompromiseChoice
from metrics.tally.kernel import Floats


def on_new_data(analysis: Analysis, o: Objective, point: OperatingPoint) -> AtChoice | None:
    """Figure of a point, with the figure and interval to expect on new data.

    A point that was picked, or is the best of its model, has the optimism of its choice. The other
    thresholds of the model have a share of it. The current system has none: its threshold was fixed before
    these rows were seen.

    Returns
    -------
    AtChoice or None
        `None` if intervals are not computed, if no point of the model was chosen on these rows, or if the
        objective ranks models. Also `None` for the difference of the current system to itself.
    """
    found = _correction_at(analysis, o, point, allows_for_best=True)
    if found is None:
        return None
    (correction, own), value = found, point.figures[o.id]
    low_high = interval(analysis, o, point) if own is None else (own.low, own.high)
    ends = correction.apply(o, 0, value, *low_high)
    return AtChoice(value, *(end.item() for end in ends))


def _correction_at(
    analysis: Analysis, o: Objective, point: OperatingPoint, *, allows_for_best: bool
) -> tuple[Correction, ChosenBeside | None] | None:
    """Correction of a point's figure, and its interval if it was chosen; `None` if it has no correction."""
    if analysis.uncertainty is None or o.of_model or not o.has_interval:
        return None
    if point.model is None or point.lower is not None or point.is_alone:
        return None
    if o.is_against_current and analysis.is_current(point):  # this difference is 0 on any data
        return None
    if analysis.is_current(point) and pick_like(analysis, point) is None:
        return None
    value = point.figures.get(o.id, math.nan)
    if not math.isfinite(value) or is_slow(analysis, o, point):
        return None
    picks = _picks_beside(analysis, o, point.model)
    if allows_for_best:
        picks = picks + _best_beside(analysis, o, point.model)
    if not picks:
        return None
    at = place_of(analysis, point)
    own = next((pick.point for pick in picks if pick.at == at), None)
    if own is not None and len(picks) == 1:
        shares = [np.ones(1)]  # the only chosen point of its model has all of its optimism
    else:
        row = analysis.evaluation.curve_of(point.model).row(point.threshold)
        shares = [share[row : row + 1] for share in _shares_of_optimism(analysis, picks)]
    correction = Correction.beside(o, [pick.point for pick in picks], shares, np.array([value]))
    return correction, own


def pick_on_new_data(analysis: Analysis, o: Objective, point: OperatingPoint) -> AtChoice | None:
    """Figure of a pick, or of a point like one (`pick_like`), on new data; `None` for others."""
    is_picked = pick_like(analysis, point) is not None
    return on_new_data(analysis, o, point) if is_picked else None


class _Chosen(NamedTuple):
    """Point that was chosen on these rows: model and position on its curve, choice, and correction."""

    at: tuple[int, int]
    choice: Choice | CompromiseChoice
    point: ChosenBeside


@part(reads=lambda analysis, *of: (analysis.choices_key, of))
def _picks_beside(analysis: Analysis, o: Objective, model: str) -> list[_Chosen]:
    """Points of a model that a stakeholder would pick, with their corrections."""
    return _chosen_beside(
        analysis, o, [p for p in picks_by_misses(analysis).values() if p.point.model == model]
    )


@part(reads=lambda analysis, *of: (analysis.choices_key, of))
def _best_beside(analysis: Analysis, o: Objective, model: str) -> list[_Chosen]:
    """Best point of a model with its correction; empty if a stakeholder would pick the point."""
    best = cheapest_of_model(analysis, model)
    is_new = best is not None and pick_like(analysis, best.point) is None
    return _chosen_beside(analysis, o, [best]) if best is not None and is_new else []


def _chosen_beside(
    analysis: Analysis, o: Objective, picked: Iterable[PickedPoint]
) -> list[_Chosen]:
    """Points that were chosen on these rows, with their corrections."""
    placed = {at: pick for pick in picked if (at := place_of(analysis, pick.point)) is not None}
    if not placed:
        return []
    points, choices = zip(*placed.values(), strict=True)
    all_optimism = _optimism(analysis, choices, o, tuple(placed))
    all_ends, picks = intervals_of_points(analysis, o, points), []
    for at, point, choice, optimism, ends in zip(
        placed, points, choices, all_optimism, all_ends, strict=True
    ):
        if math.isfinite(optimism + point.figures[o.id]):
            is_decided = is_limited(choice, o)
            chosen = _at_choice(analysis, o, point, ends, optimism, is_limited=is_decided)
            picks.append(_Chosen(at, choice, ChosenBeside(chosen, *ends)))
    return picks


def _at_choice(
    analysis: Analysis,
    o: Objective,
    point: OperatingPoint,
    ends: tuple[float, float],
    optimism: float,
    *,
    is_limited: bool = False,
) -> AtChoice:
    """Figure and interval of a point, minus the optimism of its choice."""
    drawn = replicates(analysis, o, point)
    shape = Shape.of(drawn, is_share=is_of_shares(analysis.evaluation, o))
    return at_choice(o, point.figures[o.id], *ends, optimism, shape, is_limited=is_limited)


def _shares_of_optimism(analysis: Analysis, picks: Iterable[_Chosen]) -> list[Floats]:
    """Share of each chosen point's optimism that the thresholds of its model have."""
    return [_share_of_optimism(analysis, pick.choice, pick.at) for pick in picks]


@part(reads=lambda analysis, *of: (analysis.intervals_key, of))
def _share_of_optimism(
    analysis: Analysis, choice: Choice | CompromiseChoice, at: tuple[int, int]
) -> Floats:
    model_curve = analysis.evaluation.curves[at[0]]
    share = share_of_optimism(analysis.bootstrap, choice, at)
    # Points that miss the same defects have the same interval of the misses.
    share[model_curve.counts.fn == model_curve.counts.fn[at[1]]] = 1.0
    return share[model_curve.distinct]


@part(reads=lambda analysis, *of: (analysis.choices_key, of))
def ranges_of_curve(analysis: Analysis, o: Objective, model: str) -> Interval | None:
    """95% intervals of a stakeholder's objective at the points of a model; `None` if not computed.

    The interval of each point is that of `range_of`.
    """
    intervals = analysis.intervals_of(o, model)
    if intervals is None or o.of_model:
        return intervals
    picks = _picks_beside(analysis, o, model) + _best_beside(analysis, o, model)
    if not picks:
        return intervals
    values = analysis.points_of(model)[o.id].to_numpy(np.float64)
    shares = _shares_of_optimism(analysis, picks)
    correction = Correction.beside(o, [pick.point for pick in picks], shares, values)
    _, low, high = correction.apply(o, slice(None), values, intervals.low, intervals.high)
    current = analysis.current
    is_shown = current.model == model and analysis.scenario.inspection is None
    if is_shown and pick_like(analysis, current) is None:
        row = analysis.evaluation.curve_of(model).row(current.threshold)
        low[row], high[row] = intervals.low[row], intervals.high[row]
    return Interval(low, high)


def range_of(analysis: Analysis, o: Objective, point: OperatingPoint) -> tuple[float, float]:
    """95% interval of a figure on new data, which allows for the choice of a pick; NaN if unknown."""
    at_choice = on_new_data(analysis, o, point)
    if at_choice is not None:
        return at_choice.low, at_choice.high
    if analysis.uncertainty is None:
        return math.nan, math.nan
    return interval(analysis, o, point)


def intervals_of_best_points(
    analysis: Analysis, stakeholder: Stakeholder
) -> dict[str, tuple[float, float]]:
    """95% interval of each model's best figure for a stakeholder; NaN if unknown, or without a best.

    Each interval allows for the choice of the model's threshold. At a pick it is the interval of the pick
    (`range_of`), which also allows for the choice of its model.
    """
    best = best_of_each_model(analysis, stakeholder)
    if analysis.uncertainty is None:
        return dict.fromkeys(best, (math.nan, math.nan))
    ranges = dict(_intervals_of_best_points(analysis, stakeholder))
    for model in {model for model, _ in picks_by_misses(analysis)}:
        if (best_of_model := best.get(model)) is not None:
            point = point_of(analysis.points_of(model), best_of_model.row)
            if (at_pick := pick_on_new_data(analysis, stakeholder.objective, point)) is not None:
                ranges[model] = at_pick.low, at_pick.high
    return ranges


def _ranges_read(analysis: Analysis, stakeholder: Stakeholder) -> Hashable:
    # Neither the limits nor the objectives of other stakeholders change these intervals.
    best = best_of_each_model(analysis, stakeholder)
    picked = tuple((model, p and p.threshold) for model, p in best.items())
    objective_and_bound = stakeholder.objective, stakeholder.bound
    return analysis.scenario, analysis.seed, *objective_and_bound, picked


@part(reads=_ranges_read, kind=Kind.PART)
def _intervals_of_best_points(
    analysis: Analysis, stakeholder: Stakeholder
) -> dict[str, tuple[float, float]]:
    o, bound = stakeholder.objective, stakeholder.bound
    best = best_of_each_model(analysis, stakeholder)
    ends, corrected = dict.fromkeys(best, (math.nan, math.nan)), {}
    for model, best_of_model in best.items():
        if best_of_model is None:
            continue
        point = point_of(analysis.points_of(model), best_of_model.row)
        ends[model] = interval(analysis, o, point)
        if (at := place_of(analysis, point)) is None or is_slow(analysis, o, point):
            continue
        is_against_itself = o.is_against_current and analysis.is_current(point)
        if o.has_interval and not (o.of_model or is_against_itself):
            corrected[model] = point, at
    if not corrected:
        return ends
    few = analysis.bootstrap.part(0, FOR_A_MEAN)
    chosen = choose_in_replicates(few, [Choice(o, bound, models=(model,)) for model in corrected])
    by_id = optimism_of_choices(few, chosen, [o], [at for _, at in corrected.values()])
    for (model, (point, _)), optimism in zip(corrected.items(), by_id, strict=True):
        mean = mean_over_replicates(optimism[o.id])
        found = _at_choice(analysis, o, point, ends[model], mean)
        ends[model] = found.low, found.high
    return ends


def optimism_of(analysis: Analysis, o: Objective, point: OperatingPoint) -> float:
    """Figure in the file minus the expected figure on new data; 0 if no point of the model was picked.

    Differences between points use this value. It does not allow for the choice of a model's best point,
    because the best points of both models are chosen alike.
    """
    found = _correction_at(analysis, o, point, allows_for_best=False)
    if found is None:
        return 0.0
    (correction, _), value = found, point.figures[o.id]
    expected, _, _ = correction.apply(o, 0, value, math.nan, math.nan)
    return value - float(expected)


def samples_of(analysis: Analysis, o: Objective, point: OperatingPoint) -> Floats | None:
    """Figure of a point in samples of new data, shape (R,); `None` if it is unknown or slow.

    The samples agree with the figure to expect (`on_new_data`) and with the interval (`range_of`).
    """
    if analysis.uncertainty is None or not o.has_interval or is_slow(analysis, o, point):
        return None
    at_choice = on_new_data(analysis, o, point)
    if at_choice is None:
        expected, (low, high) = point.figures.get(o.id, math.nan), interval(analysis, o, point)
    else:
        expected, low, high = at_choice.expected, at_choice.low, at_choice.high
    return samples_in_interval(replicates(analysis, o, point), expected, low, high)


def expectation(analysis: Analysis, o: Objective, point: OperatingPoint) -> AtChoice | None:
    """Figure to expect on new data; `None` if it is unknown, or if the models were trained on the rows."""
    return None if analysis.held_out == "training" else on_new_data(analysis, o, point)


def _optimism(
    analysis: Analysis,
    choices: tuple[Choice | CompromiseChoice, ...],
    o: Objective,
    places: tuple[tuple[int, int], ...],
) -> list[float]:
    """Optimism of a figure at points that are picked by choices."""
    shown = _objectives_shown(analysis)
    objectives = shown if o in shown else (o,)
    return [by_id[o.id] for by_id in _optimism_at(analysis, choices, objectives, places)]


@part(reads=lambda analysis, *of: (analysis.intervals_key, of))
def _optimism_at(
    analysis: Analysis,
    choices: tuple[Choice | CompromiseChoice, ...],
    objectives: tuple[Objective, ...],
    places: tuple[tuple[int, int], ...],
) -> list[dict[str, float]]:
    few, repeated = analysis.bootstrap.part(0, FOR_A_MEAN), _choices_in_replicates(analysis)
    # The best of a model is only repeated if one of its points is shown.
    others = [choice for choice in choices if choice not in repeated]
    if others:
        candidates = choices_with_limits_if_met(few, others)
        repeated = repeated | dict(zip(others, candidates, strict=True))
    chosen = [repeated[choice] for choice in choices]
    return [
        {name: mean_over_replicates(by_replicate) for name, by_replicate in by_id.items()}
        for by_id in optimism_of_choices(few, chosen, objectives, places)
    ]


def _objectives_shown(analysis: Analysis) -> tuple[Objective, ...]:
    """Objectives whose figures the Decide page shows. Their optimism is computed together."""
    objectives = [s.objective for s in analysis.stakeholders]
    objectives += [o for s in objectives if (o := OBJECTIVES.get(s.in_proportion)) is not None]
    objectives += [
        OBJECTIVES[name]
        for name in ("missed_defects", "false_alarms", "recall", "share_flagged", "cost_of_errors")
    ]
    for bound in analysis.limits:
        o = bound.objective
        objectives += [o, GAIN] if o.compute is revenue_impact_percent else [o]
    offered = analysis.objectives
    are_picked = (o for o in objectives if o.id in offered and not (o.is_slow or o.of_model))
    return tuple({o.id: o for o in are_picked}.values())


@part(reads=lambda analysis: analysis.choices_key)
def _choices_in_replicates(
    analysis: Analysis,
) -> dict[Choice | CompromiseChoice, ReplicateChoices]:
    """Points that each choice picks in the first resamples; without limits if no point meets them.

    The choices are repeated together, because a compromise repeats those of the stakeholders.
    """
    few = analysis.bootstrap.part(0, FOR_A_MEAN)
    choices = list(dict.fromkeys(choices_by_point(analysis).values()))
    return dict(zip(choices, choices_with_limits_if_met(few, choices), strict=True))
