"""Counts by category at every threshold of a tally, from the category codes of the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.parallel import processors
from metrics.tally.breakdown import ANSWERS, FLAGGED, Breakdown, Breakdowns
from metrics.tally.category_codes import CategoryCodes, CodeColumn, part_of_buckets
from metrics.tally.kernel import count_parts, empty, fill_bins, lookup
from metrics.tally.row_order import OrderedRows
from metrics.tally.tally import MOST_ROWS, TOO_MANY, Tally

COLUMNS_OF_TASK = 4
"""Smallest number of columns for a thread, if possible, because each thread finds the bins of all rows."""


class CategoryCounts:
    """Counts rows of a tally by category; each thread counts some columns of one model.

    Parameters
    ----------
    tally : Tally
        Source of the thresholds.
    codes : CategoryCodes
        Codes of the rows.
    are_whole : bool
        Whether ``codes`` has seen all rows, so that no new category appears.
    threads : int, optional
        Number of threads; by default the number of processors.
    """

    def __init__(
        self, tally: Tally, codes: CategoryCodes, *, are_whole: bool, threads: int | None = None
    ) -> None:
        self._tally, self._counted, self._columns = tally, codes.counted, codes.columns
        if are_whole:
            codes.close()
        # Categories that appear later would change the widths.
        self._widths = [column.width for column in codes.columns]
        self._tables = [
            (thresholds, *lookup(thresholds))
            for thresholds in map(tally.finite_thresholds, range(len(tally.models)))
        ]
        shares = -(-(threads or processors()) // len(tally.models))
        most = -(-len(codes.columns) // COLUMNS_OF_TASK)
        cuts = np.linspace(0, len(codes.columns), min(shares, most) + 1).round().astype(int)
        self.tasks = [
            (m, int(first), int(last))
            for m in range(len(tally.models))
            for first, last in pairwise(cuts)
        ]
        cells = 2 * tally.counts.shape[2]
        self._bin_type = np.min_scalar_type(cells)  # for the bins of both classes
        first_codes = len(ANSWERS) * part_of_buckets(len(tally.counts))
        self._first_codes = np.tile(first_codes, 2).astype(np.uint8)  # in the order of `edges`
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
            bins = np.empty(rows.rows, self._bin_type)
            of_class = self._tally.counts.shape[2]
            fill_bins(rows.scores[m], rows.goods, *self._tables[m], of_class, bins)
            weights = empty() if self._weights is None else rows.weights
            for k in range(first, last):
                begin = rows.goods if self._columns[k].is_of_defects else 0
                codes = rows.codes[k]
                if self._columns[k].parts > 1:
                    codes = codes + np.repeat(self._first_codes, np.diff(rows.edges))
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
            self._refuse_overflow()
        segments: dict[str, Breakdown] = {}
        kinds = today = flagged = None
        for k, column in enumerate(self._columns):
            breakdown = self._breakdown(k, column)
            if column.today is not None:
                flagged = breakdown.masses[:, FLAGGED]
                today = _sum_of_parts(breakdown)
            elif column.is_of_defects:
                kinds = breakdown
            else:
                segments[column.name] = breakdown
        return Breakdowns(
            segments=segments,
            defect_types=kinds,
            today=today,
            current_point=self._counted.today,
            flagged_today=flagged,
        )

    def _refuse_overflow(self) -> None:
        for m, columns in enumerate(self._counts):
            class_rows = self._tally.counts[:, m].sum(axis=(0, 1), dtype=np.int64)
            for column, counts in zip(self._columns, columns, strict=True):
                all_rows = class_rows[1] if column.is_of_defects else class_rows.sum()
                if counts.sum(dtype=np.int64) != all_rows:
                    raise OverflowError(TOO_MANY)

    def _breakdown(self, k: int, column: CodeColumn) -> Breakdown:
        """Breakdown of column ``k`` by part of the rows (first axis)."""
        weights = self._weights
        return Breakdown(
            column=column.name,
            categories=tuple(column.categories.names),
            models=self._tally.models,
            thresholds=self._tally.thresholds,
            counts=self._by_category(self._counts, k, column),
            weights=None if weights is None else self._by_category(weights, k, column),
            has_others=column.categories.has_others,
        )

    def _by_category(
        self, counts: Sequence[Sequence[NDArray[Any]]], k: int, column: CodeColumn
    ) -> NDArray[Any]:
        """Counters of column ``k`` in the layout of a breakdown, shape (parts, categories, M, K + 1, 2)."""
        bins, models = self._tally.counts.shape[2], len(self._tally.models)
        shape = (column.parts, len(column.categories.names))
        out: NDArray[Any] = np.empty((*shape, models, bins, 2), counts[0][k].dtype)
        for m, columns in enumerate(counts):
            by_code = columns[k].reshape(2, bins, -1)[:, :, : math.prod(shape)]
            out[:, :, m] = by_code.transpose(2, 1, 0).reshape(*shape, bins, 2)
        return out


def _sum_of_parts(by_part: Breakdown) -> Breakdown:
    """Breakdown of all rows, from a breakdown by part of the rows (first axis)."""
    counts, weights = by_part.counts, by_part.weights
    return replace(
        by_part,
        counts=counts.sum(axis=0, keepdims=True, dtype=counts.dtype),
        weights=None if weights is None else weights.sum(axis=0, keepdims=True),
    )
