"""Detection of duplicate hashes among very many: in memory up to a limit, then on disk."""

from __future__ import annotations

import os
import tempfile
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import IO

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def repeats(hashes: Hashes) -> Hashes:
    """Return the hashes that occur more than once, ascending, each once."""
    ordered = np.sort(hashes)
    repeated: Hashes = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    return repeated


def dealt_out(hashes: Hashes, bits: int) -> list[Hashes]:
    """Return the hashes partitioned by their highest bits, in the order of these bits."""
    places = (hashes >> np.uint64(64 - bits)).astype(np.uint8)
    edges = np.cumsum(np.bincount(places, minlength=1 << bits))
    return np.split(hashes[np.argsort(places, kind="stable")], edges[:-1])


IN_MEMORY = 1 << 24
"""Number of hashes held in memory; more are written to temporary files, 8 bytes each."""


_BITS = 6
_WAITING = 1 << 20
"""Number of hashes partitioned at a time."""


_AT_ONCE, _MANY = 2, 1 << 30
"""Number of parts searched at the same time in memory, and total hashes from which it is only one."""


class RepeatedHashes:
    """Collects hashes batch by batch, and finds repeated ones.

    Parameters
    ----------
    limit : int
        Largest number of hashes held in memory.

    Notes
    -----
    Each hash goes to one of 64 parts by its highest bits, so equal hashes are in one part that can be
    searched alone. Beyond the limit a part is a file. The files have no names, and are deleted when the
    object is closed or destroyed.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = IN_MEMORY if limit is None else limit
        self._waiting: list[Hashes] = []
        self._parts: list[list[Hashes]] = [[] for _ in range(1 << _BITS)]
        self._count = self._to_deal = 0
        self._files: list[IO[bytes]] = []
        self._stack = ExitStack()
        weakref.finalize(self, self._stack.close)
        # Partitioning runs in the background while the caller reads the next rows, one batch at a time.
        self._dealer = ThreadPoolExecutor(1)
        self._dealing: Future[None] | None = None

    def add(self, hashes: Hashes) -> None:
        """Add the hashes of a batch."""
        self._count += hashes.size
        self._to_deal += hashes.size
        self._waiting.append(hashes)
        if not self._files and self._count > self._limit:
            self._dealt()
            self._files = [
                self._stack.enter_context(tempfile.TemporaryFile(buffering=1 << 16))  # noqa: SIM115
                for _ in self._parts
            ]
            for part, file in zip(self._parts, self._files, strict=True):
                file.writelines(part)
                part.clear()
        if self._to_deal >= _WAITING:
            self._dealt()
            self._dealing = self._dealer.submit(self._deal, self._taken())

    def close(self) -> None:
        """Discard all hashes, and close their files."""
        self._dealt()
        self._dealer.shutdown()
        self._stack.close()

    def _dealt(self) -> None:
        """Wait for the current partitioning, and raise its error, such as a full disk."""
        # The future is not stored, because an error with a reference to this object would keep its files.
        dealing, self._dealing = self._dealing, None
        if dealing is not None:
            dealing.result()

    def _taken(self) -> list[Hashes]:
        """Return the waiting hashes, and clear the list."""
        waiting, self._waiting, self._to_deal = self._waiting, [], 0
        return waiting

    def _deal(self, waiting: list[Hashes]) -> None:
        """Assign hashes to their parts."""
        hashes = np.concatenate([np.empty(0, np.uint64), *waiting])
        for k, part in enumerate(dealt_out(hashes, _BITS)):
            if self._files:
                self._files[k].write(part)
            else:
                self._parts[k].append(part)

    def _settle(self) -> None:
        """Assign all waiting hashes to their parts."""
        self._dealt()
        self._deal(self._taken())

    def _part(self, k: int) -> Hashes:
        """All hashes of a part."""
        if not self._files:
            return np.concatenate([np.empty(0, np.uint64), *self._parts[k]])
        file = self._files[k]
        file.seek(0)
        part = np.fromfile(file, np.uint64)
        file.seek(0, os.SEEK_END)
        return part

    def repeated(self) -> Hashes:
        """Return the hashes that occur more than once, ascending, each once.

        If there are more than the limit, the search ends early.
        """
        self._settle()
        found, count = [np.empty(0, np.uint64)], 0
        with ThreadPoolExecutor(_AT_ONCE if self._count < _MANY else 1) as pool:
            for repeated in pool.map(lambda k: repeats(self._part(k)), range(len(self._parts))):
                found.append(repeated)
                count += repeated.size
                if count > self._limit:
                    pool.shutdown(cancel_futures=True)
                    break
        return np.concatenate(found)

    def holds(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Return for each hash whether it was added."""
        self._settle()
        is_known = np.zeros(hashes.size, bool)
        for k in range(len(self._parts)):
            is_known |= among(hashes, np.sort(self._part(k)))
        return is_known


def among(hashes: Hashes, known: Hashes) -> NDArray[np.bool_]:
    """Return for each hash whether it is in ``known``, which is sorted."""
    if known.size == 0:
        return np.zeros(hashes.size, bool)
    at = np.minimum(np.searchsorted(known, hashes), known.size - 1)
    is_known: NDArray[np.bool_] = known[at] == hashes
    return is_known
