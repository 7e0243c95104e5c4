"""Cost curve: the cheapest model and threshold by the cost of a miss, and by the defect rate."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import Extreme
from metrics.evaluation.operating_points import OperatingPoint
from metrics.selection.ties import ROUNDING, break_ties

LEAST_RATIO, MOST_RATIO = 0.01, 100.0
"""Range of the cost of a missed defect in false alarms: from 1:100 to 100:1."""
SPAN = 10.0
"""Defect rates reach from the file's rate divided by this factor to that rate times this factor."""


class Axis(enum.Enum):
    """Quantity on the horizontal axis."""

    MISS_COST = "false alarms a miss costs"
    DEFECT_RATE = "defect rate"


@dataclass(frozen=True)
class Segment:
    """Interval in which one operating point is the cheapest of all.

    Attributes
    ----------
    low, high : float
        From ``low`` up to ``high`` (excluded), where the next segment begins: fewer misses win a tie. The
        last segment includes its ``high``.
    also : tuple of str
        Other models with a point of exactly the same counts.
    """

    low: float
    high: float
    point: OperatingPoint
    also: tuple[str, ...]


@dataclass(frozen=True)
class CostCurve:
    """The cheapest operating point everywhere along an axis.

    Attributes
    ----------
    segments : tuple of Segment
        Ascending, without a gap; at least one.
    """

    axis: Axis
    segments: tuple[Segment, ...]

    def at(self, value: float) -> Segment:
        """Segment of the cheapest point at one value; beyond the ends, the segment at the end."""
        lows = np.array([segment.low for segment in self.segments])
        return self.segments[max(int(_ends_reached(lows, np.float64(value))) - 1, 0)]


@dataclass(frozen=True)
class CostCurveInterval:
    """Interval in which a model is the cheapest, at any of its thresholds.

    Attributes
    ----------
    models : tuple of str
        Models that are the cheapest in the whole interval; several if they share their points.
    extreme : Extreme or None
        Set if everything or nothing is flagged, which is the same for all models.
    """

    low: float
    high: float
    models: tuple[str, ...]
    extreme: Extreme | None


def cost_curve_by_miss_cost(
    points: pd.DataFrame,
    evaluation: Evaluation,
    *,
    least: float = LEAST_RATIO,
    most: float = MOST_RATIO,
) -> CostCurve:
    """Model and threshold of least cost for every cost of a miss.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, at least one row; models without rows do not compete.
    evaluation : Evaluation
        Evaluation that the points were computed from. Its scenario re-weights the two classes.
    least, most : float
        Range of the cost of a miss, in false alarms.

    Notes
    -----
    If kinds of defect have prices, a missed defect counts as its price over the mean price. The ratio is the
    mean price, so all prices are scaled equally.

    The cost ``ratio * fn + fp`` of a point is linear in the ratio. The cheapest points are therefore the
    corners of the lower left convex hull of the points (fn, fp). Two neighbouring corners cost the same at
    the ratio ``(fp_1 - fp_2) / (fn_2 - fn_1)``. The hull is computed in exact arithmetic. It may include
    points that flag everything or nothing, marked in their `OperatingPoint`.

    References
    ----------
    Provost, Fawcett: Robust classification for imprecise environments. Machine Learning 2001 (the convex
    hull of the ROC curves). Drummond, Holte: Cost curves. Machine Learning 2006 (the lower envelope).
    """
    return CostCurve(Axis.MISS_COST, _segments(points, evaluation, Axis.MISS_COST, least, most))


def cost_curve_by_defect_rate(points: pd.DataFrame, evaluation: Evaluation) -> CostCurve:
    """Model and threshold of least cost for every defect rate, at the scenario's miss cost.

    Parameters
    ----------
    points : DataFrame
        See `cost_curve_by_miss_cost`.
    evaluation : Evaluation
        Its tally has the file's own defect rate; the scenario's rate is ignored.

    Returns
    -------
    CostCurve
        From a tenth of the file's rate to ten times that rate. The upper end is lower if the share of good
        units would fall below a tenth of the file's share.

    Notes
    -----
    Equivalent to `cost_curve_by_miss_cost` on a transformed axis. Let the counts be those of the file, and r
    the evaluation's miss cost. Re-weighted to a rate p, the cost is proportional to
    ``r * odds(p) / odds(file) * fn + fp``.
    """
    goods, defects = evaluation.tally.class_mass.tolist()
    file_rate = defects / (goods + defects)
    least, most = file_rate / SPAN, min(file_rate * SPAN, 1 - (1 - file_rate) / SPAN)
    return CostCurve(Axis.DEFECT_RATE, _segments(points, evaluation, Axis.DEFECT_RATE, least, most))


def _segments(
    points: pd.DataFrame, evaluation: Evaluation, axis: Axis, least: float, most: float
) -> tuple[Segment, ...]:
    """Segments of the corners that are cheapest somewhere between ``least`` and ``most``."""
    fn, fp = _misses(points, evaluation), points["fp"].to_numpy()
    corners, ends = _corners(points, evaluation, axis)
    first, last = _ends_reached(ends, np.array([least, most])).tolist()
    inside = np.clip(ends[first:last], least, most).tolist()
    segments = []
    for corner, low, high in zip(
        corners[first : last + 1].tolist(), [least, *inside], [*inside, most], strict=True
    ):
        same = np.flatnonzero((fn == fn[corner]) & (fp == fp[corner]))
        point = OperatingPoint.from_points(points, break_ties(points, same))
        other_models = sorted(set(points["model"].iloc[same]) - {point.model})
        segments.append(Segment(low, high, point, tuple(other_models)))
    return tuple(segments)


