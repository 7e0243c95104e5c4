"""Limits as straight lines across the axes of charts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from metrics import Bound, Direction, Objective


@dataclass(frozen=True)
class LimitLine:
    """Limit as a straight line across an axis.

    Attributes
    ----------
    axis : {"x", "y"}
    value : float
        Position of the line in the unit of the axis.
    bound : Bound
        The limit.
    above : bool
        Whether values above the line meet the limit.
    """

    axis: str
    value: float
    bound: Bound
    above: bool


def limit_line(analysis: Analysis, bound: Bound, axis: str, o: Objective) -> LimitLine | None:
    """Limit as a line across an axis; `None` unless its objective is a linear function of the axis."""
    limited, values = (
        analysis.points[name].to_numpy(np.float64) for name in (bound.objective.id, o.id)
    )
    line = (0.0, 1.0) if bound.objective.id == o.id else linear_function(limited, values)
    if line is None:
        return None
    start, slope = line
    at = start + slope * float(bound.value)
    if not math.isfinite(at):
        return None
    above = (bound.objective.direction is Direction.MAXIMISE) == (slope > 0)
    return LimitLine(axis, at, bound, above)


def limit_lines(analysis: Analysis, axis: str, o: Objective) -> tuple[LimitLine, ...]:
    """All limits that are a line across the axis of an objective."""
    lines = (limit_line(analysis, bound, axis, o) for bound in analysis.limits)
    return tuple(line for line in lines if line is not None)


def linear_function(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float] | None:
    """Intercept and slope of the line through all points; `None` if they are not on a line."""
    is_finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[is_finite], y[is_finite]
    if x.size < 3:  # two points always have a line
        return None
    low, high = x.argmin(), x.argmax()
    if x[low] == x[high] or y[low] == y[high]:
        return None
    slope = (y[high] - y[low]) / (x[high] - x[low])
    start = y[low] - slope * x[low]
    is_straight = np.abs(start + slope * x - y).max() <= 1e-9 * abs(y[high] - y[low])
    return (float(start), float(slope)) if is_straight else None
