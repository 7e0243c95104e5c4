"""Temporary folder of a private server, removed when the server ends.

All private folders of a user are in one folder inside the system's temporary folder. Each server locks its
folder. The next server removes unlocked folders, which belong to servers that were killed.
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

from dashboard.data.file_access import is_private
from dashboard.data.folder_locks import (
    create_locked_folder,
    remove_abandoned_folders,
    remove_locked_folder,
)

_PREFIX = "server-"
_ENDS = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP")
"""Signals that end a server but leave time to remove its folders."""
_removals: set[Callable[[], object]] = set()
"""Functions that remove the private folders of this process."""


class PrivateFolder:
    """New folder that is removed with this object, with the process, or by the signal that ends it.

    Parameters
    ----------
    parent : path, optional
        Folder of all private folders of this user; by default inside the system's temporary folder.

    Attributes
    ----------
    path : Path

    Raises
    ------
    OSError
        If there is no room, or if the parent belongs to another user.
    """

    def __init__(self, parent: Path | None = None) -> None:
        parent = _own_parent(parent or default_parent())
        sweep(parent)
        self.path, held = create_locked_folder(parent, _PREFIX)
        self.remove = weakref.finalize(self, remove_locked_folder, self.path, held)
        _removals.add(self.remove)


def default_parent() -> Path:
    """Folder of all private folders of this user."""
    user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""
    return Path(tempfile.gettempdir()) / f"common-ground{user}"


def sweep(parent: Path | None = None) -> None:
    """Remove the folders of servers that have ended; running servers hold locks on theirs."""
    parent = parent or default_parent()
    with contextlib.suppress(OSError):
        parent = _own_parent(parent, make=False)
        remove_abandoned_folders(parent, _PREFIX)


@contextlib.contextmanager
def removed_at_the_end() -> Iterator[None]:
    """Remove this process's private folders when the block ends, or when a signal ends the process.

    The signal's other handlers still run. Only a main thread can handle signals.

    Notes
    -----
    A server that is asked to end waits for its readers, and then ends by the same signal without running exit
    handlers. The folders are therefore removed as soon as the signal arrives, and once more at the end.
    """
    handlers: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in [getattr(signal, name) for name in _ENDS if hasattr(signal, name)]:
            earlier = signal.getsignal(number)
            # An ignored signal (as under nohup) does not end the server. Handlers not set by Python stay
            # unchanged.
            if earlier is not None and earlier is not signal.SIG_IGN:
                handlers[number] = signal.signal(number, _removing_first(earlier))
    try:
        yield
    finally:
        _remove_all()
        for number, earlier in handlers.items():
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
    """Folder of all private folders; PermissionError if another user made it or may write to it."""
    if make:
        with contextlib.suppress(FileExistsError):
            parent.mkdir(mode=0o700, parents=True)
    about = parent.lstat()
    if not (stat.S_ISDIR(about.st_mode) and is_private(about)):
        raise PermissionError(
            f"the folder of private servers must be this user's own, with mode 0700, got {parent}. "
            "Remove it, or name another place for temporary files in TMPDIR."
        )
    return parent
