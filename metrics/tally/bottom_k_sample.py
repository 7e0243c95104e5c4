"""Distinct values of a stream, or a bottom-k sample of them that does not depend on the order of rows."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from metrics.tally.kernel import Floats

_MAX_HASH = np.uint64(0xFFFFFFFFFFFFFFFF)
_NO_LABELS = np.empty(0, np.int8)
_FIRST_SIZE = 64
"""Slots of a new hash table; the table grows with the number of distinct values."""


@numba.njit(cache=True, nogil=True, inline="always")
def _mixed(bits: np.uint64) -> np.uint64:
    """Hash of 64 bits: the output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    h = bits + np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@numba.njit(cache=True, nogil=True)
def hash_floats(values: Floats) -> NDArray[np.uint64]:
    """64-bit hash of the bits of each float, shape ``values.shape``; 0.0 and -0.0 hash alike."""
    out = np.empty(values.size, np.uint64)
    bits = (values + 0.0).view(np.uint64)
    for k in range(values.size):
        out[k] = _mixed(bits[k])
    return out


@numba.njit(cache=True, nogil=True)
def add_distinct(
    values: Floats,
    labels: NDArray[np.int8],
    wanted: int,
    start: int,
    bound: np.uint64,
    table: Floats,
    held: int,
    most: int,
) -> tuple[int, int]:
    """Add values to a hash table until it holds ``most`` values.

    Parameters
    ----------
    values : shape (n,)
        Finite.
    labels : shape (n,) or (0,)
        Values with another label than ``wanted`` are skipped; without labels no value is skipped.
    wanted : int
    start : int
        Index of the first value to read.
    bound : uint64
        Values with a larger hash are skipped.
    table : shape (a power of two,)
        NaN in free slots; changed in place.
    held, most : int
        Number of values in the table, and number at which to stop; less than the table's size.

    Returns
    -------
    (int, int)
        Index of the first value not read, and number of values in the table.
    """
    last = np.uint64(table.size - 1)
    value = np.empty(1)
    bits = value.view(np.uint64)
    unlabelled = labels.size == 0
    for k in range(start, values.size):
        if not unlabelled and labels[k] != wanted:
            continue
        value[0] = values[k] + 0.0
        h = _mixed(bits[0])
        if h > bound:
            continue
        at = h & last
        while not np.isnan(table[at]) and table[at] != value[0]:
            at = (at + np.uint64(1)) & last
        if np.isnan(table[at]):
            table[at] = value[0]
            held += 1
            if held >= most:
                return k + 1, held
    return values.size, held


class BottomKSample:
    """The distinct values of a stream; a sample of them if there are more than ``limit``.

    Notes
    -----
    The sample is the ``limit`` values with the smallest hashes (a bottom-k or KMV sketch), so it is the same
    for any order or split of the rows. The hash table is reduced when it holds twice as many values.

    References
    ----------
    Beyer et al.: On synopses for distinct-value estimation under multiset operations. SIGMOD 2007.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._bound = _MAX_HASH
        self._held = 0
        self._table = _empty_table(_FIRST_SIZE)

    @property
    def exact(self) -> bool:
        """Whether ``values`` contains every distinct value seen."""
        self._cut()
        return bool(self._bound == _MAX_HASH)

    @property
    def values(self) -> Floats:
        """Stored values, ascending."""
        self._cut()
        return np.sort(self._table[~np.isnan(self._table)])

    def add(self, values: Floats, labels: NDArray[np.int8] = _NO_LABELS, wanted: int = 0) -> None:
        """Add values in any order; with labels, only values with the wanted label."""
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
                    self._fill(self._table[~np.isnan(self._table)], 4 * self._table.size)

    @property
    def bound(self) -> np.uint64 | None:
        """Largest hash that is not dropped; `None` if no value was dropped."""
        return None if self.exact else self._bound

    def take(self, values: Floats, bound: np.uint64 | None) -> None:
        """Merge the values and the bound of another sample with the same limit."""
        self._bound = min(self._bound, _MAX_HASH if bound is None else bound)
        before = self.values
        self._fill(before[hash_floats(before) <= self._bound], self._table.size)
        self.add(values)

    def _cut(self) -> None:
        """Drop all but the values with the smallest hashes."""
        if self._held <= self.limit:
            return
        values = self._table[~np.isnan(self._table)]
        hashes = hash_floats(values)
        self._bound = np.partition(hashes, self.limit - 1)[self.limit - 1]
        self._fill(values[hashes <= self._bound], self._table.size)

    def _fill(self, values: Floats, size: int) -> None:
        """Start a new table with these values only."""
        self._table = _empty_table(size)
        _, self._held = add_distinct(values, _NO_LABELS, 0, 0, _MAX_HASH, self._table, 0, size)


def _empty_table(size: int) -> Floats:
    return np.full(size, np.nan)
