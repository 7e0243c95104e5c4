"""Turns that limit the number of threads at work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets at most ``count`` threads work at a time; other threads wait for their turn."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)
        self._own = threading.local()
        self._waiting: set[int] = set()

    @property
    def is_awaited(self) -> bool:
        """True if a thread waits for its turn to begin."""
        return bool(self._waiting)

    @property
    def _has_one(self) -> bool:
        return getattr(self._own, "has_one", False)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work in a turn; nested turns are the same turn."""
        if self._has_one:
            yield
            return
        thread = threading.get_ident()
        self._waiting.add(thread)
        with self._free:
            self._waiting.discard(thread)
            self._own.has_one = True
            try:
                yield
            finally:
                self._own.has_one = False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Wait for other threads without holding a turn."""
        if not self._has_one:
            yield
            return
        self._own.has_one = False
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
            self._own.has_one = True
