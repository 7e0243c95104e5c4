"""Nobody's own folders, and the installed packages looked through once."""

from __future__ import annotations

import pytest

from tests.older.doors import FOLDERS, OLD
from tests.running import scanned_once


@pytest.fixture(scope="session", autouse=True)
def _scanned_once():
    with scanned_once():
        yield


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path_factory):
    """A home of its own, in the folder of the old files."""
    for name in FOLDERS:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(OLD)
    return home
