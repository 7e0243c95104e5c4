"""Where uploads, decisions and caches lie on this machine: as the system has it, or where they lay before."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path, user_state_path

APP = "common-ground"


def library_folder() -> Path:
    """Where uploaded data is kept unless the operator says otherwise."""
    if named := os.environ.get("COMMON_GROUND_LIBRARY"):
        return Path(named)
    return _data_folder()


def register_path() -> Path:
    """Where decisions are kept unless the operator says otherwise."""
    return _data_folder() / "decisions.sqlite"


def tally_key() -> Path:
    """Where the key lies by which this installation knows its kept tallies."""
    return state_folder() / "tallies.key"


def cache_folder() -> Path:
    """Where lies what can be made again."""
    return user_cache_path(APP, appauthor=False)


def state_folder() -> Path:
    """What is kept apart from uploads and decisions, to tell whether they are what they were."""
    return user_state_path(APP, appauthor=False)


def _data_folder() -> Path:
    """The system's folder; that of version 0.1.0 while it is there and the system's is not.

    Notes
    -----
    One folder for uploads and decisions: were each chosen alone, the first decision would make the
    system's folder, and what was uploaded before would be looked for there.
    """
    folder, before = user_data_path(APP, appauthor=False), _data_folder_of_0_1()
    return before if is_there(before) and not is_there(folder) else folder


def is_there(path: Path) -> bool:
    """Whether this user sees a file or folder: where they may not look they see none."""
    try:
        return path.exists()
    except PermissionError:
        return False


def _data_folder_of_0_1() -> Path:
    """One rule for all systems, also where the environment names a folder that is not absolute."""
    named = os.environ.get("XDG_DATA_HOME")
    return (Path(named) if named else Path.home() / ".local" / "share") / APP
