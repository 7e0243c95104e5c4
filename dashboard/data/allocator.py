"""Return unused memory to the system, so that a long-running server does not grow.

Glibc gives every allocating thread its own arena, up to eight per core. Freed memory stays in the arenas.
Arrow's allocator does the same. A server whose readers come and go would grow from this alone.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

ARENAS = 2
"""Maximum number of glibc arenas. At most one thread per core allocates at a time."""
TRIM = 16_000_000
"""Bytes by which the process may grow before unused memory is returned to the system."""
GROWTH = 32_000_000
"""Bytes by which the process may grow before unused objects are collected."""
LARGE = 3_000_000
"""Bytes from which an array has its own memory map, which goes back to the system with the array."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # from malloc.h


@cache
def _glibc() -> Any:
    """C library of this process; `None` if it is not glibc."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None


def limit_arenas() -> bool:
    """Limit the arenas before threads start, and keep large arrays out of them.

    Returns
    -------
    bool
        False if the operator has set a limit or glibc is missing.

    Notes
    -----
    Glibc raises its threshold for memory maps up to 32 MB. Then gaps between freed arrays stay in the arenas:
    25 readers with an upload each left 200 MB of them. With a threshold of 1 MB, another price of a miss
    takes a third more time. A fixed threshold would also return the end of an arena after every array, so
    `release_unused` does this instead.
    """
    glibc = _glibc()
    if glibc is None or "MALLOC_ARENA_MAX" in os.environ:
        return False
    limits = {_M_ARENA_MAX: ARENAS, _M_MMAP_THRESHOLD: LARGE, _M_TRIM_THRESHOLD: GROWTH}
    return all(glibc.mallopt(*limit) for limit in limits.items())


def release_unused() -> None:
    """Return the memory that the allocators hold unused to the system."""
    if "pyarrow" in sys.modules:
        import pyarrow as pa

        pa.default_memory_pool().release_unused()
    if (glibc := _glibc()) is not None:
        glibc.malloc_trim(0)


def collect() -> None:
    """Free objects in reference cycles, and return their memory to the system."""
    gc.collect()
    release_unused()


def resident() -> int:
    """Resident memory of this process in bytes; 0 if the system does not report it."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    import resource

    return pages * resource.getpagesize()


class Growth:
    """Returns unused memory whenever the process has grown by `TRIM`, and collects garbage at `GROWTH`.

    Python's collector counts objects and ignores their size. Reference cycles with a few large arrays would
    stay: six readers of 40,000 rows x 8 models left 440 MB of them.
    """

    def __init__(self) -> None:
        self._collected = self._trimmed = resident()

    def check(self) -> bool:
        """Return memory if the process has grown; True if garbage was collected."""
        now = resident()
        self._collected, self._trimmed = min(self._collected, now), min(self._trimmed, now)
        if now - self._trimmed < TRIM:
            return False
        release_unused()
        self._trimmed = resident()
        if self._trimmed - self._collected < GROWTH:
            return False
        collect()
        self._collected = self._trimmed = resident()
        return True
