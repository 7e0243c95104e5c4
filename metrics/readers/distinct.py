"""Which hashes occur more than once, in memory or, where they are too many, on disk."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

import numpy as np
from numpy.typing import NDArray

IN_MEMORY = 1 << 24
"""Hashes that are kept in memory; more are written to temporary files, 8 bytes each."""
_BITS = 6

Hashes = NDArray[np.uint64]


class Distinct:
    """Hashes as they come in, batch by batch.

    Parameters
    ----------
    limit : int
        Number of hashes up to which they stay in memory.

    Notes
    -----
    Past the limit each hash goes to one of 64 files by its highest bits, so that equal ones meet in
    one file and each file can be sorted by itself. The files have no names and vanish with the object.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = IN_MEMORY if limit is None else limit
        self._waiting: list[Hashes] = []
        self._count, self._in_order = 0, False
        self._files: list[IO[bytes]] = []

    def add(self, hashes: Hashes) -> None:
        """Take the hashes of a batch."""
        self._count += hashes.size
        if self._files:
            self._spill(hashes)
            return
        self._waiting.append(hashes)
        self._in_order = False
        if self._count > self._limit:
            stack = ExitStack()
            weakref.finalize(self, stack.close)
            self._files = [
                stack.enter_context(tempfile.TemporaryFile(buffering=1 << 16))  # noqa: SIM115
                for _ in range(1 << _BITS)
            ]
            for waiting in self._waiting:
                self._spill(waiting)
            self._waiting = []

    def _spill(self, hashes: Hashes) -> None:
        ordered = np.sort(hashes)
        edges = np.arange(1, 1 << _BITS, dtype=np.uint64) << np.uint64(64 - _BITS)
        for file, part in zip(
            self._files, np.split(ordered, np.searchsorted(ordered, edges)), strict=True
        ):
            file.write(part.tobytes())

    def _sorted(self) -> Iterator[Hashes]:
        """Yield all hashes in ascending order, a part at a time."""
        if not self._files:
            if not self._in_order:
                self._waiting = [np.concatenate([np.empty(0, np.uint64), *self._waiting])]
                self._waiting[0].sort()
                self._in_order = True
            yield from self._waiting
            return
        for file in self._files:
            file.seek(0)
            part = np.frombuffer(bytearray(file.read()), np.uint64)
            part.sort()
            yield part

    def repeated(self) -> Hashes:
        """Return the hashes that occur more than once, ascending, each once.

        Where they are more than the limit, the search ends before the last of them.
        """
        found, count = [np.empty(0, np.uint64)], 0
        for part in self._sorted():
            twice = np.unique(part[1:][part[1:] == part[:-1]])
            found.append(twice)
            count += twice.size
            if count > self._limit:
                break
        return np.concatenate(found)

    def holds(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Say of each hash whether it was taken."""
        there = np.zeros(hashes.size, bool)
        for part in self._sorted():
            there |= among(hashes, part)
        return there


def among(hashes: Hashes, known: Hashes) -> NDArray[np.bool_]:
    """Say of each hash whether it is in ``known``, which is sorted."""
    if known.size == 0:
        return np.zeros(hashes.size, bool)
    at = np.minimum(np.searchsorted(known, hashes), known.size - 1)
    there: NDArray[np.bool_] = known[at] == hashes
    return there
