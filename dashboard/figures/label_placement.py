"""Positions of labels beside their points on paper, so that no label covers another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from dashboard.figures.front_range import Ranges

_LETTER, _LINE, _REACH = 6.6, 17.0, 13.0
"""Pixels of a letter's width, of a line's height, and from a point to the edge of its mark."""
_TRIES = tuple(
    (right, down)
    for far in (26, 44, 64, 88)
    for right, down in ((far, -far), (0, -far), (0, far), (-far, -far), (far, far), (-far, far))
)
"""Offsets that are tried, the preferred ones first."""
_OUTSIDE, _NEARER_TO_ANOTHER = 50.0, 60.0
"""Costs of a pixel outside the plot area, and of a position nearer to another point, in pixels of overlap."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels."""


def label_offsets(
    labels: Sequence[tuple[str, float, float]],
    ranges: Ranges,
    size: tuple[float, float],
) -> list[tuple[int, int]]:
    """Offset of the middle of each label from its point, in pixels to the right and down.

    Parameters
    ----------
    labels : sequence of (str, float, float)
        Text, and position on the axes.
    ranges : (x, y)
        Ends of the axes in their units.
    size : (width, height)
        Size of the plot area in pixels.

    Notes
    -----
    Each label in turn gets the first of a few positions that is inside the plot area, free, and nearer to its
    own point than to any other. If there is none, it gets the position with the lowest cost.
    """
    points = [
        (_share(x, ranges[0]) * size[0], (1 - _share(y, ranges[1])) * size[1]) for _, x, y in labels
    ]
    taken: list[Box] = [(x - _REACH, y - _REACH, x + _REACH, y + _REACH) for x, y in points]
    out = []
    for (text, *_), point in zip(labels, points, strict=True):
        half = _LETTER * len(text) / 2 + 2
        others = [other for other in points if other != point]
        cost = partial(_cost, point=point, half=half, taken=taken, others=others, size=size)
        best = min(_TRIES, key=cost)
        taken.append(_box(best, point, half))
        out.append(best)
    return out


def _box(offset: tuple[int, int], point: tuple[float, float], half: float) -> Box:
    """Box of a label that is ``2 * half`` wide."""
    right, down = point[0] + offset[0], point[1] + offset[1]
    return (right - half, down - _LINE / 2, right + half, down + _LINE / 2)


def _cost(
    offset: tuple[int, int],
    point: tuple[float, float],
    half: float,
    taken: Sequence[Box],
    others: Sequence[tuple[float, float]],
    size: tuple[float, float],
) -> float:
    """Cost of an offset, in square pixels of overlap with the ``taken`` boxes."""
    left, top, right, bottom = box = _box(offset, point, half)
    outside = max(0.0, -left, right - size[0]) + max(0.0, -top, bottom - size[1])
    is_nearer_to_another = any(_away(other, box) < _away(point, box) for other in others)
    overlap = sum(_overlap(box, other) for other in taken)
    return _OUTSIDE * outside + overlap + _NEARER_TO_ANOTHER * is_nearer_to_another


def _away(point: tuple[float, float], box: Box) -> float:
    """Distance of a point from a box."""
    x, y = point
    return math.hypot(max(box[0] - x, 0, x - box[2]), max(box[1] - y, 0, y - box[3]))


def _share(value: float, ends: list[float]) -> float:
    """Position of a value between the ends of an axis, from 0 to 1."""
    return (value - ends[0]) / ((ends[1] - ends[0]) or 1.0)


def _overlap(a: Box, b: Box) -> float:
    """Area that two boxes share."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0
