"""What the threshold trade-off shows, as a value: three curves, what is marked on them, what is in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics import Direction, Objective
from metrics.inference.statistics import Interval

MOST_FLAGGED = 0.6
"""The curves start where this share of the units is flagged; beyond, nobody ships a line."""


@dataclass(frozen=True)
class StakeholderCurve:
    """One stakeholder's objective along the model's thresholds.

    Attributes
    ----------
    stakeholder : str
        Its title.
    objective : Objective
    values : ndarray, shape (n,)
        Along the view's thresholds.
    best : int or None
        Position of the stakeholder's own best threshold of this model.
    today : float
        Figure of today's system; NaN where undefined.
    ends : Interval or None
        95 % intervals of the figure, of shape (n,), where they are known.
    """

    stakeholder: str
    objective: Objective
    values: NDArray[np.float64]
    best: int | None
    today: float
    ends: Interval | None = None


@dataclass(frozen=True)
class TradeoffView:
    """What the trade-off shows, before it is drawn.

    Attributes
    ----------
    model : str
    thresholds, x : ndarray, shape (n,)
        Thresholds, ascending, and their place on the axis.
    axis : str
        "threshold", "flagged" or "recall".
    flagged : ndarray, shape (n,)
        Share flagged at each threshold: what decides where the axis starts.
    curves : sequence of StakeholderCurve
    chosen : int or None
        Position of the threshold under discussion; None where the page draws it over the figure.
    implied : float
        Threshold that the probabilities imply, on the axis of thresholds; NaN where there is none.
    """

    model: str
    thresholds: NDArray[np.float64]
    x: NDArray[np.float64]
    axis: str
    flagged: NDArray[np.float64]
    curves: Sequence[StakeholderCurve]
    chosen: int | None
    implied: float


def along(points: pd.DataFrame, axis: str) -> NDArray[np.float64]:
    """Place of each operating point of one model on the trade-off's axis."""
    column = {"threshold": "threshold", "flagged": "share_flagged", "recall": "recall"}[axis]
    return points[column].to_numpy(np.float64)


def named(view: TradeoffView) -> list[int]:
    """Positions that are marked: the stakeholders' own best ones, and the one under discussion."""
    marked = [view.chosen, *(curve.best for curve in view.curves)]
    return [k for k in marked if k is not None]


def in_sight(view: TradeoffView, count: int) -> NDArray[np.intp]:
    """Positions that are drawn: evenly about ``count`` of them, and every one that is marked."""
    marked = named(view)
    most = max(MOST_FLAGGED, float(np.nanmax(view.flagged[marked], initial=0.0)))
    shown = np.isfinite(view.x) & (view.flagged <= most)
    if shown.sum() < 2:
        shown = np.isfinite(view.x)
    positions = np.flatnonzero(shown)
    if positions.size <= count:
        return positions
    even = np.linspace(0, positions.size - 1, count).round().astype(int)
    return np.union1d(positions[even], [k for k in marked if shown[k]]).astype(np.intp)


def crowded(view: TradeoffView, positions: NDArray[np.intp], high: float) -> bool:
    """Whether the named thresholds lie in the first tenth of the axis, which a logarithm would spread."""
    xs = view.x[positions]
    finite = [m for m in view.x[named(view)] if np.isfinite(m)]
    if view.axis != "threshold" or not finite or xs.min() <= 0:
        return False
    return bool(min(finite) < 0.1 * high)


def x_range(view: TradeoffView, positions: NDArray[np.intp]) -> list[float]:
    """Range of the common axis at first sight: the marks with room around them."""
    xs = view.x[positions]
    marks = [m for m in view.x[named(view)] if np.isfinite(m)]
    low, high = float(np.min(xs)), float(np.max(xs))
    if view.axis == "threshold" and marks:
        # Scores of rare defects crowd near 0: leave the empty right half to those who zoom out.
        high = min(high, low + 2.5 * (max([*marks, _finite(view.implied, low)]) - low))
    room = 0.03 * (high - low) or 0.05
    return [low - room, high + room]


def _finite(value: float, otherwise: float) -> float:
    return value if np.isfinite(value) else otherwise


def y_range(
    curve: StakeholderCurve, view: TradeoffView, positions: NDArray[np.intp]
) -> list[float]:
    """Range of a curve's own axis at first sight."""
    y = curve.values[positions]
    y = y[np.isfinite(y)]
    if y.size == 0:
        return [0.0, 1.0]
    low, high = (float(end) for end in np.quantile(y, (0.02, 0.98)))
    named = [curve.today]
    named += [float(curve.values[k]) for k in (curve.best, view.chosen) if k is not None]
    named = [value for value in named if np.isfinite(value)]
    if named and curve.objective.direction is Direction.MINIMISE:
        # Where nearly nothing is flagged all is missed: that spike must not flatten the rest.
        high = min(high, max(named) + 1.5 * (max(named) - min([low, *named])))
    low, high = min([low, *named]), max([high, *named])
    room = 0.1 * (high - low) or 0.1 * abs(high) or 1.0
    return [float(low - room), float(high + room)]
