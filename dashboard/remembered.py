"""Under which keys cached functions remember something of data, so that all of it can be dropped alone."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")


class Remembered:
    """The keys that each cached function was asked for last.

    Parameters
    ----------
    most : int
        Keys of one function that are known; at least as many as its cache has entries.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: dict[Callable[..., Any], OrderedDict[tuple[str, ...], None]] = {}
        self._lock = threading.Lock()

    def ask(self, cached: Callable[..., T], key: tuple[str, ...], *rest: Any) -> T:
        """Call a cached function, and note under which key it remembers its answer.

        Parameters
        ----------
        cached : callable
            Has a method ``clear`` that takes a key.
        key : tuple of str
            Its first arguments, and all that it is remembered by; data is named by its fingerprint.
        *rest
            Its other arguments.
        """
        with self._lock:
            known = self._keys.setdefault(cached, OrderedDict())
            known[key] = None
            known.move_to_end(key)
            while len(known) > self._most:
                known.popitem(last=False)
        return cached(*key, *rest)

    def forget(self, fingerprint: str) -> None:
        """Drop every entry whose key names the data."""
        with self._lock:
            found = [
                (cached, key)
                for cached, known in self._keys.items()
                for key in known
                if names(fingerprint, *key)
            ]
            for cached, key in found:
                del self._keys[cached][key]
        for cached, key in found:
            cached.clear(*key)  # type: ignore[attr-defined]


def names(fingerprint: str, *key: str) -> bool:
    """Whether a key names the data."""
    return any(fingerprint in _FINGERPRINT.findall(part) for part in key)
