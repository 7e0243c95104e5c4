"""Initial range of a front and its coloured models, and thinning of points that cannot be distinguished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis.decide.front import Curve, FrontView, Mark, discussed

MOST_FOR_TODAY, ONE_PLACE = 3.0, 8.0
"""Factors by which the point of the current system may lengthen an axis.

Between the two factors it is out of sight. Beyond the second it is visible, because then only its distance
matters.
"""
ROOM, ROOM_BELOW_ZERO = 0.18, 0.02
"""Room beyond the points at an end of an axis, and below a lower end of 0, as shares of the axis."""
OUT_OF_SIGHT, IN_SIGHT = 8, 0.1
"""Factor for the spacing of corners out of sight; share of an axis beyond its ends that is in sight."""
Ranges = tuple[list[float], list[float]]


@dataclass(frozen=True)
class VisibleFront:
    """Visible range and coloured models of a front. Its curves depend on these and on the data.

    Attributes
    ----------
    x, y : tuple of float
        Ranges of the axes.
    coloured : frozenset of str
        Models.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    coloured: frozenset[str]

    @classmethod
    def of(cls, view: FrontView) -> VisibleFront:
        """Initial range and coloured models of a front."""
        (left, right), (low, high) = visible_range(view)
        return cls((left, right), (low, high), discussed(view))

    @property
    def ranges(self) -> Ranges:
        """Ranges of both axes."""
        return list(self.x), list(self.y)


def visible_range(view: FrontView) -> tuple[list[float], list[float]]:
    """Initial range of each axis: the named points, and the front where it beats the current system.

    Notes
    -----
    Flagging everything can cost so much that all relevant points would be close together in a full range. The
    same holds for a distant current system, which then has an arrow at the edge. The reader can zoom out.
    """
    near = tuple(mark for mark in view.marks if mark.kind != "today")
    better = _better_than_current(view)
    on_front = view.points["front"].to_numpy()
    ends = {axis: view.points[axis].to_numpy(np.float64)[on_front] for axis in ("x", "y")}
    close, all_in = (_ranges(view, marks, better, ends) for marks in (near, view.marks))
    longer = max(
        (full_range[1] - full_range[0]) / (near_range[1] - near_range[0])
        for near_range, full_range in zip(close, all_in, strict=True)
    )
    return close if near and MOST_FOR_TODAY < longer <= ONE_PLACE else all_in


def _ranges(
    view: FrontView,
    marks: Sequence[Mark],
    better: pd.DataFrame,
    on_front: Mapping[str, NDArray[np.float64]],
) -> tuple[list[float], list[float]]:
    out = []
    for axis, o in (("x", view.across), ("y", view.up)):
        named = np.array([getattr(mark, axis) for mark in marks])
        named = np.concatenate([named, better[axis].to_numpy(np.float64)])
        values = on_front[axis]
        low, high = _interval(named, values)
        if not o.signed and min(named.min(initial=0.0), values.min(initial=0.0)) >= 0:
            # An axis of figures that cannot be negative begins just below 0.
            low = max(low, -ROOM_BELOW_ZERO * (high - max(low, 0.0)))
        out.append([low, high])
    return out[0], out[1]


def _better_than_current(view: FrontView) -> pd.DataFrame:
    """Points of the front that are at least as good as the current system on both axes."""
    line = view.line
    today = next((mark for mark in view.marks if mark.kind == "today"), None)
    if today is None:
        return line[:0]
    is_as_good = np.ones(len(line), bool)
    for axis, o in (("x", view.across), ("y", view.up)):
        is_as_good &= o.direction.loss(line[axis].to_numpy(np.float64)) <= o.direction.loss(
            np.array(getattr(today, axis))
        )
    return line[is_as_good]


def _interval(named: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    if named.size == 0:
        named = values
    if named.size == 0:
        return 0.0, 1.0
    low, high = float(named.min()), float(named.max())
    if high - low <= 0 and values.size:
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    room = ROOM * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def spaced(points: Curve, ranges: Ranges, spacing: float) -> Curve:
    """One point of each cell of a grid over the visible axes, so that no marker covers another."""
    cells = np.floor(on_screen(points.places, ranges) / spacing)
    return points[np.sort(np.unique(cells, axis=0, return_index=True)[1])]


def walked(points: Curve, ranges: Ranges, spacing: float) -> Curve:
    """Corners of a curve that can be distinguished (`corners`)."""
    return points[corners(points.places, ranges, spacing)]


def corners(places: NDArray[np.float64], ranges: Ranges, spacing: float) -> NDArray[np.intp]:
    """Positions at which a line enters another cell of a grid over the visible axes, and both of its ends."""
    if len(places) < 3:
        return np.arange(len(places))
    shares = on_screen(places, ranges)
    is_in_sight = ((shares > -IN_SIGHT) & (shares < 1 + IN_SIGHT)).all(axis=1)
    cells = np.floor(shares / np.where(is_in_sight, spacing, OUT_OF_SIGHT * spacing)[:, None])
    with np.errstate(invalid="ignore"):  # an infinite value remains a corner
        enters = np.append(True, (np.diff(cells, axis=0) != 0).any(axis=1))
    enters[-1] = True
    return np.flatnonzero(enters)


def on_screen(places: NDArray[np.float64], ranges: Ranges) -> NDArray[np.float64]:
    """Positions as shares of the visible axes."""
    starts = np.array([min(ends) for ends in ranges])
    lengths = np.array([abs(ends[1] - ends[0]) or 1.0 for ends in ranges])
    shares: NDArray[np.float64] = (places - starts) / lengths
    return shares
