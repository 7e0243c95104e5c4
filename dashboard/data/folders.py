"""Where uploads, decisions and caches lie on this machine: as the system has it, or where they lay before."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

APP = "common-ground"


def library_folder() -> Path:
    """Where uploaded data is kept unless the operator says otherwise."""
    if named := os.environ.get("COMMON_GROUND_LIBRARY"):
        return Path(named)
    return _in_use(user_data_path(APP, appauthor=False), _data_folder_of_0_1())


def register_path() -> Path:
    """Where decisions are kept unless the operator says otherwise."""
    name = "decisions.sqlite"
    return _in_use(user_data_path(APP, appauthor=False) / name, _data_folder_of_0_1() / name)


def cache_folder() -> Path:
    """Where lies what can be made again."""
    return user_cache_path(APP, appauthor=False)


def _in_use(path: Path, before: Path) -> Path:
    """Where version 0.1.0 kept something, while it lies there and nowhere else."""
    return before if before.exists() and not path.exists() else path


def _data_folder_of_0_1() -> Path:
    """One rule for all systems, also where the environment names a folder that is not absolute."""
    named = os.environ.get("XDG_DATA_HOME")
    return (Path(named) if named else Path.home() / ".local" / "share") / APP
