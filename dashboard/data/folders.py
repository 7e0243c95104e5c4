"""Default folders of this system for uploads, decisions, caches and state, and access to paths."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from platformdirs import user_cache_path, user_data_path, user_state_path

APP = "common-ground"


def library_folder() -> Path:
    """Folder of stored uploads: the one in ``COMMON_GROUND_LIBRARY``, or the default."""
    if named := os.environ.get("COMMON_GROUND_LIBRARY"):
        return Path(named)
    return user_data_path(APP, appauthor=False)


def register_path() -> Path:
    """Default file of recorded decisions."""
    return user_data_path(APP, appauthor=False) / "decisions.sqlite"


def tally_key_path() -> Path:
    """File with the key that authenticates the cached tallies."""
    return state_folder() / "tallies.key"


def seal_key_path() -> Path:
    """File with the key of the seals on signatures, outside of the register's folder."""
    return state_folder() / "signatures.key"


def cache_folder() -> Path:
    """Folder of caches, whose content can be computed again."""
    return user_cache_path(APP, appauthor=False)


def state_folder() -> Path:
    """Folder of state that shows whether uploads and decisions were altered; separate from both."""
    return user_state_path(APP, appauthor=False)


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
