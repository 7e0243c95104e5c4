"""Names of the points and limits of a front on paper. In the browser a script places the names."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.analysis.decide.front import FrontView, Mark
from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.figures.front_figure import MARKS, mark_color, pointing
from dashboard.figures.front_range import Ranges, visible_range
from dashboard.figures.label_placement import label_offsets
from dashboard.figures.palette import ModelStyle, Palette
from dashboard.figures.plotly_json import Drawing
from dashboard.words.decide.front import mark_label
from dashboard.words.limits.limits_status import limit_line_words
from dashboard.words.numbers.figures import figure
from metrics import Scenario

ON_PAPER = 620.0, 250.0
"""Size of the plotting area on paper, in pixels."""


def add_names(
    fig: Drawing,
    view: FrontView,
    palette: Palette,
    model_styles: Mapping[str, ModelStyle],
    scenario: Scenario,
) -> None:
    """Add the names of the points and limits to a front on paper."""
    ranges = visible_range(view)
    in_sight = [mark for mark in view.marks if not is_out_of_sight(mark, ranges)]
    marks = merged_marks(in_sight, scenario)
    for mark in view.marks:
        if is_out_of_sight(mark, ranges):
            _add_name_at_edge(fig, mark, ranges, view, palette, scenario)
    offsets = label_offsets(marks, ranges, ON_PAPER)
    for named, (right, down) in zip(marks, offsets, strict=True):
        mark, color = named.mark, palette.ink
        if mark.kind == "chosen":
            color = mark_color(mark, palette, model_styles)
        line = {"arrowhead": 0, "arrowwidth": 1, "arrowcolor": palette.muted}
        line |= {"ax": right, "ay": down, "standoff": MARKS[mark.kind][0] / 2}
        _add_text(fig, named.label, palette, color, x=mark.x, y=mark.y, **line)
    for limit in () if view.acceptable is None else view.acceptable.lines:
        _add_limit_name(fig, limit, ranges, palette, scenario)


def _add_text(fig: Drawing, words: str, palette: Palette, color: str, **place: Any) -> None:
    """Add a text that can be read above curves. With an offset it has a line to its point."""
    fig.add_annotation(
        text=html.escape(words),
        showarrow="ax" in place,
        font={"size": 12, "color": color},
        bgcolor=palette.veil,
        borderpad=1,
        **place,
    )


def _add_limit_name(
    fig: Drawing, limit: LimitLine, ranges: Ranges, palette: Palette, scenario: Scenario
) -> None:
    """Add the name of a limit at its line, or at the edge beyond which the line is."""
    ends = ranges[0 if limit.axis == "x" else 1]
    at, is_above = _within(limit.value, ends), limit.value > ends[1]
    # Beyond the upper end of the axis, the name is on the inner side of the edge.
    place: dict[str, Any] = {"x": 0.01, "xref": "paper", "xanchor": "left", "y": at}
    place["yanchor"] = "top" if is_above else "bottom"
    if limit.axis == "x":
        place = {"x": at, "y": 0.02, "yref": "paper", "yanchor": "bottom"}
        place["xanchor"] = "right" if is_above else "left"
    words = pointing(limit_line_words(limit.bound, scenario), limit, ends)
    _add_text(fig, words, palette, palette.accent, **place)


def is_out_of_sight(mark: Mark, ranges: Ranges) -> bool:
    """Whether a mark is outside of the initial range."""
    return mark.x != _within(mark.x, ranges[0]) or mark.y != _within(mark.y, ranges[1])


def _within(value: float, ends: Sequence[float]) -> float:
    """Value, moved to the nearest end of the axis if it is beyond the ends."""
    return min(max(value, ends[0]), ends[1])


def _add_name_at_edge(
    fig: Drawing,
    mark: Mark,
    ranges: Ranges,
    view: FrontView,
    palette: Palette,
    scenario: Scenario,
) -> None:
    """Add the name of a point that is out of sight at the edge, with an arrow to the point."""
    x, y = _within(mark.x, ranges[0]), _within(mark.y, ranges[1])
    is_left, is_right = mark.x < x, mark.x > x
    o, value = (view.across, mark.x) if is_left or is_right else (view.up, mark.y)
    words = f"{mark_label(mark, scenario)}, at {figure(o, value, scenario)}"
    arrow = "←" if is_left else "→" if is_right else "↑" if mark.y > y else "↓"
    words = f"{arrow} {words}" if is_left else f"{words} {arrow}"
    anchors = {
        "xanchor": "left" if is_left else "right" if is_right else "center",
        "yanchor": "top" if y > sum(ranges[1]) / 2 else "bottom",
    }
    _add_text(fig, words, palette, palette.ink, x=x, y=y, **anchors)


@dataclass(frozen=True)
class NamedMark:
    """Mark with the names of all marks at its position."""

    mark: Mark
    label: str

    @property
    def x(self) -> float:
        return self.mark.x

    @property
    def y(self) -> float:
        return self.mark.y


def merged_marks(marks: Sequence[Mark], scenario: Scenario) -> list[NamedMark]:
    """Marks by position. Of several marks at a position, the selected point or else the first is drawn."""
    by_place: dict[tuple[float, float], list[Mark]] = {}
    for mark in marks:
        by_place.setdefault((mark.x, mark.y), []).append(mark)
    return [
        NamedMark(
            next((mark for mark in at_place if mark.kind == "chosen"), at_place[0]),
            ", ".join(mark_label(mark, scenario) for mark in at_place),
        )
        for at_place in by_place.values()
    ]
