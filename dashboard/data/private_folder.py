"""The folder of a private server, of which nothing outlives the server.

All of a user's lie in one folder beside other temporary files. Each is held by its server, so that the next
server tells what a killed one left from what another still uses.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from dashboard.data.folder_locks import held_folder, remove_held, remove_left

_PREFIX = "server-"
_ENDS = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP")
"""What ends a server that can still do something about it."""
_removals: set[Callable[[], object]] = set()


class PrivateFolder:
    """A fresh folder that goes with this object, with the process, and with the signal that ends it.

    Parameters
    ----------
    parent : path, optional
        Where all of this user's lie; else beside the system's temporary files.

    Attributes
    ----------
    path : Path

    Raises
    ------
    OSError
        Where there is no room, or the parent is somebody else's.
    """

    def __init__(self, parent: Path | None = None) -> None:
        parent = _own_parent(parent or default_parent())
        sweep(parent)
        self.path, held = held_folder(parent, _PREFIX)
        self.remove = weakref.finalize(self, remove_held, self.path, held)
        _removals.add(self.remove)


def default_parent() -> Path:
    """Where all private folders of this user lie."""
    user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""
    return Path(tempfile.gettempdir()) / f"common-ground{user}"


def sweep(parent: Path | None = None) -> None:
    """Remove the folders of servers that are no more; those of a living one are held and stay."""
    parent = parent or default_parent()
    with contextlib.suppress(OSError):
        parent = _own_parent(parent, make=False)
        remove_left(parent, _PREFIX)


@contextlib.contextmanager
def removed_at_the_end() -> Iterator[None]:
    """Remove this process's private folders when the block ends, or when a signal ends the process.

    What a signal does besides is still done. Signals can be told to a main thread alone.

    Notes
    -----
    A server that is told to end waits for its readers first and then ends by the same signal, after which
    no exit handler runs: so the folders go as soon as the signal comes, and what came meanwhile at the end.
    """
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in [getattr(signal, name) for name in _ENDS if hasattr(signal, name)]:
            earlier = signal.getsignal(number)
            # What was told to be ignored, by nohup, does not end the server; what is not Python's is left.
            if earlier is not None and earlier is not signal.SIG_IGN:
                before[number] = signal.signal(number, _removing_first(earlier))
    try:
        yield
    finally:
        _remove_all()
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _removing_first(earlier: Any) -> Callable[[int, FrameType | None], Any]:
    def handle(number: int, frame: FrameType | None) -> Any:
        _remove_all()
        if callable(earlier):
            return earlier(number, frame)
        signal.signal(number, signal.SIG_DFL)
        return signal.raise_signal(number)

    return handle


def _remove_all() -> None:
    for remove in list(_removals):
        remove()
        _removals.discard(remove)


def _own_parent(parent: Path, *, make: bool = True) -> Path:
    """The folder of all private folders, which nobody else may have made or may write to."""
    if make:
        with contextlib.suppress(FileExistsError):
            parent.mkdir(mode=0o700, parents=True)
    about = parent.lstat()
    mine = not hasattr(os, "geteuid") or about.st_uid == os.geteuid()
    closed = os.name != "posix" or stat.S_IMODE(about.st_mode) & 0o077 == 0
    if not (stat.S_ISDIR(about.st_mode) and mine and closed):
        raise PermissionError(
            f"the folder of private servers must be this user's own, with mode 0700, got {parent}. "
            "Remove it, or name another place for temporary files in TMPDIR."
        )
    return parent
