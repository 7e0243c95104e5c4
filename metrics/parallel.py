"""Threads: a pool for compiled loops, reading ahead, and turns that limit the threads at work."""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
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

    def each(self, work: Callable[[int], None], count: int) -> None:
        """Run ``work(k)`` for every k below ``count``, after all tasks started before."""
        self.wait()
        for k in range(count):
            self._begun.append(self._pool.submit(work, k))

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


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """Yield the same items while a thread computes up to two more; pass on its errors."""
    made: queue.Queue[tuple[str, Any]] = queue.Queue(2)
    is_closed = threading.Event()

    def hand_over(kind: str, item: Any) -> bool:
        while not is_closed.is_set():
            try:
                made.put((kind, item), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not hand_over("item", item):
                    return
        except BaseException as error:  # raised again when the item is requested
            hand_over("error", error)
        else:
            hand_over("end", None)

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while True:
            kind, item = made.get()
            if kind == "end":
                return
            if kind == "error":
                raise item
            yield item
    finally:
        is_closed.set()
        thread.join()


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
