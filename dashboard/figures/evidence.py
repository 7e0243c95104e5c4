"""The charts of evidence: ROC, precision-recall, reliability, decision curve, each with its point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.evidence_view import Line, ModelEvidence
from dashboard.figures.layout import house_layout
from dashboard.figures.palette import ModelStyle, Palette, pale
from metrics.tally.tally import Floats

HEIGHT = 300
Styles = Mapping[str, ModelStyle]
DASHES = ("solid", "dash")
"""Of the chosen model's line, and of the one beside it."""


def roc_figure(shown: Sequence[ModelEvidence], palette: Palette, styles: Styles) -> go.Figure:
    """Recall along the share of good units that is flagged; a guess lies on the diagonal."""
    fig = _begun(palette, "Good units flagged", "Defects caught")
    _reference(fig, palette, np.array([0.0, 1.0]), np.array([0.0, 1.0]), "a guess")
    for k, one in _from_the_back(shown):
        _line(
            fig,
            one.roc,
            one.model,
            k,
            palette,
            styles,
            ("%{y:.1%} caught", "%{x:.2%} of good units flagged"),
        )
    return _shares(fig)


def precision_recall_figure(
    shown: Sequence[ModelEvidence], rate: float, palette: Palette, styles: Styles
) -> go.Figure:
    """Precision along the recall; a guess has the defect rate everywhere."""
    fig = _begun(palette, "Defects caught", "Defects among the flagged")
    _reference(fig, palette, np.array([0.0, 1.0]), np.array([rate, rate]), "a guess")
    for k, one in _from_the_back(shown):
        words = "%{y:.1%} of the flagged are defects", "%{x:.1%} of the defects caught"
        _line(fig, one.precision_recall, one.model, k, palette, styles, words)
    return _shares(fig)


def reliability_figure(
    shown: Sequence[ModelEvidence], palette: Palette, styles: Styles
) -> go.Figure:
    """Share of defects along the predicted probability, with intervals; what comes true is the diagonal."""
    fig = _begun(palette, "Predicted probability", "Share that was defective")
    _reference(fig, palette, np.array([0.0, 1.0]), np.array([0.0, 1.0]), "comes true")
    for k, one in _from_the_back(shown):
        found, ends = one.reliability, one.reliability_ends
        there = found.units > 0
        color = styles[one.model].color(palette)
        error = None
        if ends is not None:
            error = {
                "type": "data",
                "symmetric": False,
                "array": (ends.high - found.observed)[there],
                "arrayminus": (found.observed - ends.low)[there],
                "thickness": 1.2,
                "width": 0,
                "color": color,
            }
        fig.add_scatter(
            x=found.predicted[there],
            y=found.observed[there],
            customdata=found.units[there],
            error_y=error,
            mode="lines+markers",
            line={"color": color, "width": 1.2, "dash": DASHES[k]},
            marker={"color": color, "size": 8, "symbol": styles[one.model].symbol},
            opacity=1.0 if k == 0 else 0.75,
            hovertemplate="%{y:.1%} of %{customdata:,.0f} units defective, %{x:.1%} predicted<extra></extra>",
            name=_place(k),
        )
        if np.isfinite(one.probability):
            fig.add_vline(x=one.probability, line={"color": color, "width": 1, "dash": "dot"})
    return _shares(fig)


