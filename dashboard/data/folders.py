"""Folders of uploads, decisions and caches on this machine, as the system has them."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path, user_state_path

APP = "common-ground"


def library_folder() -> Path:
    """Where uploaded data is kept unless the operator says otherwise."""
    if named := os.environ.get("COMMON_GROUND_LIBRARY"):
        return Path(named)
    return user_data_path(APP, appauthor=False)


def register_path() -> Path:
    """Where decisions are kept unless the operator says otherwise."""
    return user_data_path(APP, appauthor=False) / "decisions.sqlite"


def tally_key() -> Path:
    """Where the key lies by which this installation knows its kept tallies."""
    return state_folder() / "tallies.key"


def cache_folder() -> Path:
    """Where lies what can be made again."""
    return user_cache_path(APP, appauthor=False)


def state_folder() -> Path:
    """What is kept apart from uploads and decisions, to tell whether they are what they were."""
    return user_state_path(APP, appauthor=False)


def is_there(path: Path) -> bool:
    """Whether this user sees a file or folder: where they may not look they see none."""
    try:
        return path.exists()
    except PermissionError:
        return False
