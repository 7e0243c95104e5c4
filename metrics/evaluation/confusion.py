"""Confusion counts at thresholds, and the rates made of them.

Every rate is a function of counts and works on arrays of any shape; undefined is NaN, never 0.
"""

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
LEAST_RECALLS = "worst_kind_recall", "worst_segment_recall"
"""Fields of `Confusion` that count good units, and those that are shares; all others count defects."""


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
        Summed unit value of the missed defects and of the false alarms, where units have a value.
    missed_price : ndarray or None
        Summed price of the missed defects, in false alarms, where kinds of defect have prices.
    inspected_defects, inspected_goods : ndarray or None
        Defects and good units that people look at, where they do.
    overlooked_defects : ndarray or None
        Defects that people look at and ship all the same, as is to be expected.
    worst_kind_recall, worst_segment_recall : ndarray or None
        Least recall of any kind of defect, and of any segment, where the rows were counted by these: no
        counts, and not known of rows put together anew.
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
        """Units that people look at."""
        if self.inspected_defects is None or self.inspected_goods is None:
            return 0.0
        return self.inspected_defects + self.inspected_goods

    def scaled(self, defects: Array | float, goods: Array | float) -> Confusion:
        """Counts with the two classes multiplied by a factor each; factors of 1 keep integers."""
        if np.all(defects == 1.0) and np.all(goods == 1.0):
            return self
        return replace(
            self,
            **{
                name: counts * (goods if name in OF_GOODS else defects)
                for name, counts in vars(self).items()
                if counts is not None and name not in LEAST_RECALLS
            },
        )

    def plus(self, other: Confusion) -> Confusion:
        """Counts of two sets of rows together."""
        added = vars(other)
        return replace(
            self,
            **{name: count + added[name] for name, count in vars(self).items() if count is not None}
            | dict.fromkeys(LEAST_RECALLS),
        )

    def together(self, others: Sequence[Confusion]) -> Confusion:
        """Counts of shape (k,) and, behind them, others."""
        return replace(
            self,
            **{
                name: np.concatenate([own, *(vars(other)[name] for other in others)])
                for name, own in vars(self).items()
                if own is not None
            },
        )

    def each(self, change: Callable[[Array], Any]) -> Confusion:
        """Counts with each array changed in the same way."""
        return replace(
            self,
            **{name: change(value) for name, value in vars(self).items() if value is not None},
        )

    def __getitem__(self, where: Any) -> Confusion:
        """Counts at an index, slice or mask of the last axis."""
        return self.each(lambda counts: counts[..., where])


@dataclass(frozen=True)
class ConfusionCurve:
    """The operating points of one model, threshold ascending and flag-nothing last.

    Attributes
    ----------
    model : str
    thresholds : ndarray of float64, shape (k + 1,)
        Lowest first; the last is infinity.
    counts : Confusion of shape (k + 1,)
        Observed counts (weight sums where rows are weighted) at each threshold.
    bins : ndarray, shape (k + 1, 2)
        Rows (or weight) of each class between a threshold and the next; bin 0 lies below the first.
    below : ndarray of float64, shape (k + 1,)
        Highest score under each threshold; minus infinity where there is none, NaN where it is not known.
    ties : ndarray of bool, shape (k + 1,)
        Whether all rows of a bin are known to share one score.
    distinct : ndarray of bool, shape (k + 1,)
        False where no row lies between a threshold and the next: the same point as the next one.
    lower : ndarray of int, shape (k + 1,), or None
        Where people inspect what lies between two thresholds (`metrics.evaluation.inspection_band_counts`):
        for each, which is then the upper one, the position of the lower one. ``counts`` are those with the
        inspectors.
    uninspected : ConfusionCurve or None
        The same without inspectors, where there are some.
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
        """What the model does without inspectors."""
        return self.uninspected or self

    def position(self, threshold: float) -> int:
        """Where the counts at a threshold stand: at the lowest of the curve's own at or above it.

        Notes
        -----
        A unit is flagged when its score is at or above the threshold. Between two thresholds of the
        tally the counts are those of the higher one: exact as long as every score in between is a
        threshold too, or ``threshold`` is one itself.
        """
        return int(np.searchsorted(self.thresholds, threshold, side="left"))

    def positions(self, thresholds: Floats | Sequence[float]) -> NDArray[np.intp]:
        """The same of several thresholds."""
        return np.asarray(np.searchsorted(self.thresholds, thresholds, side="left"), np.intp)

    def row(self, threshold: float) -> int:
        """The same among the distinct points alone, as `operating_points` numbers a model's rows."""
        return int(np.searchsorted(self.thresholds[self.distinct], threshold, side="left"))

    def at(self, threshold: float) -> Confusion:
        """Counts at one threshold, each of shape ()."""
        return self.counts[self.position(threshold)]


def confusion_curve(tally: Tally, model: int) -> ConfusionCurve:
    """Operating points of one model of the tally, by its position."""
    thresholds = tally.finite_thresholds(model)
    k = thresholds.size
    rows = tally.counts[:, model, : k + 1].sum(axis=0, dtype=np.int64)
    bins: Array = rows
    if tally.weights is not None:
        bins = tally.weights[:, model, : k + 1].sum(axis=0)
    value = None if tally.values is None else tally.value_bins(model)[:, : k + 1].sum(axis=0)
    every = not tally.between[model].any()
    ties = np.zeros(k + 1, bool)
    with np.errstate(over="ignore"):  # above the largest float is infinity, as wanted
        ties[1:] = every | (np.nextafter(thresholds, np.inf) >= np.append(thresholds[1:], np.inf))
    counts = _cumulative(bins, value)
    if tally.weights is not None:
        counts = _with_totals(counts, tally.class_mass)
    if tally.miss_prices is not None:
        price = tally.miss_prices[:, model, : k + 1].sum(axis=0).cumsum()
        price[-1] = tally.miss_prices[:, 0].sum()  # the same for every model, to the last bit
        counts = replace(counts, missed_price=price)
    return ConfusionCurve(
        model=tally.models[model],
        thresholds=np.append(thresholds, np.inf),
        counts=counts,
        bins=bins,
        below=_below(tally.highest[model, : k + 1], thresholds, rows, every=every),
        ties=ties,
        distinct=np.append(rows[1:].sum(axis=1) > 0, True),
    )


