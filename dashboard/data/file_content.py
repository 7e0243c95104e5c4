"""Content of files that stay open on a server, read again only if another file has replaced them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from metrics.io.formats.file_on_disk import Stamp, stamp_of

T = TypeVar("T")

_READING = threading.Lock()
_CONTENT: dict[Path, tuple[Stamp | None, Any]] = {}


def file_content(path: Path, read: Callable[[Path], T]) -> T:
    """Result of reading a file; cached until the file is replaced."""
    stamp = stamp_of(path)
    with _READING:
        if path not in _CONTENT or _CONTENT[path][0] != stamp:
            _CONTENT[path] = stamp, read(path)
        content: T = _CONTENT[path][1]
        return content
