"""Access to files: whether they are visible or private, safe opening, and cached content of a file."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from io import BufferedReader
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


def is_visible(path: Path) -> bool:
    """True if this user can see a file or folder; False if access is denied."""
    try:
        return path.exists()
    except PermissionError:
        return False


def open_plain(path: Path) -> BufferedReader:
    """Open a file for reading, if it is neither a link nor a pipe, which might never end.

    Raises
    ------
    OSError
        If the path is no regular file, or cannot be read.
    """
    handle = os.open(
        path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return open(handle, "rb")


def is_private(status: os.stat_result) -> bool:
    """True if a file or folder belongs to this user, and others have no access to it."""
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)
