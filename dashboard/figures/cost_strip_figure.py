"""Strip with the cheapest model along the price of a miss, or along the defect rate."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from dashboard.figures.layout import house_layout
from dashboard.figures.model_styles import ModelStyle
from dashboard.figures.palette import Palette, on_color, pale
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.texts import LINE, hover_lines
from dashboard.figures.ticks import ROUND_DIGITS
from dashboard.words.numbers.amounts import of_simulations
from metrics.inference.comparison.cost_curve_stability import CostCurveStability
from metrics.selection.cost_curve import CostCurve, Segment

HEIGHT = 168
OFTEN = (1.4, 3.3)
"""Heights of 0 and 100 for the line of the resamples, above the strip with height 1."""
TOP, TOP_WITH_RESAMPLES = 1.1, 3.4
"""Upper ends of the vertical axis, without and with the line of the resamples."""
LETTER, NARROW, LETTERS_ACROSS = 6.2, 290, 62
"""Width in pixels of a letter, and of a strip on a phone; number of letters that fit across a strip."""
ROUNDING = 1e-3
"""Share of an end of the axis by which a tick may exceed it."""
STAYS = "stays cheapest, % of simulations"
MANY_TIMES = 1000
"""Ratio of the ends of an axis above which there is room only for powers of ten."""
Words = Callable[[str, float], str]
"""Returns the name of a model at a threshold on the page."""
Label = Callable[[str], str]
"""Returns the name of a model on the page."""


@dataclass(frozen=True)
class Strip:
    """Cost curve to draw.

    Attributes
    ----------
    name : str
        "cost" or "rate".
    now : float
        Value of the scenario on the axis.
    title : str
        Title of the axis.
    value : callable
        Returns a value of the axis as text.
    now_words : str
        Text of `now` on the page.
    stability : CostCurveStability or None
        Share of resamples that agree, if it is known.
    """

    name: str
    cost_curve: CostCurve
    now: float
    title: str
    value: Callable[[float], str]
    now_words: str
    stability: CostCurveStability | None

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of the axis."""
        return self.cost_curve.segments[0].low, self.cost_curve.segments[-1].high


def strip_figure(
    strip: Strip, palette: Palette, styles: Mapping[str, ModelStyle], words: Words, label: Label
) -> Drawing:
    """Draw the strip, and above it the share of resamples that agree, if it is known."""
    fig = Drawing(palette)
    for segment in strip.cost_curve.segments:
        _add_segment(fig, strip, segment, styles, words, label)
    _add_names(fig, strip, styles, label)
    ends, above, top = strip.ends, 20, TOP
    if strip.stability is not None:
        above, top = above + LINE, TOP_WITH_RESAMPLES
        _add_stability(fig, strip, strip.stability)
    _add_now(fig, strip)
    margin = {"l": 30, "r": 16, "t": above, "b": 40}
    house_layout(fig, palette, height=HEIGHT, margin=margin, dragmode=False)
    digits = (1,) if ends[1] / ends[0] > MANY_TIMES else ROUND_DIGITS
    ticks = [digit * 10.0**power for power in range(-6, 4) for digit in digits]
    ticks = [x for x in ticks if ends[0] * (1 - ROUNDING) <= x <= ends[1] * (1 + ROUNDING)]
    fig.update_xaxes(
        type="log",
        range=np.log10(ends).tolist(),
        title={"text": strip.title},
        automargin=False,
        tickvals=ticks,
        ticktext=[strip.value(x) for x in ticks],
        showgrid=False,
    )
    fig.update_yaxes(visible=False, range=[0, top])
    return fig


