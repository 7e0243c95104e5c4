"""How each model's scores are spread over good units and defects."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from dashboard.figures.look import Look, ModelStyle, dress
from metrics import Tally

BINS = 24
COLUMNS = 4


@dataclass(frozen=True)
class Distribution:
    """One model's histogram.

    Attributes
    ----------
    model : str
    edges : ndarray, shape (BINS + 1,)
        Equally wide bins from the lowest to the highest score.
    shares : ndarray, shape (BINS, 2)
        Share of the good units, and of the defects, in each bin.
    """

    model: str
    edges: NDArray[np.float64]
    shares: NDArray[np.float64]


def distribution_view(tally: Tally, m: int) -> Distribution:
    """Histogram of the model at position ``m``: each threshold's rows fall into the bin of that threshold."""
    at = tally.finite_thresholds(m)
    rows = tally.counts[:, m, : at.size + 1].sum(axis=0, dtype=np.float64)
    rows[1] += rows[0]  # below the first threshold: as good as at it
    low, high = float(at[0]), float(at[-1])
    if tally.scale == "probability":
        low, high = 0.0, 1.0
    if not high > low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, BINS + 1)
    place = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, BINS - 1)
    counts = np.zeros((BINS, 2))
    np.add.at(counts, place, rows[1:])
    return Distribution(tally.models[m], edges, counts / counts.sum(axis=0))


def distribution_figure(
    view: list[Distribution],
    look: Look,
    model_styles: Mapping[str, ModelStyle],
    names: Mapping[str, str],
) -> go.Figure:
    """One small panel a model: good units filled in grey, defects as a line in the model's colour."""
    columns = min(COLUMNS, len(view))
    rows = math.ceil(len(view) / columns)
    fig = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[html.escape(names.get(d.model) or d.model) for d in view],
        vertical_spacing=min(0.16, 0.5 / rows),
        horizontal_spacing=0.04,
    )
    for k, one in enumerate(view):
        where = {"row": k // columns + 1, "col": k % columns + 1}
        middle = (one.edges[:-1] + one.edges[1:]) / 2
        for klass, name in ((0, "good units"), (1, "defects")):
            fig.add_scatter(
                x=middle,
                y=one.shares[:, klass],
                mode="lines",
                line={
                    "shape": "hvh",
                    "width": 2 if klass else 0.5,
                    "color": model_styles[one.model].color(look) if klass else look.faint,
                },
                fill=None if klass else "tozeroy",
                fillcolor=look.grid,
                hovertemplate=f"%{{y:.1%}} of the {name} score about %{{x:.3g}}<extra></extra>",
                **where,
            )
    dress(fig, look, height=70 + 150 * rows, margin={"l": 40, "r": 12, "t": 30, "b": 30})
    fig.update_yaxes(tickformat=".0~%", rangemode="tozero", nticks=3)
    fig.update_annotations(font={"size": 12.5, "color": look.ink})
    return fig
