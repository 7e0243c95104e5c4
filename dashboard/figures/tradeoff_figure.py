"""Chart of the trade-off: each stakeholder's objective along a model's thresholds."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.decide.tradeoff import StakeholderCurve, TradeoffView
from dashboard.figures.layout import house_layout, level_title
from dashboard.figures.limit_shades import limit_look, pointing, wash
from dashboard.figures.palette import Palette, pale
from dashboard.figures.plotly_json import Drawing, as_float32, axis_id, axis_name
from dashboard.figures.texts import bold
from dashboard.figures.ticks import set_axis, set_ticks
from dashboard.figures.tradeoff_range import (
    clipped,
    drawn_positions,
    has_log_axis,
    position_after_leaps,
    visible_limits,
    x_range,
    y_range,
)
from dashboard.words.axes import share_tick, tick, title_with_unit
from dashboard.words.decide.tradeoff import NO_THRESHOLD, curve_title
from dashboard.words.limits.limit_names import limit_noun
from metrics import Scenario

HEIGHT = 340
"""Height of the figure in pixels."""
GAP = 0.15
"""Distance between two curves, as a share of the height of all curves. It has room for a title."""
LEAST_HEIGHT, LEAST_GAP = 184, 30
"""Pixels of all curves together, and between two curves, in the lowest chart that a page shows."""
NOTE_HEIGHT = 16
"""Pixels of a line of text above the curves."""
NAMES_APART = 16
"""Smallest distance in pixels between the middles of two names. Names of closer lines are moved apart."""
ROOM_FOR_TODAY, ROOM_FOR_NO_CHECKS, ROOM_FOR_ARROWS = 42, 62, 54
"""Pixels to the right of the curves for a name of the current system, and for a limit with an arrow."""
BAR_WIDTH = 5
"""Pixels of the bar along the axis that shows where all limits are met."""

AXIS_TITLES = {
    "threshold": "threshold",
    "flagged": "share of units flagged",
    "recall": "recall: share of the defects caught",
}
BAND_TITLE = "thresholds: inspected between the two"


def tradeoff_figure(
    view: TradeoffView,
    palette: Palette,
    color: str,
    scenario: Scenario,
) -> Drawing:
    """Draw the curves one below the other, with a note for each stakeholder without a curve.

    Parameters
    ----------
    view : TradeoffView
    palette : Palette
    color : str
        Colour of the model.
    scenario : Scenario
    """
    fig = Drawing(palette, rows=max(1, len(view.curves)), gap=GAP)
    positions = drawn_positions(view)
    all_y_ends = [y_range(curve, view, positions) for curve in view.curves]
    for row, (curve, y_ends) in enumerate(zip(view.curves, all_y_ends, strict=True), start=1):
        _add_curve(fig, row, view, curve, color, scenario, positions, y_ends)
    top = (24 if view.apart else 22) + NOTE_HEIGHT * len(view.apart)
    right = ROOM_FOR_TODAY if scenario.today is not None else ROOM_FOR_NO_CHECKS
    if any(
        len(visible_limits(curve, y_ends)) < len(curve.limits)
        for curve, y_ends in zip(view.curves, all_y_ends, strict=True)
    ):
        right = max(right, ROOM_FOR_ARROWS)
    margin = {"l": 46, "r": right, "t": top, "b": 42}
    house_layout(fig, palette, height=HEIGHT, automargin=False, margin=margin, dragmode="zoom")
    _add_notes(fig, view)
    ends, is_log = x_range(view, positions), has_log_axis(view, positions)
    tick_text = tick if view.axis == "threshold" else share_tick
    lowest = axis_name("x", fig.rows)
    set_ticks(fig, lowest, ends, tick_text, ticks_on_paper=8, log=is_log)
    shared = {part: fig.layout[lowest][part] for part in ("tickvals", "ticktext", "range")}
    fig.update_xaxes(type="log" if is_log else "linear", **shared)
    title = {"text": _x_title(view, scenario), "standoff": 2}
    fig.update_xaxes(title=title, row=fig.rows)
    for interval in clipped(view.within_limits, (ends[0], ends[1])):
        fig.add_bar_below(interval, line={"color": palette.accent, "width": BAR_WIDTH})
    return fig


def _x_title(view: TradeoffView, scenario: Scenario) -> str:
    """Title of the common axis. With inspectors it names two thresholds."""
    if view.axis == "threshold" and scenario.inspection is not None:
        return BAND_TITLE
    return AXIS_TITLES[view.axis]


def _add_notes(fig: Drawing, view: TradeoffView) -> None:
    """Write a note for each stakeholder whose objective chooses no threshold, above the curves."""
    for k, (stakeholder, o) in enumerate(view.apart):
        text = f"{bold(curve_title(stakeholder))}  {html.escape(o.label)} {NO_THRESHOLD}"
        level_title(fig, text, fig.palette, raised=NOTE_HEIGHT * (len(view.apart) - k), size=12)


def _add_curve(
    fig: Drawing,
    row: int,
    view: TradeoffView,
    curve: StakeholderCurve,
    color: str,
    scenario: Scenario,
    positions: NDArray[np.intp],
    y_ends: Sequence[float],
) -> None:
    """Draw a curve with its limits, band, marks, names and title, from the back to the front."""
    _add_limits(fig, row, curve, y_ends)
    x = as_float32(view.x[positions])
    # A figure holds from just above the previous threshold up to its own threshold.
    shape = "vh" if view.axis == "threshold" else "linear"
    if curve.ends is not None:
        band = curve.ends.low[positions], curve.ends.high[positions]
        _add_band(fig, row, x, *band, shape, pale(color))
    fig.add_line(
        x,
        as_float32(curve.values[positions]),
        {"color": color, "width": 2, "shape": shape},
        name=curve.objective.id,
        row=row,
    )
    if view.chosen is not None and np.isfinite(view.x[view.chosen]):
        fig.add_vline(
            x=view.x[view.chosen], line={"color": fig.palette.accent, "width": 1.5}, row=row
        )
    if np.isfinite(curve.today):
        fig.add_hline(
            y=curve.today, line={"color": fig.palette.muted, "width": 1, "dash": "dot"}, row=row
        )
    _name_lines(fig, row, curve, scenario, y_ends)
    _add_curve_marks(fig, row, view, curve, color)
    _add_title(fig, row, curve, scenario)
    set_axis(fig, axis_name("y", row), curve.objective, scenario, y_ends, ticks_on_paper=4)


def _add_curve_marks(
    fig: Drawing, row: int, view: TradeoffView, curve: StakeholderCurve, color: str
) -> None:
    """Mark the stakeholder's best point and the selected point on a curve."""
    if curve.best is not None:
        fig.add_marks(
            [view.x[curve.best]],
            [curve.values[curve.best]],
            _best_mark(curve, fig.palette, color),
            hoverinfo="skip",
            cliponaxis=False,
            row=row,
        )
    if view.chosen is not None:
        fig.add_marks(
            [view.x[view.chosen]],
            [curve.at(view.chosen)],
            {"size": 10, "color": fig.palette.accent},
            hoverinfo="skip",
            row=row,
        )


