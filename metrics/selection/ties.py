"""Ties: figures that are equal up to rounding, and the choice among equal operating points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.confusion import ConfusionCurve, cost_of_errors

ROUNDING = 1e-12
"""Relative difference up to which figures count as equal."""


def is_equal(
    a: NDArray[np.float64] | float, b: NDArray[np.float64] | float
) -> NDArray[np.bool_] | np.bool_:
    """Whether figures are equal up to rounding; an undefined figure equals nothing.

    Sums of the same counts in another order differ in their last bits.
    """
    # Infinite figures have no distance; exactly equal figures need none.
    with np.errstate(invalid="ignore"):
        close = np.abs(np.subtract(a, b)) <= ROUNDING * np.fmin(np.abs(a), np.abs(b))
    equal: NDArray[np.bool_] | np.bool_ = (close & np.isfinite(a) & np.isfinite(b)) | np.equal(a, b)
    return equal


def is_least(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mask of the smallest losses, up to rounding; undefined losses are not among them."""
    return np.asarray(is_equal(losses, float(np.fmin.reduce(losses))))


def break_ties(
    points: pd.DataFrame, positions: NDArray[np.intp], before: Sequence[NDArray[Any]] = ()
) -> int:
    """Representative of several operating points, independent of their order.

    Parameters
    ----------
    points : DataFrame
    positions : ndarray of int, shape (k,)
        At least one.
    before : sequence of ndarray, each of shape (k,)
        Criteria that precede the number of misses, most important first; less is better.

    Returns
    -------
    int
        Position of the representative.

    Notes
    -----
    Ties in these criteria are broken by the fewest misses, then the fewest false alarms, the name of the
    model, and the threshold.
    """
    for k in range(len(before)):
        least = _least(before[k])
        positions, before = positions[least], [values[least] for values in before]
    for name in ("fn", "fp", "model", "threshold"):
        if positions.size > 1:
            positions = positions[_least(points[name].iloc[positions].to_numpy())]
    return int(positions[0])


def _least(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Mask of the smallest values; true for all if all are undefined."""
    if values.dtype.kind in "OUT":  # text values
        return np.asarray(values == min(values))
    least = np.fmin.reduce(values)
    return np.asarray((values == least) | np.isnan(least))


def cheapest(points: pd.DataFrame, among: NDArray[np.bool_]) -> int | None:
    """Position of the point with the least cost of errors among some; `None` if none has a cost.

    Parameters
    ----------
    points : DataFrame
        With ``cost_of_errors`` among its columns.
    among : ndarray of bool, shape (n,)
        Points to choose from.

    Notes
    -----
    Costs that are equal up to rounding are ties, which `break_ties` breaks.
    """
    positions = np.flatnonzero(among)
    if not positions.size:
        return None
    cost = points["cost_of_errors"].to_numpy(np.float64)[positions]
    least = positions[is_least(cost)]
    return break_ties(points, least) if least.size else None


def cheapest_on_curve(
    curve: ConfusionCurve, miss_cost: float, factors: tuple[float, float] = (1.0, 1.0)
) -> int:
    """Position of the lowest ``miss_cost * fn + fp`` on a model's curve; ties as for `cheapest`.

    Parameters
    ----------
    curve : ConfusionCurve
    miss_cost : float
        Price of a miss in false alarms.
    factors : (float, float)
        Factors of the scenario for defects and good units.
    """
    points = pd.DataFrame(
        {
            "model": curve.model,
            "threshold": curve.thresholds,
            "fn": curve.counts.fn,
            "fp": curve.counts.fp,
            "cost_of_errors": cost_of_errors(curve.counts.scaled(*factors), miss_cost),
        }
    )
    position = cheapest(points, curve.distinct)
    assert position is not None  # flagging nothing is always a point
    return position
