"""Tests of the default folders of uploads, decisions and caches, and of the variables that set them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.data.folders import cache_folder, library_folder, register_path


def test_the_operator_can_set_the_folder_of_uploads(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("COMMON_GROUND_LIBRARY", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert library_folder() == tmp_path / ".local" / "share" / "common-ground"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert library_folder() == tmp_path / "data" / "common-ground"
    monkeypatch.setenv("COMMON_GROUND_LIBRARY", str(tmp_path / "mine"))
    assert library_folder() == tmp_path / "mine"


@pytest.mark.parametrize(
    ("set_to", "folder"),
    [("/somewhere", "/somewhere/common-ground"), ("", "~"), ("not/absolute", "~"), (None, "~")],
)
def test_the_cache_is_in_the_users_cache_folder(
    monkeypatch, set_to: str | None, folder: str
) -> None:
    if set_to is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", set_to)
    wanted = Path.home() / ".cache" / "common-ground" if folder == "~" else Path(folder)
    assert cache_folder() == wanted


def test_decisions_are_in_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert register_path() == tmp_path / "common-ground" / "decisions.sqlite"