def _add_stability(fig: Drawing, strip: Strip, stability: CostCurveStability) -> None:
    """Draw the share of resamples that agree as a line above the strip, with its title and scale."""
    none, all_of_them = OFTEN
    ends, value = strip.ends, strip.value
    fig.add_line(
        [*ends, None, *ends],
        [none, none, None, all_of_them, all_of_them],
        {"color": fig.palette.grid, "width": 1},
        name="none and all",
    )
    fig.add_scatter(
        x=stability.along,
        y=none + (all_of_them - none) * stability.shares,
        mode="lines",
        line={"color": fig.palette.ink, "width": 1.5},
        text=[
            f"{value(x)}: cheapest in {of_simulations(share)}" if np.isfinite(share) else value(x)
            for x, share in zip(stability.along, stability.shares, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
        name="resamples",
    )
    place = {"x": 0, "xref": "paper"}
    for height, text in zip(OFTEN, ("0 ", "100 "), strict=True):
        fig.add_text(text, fig.palette.muted, **place, xanchor="right", y=height)
    # The title is above the text of "now", which fills the width of a phone.
    above = {"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": LINE}
    fig.add_text(STAYS, fig.palette.muted, **place, xanchor="left", **above)


def _add_now(fig: Drawing, strip: Strip) -> None:
    """Draw a line at the value of the scenario unless it is beyond the strip, and write the value above."""
    low, high = strip.ends
    at, text = min(max(strip.now, low), high), f"now {strip.now_words}"
    if at == strip.now:
        # The line has a halo of paper, because the colour of a model may be as dark as the line.
        for color, width in ((fig.palette.paper, 6), (fig.palette.accent, 2)):
            fig.add_vline(x=at, line={"color": color, "width": width})
    fig.add_text(
        html.escape(text),
        fig.palette.accent,
        x=np.log10(at),
        y=1,
        yref="paper",
        xanchor=_side(text, float(np.log10(at / low) / np.log10(high / low))),
        yanchor="bottom",
    )


def _side(words: str, share: float) -> str:
    """Plotly's anchor of a text at a line: the centre, unless the edge of a narrow strip would cut it."""
    half = LETTER * len(words) / 2 / NARROW
    return "left" if share < half else "right" if share > 1 - half else "center"


def _add_segment(
    fig: Drawing,
    strip: Strip,
    segment: Segment,
    styles: Mapping[str, ModelStyle],
    words: Words,
    label: Label,
) -> None:
    point = segment.point
    is_model = point.extreme is None
    name = words(str(point.model), point.threshold) if is_model else _name(segment, label)
    where = f"{strip.value(segment.low)} to {strip.value(segment.high)} {strip.title}"
    also = tuple(map(label, segment.also)) if is_model else ()
    as_cheap = (f"as cheap: {', '.join(also)}",) if also else ()
    fig.add_scatter(
        x=[segment.low, segment.high, segment.high, segment.low, segment.low],
        y=[0, 0, 1, 1, 0],
        mode="lines",
        # A stripe shows where the threshold changes.
        line={"width": 0.5, "color": pale(fig.palette.paper, 0.3)},
        fill="toself",
        fillcolor=_color(segment, fig.palette, styles),
        hoveron="fills",
        text=hover_lines(name, where, *as_cheap),
        hoverinfo="text",
        name=html.escape(name),
    )


def _color(segment: Segment, palette: Palette, styles: Mapping[str, ModelStyle]) -> str:
    """Colour of the cheapest model; pale if flagging nothing or everything is cheapest."""
    point = segment.point
    return palette.faint if point.extreme is not None else styles[str(point.model)].color(palette)


def _has_room(name: str, side: tuple[float, float], whole: float) -> bool:
    """Whether a name fits between two positions of a strip with the length `whole`."""
    return (side[1] - side[0]) / whole * LETTERS_ACROSS >= len(name)


def _name(segment: Segment, label: Label) -> str:
    """Name of the cheapest model, or that everything or nothing is flagged."""
    point = segment.point
    return label(str(point.model)) if point.extreme is None else point.extreme.value


def _add_names(fig: Drawing, strip: Strip, styles: Mapping[str, ModelStyle], label: Label) -> None:
    """Write the names of the models inside the strip, if there is room."""
    (first, last), at = np.log10(strip.ends), np.log10(strip.now)
    for name, group in groupby(strip.cost_curve.segments, lambda segment: _name(segment, label)):
        run = [*group]
        low, high = np.log10([run[0].low, run[-1].high])
        color = _color(run[0], fig.palette, styles)
        whole = (low, high)
        if not _has_room(name, whole, last - first):
            continue
        # The name is next to the line of "now" if there is room, otherwise across it.
        sides = [(low, at), (at, high)] if low < at < high else []
        roomy = [side for side in sides if _has_room(name, side, last - first)]
        left, right = max(roomy, key=lambda side: side[1] - side[0], default=whole)
        fig.add_text(
            html.escape(name),
            on_color(color),
            x=(left + right) / 2,
            y=0.5,
            bgcolor=color,  # neither a stripe nor the line crosses the name
            borderpad=1,
        )
