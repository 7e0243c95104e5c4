"""The front: every model at every threshold, on the objectives of two seats."""

from __future__ import annotations

import html
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.front_view import FrontView, Mark, visible_range
from dashboard.figures.look import Look, ModelStyle, dress
from metrics import Objective, Scenario
from metrics.wording import figure, threshold, unit_words

CURVE_POINTS = 240
MARKER_SPACING = 0.022
"""Least distance between two markers of a model, as a share of the visible axes."""


def front_figure(
    view: FrontView, look: Look, model_styles: Mapping[str, ModelStyle], scenario: Scenario
) -> go.Figure:
    """Draw the front; better is up and to the right."""
    fig = go.Figure()
    ranges = visible_range(view)
    for model, own in view.points.groupby("model", sort=False):
        style = model_styles[str(model)]
        _add_model(fig, view, own, style.color(look), style.symbol, scenario, ranges)
    _add_line(fig, view, look)
    for mark in view.marks:
        _add_mark(fig, mark, look, model_styles)
    dress(fig, look, height=470, margin={"l": 70, "r": 16, "t": 8, "b": 56})
    fig.update_xaxes(title_text=axis_title(view.across, scenario, "→"), range=ranges[0])
    fig.update_yaxes(title_text=axis_title(view.up, scenario, "↑"), range=ranges[1])
    return fig


def axis_title(o: Objective, scenario: Scenario, arrow: str) -> str:
    """Name, unit and the direction in which it gets better."""
    words = unit_words(o, scenario)
    currency = f" ({scenario.currency} {words})" if o.unit.value == "money" else ""
    counted = f" {words}" if words and not currency else ""
    way = "fewer" if o.superlative == "fewest" else o.superlative.replace("est", "er")
    return f"{html.escape(o.label)}{html.escape(currency or counted)}, {way} is better {arrow}"


Ranges = tuple[list[float], list[float]]


def _add_model(
    fig: go.Figure,
    view: FrontView,
    own: pd.DataFrame,
    color: str,
    symbol: str,
    scenario: Scenario,
    ranges: Ranges,
) -> None:
    """Draw one model: a thin curve, markers on the front of all seats, a few hollow ones elsewhere."""
    model = str(own["model"].iloc[0])
    thin = _thinned(own, CURVE_POINTS)
    fig.add_scatter(
        x=thin["x"],
        y=thin["y"],
        mode="lines",
        line={"color": color, "width": 1.2},
        opacity=0.35,
        hoverinfo="skip",
        name=f"curve {model}",
    )
    for part, filled in ((own[~own["front"]], False), (own[own["front"]], True)):
        part = _spaced(part, ranges, MARKER_SPACING if filled else 4 * MARKER_SPACING)
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
                "opacity": 0.95 if filled else 0.4,
            },
            customdata=[
                list(point_data(*at)) for at in zip(part["model"], part["threshold"], strict=True)
            ],
            text=[_hover(view, row, scenario) for row in part.to_dict("records")],
            hovertemplate="%{text}<extra></extra>",
        )


def _spaced(points: pd.DataFrame, ranges: Ranges, spacing: float) -> pd.DataFrame:
    """Points along a curve less those that would lie on top of the last one kept."""
    position = np.column_stack(
        [
            points[axis].to_numpy(np.float64) / (abs(ends[1] - ends[0]) or 1.0)
            for axis, ends in zip(("x", "y"), ranges, strict=True)
        ]
    )
    kept: list[int] = []
    for k in range(len(points)):
        if not kept or np.abs(position[k] - position[kept[-1]]).max() >= spacing:
            kept.append(k)
    return points.iloc[kept]


def _hover(view: FrontView, point: Mapping[Hashable, Any], scenario: Scenario) -> str:
    lines = [
        f"<b>{html.escape(str(point['model']))}</b> at {threshold(float(point['threshold']))}",
        *(
            f"{html.escape(o.label)}: {figure(o, float(point[axis]), scenario)}"
            f" {unit_words(o, scenario)}".rstrip()
            for o, axis in ((view.across, "x"), (view.up, "y"))
        ),
    ]
    if point["wins"]:
        lines.append(html.escape(str(point["wins"])))
    if not point["front"]:
        lines.append("another point is better for every seat")
    return "<br>".join(lines)


def point_data(model: str | None, at: float) -> tuple[str, str]:
    """What a marker carries to say which point was clicked; text, since JSON knows no infinity."""
    return model or "", repr(float(at))


def _add_line(fig: go.Figure, view: FrontView, look: Look) -> None:
    """Join the front of the two axes by steps: between two points nothing better was seen."""
    line = view.points[view.points["line"]]
    if len(line) < 2:
        return
    x_loss = view.across.direction.loss(line["x"].to_numpy())
    line = line.iloc[np.lexsort((view.up.direction.loss(line["y"].to_numpy()), x_loss))]
    line = _thinned(line.drop_duplicates(["x", "y"]), 400)
    fig.add_scatter(
        x=line["x"],
        y=line["y"],
        mode="lines",
        line={"color": look.ink, "width": 1.6, "shape": "vh"},
        hoverinfo="skip",
        name="front",
    )


_ANCHORS = {"pick": (0, -28), "today": (0, 30), "chosen": (34, 24), "beside": (-34, 24)}


def _add_mark(
    fig: go.Figure, mark: Mark, look: Look, model_styles: Mapping[str, ModelStyle]
) -> None:
    color = look.ink if mark.model is None else model_styles[mark.model].color(look)
    marker = {
        "pick": {"size": 15, "symbol": "circle", "color": look.paper, "line": {"width": 2.5}},
        "today": {"size": 14, "symbol": "diamond-tall", "color": look.paper, "line": {"width": 2}},
        "chosen": {"size": 22, "symbol": "circle-open", "line": {"width": 3}},
        "beside": {"size": 18, "symbol": "square-open", "line": {"width": 2}},
    }[mark.kind]
    marker["line"]["color"] = look.accent if mark.kind == "chosen" else color  # type: ignore[index]
    if mark.kind in ("chosen", "beside"):
        marker["color"] = look.accent if mark.kind == "chosen" else color
    fig.add_scatter(
        x=[mark.x],
        y=[mark.y],
        mode="markers",
        marker=marker,
        hoverinfo="skip",
        name=mark.label,
        customdata=[list(point_data(mark.model, mark.threshold))],
    )
    ax, ay = _ANCHORS[mark.kind]
    fig.add_annotation(
        x=mark.x,
        y=mark.y,
        text=html.escape(mark.label),
        showarrow=True,
        arrowhead=0,
        arrowwidth=1,
        arrowcolor=look.muted,
        ax=ax,
        ay=ay,
        font={"size": 12, "color": look.accent if mark.kind == "chosen" else look.ink},
        bgcolor=look.paper,
        borderpad=2,
        opacity=0.95,
    )


def _thinned(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """At most ``count`` of the rows, evenly and with both ends."""
    if len(frame) <= count:
        return frame
    return frame.iloc[np.unique(np.linspace(0, len(frame) - 1, count).round().astype(int))]
