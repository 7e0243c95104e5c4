"""The tally: everything the product needs to know of any number of rows, in arrays of one size.

Confusion counts add. After one pass over the rows the tally holds, for every bucket, model, threshold bin
and class, how many rows fell there; point estimates sum over the buckets, resamples weigh the buckets,
and tallies of two batches, files or machines with equal thresholds simply add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metrics.io.hashing import BUCKETS
from metrics.io.read_options import Scale
from metrics.tally.breakdown import Breakdowns
from metrics.tally.kernel import CALIBRATION_BINS, Floats

MOST_ROWS = 0xFFFFFFFF
TOO_MANY = f"a bin of a bucket must hold at most {MOST_ROWS:,} rows of a class"


LARGEST = 1 << 32
"""Places of a model that can be told apart."""


@dataclass(frozen=True, eq=False)
class SparseSums:
    """Sums of shape (B, M, K + 1, 2), by model.

    Attributes
    ----------
    shape : (int, int, int, int)
    places : tuple of ndarray of uint32, length M
        Where a model's sums are not 0, in its flattened (B, K + 1, 2).
    sums : tuple of ndarray of float64, length M
        Those sums.
    """

    shape: tuple[int, int, int, int]
    places: tuple[NDArray[np.uint32], ...]
    sums: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, dense: NDArray[np.float64]) -> SparseSums | None:
        """Sums in less memory; None where that is no less."""
        buckets, models, bins, classes = dense.shape
        per_sum = np.dtype(np.uint32).itemsize + dense.itemsize
        if np.count_nonzero(dense) * per_sum >= dense.nbytes or buckets * bins * classes > LARGEST:
            return None
        own = [dense[:, m].ravel() for m in range(models)]
        places = [np.flatnonzero(sums) for sums in own]
        return cls(
            (buckets, models, bins, classes),
            tuple(where.astype(np.uint32) for where in places),
            tuple(sums[where] for sums, where in zip(own, places, strict=True)),
        )

    def of_model(self, model: int) -> NDArray[np.float64]:
        """All sums of one model, shape (B, K + 1, 2)."""
        buckets, _, bins, classes = self.shape
        dense = np.zeros(buckets * bins * classes)
        dense[self.places[model]] = self.sums[model]
        return dense.reshape(buckets, bins, classes)

    def dense(self) -> NDArray[np.float64]:
        """All sums, shape (B, M, K + 1, 2)."""
        return np.stack([self.of_model(m) for m in range(self.shape[1])], axis=1)


@dataclass(frozen=True)
class Tally:
    """Additive counts of ``M`` models over ``B`` buckets and at most ``K`` thresholds each.

    Attributes
    ----------
    models : tuple of str, length M
    scale : {"probability", "percent", "logit", "rank"}
        What the scores and thresholds are; log loss, Brier score and calibration use the probability they
        stand for, and are undefined for a ranking.
    thresholds : ndarray of float64, shape (M, K)
        Ascending observed scores of each model, padded with infinity (flag nothing).
    counts : ndarray of uint32, shape (B, M, K + 1, 2)
        Rows of each class (0 good, 1 defect) with exactly ``bin`` thresholds at or below their score. After
        `compact` of the smallest unsigned type that holds them.
    weights : ndarray of float64 like counts, or None
        Summed weights, where the data has them.
    values : ndarray of float64 like counts, SparseSums or None
        Summed (weighted) unit values, where the data has them; sparse after `compact` where that is smaller.
    losses : ndarray of float64, shape (B, M, 2, 3)
        By class: log loss without its infinite rows, clipped log loss, squared error; summed with weights.
    infinite : ndarray of int64, shape (B, M, 2)
        Rows scored exactly 0 or 1 on the wrong side, whose log loss is infinite.
    between : ndarray of int64, shape (M, 2)
        Rows of each class whose score is none of the thresholds; 0 where every score is a threshold.
    highest : ndarray of float64, shape (M, K + 1)
        Highest score in each bin; minus infinity where no row lies in it, NaN where it is not known.
    calibration : ndarray of float64, shape (B, M, 15, 2, 2)
        Weight and summed probability of each class in equally wide bins of probability.
    grouped : bool
        Whether rows come in groups (the units of a batch): a group's rows share a bucket.
    miss_prices : ndarray of float64, shape (B, M, K + 1), or None
        Summed (weighted) prices of missing the defects of each bin, where kinds of defect have prices. They
        belong to a scenario and are in no tally file.
    has_mean_prices : bool
        Whether each bucket has the mean price of a bin's defects, as nobody knows which kinds lie in it: sums
        over all buckets are exact, draws of buckets vary too little.
    breakdowns : Breakdowns, optional
        Counts of parts of the rows at the same thresholds, where they were asked for.
    """

    models: tuple[str, ...]
    scale: Scale
    thresholds: Floats
    counts: NDArray[np.unsignedinteger]
    weights: Floats | None
    values: Floats | SparseSums | None
    losses: Floats
    infinite: NDArray[np.int64]
    between: NDArray[np.int64]
    highest: Floats
    calibration: Floats
    grouped: bool = False
    miss_prices: Floats | None = None
    has_mean_prices: bool = False
    breakdowns: Breakdowns | None = None

    @property
    def masses(self) -> NDArray[np.unsignedinteger] | Floats:
        """What rates are made of: summed weights where rows are weighted, else counts."""
        return self.counts if self.weights is None else self.weights

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Number of rows of each class, shape (2,): good units, defects."""
        return np.asarray(self.counts[:, 0].sum(axis=(0, 1), dtype=np.int64))

    @cached_property
    def class_mass(self) -> Floats:
        """Rows of each class, weighted where rows are weighted, shape (2,)."""
        mass: Floats = self.bucket_mass.sum(axis=0)
        return mass

    @cached_property
    def bucket_mass(self) -> Floats:
        """Rows of each bucket and class, weighted where rows are weighted, shape (B, 2)."""
        mass: Floats = self.masses[:, 0].sum(axis=1, dtype=np.float64)
        return mass

    def index(self, model: str) -> int:
        """Position of ``model``; KeyError where the tally has no such model."""
        try:
            return self.models.index(model)
        except ValueError:
            raise KeyError(model) from None

    def of_models(self, at: slice | Sequence[int]) -> Tally:
        """The tally of some models alone, without breakdowns: views where they are a slice."""
        chosen = range(len(self.models))[at] if isinstance(at, slice) else at
        values = self.values
        if isinstance(values, SparseSums):
            values = np.stack([values.of_model(m) for m in chosen], axis=1)
        elif values is not None:
            values = values[:, at]
        return replace(
            self,
            models=tuple(self.models[m] for m in chosen),
            thresholds=self.thresholds[at],
            counts=self.counts[:, at],
            weights=None if self.weights is None else self.weights[:, at],
            values=values,
            losses=self.losses[:, at],
            infinite=self.infinite[:, at],
            between=self.between[at],
            highest=self.highest[at],
            calibration=self.calibration[:, at],
            miss_prices=None if self.miss_prices is None else self.miss_prices[:, at],
            breakdowns=None,
        )

    def of_model(self, model: int) -> Tally:
        """The tally of one model alone."""
        return self.of_models(slice(model, model + 1))

    def of_buckets(self, buckets: NDArray[np.intp]) -> Tally:
        """Tally of the rows of some buckets; ``between`` is an upper bound, ``highest`` not known."""

        def of(array: Floats | None) -> Floats | None:
            return None if array is None else array[buckets]

        return replace(
            self,
            counts=self.counts[buckets],
            weights=of(self.weights),
            values=of(self.dense_values),
            losses=self.losses[buckets],
            infinite=self.infinite[buckets],
            highest=np.full_like(self.highest, np.nan),
            calibration=self.calibration[buckets],
            miss_prices=of(self.miss_prices),
        )

    def compact(self) -> Tally:
        """The same in less memory; a sum of such tallies is as wide as any."""
        smallest = np.min_scalar_type(int(self.counts.max(initial=0)))
        values = self.values
        if isinstance(values, np.ndarray):
            values = SparseSums.of(values) or values
        return replace(self, counts=self.counts.astype(smallest, copy=False), values=values)

    @property
    def dense_values(self) -> Floats | None:
        """The summed values of units as an array, shape (B, M, K + 1, 2)."""
        return self.values.dense() if isinstance(self.values, SparseSums) else self.values

    def value_bins(self, model: int) -> Floats:
        """The summed values of one model's bins, shape (B, K + 1, 2), of a tally that has them."""
        values = self.values
        assert values is not None  # the caller asks first
        if isinstance(values, SparseSums):
            return values.of_model(model)
        own: Floats = values[:, model]
        return own

    def finite_thresholds(self, model: int) -> Floats:
        """Ascending thresholds of one model without the padding."""
        row: Floats = self.thresholds[model]
        return row[np.isfinite(row)]

    def position(self, model: int, threshold: float) -> int:
        """Which of a model's thresholds is the lowest at or above another; beyond the last is infinity."""
        return int(np.searchsorted(self.finite_thresholds(model), threshold, side="left"))

    @property
    def is_complete(self) -> bool:
        """Whether every score is a threshold: counts are exact everywhere, and the scores are still in it."""
        return not self.between.any()

    def is_exact(self, model: int, threshold: float) -> bool:
        """Whether the counts of one model are exact at a threshold, be it one of the tally's or not."""
        if not self.between[model].any():
            return True
        thresholds = np.append(self.finite_thresholds(model), np.inf)
        above = self.position(model, threshold)
        # Between two thresholds the higher one flags the same units where none lies between them.
        return bool(thresholds[above] == threshold or self.highest[model, above] < threshold)

    def __add__(self, other: Tally) -> Tally:
        """Tally of the rows of both; ValueError unless they are counted alike."""
        if (self.models, self.scale) != (other.models, other.scale):
            raise ValueError("tallies must be of the same models on the same scale to add")
        if not np.array_equal(self.thresholds, other.thresholds):
            raise ValueError("tallies must have equal thresholds to add")
        if (self.weights is None, self.values is None) != (
            other.weights is None,
            other.values is None,
        ):
            raise ValueError("tallies must both have weights, and both have values, to add")
        if self.grouped != other.grouped:
            raise ValueError("tallies must both be of rows that come in groups, or neither, to add")
        counts = np.add(self.counts, other.counts, dtype=np.uint32)
        if (counts < self.counts).any():
            raise OverflowError(TOO_MANY)
        return replace(
            self,
            counts=counts,
            weights=_sum(self.weights, other.weights),
            values=_sum(self.dense_values, other.dense_values),
            losses=self.losses + other.losses,
            infinite=self.infinite + other.infinite,
            between=self.between + other.between,
            highest=np.maximum(self.highest, other.highest),
            calibration=self.calibration + other.calibration,
            miss_prices=_sum(self.miss_prices, other.miss_prices),
            has_mean_prices=self.has_mean_prices or other.has_mean_prices,
            breakdowns=(
                None
                if self.breakdowns is None or other.breakdowns is None
                else self.breakdowns + other.breakdowns
            ),
        )


