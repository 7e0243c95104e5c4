"""Chart of the trade-off: each stakeholder's objective along a model's thresholds."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.decide.front import LimitLine
from dashboard.analysis.decide.tradeoff import StakeholderCurve, TradeoffView, reach
from dashboard.figures.chart_text import bold
from dashboard.figures.front_figure import limit_look, pointing, wash
from dashboard.figures.layout import drawn, house_layout, level_title
from dashboard.figures.palette import Palette, pale
from dashboard.figures.plotly_json import Drawing, axis_name
from dashboard.figures.ticks import set_axis, set_ticks
from dashboard.words.axes import share_tick, tick, title_with_unit
from dashboard.words.decide.charts_on_paper import NO_THRESHOLD
from dashboard.words.decide.front import curve_title
from dashboard.words.limit_names import limit_word
from dashboard.words.numbers import unit_noun
from metrics import Scenario

STRETCH = 0.6
"""So much longer an axis may get for what of a curve lies beyond the scale of all models."""

MOST_OF_BAND = (0.03, 0.97)
"""Quantiles of the ends of a band that are in sight."""


def in_range(
    spans: Iterable[tuple[float, float]], ends: tuple[float, float]
) -> list[tuple[float, float]]:
    """What of stretches lies between the ends of an axis."""
    cut = [(max(low, ends[0]), min(high, ends[1])) for low, high in spans]
    return [(low, high) for low, high in cut if low <= high]


def named(view: TradeoffView) -> list[int]:
    """Positions that are marked: the stakeholders' own best ones, and the one under discussion."""
    marked = [view.chosen, *(curve.best for curve in view.curves)]
    return [k for k in marked if k is not None]


def in_sight(view: TradeoffView, count: int) -> NDArray[np.intp]:
    """Positions that are drawn: evenly about ``count`` of them, and every one that is marked."""
    marked = named(view)
    own = reach(view.flagged[marked], view.missed[marked])
    shown = np.isfinite(view.x) & (view.flagged <= max(view.least.flagged, own.flagged))
    shown &= view.missed <= max(view.least.missed, own.missed)
    if shown.sum() < 2:
        shown = np.isfinite(view.x)
    positions = np.flatnonzero(shown)
    if positions.size <= count:
        return positions
    even = np.linspace(0, positions.size - 1, count).round().astype(int)
    return np.union1d(positions[even], [k for k in marked if shown[k]]).astype(np.intp)


def x_range(view: TradeoffView, positions: NDArray[np.intp]) -> list[float]:
    """Range of the common axis at first sight: all that is drawn, whatever is chosen or costs what."""
    xs = view.x[positions]
    low, high = float(np.min(xs)), float(np.max(xs))
    room = 0.03 * (high - low) or 0.05
    return [low - room, high + room]


def y_range(
    curve: StakeholderCurve, view: TradeoffView, positions: NDArray[np.intp]
) -> list[float]:
    """Range of a curve's own axis at first sight: that of all models, the curve's own, and what is marked."""
    low, high = view.scales.ends.get(curve.objective.id, (np.inf, -np.inf))
    own = curve.values[positions]
    if curve.ends is not None:
        # Most of the band, too: at its ends it may be as wide as a leap of the curve beyond.
        for side in (curve.ends.low[positions], curve.ends.high[positions]):
            known = side[np.isfinite(side)]
            own = np.concatenate([own, np.quantile(known, MOST_OF_BAND)]) if known.size else own
    own = own[np.isfinite(own)]
    if low < high and own.size:
        # A curve is not cut, unless the rest would be flattened by what nobody would choose.
        most, room = STRETCH * (high - low), 0.04 * (high - low)
        below = room if curve.objective.signed or own.min() < 0 else 0.0
        low = min(low, max(float(own.min()) - below, low - most))
        high = max(high, min(float(own.max()) + room, high + most))
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


LIMIT_ROOM = 0.06
"""Of an axis, beyond a limit's line."""
POINTED = 54
"""Pixels beside the curves for the name of a limit with an arrow to it."""
KEPT = 5
"""Pixels of the bar along the axis where all limits are kept."""

CURVE_POINTS = 400
HEIGHT = 340
TITLE = 16
"""Pixels of a line above the curves."""


GAP = 0.15
"""Between two curves, of the height of all: on the lowest chart still the height of a title."""

NAMES_APART = 16
"""Pixels between the middles of two names; those of lines that are closer are moved apart as far as that."""
LEAST_HEIGHT, LEAST_GAP = 184, 30
"""Of all curves, and between two, on the lowest chart; in pixels."""

AXIS_TITLES = {
    "threshold": "threshold",
    "flagged": "share of units flagged",
    "recall": "recall: share of the defects caught",
}
LEAP, FEW = 0.25, 0.03
"""A step of so much of a band's usual width is a leap; at its end is so small a share of its thresholds."""


BAND_TITLE = "thresholds: inspected between the two"


