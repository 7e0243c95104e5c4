"""Names of the points and limits of a front on paper. In the browser a script writes them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from dashboard.analysis.decide.front import FrontView, Mark
from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.figures.front_figure import MARKS
from dashboard.figures.front_range import Ranges, visible_range
from dashboard.figures.label_placement import label_offsets
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
