"""Chart of the front: every model at every threshold, on the objectives of two stakeholders."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis.decide.front import (
    Acceptable,
    FrontView,
    LimitLine,
    Mark,
    discussed,
    line_of,
)
from dashboard.figures.label_placement import label_offsets
from dashboard.figures.layout import drawn, house_layout, level_title
from dashboard.figures.palette import ModelStyle, Palette, mixed, pale
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.ticks import set_axis
from dashboard.words.axes import axis_title
from dashboard.words.decide.front import mark_label
from dashboard.words.limits import limit_line_words
from dashboard.words.numbers import figure
from metrics import Scenario


def visible_range(view: FrontView) -> tuple[list[float], list[float]]:
    """Range of each axis at first sight: the named points, and the front where it beats today, with room.

    Notes
    -----
    Flagging everything can cost so much that a full range would squeeze all that matters into a line; and
    so may today's point, which is then pointed at from the edge. The reader can zoom out.
    """
    near = tuple(mark for mark in view.marks if mark.kind != "today")
    better = _better_than_today(view)
    close, all_in = (_ranges(view, marks, better) for marks in (near, view.marks))
    longer = max(
        (wide[1] - wide[0]) / (own[1] - own[0]) for own, wide in zip(close, all_in, strict=True)
    )
    return close if near and MOST_FOR_TODAY < longer <= ONE_PLACE else all_in


MOST_FOR_TODAY, ONE_PLACE = 3.0, 8.0
"""So many times as long as without it an axis may get for today's point; and from which on, seen from there,
all others lie at one place, so that only the way there is worth a look."""


def _ranges(
    view: FrontView, marks: Sequence[Mark], better: pd.DataFrame
) -> tuple[list[float], list[float]]:
    out = []
    for axis, o in (("x", view.across), ("y", view.up)):
        named = np.array([getattr(mark, axis) for mark in marks])
        named = np.concatenate([named, better[axis].to_numpy(np.float64)])
        values = view.points.loc[view.points["front"], axis].to_numpy(np.float64)
        low, high = _interval(named, values)
        if not o.signed and min(named.min(initial=0.0), values.min(initial=0.0)) >= 0:
            low = max(low, -0.02 * (high - max(low, 0.0)))  # no axis begins below what can be
        out.append([low, high])
    return out[0], out[1]


def _better_than_today(view: FrontView) -> pd.DataFrame:
    """Points of the front of the two axes that are as good as today's system on both."""
    line = view.points[view.points["line"]]
    today = next((mark for mark in view.marks if mark.kind == "today"), None)
    if today is None:
        return line[:0]
    kept = np.ones(len(line), bool)
    for axis, o in (("x", view.across), ("y", view.up)):
        kept &= o.direction.loss(line[axis].to_numpy(np.float64)) <= o.direction.loss(
            np.array(getattr(today, axis))
        )
    return line[kept]


