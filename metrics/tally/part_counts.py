"""Counts by category at every threshold of a tally, and the category codes of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.io.validation.read_batches import Batch
from metrics.parallel import processors
from metrics.tally.breakdown import (
    ANSWERS,
    FLAGGED,
    PARTS,
    TODAY,
    Axes,
    Breakdown,
    Breakdowns,
    part_of_buckets,
)
from metrics.tally.categories import Categories
from metrics.tally.kernel import count_parts, empty, fill_bins, is_flagged, lookup
from metrics.tally.row_order import Codes, OrderedRows
from metrics.tally.tally import MOST_ROWS, TOO_MANY, Tally

COLUMNS_OF_TASK = 4
"""Smallest number of columns for a thread, if there are enough: each thread finds the bins of all rows."""


class PartCodes:
    """Assigns category codes to rows, while new categories still appear.

    Parameters
    ----------
    axes : Axes
    models : sequence of str
        Models whose scores the batches have.
    """

    def __init__(self, axes: Axes, models: Sequence[str]) -> None:
        self.axes = axes
        self.segments = {
            name: Categories.fixed(axes.segment_categories.get(name)) for name in axes.segments
        }
        self.kinds = Categories.fixed(axes.kind_categories)
        self._today = None if axes.today is None else models.index(axes.today[0])

    @property
    def columns(self) -> int:
        """Number of columns of the codes."""
        return (
            len(self.segments) + (self.axes.defect_type is not None) + (self.axes.today is not None)
        )

    def close(self) -> None:
        """Stop adding categories. New ones from a file that changes while it is read go into `OTHER`."""
        for categories in (*self.segments.values(), self.kinds):
            categories.are_fixed = True

    def widths(self) -> list[int]:
        """Number of codes of each column, including room for categories that may still appear.

        Compiled code uses the codes as indices without a bounds check.
        """
        widths = [categories.max_size for categories in self.segments.values()]
        if self.axes.defect_type is not None:
            widths.append(self.kinds.max_size)
        return widths + ([] if self.axes.today is None else [PARTS * len(ANSWERS)])

    def of(self, batch: Batch) -> Codes:
        """Codes of some rows; a good unit's kind of defect is 0, for any meaning of the code 0."""
        codes = np.zeros((self.columns, batch.labels.size), np.uint8)
        for k, (name, categories) in enumerate(self.segments.items()):
            codes[k] = categories.codes(batch.parts[name])
        kind, k = self.axes.defect_type, len(self.segments)
        if kind is not None:
            defects = np.flatnonzero(batch.labels == 1)
            codes[k, defects] = self.kinds.codes(batch.parts[kind].take(pa.array(defects)))
        if self._today is not None and self.axes.today is not None:
            codes[-1] = is_flagged(batch.scores[self._today], self.axes.today[1])
        return codes


