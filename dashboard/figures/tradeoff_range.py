"""Visible part of a trade-off chart: positions to draw, initial ranges of the axes, and start of a band."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.analysis.decide.tradeoff import StakeholderCurve, TradeoffView, reach

CURVE_POINTS = 400
"""Approximate number of points that are drawn of each curve."""
STRETCH = 0.6
"""Largest share by which an axis grows beyond the scale of all models, to show more of a curve or a limit."""
BAND_QUANTILES = (0.03, 0.97)
"""Quantiles of each end of a band that are visible."""
X_ROOM, CURVE_ROOM, MARK_ROOM, LIMIT_ROOM = 0.03, 0.04, 0.08, 0.06
"""Room on the horizontal axis, and beyond a curve, a mark and the line of a limit, as shares of the axis."""
LOG_ROOM = 0.05
"""Powers of ten by which a logarithmic axis exceeds its outermost points."""
LEAP = 0.25
"""Smallest step of a band's end that is a leap, as a share of the band's median width."""
FEW = 0.03
"""Share of the first thresholds among which leaps are left out."""
Ends = tuple[float, float]
"""Lower and upper end of an axis."""


def drawn_positions(view: TradeoffView, count: int = CURVE_POINTS) -> NDArray[np.intp]:
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


def x_range(view: TradeoffView, positions: NDArray[np.intp]) -> list[float]:
    """Initial range of the axis that all curves share."""
    xs = view.x[positions]
    low, high = float(np.min(xs)), float(np.max(xs))
    room = X_ROOM * (high - low) or 0.05
    ends = [low - room, high + room]
    if has_log_axis(view, positions):
        ends = [float(xs[xs > 0].min()) * 10**-LOG_ROOM, ends[1] * 10**LOG_ROOM]
    return ends


def y_range(
    curve: StakeholderCurve, view: TradeoffView, positions: NDArray[np.intp]
) -> list[float]:
    """Initial range of a curve's vertical axis: the scale of all models, extended for this curve."""
    ends = view.scales.ends.get(curve.objective.id, (np.inf, -np.inf))
    ends = _with_curve(ends, curve, positions)
    ends = _with_marks(ends, curve, view.chosen)
    low, high = _with_near_limits(ends, curve)
    return [float(low), float(high)] if low < high else [0.0, 1.0]


def _with_curve(ends: Ends, curve: StakeholderCurve, positions: NDArray[np.intp]) -> Ends:
    """Range that shows a curve and its band, except for extreme points that would flatten the rest."""
    low, high = ends
    values = curve.values[positions]
    if curve.ends is not None:
        for side in (curve.ends.low[positions], curve.ends.high[positions]):
            finite = side[np.isfinite(side)]
            if finite.size:
                values = np.concatenate([values, np.quantile(finite, BAND_QUANTILES)])
    values = values[np.isfinite(values)]
    if not (low < high and values.size):
        return ends
    most, room = STRETCH * (high - low), CURVE_ROOM * (high - low)
    below = room if curve.objective.signed or values.min() < 0 else 0.0
    return (
        min(low, max(float(values.min()) - below, low - most)),
        max(high, min(float(values.max()) + room, high + most)),
    )


def _with_marks(ends: Ends, curve: StakeholderCurve, chosen: int | None) -> Ends:
    """Range that shows the current system, the best point of a curve, and the selected point."""
    low, high = ends
    marked = [curve.today]
    marked += [] if curve.best is None else [float(curve.values[curve.best])]
    marked += [] if chosen is None else [curve.at(chosen)]
    marked = [value for value in marked if np.isfinite(value)]
    if not marked or (low < min(marked) and max(marked) < high):
        return ends
    low, high = min([low, *marked]), max([high, *marked])
    room = MARK_ROOM * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def _with_near_limits(ends: Ends, curve: StakeholderCurve) -> Ends:
    """Range that shows the limits which are not far beyond it."""
    low, high = ends
    near = STRETCH * (high - low)
    for line in curve.limits:
        if low - near <= line.value <= high + near:
            room = LIMIT_ROOM * (high - low)
            low, high = min(low, line.value - room), max(high, line.value + room)
    return low, high


def clipped(spans: Iterable[Ends], ends: Ends) -> list[Ends]:
    """Visible parts of intervals, for the ends of an axis."""
    cut = [(max(low, ends[0]), min(high, ends[1])) for low, high in spans]
    return [(low, high) for low, high in cut if low <= high]


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


def visible_limits(curve: StakeholderCurve, y_range: Sequence[float]) -> list[LimitLine]:
    """Limits whose lines are in the range of the curve's vertical axis."""
    return [line for line in curve.limits if y_range[0] <= line.value <= y_range[1]]
