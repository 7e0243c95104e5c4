"""Folders that a process holds for as long as it lives, however it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

_TRIES = 100


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


def held_folder(parent: Path, prefix: str) -> tuple[Path, int | None]:
    """Make a fresh folder and hold it; whoever sweeps between the two has removed it."""
    for _ in range(_TRIES):
        place = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            held = hold(place)
        except FileNotFoundError:
            continue
        if held is None and os.name == "posix":
            continue
        if held is None or is_still(place, held):
            return place, held
        os.close(held)
    raise OSError(f"a folder must stay where it was made, got none to stay in {parent}")


def remove_held(place: Path, held: int | None) -> None:
    """Remove a folder while it is held, then let go of it."""
    try:
        # One that was put in its place is somebody else's.
        # Again, where somebody was about to write into it.
        for _ in range(3):
            if place.exists() and (held is None or is_still(place, held)):
                shutil.rmtree(place, ignore_errors=True)
    finally:
        if held is not None:
            os.close(held)


def remove_left(parent: Path, prefix: str) -> None:
    """Remove the folders that processes which are no more have left."""
    for place in parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):  # no folder, or another process sweeps too
            held = hold(place)
            if held is not None:
                remove_held(place, held)
