"""Rows into a tally, on all processors: each thread some of the buckets, of every model.

A bucket's counters of one model fill the fastest cache. They are fetched once for a million rows, not once
for every batch: batches are counted several together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.buckets import BUCKETS
from metrics.grouped import Grouped, grouped, keyed
from metrics.kept import choose_and_keep
from metrics.kernel import LINKS, count_rows, empty, lookup
from metrics.scores import Layout, Scores
from metrics.tally import MOST_ROWS, TOO_MANY, Tally, empty_tally
from metrics.thresholds import MAX_THRESHOLDS
from metrics.workers import Workers

TOGETHER, MOST_SCORES = 1 << 20, 8_000_000
"""Rows that are counted together, or of many models so many scores; a batch is not cut."""
PARTS = 10
"""Parts of the buckets, at least, each for one thread at a time; twice the threads, as some take longer."""


def tally_batches(tally: Tally, batches: Iterable[pa.RecordBatch], layout: Layout) -> Tally:
    """Count batches into ``tally`` in place, and return it.

    Parameters
    ----------
    tally : Tally
        From `empty_tally`; its arrays are written to.
    batches : iterable of pyarrow.RecordBatch
        In the canonical schema of the gate.
    layout : Layout
        Positions of the columns in a batch; rows are bucketed by their group where there is one, else by
        their id.
    """
    buckets = tally.counts.shape[0]
    return count(tally, (grouped(keyed(batch, layout), buckets) for batch in batches))


def count(tally: Tally, batches: Iterable[Grouped], threads: int | None = None) -> Tally:
    """Count ordered rows into ``tally`` in place, and return it.

    Parameters
    ----------
    tally : Tally
        Its arrays are written to.
    batches : iterable of Grouped
    threads : int, optional
        By default as many as there are processors.

    Raises
    ------
    OverflowError
        Where a counter would begin anew.
    """
    total = _rows_of_each(tally)
    with Workers(threads) as workers:
        into = _Into(tally, max(PARTS, 2 * workers.count))
        for few in _several(batches):
            total += sum(rows.rows for rows in few)
            workers.each(partial(into.add, few), len(into.parts))
        workers.wait()
    tally.between[:] += into.between.sum(axis=0)
    if total.max(initial=0) > MOST_ROWS and (_rows_of_each(tally) != total).any():
        raise OverflowError(TOO_MANY)
    for known in ("rows", "class_mass", "bucket_mass"):  # of before
        vars(tally).pop(known, None)
    return tally


class _Into:
    """A tally's arrays as the inner loop writes to them."""

    def __init__(self, tally: Tally, parts: int) -> None:
        self._tally = tally
        cuts = np.linspace(0, tally.counts.shape[0], parts + 1).round().astype(int)
        self.parts = list(pairwise(np.unique(cuts).tolist()))
        self._finite = [tally.finite_thresholds(m) for m in range(len(tally.models))]
        self._tables = [lookup(own) for own in self._finite]
        self.between = np.zeros((len(self.parts), *tally.between.shape), np.int64)

    def add(self, few: Sequence[Grouped], part: int) -> None:
        """Count the rows of one part of the buckets."""
        tally, nothing = self._tally, np.empty((0, 0, 0))
        first, last = self.parts[part]
        for m, own in enumerate(self._finite):
            starts, low, inverse_width = self._tables[m]
            for rows in few:
                count_rows(
                    rows.scores[m],
                    rows.edges,
                    first,
                    last,
                    rows.weights if tally.weights is not None else empty(),
                    rows.values if tally.values is not None else empty(),
                    own,
                    starts,
                    low,
                    inverse_width,
                    LINKS[tally.scale],
                    tally.counts[:, m],
                    nothing if tally.weights is None else tally.weights[:, m],
                    nothing if tally.values is None else tally.values[:, m],
                    tally.losses[:, m],
                    tally.infinite[:, m],
                    self.between[part, m],
                    tally.calibration[:, m],
                )


def _several(batches: Iterable[Grouped]) -> Iterator[list[Grouped]]:
    """Batches as they are counted together."""
    few: list[Grouped] = []
    rows = scores = 0
    for batch in batches:
        few.append(batch)
        rows += batch.rows
        scores += batch.rows * len(batch.scores)
        if rows >= TOGETHER or scores >= MOST_SCORES:
            yield few
            few, rows, scores = [], 0, 0
    if few:
        yield few


def _rows_of_each(tally: Tally) -> NDArray[np.int64]:
    """Rows that are counted of each model, shape (M,)."""
    return np.asarray(tally.counts.sum(axis=(0, 2, 3), dtype=np.int64))


def tally_scores(
    scores: Scores,
    *,
    max_thresholds: int = MAX_THRESHOLDS,
    also: Sequence[float] = (),
    thresholds: Sequence[NDArray[np.float64]] | None = None,
    buckets: int = BUCKETS,
) -> Tally:
    """Tally every row of opened score files.

    Parameters
    ----------
    scores : Scores
        From `metrics.open_scores`.
    max_thresholds : int
        Limit on the distinct scores that become thresholds of a model. With very many models it is lower:
        `metrics.scores.Layout.most_thresholds`.
    also : sequence of float
        Thresholds wanted besides, for every model; counts there are exact.
    thresholds : sequence of ndarray, one for each model, optional
        Use these instead of choosing; they ascend and are finite.
    buckets : int
        Number of buckets, at most 65,536.

    Returns
    -------
    Tally

    Raises
    ------
    ScoreError
        Where the gate finds a value that cannot be counted.

    Notes
    -----
    Counts at every threshold are exact, whatever their number. Rows are read once while they fit into
    `metrics.kept.KEPT_BYTES`. Else their scores are read a second time; see `metrics.kept`.
    """
    rows: Iterable[Grouped]
    if thresholds is None:
        most = min(max_thresholds, scores.layout.most_thresholds)
        thresholds, rows = choose_and_keep(scores, most, also=also, buckets=buckets)
    else:
        rows = (grouped(own, buckets) for own in scores.keyed_rows())
    tally = empty_tally(
        scores.models,
        thresholds,
        scale=scores.scale,
        weighted=scores.layout.weight is not None,
        valued=scores.layout.value is not None,
        buckets=buckets,
    )
    return count(tally, rows)
