"""A few threads for loops that leave the interpreter."""

from __future__ import annotations

import os
from collections.abc import Callable, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType


class Workers:
    """As many threads as there are processors; one batch of work at a time, while the caller goes on.

    Attributes
    ----------
    count : int
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(self.count)
        self._waiting: list[Future[None]] = []

    def each(self, work: Callable[[int], None], what: Sized) -> None:
        """Begin ``work(k)`` for every position of something, once all that was begun before is done.

        Raises
        ------
        Exception
            What the work before raised.
        """
        self.wait()
        self._waiting = [self._pool.submit(work, k) for k in range(len(what))]

    def wait(self) -> None:
        """Wait for what was begun, and raise what it raised."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.result()

    def __enter__(self) -> Workers:
        """Threads, until the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for what was begun; what it raised is raised unless the block raised something itself."""
        try:
            if kind is None:
                self.wait()
        finally:
            self._pool.shutdown(cancel_futures=True)
