"""Histogram of a model's scores over good units and defects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.models.score_distributions import BINS, ScoreDistribution
from dashboard.figures.chart_text import bold
from dashboard.figures.layout import house_layout
from dashboard.figures.palette import ModelStyle, Palette
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.threshold_lines import LINE, NARROW, NamedThreshold, draw_thresholds

HEIGHT = 134
CLASSES = ("good units", "defects")
MOST = 0.25
"""Largest drawn share of a bin; most models have nearly all units in the outermost bins."""
BROKEN = (0.74, 0.86)
"""Start and end of the break in a truncated column, as shares of the drawn height."""
OFF, SLANT = 6, 0.25
"""Pixels between a column and the text beside it; number of columns by which a break exceeds its column."""
LETTER_BOLD, NARROWEST = 8.0, 110.0
"""Width in pixels of a bold letter, and of the plot area of a chart on a phone."""
LETTER, COLUMN, WRITTEN = 6.0, 11.0, 0.8
"""Width in pixels of a letter and of a column in a small chart; lower end of a text beside a column."""
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
    middle = (distribution.edges[:-1] + distribution.edges[1:]) / 2
    # The axis ends at the edges of the outermost bins, so that these are as wide as the others.
    x = np.concatenate([distribution.edges[:1], middle, distribution.edges[-1:]])
    bins = np.concatenate([[0], np.arange(BINS), [BINS - 1]])
    high = min(top, MOST)
    fig = Drawing()
    for klass, name in enumerate(CLASSES):
        fig.add_scatter(
            x=x,
            y=np.minimum(distribution.shares[bins, klass], high),
            customdata=np.column_stack(
                [
                    distribution.shares[bins, klass],
                    distribution.edges[bins],
                    distribution.edges[bins + 1],
                ]
            ),
            mode="lines",
            line={
                "shape": "hvh",
                "width": 2 if klass else 1,
                "color": style.color(palette) if klass else palette.muted,
                "dash": "dash" if dashed and klass else "solid",
            },
            fill=None if klass else "tozeroy",
            fillcolor=palette.faint,
            hovertemplate=f"%{{customdata[0]:.1%}} of the {name} score "
            "%{customdata[1]:.3g} to %{customdata[2]:.3g}<extra></extra>",
        )
        # The break of good units is drawn before the line of defects, which may cross it.
        _break(fig, distribution, klass, high, palette)
    ends = float(distribution.edges[0]), float(distribution.edges[-1])
    inside = [threshold for threshold in thresholds if ends[0] <= threshold.at <= ends[1]]
    above = max(draw_thresholds(fig, inside, height=HEIGHT - 38, axis=ends), room * LINE)
    margin = {"l": 38, "r": 10, "t": 4 + above, "b": 34}
    house_layout(fig, palette, height=HEIGHT + above, margin=margin, hovermode="x")
    ticks = [tick for tick in TICKS if tick <= high]
    small: dict[str, Any] = {"fixedrange": True, "automargin": False, "tickfont": {"size": 12}}
    title = {"text": "score", "standoff": 2, "font": {"size": 12, "color": palette.muted}}
    fig.update_xaxes(range=ends, nticks=4, showgrid=False, title=title, **small)
    fig.update_yaxes(
        range=(0, 1.2 * high),
        tickvals=ticks,
        ticktext=[f"{tick:.0%}" for tick in ticks],
        **small,
    )
    fig.update_layout(dragmode=False)
    at = [threshold.at for threshold in inside]
    _name_classes(fig, distribution, palette, style, high=high, labelled=labelled, at_thresholds=at)
    _clear_names(fig, at, palette, wide=ends[1] - ends[0])
    return fig


def _clear_names(fig: Drawing, thresholds: Sequence[float], palette: Palette, wide: float) -> None:
    """Add a background to texts that the line of a threshold would cross."""
    for note in fig.layout.get("annotations", ()):  # no column may have a name
        is_right = note["xanchor"] == "right"
        reach = wide * LETTER * len(note["text"]) / NARROW
        low, high = note["x"] - is_right * reach, note["x"] + (not is_right) * reach
        if note.get("yref") != "paper" and any(low < at < high for at in thresholds):
            note["bgcolor"] = palette.paper


def _break(
    fig: Drawing, distribution: ScoreDistribution, klass: int, high: float, palette: Palette
) -> None:
    """Draw a slanted break below the top of truncated columns of a class."""
    edges = distribution.edges
    slant = SLANT * (edges[1] - edges[0])
    for run in _cut(distribution, klass, high):
        ends = edges[run[0]] - slant, edges[run[-1] + 1] + slant
        for color, width in ((palette.muted, 5), (palette.paper, 3)):
            fig.add_scatter(
                x=np.array(ends),
                y=np.array(BROKEN) * high,
                mode="lines",
                line={"color": color, "width": width},
                hoverinfo="skip",
            )


def _cut(distribution: ScoreDistribution, klass: int, high: float) -> list[NDArray[np.intp]]:
    """Truncated columns of a class, grouped if they are side by side."""
    cut = np.flatnonzero(distribution.shares[:, klass] > high)
    return np.split(cut, np.flatnonzero(np.diff(cut) > 1) + 1) if cut.size else []


def _is_free(
    distribution: ScoreDistribution, run: NDArray[np.intp], label: str, high: float
) -> bool:
    """Whether a text beside truncated columns, towards the middle, would cover no other column."""
    wide = math.ceil((OFF + LETTER * len(label)) / COLUMN)
    begin = max(run[0] - wide, 0) if run[0] >= BINS / 2 else run[-1] + 1
    return bool(distribution.shares[begin : begin + wide].max() < WRITTEN * high)


def _meets(
    distribution: ScoreDistribution, k: int, label: str, right: bool, thresholds: Sequence[float]
) -> bool:
    """Whether a text above a column would cross a threshold, or leave the plot area.

    Parameters
    ----------
    right : bool
        True if the text ends at the column's right edge; False if it begins at the left edge.
    """
    edges = distribution.edges
    low, high = float(edges[0]), float(edges[-1])
    reach = (high - low) * LETTER * len(label) / NARROW
    begin, end = (edges[k + 1] - reach, edges[k + 1]) if right else (edges[k], edges[k] + reach)
    return begin < low or end > high or any(begin < at < end for at in thresholds)


def _name_classes(
    fig: Drawing,
    distribution: ScoreDistribution,
    palette: Palette,
    style: ModelStyle,
    *,
    high: float,
    labelled: bool,
    at_thresholds: Sequence[float],
) -> None:
    """Write the name of each class where it is most prominent, and the shares of truncated columns."""
    colors = palette.ink, style.color(palette)
    at = [
        int(np.argmax(shares if shares.max() > high else shares - distribution.shares[:, 1 - k]))
        for k, shares in enumerate(distribution.shares.T)
    ]
    edges = distribution.edges
    width = float(edges[-1] - edges[0])
    written: list[tuple[float, float]] = []  # from left to right, the texts of good units
    for klass, (name, color) in enumerate(zip(("good", "defects"), colors, strict=True)):
        shares = distribution.shares[:, klass]
        # Truncated columns side by side have their shares in one text.
        runs = _cut(distribution, klass, high)
        if not any(at[klass] in run for run in runs):
            runs = [np.array([at[klass]]), *runs]
        for run in runs:
            percents = [f"{100 * shares[k]:.0f}%" for k in run if shares[k] > high]
            class_name = name if labelled and at[klass] in run else ""
            label = f"{class_name} {', '.join(percents)}".strip()
            if not label:
                continue
            # Texts are on the side of a column towards the middle of the chart.
            k = int(run[0] if run[0] >= BINS / 2 else run[-1])
            is_right = k >= BINS / 2
            # The text is next to a spike, but above a column whose neighbours are about as high.
            inwards = distribution.shares[k + (-1 if is_right else 1)]
            is_spike = shares[k] > high or inwards.max() < shares[k] / 2
            if shares[k] > high and not _is_free(distribution, run, label, high):
                k, is_spike = int(run[-1] if is_right else run[0]), False
                # The text is above the column. It begins at the edge from which it crosses no threshold.
                inner = int(run[0] if is_right else run[-1])
                if _meets(distribution, k, label, is_right, at_thresholds) and not _meets(
                    distribution, inner, label, not is_right, at_thresholds
                ):
                    k, is_right = inner, not is_right
            # The text does not touch the slanted break of its column.
            beyond = SLANT * (edges[1] - edges[0]) if is_spike and shares[k] > high else 0.0
            x = edges[k + (is_spike != is_right)] + (-beyond if is_right else beyond)
            far = x + (-1 if is_right else 1) * width * (OFF + LETTER_BOLD * len(label)) / NARROWEST
            low, up = sorted((float(x), float(far)))
            is_beside = any(low < end and begin < up for begin, end in written)
            if is_spike and not klass:  # A text above a column is never at the height of another.
                written.append((low, up))
            fig.add_annotation(
                x=x,
                xshift=(-OFF if is_right else OFF) if is_spike else 0,
                y=min(shares[k], high),
                text=bold(label),
                showarrow=False,
                xanchor="right" if is_right else "left",
                yanchor="top" if is_spike else "bottom",
                # Texts of the two classes at one place would cover each other.
                yshift=-15 if klass and (is_beside or abs(at[0] - k) < BINS / 4) else 0,
                font={"size": 12, "color": color},
            )
