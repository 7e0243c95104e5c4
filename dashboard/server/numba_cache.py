"""Where compiled code is kept: in a folder that nobody but this user can write or read.

What numba keeps is loaded and run at the next start. Beside the source, where it lies unless told otherwise,
it may not be writable, or writable by others. A function that numba cannot keep cannot be called either: the
folder must have room.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dashboard.data.folders import cache_folder

NUMBAS = "NUMBA_CACHE_DIR"
"""What numba reads as it is loaded."""
ROOM = 32_000_000
"""Bytes that a folder must have left; all that is compiled takes a third of them."""


def set_numba_cache() -> None:
    """Have numba keep what it compiles in a private folder; before it is loaded.

    With an umask that lets everybody write, others could write what runs here at the next start: it is taken
    for the usual one.
    """
    mask = os.umask(0o022)
    if mask & 0o002:
        os.umask(mask)
    if not os.environ.get(NUMBAS):
        os.environ[NUMBAS] = str(private_folder())


def private_folder() -> Path:
    """The user's own folder for it; else one among temporary files or in memory, this user's alone."""
    for folder in _candidates():
        with suppress(OSError, RuntimeError):  # no home, or one that cannot be written
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if is_private(folder) and shutil.disk_usage(folder).free >= ROOM:
                tempfile.TemporaryFile(dir=folder).close()
                return folder
    return Path(tempfile.mkdtemp(prefix="common-ground-compiled-"))


def _candidates() -> Iterator[Path]:
    with suppress(OSError, RuntimeError):
        yield cache_folder() / "compiled"
    for folder in filter(os.path.isdir, (tempfile.gettempdir(), MEMORY)):
        yield Path(folder) / f"common-ground-compiled-{_user()}"


MEMORY = "/dev/shm"
"""Where Linux keeps files in memory."""


def is_private(folder: Path) -> bool:
    """Whether a folder is this user's, and others may not so much as look into it."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    return os.name != "posix" or (found.st_uid == _user() and not found.st_mode & 0o077)


def _user() -> int:
    return os.geteuid() if os.name == "posix" else 0
