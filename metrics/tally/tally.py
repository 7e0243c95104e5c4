"""The tally: additive confusion counts of any number of rows, in arrays of fixed size.

A tally has the number of rows for every bucket, model, threshold bin and class. Point estimates sum over the
buckets, and resamples weight the buckets. Tallies of different batches, files or machines can be added if
their thresholds are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.io.hash_buckets import BUCKETS
from metrics.io.read_options import Scale
from metrics.tally.bins import pad, sum_or_none
from metrics.tally.breakdown import Breakdowns
from metrics.tally.kernel import CALIBRATION_BINS, Floats
from metrics.tally.sparse_sums import SparseSums

MOST_ROWS = 0xFFFFFFFF
"""Largest number of rows in a cell of `Tally.counts`."""
TOO_MANY = f"a bin of a bucket must hold at most {MOST_ROWS:,} rows of a class"

_BY_BUCKET = ("counts", "weights", "values", "losses", "infinite", "calibration", "miss_prices")
"""Arrays by bucket (first axis) and model (second axis)."""
_BY_MODEL = ("thresholds", "between", "highest")
"""Arrays by model (first axis)."""
_ADDITIVE = ("weights", "losses", "infinite", "between", "calibration", "miss_prices", "breakdowns")
"""Attributes that are summed as they are."""


@dataclass(frozen=True)
class Tally:
    """Additive counts of ``M`` models over ``B`` buckets and at most ``K`` thresholds each.

    Attributes
    ----------
    models : tuple of str, length M
    scale : {"probability", "percent", "logit", "rank"}
        Scale of the scores and thresholds. Log loss, Brier score and calibration convert scores to
        probabilities, and are undefined for a ranking.
    thresholds : ndarray of float64, shape (M, K)
        Ascending observed scores of each model, padded with infinity (flag nothing).
    counts : ndarray of uint32, shape (B, M, K + 1, 2)
        Rows of each class (0 good, 1 defect) with exactly ``bin`` thresholds at or below their score.
        `compact` uses the smallest sufficient unsigned type.
    weights : ndarray of float64 like counts, or None
        Summed weights; `None` if the data has none.
    values : ndarray of float64 like counts, SparseSums or None
        Summed (weighted) unit values; `None` if the data has none. Sparse after `compact` if that is smaller.
    losses : ndarray of float64, shape (B, M, 2, 3)
        By class: log loss without its infinite rows, clipped log loss, squared error; weighted sums.
    infinite : ndarray of int64, shape (B, M, 2)
        Rows with an infinite log loss: a score of exactly 0 or 1 on the wrong side.
    between : ndarray of int64, shape (M, 2)
        Rows of each class with a score that is not a threshold; 0 if every score is a threshold.
    highest : ndarray of float64, shape (M, K + 1)
        Highest score in each bin; minus infinity in an empty bin, NaN if unknown.
    calibration : ndarray of float64, shape (B, M, 15, 2, 2)
        Sums of the weights, and of weight times probability, by class, in bins of probability of equal width.
    grouped : bool
        Whether rows come in groups, such as the units of a batch. The rows of a group share a bucket.
    miss_prices : ndarray of float64, shape (B, M, K + 1), or None
        Summed (weighted) prices of missing the defects of each bin; `None` if kinds of defect have no prices.
        Prices belong to a scenario and are not stored in a tally file.
    has_mean_prices : bool
        Whether each bucket has the mean price of a bin's defects, because its kinds are unknown. Sums over
        all buckets are then exact, but resamples of buckets vary too little.
    breakdowns : Breakdowns, optional
        Counts by category at the same thresholds, if requested.
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
        """Basis of rates: summed weights if rows are weighted, otherwise counts."""
        return self.counts if self.weights is None else self.weights

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Number of rows of each class, shape (2,): good units, defects."""
        return np.asarray(self.counts[:, 0].sum(axis=(0, 1), dtype=np.int64))

    @property
    def rows_are_independent(self) -> bool:
        """Whether every row has weight 1 and belongs to no group."""
        return not self.grouped and self.weights is None

    @cached_property
    def class_mass(self) -> Floats:
        """Mass of each class, shape (2,): rows, or their weights if rows are weighted."""
        mass: Floats = self.bucket_mass.sum(axis=0)
        return mass

    @cached_property
    def bucket_mass(self) -> Floats:
        """Mass of each bucket and class, shape (B, 2): rows, or their weights if rows are weighted."""
        mass: Floats = self.masses[:, 0].sum(axis=1, dtype=np.float64)
        return mass

    def index(self, model: str) -> int:
        """Position of ``model``; KeyError if the tally has no such model."""
        try:
            return self.models.index(model)
        except ValueError:
            raise KeyError(model) from None

    def of_models(self, at: slice | Sequence[int]) -> Tally:
        """The tally of some models, without breakdowns; arrays are views if the models are a slice."""
        positions = range(len(self.models))[at] if isinstance(at, slice) else at

        def select(array: NDArray[Any] | SparseSums) -> NDArray[Any]:
            return array.of_models(positions) if isinstance(array, SparseSums) else array[:, at]

        return replace(
            self,
            models=tuple(self.models[m] for m in positions),
            breakdowns=None,
            **self._changed(_BY_BUCKET, select),
            **self._changed(_BY_MODEL, itemgetter(at)),
        )

    def of_model(self, model: int) -> Tally:
        """The tally of a single model."""
        return self.of_models(slice(model, model + 1))

    def of_buckets(self, buckets: NDArray[np.intp]) -> Tally:
        """Tally of the rows of some buckets; ``between`` is an upper bound, ``highest`` is unknown (NaN)."""
        dense = replace(self, values=self.dense_values)
        highest = np.full_like(self.highest, np.nan)
        return replace(dense, highest=highest, **dense._changed(_BY_BUCKET, itemgetter(buckets)))

    def _changed(
        self, names: Sequence[str], change: Callable[[Any], NDArray[Any]]
    ) -> dict[str, Any]:
        """Some arrays after a change, by name; `None` for those that the tally lacks."""
        arrays = {name: getattr(self, name) for name in names}
        return {name: None if a is None else change(a) for name, a in arrays.items()}

    def compact(self) -> Tally:
        """The same tally in less memory. Sums of compact tallies have wide types."""
        smallest = np.min_scalar_type(int(self.counts.max(initial=0)))
        values = self.values
        if isinstance(values, np.ndarray):
            values = SparseSums.of(values) or values
        return replace(self, counts=self.counts.astype(smallest, copy=False), values=values)

    @property
    def dense_values(self) -> Floats | None:
        """Summed values of units as a dense array, shape (B, M, K + 1, 2)."""
        values = self.values
        if not isinstance(values, SparseSums):
            return values
        return values.of_models(range(len(self.models)))

    def value_bins(self, model: int) -> Floats:
        """Summed values of one model's bins, shape (B, K + 1, 2); the tally must have values."""
        values = self.values
        assert values is not None  # checked by the caller
        if isinstance(values, SparseSums):
            return values.of_model(model)
        bins: Floats = values[:, model]
        return bins

    def value_between(self, model: int, start: int, stop: int) -> Floats:
        """Summed values in a model's bins from ``start`` to ``stop`` (excluded), shape (B, 2)."""
        values = self.values
        assert values is not None  # checked by the caller
        if isinstance(values, SparseSums):
            return values.between(model, start, stop)
        return np.asarray(values[:, model, start:stop].sum(axis=1))

    def finite_thresholds(self, model: int) -> Floats:
        """Ascending thresholds of one model without the padding."""
        row: Floats = self.thresholds[model]
        return row[np.isfinite(row)]

    def position(self, model: int, threshold: float) -> int:
        """Position of a model's lowest threshold at or above a value; after the last one if none is."""
        return int(np.searchsorted(self.finite_thresholds(model), threshold, side="left"))

    @property
    def is_complete(self) -> bool:
        """Whether every score is a threshold: counts are exact everywhere, and scores are recoverable."""
        return not self.between.any()

    def is_exact(self, model: int, threshold: float) -> bool:
        """Whether the counts of one model are exact at a threshold, which need not be one of the tally's."""
        if not self.between[model].any():
            return True
        thresholds = np.append(self.finite_thresholds(model), np.inf)
        above = self.position(model, threshold)
        # Without scores in between, the next higher threshold flags the same units.
        return bool(thresholds[above] == threshold or self.highest[model, above] < threshold)

    def __add__(self, other: Tally) -> Tally:
        """Tally of the rows of both; ValueError unless both are counted in the same way."""
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
        added = {name: sum_or_none(getattr(self, name), getattr(other, name)) for name in _ADDITIVE}
        return replace(
            self,
            counts=counts,
            values=sum_or_none(self.dense_values, other.dense_values),
            highest=np.maximum(self.highest, other.highest),
            has_mean_prices=self.has_mean_prices or other.has_mean_prices,
            **added,
        )


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
    """Tally without rows: the neutral element of addition, and the start of counting batches."""
    padded = pad(thresholds)
    count, bins = padded.shape[0], padded.shape[1] + 1
    shape = (buckets, count, bins, 2)
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
        highest=np.full((count, bins), -np.inf),
        calibration=np.zeros((buckets, count, CALIBRATION_BINS, 2, 2)),
        grouped=grouped,
    )
