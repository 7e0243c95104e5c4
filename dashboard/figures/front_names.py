"""Names of the points and limits of a front on paper, and their places. In the browser a script does this."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from dashboard.analysis.decide.front import FrontView, Mark
from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.figures.front_figure import MARKS
from dashboard.figures.front_range import Ranges, visible_range
from dashboard.figures.limit_shades import pointing
from dashboard.figures.plotly_json import Drawing
from dashboard.words.decide.front import away_words
from dashboard.words.limits.limits_status import limit_line_words
from metrics import Scenario

ON_PAPER = 620.0, 250.0
"""Size of the plotting area on paper, in pixels."""


def add_names(fig: Drawing, view: FrontView, names: Sequence[str], scenario: Scenario) -> None:
    """Add the names of the points and limits to a front on paper.

    Parameters
    ----------
    names : sequence of str
        Name of each mark of the view (`names_of_marks`); empty if another mark is at the same place.
    """
    ranges = visible_range(view)
    named = [(mark, name) for mark, name in zip(view.marks, names, strict=True) if name]
    inside = [(mark, name) for mark, name in named if not is_out_of_sight(mark, ranges)]
    offsets = label_offsets([(name, mark.x, mark.y) for mark, name in inside], ranges, ON_PAPER)
    size, _, _ = MARKS["chosen"]
    for (mark, name), (right, down) in zip(inside, offsets, strict=True):
        line = {"arrowhead": 0, "arrowwidth": 1, "arrowcolor": fig.palette.muted}
        line |= {"ax": right, "ay": down, "standoff": size / 2}
        _add_text(fig, name, fig.palette.ink, x=mark.x, y=mark.y, **line)
    for mark, _ in named:
        if is_out_of_sight(mark, ranges):
            _add_name_at_edge(fig, mark, ranges, view, scenario)
    if view.acceptable is not None:
        for limit in view.acceptable.lines:
            _add_limit_name(fig, limit, ranges, scenario)


def _add_text(fig: Drawing, words: str, color: str, **place: Any) -> None:
    """Add a text that can be read above curves. With an offset it has a line to its point."""
    fig.add_annotation(
        text=html.escape(words),
        showarrow="ax" in place,
        font={"size": 12, "color": color},
        bgcolor=fig.palette.veil,
        borderpad=1,
        **place,
    )


def _add_limit_name(fig: Drawing, limit: LimitLine, ranges: Ranges, scenario: Scenario) -> None:
    """Add the name of a limit at its line, or at the edge beyond which the line is."""
    ends = ranges[0 if limit.axis == "x" else 1]
    at, is_above = _clamp(limit.value, ends), limit.value > ends[1]
    # Beyond the upper end of the axis, the name is on the inner side of the edge.
    place: dict[str, Any] = {"x": 0.01, "xref": "paper", "xanchor": "left", "y": at}
    place["yanchor"] = "top" if is_above else "bottom"
    if limit.axis == "x":
        place = {"x": at, "y": 0.02, "yref": "paper", "yanchor": "bottom"}
        place["xanchor"] = "right" if is_above else "left"
    words = pointing(limit_line_words(limit.bound, scenario), limit, ends)
    _add_text(fig, words, fig.palette.accent, **place)


def is_out_of_sight(mark: Mark, ranges: Ranges) -> bool:
    """Whether a mark is outside of the initial range."""
    return mark.x != _clamp(mark.x, ranges[0]) or mark.y != _clamp(mark.y, ranges[1])


def _clamp(value: float, ends: Sequence[float]) -> float:
    """Value, moved to the nearest end of the axis if it is beyond the ends."""
    return min(max(value, ends[0]), ends[1])


def _add_name_at_edge(
    fig: Drawing, mark: Mark, ranges: Ranges, view: FrontView, scenario: Scenario
) -> None:
    """Add the name of a point that is out of sight at the edge, with an arrow to the point."""
    x, y = _clamp(mark.x, ranges[0]), _clamp(mark.y, ranges[1])
    is_left, is_right = mark.x < x, mark.x > x
    across, up = away_words(mark, view, scenario)
    arrow = "←" if is_left else "→" if is_right else "↑" if mark.y > y else "↓"
    words = f"{arrow} {across}" if is_left else f"{across if is_right else up} {arrow}"
    anchors = {
        "xanchor": "left" if is_left else "right" if is_right else "center",
        "yanchor": "top" if y > sum(ranges[1]) / 2 else "bottom",
    }
    _add_text(fig, words, fig.palette.ink, x=x, y=y, **anchors)


_LETTER, _LINE, _REACH = 6.6, 17.0, 13.0
"""Pixels of a letter's width, of a line's height, and from a point to the edge of its mark."""
_TRIES = tuple(
    (right, down)
    for far in (26, 44, 64, 88)
    for right, down in ((far, -far), (0, -far), (0, far), (-far, -far), (far, far), (-far, far))
)
"""Offsets that are tried, the preferred ones first."""
_OUTSIDE, _NEARER_TO_ANOTHER = 50.0, 60.0
"""Costs in square pixels of overlap: of each pixel outside the plot area, and of a position nearer to another
point.
"""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels."""


def label_offsets(
    labels: Sequence[tuple[str, float, float]],
    ranges: tuple[list[float], list[float]],
    size: tuple[float, float],
) -> list[tuple[int, int]]:
    """Offset of the middle of each label from its point, in pixels to the right and down.

    Parameters
    ----------
    labels : sequence of (str, float, float)
        Text, and position on the axes.
    ranges : (x, y)
        Ends of the axes in their units, from left to right and from bottom to top.
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