def with_worst_recalls(
    curves: Sequence[ConfusionCurve],
    of_kinds: Sequence[Floats] | None,
    of_segments: Sequence[Floats] | None,
) -> tuple[ConfusionCurve, ...]:
    """Curves with what `metrics.tally.worst_recall.worst_recalls` has counted."""
    return tuple(
        replace(
            model_curve,
            counts=replace(
                model_curve.counts,
                worst_kind_recall=None if of_kinds is None else of_kinds[m],
                worst_segment_recall=None if of_segments is None else of_segments[m],
            ),
        )
        for m, model_curve in enumerate(curves)
    )


def confusion_by_bucket(tally: Tally, model: int, threshold: float) -> Confusion:
    """Counts of a model at a threshold by bucket, each of shape (B,); as `ConfusionCurve.at` between two."""
    size = tally.finite_thresholds(model).size + 1
    k = tally.position(model, threshold) + 1
    bins = tally.masses[:, model, :size]
    flagged = bins[:, k:].sum(axis=1, dtype=np.float64)
    shipped = bins[:, :k].sum(axis=1, dtype=np.float64)
    counts = Confusion(flagged[:, 1], flagged[:, 0], shipped[:, 1], shipped[:, 0])
    if tally.miss_prices is not None:
        price = tally.miss_prices[:, model, : min(k, size)].sum(axis=1)
        counts = replace(counts, missed_price=price)
    if tally.values is None:
        return counts
    value = tally.value_bins(model)[:, :size]
    return replace(
        counts,
        missed_value=value[:, :k, 1].sum(axis=1),
        flagged_good_value=value[:, k:, 0].sum(axis=1),
    )


def _cumulative(bins: Array, value: Array | None) -> Confusion:
    """Counts at each threshold from the bins: flagged is all that lies at or above it.

    Both are summed, neither is the rest of the other: a rest of weights that should be 0 often is not.
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
    """Flag-everything and flag-nothing are the same for every model, in whatever order weights were added."""
    everything, nothing = counts.fn + counts.tn == 0, counts.tp + counts.fp == 0
    return replace(
        counts,
        tp=np.where(everything, total[1], counts.tp),
        fp=np.where(everything, total[0], counts.fp),
        fn=np.where(nothing, total[1], counts.fn),
        tn=np.where(nothing, total[0], counts.tn),
    )


def _flagged(bins: Array) -> Array:
    above = bins[:0:-1].cumsum(axis=0)[::-1]
    return np.concatenate([above, np.zeros((1, 2), above.dtype)])


def ratio(part: Array, whole: Array) -> NDArray[np.float64]:
    """``part / whole``, NaN where ``whole`` is 0."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    out: NDArray[np.float64] = np.full(np.broadcast(part, whole).shape, np.nan)
    np.divide(part, whole, out=out, where=whole != 0)
    return out


def cost_of_errors(c: Confusion, miss_cost: float) -> Any:
    """Cost in false alarms: misses at their kinds' prices, else at ``miss_cost`` each, and false alarms."""
    return (miss_cost * c.fn if c.missed_price is None else c.missed_price) + c.fp


def recall(c: Confusion) -> NDArray[np.float64]:
    """Share of the defects that is flagged: TP / (TP + FN)."""
    return ratio(c.tp, c.tp + c.fn)


def precision(c: Confusion) -> NDArray[np.float64]:
    """Share of the flagged units that is defective: TP / (TP + FP)."""
    return ratio(c.tp, c.tp + c.fp)


def share_flagged(c: Confusion) -> NDArray[np.float64]:
    """Share of all units that is flagged."""
    return ratio(c.tp + c.fp, c.tp + c.fp + c.fn + c.tn)


def false_alarm_rate(c: Confusion) -> NDArray[np.float64]:
    """Share of the good units that is flagged: FP / (FP + TN)."""
    return ratio(c.fp, c.fp + c.tn)


def shipped_defect_rate(c: Confusion) -> NDArray[np.float64]:
    """Share of the shipped units that is defective: FN / (FN + TN)."""
    return ratio(c.fn, c.fn + c.tn)


def f1(c: Confusion) -> NDArray[np.float64]:
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN)."""
    return ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn)


def mcc(c: Confusion) -> NDArray[np.float64]:
    """Matthews correlation; NaN where a row or column of the table is empty.

    Notes
    -----
    (TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN)).

    References
    ----------
    Matthews: Comparison of the predicted and observed secondary structure of T4 phage lysozyme. 1975.
    """
    tp, fp, fn, tn = (np.asarray(x, np.float64) for x in (c.tp, c.fp, c.fn, c.tn))
    return ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def _below(highest: Floats, thresholds: Floats, rows: NDArray[np.int64], *, every: bool) -> Floats:
    """Highest score under each threshold, also where the highest of its bin was not counted.

    Where ``every`` score is a threshold, the highest of a bin is the threshold that it begins at.
    """
    begins = np.append(-np.inf, thresholds)
    known = np.where(rows.any(axis=1) & every, begins, highest)
    return np.maximum.accumulate(np.where(rows.any(axis=1), known, -np.inf))
