"""The threshold trade-off: three curves of one model over one threshold."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from dashboard.figures.look import Look, dress, pale
from metrics import Direction, Objective, Scenario, Unit
from metrics.wording import figure, threshold, unit_words

CURVE_POINTS = 700
HEIGHT = 340
MOST_FLAGGED = 0.6
"""The curves start where this share of the units is flagged; beyond, nobody ships a line."""


@dataclass(frozen=True)
class SeatCurve:
    """One seat's objective along the model's thresholds.

    Attributes
    ----------
    seat : str
        Its title.
    objective : Objective
    values : ndarray, shape (n,)
        Along the view's thresholds.
    best : int or None
        Position of the seat's own best threshold of this model.
    today : float
        Figure of today's system; NaN where undefined.
    low, high : ndarray, shape (n,), or None
        95 % interval of the figure, where it is known.
    """

    seat: str
    objective: Objective
    values: NDArray[np.float64]
    best: int | None
    today: float
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class TradeoffView:
    """What the trade-off shows, before it is drawn.

    Attributes
    ----------
    model : str
    thresholds, x : ndarray, shape (n,)
        Thresholds, ascending, and their place on the axis.
    axis : str
        "threshold", "flagged" or "recall".
    curves : sequence of SeatCurve
    chosen : int or None
        Position of the threshold under discussion; None where the page draws it over the figure.
    implied : float
        Threshold that the probabilities imply, on the axis of thresholds; NaN where there is none.
    """

    model: str
    thresholds: NDArray[np.float64]
    x: NDArray[np.float64]
    axis: str
    curves: Sequence[SeatCurve]
    chosen: int | None
    implied: float


def along(points: pd.DataFrame, axis: str) -> NDArray[np.float64]:
    """Place of each operating point of one model on the trade-off's axis."""
    column = {"threshold": "threshold", "flagged": "share_flagged", "recall": "recall"}[axis]
    return points[column].to_numpy(np.float64)


AXIS_TITLES = {
    "threshold": "threshold: a unit is flagged when its score is at or above it",
    "flagged": "share of units flagged",
    "recall": "recall: share of the defects caught",
}


def tradeoff_figure(
    view: TradeoffView,
    look: Look,
    color: str,
    scenario: Scenario,
    flagged: NDArray[np.float64],
    words: Callable[[float], str] = threshold,
) -> go.Figure:
    """Draw the curves one below the other.

    Parameters
    ----------
    view : TradeoffView
    look : Look
    color : str
        Of the model.
    scenario : Scenario
    flagged : ndarray, shape (n,)
        Share flagged at each threshold: what decides where the axis starts.
    words : callable
        Writes a threshold.
    """
    fig = make_subplots(
        rows=len(view.curves),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.13,
        # A figure of the whole model is a level line: it needs no room.
        row_heights=[0.35 if curve.objective.of_model else 1.0 for curve in view.curves],
    )
    named = _named(view)
    most = max(MOST_FLAGGED, float(np.nanmax(flagged[named], initial=0.0)))
    shown = np.isfinite(view.x) & (flagged <= most)
    if shown.sum() < 2:
        shown = np.isfinite(view.x)
    positions = np.flatnonzero(shown)
    if positions.size > CURVE_POINTS:
        even = np.linspace(0, positions.size - 1, CURVE_POINTS).round().astype(int)
        positions = positions[even]
        positions = np.union1d(positions, [k for k in named if shown[k]]).astype(int)
    for row, curve in enumerate(view.curves, start=1):
        _add_curve(fig, row, view, curve, look, color, scenario, positions, words)
    dress(fig, look, height=HEIGHT, margin={"l": 70, "r": 46, "t": 24, "b": 46}, dragmode="zoom")
    low, high = _x_range(view, positions)
    if _crowded(view, positions, high):
        first = float(view.x[positions].min())
        fig.update_xaxes(
            type="log", dtick="D2", range=[np.log10(first) - 0.05, np.log10(high) + 0.05]
        )
    else:
        fig.update_xaxes(range=[low, high])
    fig.update_xaxes(title_text=AXIS_TITLES[view.axis], row=len(view.curves), col=1)
    if view.axis != "threshold":
        fig.update_xaxes(tickformat=".3~p")
    return fig


def _named(view: TradeoffView) -> list[int]:
    """Positions that are marked: the seats' own best ones, and the one under discussion."""
    marked = [view.chosen, *(curve.best for curve in view.curves)]
    return [k for k in marked if k is not None]


def _crowded(view: TradeoffView, positions: NDArray[np.intp], high: float) -> bool:
    """Whether the named thresholds lie in the first tenth of the axis, which a logarithm would spread."""
    xs = view.x[positions]
    finite = [m for m in view.x[_named(view)] if np.isfinite(m)]
    if view.axis != "threshold" or not finite or xs.min() <= 0:
        return False
    return bool(min(finite) < 0.1 * high)


