"""Where compiled code is kept: in a folder that nobody but this user can write or read.

What numba keeps is loaded and run at the next start. Beside the source, where it lies unless told otherwise,
it may not be writable, or writable by others.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dashboard.data.folders import cache_folder

NUMBAS = "NUMBA_CACHE_DIR"
"""What numba reads as it is loaded."""


def set_numba_cache() -> None:
    """Have numba keep what it compiles in a private folder; before it is loaded."""
    if not os.environ.get(NUMBAS):
        os.environ[NUMBAS] = str(private_folder())


def private_folder() -> Path:
    """The user's own folder for it; else one among temporary files, this user's alone."""
    for folder in _candidates():
        with suppress(OSError, RuntimeError):  # no home, or one that cannot be written
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if is_private(folder):
                tempfile.TemporaryFile(dir=folder).close()
                return folder
    return Path(tempfile.mkdtemp(prefix="common-ground-compiled-"))


def _candidates() -> Iterator[Path]:
    with suppress(OSError, RuntimeError):
        yield cache_folder() / "compiled"
    yield Path(tempfile.gettempdir()) / f"common-ground-compiled-{_user()}"


def is_private(folder: Path) -> bool:
    """Whether a folder is this user's, and others may not so much as look into it."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    return os.name != "posix" or (found.st_uid == _user() and not found.st_mode & 0o077)


def _user() -> int:
    return os.geteuid() if os.name == "posix" else 0
