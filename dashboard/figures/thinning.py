"""Points of a curve that can be distinguished on the screen, so that a chart need not draw the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.decide.front import Curve
from dashboard.figures.front_range import Ranges

OUT_OF_SIGHT = 8
"""Factor for the distances between corners outside of the initial range, which only zooming out shows."""


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
    is_in_sight = ((shares > -0.1) & (shares < 1.1)).all(axis=1)
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