def _x_range(view: TradeoffView, positions: NDArray[np.intp]) -> list[float]:
    xs = view.x[positions]
    marks = [m for m in view.x[_named(view)] if np.isfinite(m)]
    low, high = float(np.min(xs)), float(np.max(xs))
    if view.axis == "threshold" and marks:
        # Scores of rare defects crowd near 0: leave the empty right half to those who zoom out.
        high = min(high, low + 2.5 * (max([*marks, _finite(view.implied, low)]) - low))
    room = 0.03 * (high - low) or 0.05
    return [low - room, high + room]


def _finite(value: float, otherwise: float) -> float:
    return value if np.isfinite(value) else otherwise


def _add_curve(
    fig: go.Figure,
    row: int,
    view: TradeoffView,
    curve: SeatCurve,
    look: Look,
    color: str,
    scenario: Scenario,
    positions: NDArray[np.intp],
    words: Callable[[float], str],
) -> None:
    o = curve.objective
    where = {"row": row, "col": 1}
    x, y = view.x[positions], curve.values[positions]
    steps = "vh" if view.axis == "threshold" else "linear"
    if curve.low is not None and curve.high is not None:
        for end, fill in ((curve.low, None), (curve.high, "tonexty")):
            fig.add_scatter(
                x=x,
                y=end[positions],
                mode="lines",
                line={"width": 0, "shape": steps},
                fill=fill,
                fillcolor=pale(color),
                hoverinfo="skip",
                **where,
            )
    fig.add_scatter(
        x=x,
        y=y,
        mode="lines",
        # A figure holds from just above the threshold before up to its own: steps, never slopes.
        line={"color": color, "width": 2, "shape": steps},
        text=[
            f"threshold {words(t)}<br>{html.escape(o.label)}: {figure(o, v, scenario)}"
            for t, v in zip(view.thresholds[positions], y, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
        **where,
    )
    if view.chosen is not None and np.isfinite(view.x[view.chosen]):
        fig.add_vline(x=view.x[view.chosen], line={"color": look.accent, "width": 1.5}, **where)
    if np.isfinite(curve.today):
        fig.add_hline(y=curve.today, line={"color": look.muted, "width": 1, "dash": "dot"}, **where)
        fig.add_annotation(
            x=1,
            y=curve.today,
            xref=f"x{'' if row == 1 else row} domain",
            yref=f"y{'' if row == 1 else row}",
            xanchor="left",
            text=" today",
            showarrow=False,
            font={"size": 11, "color": look.muted},
        )
    if view.axis == "threshold" and o.of_model and np.isfinite(view.implied):
        fig.add_vline(
            x=view.implied, line={"color": look.muted, "width": 1, "dash": "dash"}, **where
        )
    if curve.best is not None:
        fig.add_scatter(
            x=[view.x[curve.best]],
            y=[curve.values[curve.best]],
            mode="markers",
            marker={
                "size": 11,
                "color": look.paper,
                "line": {"width": 2.5, "color": color},
                "symbol": "circle",
            },
            hoverinfo="skip",
            cliponaxis=False,
            **where,
        )
    if view.chosen is not None:
        fig.add_scatter(
            x=[view.x[view.chosen]],
            y=[curve.values[view.chosen]],
            mode="markers",
            marker={"size": 10, "color": look.accent},
            hoverinfo="skip",
            **where,
        )
    unit = unit_words(o, scenario)
    joint = ", " if o.unit is Unit.MONEY else " "
    title = f"<b>{html.escape(curve.seat)}</b>  {html.escape(o.label)}"
    title += html.escape(joint + unit) if unit else ""
    if o.of_model:
        title += ", the same at every threshold"
    suffix = "" if row == 1 else str(row)
    fig.add_annotation(
        x=0,
        y=1,
        xref=f"x{suffix} domain",
        yref=f"y{suffix} domain",
        xanchor="left",
        yanchor="bottom",
        text=title,
        showarrow=False,
        font={"size": 12.5, "color": look.ink},
        yshift=2,
    )
    fig.update_yaxes(range=_y_range(curve, view, positions), nticks=3, **where)


def _y_range(curve: SeatCurve, view: TradeoffView, positions: NDArray[np.intp]) -> list[float]:
    y = curve.values[positions]
    y = y[np.isfinite(y)]
    if y.size == 0:
        return [0.0, 1.0]
    low, high = (float(end) for end in np.quantile(y, (0.02, 0.98)))
    named = [curve.today]
    named += [float(curve.values[k]) for k in (curve.best, view.chosen) if k is not None]
    named = [value for value in named if np.isfinite(value)]
    if named and curve.objective.direction is Direction.MINIMISE:
        # Where nearly nothing is flagged all is missed: that spike must not flatten the rest.
        high = min(high, max(named) + 1.5 * (max(named) - min([low, *named])))
    low, high = min([low, *named]), max([high, *named])
    room = 0.1 * (high - low) or 0.1 * abs(high) or 1.0
    return [float(low - room), float(high + room)]