def _add_band(
    fig: Drawing,
    row: int,
    x: NDArray[np.float32],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    shape: str,
    color: str,
) -> None:
    """Draw the band of the intervals around a curve."""
    first = position_after_leaps(low, high)
    for side, fill in ((low, None), (high, "tonexty")):
        y = as_float32(side[first:])
        if shape == "vh" and len(y) > 1:
            y[0] = y[1]  # The first figure holds left of the axis only.
        fig.add_line(
            x[first:], y, {"width": 0, "shape": shape}, fill=fill, fillcolor=color, row=row
        )


def _best_mark(curve: StakeholderCurve, palette: Palette, color: str) -> dict[str, Any]:
    """Mark of the best threshold: a ring for the stakeholder's pick; a tick if another model has the pick."""
    if curve.is_pick:
        ring = {"width": 2.5, "color": color}
        return {"size": 11, "color": palette.paper, "line": ring, "symbol": "circle"}
    return {"size": 12, "color": color, "line": {"width": 2, "color": color}, "symbol": "line-ns"}


def _add_title(fig: Drawing, row: int, curve: StakeholderCurve, scenario: Scenario) -> None:
    """Write the stakeholder and the objective above a curve, in the unit of the cards."""
    objective = html.escape(title_with_unit(curve.objective, scenario))
    fig.add_text(
        f"{bold(curve_title(curve.stakeholder))}  {objective}",
        fig.palette.ink,
        name="title",
        x=0,
        y=1,
        xref=f"{axis_id('x', row)} domain",
        yref=f"{axis_id('y', row)} domain",
        xanchor="left",
        yanchor="bottom",
        yshift=2,
    )


def _add_limits(fig: Drawing, row: int, curve: StakeholderCurve, y_ends: Sequence[float]) -> None:
    """Draw the limits on a curve's objective, and shade the figures that meet all of them."""
    lines = visible_limits(curve, y_ends)
    if not lines:
        return
    values = curve.values[np.isfinite(curve.values)]
    low, high = min([y_ends[0], *values]), max([y_ends[1], *values])
    least = max([low, *(line.value for line in lines if line.above)])
    most = min([high, *(line.value for line in lines if not line.above)])
    if least < most:
        fig.add_rect(None, [float(least), float(most)], fillcolor=wash(fig.palette), row=row)
    for line in lines:
        fig.add_hline(y=line.value, line=limit_look(fig.palette), row=row)


def _name_lines(
    fig: Drawing, row: int, curve: StakeholderCurve, scenario: Scenario, y_ends: Sequence[float]
) -> None:
    """Write the names of the limits and of the current system at the right ends of their lines.

    Two names that are too close are moved apart, one up and the other down. A name with close names on both
    sides is left out.
    """
    lines = [
        (
            min(max(line.value, y_ends[0]), y_ends[1]),
            pointing(limit_noun([line.bound]), line, y_ends),
            fig.palette.accent,
        )
        for line in curve.limits
    ]
    if np.isfinite(curve.today):
        words = "today" if scenario.today is not None else "no checks"
        lines.append((curve.today, words, fig.palette.muted))
    lines.sort(key=lambda line: -line[0])
    curve_height = (LEAST_HEIGHT - LEAST_GAP * (fig.rows - 1)) / fig.rows
    pixels = curve_height / (y_ends[1] - y_ends[0])
    overlaps = [NAMES_APART - pixels * (upper[0] - lower[0]) for upper, lower in pairwise(lines)]
    for k, (value, words, color) in enumerate(lines):
        down = max(0.0, overlaps[k - 1]) if k else 0.0
        up = max(0.0, overlaps[k]) if k < len(overlaps) else 0.0
        if down and up:
            continue
        fig.add_text(
            f" {html.escape(words)}",
            color,
            x=1,
            y=value,
            xref=f"{axis_id('x', row)} domain",
            yref=axis_id("y", row),
            xanchor="left",
            yanchor="middle",
            yshift=(up - down) / 2,
        )
