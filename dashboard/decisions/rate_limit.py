"""How often something may be done: by one, and by all together."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

BY_ONE, BY_ALL = 6, 60
"""Decisions that are recorded within a minute, by one reader and by all."""


@dataclass
class RateLimit:
    """So many in a span of time; what was refused doesn't count.

    Attributes
    ----------
    by_one, by_all : int
    seconds : float
        The span.
    clock : callable
        Seconds that only go on.
    """

    by_one: int = BY_ONE
    by_all: int = BY_ALL
    seconds: float = 60.0
    clock: Callable[[], float] = time.monotonic
    _done: deque[tuple[float, str]] = field(default_factory=deque)

    def admits(self, who: str) -> bool:
        """Whether it may be done once more now."""
        now = self.clock()
        while self._done and now - self._done[0][0] >= self.seconds:
            self._done.popleft()
        own = sum(who == other for _, other in self._done)
        return own < self.by_one and len(self._done) < self.by_all

    def count(self, who: str) -> None:
        """Count what was done now."""
        self._done.append((self.clock(), who))
