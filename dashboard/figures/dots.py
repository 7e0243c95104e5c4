"""Models one below the other, a dot with its interval for what each stakeholder wants."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.figures.dress import dress
from dashboard.figures.look import Look, ModelStyle

ROW, AROUND = 22, 58
"""Height of a model's row, and of what is above and below all of them, in pixels."""


@dataclass(frozen=True)
class Dots:
    """One column of dots.

    Attributes
    ----------
    title : str
    values : sequence of float
        One for each model; NaN where there is none.
    ends : sequence of (float, float)
    words : sequence of str
        Each figure as the page writes it.
    today : float
        NaN where undefined.
    """

    title: str
    values: Sequence[float]
    ends: Sequence[tuple[float, float]]
    words: Sequence[str]
    today: float


def dots_figure(
    models: Sequence[str],
    columns: Sequence[Dots],
    colored: set[str],
    look: Look,
    styles: Mapping[str, ModelStyle],
    label: Callable[[str], str],
) -> go.Figure:
    """Draw a column of dots beside the other; a dotted line where today's system stands.

    Parameters
    ----------
    models : sequence of str
        From top to bottom.
    columns : sequence of Dots
    colored : set of str
        Models in their colour; the others are grey.
    look, styles, label
    """
    fig = make_subplots(rows=1, cols=len(columns), shared_yaxes=True, horizontal_spacing=0.03)
    height = ROW * len(models) + AROUND
    dress(fig, look, height=height, margin={"l": 10, "r": 14, "t": 26, "b": 32}, dragmode=False)
    rows = np.arange(len(models))[::-1]
    for k, column in enumerate(columns, start=1):
        colors = [styles[m].color(look) if m in colored else look.faint for m in models]
        for y, model, value, (low, high), color in zip(
            rows, models, column.values, column.ends, colors, strict=True
        ):
            if np.isfinite(low) and np.isfinite(high):
                fig.add_scatter(
                    x=[low, high], y=[y, y], mode="lines", line={"color": color, "width": 2},
                    hoverinfo="skip", name=f"interval of {html.escape(model)}", row=1, col=k,
                )  # fmt: skip
            if np.isfinite(value):
                fig.add_scatter(
                    x=[value], y=[y], mode="markers", row=1, col=k, name=html.escape(model),
                    marker={"color": color, "size": 9, "symbol": styles[model].symbol},
                    text=[f"{html.escape(label(model))}: {html.escape(column.words[len(models) - 1 - y])}"],
                    hovertemplate="%{text}<extra></extra>",
                )  # fmt: skip
        if np.isfinite(column.today):
            fig.add_vline(
                x=column.today, line={"color": look.muted, "width": 1, "dash": "dot"}, row=1, col=k
            )
        fig.add_annotation(
            text=f"<b>{html.escape(column.title)}</b>",
            x=0, y=1, yanchor="bottom", xanchor="left", xref=f"x{'' if k == 1 else k} domain",
            yref="paper", showarrow=False, font={"size": 13, "color": look.ink},
        )  # fmt: skip
    fig.update_xaxes(nticks=5, fixedrange=True, zeroline=False)
    fig.update_yaxes(
        tickvals=rows, ticktext=[html.escape(label(m)) for m in models], fixedrange=True,
        range=[-0.6, len(models) - 0.4], showgrid=True,
    )  # fmt: skip
    return fig
