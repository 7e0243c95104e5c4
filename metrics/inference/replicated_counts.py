"""Bootstrap replicates of a tally's counts, shared by all scenarios.

A tally stores its counts by bucket. A replicate draws buckets with replacement and sums their counts. This
gives every model at every threshold, for any number of rows. One draw serves all models, so every comparison
is paired. Rows of a group share a bucket and stay together.

This module does not depend on a scenario. Sums are computed once and used by every scenario of the same data.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from metrics.evaluation.confusion import Confusion, ConfusionCurve, ratio
from metrics.inference.design_effect import mean_cluster_mass
from metrics.tally.kernel import Floats
from metrics.tally.miss_prices import refuse_mean_prices
from metrics.tally.tally import Tally

T = TypeVar("T")

CHUNK = 125
"""Number of replicates in memory at a time if each replicate needs much memory."""

AT_MOST = 6144
"""Largest number of operating points of all models for which counts are cached in every replicate."""

CACHED_BYTES = 64_000_000
"""Approximate size of the cached counts in bytes. With more replicates fewer points are cached."""

RECENT_POINTS, MOST_SINGLE_POINTS = 128, 8
"""Number of other points that are cached after use, and largest number that is looked up one by one."""


def bucket_weights(tally: Tally, *, replicates: int, seed: int = 0) -> Floats:
    """Draw buckets with replacement.

    Parameters
    ----------
    tally : Tally
    replicates : int
        R, the number of resamples.
    seed : int
        The same seed gives the same draws on every machine.

    Returns
    -------
    ndarray of float64, shape (R, B)
        Number of times that each bucket was drawn; each row sums to the number of buckets that hold rows.

    Notes
    -----
    Only buckets that hold rows are drawn. With fewer groups than buckets, the empty buckets are not part of
    the sample.

    References
    ----------
    Efron, Tibshirani: An introduction to the bootstrap. 1993, chapter 8 (blocks instead of rows).
    """
    filled = np.flatnonzero(tally.counts[:, 0].sum(axis=(1, 2), dtype=np.int64))
    rng = np.random.Generator(np.random.PCG64(seed))
    multiplicities = rng.multinomial(
        filled.size, np.full(filled.size, 1 / filled.size), size=replicates
    )
    weights = np.zeros((replicates, tally.counts.shape[0]))
    weights[:, filled] = multiplicities
    return weights


@cache
def _blas() -> ThreadpoolController:
    """Controller of BLAS threads. A second thread gains little here and wastes time on a busy machine."""
    return ThreadpoolController().select(user_api="blas")


def bucket_sums(by_bucket: NDArray[Any], weights: Floats) -> Floats:
    """Sums over drawn buckets.

    Parameters
    ----------
    by_bucket : ndarray, shape (B, ...)
    weights : ndarray, shape (R, B)
        Number of times that each bucket was drawn.

    Returns
    -------
    ndarray of float64, shape (..., R)
        The replicates of a figure are contiguous in memory, which makes percentiles fast.
    """
    flat = by_bucket.reshape(by_bucket.shape[0], -1).astype(np.float64, copy=False)
    with _blas().limit(limits=1):
        sums: Floats = flat.T @ weights.T
    return sums.reshape(*by_bucket.shape[1:], len(weights))


def spread(positions: NDArray[np.intp], room: int) -> NDArray[np.intp]:
    """At most ``room`` of the positions (at least two), evenly spaced, including the first and the last."""
    if positions.size <= room:
        return positions
    return positions[np.linspace(0, positions.size - 1, max(room, 2)).round().astype(np.intp)]


@dataclass(frozen=True)
class PointSums:
    """Sums over rows at K operating points of a model; the subclasses define the further axes.

    Attributes
    ----------
    shipped : ndarray, shape (..., 2, K, ...)
        Rows (or weight) of each class below the threshold.
    flagged : ndarray like shipped, or None
        Rows at or above the threshold, if rows are weighted; `None` if it is the total minus ``shipped``.
    missed_value, flagged_good_value : ndarray, shape (..., K, ...), or None
        Only if units have a value, and if it was asked for.
    missed_price : ndarray, shape (..., K, ...), or None
        Only if kinds of defect have prices.
    """

    shipped: NDArray[Any]
    flagged: NDArray[Any] | None
    missed_value: NDArray[Any] | None
    flagged_good_value: NDArray[Any] | None
    missed_price: NDArray[Any] | None

    def arrays(self) -> Iterator[NDArray[Any] | None]:
        """All arrays, in the order of the attributes."""
        yield from (self.shipped, self.flagged)
        yield from (self.missed_value, self.flagged_good_value, self.missed_price)


class BucketCounts(PointSums):
    """Some operating points of a model by bucket: shape (B, 2, K) or (B, K)."""

    def with_buckets_of(self, other: BucketCounts, buckets: NDArray[np.intp]) -> BucketCounts:
        """These points, with the sums of some buckets replaced by those of other points."""
        replaced: list[Any] = [None if sums is None else sums.copy() for sums in self.arrays()]
        for sums, other_sums in zip(replaced, other.arrays(), strict=True):
            if sums is not None and other_sums is not None:
                sums[buckets] = other_sums[buckets]
        return BucketCounts(*replaced)


@dataclass(frozen=True)
class DrawnCounts(PointSums):
    """Some operating points of a model in successive replicates: shape (2, K, R) or (K, R).

    The sums are not scaled to the size of the file.

    Attributes
    ----------
    first : int
        Number of the first replicate.
    """

    first: int = field(default=0, kw_only=True)

    def __getitem__(self, points: NDArray[np.intp]) -> DrawnCounts:
        """Some of the points, as a copy."""
        some: Any = (None if sums is None else sums[..., points, :] for sums in self.arrays())
        return DrawnCounts(*some, first=self.first)

    def of(self, replicates: ReplicatedCounts) -> DrawnCounts:
        """The points in some of the replicates."""
        start = replicates.first - self.first
        stop = start + replicates.replicates
        some: Any = (None if sums is None else sums[..., start:stop] for sums in self.arrays())
        return DrawnCounts(*some, first=replicates.first)

    @classmethod
    def together(cls, points: Sequence[DrawnCounts]) -> DrawnCounts:
        """Several points, concatenated."""
        joined: Any = (
            None if parts[0] is None else np.concatenate(parts, axis=-2)
            for parts in zip(*(point.arrays() for point in points), strict=True)
        )
        return cls(*joined, first=points[0].first)

    def put(self, position: int, point: DrawnCounts) -> None:
        """Replace the point at a position with another, in place."""
        for sums, other in zip(self.arrays(), point.arrays(), strict=True):
            if sums is not None and other is not None:
                sums[..., position, :] = other[..., 0, :]


@dataclass(frozen=True, eq=False)
class ReplicatedCounts:
    """Counts of a tally in every replicate, cached at an evenly thinned set of operating points.

    Attributes
    ----------
    curves : tuple of ConfusionCurve
        One for each model.
    weights : ndarray of float64, shape (R, B)
        Number of times that each bucket was drawn, one row for each replicate: from `bucket_weights`.
    seed : int
        Seed of the draws.
    whole : ReplicatedCounts or None
        All replicates, if these are only a `part`.
    first : int
        Number of the first of these replicates in ``whole``.

    Notes
    -----
    Every replicate is scaled to the size of the file. Buckets differ in size by chance, so the number of
    drawn rows varies. This variation has no meaning, and without scaling it would widen the interval of every
    count.
    """

    tally: Tally
    curves: tuple[ConfusionCurve, ...]
    weights: Floats
    seed: int = 0
    whole: ReplicatedCounts | None = None
    first: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _cached: dict[tuple[int, bool], DrawnCounts] = field(
        default_factory=dict, init=False, repr=False
    )
    _recent: OrderedDict[tuple[int, int, bool], DrawnCounts] = field(
        default_factory=OrderedDict, init=False, repr=False
    )
    _areas: dict[int, Floats] = field(default_factory=dict, init=False, repr=False)
    _others: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def draw(
        cls,
        tally: Tally,
        curves: tuple[ConfusionCurve, ...],
        *,
        replicates: int,
        seed: int = 0,
    ) -> ReplicatedCounts:
        """Resample a tally.

        Parameters
        ----------
        tally : Tally
        curves : tuple of ConfusionCurve
            One for each model.
        replicates : int
        seed : int
            The same seed gives the same draws on every machine.

        Raises
        ------
        ScoreError
            See `refuse_mean_prices`.
        """
        refuse_mean_prices(tally)
        return cls(tally, curves, bucket_weights(tally, replicates=replicates, seed=seed), seed)

    @property
    def replicates(self) -> int:
        """R, the number of resamples."""
        return len(self.weights)

    @property
    def blocks(self) -> int:
        """Number of buckets that each replicate draws."""
        return int(self.weights[0].sum()) if len(self.weights) else 0

    def part(self, start: int, stop: int) -> ReplicatedCounts:
        """The replicates from ``start`` to ``stop``."""
        return replace(
            self,
            weights=self.weights[start:stop],
            whole=self.all_replicates,
            first=self.first + start,
        )

    @property
    def all_replicates(self) -> ReplicatedCounts:
        """All replicates, if these are only a `part`; they have the cache."""
        return self.whole or self

    @cached_property
    def scale(self) -> Floats:
        """Rows of the file (or their weight) over the drawn rows, shape (R,); NaN if no rows were drawn."""
        drawn_mass = self.weights @ self.tally.bucket_mass.sum(axis=1)
        return ratio(self.tally.class_mass.sum(keepdims=True), drawn_mass)

    @cached_property
    def cluster_masses(self) -> tuple[float, float, float]:
        """Mean mass of a group of good units, of defects and of both; 1 if rows are independent."""
        if self.tally.rows_are_independent:
            return 1.0, 1.0, 1.0
        mass = self.tally.bucket_mass
        by_kind = mass[:, 0], mass[:, 1], mass.sum(axis=1)
        goods, defects, both = (mean_cluster_mass(masses) for masses in by_kind)
        return goods, defects, both

    @cached_property
    def class_mass(self) -> Floats:
        """Good units and defects of each replicate, shape (R, 2)."""
        return self.sums(self.tally.bucket_mass)

    def sums(self, by_bucket: NDArray[Any]) -> Floats:
        """Sums over the drawn buckets, shape (R, ...), of an array (B, ...), scaled to the file's size."""
        replicated_sums = bucket_sums(by_bucket, self.weights)
        replicated_sums *= self.scale
        return np.moveaxis(replicated_sums, -1, 0)

    @cached_property
    def positions(self) -> tuple[NDArray[np.intp], ...]:
        """Positions on each model's curve at which counts are cached: all, or evenly spread."""
        by_model = [np.flatnonzero(model_curve.distinct) for model_curve in self.curves]
        tally = self.tally
        sums = 2 + 2 * (tally.weights is not None) + 2 * (tally.values is not None)
        sums += tally.miss_prices is not None
        # The number of points must not depend on the dtype, because the cached points determine
        # interpolation.
        item = np.uint32 if tally.values is None else np.float64
        item_bytes = max(np.dtype(item).itemsize, self._dtype.itemsize)
        room = min(AT_MOST, CACHED_BYTES // (sums * item_bytes * max(1, self.replicates)))
        if sum(positions.size for positions in by_model) > room:
            by_model = [spread(positions, room // len(by_model)) for positions in by_model]
        return tuple(positions.astype(np.intp) for positions in by_model)

    @cached_property
    def _dtype(self) -> np.dtype[Any]:
        """Dtype of the cached counts; for unweighted rows an integer type that can hold B full buckets.

        Values of units are always cached as float64.
        """
        tally = self.tally
        largest = float(tally.bucket_mass.max(initial=0)) * len(tally.bucket_mass)
        is_whole = tally.weights is None and tally.miss_prices is None
        if is_whole and largest < 2**16:
            return np.dtype(np.uint16)
        return np.dtype(np.uint32 if is_whole and largest < 2**32 else np.float64)

    def _counts_at_cached(self, model: int, *, values: bool) -> DrawnCounts:
        """Cached counts of a model, summed on first use and then shared by all callers."""
        key = model, values and self.tally.values is not None
        if key not in self._cached:
            with self._lock:
                if key not in self._cached:
                    points = self.bucket_counts(model, self.positions[model], values=values)
                    self._cached[key] = self._drawn(points)
        return self._cached[key]

    def _recent_point(self, model: int, position: int, *, values: bool) -> DrawnCounts:
        """A point outside the cached set. Recent points are stored, because users return to a price."""
        key = model, position, values
        with self._lock:
            point = self._recent.pop(key, None)
        if point is None:
            point = self._drawn(self.bucket_counts(model, np.array([position]), values=values))
        with self._lock:
            self._recent[key] = point
            while len(self._recent) > RECENT_POINTS:
                self._recent.popitem(last=False)
        return point

    def area(self, model: int) -> Floats:
        """Area under a model's ROC curve, shape (R,); cached, because no scenario changes it."""
        if model not in self._areas:
            self._areas[model] = self._area(model)
        return self._areas[model].copy()

    def cached(self, key: Hashable, compute: Callable[[], T]) -> T:
        """A value of all points of a curve that no scenario changes, computed on first use."""
        if key not in self._others:
            self._others[key] = compute()
        value: T = self._others[key]
        return value

    def _area(self, model: int) -> Floats:
        """Share of the pairs of a defect and a good unit that are in order.

        Pairs are counted once for each pair of buckets. A replicate is then a quadratic form in the numbers
        of draws, for any number of thresholds.
        """
        bins = self.tally.masses[:, model, : self.curves[model].thresholds.size].astype(np.float64)
        goods, defects = bins[..., 0], bins[..., 1]
        ordered = defects @ (np.cumsum(goods, axis=1) - goods / 2).T
        area = np.einsum("rb,rb->r", self.weights @ ordered, self.weights)
        pairs = (self.weights @ goods.sum(axis=1)) * (self.weights @ defects.sum(axis=1))
        return ratio(area, pairs)

    def fill_cache(self) -> None:
        """Compute all cached counts now, instead of each model on first use."""
        for model in range(len(self.curves)):
            self._counts_at_cached(model, values=False)

    def _drawn(self, points: BucketCounts) -> DrawnCounts:
        sums: list[Any] = [
            None if by_bucket is None else bucket_sums(by_bucket, self.weights)
            for by_bucket in points.arrays()
        ]
        return DrawnCounts(sums[0].astype(self._dtype, copy=False), *sums[1:])

    def bucket_counts(
        self, model: int, positions: NDArray[np.intp], *, values: bool = False
    ) -> BucketCounts:
        """Operating points at some positions of a model's curve; see `points`."""
        tally, size = self.tally, self.curves[model].thresholds.size
        bins = tally.masses[:, model, :size]
        missed_value = flagged_good_value = missed_price = None
        if values and tally.values is not None:
            value_bins = tally.value_bins(model)[:, :size]
            missed_value = _shipped(value_bins, positions)[:, 1]
            flagged_good_value = _flagged(value_bins, positions)[:, 0]
        if tally.miss_prices is not None:
            missed_price = tally.miss_prices[:, model, :size].cumsum(axis=1)[:, positions]
        return BucketCounts(
            _shipped(bins, positions),
            None if tally.weights is None else _flagged(bins, positions),
            missed_value,
            flagged_good_value,
            missed_price,
        )

    def points(
        self, model: int, positions: NDArray[np.intp], *, values: bool = False
    ) -> BucketCounts | DrawnCounts:
        """Operating points in the form that `counts_of` reads fastest, also for a `part`.

        Parameters
        ----------
        model : int
        positions : ndarray of int, shape (K,)
            Positions on the model's curve.
        values : bool
            Whether to include the values of units (`Objective.reads_values`).
        """
        cache = self.all_replicates
        cached_positions = cache.positions[model]
        if not cached_positions.size or not positions.size:
            return self.bucket_counts(model, positions, values=values)
        at = np.searchsorted(cached_positions, positions)
        at[at == cached_positions.size] = 0
        is_missing = cached_positions[at] != positions
        if np.count_nonzero(is_missing) > MOST_SINGLE_POINTS:
            return self.bucket_counts(model, positions, values=values)
        if is_missing.all():
            points = (cache._recent_point(model, int(k), values=values) for k in positions)
            return DrawnCounts.together([*points])
        drawn = cache._counts_at_cached(model, values=values)
        if np.array_equal(positions, cached_positions):
            return drawn
        drawn = drawn.of(self)[at]
        for k in np.flatnonzero(is_missing).tolist():
            point = cache._recent_point(model, int(positions[k]), values=values)
            drawn.put(k, point.of(self))
        return drawn

    def counts(self, model: int, positions: NDArray[np.intp], *, values: bool = False) -> Confusion:
        """Counts at some thresholds of a model's curve, each of shape (R, len(positions)), as observed."""
        return self.counts_of(self.points(model, positions, values=values))

    def counts_of(self, points: BucketCounts | DrawnCounts) -> Confusion:
        """Counts at operating points that are already summed, each of shape (R, K), as observed."""
        drawn = self._drawn(points) if isinstance(points, BucketCounts) else points.of(self)

        def scaled(sums: NDArray[Any] | None) -> Any:
            return None if sums is None else (sums * self.scale).T

        shipped = drawn.shipped * self.scale
        if drawn.flagged is None:
            flagged = self.class_mass.T[:, None, :] - shipped
        else:
            flagged = drawn.flagged * self.scale
        return Confusion(
            tp=flagged[1].T,
            fp=flagged[0].T,
            fn=shipped[1].T,
            tn=shipped[0].T,
            missed_value=scaled(drawn.missed_value),
            flagged_good_value=scaled(drawn.flagged_good_value),
            missed_price=scaled(drawn.missed_price),
        )


@numba.njit(cache=True, nogil=True)
def _sums_up_to(bins: NDArray[Any], positions: NDArray[np.intp]) -> Floats:
    """Sums of ``bins`` (B, K, 2) up to and including each of the ascending positions, shape (B, 2, W)."""
    out = np.empty((bins.shape[0], 2, positions.size))
    for b in range(bins.shape[0]):
        good = defect = 0.0
        k = 0
        for w in range(positions.size):
            while k <= positions[w]:
                good += bins[b, k, 0]
                defect += bins[b, k, 1]
                k += 1
            out[b, 0, w] = good
            out[b, 1, w] = defect
    return out


def _shipped(bins: NDArray[Any], positions: NDArray[np.intp]) -> Floats:
    """Sums below the thresholds at some positions, by bucket and class, shape (B, 2, W)."""
    places, back = np.unique(positions, return_inverse=True)
    sums: Floats = _sums_up_to(bins, places)[..., back]
    return sums


def _flagged(bins: NDArray[Any], positions: NDArray[np.intp]) -> Floats:
    """Sums at or above the thresholds, added from above: a subtraction may not give exactly 0."""
    return _shipped(bins[:, ::-1], bins.shape[1] - 2 - positions)
