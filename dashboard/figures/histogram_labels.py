"""Texts in a histogram of scores: names of the classes, and shares of the truncated columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.models.score_distributions import BINS, ScoreDistribution
from dashboard.figures.chart_text import LETTER, bold
from dashboard.figures.palette import ModelStyle, Palette
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.threshold_lines import NARROW
from metrics.tally.kernel import Floats

NAMES = ("good", "defects")
OFF = 6
"""Pixels between a column and the text beside it."""
SLANT = 0.25
"""Number of column widths by which a break exceeds its column."""
LETTER_BOLD = 8.0
"""Width of a bold letter in pixels."""
NARROWEST, COLUMN = 110.0, 11.0
"""Width in pixels of the plot area of a chart on a phone, and of a column in a small chart."""
PLOT = 96.0
"""Height of the plot area in pixels."""
HEADROOM = 1.2
"""End of the vertical axis, as a multiple of the largest drawn share."""
TEXT, LOWER = 15, 15
"""Height of a text in pixels, and pixels by which the second of two texts at one place is lowered."""
TEXT_END = 0.8
"""Lower end of a text beside a truncated column, as a share of the drawn height."""


def draw_labels(
    fig: Drawing,
    distribution: ScoreDistribution,
    palette: Palette,
    style: ModelStyle,
    *,
    high: float,
    has_names: bool,
    thresholds: Sequence[float],
) -> None:
    """Write the name of each class where it is most prominent, and the shares of truncated columns.

    Parameters
    ----------
    high : float
        Largest drawn share. Columns of a larger share are truncated.
    has_names : bool
        Whether the classes are named.
    thresholds : sequence of float
        Scores at which a line crosses the chart.
    """
    shares, width = distribution.shares, float(distribution.edges[-1] - distribution.edges[0])
    named = [
        int(np.argmax(own if own.max() > high else own - shares[:, 1 - klass]))
        for klass, own in enumerate(shares.T)
    ]
    beside_goods: list[tuple[float, float]] = []  # ends of the texts of good units beside a column
    for klass, color in enumerate((palette.ink, style.color(palette))):
        name = NAMES[klass] if has_names else ""
        for run, label in _labels(shares[:, klass], named[klass], name, high):
            k, is_beside, is_right = _place(distribution, klass, run, label, high, thresholds)
            top, text = min(shares[k, klass], high), bold(label)
            x = float(distribution.edges[k + (is_beside != is_right)])
            if is_beside and shares[k, klass] > high:  # clear of the slanted break of the column
                slant = SLANT * (distribution.edges[1] - distribution.edges[0])
                x += -slant if is_right else slant
            reach = _reach(x, is_right, width * (OFF + LETTER_BOLD * len(label)) / NARROWEST)
            is_lowered = False
            if klass and top >= (LOWER + TEXT) * HEADROOM * high / PLOT:
                # Texts of the two classes at one place would cover each other.
                is_near = any(reach[0] < end and begin < reach[1] for begin, end in beside_goods)
                is_lowered = is_near or abs(named[0] - k) < BINS / 4
            elif not klass and is_beside:
                beside_goods.append(reach)
            begin, end = _reach(x, is_right, width * LETTER * len(text) / NARROW)
            is_crossed = any(begin < at < end for at in thresholds)
            background: dict[str, Any] = {"bgcolor": palette.paper} if is_crossed else {}
            fig.add_text(
                text,
                color,
                x=x,
                xshift=(-OFF if is_right else OFF) if is_beside else 0,
                y=top,
                xanchor="right" if is_right else "left",
                yanchor="top" if is_beside else "bottom",
                yshift=-LOWER if is_lowered else 0,
                **background,
            )


def truncated_columns(shares: Floats, high: float) -> list[NDArray[np.intp]]:
    """Columns of a class whose share is larger than ``high``, grouped if they are side by side."""
    cut = np.flatnonzero(shares > high)
    return np.split(cut, np.flatnonzero(np.diff(cut) > 1) + 1) if cut.size else []


def _labels(
    shares: Floats, named: int, name: str, high: float
) -> list[tuple[NDArray[np.intp], str]]:
    """Adjacent columns of a class with their text: the name of the class, and the shares of the truncated."""
    runs = truncated_columns(shares, high)
    if not any(named in run for run in runs):
        runs = [np.array([named]), *runs]
    labels = []
    for run in runs:
        percents = [f"{100 * shares[k]:.0f}%" for k in run if shares[k] > high]
        label = f"{name if named in run else ''} {', '.join(percents)}".strip()
        if label:
            labels.append((run, label))
    return labels


def _place(
    distribution: ScoreDistribution,
    klass: int,
    run: NDArray[np.intp],
    label: str,
    high: float,
    thresholds: Sequence[float],
) -> tuple[int, bool, bool]:
    """Place beside a column that stands out, on its side towards the middle; otherwise above the column.

    Returns
    -------
    (int, bool, bool)
        The column, whether the text is beside the column, and whether the text ends there.
    """
    is_right = bool(run[0] >= BINS / 2)
    inner, outer = (int(run[0]), int(run[-1])) if is_right else (int(run[-1]), int(run[0]))
    share = distribution.shares[inner, klass]
    if share <= high:
        below = share - TEXT * HEADROOM * high / PLOT
        return inner, _is_free(distribution, inner, label, is_right, below), is_right
    if _is_free(distribution, inner, label, is_right, TEXT_END * high):
        return inner, True, is_right
    # The text begins at the edge from which it crosses no threshold.
    if _is_crossed(distribution, outer, label, is_right, thresholds) and not _is_crossed(
        distribution, inner, label, not is_right, thresholds
    ):
        return inner, False, not is_right
    return outer, False, is_right


def _is_free(
    distribution: ScoreDistribution, k: int, label: str, is_right: bool, low: float
) -> bool:
    """Whether a text beside a column, towards the middle, with its lower end at ``low``, covers no column."""
    wide = math.ceil((OFF + LETTER * len(label)) / COLUMN)
    begin = max(k - wide, 0) if is_right else k + 1
    return bool(distribution.shares[begin : begin + wide].max() < low)


def _is_crossed(
    distribution: ScoreDistribution,
    k: int,
    label: str,
    is_right: bool,
    thresholds: Sequence[float],
) -> bool:
    """Whether a text above a column would cross a threshold, or leave the plot area."""
    edges = distribution.edges
    low, high = float(edges[0]), float(edges[-1])
    length = (high - low) * LETTER * len(label) / NARROW
    begin, end = _reach(edges[k + is_right], is_right, length)
    return begin < low or end > high or any(begin < at < end for at in thresholds)


def _reach(x: float, is_right: bool, length: float) -> tuple[float, float]:
    """Ends of a text on the axis."""
    return (float(x - length), float(x)) if is_right else (float(x), float(x + length))
