"""Resampled figures: intervals, replicates and paired differences of operating points."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis import certified
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.counts import dataset_counts
from metrics import OBJECTIVES, Objective, OperatingPoint
from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective_in_scenario import scenario_read_by
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison.paired_difference import PairedDifference, paired_difference
from metrics.inference.interval_formulas import Interval
from metrics.inference.intervals import intervals

CHANGES = ("missed_defects", "false_alarms", "revenue_impact")
COMPARED = tuple(OBJECTIVES[name] for name in CHANGES)
"""Objectives that the answer compares with the current system."""
QUICK = 400
"""Number of thresholds up to which an average precision is resampled in less than 50 ms.

With 3,000 thresholds this takes 200 ms.
"""


def resample(analysis: Analysis) -> bool:
    """Resample the data if intervals are shown and not computed yet. Return whether it was resampled."""
    if not analysis.shows_intervals or analysis.uncertainty is not None:
        return False
    drawn = dataset_counts.draw(analysis.dataset, analysis.seed, analysis.scenario)
    if any(stakeholder.objective.id == "roc_auc" for stakeholder in analysis.stakeholders):
        # An area takes 30 ms. It is computed now so that no page has to wait.
        for model in analysis.models:
            drawn.area(analysis.evaluation.tally.index(model))
    certified.prepare(analysis)
    return True


def intervals_of_models(
    analysis: Analysis, objective: Objective, models: Sequence[str]
) -> Interval | None:
    """95% intervals of a stakeholder's objective that ranks models, by model; `None` if unknown."""
    ends = [analysis.intervals_of(objective, model) for model in models]
    pairs = [(interval.low[0], interval.high[0]) for interval in ends if interval is not None]
    if len(pairs) < len(models):
        return None
    return Interval(*np.array(pairs).reshape(-1, 2).T)


def _place(analysis: Analysis, point: OperatingPoint) -> tuple[int, int, bool]:
    """Model and position of a point on its curve, and whether its threshold is one of the curve.

    A point without a model ships everything. Every curve contains such a point, so the first model is used.
    The current threshold may lie between two thresholds of its model.
    """
    evaluation = analysis.evaluation
    m = 0 if point.model is None else evaluation.tally.index(point.model)
    k = evaluation.curves[m].position(point.threshold)
    return m, k, evaluation.curves[m].thresholds[k] == point.threshold


def place_of(analysis: Analysis, point: OperatingPoint) -> tuple[int, int] | None:
    """Model and position of a point on its curve; `None` if it is not on a curve or has no model."""
    if point.model is None or point.is_alone:
        return None
    m, k, on_curve = _place(analysis, point)
    return (m, k) if on_curve else None


def interval(
    analysis: Analysis, objective: Objective, point: OperatingPoint
) -> tuple[float, float]:
    """95% interval of any figure of an operating point or of the current system; NaN if undefined.

    The interval is never interpolated, because a model with few scores has large steps between cached points.
    """
    return intervals_of_points(analysis, objective, [point])[0]


def intervals_of_points(
    analysis: Analysis, objective: Objective, points: Sequence[OperatingPoint]
) -> list[tuple[float, float]]:
    """95% intervals of a figure at several points of one model. They take little longer than one interval."""
    ends = dict.fromkeys(points, (math.nan, math.nan))
    varying = tuple(point for point in points if _varies(analysis, objective, point))
    if not varying:
        return [(math.nan, math.nan)] * len(points)
    found, known = _intervals(analysis, objective, *varying), analysis.uncertainty
    for point, low, high in zip(varying, found.low.tolist(), found.high.tolist(), strict=True):
        ends[point] = low, high
        if known is not None and objective in known.objectives:
            # An interval on a stakeholder's card always contains the figure.
            figure = point.figures[objective.id]
            ends[point] = np.minimum(low, figure).item(), np.maximum(high, figure).item()
    return [ends[point] for point in points]


def _varies(analysis: Analysis, objective: Objective, point: OperatingPoint) -> bool:
    """Whether a figure of a point varies; the difference of the current system to itself does not."""
    if objective.is_against_current and analysis.is_current(point):
        return False
    return not objective.of_model or not (point.model is None or point.is_alone)


def _figures_read(analysis: Analysis, objective: Objective, *place: Hashable) -> Hashable:
    """Key of the replicates of an objective, with the part of the scenario that the objective depends on."""
    read = scenario_read_by(analysis.scenario, [objective])
    # The place may be that of the current system.
    return objective, read, analysis.scenario.today, analysis.seed, place


