"""Which thresholds of each model are counted: the pass over the scores that comes before the tally.

Up to a limit every distinct score is a threshold. Above it every distinct score of the rarer class is
one, and so is the next float above it, which keeps ties apart; the rest are quantiles of the other class.
Where even the rarer class has too many distinct scores, quantiles of both classes are taken.

Which distinct scores were seen, or of very many a sample that no order of the rows can change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numba
import numpy as np
from numpy.typing import NDArray

from metrics.io.hashing import Rows
from metrics.io.scores import USUAL_THRESHOLDS, Scores
from metrics.parallel import Workers

ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


"""No hash is above it."""


NONE = np.empty(0, np.int8)


"""Labels where there are none."""


@numba.njit(cache=True, nogil=True, inline="always")
def _mixed(bits: np.uint64) -> np.uint64:
    h = bits + np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@numba.njit(cache=True, nogil=True)
def hash_floats(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """64-bit hash of the bits of each float, shape ``values.shape``; 0.0 and -0.0 hash alike."""
    out = np.empty(values.size, np.uint64)
    bits = (values + 0.0).view(np.uint64)
    for k in range(values.size):
        out[k] = _mixed(bits[k])
    return out


@numba.njit(cache=True, nogil=True)
def add_distinct(
    values: NDArray[np.float64],
    labels: NDArray[np.int8],
    wanted: int,
    start: int,
    bound: np.uint64,
    table: NDArray[np.float64],
    held: int,
    most: int,
) -> tuple[int, int]:
    """Put values into a hash table until it holds so many.

    Parameters
    ----------
    values : shape (n,)
        Finite.
    labels : shape (n,) or (0,)
        Values with another label than ``wanted`` are passed over; without labels none.
    wanted : int
    start : int
        Values before it are passed over.
    bound : uint64
        Values with a hash above it are passed over.
    table : shape (a power of two,)
        NaN where free; changed in place.
    held, most : int
        How many it holds, and with how many to stop; less than its size.

    Returns
    -------
    (int, int)
        How far it came, and how many the table holds.
    """
    last = np.uint64(table.size - 1)
    one = np.empty(1)
    bits = one.view(np.uint64)
    every = labels.size == 0
    for k in range(start, values.size):
        if not every and labels[k] != wanted:
            continue
        one[0] = values[k] + 0.0
        h = _mixed(bits[0])
        if h > bound:
            continue
        at = h & last
        while not np.isnan(table[at]) and table[at] != one[0]:
            at = (at + np.uint64(1)) & last
        if np.isnan(table[at]):
            table[at] = one[0]
            held += 1
            if held >= most:
                return k + 1, held
    return values.size, held


class DistinctSample:
    """The distinct values of a stream, or past ``limit`` a sample of them that no order can change.

    Notes
    -----
    Keeps the ``limit`` values with the smallest hashes (a bottom-k or KMV sketch), so that the sample is
    the same however the rows are ordered or split. They lie in a hash table, which may hold twice as many
    before it is cut down again.

    References
    ----------
    Beyer et al.: On synopses for distinct-value estimation under multiset operations. SIGMOD 2007.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._bound = ALL
        self._held = 0
        self._table = _table(64)

    @property
    def exact(self) -> bool:
        """Whether ``values`` holds every distinct value seen."""
        self._cut()
        return bool(self._bound == ALL)

    @property
    def values(self) -> NDArray[np.float64]:
        """What is kept, ascending."""
        self._cut()
        return np.sort(self._table[~np.isnan(self._table)])

    def add(
        self, values: NDArray[np.float64], labels: NDArray[np.int8] = NONE, wanted: int = 0
    ) -> None:
        """Take in more values, in any order; where there are labels, those with the one that is wanted."""
        start = 0
        while start < values.size:
            most = min(2 * self.limit + 1, self._table.size // 2)
            start, self._held = add_distinct(
                values, labels, wanted, start, self._bound, self._table, self._held, most
            )
            if self._held >= most:
                if most > 2 * self.limit:
                    self._cut()
                else:
                    self._lay(self._table[~np.isnan(self._table)], 4 * self._table.size)

    @property
    def bound(self) -> np.uint64 | None:
        """Hashes above this were dropped; None while nothing was."""
        return None if self.exact else self._bound

    def take(self, values: NDArray[np.float64], bound: np.uint64 | None) -> None:
        """Take in what another sample of the same limit has seen: the sample of both, whatever the split."""
        self._bound = min(self._bound, ALL if bound is None else bound)
        own = self.values
        self._lay(own[hash_floats(own) <= self._bound], self._table.size)
        self.add(values)

    def _cut(self) -> None:
        """Drop all but the values with the smallest hashes."""
        if self._held <= self.limit:
            return
        values = self._table[~np.isnan(self._table)]
        hashes = hash_floats(values)
        self._bound = np.partition(hashes, self.limit - 1)[self.limit - 1]
        self._lay(values[hashes <= self._bound], self._table.size)

    def _lay(self, values: NDArray[np.float64], size: int) -> None:
        self._table = _table(size)
        _, self._held = add_distinct(values, NONE, 0, 0, ALL, self._table, 0, size)


def _table(size: int) -> NDArray[np.float64]:
    return np.full(size, np.nan)


MAX_THRESHOLDS = USUAL_THRESHOLDS


@dataclass
class ModelSketch:
    """What the first pass keeps of one model: distinct scores of each class, and the lowest score."""

    limit: int
    lowest: float = np.inf
    classes: tuple[DistinctSample, DistinctSample] = field(init=False)

    def __post_init__(self) -> None:
        """One sample for good units, one for defects."""
        self.classes = (DistinctSample(self.limit), DistinctSample(self.limit))

    def add(self, scores: NDArray[np.float64], labels: NDArray[np.int8]) -> None:
        """Take in some rows of one model."""
        if scores.size:
            self.lowest = min(self.lowest, float(scores.min()))
        for wanted, own in enumerate(self.classes):
            own.add(scores, labels, wanted)

    def take(self, other: ModelSketch) -> None:
        """Take in what was seen of the same model elsewhere."""
        self.lowest = min(self.lowest, other.lowest)
        for own, more in zip(self.classes, other.classes, strict=True):
            own.take(more.values, more.bound)

    def thresholds(self, rarer: int) -> NDArray[np.float64]:
        """Ascending thresholds; ``rarer`` is the class with fewer rows (1: defects)."""
        rare, other = self.classes[rarer], self.classes[1 - rarer]
        if rare.exact and other.exact:
            every = np.union1d(rare.values, other.values)
            if every.size <= self.limit:
                return every
        if rare.exact:
            with np.errstate(over="ignore"):  # infinity, above the largest float, is left out below
                chosen = np.union1d(rare.values, np.nextafter(rare.values, np.inf))
            filling = _quantiles(other.values, self.limit - rare.values.size)
        else:
            chosen = _quantiles(rare.values, self.limit // 2)
            filling = _quantiles(other.values, self.limit - chosen.size)
        every = np.union1d(np.union1d(chosen, filling), [self.lowest])
        finite: NDArray[np.float64] = every[np.isfinite(every)]
        return finite


def _quantiles(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """At most ``count`` of the sorted ``values``, evenly by rank and with both ends."""
    if values.size <= count:
        return values
    if count < 1:
        return values[:0]
    spread: NDArray[np.float64] = values[np.linspace(0, values.size - 1, count).round().astype(int)]
    return spread


def choose_thresholds(
    scores: Scores, *, max_thresholds: int = MAX_THRESHOLDS, also: Sequence[float] = ()
) -> list[NDArray[np.float64]]:
    """Choose the thresholds of every model in one pass over the rows.

    Parameters
    ----------
    scores : Scores
    max_thresholds : int
        Limit on the distinct scores taken of a model, at least 2. Where only the rarer class is taken
        whole, each of its scores brings the next float above it on top of the limit.
    also : sequence of float
        Thresholds that every model gets besides, observed or not.

    Returns
    -------
    list of ndarray, one for each model
        Finite, ascending, distinct, shape (k,) with the lowest observed score among them. They do not
        depend on the order of the rows.

    Raises
    ------
    ScoreError
        From the gate: this is the pass that reads and checks every value.
    """
    first = FirstPass(len(scores.models), max_thresholds)
    with Workers() as workers:
        for rows in scores.keyed_rows():
            workers.begin(first.add, rows)
    return first.thresholds(also)


class FirstPass:
    """What is learnt of the rows before they can be counted.

    Parameters
    ----------
    models, max_thresholds : int

    Attributes
    ----------
    sketches : list of ModelSketch
    totals : ndarray of int, shape (2,)
        Good units and defects.
    """

    def __init__(self, models: int, max_thresholds: int) -> None:
        self.sketches = [ModelSketch(max(2, max_thresholds)) for _ in range(models)]
        self._locks = [Lock() for _ in range(models)]
        self.totals, self._total = np.zeros(2, np.int64), Lock()

    def add(self, rows: Rows) -> None:
        """Take in some rows, from any thread and in any order."""
        defects = np.count_nonzero(rows.labels)
        with self._total:
            self.totals += (rows.count - defects, defects)
        for sketch, lock, own in zip(self.sketches, self._locks, rows.scores, strict=True):
            with lock:
                sketch.add(own, rows.labels)

    def thresholds(self, also: Sequence[float] = ()) -> list[NDArray[np.float64]]:
        """Thresholds of every model, once all rows are in; see `choose_thresholds`."""
        return thresholds_of(self.sketches, self.totals, also)


def thresholds_of(
    sketches: Sequence[ModelSketch], totals: NDArray[np.int64], also: Sequence[float] = ()
) -> list[NDArray[np.float64]]:
    """Thresholds of every model once all rows were seen.

    Parameters
    ----------
    sketches : sequence of ModelSketch
    totals : ndarray of int, shape (2,)
        Good units and defects.
    also : sequence of float
        Thresholds that every model gets besides.
    """
    rarer = int(totals[1] <= totals[0])
    extra = np.asarray([t for t in also if np.isfinite(t)], np.float64) + 0.0
    return [np.union1d(sketch.thresholds(rarer), extra) for sketch in sketches]
