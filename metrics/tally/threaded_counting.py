"""Multi-threaded counting of rows into a tally; each thread counts some of the buckets of every model.

The counters of one bucket and model fill the fastest cache. Several batches are counted together, so that
these counters are loaded once for a million rows instead of once for every batch.

A separate first pass over the rows chooses the thresholds. It stores data that makes counting faster. Small
data is stored completely. For large data only the slot of each row is stored. The second pass then reads only
scores, without hashing ids or parsing labels again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.io.hashing import BUCKETS, KeyedRows
from metrics.io.scores import Scores
from metrics.io.validation.read_batches import as_rows
from metrics.parallel import Workers
from metrics.read_ahead import ahead
from metrics.tally.breakdown import Axes
from metrics.tally.choose_thresholds import MAX_THRESHOLDS, FirstPass
from metrics.tally.kernel import LINKS, Floats, count_rows, empty, lookup
from metrics.tally.part_counts import PartCodes, PartCounts
from metrics.tally.row_order import (
    Codes,
    OrderedRows,
    Slots,
    no_codes,
    ordered,
    ordered_by,
    slot_bytes,
    slots_of,
)
from metrics.tally.tally import MOST_ROWS, TOO_MANY, Tally, empty_tally

MAX_KEPT_BYTES = 400_000_000
"""Memory limit for scores, weights and values stored by the first pass, in bytes."""
MAX_KEPT_SLOTS = 400_000_000
"""Memory limit for the slots stored by the first pass: one byte a row, more with over 128 buckets."""
ROWS_AT_ONCE, SCORES_AT_ONCE = 1 << 20, 8_000_000
"""Number of rows counted together; for many models, number of scores. A batch is never split."""
MIN_PARTS = 10
"""Smallest number of parts of the buckets. Twice as many parts as threads balance uneven run times."""
T = TypeVar("T")


def tally_scores(
    scores: Scores,
    *,
    max_thresholds: int = MAX_THRESHOLDS,
    also: Sequence[float] = (),
    thresholds: Sequence[Floats] | None = None,
    buckets: int = BUCKETS,
    by: Axes | None = None,
) -> Tally:
    """Tally every row of opened score files.

    Parameters
    ----------
    scores : Scores
        From `metrics.open_scores`.
    max_thresholds : int
        Largest number of distinct scores that become thresholds of a model. With very many models it is
        lower: `metrics.io.checked_columns.Columns.most_thresholds`.
    also : sequence of float
        Additional thresholds for every model; counts there are exact.
    thresholds : sequence of ndarray, one for each model, optional
        Use these thresholds instead of choosing; ascending and finite.
    buckets : int
        Number of buckets, at most 65,536.
    by : Axes, optional
        Axes for further counts by category: `Tally.breakdowns`.

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
    `MAX_KEPT_BYTES`. Otherwise their scores are read a second time.
    """
    rows: Iterable[OrderedRows]
    codes = PartCodes(by, scores.models) if by else None
    if are_chosen := thresholds is None:
        most = min(max_thresholds, scores.columns.most_thresholds)
        thresholds, rows = first_pass(scores, most, also=also, buckets=buckets, codes=codes)
    else:
        rows = (ordered(keyed, buckets, row_codes) for keyed, row_codes in _coded(scores, codes))
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
    parts = PartCounts(tally, codes, are_whole=are_chosen)
    tally = count(tally, rows, parts=parts)
    return replace(tally, breakdowns=parts.breakdowns(int(tally.rows.sum())))


def _coded(scores: Scores, codes: PartCodes | None) -> Iterator[tuple[KeyedRows, Codes | None]]:
    """All rows, with their category codes if they are counted by category."""
    if codes is None:
        for rows in scores.keyed_rows():
            yield rows, None
        return
    for batch in scores.labelled_rows():
        yield as_rows(batch), codes.of(batch)


class _BoundedStore(Generic[T]):
    """An ordered collection that drops everything if its total size exceeds a limit."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._slots: list[list[T]] = []

    def reserve(self, size: int) -> list[T]:
        """An empty list for an item of the given ``size``, whose position in the order is fixed now."""
        self._size += size
        slot: list[T] = []
        if self.is_whole:
            self._slots.append(slot)
        else:
            self._slots.clear()  # items that are added later are dropped with their list
        return slot

    @property
    def is_whole(self) -> bool:
        """Whether everything is stored."""
        return self._size <= self._most

    def all(self) -> list[T]:
        """All items in order."""
        return [item for slot in self._slots for item in slot]