def _sum(a: Floats | None, b: Floats | None) -> Floats | None:
    return None if a is None or b is None else a + b


def empty_tally(
    models: Sequence[str],
    thresholds: Sequence[Floats],
    *,
    scale: Scale = "probability",
    weighted: bool = False,
    valued: bool = False,
    grouped: bool = False,
    buckets: int = BUCKETS,
) -> Tally:
    """Tally of no rows: the neutral element of addition, and what batches are counted into."""
    count = len(models)
    widest = max((t.size for t in thresholds), default=0)
    padded = np.full((count, widest), np.inf)
    for m, finite in enumerate(thresholds):
        padded[m, : finite.size] = finite
    shape = (buckets, count, widest + 1, 2)
    return Tally(
        models=tuple(models),
        scale=scale,
        thresholds=padded,
        counts=np.zeros(shape, np.uint32),
        weights=np.zeros(shape) if weighted else None,
        values=np.zeros(shape) if valued else None,
        losses=np.zeros((buckets, count, 2, 3)),
        infinite=np.zeros((buckets, count, 2), np.int64),
        between=np.zeros((count, 2), np.int64),
        highest=np.full((count, widest + 1), -np.inf),
        calibration=np.zeros((buckets, count, CALIBRATION_BINS, 2, 2)),
        grouped=grouped,
    )
