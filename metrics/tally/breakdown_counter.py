"""Counting of rows by category at given thresholds, batch by batch, in one pass over the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.io.hash_buckets import bucket_of
from metrics.io.scores import Scores
from metrics.io.validation.read_batches import Batch
from metrics.tally.breakdown import ANSWERS, TODAY, Breakdown, BreakdownColumns, Breakdowns
from metrics.tally.categories import Categories
from metrics.tally.kernel import Floats, is_flagged


def count_breakdowns(
    scores: Scores, thresholds: Sequence[float], by: BreakdownColumns, *, buckets: int = 1
) -> Breakdowns:
    """Count rows by category in one pass over the rows.

    Parameters
    ----------
    scores : Scores
    thresholds : sequence of float
        Thresholds of the counts. Infinity is left out, because no unit is at or above it.
    by : BreakdownColumns
        Columns to count by, and the current system if its answers are counted too. Fixed categories are
        ignored.
    buckets : int
        1 if no intervals are needed; otherwise the number of buckets of the tally.

    Raises
    ------
    ScoreError
        See `Scores.labelled_rows`.

    Notes
    -----
    Memory is needed for one batch and the counts only, for any number of rows or distinct texts.
    """
    counter = BreakdownCounter(scores, thresholds, by, buckets=buckets)
    for batch in scores.labelled_rows():
        counter.add(batch)
    return counter.breakdowns()


def count_defect_types(scores: Scores) -> dict[str, int]:
    """Number of defects of each kind, most frequent first.

    Kinds that first appear after `MAX_CATEGORIES` others are counted as `OTHER`.

    Parameters
    ----------
    scores : Scores
        With a column of kinds of defect.

    Raises
    ------
    ScoreError
        See `Scores.labelled_rows`.
    """
    models, by = scores.models[:1], BreakdownColumns(defect_type=scores.columns.defect_type)
    counter = BreakdownCounter(scores, [], by, models=models)
    for batch in scores.labelled_rows(models, ids=False):
        counter.add(batch)
    breakdown = counter.breakdowns().defect_types
    if breakdown is None:
        return {}
    counts = breakdown.counts.sum(axis=(0, 2, 3, 4)).tolist()
    return dict(
        sorted(zip(breakdown.categories, counts, strict=True), key=lambda item: (-item[1], item[0]))
    )


class BreakdownCounter:
    """Incremental version of `count_breakdowns`: counts rows by category, batch by batch.

    Parameters
    ----------
    scores : Scores
        Source of the rows.
    thresholds, by, buckets
        As in `count_breakdowns`.
    models : sequence of str, optional
        Models of the scores in the batches, in this order; by default all.
    """

    def __init__(
        self,
        scores: Scores,
        thresholds: Sequence[float],
        by: BreakdownColumns,
        *,
        buckets: int = 1,
        models: Sequence[str] | None = None,
    ) -> None:
        finite = [t for t in thresholds if t < np.inf]
        self._thresholds: Floats = np.unique(np.asarray(finite, np.float64))
        self._models = scores.models if models is None else tuple(models)
        self._current_point = by.today
        self._buckets = buckets
        is_weighted = scores.columns.weight is not None

        def counter(column: str, *names: str) -> _AxisCounter:
            shape = (buckets, len(names), len(self._models), self._thresholds.size + 1, 2)
            weights = np.zeros(shape) if is_weighted else None
            return _AxisCounter(column, Categories(list(names)), np.zeros(shape, np.int64), weights)

        self._segments = {name: counter(name) for name in by.segments}
        self._defect_types = None if by.defect_type is None else counter(by.defect_type)
        self._today = None
        if by.today is not None:
            model, threshold = by.today
            self._today = counter(TODAY, *ANSWERS), self._models.index(model), threshold

    def add(self, batch: Batch) -> None:
        """Count some rows."""
        buckets = np.zeros(batch.labels.size, np.intp)
        if self._buckets > 1:
            buckets = bucket_of(batch.keys, self._buckets).astype(np.intp)
        bins = [np.searchsorted(self._thresholds, scores, side="right") for scores in batch.scores]
        all_rows = slice(None)
        for name, counter in self._segments.items():
            codes = counter.categories.codes(batch.parts[name])
            counter.add(batch, codes, buckets, bins, all_rows)
        if self._defect_types is not None:
            counter, defects = self._defect_types, batch.labels == 1
            codes = counter.categories.codes(batch.parts[counter.column].filter(pa.array(defects)))
            counter.add(batch, codes, buckets, bins, defects)
        if self._today is not None:
            counter, model, threshold = self._today
            codes = is_flagged(batch.scores[model], threshold).astype(np.uint8)
            counter.add(batch, codes, buckets, bins, all_rows)

    def breakdowns(self) -> Breakdowns:
        """Counts of all rows added so far."""

        def breakdown(counter: _AxisCounter) -> Breakdown:
            return counter.breakdown(self._models, self._thresholds)

        return Breakdowns(
            segments={name: breakdown(counter) for name, counter in self._segments.items()},
            defect_types=None if self._defect_types is None else breakdown(self._defect_types),
            today=None if self._today is None else breakdown(self._today[0]),
            current_point=self._current_point,
        )


@dataclass
class _AxisCounter:
    """Counts of one axis, updated batch by batch.

    ``counts`` and ``weights`` have the shape (B, C, M, K + 1, 2) of a `Breakdown`.
    """

    column: str
    categories: Categories
    counts: NDArray[np.int64]
    weights: Floats | None

    def add(
        self,
        batch: Batch,
        codes: NDArray[np.uint8],
        buckets: NDArray[np.intp],
        bins: Sequence[NDArray[np.intp]],
        among: NDArray[np.bool_] | slice,
    ) -> None:
        """Count the rows ``among`` of a batch; ``codes`` belong to these rows."""
        size = len(self.categories.names)
        if size > self.counts.shape[1]:  # new categories appeared
            self.counts = _pad_categories(self.counts, size)
            self.weights = None if self.weights is None else _pad_categories(self.weights, size)
        weights = None if batch.weights is None else batch.weights[among]
        shape = self.counts[:, :, 0].shape
        for m, model_bins in enumerate(bins):
            rows = (buckets[among], codes, model_bins[among], batch.labels[among])
            cells = np.ravel_multi_index(rows, shape)
            self.counts[:, :, m] += np.bincount(cells, minlength=math.prod(shape)).reshape(shape)
            if self.weights is not None:
                sums = np.bincount(cells, weights, math.prod(shape))
                self.weights[:, :, m] += sums.reshape(shape)

    def breakdown(self, models: tuple[str, ...], thresholds: Floats) -> Breakdown:
        return Breakdown(
            column=self.column,
            categories=tuple(self.categories.names),
            models=models,
            thresholds=np.tile(thresholds, (len(models), 1)),
            counts=self.counts,
            weights=self.weights,
            has_others=self.categories.has_others,
        )


def _pad_categories(array: NDArray[Any], size: int) -> NDArray[Any]:
    """A copy that is padded with zeros at the end of the second axis."""
    out = np.zeros((array.shape[0], size, *array.shape[2:]), array.dtype)
    out[:, : array.shape[1]] = array
    return out
