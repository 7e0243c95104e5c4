"""Memory that is free given back to the system, instead of kept for a next time that may not come.

Glibc gives every thread that allocates an arena of its own, up to eight a core, and keeps what is freed in
them; Arrow's own allocator does the same. A server whose readers come and go grows by that alone.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from functools import cache
from typing import Any

ARENAS = 2
"""At most so many; as many threads allocate at a time as there are cores, and mostly fewer."""
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