def tradeoff_figure(
    view: TradeoffView,
    palette: Palette,
    color: str,
    scenario: Scenario,
) -> Drawing:
    """Draw the curves one below the other; where nobody chooses a threshold, lines above say so.

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
    right = 42 if scenario.today is not None else 62  # as long as the dashed lines' name
    if any(
        len(limits_in_sight(curve, y_range(curve, view, positions))) < len(curve.limits)
        for curve in view.curves
    ):
        right = max(right, POINTED)
    margin = {"l": 46, "r": right, "t": top, "b": 42}
    house_layout(fig, palette, height=HEIGHT, automargin=False, margin=margin, dragmode="zoom")
    _add_apart(fig, view, palette)
    ends, log = x_range(view, positions), is_log(view, positions)
    if log:
        xs = view.x[positions]
        ends = [float(xs[xs > 0].min()) * 10**-0.05, ends[1] * 10**0.05]
    words = tick if view.axis == "threshold" else share_tick
    lowest = axis_name("x", fig.rows)
    set_ticks(fig, lowest, ends, words, 8, log=log)
    shared = {part: fig.layout[lowest][part] for part in ("tickvals", "ticktext", "range")}
    fig.update_xaxes(type="log" if log else "linear", **shared)
    title = {"text": _axis_title(view, scenario), "standoff": 2}
    fig.update_xaxes(title=title, row=fig.rows)
    for span in in_range(view.kept, (ends[0], ends[1])):
        fig.add_bar_below(span, line={"color": palette.accent, "width": KEPT})
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
    """Say that there is a curve of nobody."""
    for k, (stakeholder, o) in enumerate(view.apart):
        text = f"{bold(curve_title(stakeholder))}  {html.escape(o.label)} {NO_THRESHOLD}"
        level_title(fig, text, palette, raised=TITLE * (len(view.apart) - k), size=12)


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


def _best_mark(curve: StakeholderCurve, palette: Palette, color: str) -> dict[str, Any]:
    """A ring as on the front where nothing is better for the stakeholder, else a tick across the curve."""
    if curve.is_pick:
        ring = {"width": 2.5, "color": color}
        return {"size": 11, "color": palette.paper, "line": ring, "symbol": "circle"}
    return {"size": 12, "color": color, "line": {"width": 2, "color": color}, "symbol": "line-ns"}


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
    seen = y_range(curve, view, positions)
    _add_limits(fig, row, curve, palette, seen)
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
    _name_lines(fig, row, curve, palette, scenario, seen, len(view.curves))
    if curve.best is not None:
        fig.add_scatter(
            x=[view.x[curve.best]],
            y=[curve.values[curve.best]],
            mode="markers",
            marker=_best_mark(curve, palette, color),
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
    unit = unit_noun(o, scenario)  # a year, as the cards say
    title = f"{bold(curve_title(curve.stakeholder))}  "
    title += html.escape(title_with_unit(o, unit, scenario))
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
        font={"size": 12, "color": palette.ink},
        yshift=2,
    )
    set_axis(fig, axis_name("y", row), o, scenario, seen, 4)


def _add_limits(
    fig: Drawing, row: int, curve: StakeholderCurve, palette: Palette, seen: Sequence[float]
) -> None:
    """Draw the limits on a curve's figure as the front does; shaded is what lies on the good side of all."""
    lines = limits_in_sight(curve, seen)
    if not lines:
        return
    values = curve.values[np.isfinite(curve.values)]
    low, high = min([seen[0], *values]), max([seen[1], *values])
    least = max([low, *(line.value for line in lines if line.above)])
    most = min([high, *(line.value for line in lines if not line.above)])
    if least < most:
        fig.add_rect(None, [float(least), float(most)], fillcolor=wash(palette), row=row)
    for line in lines:
        fig.add_hline(y=line.value, line=limit_look(palette), row=row)


def limits_in_sight(curve: StakeholderCurve, seen: Sequence[float]) -> list[LimitLine]:
    """The limits whose lines are in the range of the curve's own axis."""
    return [line for line in curve.limits if seen[0] <= line.value <= seen[1]]


def _name_lines(
    fig: Drawing,
    row: int,
    curve: StakeholderCurve,
    palette: Palette,
    scenario: Scenario,
    seen: Sequence[float],
    rows: int,
) -> None:
    """Write what the level lines are at their ends; of two that are close the one higher, the other lower."""
    lines = [
        (
            min(max(line.value, seen[0]), seen[1]),
            pointing(limit_word(line.bound), line, seen),
            palette.accent,
        )
        for line in curve.limits
    ]
    if np.isfinite(curve.today):
        words = "today" if scenario.today is not None else "no checks"
        lines.append((curve.today, words, palette.muted))
    lines.sort(key=lambda line: -line[0])
    own = (LEAST_HEIGHT - LEAST_GAP * (rows - 1)) / rows
    height = own / (seen[1] - seen[0])
    missing = [NAMES_APART - height * (one[0] - other[0]) for one, other in pairwise(lines)]
    suffix = "" if row == 1 else str(row)
    for k, (value, words, color) in enumerate(lines):
        lower = max(0.0, missing[k - 1]) if k else 0.0
        higher = max(0.0, missing[k]) if k < len(missing) else 0.0
        if lower and higher:  # between two names there is no room for a third
            continue
        fig.add_annotation(
            x=1,
            y=value,
            xref=f"x{suffix} domain",
            yref=f"y{suffix}",
            xanchor="left",
            yanchor="middle",
            yshift=(higher - lower) / 2,
            text=f" {html.escape(words)}",
            showarrow=False,
            font={"size": 12, "color": color},
        )
