"""Unused memory goes back to the system, instead of being kept for a next time that may not come.

Glibc gives every thread that allocates an arena of its own, up to eight a core, and keeps what is freed in
them; Arrow's own allocator does the same. A server whose readers come and go grows by that alone.
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
"""At most so many; as many threads allocate at a time as there are cores, and mostly fewer."""
GROWTH = 64_000_000
"""Bytes by which the process may grow until it looks for unused objects."""
_M_ARENA_MAX = -8  # of malloc.h


@cache
def _glibc() -> Any:
    """The C library of this process where it is glibc; None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None


def limit_arenas() -> bool:
    """Bound the arenas before threads are begun, unless the operator has; whether it was done."""
    glibc = _glibc()
    if glibc is None or "MALLOC_ARENA_MAX" in os.environ:
        return False
    return bool(glibc.mallopt(_M_ARENA_MAX, ARENAS))


def release_unused() -> None:
    """Give what the allocators keep for later back to the system."""
    if "pyarrow" in sys.modules:
        import pyarrow as pa

        pa.default_memory_pool().release_unused()
    if (glibc := _glibc()) is not None:
        glibc.malloc_trim(0)


def collect() -> None:
    """Free what only refers to itself, and give it back."""
    gc.collect()
    release_unused()


def resident() -> int:
    """Bytes of memory that this process takes; 0 if the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    import resource

    return pages * resource.getpagesize()


class Growth:
    """Collects whenever the process has grown by `GROWTH` since the last time.

    Python collects by the number of objects. A few that hold large arrays and refer to each other would stay:
    six readers of 40,000 rows x 8 models left 440 MB of them.
    """

    def __init__(self) -> None:
        self._before = resident()

    def check(self) -> bool:
        """Collect if the process has grown; whether it had."""
        now = resident()
        self._before = min(self._before, now)
        if now - self._before < GROWTH:
            return False
        collect()
        self._before = resident()
        return True
