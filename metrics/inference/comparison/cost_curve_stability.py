"""Stability of a cost curve: how often the cheapest model is also the cheapest in resamples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.evaluation.confusion import ratio
from metrics.evaluation.operating_points import OperatingPoint
from metrics.inference.bootstrap import Bootstrap
from metrics.selection.cost_curve import Axis, CostCurve, cheapest_at
from metrics.selection.ties import is_equal
from metrics.tally.kernel import Floats

GRID = 11
"""Number of evenly spaced values along the axis."""


@dataclass(frozen=True)
class CostCurveStability:
    """Shares of the resamples in which the cheapest model along a cost curve is still the cheapest.

    Attributes
    ----------
    along : ndarray, shape (G,)
        Values on the axis.
    points : tuple of OperatingPoint
        The cheapest point at each value.
    shares : ndarray, shape (G,)
        Share of the resamples in which the point costs no more than any other model; NaN if it is undefined
        in all resamples.
    """

    along: Floats
    points: tuple[OperatingPoint, ...]
    shares: Floats


def grid_around(cost_curve: CostCurve, now: float) -> list[float]:
    """Values at which stability is computed: evenly spaced along the axis, and the current value."""
    low, high = cost_curve.segments[0].low, cost_curve.segments[-1].high
    even = np.geomspace(low, high, GRID)
    even[0], even[-1] = low, high  # exact ends, without rounding
    return np.unique([*even, float(np.clip(now, low, high))]).tolist()  # type: ignore[no-any-return]


def cost_curve_stability(
    cost_curve: CostCurve,
    points: pd.DataFrame,
    bootstrap: Bootstrap,
    grid: Sequence[float],
) -> CostCurveStability:
    """Share of the resamples in which the cheapest model at some values is still the cheapest.

    Parameters
    ----------
    cost_curve : CostCurve
        From `cost_curve_by_miss_cost` or `cost_curve_by_defect_rate`.
    points : DataFrame
        Operating points that the cost curve was computed from.
    bootstrap : Bootstrap
        Bootstrap of the same evaluation.
    grid : sequence of float
        Values inside the cost curve, such as from `grid_around`.

    Returns
    -------
    CostCurveStability
        Shape (G,), one share for each value of the grid.

    Notes
    -----
    A share counts the resamples in which the cheapest model costs no more than any other model, among those
    in which this is defined. The cost is the normalised expected cost: ``miss_cost * fn + fp`` over the cost
    of getting every unit wrong. Each model uses its best threshold in the file at that value, in every
    resample. The sample varies, but not the choice. Equal costs count for the cheapest. With one model the
    share is 1. Along the defect rate each class is scaled from the present rate, so both curves have the same
    share at present values.

    References
    ----------
    Drummond, Holte: Cost curves: an improved method for visualizing classifier performance. Machine Learning
    2006 (normalised expected cost, lower envelope).
    """
    at = np.asarray(grid, np.float64)
    cheapest = tuple(cost_curve.at(x).point for x in at.tolist())
    by_model = points[["model", "threshold", "fn", "fp"]].groupby("model", sort=False)
    models = [str(name) for name, _ in by_model]
    costs = np.array(
        [
            _costs(cost_curve, model_points, bootstrap, str(name), at)
            for name, model_points in by_model
        ]
    )
    m = np.array([models.index(str(point.model)) for point in cheapest])
    cost = np.take_along_axis(costs, m[None, None, :], axis=0)[0]
    costs[m, :, np.arange(at.size)] = np.inf
    least_of_others = costs.min(axis=0)
    is_cheapest = (cost < least_of_others) | is_equal(cost, least_of_others)
    defined = ~np.isnan(cost)
    shares = ratio((is_cheapest & defined).sum(axis=0), defined.sum(axis=0))
    return CostCurveStability(at, cheapest, shares)


def _costs(
    cost_curve: CostCurve, points: pd.DataFrame, bootstrap: Bootstrap, model: str, at: Floats
) -> Floats:
    """Cost of a model at its own best threshold over the cost of all errors, in every resample: (R, G).

    ``points`` are the operating points of this model.
    """
    evaluation = bootstrap.evaluation
    best = cheapest_at(points, evaluation, cost_curve.axis, at)
    m = evaluation.tally.index(model)
    thresholds = points["threshold"].to_numpy()[best]
    positions, back = np.unique(evaluation.curves[m].positions(thresholds), return_inverse=True)
    counts = bootstrap.counts(m, positions)
    fn, fp = counts.fn[:, back], counts.fp[:, back]
    if counts.missed_price is not None:
        fn = counts.missed_price[:, back] / (evaluation.miss_cost or 1.0)
    goods, defects = bootstrap.drawn.class_mass[:, [0]], bootstrap.drawn.class_mass[:, [1]]
    on_defects, on_goods = bootstrap.factors
    if cost_curve.axis is Axis.MISS_COST:
        on_defects = on_defects * at
    else:
        mass = evaluation.tally.class_mass
        now = evaluation.scenario.defect_rate or mass[1] / mass.sum()
        on_defects = evaluation.miss_cost * on_defects * at / now
        on_goods = on_goods * (1 - at) / (1 - now)
    # Costs are divided by the cost of getting every unit wrong, so that rounding errors have a known size.
    cost = on_defects * fn + on_goods * fp
    return np.asarray(cost / (on_defects * defects + on_goods * goods), np.float64)
