"""Default folders and files of this system for uploads, decisions, caches, state and keys."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path, user_state_path

APP = "common-ground"


def library_folder() -> Path:
    """Folder of stored uploads: the one in ``COMMON_GROUND_LIBRARY``, or the default."""
    if named := os.environ.get("COMMON_GROUND_LIBRARY"):
        return Path(named)
    return user_data_path(APP, appauthor=False)


def register_path() -> Path:
    """Default file of recorded decisions."""
    return user_data_path(APP, appauthor=False) / "decisions.sqlite"


def tally_key_path() -> Path:
    """File with the key that authenticates the cached tallies."""
    return state_folder() / "tallies.key"


def seal_key_path() -> Path:
    """File with the key of the seals on signatures, outside of the register's folder."""
    return state_folder() / "signatures.key"


def cache_folder() -> Path:
    """Folder of caches, whose content can be computed again."""
    return user_cache_path(APP, appauthor=False)


def state_folder() -> Path:
    """Folder of state that shows whether uploads and decisions were altered; separate from both."""
    return user_state_path(APP, appauthor=False)
