"""How sure the figures of the page are: resampling them, and asking of one point."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis import cache, certified, counts
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Key
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Objective, OperatingPoint
from metrics.evaluation.objective import as_read_by
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison import Gap, paired_difference
from metrics.inference.interval_formulas import Interval, percentile_interval
from metrics.inference.intervals import Uncertainty, intervals

CHANGES = ("missed_defects", "false_alarms", "revenue_impact")
TOLD = tuple(OBJECTIVES[name] for name in CHANGES)
"""Objectives by which a point is compared with the current system in the answer."""


def resample(analysis: Analysis) -> bool:
    """Find out how sure the figures are, where that is to be shown and not known; whether it was done."""
    if not analysis.shows_intervals or analysis.uncertainty is not None:
        return False
    drawn = counts.draw(analysis.dataset, analysis.seed, analysis.scenario)
    if any(stakeholder.objective.id == "roc_auc" for stakeholder in analysis.stakeholders):
        for model in analysis.points["model"].unique():  # 30 ms each, for which no page then waits
            drawn.area(analysis.evaluation.tally.index(str(model)))
    certified.prepare(analysis)
    return True


def own_ranges(selection: Selection, objective: Objective) -> Interval | None:
    """95 % intervals of a stakeholder's objective at the points of the chosen model, where known."""
    analysis = selection.analysis
    known = analysis.uncertainty
    if known is None or objective not in known.objectives:
        return None
    return known.range_of(objective, analysis.evaluation.tally.index(str(selection.point.model)))


def of_models(analysis: Analysis, objective: Objective, models: Sequence[str]) -> Interval | None:
    """95 % intervals of a stakeholder's objective that ranks models, by model, where known."""
    known = analysis.uncertainty
    if known is None or objective not in known.objectives:
        return None
    every = [known.range_of(objective, analysis.evaluation.tally.index(model)) for model in models]
    low, high = (
        np.array([getattr(interval, side)[0] for interval in every]) for side in ("low", "high")
    )
    return Interval(low, high)


def _place(analysis: Analysis, point: OperatingPoint) -> tuple[int, int, bool]:
    """Model and position of a point on its curve, and whether it is a point of the curve.

    Everything is shipped by every model: the first stands for them. Today's threshold may lie between two
    of its model's.
    """
    evaluation = analysis.evaluation
    m = 0 if point.model is None else evaluation.tally.index(point.model)
    k = evaluation.curves[m].position(point.threshold)
    return m, k, evaluation.curves[m].thresholds[k] == point.threshold


def place_of(analysis: Analysis, point: OperatingPoint) -> tuple[int, int] | None:
    """Model and position of a point of a curve; None of one that is not, as where all is shipped."""
    if point.model is None or analysis.is_alone(point):
        return None
    m, k, on_curve = _place(analysis, point)
    return (m, k) if on_curve else None


def interval(
    selection: Selection, known: Uncertainty, objective: Objective, point: OperatingPoint
) -> tuple[float, float]:
    """95 % interval of any figure of an operating point, or of today's system; NaN where undefined."""
    analysis = selection.analysis
    if objective.is_against_today and analysis.is_current(point):
        return math.nan, math.nan  # what is set against itself cannot vary
    m, k, on_curve = _place(analysis, point)
    alone = analysis.is_alone(point)
    is_on_curve = on_curve and point.lower is None
    if point.model is not None and (is_on_curve or objective.of_model) and not alone:
        return interval_at(selection, known, objective, str(point.model), point.threshold)
    if objective.of_model:
        return math.nan, math.nan

    def found() -> tuple[float, float]:
        bootstrap = _bootstrap_of(analysis, known, point)
        if on_curve:
            ends = intervals(bootstrap, objective, m, np.array([k]))
        else:
            ends = percentile_interval(bootstrap.of_today(objective), blocks=bootstrap.blocks)
        return ends.low.item(), ends.high.item()

    place = (m, k, on_curve, point.lower, *(("alone",) if alone else ()))
    return cache.STORE.get(_of_figures(analysis, "interval at", objective, place), found)


