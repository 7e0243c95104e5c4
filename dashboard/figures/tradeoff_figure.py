"""The threshold trade-off: a curve for each stakeholder of one model, over one threshold."""

from __future__ import annotations

import html
import math

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.layout import drawn, house_layout, in_full, level_title
from dashboard.figures.palette import Palette, pale
from dashboard.figures.plotly_json import Drawing
from dashboard.figures.tradeoff_view import (
    StakeholderCurve,
    TradeoffView,
    in_sight,
    x_range,
    y_range,
)
from metrics import Scenario
from metrics.narrative.formatting import APART, unit_words

CURVE_POINTS = 400
HEIGHT = 340
TITLE = 16
"""Pixels of a line above the curves."""


GAP = 0.15
"""Between two curves, of the height of all: on the lowest chart still the height of a title."""

AXIS_TITLES = {
    "threshold": "threshold: flagged at or above it",
    "flagged": "share of units flagged",
    "recall": "recall: share of the defects caught",
}
LEAP, FEW = 0.25, 0.03
"""A step of so much of a band's usual width is a leap; at its end is so small a share of its thresholds."""
NO_THRESHOLD = "chooses no threshold"


BAND_TITLE = "thresholds: inspected between the two"


def tradeoff_figure(
    view: TradeoffView,
    palette: Palette,
    color: str,
    scenario: Scenario,
) -> Drawing:
    """Draw the curves one below the other; whose wish chooses no threshold has a line above them.

    Parameters
    ----------
    color : str
        Of the model.
    """
    fig = Drawing(rows=max(1, len(view.curves)), gap=GAP)
    positions = in_sight(view, CURVE_POINTS)
    for row, curve in enumerate(view.curves, start=1):
        _add_curve(fig, row, view, curve, palette, color, scenario, positions)
    top = (24 if view.apart else 22) + TITLE * len(view.apart)
    house_layout(
        fig, palette, height=HEIGHT, margin={"l": 46, "r": 42, "t": top, "b": 34}, dragmode="zoom"
    )
    _add_apart(fig, view, palette)
    low, high = x_range(view, positions)
    if is_log(view, positions):
        xs = view.x[positions]
        first = float(xs[xs > 0].min())
        fig.update_xaxes(
            type="log",
            # Three of a logarithm: 1, 2 and 5 of two decades; of more decades their powers of ten, each as
            # long as there is room. No fixed ones, since a reader zooms in between two powers.
            nticks=min(6, max(3, math.ceil(np.log10(high / first)))),
            tickformat=".4~g",  # in full, also where a digit alone would do
            range=[np.log10(first) - 0.05, np.log10(high) + 0.05],
        )
    else:
        fig.update_xaxes(range=[low, high])
    fig.update_xaxes(
        title={"text": _axis_title(view, scenario), "standoff": 2}, row=max(1, len(view.curves))
    )
    if view.axis != "threshold":
        fig.update_xaxes(tickformat=".3~p")
    return fig


def _axis_title(view: TradeoffView, scenario: Scenario) -> str:
    """What is along the axis; where people inspect, a unit between two thresholds goes to them."""
    if view.axis == "threshold" and scenario.inspection is not None:
        return BAND_TITLE
    return AXIS_TITLES[view.axis]


def is_log(view: TradeoffView, positions: NDArray[np.intp]) -> bool:
    """Whether the axis is logarithmic; of scores that are all 0 nobody can take one."""
    return view.axis == "threshold" and view.scales.log and bool((view.x[positions] > 0).any())


def _add_apart(fig: Drawing, view: TradeoffView, palette: Palette) -> None:
    """Say of whom there is no curve."""
    for k, (stakeholder, o) in enumerate(view.apart):
        text = f"<b>{html.escape(stakeholder)}</b>  {html.escape(o.label)} {NO_THRESHOLD}"
        level_title(fig, text, palette, raised=TITLE * (len(view.apart) - k), size=12.5)