def first_pass(
    scores: Scores,
    max_thresholds: int,
    *,
    also: Sequence[float],
    buckets: int,
    codes: PartCodes | None = None,
) -> tuple[list[Floats], Iterable[OrderedRows]]:
    """Thresholds by `thresholds_of`, and all rows again, ready for counting.

    The rows come from memory if all of them fit into `MAX_KEPT_BYTES`. Otherwise they are read again while
    they are iterated.
    """
    first = FirstPass(len(scores.models), max_thresholds)
    row_store = _BoundedStore[OrderedRows](MAX_KEPT_BYTES)
    slot_store = _BoundedStore[tuple[Slots, Codes]](MAX_KEPT_SLOTS)
    columns = 0 if codes is None else len(codes.columns)

    def add(
        rows: KeyedRows,
        row_codes: Codes | None,
        stored_rows: list[OrderedRows] | None,
        stored_slots: list[tuple[Slots, Codes]],
    ) -> None:
        slots = slots_of(rows, buckets)
        stored_slots.append((slots, no_codes() if row_codes is None else row_codes))
        if stored_rows is not None:
            stored_rows.append(ordered_by(rows, slots, buckets, row_codes))
        first.add(rows)

    with Workers() as workers:
        for rows, row_codes in _coded(scores, codes):
            stored_rows = row_store.reserve(rows.nbytes + rows.count * columns)
            stored_slots = slot_store.reserve(rows.count * (slot_bytes(buckets) + columns))
            sorted_rows = stored_rows if row_store.is_whole else None
            workers.begin(add, rows, row_codes, sorted_rows, stored_slots)
    again: Iterable[OrderedRows]
    if row_store.is_whole:
        again = row_store.all()
    elif slot_store.is_whole:
        again = ahead(_reread(scores, slot_store.all(), buckets))
    else:
        again = ahead(
            ordered(rows, buckets, row_codes) for rows, row_codes in _coded(scores, codes)
        )
    return first.thresholds(also), again


def _reread(
    scores: Scores, stored: Sequence[tuple[Slots, Codes]], buckets: int
) -> Iterator[OrderedRows]:
    """Read the scores of all rows again; their slots (and category codes, if any) are known."""
    waiting = deque(stored)
    slots, codes = waiting.popleft()
    for rows in scores.unkeyed_rows():
        while slots.size < rows.count and waiting:
            next_slots, next_codes = waiting.popleft()
            slots = np.concatenate([slots, next_slots])
            codes = np.concatenate([codes, next_codes], axis=1)
        if slots.size < rows.count:
            raise _changed(scores)
        yield ordered_by(rows, slots[: rows.count], buckets, codes[:, : rows.count])
        slots, codes = slots[rows.count :], codes[:, rows.count :]
    if slots.size or waiting:
        raise _changed(scores)


def _changed(scores: Scores) -> ScoreError:
    return ScoreError(
        "E_FILE",
        "rows must stay as they are while they are counted, and their number was changed",
        file=scores.files[0],
        hint="Open them again.",
    )


def count(
    tally: Tally,
    batches: Iterable[OrderedRows],
    threads: int | None = None,
    parts: PartCounts | None = None,
) -> Tally:
    """Count ordered rows into ``tally`` in place, and return it.

    Parameters
    ----------
    tally : Tally
        Its arrays are written to.
    batches : iterable of OrderedRows
    threads : int, optional
        By default the number of processors.
    parts : PartCounts, optional
        Also counts the rows by category.

    Raises
    ------
    OverflowError
        If a counter would overflow.
    """
    total = _rows_by_model(tally)
    with Workers(threads) as workers:
        counters = _Counters(tally, max(MIN_PARTS, 2 * workers.count))
        for group in _groups(batches):
            total += sum(rows.rows for rows in group)
            tasks = [partial(counters.add, group, k) for k in range(len(counters.parts))]
            if parts is not None:
                tasks += [partial(parts.add, group, k) for k in range(len(parts.tasks))]
            workers.each(partial(_run_task, tasks), len(tasks))
        workers.wait()
    tally.between[:] += counters.between.sum(axis=0)
    np.maximum(tally.highest, counters.highest.max(axis=0), out=tally.highest)
    if total.max(initial=0) > MOST_ROWS and (_rows_by_model(tally) != total).any():
        raise OverflowError(TOO_MANY)
    for cached in ("rows", "class_mass", "bucket_mass"):
        vars(tally).pop(cached, None)
    return tally


def _run_task(tasks: Sequence[Callable[[], None]], k: int) -> None:
    tasks[k]()


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
                    LINKS[tally.scale],
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
