"""Folders that a process holds for as long as it lives, however it ends."""

from __future__ import annotations

import os
from pathlib import Path


def hold(place: Path) -> int | None:
    """Hold a folder until this process ends or closes what is returned; None where it cannot be held.

    Notes
    -----
    By flock, on the folder itself: a lock of POSIX would be gone as soon as this process closed any other
    handle of it, and those who clean temporary folders leave one alone that is held so.

    Raises
    ------
    OSError
        Where there is no such folder, or a link in its place.
    """
    try:
        import fcntl
    except ImportError:  # not on this system; what is left goes after a day
        return None
    held = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def is_still(place: Path, held: int) -> bool:
    """Whether what is held is what lies there: another may have removed it, or put another in its place."""
    try:
        on_disk, mine = place.lstat(), os.fstat(held)
    except OSError:
        return False
    return (on_disk.st_dev, on_disk.st_ino) == (mine.st_dev, mine.st_ino)


def is_nobodys(place: Path) -> bool:
    """Whether no process holds a folder.

    Raises
    ------
    OSError
        Where there is no such folder, or a link in its place.
    """
    held = hold(place)
    if held is not None:
        os.close(held)
    return held is not None
