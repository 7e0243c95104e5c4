"""A pool of threads for compiled loops."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


def processors() -> int:
    """Return the number of processors available to this process, if the system reports it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """A thread pool with one thread per processor and a short queue."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count or processors()
        self._pool = ThreadPoolExecutor(self.count)
        self._begun: deque[Future[None]] = deque()

    def begin(self, work: Callable[..., None], *arguments: Any) -> None:
        """Start a task. Wait first if the queue is full, and raise errors of earlier tasks."""
        while len(self._begun) >= 2 * self.count:
            self._begun.popleft().result()
        self._begun.append(self._pool.submit(work, *arguments))

    def wait(self) -> None:
        """Wait for all started tasks, and raise their errors."""
        while self._begun:
            self._begun.popleft().result()

    def each(self, tasks: Iterable[Callable[[], None]]) -> None:
        """Start several tasks once all earlier tasks are done.

        All of them are queued at once, so that the caller can prepare the next tasks.
        """
        self.wait()
        self._begun += [self._pool.submit(task) for task in tasks]

    def __enter__(self) -> Workers:
        """Start the threads for the duration of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the started tasks; raise their errors unless the block raised an error itself."""
        try:
            if kind is None:
                self.wait()
        finally:
            self._pool.shutdown(cancel_futures=True)
