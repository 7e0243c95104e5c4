"""Which model is the cheapest for every cost of a miss and every defect rate, and how often in resamples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dashboard.page import cache
from dashboard.page.scenario_figures import visible
from dashboard.page.state import PageState, rate_now
from metrics.inference.cost_curve_stability import (
    CostCurveStability,
    cost_curve_stability,
    grid_around,
)
from metrics.selection.cost_curve import CostCurve, by_defect_rate, by_miss_cost


@dataclass(frozen=True)
class CostCurves:
    """Who is cheapest where.

    Attributes
    ----------
    by_cost, by_rate : CostCurve
        The cheapest for every cost of a miss, and for every defect rate.
    stability : mapping of str to CostCurveStability
        Of "cost" and "rate", how often; empty where it is not shown or not yet known.
    """

    by_cost: CostCurve
    by_rate: CostCurve
    stability: Mapping[str, CostCurveStability]


def cost_curves_of(page: PageState) -> CostCurves:
    """Derive it once for everything that it follows from; the point under discussion is not among that."""
    return cache.part(page.keyed("cost curves", page.intervals_key), lambda: _cost_curves(page))


def _cost_curves(page: PageState) -> CostCurves:
    # What another price of a miss makes cheapest is asked of the models alone: a band follows the price.
    alone = visible(page.alone.points, page.picks_key.hidden)
    of_models = page.alone.evaluation
    cost, rate = by_miss_cost(alone, of_models), by_defect_rate(alone, of_models)
    often = {}
    if page.uncertainty is not None:
        bootstrap = replace(page.uncertainty.bootstrap, evaluation=of_models)
        miss, share = page.evaluation.miss_cost, float(rate_now(page))
        often = {
            "cost": cost_curve_stability(cost, alone, bootstrap, grid=grid_around(cost, miss)),
            "rate": cost_curve_stability(rate, alone, bootstrap, grid=grid_around(rate, share)),
        }
    return CostCurves(cost, rate, often)
