"""How often the cheapest along a cost curve is the cheapest in other samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.evaluation.confusion import ratio
from metrics.evaluation.operating_points import OperatingPoint
from metrics.inference.bootstrap import Bootstrap
from metrics.selection.cost_curve import Axis, CostCurve, cheapest_at
from metrics.selection.picks import is_equal
from metrics.tally.kernel import Floats

GRID = 41
"""Values along the axis unless others are asked for."""


@dataclass(frozen=True)
class CostCurveStability:
    """How often the cheapest is the cheapest in other samples of the same size.

    Attributes
    ----------
    along : ndarray, shape (G,)
        Values on the axis.
    points : tuple of OperatingPoint
        The cheapest at each.
    shares : ndarray, shape (G,)
        Share of the resamples in which it costs no more than any other model; NaN where it is undefined
        in all.
    """

    along: Floats
    points: tuple[OperatingPoint, ...]
    shares: Floats


def grid_around(cost_curve: CostCurve, now: float) -> list[float]:
    """Where to ask how often the cheapest is the cheapest: evenly along the axis, and where one stands."""
    low, high = cost_curve.segments[0].low, cost_curve.segments[-1].high
    even = np.geomspace(low, high, GRID // 4 + 1)
    even[0], even[-1] = low, high  # to the last bit
    return np.unique([*even, float(np.clip(now, low, high))]).tolist()  # type: ignore[no-any-return]


def cost_curve_stability(
    cost_curve: CostCurve,
    points: pd.DataFrame,
    bootstrap: Bootstrap,
    *,
    grid: Sequence[float] | None = None,
) -> CostCurveStability:
    """How often the cheapest at some values along the axis is the cheapest in resamples.

    Parameters
    ----------
    cost_curve : CostCurve
        From `by_miss_cost` or `by_defect_rate`.
    points : DataFrame
        What the cost curve was made from.
    bootstrap : Bootstrap
        Of the same evaluation.
    grid : sequence of float, optional
        Values inside the cost curve; by default `GRID` of them with equal ratios, from end to end.

    Returns
    -------
    CostCurveStability
        Of shape (G,), one share a value of the grid.

    Notes
    -----
    A share is that of the resamples, among those in which it is defined, where the cheapest costs no more
    than any other model. A cost is ``miss_cost * fn + fp`` over that of getting every unit wrong: the
    normalised expected cost. Each model enters at the threshold that is its best in the file at that value,
    and keeps it in every resample: what varies is the sample, not the choice. Equal costs uphold the
    cheapest. With one model there is nobody to lose to. Along the defect rate each class of a resample is
    brought to its own total.

    References
    ----------
    Drummond, Holte: Cost curves: an improved method for visualizing classifier performance. Machine Learning
    2006 (normalised expected cost, lower envelope).
    """
    ends = cost_curve.segments[0].low, cost_curve.segments[-1].high
    at = np.geomspace(*ends, GRID) if grid is None else np.asarray(grid, np.float64)
    cheapest = tuple(cost_curve.at(x).point for x in at.tolist())
    alone = points[["model", "threshold", "fn", "fp"]].groupby("model", sort=False)
    models = [str(name) for name, _ in alone]
    costs = np.array(
        [_costs(cost_curve, model_points, bootstrap, str(name), at) for name, model_points in alone]
    )
    mine = np.array([models.index(str(point.model)) for point in cheapest])
    own = np.take_along_axis(costs, mine[None, None, :], axis=0)[0]
    costs[mine, :, np.arange(at.size)] = np.inf
    least = costs.min(axis=0)
    holds = (own < least) | is_equal(own, least)
    defined = ~np.isnan(own)
    shares = ratio((holds & defined).sum(axis=0), defined.sum(axis=0))
    return CostCurveStability(at, cheapest, shares)


def _costs(
    cost_curve: CostCurve, points: pd.DataFrame, bootstrap: Bootstrap, model: str, at: Floats
) -> Floats:
    """Cost of a model at its own best threshold, of that of all errors, in every resample: (R, G).

    ``points`` are the model's own.
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
    goods, defects = bootstrap.class_mass[:, [0]], bootstrap.class_mass[:, [1]]
    if cost_curve.axis is Axis.MISS_COST:
        on_defects, on_goods = bootstrap.factors
        on_defects = on_defects * at
    else:
        on_defects = evaluation.miss_cost * at * ratio(np.ones_like(defects), defects)
        on_goods = (1 - at) * ratio(np.ones_like(goods), goods)
    # Over the cost of getting every unit wrong, so that what is only rounding can be told by its size.
    cost = on_defects * fn + on_goods * fp
    return np.asarray(cost / (on_defects * defects + on_goods * goods), np.float64)
