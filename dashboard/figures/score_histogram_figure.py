"""Histogram of a model's scores over good units and defects, on a square-root scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.analysis.models.score_distributions import BINS, ScoreDistribution
from dashboard.figures.layout import house_layout
from dashboard.figures.model_styles import ModelStyle
from dashboard.figures.palette import Palette
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.texts import LINE
from dashboard.figures.threshold_lines import NamedThreshold, draw_thresholds

PLOT = 96
"""Height of the plot area in pixels."""
HEIGHT = PLOT + 26
CLASSES = ("good units", "defects")
TICKS = (0.0, 0.05, 0.2, 0.5, 1.0)
"""Shares with ticks on the vertical axis."""


def distribution_figure(
    distribution: ScoreDistribution,
    palette: Palette,
    style: ModelStyle,
    *,
    top: float,
    dashed: bool = False,
    thresholds: Sequence[NamedThreshold] = (),
    room: bool = False,
) -> Drawing:
    """Draw the histogram: good units filled in grey, defects as a line in the model's colour.

    Parameters
    ----------
    top : float
        Largest share in all charts that are compared.
    dashed : bool
        Whether the line is dashed.
    thresholds : sequence of NamedThreshold
        Scores from which units are flagged; those beyond the axis are left out.
    room : bool
        Whether to leave room for the names of thresholds, so that charts side by side have equal heights.

    Notes
    -----
    Most models have nearly all units in the outermost bins. A square-root scale also shows the other bins.
    """
    fig = Drawing(palette)
    for klass in range(len(CLASSES)):
        _draw_class(fig, distribution, klass, style, dashed=dashed)
    ends = float(distribution.edges[0]), float(distribution.edges[-1])
    inside = [threshold for threshold in thresholds if ends[0] <= threshold.at <= ends[1]]
    above = max(draw_thresholds(fig, inside, height=PLOT, axis=ends), room * LINE)
    margin = {"l": 42, "r": 10, "t": 4 + above, "b": 22}
    house_layout(fig, palette, height=HEIGHT + above, margin=margin, hovermode="x", dragmode=False)
    small: dict[str, Any] = {"fixedrange": True, "automargin": False, "tickfont": {"size": 12}}
    fig.update_xaxes(range=ends, nticks=4, showgrid=False, **small)
    ticks = [tick for tick in TICKS if tick <= top]
    texts = [f"{tick:.0%}" for tick in ticks]
    highest = 1.05 * float(np.sqrt(top))
    fig.update_yaxes(range=(0, highest), tickvals=np.sqrt(ticks), ticktext=texts, **small)
    return fig


def _draw_class(
    fig: Drawing, distribution: ScoreDistribution, klass: int, style: ModelStyle, *, dashed: bool
) -> None:
    """Draw the columns of a class."""
    edges, shares = distribution.edges, distribution.shares[:, klass]
    # The axis ends at the edges of the outermost bins, so that these are as wide as the others.
    x = np.concatenate([edges[:1], (edges[:-1] + edges[1:]) / 2, edges[-1:]])
    bins = np.concatenate([[0], np.arange(BINS), [BINS - 1]])
    fig.add_scatter(
        x=x,
        y=np.sqrt(shares[bins]),
        customdata=np.column_stack([shares[bins], edges[bins], edges[bins + 1]]).tolist(),
        mode="lines",
        line={
            "shape": "hvh",
            "width": 2 if klass else 1,
            "color": style.color(fig.palette) if klass else fig.palette.muted,
            "dash": "dash" if dashed and klass else "solid",
        },
        fill=None if klass else "tozeroy",
        fillcolor=fig.palette.faint,
        hovertemplate=f"%{{customdata[0]:.1%}} of the {CLASSES[klass]} score "
        "%{customdata[1]:.3g} to %{customdata[2]:.3g}<extra></extra>",
    )
