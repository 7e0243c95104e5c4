"""Which of several operating points stands for all: the least, ties broken, and so the cheapest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ROUNDING = 1e-12
"""Share of its own size by which a figure may differ from another that is equal on paper."""


def is_equal(
    a: NDArray[np.float64] | float, b: NDArray[np.float64] | float
) -> NDArray[np.bool_] | np.bool_:
    """Whether figures are equal, up to rounding; an undefined one equals nothing.

    Sums of the same counts in another order differ in their last bits.
    """
    # What is infinite has no distance; where two are equal to the bit, none is asked for.
    with np.errstate(invalid="ignore"):
        close = np.abs(np.subtract(a, b)) <= ROUNDING * np.fmin(np.abs(a), np.abs(b))
    equal: NDArray[np.bool_] | np.bool_ = (close & np.isfinite(a) & np.isfinite(b)) | np.equal(a, b)
    return equal


def is_least(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the losses are the least, up to rounding; an undefined one is not."""
    return np.asarray(is_equal(losses, float(np.fmin.reduce(losses))))


def break_ties(
    points: pd.DataFrame, positions: NDArray[np.intp], before: Sequence[NDArray[Any]] = ()
) -> int:
    """The one of several operating points that stands for all, whatever their order.

    Parameters
    ----------
    points : DataFrame
    positions : ndarray of int, shape (k,)
        At least one.
    before : sequence of ndarray, each of shape (k,)
        What decides before the fewest misses do, the first first; less is better.

    Returns
    -------
    int
        Its position.

    Notes
    -----
    Of points that are equal in all that comes before: the fewest misses, then the fewest false alarms,
    the name of the model, the threshold.
    """
    for k in range(len(before)):
        least = _least(before[k])
        positions, before = positions[least], [values[least] for values in before]
    for name in ("fn", "fp", "model", "threshold"):
        if positions.size > 1:
            positions = positions[_least(points[name].iloc[positions].to_numpy())]
    return int(positions[0])


def _least(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values are the least; where all are undefined, all."""
    if values.dtype.kind in "OUT":  # names
        return np.asarray(values == min(values))
    least = np.fmin.reduce(values)
    return np.asarray((values == least) | np.isnan(least))


def cheapest(points: pd.DataFrame, among: NDArray[np.bool_] | None = None) -> int | None:
    """Position of the operating point of least cost of errors; None where none has a cost.

    Parameters
    ----------
    points : DataFrame
        With ``cost_of_errors`` among its columns.
    among : ndarray of bool, shape (n,), optional
        Which of them may be it; all where left out.

    Notes
    -----
    Costs that are equal up to rounding are equal: then the fewest misses decide, then the fewest false
    alarms, the name of the model, the threshold (`break_ties`).
    """
    positions = np.arange(len(points)) if among is None else np.flatnonzero(among)
    if not positions.size:
        return None
    cost = points["cost_of_errors"].to_numpy(np.float64)[positions]
    least = positions[is_least(cost)]
    return break_ties(points, least) if least.size else None
