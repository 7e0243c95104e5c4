"""Locks on folders. A process holds its locks until it ends, even if it is killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

_TRIES = 100


def lock_folder(place: Path) -> int | None:
    """Lock a folder until this process ends or closes the returned handle; `None` if it cannot be locked.

    Raises
    ------
    OSError
        If the folder does not exist, or is a link.

    Notes
    -----
    The lock is a flock on the folder itself. A POSIX lock would end as soon as this process closed any other
    handle of the folder. Programs that clean temporary folders skip a folder with a flock.
    """
    try:
        import fcntl
    except ImportError:  # not available on Windows
        return None
    held = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def is_still_there(place: Path, held: int) -> bool:
    """True if the locked folder is still at its path, and was not removed or replaced by another process."""
    try:
        on_disk, locked = place.lstat(), os.fstat(held)
    except OSError:
        return False
    return (on_disk.st_dev, on_disk.st_ino) == (locked.st_dev, locked.st_ino)


def is_unlocked(place: Path) -> bool:
    """True if no process holds a lock on the folder.

    Raises
    ------
    OSError
        If the folder does not exist, or is a link.
    """
    held = lock_folder(place)
    if held is not None:
        os.close(held)
    return held is not None


def create_locked_folder(parent: Path, prefix: str) -> tuple[Path, int | None]:
    """Create a new folder and lock it; try again if another process removes it before it is locked."""
    for _ in range(_TRIES):
        place = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            held = lock_folder(place)
        except FileNotFoundError:
            continue
        if held is None and os.name == "posix":
            continue
        if held is None or is_still_there(place, held):
            return place, held
        os.close(held)
    raise OSError(f"a folder must stay where it was made, got none to stay in {parent}")


def remove_locked_folder(place: Path, held: int | None) -> None:
    """Remove a locked folder, then release the lock."""
    try:
        # A folder that has replaced the locked one belongs to another process and stays. Removing is repeated
        # because another process may be about to write into the folder.
        for _ in range(3):
            if place.exists() and (held is None or is_still_there(place, held)):
                shutil.rmtree(place, ignore_errors=True)
    finally:
        if held is not None:
            os.close(held)


def remove_abandoned_folders(parent: Path, prefix: str) -> None:
    """Remove the folders of processes that have ended."""
    for place in parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):  # not a folder, or removed by another process
            held = lock_folder(place)
            if held is not None:
                remove_locked_folder(place, held)
