"""Chart of the trade-off: each stakeholder's objective along a model's thresholds."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.analysis.decide.tradeoff import StakeholderCurve, TradeoffView, reach
from dashboard.figures.layout import as_float32, bold, house_layout, level_title
from dashboard.figures.limit_shades import limit_look, pointing, wash
from dashboard.figures.palette import Palette, pale
from dashboard.figures.plotly_json import Drawing, axis_id, axis_name
from dashboard.figures.ticks import set_axis, set_ticks
from dashboard.words.axes import share_tick, tick, title_with_unit
from dashboard.words.decide.tradeoff import NO_THRESHOLD, curve_title
from dashboard.words.limits.limit_names import limit_word
from metrics import Scenario

HEIGHT = 340
"""Height of the figure in pixels."""
CURVE_POINTS = 400
"""Approximate number of points that are drawn of each curve."""
GAP = 0.15
"""Distance between two curves, as a share of the height of all curves. It has room for a title."""
LEAST_HEIGHT, LEAST_GAP = 184, 30
"""Pixels of all curves together, and between two curves, in the lowest chart that a page shows."""
NOTE_HEIGHT = 16
"""Pixels of a line of text above the curves."""
NAMES_APART = 16
"""Smallest distance in pixels between the middles of two names. Names of closer lines are moved apart."""
ROOM_FOR_ARROWS = 54
"""Pixels to the right of the curves if a limit's name has an arrow, because its line is out of sight."""
BAR_WIDTH = 5
"""Pixels of the bar along the axis that shows where all limits are met."""

STRETCH = 0.6
"""Largest share by which an axis grows beyond the scale of all models, to show more of a curve or a limit."""
BAND_QUANTILES = (0.03, 0.97)
"""Quantiles of each end of a band that are visible."""
LIMIT_ROOM = 0.06
"""Room between a limit's line and the end of the axis, as a share of the axis."""
LEAP = 0.25
"""Smallest step of a band's end that is a leap, as a share of the band's median width."""
FEW = 0.03
"""Share of the first thresholds among which leaps are left out."""

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
    positions = drawn_positions(view, CURVE_POINTS)
    y_ranges = [_y_range(curve, view, positions) for curve in view.curves]
    for row, (curve, y_range) in enumerate(zip(view.curves, y_ranges, strict=True), start=1):
        _add_curve(fig, row, view, curve, color, scenario, positions, y_range)
    top = (24 if view.apart else 22) + NOTE_HEIGHT * len(view.apart)
    right = 42 if scenario.today is not None else 62  # Room for "today", or for "no checks".
    if any(
        len(_visible_limits(curve, y_range)) < len(curve.limits)
        for curve, y_range in zip(view.curves, y_ranges, strict=True)
    ):
        right = max(right, ROOM_FOR_ARROWS)
    margin = {"l": 46, "r": right, "t": top, "b": 42}
    house_layout(fig, palette, height=HEIGHT, automargin=False, margin=margin, dragmode="zoom")
    _add_notes(fig, view)
    ends, is_log = _x_range(view, positions), has_log_axis(view, positions)
    if is_log:
        xs = view.x[positions]
        ends = [float(xs[xs > 0].min()) * 10**-0.05, ends[1] * 10**0.05]
    tick_text = tick if view.axis == "threshold" else share_tick
    lowest = axis_name("x", fig.rows)
    set_ticks(fig, lowest, ends, tick_text, ticks_on_paper=8, log=is_log)
    shared = {part: fig.layout[lowest][part] for part in ("tickvals", "ticktext", "range")}
    fig.update_xaxes(type="log" if is_log else "linear", **shared)
    title = {"text": _x_title(view, scenario), "standoff": 2}
    fig.update_xaxes(title=title, row=fig.rows)
    for interval in _clipped(view.within_limits, (ends[0], ends[1])):
        fig.add_bar_below(interval, line={"color": palette.accent, "width": BAR_WIDTH})
    return fig


def drawn_positions(view: TradeoffView, count: int) -> NDArray[np.intp]:
    """Positions to draw: about ``count`` evenly spaced positions, and every marked position."""
    marked = _marked_positions(view)
    extent = reach(view.flagged[marked], view.missed[marked])
    shown = np.isfinite(view.x) & (view.flagged <= max(view.least.flagged, extent.flagged))
    shown &= view.missed <= max(view.least.missed, extent.missed)
    if shown.sum() < 2:
        shown = np.isfinite(view.x)
    positions = np.flatnonzero(shown)
    if positions.size <= count:
        return positions
    even = np.linspace(0, positions.size - 1, count).round().astype(int)
    return np.union1d(positions[even], [k for k in marked if shown[k]]).astype(np.intp)


def has_log_axis(view: TradeoffView, positions: NDArray[np.intp]) -> bool:
    """Whether the axis is logarithmic, which needs a threshold above 0."""
    return view.axis == "threshold" and view.scales.log and bool((view.x[positions] > 0).any())


def _marked_positions(view: TradeoffView) -> list[int]:
    """Positions of the selected threshold and of each stakeholder's best threshold."""
    marked = [view.chosen, *(curve.best for curve in view.curves)]
    return [k for k in marked if k is not None]


