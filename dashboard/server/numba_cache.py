"""Cache folder of numba's compiled code, which only this user can read and write.

Numba loads and runs cached code at the next start. Its default folder is next to the source, which may be
read-only, or writable by others. A function that numba cannot cache raises an error, so the folder needs free
space.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dashboard.data.file_access import is_private
from dashboard.data.folders import cache_folder

CACHE_VARIABLE = "NUMBA_CACHE_DIR"
"""Environment variable that numba reads when it is imported."""
MEMORY = "/dev/shm"
"""Folder of Linux for files in memory."""
ROOM = 32_000_000
"""Free space that a folder needs, in bytes: three times the size of all compiled code."""


def set_numba_cache() -> None:
    """Make numba cache compiled code in a private folder; call this before numba is imported.

    If the umask of this process lets everybody write, it becomes 022. Otherwise others could write code that
    runs here at the next start.
    """
    mask = os.umask(0o022)
    if mask & 0o002:
        os.umask(mask)
    if not os.environ.get(CACHE_VARIABLE):
        os.environ[CACHE_VARIABLE] = str(private_folder())


def private_folder() -> Path:
    """Cache folder of this user; if it cannot be used, a private folder for temporary files or in memory."""
    for folder in _candidates():
        with suppress(OSError, RuntimeError):  # there is no home folder, or it is read-only
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = folder.lstat()
            is_usable = stat.S_ISDIR(status.st_mode) and is_private(status)
            if is_usable and shutil.disk_usage(folder).free >= ROOM:
                tempfile.TemporaryFile(dir=folder).close()
                return folder
    return Path(tempfile.mkdtemp(prefix="common-ground-compiled-"))


def _candidates() -> Iterator[Path]:
    with suppress(OSError, RuntimeError):
        yield cache_folder() / "compiled"
    for folder in filter(os.path.isdir, (tempfile.gettempdir(), MEMORY)):
        yield Path(folder) / f"common-ground-compiled-{_user()}"


def _user() -> int:
    return os.geteuid() if os.name == "posix" else 0