def _interval(named: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    if named.size == 0:
        named = values
    if named.size == 0:
        return 0.0, 1.0
    low, high = float(named.min()), float(named.max())
    if high - low <= 0 and values.size:
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    room = 0.18 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


HEIGHT = 400
MARKER_SPACING = 0.022
"""Least distance between two markers of a model, as a share of the visible axes."""
CURVE_SPACING, BEATEN_SPACING = 0.006, 0.02
"""The same between two corners of a curve: of a model worth discussing, and of one beaten everywhere."""
DISCUSSED, BEATEN = (1.5, 1.0), (0.9, 0.6)
"""Width of the same, in pixels, and how much it hides: what is beaten steps back."""
CERTIFIED_WIDTH = 4
"""Of the part of a curve that keeps all limits for certain, in pixels."""
BAND = 0.1
"""How much of its colour the band has: over the shade of a limit it must be no stain."""
SHADE_SPACING, SHADE_WIDTH = 0.012, 8
"""Between two corners of what is shaded, as a share of the visible axes; its width in pixels."""
EDGE, EDGE_WIDTH = 0.7, 1.5
"""How much of its colour the edge of what is shaded has, 3 to 1 on paper; its width in pixels."""
WASH = 0.14
"""How much of its colour an area has that a line bounds."""
OUT_OF_SIGHT = 8
"""So many times as far apart is what only a reader meets who zooms out."""


@dataclass(frozen=True)
class InSight:
    """What of a front its curves follow from besides the data: where it is looked at, and what has colour.

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
    def of(cls, view: FrontView) -> InSight:
        """What of a front is in sight at first."""
        (left, right), (low, high) = visible_range(view)
        return cls((left, right), (low, high), discussed(view))

    @property
    def ranges(self) -> Ranges:
        """Ranges of both axes."""
        return list(self.x), list(self.y)


def front_figure(
    view: FrontView,
    palette: Palette,
    model_styles: Mapping[str, ModelStyle],
    scenario: Scenario,
    curves: Drawing | None = None,
) -> Drawing:
    """Draw the front without a name on it; its axes say which way is better.

    Parameters
    ----------
    curves : Drawing, optional
        From `front_curves`, where they were drawn before.
    """
    sight = InSight.of(view)
    ranges = sight.ranges
    fig = Drawing()
    fig.data += (curves or front_curves(view, palette, model_styles, sight)).data
    for k, mark in enumerate(view.marks):
        _add_mark(fig, k, mark, palette, model_styles, scenario)
    margin = {"l": 46, "r": 12, "t": 26, "b": 42}
    house_layout(fig, palette, height=HEIGHT, automargin=False, margin=margin)
    set_axis(fig, "xaxis", view.across, scenario, ranges[0], 7)
    set_axis(fig, "yaxis", view.up, scenario, ranges[1], 8)
    title = html.escape(axis_title(view.across, scenario))
    fig.update_xaxes(title={"text": title, "standoff": 2})
    level_title(fig, html.escape(axis_title(view.up, scenario, upright=True)), palette)
    if view.acceptable is not None:
        _add_acceptable(fig, view, view.acceptable, palette, sight)
        colors = {name: model_styles[name].color(palette) for name in sorted(sight.coloured)}
        _add_certified(fig, view, view.acceptable.certified, sight, colors)
    return fig


def front_curves(
    view: FrontView, palette: Palette, model_styles: Mapping[str, ModelStyle], sight: InSight
) -> Drawing:
    """All of a front that no named point is part of: band, curves, markers, and the line that joins it.

    Notes
    -----
    A corner and a marker carry the row of their operating point: what it is called is found in the curves
    that the page holds anyway.
    """
    fig = Drawing()
    ranges, shown = sight.ranges, sight.coloured
    _add_band(fig, view, palette, ranges)
    # What inspectors are worth lies between this line and the front.
    alone = {"color": palette.muted, "width": 1.4, "dash": "dot"}
    _add_steps(fig, view.alone, alone, "front without inspection")
    models = [
        (str(model), model_points)
        for model, model_points in view.points.groupby("model", sort=False)
    ]
    for model, model_points in models:
        if model not in shown:
            _add_curve(fig, model, model_points, ranges, palette.beaten, BEATEN, BEATEN_SPACING)
    for model, model_points in models:
        if model in shown:
            color = model_styles[model].color(palette)
            _add_curve(fig, model, model_points, ranges, color, DISCUSSED, CURVE_SPACING)
    for model, model_points in sorted(models, key=lambda one: one[0] in shown):
        own_color = model_styles[model].color(palette) if model in shown else None
        symbol = model_styles[model].symbol
        _add_markers(
            fig, model, model_points[model_points["front"]], ranges, symbol, own_color, palette
        )
    # Between two points of the front nothing better was seen, so that they are joined by steps.
    _add_steps(fig, line_of(view), {"color": palette.ink, "width": 1.6}, "front")
    return fig


Ranges = tuple[list[float], list[float]]
Floating = NDArray[np.floating]


def _add_curve(
    fig: Drawing,
    model: str,
    model_points: pd.DataFrame,
    ranges: Ranges,
    color: str,
    look: tuple[float, float],
    spacing: float,
) -> None:
    width, opacity = look
    thin = walked(model_points, ranges, spacing)
    fig.add_scatter(
        **_places(thin),
        mode="lines",
        line={"color": color, "width": width},
        opacity=opacity,
        hoverinfo="none",
        customdata=thin["threshold"].to_numpy(np.float64),
        name=f"curve {model}",
    )


def _add_markers(
    fig: Drawing,
    model: str,
    front: pd.DataFrame,
    ranges: Ranges,
    symbol: str,
    color: str | None,
    palette: Palette,
) -> None:
    """Mark what of a model no other point beats for all stakeholders; small and grey without a colour."""
    part = spaced(front, ranges, MARKER_SPACING)
    if part.empty:
        return
    fig.add_scatter(
        **_places(part),
        mode="markers",
        name=model,
        marker={
            "color": color or palette.beaten,
            "symbol": symbol,
            "size": 8 if color else 6,
            "opacity": 0.9,
            "line": {"width": 0.5, "color": palette.paper},
        },
        customdata=part["threshold"].to_numpy(np.float64),
        hoverinfo="none",
    )


def _places(points: pd.DataFrame) -> dict[str, Any]:
    return {axis: drawn(points[axis].to_numpy(np.float64)) for axis in ("x", "y")}


def spaced(points: pd.DataFrame, ranges: Ranges, spacing: float) -> pd.DataFrame:
    """One point of each cell of a grid over the visible axes, so that none lies on top of another."""
    if points.empty:
        return points
    cells = np.floor(_on_screen(points, ranges) / spacing)
    return points.iloc[np.sort(np.unique(cells, axis=0, return_index=True)[1])]


def walked(points: pd.DataFrame, ranges: Ranges, spacing: float) -> pd.DataFrame:
    """The corners of a curve that can be told apart: where it enters a cell of a grid, and both ends."""
    return points.iloc[_corners(_on_screen(points, ranges), spacing)]


def _on_screen(points: pd.DataFrame, ranges: Ranges) -> NDArray[np.float64]:
    """Places as shares of the visible axes."""
    return np.column_stack(
        [
            (points[axis].to_numpy(np.float64) - min(ends)) / (abs(ends[1] - ends[0]) or 1.0)
            for axis, ends in zip(("x", "y"), ranges, strict=True)
        ]
    )


def _corners(shares: NDArray[np.float64], spacing: float) -> NDArray[np.intp]:
    if len(shares) < 3:
        return np.arange(len(shares))
    is_in_sight = ((shares > -0.1) & (shares < 1.1)).all(axis=1)
    cells = np.floor(shares / np.where(is_in_sight, spacing, OUT_OF_SIGHT * spacing)[:, None])
    with np.errstate(invalid="ignore"):  # what is infinite stays a corner
        enters = np.append(True, (np.diff(cells, axis=0) != 0).any(axis=1))
    enters[-1] = True
    return np.flatnonzero(enters)


def _add_band(fig: Drawing, view: FrontView, palette: Palette, ranges: Ranges) -> None:
    """Shade where the line of the front would lie in 95 of 100 resamples."""
    if view.band is None:
        return
    line = line_of(view)
    # Beyond the ends of the line there is nothing to be in doubt of.
    ended = line if len(line) > 1 else view.points
    far = []
    for o, axis in ((view.across, "x"), (view.up, "y")):
        values = ended[axis].to_numpy(np.float64)
        values = values[np.isfinite(values)]
        far.append(values[np.argmax(o.direction.loss(values))])
    sides = [
        _stairs(_thinned(line, ranges), far[0], far[1])
        for line in (view.band.hardly, view.band.easily)
    ]
    for k, o in enumerate((view.across, view.up)):
        for side in sides:
            worse = o.direction.loss(side[:, k]) > o.direction.loss(far[k])
            side[worse, k] = far[k]
    outline = np.concatenate([sides[0], sides[1][::-1]])
    fig.add_scatter(
        x=drawn(outline[:, 0]),
        y=drawn(outline[:, 1]),
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=pale(palette.ink, BAND),
        hoverinfo="skip",
        name="band",
    )
    # Its sides, not its ends: of these it has none of its own.
    x, y = _joined([side[1:-1] for side in sides])
    fig.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": palette.beaten, "width": 1, "dash": "2px,2px"},
        hoverinfo="skip",
        name="band's edge",
    )


def _thinned(corners: NDArray[np.float64], ranges: Ranges) -> NDArray[np.float64]:
    """The corners of a side of the band that can be told apart."""
    frame = pd.DataFrame({"x": corners[:, 0], "y": corners[:, 1]})
    return corners[_corners(_on_screen(frame, ranges), CURVE_SPACING)]


def _stairs(corners: NDArray[np.float64], far_x: float, far_y: float) -> NDArray[np.float64]:
    """Outline of what a line of corners attains: down to the first, then right and down to each other."""
    x, y = corners[:, 0], corners[:, 1]
    return np.column_stack(
        [np.append(np.repeat(x, 2), far_x), np.concatenate([[far_y], np.repeat(y, 2)])]
    )


def _add_steps(fig: Drawing, points: pd.DataFrame | None, line: dict[str, Any], name: str) -> None:
    """Join points by steps, if there are several."""
    if points is None or len(points) < 2:
        return
    fig.add_scatter(
        **_places(points),
        mode="lines",
        line={**line, "shape": "hv"},
        hoverinfo="skip",
        name=name,
    )


MARKS = {
    "pick": (15, "circle", 2.5),
    "today": (14, "diamond-tall", 2),
    "compromise": (15, "star", 2),
    "chosen": (22, "circle-open", 3),
    "beside": (18, "square-open", 2),
}
"""Size, symbol and width of the line of a named point, by its kind."""


def _add_mark(
    fig: Drawing,
    k: int,
    mark: Mark,
    palette: Palette,
    model_styles: Mapping[str, ModelStyle],
    scenario: Scenario,
) -> None:
    """Draw a named point; it can be clicked as the others, and lies on top of them."""
    size, symbol, width = MARKS[mark.kind]
    color = _mark_color(mark, palette, model_styles)
    hollow = symbol.endswith("open")
    fig.add_scatter(
        x=[mark.x],
        y=[mark.y],
        mode="markers",
        marker={
            "size": size,
            "symbol": symbol,
            "color": color if hollow else palette.paper,
            "line": {"width": width, "color": color},
        },
        hoverinfo="none",
        name=mark_label(mark, scenario),
        meta={"mark": k},
    )


def _mark_color(mark: Mark, palette: Palette, model_styles: Mapping[str, ModelStyle]) -> str:
    # The others may change model, and so belong to no model's colour.
    of_model = mark.kind in ("pick", "beside") and mark.model is not None
    return model_styles[str(mark.model)].color(palette) if of_model else palette.ink


ON_PAPER = 620.0, 250.0
"""Size of the plotting area on paper, in pixels."""


def add_names(
    fig: Drawing,
    view: FrontView,
    palette: Palette,
    model_styles: Mapping[str, ModelStyle],
    scenario: Scenario,
) -> None:
    """Write the named points' names, and the limits', on a front for paper; the page places its own."""
    ranges = visible_range(view)
    out = [mark for mark in view.marks if beyond(mark, ranges)]
    marks = together([mark for mark in view.marks if mark not in out], scenario)
    offsets = label_offsets(marks, ranges, ON_PAPER)
    for mark in out:
        _point_at(fig, mark, ranges, view, palette, scenario)
    for named, offset in zip(marks, offsets, strict=True):
        mark = named.mark
        chosen = mark.kind == "chosen"
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
                "color": _mark_color(mark, palette, model_styles) if chosen else palette.ink,
            },
            bgcolor=palette.veil,
            borderpad=1,
        )
    for line in () if view.acceptable is None else view.acceptable.lines:
        ends = ranges[0 if line.axis == "x" else 1]
        at = min(max(line.value, ends[0]), ends[1])
        is_above = line.value > ends[1]  # then the words stand on the near side of the edge
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


def pointing(words: str, line: LimitLine, ends: Sequence[float]) -> str:
    """Name of a limit, with an arrow to its line if the line is beyond the ends of the axis."""
    before, after = "←→" if line.axis == "x" else "↓↑"
    if line.value < ends[0]:
        return f"{before} {words}" if line.axis == "x" else f"{words} {before}"
    return f"{words} {after}" if line.value > ends[1] else words


def beyond(mark: Mark, ranges: Ranges) -> bool:
    """Whether a mark lies outside what is in sight at first."""
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
    """Say at the edge where a point lies that is not in sight."""
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
    """A mark with the names of all marks at its place."""

    mark: Mark
    label: str

    @property
    def x(self) -> float:
        return self.mark.x

    @property
    def y(self) -> float:
        return self.mark.y


def together(marks: Sequence[Mark], scenario: Scenario) -> list[NamedMark]:
    """Marks by place; several marks at one place are drawn as the selected point, or else as the first."""
    by_place: dict[tuple[float, float], list[Mark]] = {}
    for mark in marks:
        by_place.setdefault((mark.x, mark.y), []).append(mark)
    return [
        NamedMark(
            next((mark for mark in same if mark.kind == "chosen"), same[0]),
            ", ".join(mark_label(mark, scenario) for mark in same),
        )
        for same in by_place.values()
    ]


def _add_acceptable(
    fig: Drawing,
    view: FrontView,
    acceptable: Acceptable,
    palette: Palette,
    sight: InSight,
) -> None:
    """Shade what keeps all limits, and nothing else; below all other, so that markers keep their colours."""
    if acceptable.is_all and acceptable.keeps.any():
        _shade_sides(fig, view, acceptable.lines, palette, sight)
    elif not acceptable.is_all:
        _shade_curves(fig, view, acceptable.keeps, palette, sight)
    for line in acceptable.lines:
        if line.axis == "x":
            fig.add_vline(x=line.value, line=limit_look(palette))
        else:
            fig.add_hline(y=line.value, line=limit_look(palette))


def limit_look(palette: Palette) -> dict[str, Any]:
    """How a limit's line is drawn on every chart."""
    return {"color": palette.accent, "width": 1.4, "dash": "dash"}


def wash(palette: Palette) -> str:
    """What the good side of a limit's line is filled with."""
    return mixed(palette.accent, palette.paper, WASH)


def _shade_sides(
    fig: Drawing, view: FrontView, lines: Sequence[LimitLine], palette: Palette, sight: InSight
) -> None:
    """Shade what lies on the good side of each limit’s line, as far as there are points or it is in sight."""
    ends: dict[str, list[float]] = {}
    for axis, seen in (("x", sight.x), ("y", sight.y)):
        own = [line for line in lines if line.axis == axis]
        if own:
            values = view.points[axis].to_numpy(np.float64)
            values = values[np.isfinite(values)]
            low, high = min(seen[0], values.min()), max(seen[1], values.max())
            least = max([low, *(line.value for line in own if line.above)])
            most = min([high, *(line.value for line in own if not line.above)])
            if least >= most:
                return
            ends[axis] = [float(least), float(most)]
    fig.add_rect(ends.get("x"), ends.get("y"), fillcolor=wash(palette))


def _shade_curves(
    fig: Drawing, view: FrontView, keeps: NDArray[np.bool_], palette: Palette, sight: InSight
) -> None:
    """Shade the stretches of the curves that keep all limits, where these are no lines across the axes."""
    ribbons = [
        places
        for _, model_points in view.points.groupby("model", sort=False)
        for places in _stretches(model_points, keeps, sight.ranges, SHADE_SPACING)
    ]
    x, y = _joined(ribbons)
    shade = mixed(palette.accent, palette.paper)
    edge = mixed(palette.accent, palette.paper, EDGE)
    for color, width in ((edge, SHADE_WIDTH + 2 * EDGE_WIDTH), (shade, SHADE_WIDTH)):
        fig.add_scatter(
            x=x,
            y=y,
            # A dot at each corner of the line makes its ends and its turns round.
            mode="lines+markers",
            line={"color": color, "width": width},
            marker={"size": width, "color": color, "line": {"width": 0}},
            hoverinfo="skip",
            name="keeps all limits",
            zorder=-1,
        )


def _stretches(
    model_points: pd.DataFrame, keeps: NDArray[np.bool_], ranges: Ranges, spacing: float
) -> list[NDArray[np.float64]]:
    """Corners of each stretch of a model's curve whose operating points all keep something."""
    kept = keeps[model_points["row"].to_numpy(np.intp)]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]])))
    return [
        walked(model_points.iloc[first:end], ranges, spacing)[["x", "y"]].to_numpy(np.float64)
        for first, end in edges.reshape(-1, 2)
    ]


def _joined(stretches: Sequence[NDArray[np.float64]]) -> tuple[Floating, Floating]:
    """Stretches as one line, which is interrupted between two."""
    gap = np.full((1, 2), np.nan)
    parts = [part for one in stretches for part in (one, gap)][:-1] or [gap[:0]]
    x, y = np.concatenate(parts).T
    return drawn(x), drawn(y)


def _add_certified(
    fig: Drawing,
    view: FrontView,
    certified: NDArray[np.bool_] | None,
    sight: InSight,
    colors: Mapping[str, str],
) -> None:
    """Thicken the curves that have colour where all limits are kept for certain; below all but the shade."""
    if certified is None:
        return
    for model, color in colors.items():
        model_points = view.points[view.points["model"] == model]
        stretches = _stretches(model_points, certified, sight.ranges, CURVE_SPACING)
        stretches = [
            places for places in stretches if len(places) > 1
        ]  # one point alone is no line
        if not stretches:
            continue
        x, y = _joined(stretches)
        fig.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": color, "width": CERTIFIED_WIDTH},
            opacity=0.55,
            hoverinfo="skip",
            name="certified",
            zorder=-1,
        )
