"""Which of many hashes occur more than once: by a hash table once compiled, else by sorting."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_PARTS, _FEW, _SHIFT = 256, 1 << 15, 40


def repeats(hashes: Hashes) -> Hashes:
    """Return the hashes that occur more than once, ascending, each once."""
    if _has_compiler():
        parts = _PARTS if hashes.size > _FEW else 1
        found = _compiled(met_again)(*_compiled(deal)(hashes, _SHIFT, parts))
    else:
        ordered = np.sort(hashes)
        found = ordered[1:][ordered[1:] == ordered[:-1]]
    twice: Hashes = np.unique(found)
    return twice


def dealt_out(hashes: Hashes, bits: int) -> list[Hashes]:
    """Return the hashes in as many parts as their highest bits have values, in the order of these."""
    shift, parts = 64 - bits, 1 << bits
    if _has_compiler():
        dealt, edges = _compiled(deal)(hashes, shift, parts)
    else:
        places = (hashes >> np.uint64(shift)).astype(np.uint8)
        dealt = hashes[np.argsort(places, kind="stable")]
        edges = np.concatenate([[0], np.cumsum(np.bincount(places, minlength=parts))])
    return np.split(dealt, edges[1:-1])


def _has_compiler() -> bool:
    """Whether the process has use for it already; one that only reads scores has none."""
    return "numba" in sys.modules


@functools.cache
def _compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    import numba

    compiled: Callable[..., Any] = numba.njit(cache=True, nogil=True)(loop)
    return compiled


def deal(hashes: Hashes, shift: int, parts: int) -> tuple[Hashes, NDArray[np.int64]]:
    """Return the hashes ordered by so many values of the bits above ``shift``, and where each begins."""
    count = hashes.size
    right, low = np.uint64(shift), np.uint64(parts - 1)
    edges = np.zeros(parts + 1, np.int64)
    for k in range(count):
        edges[np.int64((hashes[k] >> right) & low) + 1] += 1
    for part in range(parts):
        edges[part + 1] += edges[part]
    free = edges[:-1].copy()
    dealt = np.empty(count, np.uint64)
    for k in range(count):
        own = np.int64((hashes[k] >> right) & low)
        dealt[free[own]] = hashes[k]
        free[own] += 1
    return dealt, edges


def met_again(dealt: Hashes, edges: NDArray[np.int64]) -> Hashes:
    """Return each hash that has come before, as often as it comes again.

    Parameters
    ----------
    dealt, edges
        From `deal`: equal hashes are in one part, and the table of a part stays in a fast cache.
    """
    size = np.int64(64)
    while size < 2 * np.diff(edges).max():
        size = size * np.int64(2)
    table = np.zeros(size, np.uint64)
    last = np.uint64(size - 1)
    nothing, one = np.uint64(0), np.uint64(1)
    again = np.empty(dealt.size, np.uint64)
    found = zeros = 0
    for part in range(edges.size - 1):
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