def _x_range(view: TradeoffView, positions: NDArray[np.intp]) -> list[float]:
    """Initial range of the axis that all curves share."""
    xs = view.x[positions]
    low, high = float(np.min(xs)), float(np.max(xs))
    room = 0.03 * (high - low) or 0.05
    return [low - room, high + room]


def _y_range(
    curve: StakeholderCurve, view: TradeoffView, positions: NDArray[np.intp]
) -> list[float]:
    """Initial range of a curve's vertical axis: the scale of all models, extended for the curve and marks."""
    low, high = view.scales.ends.get(curve.objective.id, (np.inf, -np.inf))
    values = curve.values[positions]
    if curve.ends is not None:
        # The extreme ends of a band are left out, because they would flatten the curve.
        for side in (curve.ends.low[positions], curve.ends.high[positions]):
            finite = side[np.isfinite(side)]
            if finite.size:
                values = np.concatenate([values, np.quantile(finite, BAND_QUANTILES)])
    values = values[np.isfinite(values)]
    if low < high and values.size:
        # The whole curve is visible, except for extreme points that would flatten the rest.
        most, room = STRETCH * (high - low), 0.04 * (high - low)
        below = room if curve.objective.signed or values.min() < 0 else 0.0
        low = min(low, max(float(values.min()) - below, low - most))
        high = max(high, min(float(values.max()) + room, high + most))
    marked = [curve.today]
    marked += [] if curve.best is None else [float(curve.values[curve.best])]
    marked += [] if view.chosen is None else [curve.at(view.chosen)]
    marked = [value for value in marked if np.isfinite(value)]
    if marked and not (low < min(marked) and max(marked) < high):
        low, high = min([low, *marked]), max([high, *marked])
        room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
        low, high = low - room, high + room
    near = STRETCH * (high - low)
    for line in curve.limits:
        if low - near <= line.value <= high + near:
            room = LIMIT_ROOM * (high - low)
            low, high = min(low, line.value - room), max(high, line.value + room)
    return [float(low), float(high)] if low < high else [0.0, 1.0]


def _clipped(
    spans: Iterable[tuple[float, float]], ends: tuple[float, float]
) -> list[tuple[float, float]]:
    """Visible parts of intervals, for the ends of an axis."""
    cut = [(max(low, ends[0]), min(high, ends[1])) for low, high in spans]
    return [(low, high) for low, high in cut if low <= high]


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
    y_range: Sequence[float],
) -> None:
    """Draw a curve with its limits, band, marks, names and title, from the back to the front."""
    _add_limits(fig, row, curve, y_range)
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
    _name_lines(fig, row, curve, scenario, y_range)
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
    _add_title(fig, row, curve, scenario)
    set_axis(fig, axis_name("y", row), curve.objective, scenario, y_range, ticks_on_paper=4)


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


def position_after_leaps(low: NDArray[np.float64], high: NDArray[np.float64]) -> int:
    """First position of a band to draw, after any leaps of its ends at the first few thresholds.

    The intervals of these thresholds reach across a leap of the curve, so that they are misleadingly wide.
    """
    few = int(FEW * low.size)
    width = high - low
    finite = width[np.isfinite(width)]
    if not few or not finite.size:
        return 0
    steps = np.maximum(*(np.abs(np.diff(end[: few + 1])) for end in (low, high)))
    # An undefined step counts as a leap.
    leaps = np.flatnonzero(~(steps <= LEAP * np.median(finite)))
    return int(leaps[-1]) + 1 if leaps.size else 0


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


def _add_limits(fig: Drawing, row: int, curve: StakeholderCurve, y_range: Sequence[float]) -> None:
    """Draw the limits on a curve's objective, and shade the figures that meet all of them."""
    lines = _visible_limits(curve, y_range)
    if not lines:
        return
    values = curve.values[np.isfinite(curve.values)]
    low, high = min([y_range[0], *values]), max([y_range[1], *values])
    least = max([low, *(line.value for line in lines if line.above)])
    most = min([high, *(line.value for line in lines if not line.above)])
    if least < most:
        fig.add_rect(None, [float(least), float(most)], fillcolor=wash(fig.palette), row=row)
    for line in lines:
        fig.add_hline(y=line.value, line=limit_look(fig.palette), row=row)


def _visible_limits(curve: StakeholderCurve, y_range: Sequence[float]) -> list[LimitLine]:
    """Limits whose lines are in the range of the curve's vertical axis."""
    return [line for line in curve.limits if y_range[0] <= line.value <= y_range[1]]


def _name_lines(
    fig: Drawing, row: int, curve: StakeholderCurve, scenario: Scenario, y_range: Sequence[float]
) -> None:
    """Write the names of the limits and of the current system at the right ends of their lines.

    Two names that are too close are moved apart, one up and the other down. A name with close names on both
    sides is left out.
    """
    lines = [
        (
            min(max(line.value, y_range[0]), y_range[1]),
            pointing(limit_word(line.bound), line, y_range),
            fig.palette.accent,
        )
        for line in curve.limits
    ]
    if np.isfinite(curve.today):
        words = "today" if scenario.today is not None else "no checks"
        lines.append((curve.today, words, fig.palette.muted))
    lines.sort(key=lambda line: -line[0])
    curve_height = (LEAST_HEIGHT - LEAST_GAP * (fig.rows - 1)) / fig.rows
    pixels = curve_height / (y_range[1] - y_range[0])
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
