"""Which points of the front keep all limits: shaded under their markers, with lines where axes have one."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.front import spaced
from dashboard.figures.front_view import FrontView, visible_range
from dashboard.figures.look import Look, mixed

SPACING = 0.012
"""Least distance between two points that are shaded, as a share of the visible axes."""


@dataclass(frozen=True)
class LimitLine:
    """A limit on one of the axes that are shown.

    Attributes
    ----------
    axis : {"x", "y"}
    value : float
        In the unit of the axis.
    words : str
    """

    axis: str
    value: float
    words: str


@dataclass(frozen=True)
class Acceptable:
    """What the limits leave of the operating points that the front is drawn from.

    Attributes
    ----------
    keeps : ndarray of bool, shape (n,)
        By operating point, in the order of the points that the view was made from.
    lines : sequence of LimitLine
    """

    keeps: NDArray[np.bool_]
    lines: Sequence[LimitLine]


def add_acceptable(fig: go.Figure, view: FrontView, acceptable: Acceptable, look: Look) -> None:
    """Draw them; below everything else, so that markers keep their colours.

    Parameters
    ----------
    fig : Figure
        Of `dashboard.figures.front.front_figure`.
    view : FrontView
    acceptable : Acceptable
    look : Look
    """
    kept = view.points[acceptable.keeps[view.points["row"].to_numpy(np.intp)]]
    kept = spaced(kept, visible_range(view), SPACING)
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
