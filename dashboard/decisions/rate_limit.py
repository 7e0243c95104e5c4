"""Rate limit: how often one reader, and all readers together, may do something."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

BY_ONE, BY_ALL = 6, 60
"""Decisions per minute by one reader and by all readers."""


@dataclass
class RateLimit:
    """Maximum number of actions within a span of time; refused actions do not count.

    Attributes
    ----------
    seconds : float
        Length of the span.
    clock : callable
        Monotonic clock in seconds.
    """

    by_one: int = BY_ONE
    by_all: int = BY_ALL
    seconds: float = 60.0
    clock: Callable[[], float] = time.monotonic
    _done: deque[tuple[float, str]] = field(default_factory=deque)

    def admits(self, who: str) -> bool:
        """True if one more action is allowed now."""
        now = self.clock()
        while self._done and now - self._done[0][0] >= self.seconds:
            self._done.popleft()
        by_who = sum(who == other for _, other in self._done)
        return by_who < self.by_one and len(self._done) < self.by_all

    def count(self, who: str) -> None:
        """Count an action that has just been done."""
        self._done.append((self.clock(), who))
