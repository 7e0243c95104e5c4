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
"""Share of a class up to which a bin is drawn; most models put nearly all units into the outermost bins."""
BROKEN = (0.74, 0.86)
"""Where the break of a column that is cut begins and ends, of the height that is drawn."""
TICKS = (0.0, 0.1, 0.2)
"""Shares that the vertical axis names."""


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
    """Good units filled in grey, defects as a line in the model's colour.

    Parameters
    ----------
    top : float
        Largest share of all charts that are to be compared.
    labelled : bool
        Whether the two classes are named in the chart.
    dashed : bool
        Whether the line is.
    thresholds : sequence of NamedThreshold
        Scores from which units are flagged; what lies beyond the axis is left out.
    room : bool
        Whether the names of such are kept room for: charts side by side are of one height.

    Notes
    -----
    A bin that holds more than is drawn says its share.
    """
    middle = (distribution.edges[:-1] + distribution.edges[1:]) / 2
    # Out to the edges, so that the outermost bins are as wide as all others.
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
        # Below the line of defects, which goes on over the columns of good units.
        _break(fig, distribution, klass, high, palette)
    ends = float(distribution.edges[0]), float(distribution.edges[-1])
    inside = [one for one in thresholds if ends[0] <= one.at <= ends[1]]
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
    at = [one.at for one in inside]
    _name_classes(fig, distribution, palette, style, high=high, labelled=labelled, at_thresholds=at)
    _clear_names(fig, at, palette, wide=ends[1] - ends[0])
    return fig


def _clear_names(fig: Drawing, thresholds: Sequence[float], palette: Palette, wide: float) -> None:
    """Put paper under what is written where a threshold's line would run through it."""
    for note in fig.layout.get("annotations", ()):  # none where no column has a name
        is_right = note["xanchor"] == "right"
        reach = wide * LETTER * len(note["text"]) / NARROW
        low, high = note["x"] - is_right * reach, note["x"] + (not is_right) * reach
        if note.get("yref") != "paper" and any(low < at < high for at in thresholds):
            note["bgcolor"] = palette.paper


def _break(fig: Drawing, one: ScoreDistribution, klass: int, high: float, palette: Palette) -> None:
    """Break what is cut of a class below its top, on a slant: it goes on beyond the scale."""
    wide = one.edges[1] - one.edges[0]
    for run in _cut(one, klass, high):
        ends = one.edges[run[0]] - SLANT * wide, one.edges[run[-1] + 1] + SLANT * wide
        for color, width in ((palette.muted, 5), (palette.paper, 3)):
            fig.add_scatter(
                x=np.array(ends),
                y=np.array(BROKEN) * high,
                mode="lines",
                line={"color": color, "width": width},
                hoverinfo="skip",
            )


def _cut(one: ScoreDistribution, klass: int, high: float) -> list[NDArray[np.intp]]:
    """Columns of a class that are cut; those side by side together."""
    cut = np.flatnonzero(one.shares[:, klass] > high)
    return np.split(cut, np.flatnonzero(np.diff(cut) > 1) + 1) if cut.size else []


OFF, SLANT = 6, 0.25
"""Pixels from a column to what is written beside it; how far a break reaches beyond, in columns."""


def _is_free(one: ScoreDistribution, run: NDArray[np.intp], label: str, high: float) -> bool:
    """Whether no column reaches up to what would be written beside some that are cut, towards the middle."""
    wide = math.ceil((OFF + LETTER * len(label)) / COLUMN)
    begin = max(run[0] - wide, 0) if run[0] >= BINS / 2 else run[-1] + 1
    return bool(one.shares[begin : begin + wide].max() < WRITTEN * high)


def _meets(
    one: ScoreDistribution, k: int, label: str, right: bool, thresholds: Sequence[float]
) -> bool:
    """Whether what is written above a column from one of its edges meets a threshold, or leaves the picture.

    Parameters
    ----------
    right : bool
        Whether its right end is at the column's right edge, else its left end at the left one.
    """
    low, high = float(one.edges[0]), float(one.edges[-1])
    reach = (high - low) * LETTER * len(label) / NARROW
    begin, end = (
        (one.edges[k + 1] - reach, one.edges[k + 1])
        if right
        else (one.edges[k], one.edges[k] + reach)
    )
    return begin < low or end > high or any(begin < at < end for at in thresholds)


LETTER, COLUMN, WRITTEN = 6.0, 11.0, 0.8
"""Pixels of a letter and of a column in a small chart; how high what is written beside one reaches down."""


def _name_classes(
    fig: Drawing,
    one: ScoreDistribution,
    palette: Palette,
    style: ModelStyle,
    *,
    high: float,
    labelled: bool,
    at_thresholds: Sequence[float],
) -> None:
    """Write each class beside where it stands out most, and the share of what is cut."""
    colors = palette.ink, style.color(palette)
    at = [
        int(np.argmax(own if own.max() > high else own - one.shares[:, 1 - k]))
        for k, own in enumerate(one.shares.T)
    ]
    for klass, (name, color) in enumerate(zip(("good", "defects"), colors, strict=True)):
        own = one.shares[:, klass]
        # Columns that are cut side by side say their shares at one place.
        runs = _cut(one, klass, high)
        if not any(at[klass] in run for run in runs):
            runs = [np.array([at[klass]]), *runs]
        for run in runs:
            percents = [f"{100 * own[k]:.0f}%" for k in run if own[k] > high]
            called = name if labelled and at[klass] in run else ""
            label = f"{called} {', '.join(percents)}".strip()
            if not label:
                continue
            # From the middle's side.
            k = int(run[0] if run[0] >= BINS / 2 else run[-1])
            right = k >= BINS / 2
            # Beside a spike, towards the middle; above a hill, which is as high there.
            inwards = one.shares[k + (-1 if right else 1)]
            spike = own[k] > high or inwards.max() < own[k] / 2
            if own[k] > high and not _is_free(one, run, label, high):
                k, spike = int(run[-1] if right else run[0]), False
                # Above it, from its outer edge inwards or from its inner edge outwards, clear of thresholds.
                inner = int(run[0] if right else run[-1])
                if _meets(one, k, label, right, at_thresholds) and not _meets(
                    one, inner, label, not right, at_thresholds
                ):
                    k, right = inner, not right
            # Clear of its column's edge, and of the break that reaches beyond it.
            beyond = SLANT * (one.edges[1] - one.edges[0]) if spike and own[k] > high else 0.0
            fig.add_annotation(
                x=one.edges[k + (spike != right)] + (-beyond if right else beyond),
                xshift=(-OFF if right else OFF) if spike else 0,
                y=min(own[k], high),
                text=bold(label),
                showarrow=False,
                xanchor="right" if right else "left",
                yanchor="top" if spike else "bottom",
                # Two that stand out in one place would be written over each other.
                yshift=-15 if klass and abs(at[0] - k) < BINS / 4 else 0,
                font={"size": 12, "color": color},
            )