def _corners(
    points: pd.DataFrame, evaluation: Evaluation, axis: Axis
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Corners of the hull, ascending along the axis, and the axis values between neighbouring corners."""
    fn, fp = _misses(points, evaluation), points["fp"].to_numpy()
    hull = _hull(fn, fp)  # fewest misses first, so the highest cost of a miss comes first
    exact = _exact(fn[hull], fp[hull])
    ratios = [float(Fraction(*_break_even(exact, k, k + 1))) for k in range(len(hull) - 1)]
    ends = np.array(ratios[::-1], np.float64)
    if axis is Axis.MISS_COST:
        on_defects, on_goods = evaluation.factors
        ends *= on_goods / on_defects
    elif ends.size:
        goods, defects = evaluation.tally.class_mass.tolist()
        odds = ends * (defects / goods / evaluation.miss_cost)
        ends = odds / (1 + odds)
    return np.array(hull[::-1], np.intp), ends


def _misses(points: pd.DataFrame, evaluation: Evaluation) -> NDArray[np.generic]:
    """Missed defects at each point; if kinds have prices, each counts as its price over the mean price."""
    if evaluation.tally.miss_prices is None:
        return points["fn"].to_numpy()
    misses = np.empty(len(points))
    models, thresholds = points["model"].to_numpy(), points["threshold"].to_numpy(np.float64)
    for model_curve in evaluation.curves:
        rows = np.flatnonzero(models == model_curve.model)
        price = model_curve.counts[model_curve.positions(thresholds[rows])].missed_price
        assert price is not None
        # Prices that are all 0 stay 0 at any scale.
        misses[rows] = price / (evaluation.miss_cost or 1.0)
    return misses


def _ends_reached(
    ends: NDArray[np.float64], values: NDArray[np.float64] | np.float64
) -> NDArray[np.intp]:
    """Number of ascending ends at or below each value; at an end the point with fewer misses wins.

    Ends and values that are mathematically equal may differ by rounding.
    """
    return np.asarray(np.searchsorted(ends, values * (1 + ROUNDING), side="right"), np.intp)


def cheapest_at(
    points: pd.DataFrame, evaluation: Evaluation, axis: Axis, at: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Cheapest operating point at each of some values along an axis.

    Parameters
    ----------
    points : DataFrame
        With the columns ``fn`` and ``fp``; at least one row.
    evaluation : Evaluation
        Evaluation that the points were computed from.
    axis : Axis
    at : ndarray, shape (G,)

    Returns
    -------
    ndarray of int, shape (G,)
        Positions; if several points have exactly the same counts, one of them.
    """
    corners, ends = _corners(points, evaluation, axis)
    return corners[_ends_reached(ends, at)]


Number = int | Fraction
Exact = tuple[list[Number], list[Number]]


def _exact(fn: NDArray[np.generic], fp: NDArray[np.generic]) -> Exact:
    """Convert to Python numbers: NumPy integer products overflow, differences of weights are rounded."""
    if fn.dtype.kind in "iu" and fp.dtype.kind in "iu":
        return fn.tolist(), fp.tolist()
    return [Fraction(n) for n in fn.tolist()], [Fraction(n) for n in fp.tolist()]


def _break_even(exact: Exact, a: int, b: int) -> tuple[Number, Number]:
    """Ratio at which two corners cost the same, as numerator and denominator; a has fewer misses."""
    fn, fp = exact
    return fp[a] - fp[b], fn[b] - fn[a]


def _hull(fn: NDArray[np.generic], fp: NDArray[np.generic]) -> list[int]:
    """Positions of the corners of the lower left convex hull, fewest misses first; equal points appear once.

    References
    ----------
    Andrew: Another efficient algorithm for convex hulls in two dimensions. 1979 (the monotone chain).
    """
    order = np.lexsort((fp, fn))
    least = np.minimum.accumulate(fp[order])
    falls = order[np.append(True, least[1:] < least[:-1])]
    exact = _exact(fn[falls], fp[falls])
    hull: list[int] = []
    for c in range(falls.size):
        while len(hull) > 1:
            up, down = _break_even(exact, hull[-2], hull[-1])
            next_up, next_down = _break_even(exact, hull[-1], c)
            if up * next_down > next_up * down:
                break
            hull.pop()
        hull.append(c)
    return [int(k) for k in falls[hull]]


def intervals_by_model(cost_curve: CostCurve) -> tuple[CostCurveInterval, ...]:
    """Merge neighbouring segments of one model into intervals.

    Returns
    -------
    tuple of CostCurveInterval
        As few intervals as possible. If models share a point, an interval names the models that continue.
    """
    intervals: list[CostCurveInterval] = []
    for segment in cost_curve.segments:
        extreme = segment.point.extreme
        named = {str(segment.point.model), *segment.also}
        continuing = (
            named & set(intervals[-1].models)
            if intervals and intervals[-1].extreme == extreme
            else set()
        )
        if continuing:
            models = tuple(sorted(continuing))
            intervals[-1] = CostCurveInterval(intervals[-1].low, segment.high, models, extreme)
        else:
            intervals.append(
                CostCurveInterval(segment.low, segment.high, tuple(sorted(named)), extreme)
            )
    return tuple(intervals)
