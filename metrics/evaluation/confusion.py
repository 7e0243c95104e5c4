"""Confusion matrix counts of a model at every threshold, by bucket, and their cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally

Array = NDArray[Any]

OF_GOODS = frozenset({"fp", "tn", "flagged_good_value", "inspected_goods"})
"""Fields of `Confusion` that count good units."""
LEAST_RECALLS = "worst_kind_recall", "worst_segment_recall"
"""Fields of `Confusion` that are shares. The remaining fields count defects."""


@dataclass(frozen=True)
class Confusion:
    """Counts of the four outcomes, arrays of one shape.

    Attributes
    ----------
    tp : ndarray
        Defects flagged.
    fp : ndarray
        Good units flagged: false alarms.
    fn : ndarray
        Defects shipped: missed defects.
    tn : ndarray
        Good units shipped.
    missed_value, flagged_good_value : ndarray or None
        Summed unit value of the missed defects and of the false alarms; `None` if units have no value.
    missed_price : ndarray or None
        Summed price of the missed defects, in false alarms; `None` if kinds of defect have no prices.
    inspected_defects, inspected_goods : ndarray or None
        Defects and good units that people inspect; `None` without inspectors.
    overlooked_defects : ndarray or None
        Expected number of defects that people inspect and ship nevertheless.
    worst_kind_recall, worst_segment_recall : ndarray or None
        Smallest recall of any kind of defect, and of any segment; `None` if not counted by kind or segment.
        These are shares, and are unknown for combined sets of rows.
    """

    tp: Array
    fp: Array
    fn: Array
    tn: Array
    missed_value: Array | None = None
    flagged_good_value: Array | None = None
    missed_price: Array | None = None
    inspected_defects: Array | None = None
    inspected_goods: Array | None = None
    overlooked_defects: Array | None = None
    worst_kind_recall: Array | None = None
    worst_segment_recall: Array | None = None

    @property
    def inspected(self) -> Array | float:
        """Number of units that people inspect."""
        if self.inspected_defects is None or self.inspected_goods is None:
            return 0.0
        return self.inspected_defects + self.inspected_goods

    @property
    def is_ordinary(self) -> NDArray[np.bool_]:
        """Mask of the points that flag some units and ship some."""
        return np.asarray((self.tp + self.fp > 0) & (self.fn + self.tn > 0), np.bool_)

    def scaled(self, defects: Array | float, goods: Array | float) -> Confusion:
        """Counts with each class multiplied by its factor; factors of 1 keep integers."""
        if np.all(defects == 1.0) and np.all(goods == 1.0):
            return self
        scaled = {
            name: counts * (goods if name in OF_GOODS else defects)
            for name, counts in self._arrays().items()
            if name not in LEAST_RECALLS
        }
        shares = {name: getattr(self, name) for name in LEAST_RECALLS}
        return Confusion(**scaled, **shares)

    def plus(self, other: Confusion) -> Confusion:
        """Sum of the counts of two sets of rows."""
        summed = {name: counts + vars(other)[name] for name, counts in self._arrays().items()}
        return replace(self, **summed | dict.fromkeys(LEAST_RECALLS))

    def together(self, others: Sequence[Confusion]) -> Confusion:
        """Concatenation of several counts along the last axis."""
        if not others:
            return self
        parts = [vars(counts) for counts in (self, *others)]
        joined = {
            name: np.concatenate([part[name] for part in parts], axis=-1) for name in self._arrays()
        }
        return Confusion(**joined)

    def each(self, change: Callable[[Array], Any]) -> Confusion:
        """Counts with a function applied to each array."""
        return Confusion(**{name: change(counts) for name, counts in self._arrays().items()})

    def _arrays(self) -> dict[str, Array]:
        """The arrays that are not `None`, by name."""
        return {name: counts for name, counts in vars(self).items() if counts is not None}

    def __getitem__(self, where: Any) -> Confusion:
        """Counts at an index, slice or mask of the last axis."""
        return self.each(lambda counts: counts[..., where])


@dataclass(frozen=True)
class ConfusionCurve:
    """The operating points of one model, sorted by ascending threshold, with flag-nothing last.

    Attributes
    ----------
    thresholds : ndarray of float64, shape (k + 1,)
        Lowest first; the last is infinity.
    counts : Confusion of shape (k + 1,)
        Observed counts (sums of weights if rows are weighted) at each threshold.
    bins : ndarray, shape (k + 1, 2)
        Rows (or weight) of each class between a threshold and the next; bin 0 is below the first threshold.
    below : ndarray of float64, shape (k + 1,)
        Highest score below each threshold; minus infinity if there is none, NaN if unknown.
    ties : ndarray of bool, shape (k + 1,)
        Whether all rows of a bin are known to have the same score.
    distinct : ndarray of bool, shape (k + 1,)
        False if no row lies between a threshold and the next, so that both are the same point.
    lower : ndarray of int, shape (k + 1,), or None
        Only if people inspect units between two thresholds (`metrics.evaluation.inspection_band_counts`): for
        each upper threshold, the position of the lower one. ``counts`` then include the inspectors'
        decisions.
    uninspected : ConfusionCurve or None
        The curve without inspectors; `None` if there are no inspectors.
    """

    model: str
    thresholds: NDArray[np.float64]
    counts: Confusion
    bins: Array
    below: Floats
    ties: NDArray[np.bool_]
    distinct: NDArray[np.bool_]
    lower: NDArray[np.intp] | None = None
    uninspected: ConfusionCurve | None = None

    @property
    def alone(self) -> ConfusionCurve:
        """The curve without inspectors."""
        return self.uninspected or self

    def position(self, threshold: float) -> int:
        """Position of the counts at a threshold: the curve's lowest threshold at or above the given one.

        Notes
        -----
        A unit is flagged if its score is at or above the threshold. Between two thresholds of the tally the
        counts are those of the higher one. This is exact if all scores in between are thresholds, or if
        ``threshold`` itself is a threshold.
        """
        return int(self.thresholds.searchsorted(threshold))

    def positions(self, thresholds: Floats | Sequence[float]) -> NDArray[np.intp]:
        """Positions of several thresholds; see `position`."""
        return np.asarray(np.searchsorted(self.thresholds, thresholds, side="left"), np.intp)

    def row(self, threshold: float) -> int:
        """Position of a threshold's point among the model's rows in `operating_points`."""
        return int(np.count_nonzero(self.distinct[: self.position(threshold)]))

    def at(self, threshold: float) -> Confusion:
        """Counts at one threshold, each of shape ()."""
        return self.counts[self.position(threshold)]


def confusion_curve(tally: Tally, model: int) -> ConfusionCurve:
    """Operating points of the model at a position of the tally."""
    thresholds = tally.finite_thresholds(model)
    k = thresholds.size
    rows = tally.counts[:, model, : k + 1].sum(axis=0, dtype=np.int64)
    bins: Array = rows
    if tally.weights is not None:
        bins = tally.weights[:, model, : k + 1].sum(axis=0)
    value = None if tally.values is None else tally.value_bins(model)[:, : k + 1].sum(axis=0)
    is_complete = not tally.between[model].any()
    ties = np.zeros(k + 1, bool)
    with np.errstate(over="ignore"):  # above the largest float is infinity, as intended
        next_score = np.nextafter(thresholds, np.inf)
        ties[1:] = is_complete | (next_score >= np.append(thresholds[1:], np.inf))
    counts = _cumulative(bins, value)
    if tally.weights is not None:
        counts = _with_totals(counts, tally.class_mass)
    if tally.miss_prices is not None:
        price = tally.miss_prices[:, model, : k + 1].sum(axis=0).cumsum()
        price[-1] = tally.miss_prices[:, 0].sum()  # exactly equal for all models
        counts = replace(counts, missed_price=price)
    return ConfusionCurve(
        model=tally.models[model],
        thresholds=np.append(thresholds, np.inf),
        counts=counts,
        bins=bins,
        below=_below(tally.highest[model, : k + 1], thresholds, rows, is_complete=is_complete),
        ties=ties,
        distinct=np.append(rows[1:].sum(axis=1) > 0, True),
    )


def confusion_by_bucket(tally: Tally, model: int, threshold: float) -> Confusion:
    """Counts of a model at any threshold by bucket, each of shape (B,); see `ConfusionCurve.at`."""
    size = tally.finite_thresholds(model).size + 1
    k = tally.position(model, threshold) + 1
    bins = tally.masses[:, model, :size]
    parts = (bins[:, side, label] for side in (slice(k, None), slice(k)) for label in (1, 0))
    # Summing each class by itself is 10 times as fast as summing both together.
    counts = Confusion(*(part.sum(axis=1, dtype=np.float64) for part in parts))
    if tally.miss_prices is not None:
        price = tally.miss_prices[:, model, : min(k, size)].sum(axis=1)
        counts = replace(counts, missed_price=price)
    if tally.values is None:
        return counts
    return replace(
        counts,
        missed_value=tally.value_between(model, 0, k)[:, 1],
        flagged_good_value=tally.value_between(model, k, size)[:, 0],
    )


def errors_by_bucket(tally: Tally, model: int, threshold: float) -> tuple[Floats, Floats]:
    """Missed defects and false alarms of `confusion_by_bucket`, which takes several times as long."""
    k = tally.position(model, threshold) + 1
    bins = tally.masses[:, model, : tally.finite_thresholds(model).size + 1]
    missed, alarms = bins[:, :k, 1], bins[:, k:, 0]
    return missed.sum(axis=1, dtype=np.float64), alarms.sum(axis=1, dtype=np.float64)


def _cumulative(bins: Array, value: Array | None) -> Confusion:
    """Counts at each threshold from the bins; the flagged rows are those at or above the threshold.

    Flagged and shipped are both summed. A difference of weights that should be 0 is often not exactly 0.
    """
    flagged, shipped = _flagged(bins), bins.cumsum(axis=0)
    counts = Confusion(
        tp=flagged[:, 1],
        fp=flagged[:, 0],
        fn=shipped[:, 1],
        tn=shipped[:, 0],
    )
    if value is None:
        return counts
    return replace(
        counts,
        missed_value=value.cumsum(axis=0)[:, 1],
        flagged_good_value=_flagged(value)[:, 0],
    )


def _with_totals(counts: Confusion, total: NDArray[np.float64]) -> Confusion:
    """Counts with exact totals at flag-everything and flag-nothing, so that all models agree there."""
    everything, nothing = counts.fn + counts.tn == 0, counts.tp + counts.fp == 0
    return replace(
        counts,
        tp=np.where(everything, total[1], counts.tp),
        fp=np.where(everything, total[0], counts.fp),
        fn=np.where(nothing, total[1], counts.fn),
        tn=np.where(nothing, total[0], counts.tn),
    )


def _flagged(bins: Array) -> Array:
    """Sums at or above each threshold, added from above."""
    above = bins[:0:-1].cumsum(axis=0)[::-1]
    return np.concatenate([above, np.zeros((1, 2), above.dtype)])


def ratio(part: Array, whole: Array) -> NDArray[np.float64]:
    """``part / whole``; NaN where ``whole`` is 0."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    is_defined = whole != 0
    if is_defined.all():  # a division with a mask takes several times as long
        return np.asarray(part / whole)
    out: NDArray[np.float64] = np.full(np.broadcast(part, whole).shape, np.nan)
    np.divide(part, whole, out=out, where=is_defined)
    return out


def cost_of_errors(c: Confusion, miss_cost: float) -> Any:
    """Cost in false alarms: false alarms plus misses, at the prices of their kinds or at ``miss_cost``."""
    return (miss_cost * c.fn if c.missed_price is None else c.missed_price) + c.fp


def _below(
    highest: Floats, thresholds: Floats, rows: NDArray[np.int64], *, is_complete: bool
) -> Floats:
    """Highest score below each threshold, also if the highest score of its bin was not counted.

    If every score is a threshold (``is_complete``), the highest score of a bin is the threshold at which the
    bin begins.
    """
    highest_in_bin = np.append(-np.inf, thresholds) if is_complete else highest
    return np.maximum.accumulate(np.where(rows.any(axis=1), highest_in_bin, -np.inf))
