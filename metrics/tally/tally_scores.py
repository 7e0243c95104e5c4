"""Tally of score files, counted in threads; each thread counts some of the buckets of every model.

The counters of one bucket and model fill the fastest cache. Several batches are counted together, so that
these counters are loaded once for a million rows instead of once for every batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metrics.io.countable_rows import CountableRows
from metrics.io.hash_buckets import BUCKETS
from metrics.io.max_thresholds import MAX_THRESHOLDS
from metrics.parallel import Workers
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.category_codes import CategoryCodes
from metrics.tally.category_counts import CategoryCounts
from metrics.tally.first_pass import coded_rows, first_pass
from metrics.tally.kernel import SCALE_CODES, Floats, count_rows, empty, lookup
from metrics.tally.row_order import OrderedRows, order_rows
from metrics.tally.tally import MOST_ROWS, TOO_MANY, Tally, empty_tally

ROWS_AT_ONCE, SCORES_AT_ONCE = 1 << 20, 8_000_000
"""Numbers of rows and of scores (rows times models) at which a group of batches is counted."""
MIN_PARTS, PARTS_PER_THREAD = 10, 2
"""Smallest number of parts of the buckets, and parts per thread, which balance uneven run times."""


def tally_scores(
    scores: CountableRows,
    *,
    max_thresholds: int = MAX_THRESHOLDS,
    also: Sequence[float] = (),
    thresholds: Sequence[Floats] | None = None,
    buckets: int = BUCKETS,
    by: BreakdownColumns | None = None,
) -> Tally:
    """Tally every row of opened score files.

    Parameters
    ----------
    scores : CountableRows
        Usually `Scores` from `metrics.open_scores`.
    max_thresholds : int
        Largest number of distinct scores that become thresholds of a model. With very many models it is
        lower: `metrics.io.checked_columns.Columns.most_thresholds`.
    also : sequence of float
        Additional thresholds for every model; counts there are exact.
    thresholds : sequence of ndarray, one for each model, optional
        Use these thresholds instead of choosing; ascending and finite.
    buckets : int
        Number of buckets, at most 65,536.
    by : BreakdownColumns, optional
        Columns and system of further counts by category: `Tally.breakdowns`.

    Returns
    -------
    Tally

    Raises
    ------
    ScoreError
        If an input check finds a value that cannot be counted.

    Notes
    -----
    Counts at every threshold are exact, for any number of thresholds. Rows are read once if they fit into
    `MAX_STORED_BYTES`. Otherwise their scores are read a second time.
    """
    rows: Iterable[OrderedRows]
    codes = CategoryCodes(by, scores.models) if by else None
    if are_chosen := thresholds is None:
        most = min(max_thresholds, scores.columns.most_thresholds)
        thresholds, rows = first_pass(scores, most, also=also, buckets=buckets, codes=codes)
    else:
        rows = (
            order_rows(keyed, buckets, row_codes) for keyed, row_codes in coded_rows(scores, codes)
        )
    tally = empty_tally(
        scores.models,
        thresholds,
        scale=scores.scale,
        weighted=scores.columns.weight is not None,
        valued=scores.columns.value is not None,
        grouped=scores.columns.group is not None,
        buckets=buckets,
    )
    if codes is None:
        return count(tally, rows)
    parts = CategoryCounts(tally, codes, are_whole=are_chosen)
    tally = count(tally, rows, parts=parts)
    return replace(tally, breakdowns=parts.breakdowns(int(tally.rows.sum())))


def count(
    tally: Tally,
    batches: Iterable[OrderedRows],
    threads: int | None = None,
    parts: CategoryCounts | None = None,
) -> Tally:
    """Count ordered rows into ``tally`` in place, and return it.

    Parameters
    ----------
    tally : Tally
        Its arrays are written to.
    batches : iterable of OrderedRows
    threads : int, optional
        By default the number of processors.
    parts : CategoryCounts, optional
        Also counts the rows by category.

    Raises
    ------
    OverflowError
        If a counter would overflow.
    """
    total = _rows_by_model(tally)
    with Workers(threads) as workers:
        counters = _Counters(tally, max(MIN_PARTS, PARTS_PER_THREAD * workers.count))
        for group in _groups(batches):
            total += sum(rows.rows for rows in group)
            tasks = [partial(counters.add, group, k) for k in range(len(counters.parts))]
            if parts is not None:
                tasks += [partial(parts.add, group, k) for k in range(len(parts.tasks))]
            workers.each(tasks)
        workers.wait()
    tally.between[:] += counters.between.sum(axis=0)
    np.maximum(tally.highest, counters.highest.max(axis=0), out=tally.highest)
    if total.max(initial=0) > MOST_ROWS and (_rows_by_model(tally) != total).any():
        raise OverflowError(TOO_MANY)
    for name in ("rows", "class_mass", "bucket_mass"):  # cached before the rows were counted
        vars(tally).pop(name, None)
    return tally


class _Counters:
    """Writable arrays of a tally for the inner loop, split into parts of the buckets."""

    def __init__(self, tally: Tally, parts: int) -> None:
        self._tally = tally
        cuts = np.linspace(0, tally.counts.shape[0], parts + 1).round().astype(int)
        self.parts = list(pairwise(np.unique(cuts).tolist()))
        self._thresholds = [tally.finite_thresholds(m) for m in range(len(tally.models))]
        self._tables = [lookup(thresholds) for thresholds in self._thresholds]
        self.between = np.zeros((len(self.parts), *tally.between.shape), np.int64)
        self.highest = np.full((len(self.parts), *tally.highest.shape), -np.inf)

    def add(self, batches: Sequence[OrderedRows], part: int) -> None:
        """Count the rows of one part of the buckets."""
        tally, no_sums = self._tally, np.empty((0, 0, 0))
        values = tally.dense_values
        first, last = self.parts[part]
        for m, thresholds in enumerate(self._thresholds):
            starts, low, inverse_width = self._tables[m]
            for rows in batches:
                count_rows(
                    rows.scores[m],
                    rows.edges,
                    first,
                    last,
                    rows.weights if tally.weights is not None else empty(),
                    rows.values if values is not None else empty(),
                    thresholds,
                    starts,
                    low,
                    inverse_width,
                    SCALE_CODES[tally.scale],
                    tally.counts[:, m],
                    no_sums if tally.weights is None else tally.weights[:, m],
                    no_sums if values is None else values[:, m],
                    tally.losses[:, m],
                    tally.infinite[:, m],
                    self.between[part, m],
                    self.highest[part, m],
                    tally.calibration[:, m],
                )


def _groups(batches: Iterable[OrderedRows]) -> Iterator[list[OrderedRows]]:
    """Groups of batches that are counted together."""
    group: list[OrderedRows] = []
    rows = scores = 0
    for batch in batches:
        group.append(batch)
        rows += batch.rows
        scores += batch.rows * len(batch.scores)
        if rows >= ROWS_AT_ONCE or scores >= SCORES_AT_ONCE:
            yield group
            group, rows, scores = [], 0, 0
    if group:
        yield group


def _rows_by_model(tally: Tally) -> NDArray[np.int64]:
    """Number of rows that are counted for each model, shape (M,)."""
    return np.asarray(tally.counts.sum(axis=(0, 2, 3), dtype=np.int64))
