"""Cost curves: cheapest model by cost of a miss and by defect rate, and how often it is in resamples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from dashboard.analysis.analysis import Analysis, defect_rate_of
from dashboard.analysis.cache import part
from dashboard.analysis.scenario_figures import visible
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.comparison.cost_curve_stability import (
    CostCurveStability,
    cost_curve_stability,
    grid_around,
)
from metrics.selection.cost_curve import (
    CostCurve,
    CostCurveInterval,
    cost_curve_by_defect_rate,
    cost_curve_by_miss_cost,
    intervals_by_model,
)
from metrics.selection.ties import is_least


@dataclass(frozen=True)
class CostCurves:
    """Cheapest model by the cost of a miss and by the defect rate.

    Attributes
    ----------
    by_cost, by_rate : CostCurve
        Cheapest model for every cost of a miss, and for every defect rate.
    stability : mapping of str to CostCurveStability
        Stability of the curves "cost" and "rate"; empty if chance is not judged.
    """

    by_cost: CostCurve
    by_rate: CostCurve
    stability: Mapping[str, CostCurveStability]


@part(reads=lambda analysis: analysis.intervals_key)
def cost_curves_of(analysis: Analysis) -> CostCurves:
    """Cost curves of the models without inspectors, since inspected bands depend on the cost of a miss."""
    points = visible(analysis.figures_alone.points, analysis.hidden)
    evaluation = analysis.figures_alone.evaluation
    cost, rate = (
        cost_curve_by_miss_cost(points, evaluation),
        cost_curve_by_defect_rate(points, evaluation),
    )
    stability = {}
    if analysis.judges_chance:
        bootstrap = replace(analysis.bootstrap, evaluation=evaluation)
        miss, share = analysis.evaluation.miss_cost, float(defect_rate_of(analysis))
        stability = {
            "cost": cost_curve_stability(cost, points, bootstrap, grid_around(cost, miss)),
            "rate": cost_curve_stability(rate, points, bootstrap, grid_around(rate, share)),
        }
    return CostCurves(cost, rate, stability)


def interval_at(cost_curve: CostCurve, value: float) -> int:
    """Position in `intervals_by_model` of the interval that contains a value, or is nearest to it."""
    intervals = intervals_by_model(cost_curve)
    inside = (k for k, interval in enumerate(intervals) if interval.low <= value <= interval.high)
    return next(inside, 0 if value < intervals[0].low else len(intervals) - 1)


def tied_with_cheapest(analysis: Analysis, cost_curve: CostCurve) -> list[str]:
    """Models that tie with the cheapest model at the price of a miss, but are not in its interval."""
    points = visible(analysis.figures_alone.points, analysis.hidden)
    least = is_least(points["cost_of_errors"].to_numpy(np.float64)) & is_ordinary(points)
    ends = cost_curve.segments[0].low, cost_curve.segments[-1].high
    miss_cost = float(np.clip(analysis.evaluation.miss_cost, *ends))
    if cost_curve.at(miss_cost).point.extreme is not None:
        return []
    named: CostCurveInterval = intervals_by_model(cost_curve)[interval_at(cost_curve, miss_cost)]
    return [str(m) for m in points["model"][least].unique() if m not in named.models]