def decision_figure(
    shown: Sequence[ModelEvidence],
    everything: Floats,
    price: Callable[[float], str],
    palette: Palette,
    styles: Styles,
) -> go.Figure:
    """Net benefit of 1,000 units along what a false alarm may cost; above both references acting pays.

    Parameters
    ----------
    shown : sequence of ModelEvidence
    everything : ndarray
        Net benefit of holding back every unit, where the models' is known.
    price : callable
        A threshold probability as what a miss costs.
    look, styles
    """
    fig = _begun(
        palette, "A miss costs so many false alarms", "Good done, in defects per 1,000 units"
    )
    along = shown[0].decision.along
    _reference(fig, palette, along, 1000 * everything, "hold back all")
    _reference(fig, palette, along[[0, -1]], np.zeros(2), "ship all")
    for k, one in _from_the_back(shown):
        words = "%{y:.3g} per 1,000 units", "a miss costs %{text}"
        texts = [price(p) for p in one.decision.x]
        _line(fig, one.decision, one.model, k, palette, styles, words, scale=1000.0, texts=texts)
    goods = np.concatenate([everything, *(one.decision.y for one in shown)])
    most = 1000 * max(float(np.nanmax(goods)), 1e-9)
    shown_at = [1 / (1 + miss) for miss in PRICES if along[0] <= 1 / (1 + miss) <= along[-1]]
    apart = 0.07 * along[-1]
    ticks: list[float] = []
    for p in shown_at:
        if not ticks or p - ticks[-1] >= apart:
            ticks.append(p)
    fig.update_xaxes(range=[0, along[-1]], tickvals=ticks, ticktext=[price(p) for p in ticks])
    fig.update_yaxes(range=[-0.18 * most, 1.08 * most])
    return fig


PRICES = (100, 20, 10, 5, 3, 2, 1, 0.5, 0.25)
"""What a miss may cost, in false alarms, where the axis of the decision curve names it."""


def _begun(palette: Palette, across: str, up: str) -> go.Figure:
    fig = go.Figure()
    house_layout(
        fig, palette, height=HEIGHT, margin={"l": 56, "r": 14, "t": 8, "b": 44}, dragmode=False
    )
    fig.update_xaxes(title_text=across, fixedrange=True, zeroline=False)
    fig.update_yaxes(title_text=up, fixedrange=True, zeroline=False)
    return fig


def _shares(fig: go.Figure) -> go.Figure:
    ticks = [0, 0.25, 0.5, 0.75, 1]
    texts = [f"{100 * tick:g}\N{NO-BREAK SPACE}%" if tick else "0" for tick in ticks]
    fig.update_xaxes(range=[-0.01, 1.01], tickvals=ticks, ticktext=texts)
    fig.update_yaxes(range=[-0.02, 1.03], tickvals=ticks, ticktext=texts)
    return fig


def _from_the_back(shown: Sequence[ModelEvidence]) -> list[tuple[int, ModelEvidence]]:
    """The chosen model last, so that it lies above the one beside it."""
    return list(enumerate(shown))[::-1]


def _place(k: int) -> str:
    return "beside" if k else "chosen"


def _reference(fig: go.Figure, palette: Palette, x: Floats, y: Floats, words: str) -> None:
    """A thin grey line of what one would have without the model."""
    fig.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": palette.faint, "width": 1.2},
        hovertemplate=f"{words}<extra></extra>",
        name=words,
    )


def _line(
    fig: go.Figure,
    line: Line,
    model: str,
    k: int,
    palette: Palette,
    styles: Styles,
    words: tuple[str, str],
    *,
    scale: float = 1.0,
    texts: Sequence[str] | None = None,
) -> None:
    """A model's curve, its band, and a ring where its operating point lies."""
    color = styles[model].color(palette)
    if line.band is not None and k == 0:
        defined = np.isfinite(line.band.low)
        fig.add_scatter(
            x=np.concatenate([line.along[defined], line.along[defined][::-1]]),
            y=scale * np.concatenate([line.band.low[defined], line.band.high[defined][::-1]]),
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=pale(color),
            hoverinfo="skip",
            name="band",
        )
    fig.add_scatter(
        x=line.x,
        y=scale * line.y,
        text=texts,
        mode="lines",
        line={"color": color, "width": 2.2 if k == 0 else 1.6, "dash": DASHES[k]},
        hovertemplate="<br>".join(words) + "<extra></extra>",
        name=_place(k),
    )
    x, y = line.point
    if np.isfinite(x) and np.isfinite(y):
        fig.add_scatter(
            x=[x],
            y=[scale * y],
            mode="markers",
            marker={
                "size": 13,
                "symbol": styles[model].symbol,
                "color": color if k == 0 else palette.paper,
                "line": {"color": palette.ink if k == 0 else color, "width": 2},
            },
            hovertemplate=("chosen" if k == 0 else "beside it") + "<extra></extra>",
            name=f"point {_place(k)}",
        )
