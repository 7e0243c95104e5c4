"""Turns that limit the number of threads at work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets at most ``count`` threads work at a time; other threads wait for their turn."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)
        self._thread = threading.local()
        self._waiting: set[int] = set()

    @property
    def is_awaited(self) -> bool:
        """True if a thread waits for its turn to begin."""
        return bool(self._waiting)

    @property
    def _has_turn(self) -> bool:
        return getattr(self._thread, "has_turn", False)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn within the context; a nested context shares the turn."""
        if self._has_turn:
            yield
            return
        thread = threading.get_ident()
        self._waiting.add(thread)
        with self._free:
            self._waiting.discard(thread)
            self._thread.has_turn = True
            try:
                yield
            finally:
                self._thread.has_turn = False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Wait for other threads without holding a turn."""
        if not self._has_turn:
            yield
            return
        self._thread.has_turn = False
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
            self._thread.has_turn = True
