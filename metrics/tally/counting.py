"""Rows into a tally, on all processors: each thread some of the buckets, of every model.

A bucket's counters of one model fill the fastest cache. They are fetched once for a million rows, not once
for every batch: batches are counted several together.

Rows of one class and one bucket side by side, as the inner loop counts them.

What is kept of the pass over the rows that finds the thresholds, so that counting them costs less.

All of the rows where they are few. Where they are many, of each the number that says where it belongs: then
only the scores are read a second time, and no id is hashed and no label understood once more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.io.columns import Layout
from metrics.io.hashing import BUCKETS, Floats, Rows, hash_text
from metrics.io.scores import Scores
from metrics.parallel import Workers, ahead
from metrics.tally.kernel import LINKS, count_rows, empty, fill_slots, lookup, order_slots
from metrics.tally.tally import MOST_ROWS, TOO_MANY, Tally, empty_tally
from metrics.tally.thresholds import MAX_THRESHOLDS, FirstPass

Slots = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class Grouped:
    """The same rows with those of one class and one bucket side by side, good units first.

    Attributes
    ----------
    edges : ndarray of int64, shape (2 * buckets + 1,)
        Rows of class ``c`` in bucket ``b`` begin at ``edges[c * buckets + b]``.
    weights, values, scores
        As of `Rows`, in this order.
    """

    edges: NDArray[np.int64]
    weights: Floats
    values: Floats
    scores: tuple[Floats, ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.edges[-1])


def keyed(batch: pa.RecordBatch, layout: Layout) -> Rows:
    """Rows of a batch in the canonical schema of the gate.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    layout : Layout
        Positions of its columns.
    """
    return Rows(
        hash_text(batch.column(layout.id if layout.group is None else layout.group)),
        batch.column(layout.label).to_numpy(),
        _numbers(batch, layout.weight),
        _numbers(batch, layout.value),
        tuple(batch.column(position).to_numpy() for position in layout.models),
    )


def _numbers(batch: pa.RecordBatch, position: int | None) -> Floats:
    values: Floats = empty() if position is None else batch.column(position).to_numpy()
    return values


def slots_of(rows: Rows, buckets: int) -> Slots:
    """Class and bucket of each row as one small number, shape (rows,)."""
    slots = np.empty(rows.keys.size, np.min_scalar_type(2 * buckets - 1))
    fill_slots(rows.keys, rows.labels, buckets, slots)
    return slots


def in_order(rows: Rows, slots: Slots, buckets: int) -> Grouped:
    """Order rows by class and bucket, and within these as they came.

    Parameters
    ----------
    rows : Rows
        Of which neither keys nor labels are looked at.
    slots : ndarray of an unsigned integer, shape (rows,)
        From `slots_of`.
    buckets : int
    """
    order, edges = order_slots(slots, buckets)
    return Grouped(
        edges,
        rows.weights[order] if rows.weights.size else rows.weights,
        rows.values[order] if rows.values.size else rows.values,
        tuple(own[order] for own in rows.scores),
    )


def grouped(rows: Rows, buckets: int) -> Grouped:
    """Order rows by class and bucket, and within these as they came."""
    return in_order(rows, slots_of(rows, buckets), buckets)


KEPT_BYTES = 400_000_000


"""Scores, weights and values that are kept."""


KEPT_SLOTS = 400_000_000


"""Bytes that are kept of where rows belong: one of a row, more where there are more than 128 buckets."""


T = TypeVar("T")


class Kept(Generic[T]):
    """Things in the order in which places were asked for them, and none once they are too large together."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._places: list[list[T]] = []

    def place(self, size: int) -> list[T]:
        """A list to append to, whenever what belongs there is done; ``size`` is that of the thing."""
        self._size += size
        place: list[T] = []
        if self.is_whole:
            self._places.append(place)
        else:
            self._places.clear()  # what is still to be put there goes with its place
        return place

    @property
    def is_whole(self) -> bool:
        """Whether everything was kept."""
        return self._size <= self._most

    def all(self) -> list[T]:
        """Everything, in order."""
        return [own for place in self._places for own in place]


def choose_and_keep(
    scores: Scores, max_thresholds: int, *, also: Sequence[float], buckets: int
) -> tuple[list[NDArray[np.float64]], Iterable[Grouped]]:
    """As `metrics.tally.thresholds.choose_thresholds`; and all rows once more, ready to be counted.

    Parameters
    ----------
    scores : Scores
    max_thresholds : int
    also : sequence of float
    buckets : int

    Returns
    -------
    list of ndarray, one for each model
    iterable of Grouped
        What was kept, where all rows fit into `KEPT_BYTES`. Else they are read anew as it is iterated.

    Raises
    ------
    ScoreError
        From the gate.
    """
    first = FirstPass(len(scores.models), max_thresholds)
    every, belonging = Kept[Grouped](KEPT_BYTES), Kept[Slots](KEPT_SLOTS)

    def take(rows: Rows, place: list[Grouped] | None, slot: list[Slots]) -> None:
        slots = slots_of(rows, buckets)
        slot.append(slots)
        if place is not None:
            place.append(in_order(rows, slots, buckets))
        first.add(rows)

    with Workers() as workers:
        for rows in scores.keyed_rows():
            place = every.place(rows.nbytes)
            slot = belonging.place(rows.count * np.min_scalar_type(2 * buckets - 1).itemsize)
            workers.begin(take, rows, place if every.is_whole else None, slot)
    again: Iterable[Grouped]
    if every.is_whole:
        again = every.all()
    elif belonging.is_whole:
        again = ahead(_where_they_belong(scores, deque(belonging.all()), buckets))
    else:
        again = ahead(grouped(rows, buckets) for rows in scores.keyed_rows())
    return first.thresholds(also), again


def _where_they_belong(scores: Scores, slots: Sequence[Slots], buckets: int) -> Iterator[Grouped]:
    """Read the scores of all rows anew."""
    waiting = deque(slots)
    own = waiting.popleft()
    for rows in scores.unkeyed_rows():
        while own.size < rows.count and waiting:
            own = np.concatenate([own, waiting.popleft()])
        if own.size < rows.count:
            raise _changed(scores)
        yield in_order(rows, own[: rows.count], buckets)
        own = own[rows.count :]
    if own.size or waiting:
        raise _changed(scores)


def _changed(scores: Scores) -> ScoreError:
    return ScoreError(
        "E_FILE",
        "rows must stay as they are while they are counted, and their number was changed",
        file=scores.files[0],
        hint="Open them again.",
    )


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
    `KEPT_BYTES`. Else their scores are read a second time.
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
        grouped=scores.layout.group is not None,
        buckets=buckets,
    )
    return count(tally, rows)