class PartCounts:
    """Counts rows of a tally by category; each thread counts some columns of one model.

    Parameters
    ----------
    tally : Tally
        Source of the thresholds.
    codes : PartCodes
        Codes of the rows.
    are_whole : bool
        Whether ``codes`` has seen all rows, so that no new category appears.
    threads : int, optional
        Number of threads; by default the number of processors.
    """

    def __init__(
        self, tally: Tally, codes: PartCodes, *, are_whole: bool, threads: int | None = None
    ) -> None:
        self._tally, self._codes = tally, codes
        if are_whole:
            codes.close()
        self._widths = codes.widths()
        self._tables = [
            (thresholds, *lookup(thresholds))
            for thresholds in map(tally.finite_thresholds, range(len(tally.models)))
        ]
        shares = -(-(threads or processors()) // len(tally.models))
        most = -(-codes.columns // COLUMNS_OF_TASK)
        cuts = np.linspace(0, codes.columns, min(shares, most) + 1).round().astype(int)
        self.tasks = [
            (m, int(first), int(last))
            for m in range(len(tally.models))
            for first, last in pairwise(cuts)
        ]
        cells = 2 * tally.counts.shape[2]
        self._bin_type = np.min_scalar_type(cells)
        self._kinds = None if codes.axes.defect_type is None else len(codes.segments)
        self._today = None if codes.axes.today is None else codes.columns - 1
        parts = len(ANSWERS) * part_of_buckets(len(tally.counts))
        self._parts = np.tile(parts, 2).astype(np.uint8)  # for good units, then for defects
        models = range(len(tally.models))
        self._counts = [
            [np.zeros(cells * width, np.uint32) for width in self._widths] for _ in models
        ]
        self._weights = None
        if tally.weights is not None:
            self._weights = [[np.zeros(cells * width) for width in self._widths] for _ in models]

    def add(self, batches: Sequence[OrderedRows], task: int) -> None:
        """Count some columns of one model."""
        m, first, last = self.tasks[task]
        for rows in batches:
            goods = int(rows.edges[rows.edges.size // 2])
            bins = np.empty(rows.rows, self._bin_type)
            fill_bins(rows.scores[m], goods, *self._tables[m], self._tally.counts.shape[2], bins)
            weights = empty() if self._weights is None else rows.weights
            for k in range(first, last):
                begin = goods if k == self._kinds else 0
                codes = rows.codes[k]
                if k == self._today:  # this column is also counted by part of the rows
                    codes = codes + np.repeat(self._parts, np.diff(rows.edges))
                count_parts(
                    bins[begin:],
                    codes[begin:],
                    weights[begin:],
                    self._widths[k],
                    self._counts[m][k],
                    empty() if self._weights is None else self._weights[m][k],
                )

    def breakdowns(self, rows: int) -> Breakdowns:
        """Counts of all rows; ``rows`` is their number.

        Raises
        ------
        OverflowError
            If a counter overflowed.
        """
        if rows > MOST_ROWS:
            for m, columns in enumerate(self._counts):
                class_rows = self._tally.counts[:, m].sum(axis=(0, 1), dtype=np.int64)
                for k, counts in enumerate(columns):
                    all_rows = class_rows[1] if k == self._kinds else class_rows.sum()
                    if counts.sum(dtype=np.int64) != all_rows:
                        raise OverflowError(TOO_MANY)
        codes, axes = self._codes, self._codes.axes
        segments = {
            name: self._breakdown(k, name, categories)
            for k, (name, categories) in enumerate(codes.segments.items())
        }
        kinds, k = None, len(segments)
        if axes.defect_type is not None:
            kinds = self._breakdown(k, axes.defect_type, codes.kinds)
        today = flagged = None
        if axes.today is not None:
            answers = Categories([*ANSWERS])
            by_part = self._breakdown(codes.columns - 1, TODAY, answers, PARTS)
            flagged = by_part.masses[:, FLAGGED]
            today = replace(
                by_part,
                counts=by_part.counts.sum(axis=0, keepdims=True, dtype=by_part.counts.dtype),
                weights=None
                if by_part.weights is None
                else by_part.weights.sum(axis=0, keepdims=True),
            )
        return Breakdowns(segments, kinds, today, axes.today, flagged)

    def _breakdown(self, k: int, column: str, categories: Categories, parts: int = 1) -> Breakdown:
        """Breakdown of one column."""
        tally, size = self._tally, len(categories.names)
        return Breakdown(
            column,
            tuple(categories.names),
            tally.models,
            tally.thresholds,
            self._laid_out(self._counts, k, size, parts),
            None if self._weights is None else self._laid_out(self._weights, k, size, parts),
            categories.has_others,
        )

    def _laid_out(
        self, counts: Sequence[Sequence[NDArray[Any]]], k: int, size: int, parts: int
    ) -> NDArray[Any]:
        """Counters of a column's codes in the layout of a breakdown, shape (parts, size, M, K + 1, 2)."""
        bins, models = self._tally.counts.shape[2], len(self._tally.models)
        out: NDArray[Any] = np.empty((parts, size, models, bins, 2), counts[0][k].dtype)
        for m, columns in enumerate(counts):
            by_code = columns[k].reshape(2, bins, -1)[:, :, : parts * size]
            out[:, :, m] = by_code.transpose(2, 1, 0).reshape(parts, size, bins, 2)
        return out
