"""Placement of a line's name beside the line, far from other lines, marks and names."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dashboard.figures.chart_text import LETTER, LINE
from dashboard.figures.palette import Palette
from dashboard.figures.plotly_json import Drawing
from metrics.tally.kernel import Floats

Box = tuple[float, float, float, float]
"""Left, lower, right and upper end in pixels of a plot area of the usual size."""
MARK = 11
"""Radius of a mark."""
WIDE, HIGH = 400, 245
"""Approximate width and height of the plot area in pixels."""
ASIDE = 6
"""Pixels between a line and its name."""
BETTER_BY = 2
"""Additional free pixels that a later position must have to be preferred."""
CLEAR = 3
"""Free pixels around a name that count as clear."""
STEP = 4
"""Step between the values of a line that are tried as positions."""


def mark_boxes(
    points: Sequence[tuple[float, float]], x: Floats, ends: Sequence[float]
) -> list[Box]:
    """Boxes of the marks at some points; `x` and `ends` are the ranges of the axes."""
    defined = [point for point in points if np.isfinite(point).all()]
    places = np.array(defined, np.float64).reshape(-1, 2)
    return [
        (across - MARK, high - MARK, across + MARK, high + MARK)
        for across, high in zip(*_pixels(places[:, 0], places[:, 1], x, ends), strict=True)
    ]


def _pixels(along: Floats, up: Floats, x: Floats, ends: Sequence[float]) -> tuple[Floats, Floats]:
    return WIDE * (along - x[0]) / (x[-1] - x[0]), HIGH * (up - ends[0]) / (ends[1] - ends[0])


def draw_line_name(
    fig: Drawing,
    palette: Palette,
    x: Floats,
    y: Floats,
    others: Sequence[Floats],
    ends: Sequence[float],
    words: str,
    *,
    taken: Sequence[Box] = (),
    color: str | None = None,
    least: float = -math.inf,
) -> list[Box]:
    """Write the name of a line beside it, as far as possible from all other lines and boxes.

    Parameters
    ----------
    x : ndarray
        Ascending positions on the axis.
    y : ndarray
        Values of the line at these positions.
    others : sequence of ndarray
        Values of the other lines at the same positions.
    ends : (low, high)
        Range of the vertical axis.
    taken : sequence of Box
        Boxes of marks and other names.
    least : float
        Number of free pixels that the name needs around it.

    Returns
    -------
    list of Box
        Box of the name; empty if there is no room for it.
    """
    along, heights = _pixels(x, y, x, ends)
    lines = [_pixels(x, other, x, ends)[1] for other in others]
    width = LETTER * len(words)
    position, anchors, room = 0, ("left", "top"), -math.inf
    for k in np.flatnonzero((y > ends[0]) & (y < ends[1]))[::STEP]:
        # A rising line has its name at the upper left or at the lower right.
        for anchor in (("right", "bottom"), ("left", "top")):
            box = _box(float(along[k]), float(heights[k]), width, *anchor)
            if box[0] < 0 or box[1] < 0 or box[2] > WIDE or box[3] > HIGH:
                continue
            if _room(box, along, [heights], ()) < 0:  # the line would cross its own name
                continue
            free = _room(box, along, lines, taken)
            if free > room + BETTER_BY:
                position, anchors, room = int(k), anchor, free
    if room < least or not math.isfinite(room):
        return []
    xanchor, yanchor = anchors
    fig.add_text(
        words,
        color or palette.muted,
        x=float(x[position]),
        y=float(y[position]),
        xanchor=xanchor,
        xshift=-ASIDE if xanchor == "right" else ASIDE,
        yanchor=yanchor,
    )
    return [_box(float(along[position]), float(heights[position]), width, *anchors)]


def _box(x: float, y: float, width: float, xanchor: str, yanchor: str) -> Box:
    left = x - ASIDE - width if xanchor == "right" else x + ASIDE
    low = y if yanchor == "bottom" else y - LINE
    return left, low, left + width, low + LINE


def _room(box: Box, along: Floats, lines: Sequence[Floats], taken: Sequence[Box]) -> float:
    """Pixels between a name and the nearest line or box; negative if they overlap."""
    left, low, right, high = box
    under = (along > left - ASIDE) & (along < right + ASIDE)
    rooms = [max(a - right, left - c, b - high, low - d) for a, b, c, d in taken]
    for line in lines:
        heights = line[under & np.isfinite(line)]
        if heights.size:  # the line is completely below or above the name
            rooms.append(float(max(low - heights.max(), heights.min() - high)))
    return float(min(rooms, default=HIGH))
