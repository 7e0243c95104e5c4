"""Shares of a tally's rows at every threshold, each with its equivalent number of independent rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ConfusionCurve, ratio
from metrics.evaluation.shares_of_counts import DEFECTS, FIXED, GOODS, UNITS, Share, sum_of
from metrics.inference.design_effect import (
    GroupedMean,
    mean_cluster_mass,
    share_of_buckets,
)
from metrics.tally.category_codes import PARTS, part_of_buckets
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally

T = TypeVar("T")


class Buckets(Enum):
    """Subset of the buckets, for shares of their rows."""

    ALL = "all"
    ORDERING = "every third, which orders the points"
    TESTING = "the others, which test them"

    def mask(self, count: int) -> NDArray[np.bool_]:
        """Mask of the buckets in the subset, out of ``count`` buckets."""
        if self is Buckets.ALL:
            return np.ones(count, bool)
        return np.asarray((part_of_buckets(count) == 0) == (self is Buckets.ORDERING))


@dataclass(frozen=True, eq=False)
class SharesOfRows:
    """Shares of the rows of a tally at every threshold of every model; they do not depend on the scenario.

    Attributes
    ----------
    curves : sequence of ConfusionCurve
        One for each model.

    Notes
    -----
    A share is computed on first use and then cached.
    """

    tally: Tally
    curves: Sequence[ConfusionCurve]
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def ends(self) -> list[int]:
        """End of each model's thresholds in the joined arrays."""
        return list(
            itertools.accumulate(model_curve.thresholds.size for model_curve in self.curves)
        )

    @property
    def size(self) -> int:
        """Number of thresholds of all models together."""
        return self.ends[-1]

    def share(self, share: Share, buckets: Buckets) -> GroupedMean:
        """A share at the K thresholds of all models, computed on first use; 0 without rows."""
        self.compute([share], buckets)
        of_rows: GroupedMean = self._cache[share.part, share.whole, buckets]
        return of_rows

    def compute(self, shares: Iterable[Share], buckets: Buckets) -> None:
        """Compute and cache several shares together, which is faster than one by one."""
        pairs = dict.fromkeys((share.part, share.whole) for share in shares)
        missing = [pair for pair in pairs if (*pair, buckets) not in self._cache]
        if not missing:
            return
        if self.tally.rows_are_independent:
            counts = vars(self.masses(buckets))
            for part, whole in missing:
                rows = np.asarray(sum_of(counts, whole), np.float64)
                mean = np.nan_to_num(ratio(sum_of(counts, part), rows))
                self._cache[part, whole, buckets] = GroupedMean.of_independent_rows(mean, rows)
            return
        is_used = buckets.mask(len(self.tally.counts))
        by_model = [self._of_model(m, missing, is_used) for m in range(len(self.curves))]
        for pair, of_models in zip(missing, zip(*by_model, strict=True), strict=True):
            self._cache[(*pair, buckets)] = _concatenated(of_models)

    def masses(self, buckets: Buckets) -> Confusion:
        """Counts (sums of weights if rows are weighted) at all thresholds of all models, shape (K,)."""
        if buckets not in self._cache:
            if buckets is Buckets.ALL:
                bins = [model_curve.bins for model_curve in self.curves]
            else:
                masses = self.tally.masses[buckets.mask(len(self.tally.counts))]
                sums = masses.sum(
                    axis=0, dtype=None if self.tally.weights is not None else np.int64
                )
                bins = [
                    sums[m, : model_curve.thresholds.size]
                    for m, model_curve in enumerate(self.curves)
                ]
            first, *others = map(_counts_of, bins)
            self._cache[buckets] = first.together(others)
        counts: Confusion = self._cache[buckets]
        return counts

    def _of_model(
        self,
        m: int,
        pairs: Sequence[tuple[tuple[str, ...], tuple[str, ...]]],
        is_used: NDArray[np.bool_],
    ) -> list[GroupedMean]:
        """Shares of one model, for rows with groups or weights."""
        tally, size = self.tally, self.curves[m].thresholds.size
        mass: dict[str, Floats] = {}
        rows: dict[str, Floats] = {}
        for names in (DEFECTS, GOODS):  # flagged, then shipped
            if any(set(names) & set(whole) for _, whole in pairs):
                label = int(names == DEFECTS)
                bins = tally.masses[is_used, m, :size, label].astype(np.float64)
                count = tally.counts[is_used, m, :size, label].sum(axis=0, dtype=np.float64)
                mass |= dict(zip(names, _flagged_and_shipped(bins), strict=True))
                rows |= dict(zip(names, _flagged_and_shipped(count), strict=True))
        return [
            share_of_buckets(
                sum_of(mass, part),
                sum_of(mass, whole),
                sum_of(rows, whole),
                self._group_mass(whole, is_used),
                is_weighted_only=not tally.grouped,
            )
            for part, whole in pairs
        ]

    def _group_mass(self, outcomes: tuple[str, ...], is_used: NDArray[np.bool_]) -> float:
        """Mean mass of the group of a unit with one of the outcomes."""
        kind = next(names for names in FIXED if set(outcomes) <= set(names))
        classes = {GOODS: [0], DEFECTS: [1], UNITS: [0, 1]}[kind]
        return mean_cluster_mass(self.tally.bucket_mass[is_used][:, classes].sum(axis=1))

    @cached_property
    def flagged(self) -> NDArray[Any]:
        """Mass of each class that is flagged, by `part_of_buckets`, shape (PARTS, K, 2)."""
        masses, parts = self.tally.masses, part_of_buckets(len(self.tally.counts))
        wide = np.float64 if self.tally.weights is not None else np.int64
        sums = [masses[parts == part].sum(axis=0, dtype=wide) for part in range(PARTS)]
        return self._flagged(np.stack(sums))

    def flagged_by_both(self, today: tuple[str, float]) -> NDArray[Any] | None:
        """Mass of each class flagged by both the point and the current system; `None` if not counted."""
        counted = self.tally.breakdowns
        flagged = None if counted is None else counted.paired_with(today)
        if flagged is None:
            return None
        return self.cached(("both", today), lambda: self._flagged(flagged))

    def cached(self, key: Hashable, compute: Callable[[], T]) -> T:
        """A value that depends on the rows and on the key alone, computed on first use."""
        if key not in self._cache:
            self._cache[key] = compute()
        value: T = self._cache[key]
        return value

    def _flagged(self, bins: NDArray[Any]) -> NDArray[Any]:
        """Mass at or above each threshold of all models, from bins of shape (PARTS, M, K + 1, 2)."""
        is_small = self.tally.rows.sum() <= np.iinfo(np.int32).max
        wide = "f8" if bins.dtype.kind == "f" else "i4" if is_small else "i8"
        out = np.empty((len(bins), self.size, 2), wide)
        for m, (first, last) in enumerate(itertools.pairwise([0, *self.ends])):
            shipped = bins[:, m, : last - first].cumsum(axis=1, dtype=wide)
            np.subtract(shipped[:, -1:], shipped, out=out[:, first:last])
        return out


def _counts_of(bins: NDArray[Any]) -> Confusion:
    """Counts at each threshold from bins of shape (K, 2)."""
    (fp, tn), (tp, fn) = (_flagged_and_shipped(bins[:, label]) for label in (0, 1))
    return Confusion(tp=tp, fp=fp, fn=fn, tn=tn)


def _flagged_and_shipped(bins: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Mass at or above each threshold, and mass below it, from bins of shape (..., K)."""
    shipped = bins.cumsum(axis=-1)
    return shipped[..., -1:] - shipped, shipped


def _concatenated(models: Sequence[GroupedMean]) -> GroupedMean:
    """Shares of several models, concatenated."""
    statistics = ("mean", "variance", "mass", "rows", "variance_of_sum")
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(of_model, name) for of_model in models])
        for name in statistics
    }
    return replace(models[0], **arrays)
