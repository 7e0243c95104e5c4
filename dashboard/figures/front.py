"""The front: every model at every threshold, on the objectives of two stakeholders."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.dress import dress
from dashboard.figures.front_view import Acceptable, FrontView, Mark, line_of, visible_range
from dashboard.figures.hover import Words, of_front
from dashboard.figures.labels import label_offsets
from dashboard.figures.look import Look, ModelStyle, mixed, pale
from metrics import Objective, Scenario, Unit
from metrics.narrative.formatting import APART, exact_threshold, is_money, unit_words

CURVE_POINTS = 240
HEIGHT = 400
MANY_MODELS = 12
SURE = 0.95
MARKER_SPACING = 0.022
"""Least distance between two markers of a model, as a share of the visible axes."""
SHADE_SPACING = 0.012
"""Least distance between two points that are shaded, as a share of the visible axes."""


def plain_words(model: str, at: float) -> str:
    """A model at a threshold with all its digits."""
    return f"{model} at {exact_threshold(at)}"


def front_figure(
    view: FrontView,
    look: Look,
    model_styles: Mapping[str, ModelStyle],
    scenario: Scenario,
    words: Words = plain_words,
) -> go.Figure:
    """Draw the front; better is up and to the right. Words are those under the pointer."""
    fig = go.Figure()
    ranges = visible_range(view)
    _add_band(fig, view, look)
    for model, own in view.points.groupby("model", sort=False):
        style = model_styles[str(model)]
        _add_model(
            fig, view, own, style.color(look), style.symbol, scenario, ranges, words, look.ink
        )
    _add_line(fig, view, look)
    for mark, offset in zip(view.marks, label_offsets(view.marks, ranges), strict=True):
        _add_mark(fig, mark, look, model_styles, offset, words)
    dress(fig, look, height=HEIGHT, margin={"l": 52, "r": 16, "t": 30, "b": 50})
    fig.update_xaxes(title_text=axis_title(view.across, scenario, "→"), range=ranges[0])
    fig.update_yaxes(range=ranges[1])
    for o, update in ((view.across, fig.update_xaxes), (view.up, fig.update_yaxes)):
        if o.unit is Unit.SHARE:
            update(tickformat=".3~p")
    # Above the axis, level: a title along it would be cut where the picture is low.
    fig.add_annotation(
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        yshift=6,
        text=axis_title(view.up, scenario, "↑"),
        showarrow=False,
        font={"size": 13, "color": look.muted},
    )
    if view.acceptable is not None:
        _add_acceptable(fig, view, view.acceptable, look)
    return fig


def axis_title(o: Objective, scenario: Scenario, arrow: str) -> str:
    """Name, unit and the direction in which it gets better."""
    words = unit_words(o, scenario)
    priced = is_money(o.unit, scenario)
    words = f"{scenario.currency} {words}" if priced else words
    counted = f", {words}" if o.unit in APART else f" {words}" if words else ""
    way = "fewer" if o.superlative == "fewest" else o.superlative.replace("est", "er")
    once = ", one value per model" if o.of_model else ""
    return f"{html.escape(o.label)}{html.escape(counted)}{once}, {way} is better {arrow}"


Ranges = tuple[list[float], list[float]]


def _add_model(
    fig: go.Figure,
    view: FrontView,
    own: pd.DataFrame,
    color: str,
    symbol: str,
    scenario: Scenario,
    ranges: Ranges,
    words: Words,
    ink: str,
) -> None:
    """Draw one model: a thin curve, markers on the front of all stakeholders, a few hollow ones elsewhere."""
    model = str(own["model"].iloc[0])
    thin = _thinned(own, CURVE_POINTS)
    beaten = not own["front"].any()
    fig.add_scatter(
        x=thin["x"],
        y=thin["y"],
        mode="lines",
        line={"color": color, "width": 1.2},
        opacity=0.35,
        hoverinfo="skip",
        name=f"curve {model}",
    )
    if beaten and view.points["model"].nunique() > MANY_MODELS:
        return  # a line says enough of a model that nobody would choose
    for part, filled in ((own[~own["front"]], False), (own[own["front"]], True)):
        part = spaced(part, ranges, MARKER_SPACING if filled else 6 * MARKER_SPACING)
        if part.empty:
            continue
        fig.add_scatter(
            x=part["x"],
            y=part["y"],
            mode="markers",
            name=model,
            marker={
                "color": color,
                "symbol": symbol if filled else f"{symbol}-open",
                "size": 8 if filled else 6,
                "opacity": _opacity(part) if filled else 0.4,
                # Outlined: a point that hardly any resample takes off the front.
                "line": {"width": np.where(filled & (part["stands"] >= SURE), 0.7, 0), "color": ink}
                if filled
                else {},
            },
            customdata=[
                list(point_data(*at)) for at in zip(part["model"], part["threshold"], strict=True)
            ],
            text=[of_front(view, row, scenario, words) for row in part.to_dict("records")],
            hovertemplate="%{text}<extra></extra>",
        )


def _opacity(part: pd.DataFrame) -> NDArray[np.float64]:
    """The surer a point's place on the front, the stronger its marker."""
    stands = part["stands"].fillna(1.0).to_numpy(np.float64)
    return 0.25 + 0.7 * stands


