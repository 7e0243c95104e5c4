"""Histogram of a model's scores over good units and defects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.analysis.models.score_distributions import BINS, ScoreDistribution
from dashboard.figures.chart_text import LINE
from dashboard.figures.histogram_labels import HEADROOM, PLOT, SLANT, draw_labels, truncated_columns
from dashboard.figures.layout import house_layout
from dashboard.figures.palette import ModelStyle, Palette
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.threshold_lines import NamedThreshold, draw_thresholds

HEIGHT = round(PLOT) + 38
CLASSES = ("good units", "defects")
MOST = 0.25
"""Largest drawn share of a bin; most models have nearly all units in the outermost bins."""
BROKEN = (0.74, 0.86)
"""Start and end of the break in a truncated column, as shares of the drawn height."""
TICKS = (0.0, 0.1, 0.2)
"""Shares with ticks on the vertical axis."""


def distribution_figure(
    distribution: ScoreDistribution,
    palette: Palette,
    style: ModelStyle,
    *,
    top: float,
    labelled: bool,
    dashed: bool = False,
    thresholds: Sequence[NamedThreshold] = (),
    room: bool = False,
) -> Drawing:
    """Draw the histogram: good units filled in grey, defects as a line in the model's colour.

    Parameters
    ----------
    top : float
        Largest share in all charts that are compared.
    labelled : bool
        Whether the two classes are named in the chart.
    dashed : bool
        Whether the line is dashed.
    thresholds : sequence of NamedThreshold
        Scores from which units are flagged; those beyond the axis are left out.
    room : bool
        Whether to leave room for the names of thresholds, so that charts side by side have equal heights.

    Notes
    -----
    The share of a truncated bin is written next to the bin.
    """
    high = min(top, MOST)
    fig = Drawing()
    for klass in range(len(CLASSES)):
        _draw_class(fig, distribution, klass, high, palette, style, dashed=dashed)
        # The break of good units is drawn before the line of defects, which may cross it.
        _draw_breaks(fig, distribution, klass, high, palette)
    ends = float(distribution.edges[0]), float(distribution.edges[-1])
    inside = [threshold for threshold in thresholds if ends[0] <= threshold.at <= ends[1]]
    above = max(draw_thresholds(fig, inside, height=round(PLOT), axis=ends), room * LINE)
    margin = {"l": 38, "r": 10, "t": 4 + above, "b": 34}
    house_layout(fig, palette, height=HEIGHT + above, margin=margin, hovermode="x")
    ticks = [tick for tick in TICKS if tick <= high]
    small: dict[str, Any] = {"fixedrange": True, "automargin": False, "tickfont": {"size": 12}}
    title = {"text": "score", "standoff": 2, "font": {"size": 12, "color": palette.muted}}
    fig.update_xaxes(range=ends, nticks=4, showgrid=False, title=title, **small)
    fig.update_yaxes(
        range=(0, HEADROOM * high),
        tickvals=ticks,
        ticktext=[f"{tick:.0%}" for tick in ticks],
        **small,
    )
    fig.update_layout(dragmode=False)
    at = [threshold.at for threshold in inside]
    draw_labels(fig, distribution, palette, style, high=high, has_names=labelled, thresholds=at)
    return fig


def _draw_class(
    fig: Drawing,
    distribution: ScoreDistribution,
    klass: int,
    high: float,
    palette: Palette,
    style: ModelStyle,
    *,
    dashed: bool,
) -> None:
    """Draw the columns of a class, truncated at the share ``high``."""
    edges, shares = distribution.edges, distribution.shares[:, klass]
    # The axis ends at the edges of the outermost bins, so that these are as wide as the others.
    x = np.concatenate([edges[:1], (edges[:-1] + edges[1:]) / 2, edges[-1:]])
    bins = np.concatenate([[0], np.arange(BINS), [BINS - 1]])
    fig.add_scatter(
        x=x,
        y=np.minimum(shares[bins], high),
        customdata=np.column_stack([shares[bins], edges[bins], edges[bins + 1]]),
        mode="lines",
        line={
            "shape": "hvh",
            "width": 2 if klass else 1,
            "color": style.color(palette) if klass else palette.muted,
            "dash": "dash" if dashed and klass else "solid",
        },
        fill=None if klass else "tozeroy",
        fillcolor=palette.faint,
        hovertemplate=f"%{{customdata[0]:.1%}} of the {CLASSES[klass]} score "
        "%{customdata[1]:.3g} to %{customdata[2]:.3g}<extra></extra>",
    )


def _draw_breaks(
    fig: Drawing, distribution: ScoreDistribution, klass: int, high: float, palette: Palette
) -> None:
    """Draw a slanted break below the top of the truncated columns of a class."""
    edges = distribution.edges
    slant = SLANT * (edges[1] - edges[0])
    for run in truncated_columns(distribution.shares[:, klass], high):
        ends = edges[run[0]] - slant, edges[run[-1] + 1] + slant
        for color, width in ((palette.muted, 5), (palette.paper, 3)):
            fig.add_scatter(
                x=np.array(ends),
                y=np.array(BROKEN) * high,
                mode="lines",
                line={"color": color, "width": width},
                hoverinfo="skip",
            )
