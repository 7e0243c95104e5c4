"""Detection of duplicate hashes among very many: in memory up to a limit, then on disk."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

IN_MEMORY = 1 << 23
"""Number of hashes held in memory; more are written to temporary files, 8 bytes each."""
_BITS = 6
"""Number of highest bits that choose one of 64 files."""


def repeats(hashes: Hashes) -> Hashes:
    """Return the hashes that occur more than once, ascending, each once. The input is sorted in place."""
    hashes.sort()
    repeated: Hashes = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    return repeated


def partitioned(hashes: Hashes, bits: int) -> list[Hashes]:
    """Return the hashes partitioned by their highest bits, in the order of these bits."""
    places = (hashes >> np.uint64(64 - bits)).astype(np.uint8)
    edges = np.cumsum(np.bincount(places, minlength=1 << bits))
    return np.split(hashes[np.argsort(places, kind="stable")], edges[:-1])


class RepeatedHashes:
    """Collects hashes batch by batch, and finds repeated ones.

    At most ``limit`` hashes are held in memory. More go to 64 files by their highest bits, so that equal
    hashes are in one file that can be searched alone. The files have no names, and are deleted when the
    object is closed or destroyed.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = IN_MEMORY if limit is None else limit
        self._count = 0
        self._memory: list[Hashes] = []
        self._files: list[IO[bytes]] = []
        self._stack = ExitStack()
        weakref.finalize(self, self._stack.close)

    def add(self, hashes: Hashes) -> None:
        """Add the hashes of a batch."""
        self._count += hashes.size
        self._memory.append(hashes)
        if self._count <= self._limit:
            return
        if not self._files:
            self._files = [
                self._stack.enter_context(tempfile.TemporaryFile(buffering=1 << 16))  # noqa: SIM115
                for _ in range(1 << _BITS)
            ]
        for batch in self._memory:
            for file, part in zip(self._files, partitioned(batch, _BITS), strict=True):
                file.write(part)
        self._memory.clear()

    def close(self) -> None:
        """Discard all hashes, and close their files."""
        self._memory.clear()
        self._stack.close()

    def _parts(self) -> Iterator[Hashes]:
        """Yield all hashes, equal ones in the same part."""
        if not self._files:
            self._memory = [np.concatenate([np.empty(0, np.uint64), *self._memory])]
            yield self._memory[0]
        for file in self._files:
            file.seek(0)
            yield np.fromfile(file, np.uint64)
            file.seek(0, os.SEEK_END)

    def repeated(self) -> Hashes:
        """Return the hashes that occur more than once, ascending, each once.

        If there are more than the limit, the search ends early.
        """
        repeated_hashes = np.empty(0, np.uint64)
        for part in self._parts():
            repeated_hashes = np.concatenate([repeated_hashes, repeats(part)])
            if repeated_hashes.size > self._limit:
                break
        return repeated_hashes

    def holds(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Return for each hash whether it was added."""
        is_known = np.zeros(hashes.size, bool)
        for part in self._parts():
            part.sort()
            is_known |= among(hashes, part)
        return is_known


def among(hashes: Hashes, sorted_hashes: Hashes) -> NDArray[np.bool_]:
    """Return for each hash whether it is in ``sorted_hashes``, which is sorted."""
    if sorted_hashes.size == 0:
        return np.zeros(hashes.size, bool)
    at = np.minimum(np.searchsorted(sorted_hashes, hashes), sorted_hashes.size - 1)
    is_known: NDArray[np.bool_] = sorted_hashes[at] == hashes
    return is_known