def _bootstrap_of(analysis: Analysis, known: Uncertainty, point: OperatingPoint) -> Bootstrap:
    """The same draws, of what models do by themselves or with a lower threshold that somebody set."""
    bootstrap, evaluation = known.bootstrap, known.bootstrap.evaluation
    if analysis.is_alone(point):
        return replace(bootstrap, evaluation=evaluation.alone)
    if point.lower is None:
        return bootstrap
    m, k, _ = _place(analysis, point)
    low = evaluation.curves[m].position(point.lower)
    return replace(bootstrap, evaluation=evaluation.with_lower(m, k, low))


def interval_at(
    selection: Selection, known: Uncertainty, objective: Objective, model: str, threshold: float
) -> tuple[float, float]:
    """95 % interval of a figure at a point of a curve; as on the stakeholder's card where it is there.

    Never interpolated: between the points that are kept, a model whose scores are few makes large steps.
    """
    analysis = selection.analysis
    m = analysis.evaluation.tally.index(model)
    k = analysis.evaluation.curves[m].position(threshold)
    if model == selection.point.model and known.is_exact(objective, m, k):
        shown = analysis.interval_of(objective.id, model, threshold)
        if shown is not None:
            return shown

    def found() -> tuple[float, float]:
        ends = intervals(known.bootstrap, objective, m, np.array([k]))
        return ends.low.item(), ends.high.item()

    return cache.STORE.get(_of_figures(analysis, "interval at", objective, (m, k, True)), found)


def _of_figures(analysis: Analysis, name: str, objective: Objective, *of: Hashable) -> Key:
    """Key of what follows from the replicates of one objective, whatever else the scenario says."""
    read = as_read_by(analysis.scenario, [objective])
    # Today's system is one of the points that are asked for.
    return analysis.keyed(name, objective, read, analysis.scenario.today, analysis.seed, *of)


def replicates(
    analysis: Analysis, known: Uncertainty, objective: Objective, point: OperatingPoint
) -> NDArray[np.float64]:
    """A figure of an operating point, or of today's system, in every resample, shape (R,)."""
    bootstrap = known.bootstrap
    if analysis.is_current(point):
        key = _of_figures(analysis, "replicates of today", objective)
        return cache.STORE.get(key, lambda: bootstrap.of_today(objective)[:, 0])
    m, k, _ = _place(analysis, point)
    if objective.of_model:  # the same at every threshold
        k = 0
    key = _of_figures(analysis, "replicates", objective, m, k, point.lower)

    def found() -> NDArray[np.float64]:
        of = _bootstrap_of(analysis, known, point)
        return of.values(objective, m, np.array([k]))[:, 0]

    return cache.STORE.get(key, found)


QUICK = 400
"""Thresholds up to which an average precision is resampled in well under 50 ms; with 3,000 it takes 200."""


def is_slow(analysis: Analysis, objective: Objective, *points: OperatingPoint) -> bool:
    """Whether resampling an objective's figure of some points would hold up the page."""
    if not objective.is_slow:  # an area under a ROC curve takes 10 ms, a loss less than one
        return False
    curves = analysis.evaluation.curves
    sizes = [curves[_place(analysis, p)[0]].thresholds.size for p in points if p.model is not None]
    return max(sizes, default=0) > QUICK


def gap(
    selection: Selection,
    known: Uncertainty,
    objective: Objective,
    other: OperatingPoint,
    *,
    point: OperatingPoint | None = None,
    optimism: float = 0.0,
) -> Gap | None:
    """A point against another, paired; None where that would take long.

    Nor where the models saw the rows: that flatters each its own way, and no resample tells by how much.

    Parameters
    ----------
    point : OperatingPoint, optional
        The chosen one unless given.
    optimism : float
        By how much the first point's figure is better or worse than what is shown of it.
    """
    analysis = selection.analysis
    a, b = selection.point if point is None else point, other
    if analysis.held_out == "training" or is_slow(analysis, objective, a, b):
        return None
    first, second = (replicates(analysis, known, objective, point) for point in (a, b))
    blocks = known.bootstrap.blocks
    value = a.figures[objective.id] - b.figures[objective.id] - optimism
    return paired_difference(objective, first - optimism, second, value, blocks=blocks)