def past_leap(low: NDArray[np.float64], high: NDArray[np.float64]) -> int:
    """Where a band begins: past the few thresholds beside a leap of the curve, over which theirs go."""
    few = int(FEW * low.size)
    wide = high - low
    known = wide[np.isfinite(wide)]
    if not few or not known.size:
        return 0
    steps = np.maximum(*(np.abs(np.diff(end[: few + 1])) for end in (low, high)))
    leaps = np.flatnonzero(~(steps <= LEAP * np.median(known)))
    return int(leaps[-1]) + 1 if leaps.size else 0


def _add_curve(
    fig: Drawing,
    row: int,
    view: TradeoffView,
    curve: StakeholderCurve,
    palette: Palette,
    color: str,
    scenario: Scenario,
    positions: NDArray[np.intp],
) -> None:
    o = curve.objective
    x, y = (drawn(values[positions]) for values in (view.x, curve.values))
    steps = "vh" if view.axis == "threshold" else "linear"
    if curve.ends is not None:
        low, high = curve.ends.low[positions], curve.ends.high[positions]
        first = past_leap(low, high)
        for ends, fill in ((low, None), (high, "tonexty")):
            end = drawn(ends[first:])
            if steps == "vh" and len(end) > 1:
                end[0] = end[1]  # the first's own belongs to what lies left of the axis
            fig.add_scatter(
                x=x[first:],
                y=end,
                mode="lines",
                line={"width": 0, "shape": steps},
                fill=fill,
                fillcolor=pale(color),
                hoverinfo="skip",
                row=row,
            )
    fig.add_scatter(
        x=x,
        y=y,
        mode="lines",
        # A figure holds from just above the threshold before up to its own: steps, never slopes.
        line={"color": color, "width": 2, "shape": steps},
        hoverinfo="skip",
        name=o.id,
        row=row,
    )
    if view.chosen is not None and np.isfinite(view.x[view.chosen]):
        fig.add_vline(x=view.x[view.chosen], line={"color": palette.accent, "width": 1.5}, row=row)
    if np.isfinite(curve.today):
        fig.add_hline(
            y=curve.today, line={"color": palette.muted, "width": 1, "dash": "dot"}, row=row
        )
        fig.add_annotation(
            x=1,
            y=curve.today,
            xref=f"x{'' if row == 1 else row} domain",
            yref=f"y{'' if row == 1 else row}",
            xanchor="left",
            text=" today" if scenario.today is not None else " no<br> checks",
            align="left",
            showarrow=False,
            font={"size": 12, "color": palette.muted},
        )
    if curve.best is not None:
        fig.add_scatter(
            x=[view.x[curve.best]],
            y=[curve.values[curve.best]],
            mode="markers",
            marker={
                "size": 11,
                "color": palette.paper,
                "line": {"width": 2.5, "color": color},
                "symbol": "circle",
            },
            hoverinfo="skip",
            cliponaxis=False,
            row=row,
        )
    if view.chosen is not None:
        fig.add_scatter(
            x=[view.x[view.chosen]],
            y=[curve.at(view.chosen)],
            mode="markers",
            marker={"size": 10, "color": palette.accent},
            hoverinfo="skip",
            row=row,
        )
    unit = unit_words(o, scenario)
    joint = ", " if o.unit in APART else " "
    title = f"<b>{html.escape(curve.stakeholder)}</b>  {html.escape(o.label)}"
    title += html.escape(joint + unit) if unit else ""
    suffix = "" if row == 1 else str(row)
    fig.add_annotation(
        name="title",
        x=0,
        y=1,
        xref=f"x{suffix} domain",
        yref=f"y{suffix} domain",
        xanchor="left",
        yanchor="bottom",
        text=title,
        showarrow=False,
        font={"size": 12.5, "color": palette.ink},
        yshift=2,
    )
    seen = y_range(curve, view, positions)
    fig.update_yaxes(range=seen, nticks=3, row=row, **in_full(o, scenario, seen))
