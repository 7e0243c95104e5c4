"""Names of the points and limits of a front on paper. In the browser a script places the names."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.analysis.decide.front import FrontView, Mark
from dashboard.figures.front_figure import MARKS, Ranges, mark_color, pointing, visible_range
from dashboard.figures.label_placement import label_offsets
from dashboard.figures.palette import ModelStyle, Palette
from dashboard.figures.plotly_json import Drawing
from dashboard.words.decide.front import mark_label
from dashboard.words.limits import limit_line_words
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
    hidden = [mark for mark in view.marks if beyond(mark, ranges)]
    marks = together([mark for mark in view.marks if mark not in hidden], scenario)
    offsets = label_offsets(marks, ranges, ON_PAPER)
    for mark in hidden:
        _point_at(fig, mark, ranges, view, palette, scenario)
    for named, offset in zip(marks, offsets, strict=True):
        mark = named.mark
        is_chosen = mark.kind == "chosen"
        fig.add_annotation(
            x=mark.x,
            y=mark.y,
            text=html.escape(named.label),
            showarrow=True,
            arrowhead=0,
            arrowwidth=1,
            arrowcolor=palette.muted,
            ax=offset[0],
            ay=offset[1],
            standoff=MARKS[mark.kind][0] / 2,
            font={
                "size": 12,
                "color": mark_color(mark, palette, model_styles) if is_chosen else palette.ink,
            },
            bgcolor=palette.veil,
            borderpad=1,
        )
    for line in () if view.acceptable is None else view.acceptable.lines:
        ends = ranges[0 if line.axis == "x" else 1]
        at = min(max(line.value, ends[0]), ends[1])
        is_above = line.value > ends[1]  # The name is then on the inner side of the edge.
        along: dict[str, Any] = (
            {"x": at, "y": 0.02, "yref": "paper", "xanchor": "right" if is_above else "left"}
            if line.axis == "x"
            else {"y": at, "x": 0.01, "xref": "paper", "xanchor": "left"}
        )
        fig.add_annotation(
            **along,
            yanchor="top" if is_above and line.axis == "y" else "bottom",
            text=html.escape(pointing(limit_line_words(line.bound, scenario), line, ends)),
            showarrow=False,
            font={"size": 12, "color": palette.accent},
            bgcolor=palette.veil,
        )


def beyond(mark: Mark, ranges: Ranges) -> bool:
    """Whether a mark is outside of the initial range."""
    return not all(
        ends[0] <= value <= ends[1] for value, ends in zip((mark.x, mark.y), ranges, strict=True)
    )


def _point_at(
    fig: Drawing,
    mark: Mark,
    ranges: Ranges,
    view: FrontView,
    palette: Palette,
    scenario: Scenario,
) -> None:
    """Add a note at the edge with an arrow to a point that is out of sight."""
    x, y = (
        min(max(value, ends[0]), ends[1])
        for value, ends in zip((mark.x, mark.y), ranges, strict=True)
    )
    left, right = mark.x < ranges[0][0], mark.x > ranges[0][1]
    o, value = (view.across, mark.x) if left or right else (view.up, mark.y)
    words = f"{mark_label(mark, scenario)}, at {figure(o, value, scenario)}"
    arrow = "←" if left else "→" if right else "↑" if mark.y > y else "↓"
    near_top = y > sum(ranges[1]) / 2
    fig.add_annotation(
        x=x,
        y=y,
        text=html.escape(f"{arrow} {words}" if left else f"{words} {arrow}"),
        showarrow=False,
        xanchor="left" if left else "right" if right else "center",
        yanchor="top" if near_top else "bottom",
        font={"size": 12, "color": palette.ink},
        bgcolor=palette.veil,
        borderpad=1,
    )


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


def together(marks: Sequence[Mark], scenario: Scenario) -> list[NamedMark]:
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
