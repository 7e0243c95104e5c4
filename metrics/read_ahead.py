"""Reading ahead: a thread computes the next items while the caller uses one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def compute_ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """Yield the same items while a thread computes up to three more; pass on its errors.

    Two items wait in a queue, and the thread holds a third one.
    """
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
