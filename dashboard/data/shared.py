"""Values that all readers of a server share, computed once in the life of the process."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Shared(Generic[P, T]):
    """Function that is computed once for each first argument; its values stay cached.

    Streamlit's own caches are not used, because a message over the socket can clear them for all readers.

    Parameters
    ----------
    make : callable
        Computes the value while other threads wait. An error is raised and not cached.
    """

    def __init__(self, make: Callable[P, T]) -> None:
        functools.update_wrapper(self, make)
        self._make = make
        self._values: dict[tuple[object, ...], T] = {}
        self._lock = threading.RLock()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the cached value, or compute it."""
        key = args[:1]
        with self._lock:
            if key not in self._values:
                self._values[key] = self._make(*args, **kwargs)
            return self._values[key]

    def forget(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Drop the cached value of these arguments, if there is one."""
        with self._lock:
            self._values.pop(args[:1], None)