def _intervals_read(analysis: Analysis, objective: Objective, *points: OperatingPoint) -> Hashable:
    places = ((*_place(analysis, p), p.lower, p.is_alone) for p in points)
    return _figures_read(analysis, objective, *places)


@part(reads=_intervals_read, kind=Kind.PART)
def _intervals(analysis: Analysis, objective: Objective, *points: OperatingPoint) -> Interval:
    m, _, on_curve = _place(analysis, points[0])
    positions = [_place(analysis, point)[1] for point in points]
    if on_curve or objective.of_model:
        bootstrap = _bootstrap_of(analysis, points[0])
    else:
        bootstrap = _bootstrap_beside_curve(analysis)
        positions = [bootstrap.evaluation.curves[m].position(points[0].threshold)]
    return intervals(bootstrap, objective, m, np.array(positions))


def _bootstrap_beside_curve(analysis: Analysis) -> Bootstrap:
    """Resamples that also count the current threshold, if it lies between two thresholds of the tally."""
    evaluation = analysis.evaluation.alone
    if evaluation.current_tally is evaluation.tally:  # no score lies between the two
        return replace(analysis.bootstrap, evaluation=evaluation)
    counted = evaluate(evaluation.current_tally, evaluation.scenario)
    return Bootstrap.draw(counted, seed=analysis.seed)


def _bootstrap_of(analysis: Analysis, point: OperatingPoint) -> Bootstrap:
    """Bootstrap that evaluates a point without inspectors, or with the point's own lower threshold."""
    bootstrap, evaluation = analysis.bootstrap, analysis.bootstrap.evaluation
    if point.is_alone:
        return replace(bootstrap, evaluation=evaluation.alone)
    if point.lower is None:
        return bootstrap
    m, k, _ = _place(analysis, point)
    low = evaluation.curves[m].position(point.lower)
    return replace(bootstrap, evaluation=evaluation.with_lower(m, k, low))


def _replicates_read(analysis: Analysis, objective: Objective, point: OperatingPoint) -> Hashable:
    if analysis.is_current(point):
        return _figures_read(analysis, objective)
    m, k, _ = _place(analysis, point)
    # A figure of a whole model, such as the ROC AUC, is the same at every threshold.
    return _figures_read(analysis, objective, m, 0 if objective.of_model else k, point.lower)


@part(reads=_replicates_read, kind=Kind.PART)
def replicates(
    analysis: Analysis, objective: Objective, point: OperatingPoint
) -> NDArray[np.float64]:
    """A figure of an operating point, or of the current system, in every resample, shape (R,)."""
    if analysis.is_current(point):
        return analysis.bootstrap.of_current(objective)[:, 0]
    m, k, _ = _place(analysis, point)
    at = np.array([0 if objective.of_model else k])
    return _bootstrap_of(analysis, point).values(objective, m, at)[:, 0]


def is_slow(analysis: Analysis, objective: Objective, *points: OperatingPoint) -> bool:
    """Whether resampling a figure of some points would delay the page."""
    if not objective.is_slow:  # a ROC AUC takes 10 ms, a loss less than 1 ms
        return False
    curves = analysis.evaluation.curves
    sizes = [curves[_place(analysis, p)[0]].thresholds.size for p in points if p.model is not None]
    return max(sizes, default=0) > QUICK


def gap(
    analysis: Analysis,
    objective: Objective,
    first: OperatingPoint,
    second: OperatingPoint,
    *,
    optimism: float = 0.0,
) -> PairedDifference | None:
    """Paired difference of two points; `None` if it is slow, or if the models were trained on the rows.

    Training rows make each model look too good by a different amount, which resamples do not show.

    Parameters
    ----------
    optimism : float
        The first point's figure minus its expected figure on new data.
    """
    if analysis.held_out == "training" or is_slow(analysis, objective, first, second):
        return None
    drawn, drawn_second = (replicates(analysis, objective, point) for point in (first, second))
    value = first.figures[objective.id] - second.figures[objective.id] - optimism
    return paired_difference(
        objective, drawn - optimism, drawn_second, value, blocks=analysis.bootstrap.blocks
    )


def required_positions(analysis: Analysis) -> tuple[bytes, ...]:
    """Positions by model whose intervals are not interpolated; empty if intervals are not computed."""
    required = () if analysis.uncertainty is None else analysis.uncertainty.required
    return tuple(positions.tobytes() for positions in required)
