"""Which of many hashes occur more than once: by a hash table once compiled, else by sorting."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_PARTS, _FEW = 256, 1 << 15


def repeats(hashes: Hashes) -> Hashes:
    """Return the hashes that occur more than once, ascending, each once."""
    # A process that has loaded the compiler has use for it; one that only reads scores has none.
    if "numba" in sys.modules:
        found = _compiled()(hashes)
    else:
        ordered = np.sort(hashes)
        found = ordered[1:][ordered[1:] == ordered[:-1]]
    twice: Hashes = np.unique(found)
    return twice


@functools.cache
def _compiled() -> Callable[[Hashes], Hashes]:
    import numba

    compiled: Callable[[Hashes], Hashes] = numba.njit(cache=True, nogil=True)(met_again)
    return compiled


def met_again(hashes: Hashes) -> Hashes:
    """Return each hash that has come before, as often as it comes again.

    Notes
    -----
    Many are first dealt out by eight of their bits, so that the table of each part stays in a fast cache.
    """
    count = hashes.size
    parts = _PARTS if count > _FEW else 1
    shift, low = np.uint64(40), np.uint64(parts - 1)
    edges = np.zeros(parts + 1, np.int64)
    for k in range(count):
        edges[np.int64((hashes[k] >> shift) & low) + 1] += 1
    widest = np.int64(0)
    for part in range(parts):
        widest = max(widest, edges[part + 1])
        edges[part + 1] += edges[part]
    free = edges[:-1].copy()
    dealt = np.empty(count, np.uint64)
    for k in range(count):
        part = np.int64((hashes[k] >> shift) & low)
        dealt[free[part]] = hashes[k]
        free[part] += 1

    size = np.int64(64)
    while size < 2 * widest:
        size = size * np.int64(2)
    table = np.zeros(size, np.uint64)
    last = np.uint64(size - 1)
    nothing, one = np.uint64(0), np.uint64(1)
    again = np.empty(count, np.uint64)
    found = zeros = 0
    for part in range(parts):
        table[:] = nothing
        for k in range(edges[part], edges[part + 1]):
            h = dealt[k]
            if h == nothing:  # what says that a place is free
                zeros += 1
                continue
            at = h & last
            while table[at] != nothing and table[at] != h:
                at = (at + one) & last
            if table[at] == h:
                again[found] = h
                found += 1
            table[at] = h
    for _ in range(1, zeros):
        again[found] = nothing
        found += 1
    return again[:found]