def spaced(points: pd.DataFrame, ranges: Ranges, spacing: float) -> pd.DataFrame:
    """One point of each cell of a grid over the visible axes, so that none lies on top of another."""
    cells = np.column_stack(
        [
            np.floor(points[axis].to_numpy(np.float64) / (abs(ends[1] - ends[0]) or 1.0) / spacing)
            for axis, ends in zip(("x", "y"), ranges, strict=True)
        ]
    )
    if points.empty:
        return points
    return points.iloc[np.sort(np.unique(cells, axis=0, return_index=True)[1])]


def point_data(model: str | None, at: float) -> tuple[str, str]:
    """What a marker carries to say which point was clicked; text, since JSON knows no infinity."""
    return model or "", repr(float(at))


def _add_band(fig: go.Figure, view: FrontView, look: Look) -> None:
    """Shade where the line of the front would lie in 95 of 100 other samples."""
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
    sides = [_stairs(line, far[0], far[1]) for line in (view.band.hardly, view.band.easily)]
    outline = np.concatenate([sides[0], sides[1][::-1]])
    for k, o in enumerate((view.across, view.up)):
        worse = o.direction.loss(outline[:, k]) > o.direction.loss(far[k])
        outline[worse, k] = far[k]
    fig.add_scatter(
        x=outline[:, 0],
        y=outline[:, 1],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=pale(look.ink),
        hoverinfo="skip",
        name="band",
    )


def _stairs(corners: NDArray[np.float64], far_x: float, far_y: float) -> NDArray[np.float64]:
    """Outline of what a line of corners attains: down to the first, then right and down to each other."""
    x, y = corners[:, 0], corners[:, 1]
    return np.column_stack(
        [np.append(np.repeat(x, 2), far_x), np.concatenate([[far_y], np.repeat(y, 2)])]
    )


def _add_line(fig: go.Figure, view: FrontView, look: Look) -> None:
    """Join the front of the two axes by steps: between two points nothing better was seen."""
    line = line_of(view)
    if len(line) < 2:
        return
    fig.add_scatter(
        x=line["x"],
        y=line["y"],
        mode="lines",
        line={"color": look.ink, "width": 1.6, "shape": "hv"},
        hoverinfo="skip",
        name="front",
    )


def _add_mark(
    fig: go.Figure,
    mark: Mark,
    look: Look,
    model_styles: Mapping[str, ModelStyle],
    offset: tuple[int, int],
    words: Words,
) -> None:
    """Draw a named point; it can be clicked as the others, and lies on top of them."""
    chosen = mark.kind == "chosen"
    color = look.ink if mark.model is None else model_styles[mark.model].color(look)
    if mark.kind in (
        "today",
        "chosen",
        "compromise",
    ):  # neither belongs to a model's colour: both may change model
        color = look.ink
    size, symbol, width = {
        "pick": (15, "circle", 2.5),
        "today": (14, "diamond-tall", 2),
        "compromise": (15, "star", 2),
        "chosen": (22, "circle-open", 3),
        "beside": (18, "square-open", 2),
    }[mark.kind]
    hollow = symbol.endswith("open")
    name = "ship everything" if mark.model is None else words(mark.model, mark.threshold)
    fig.add_scatter(
        x=[mark.x],
        y=[mark.y],
        mode="markers",
        marker={
            "size": size,
            "symbol": symbol,
            "color": color if hollow else look.paper,
            "line": {"width": width, "color": color},
        },
        text=[f"<b>{html.escape(mark.label)}</b>: {html.escape(name)}"],
        hovertemplate="%{text}<extra></extra>",
        name=mark.label,
        customdata=[list(point_data(mark.model, mark.threshold))],
    )
    fig.add_annotation(
        x=mark.x,
        y=mark.y,
        text=html.escape(mark.label),
        showarrow=True,
        arrowhead=0,
        arrowwidth=1,
        arrowcolor=look.muted,
        ax=offset[0],
        ay=offset[1],
        standoff=size / 2,
        font={"size": 12, "color": color if chosen else look.ink},
        bgcolor=look.veil,
        borderpad=1,
    )


def _thinned(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """At most ``count`` of the rows, evenly and with both ends."""
    if len(frame) <= count:
        return frame
    return frame.iloc[np.unique(np.linspace(0, len(frame) - 1, count).round().astype(int))]


def _add_acceptable(fig: go.Figure, view: FrontView, acceptable: Acceptable, look: Look) -> None:
    """Shade what keeps all limits; below everything else, so that markers keep their colours."""
    kept = view.points[acceptable.keeps[view.points["row"].to_numpy(np.intp)]]
    kept = spaced(kept, visible_range(view), SHADE_SPACING)
    fig.add_scatter(
        x=kept["x"],
        y=kept["y"],
        mode="markers",
        marker={"size": 17, "color": mixed(look.accent, look.paper), "line": {"width": 0}},
        hoverinfo="skip",
        name="keeps all limits",
        zorder=-1,
    )
    for line in acceptable.lines:
        shape = {"line": {"color": look.accent, "width": 1.4, "dash": "dash"}}
        words = {
            "text": html.escape(line.words),
            "showarrow": False,
            "font": {"size": 11, "color": look.accent},
            "bgcolor": look.veil,
        }
        if line.axis == "x":
            fig.add_vline(x=line.value, **shape)
            fig.add_annotation(
                x=line.value, y=0.02, yref="paper", yanchor="bottom", xanchor="left", **words
            )
        else:
            fig.add_hline(y=line.value, **shape)
            fig.add_annotation(
                y=line.value, x=0.01, xref="paper", xanchor="left", yanchor="bottom", **words
            )
