"""Largest numbers of open WebSockets and connections, from the number of files that the process may open."""

from __future__ import annotations

import sys

OPEN_FILES = 4096
"""Number of open files to request from the system; a quarter of them is reserved for the app's own files."""
SESSION_FILES = 3
"""Files that a session holds besides its socket, for the event loop that Streamlit creates for its script."""
KEPT_SESSIONS = 128
"""Number of sessions without a browser that Streamlit keeps."""


def most_sockets(files: int | None = None) -> int:
    """Largest number of page sockets, each with a session.

    Parameters
    ----------
    files : int, optional
        Number of files that this process may open; by default the system's limit.

    Notes
    -----
    Three quarters of the files are for connections and sessions. The files of sessions without a socket are
    subtracted. A socket then needs one file for its connection, the files of its session, and two files for
    further connections, because a browser also requests pages.
    """
    free = 3 * (_files() if files is None else files) // 4 - KEPT_SESSIONS * SESSION_FILES
    return max(1, free // (SESSION_FILES + 3))


def most_connections(files: int | None = None) -> int:
    """Largest number of connections, including the sockets."""
    return 3 * most_sockets(files)


def _files() -> int:
    """Number of files that this process may open."""
    if sys.platform == "win32":  # Windows limits open files in another way
        return OPEN_FILES
    import resource

    return int(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def allow_files() -> None:
    """Raise this process's limit of open files to `OPEN_FILES`, if the system permits."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most_open_files = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < most_open_files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most_open_files, hard))
