"""Uploads and decisions lie in one folder: where they lay before, while nothing lies where they belong."""

from __future__ import annotations

import pytest

from dashboard.data import folders


@pytest.fixture
def places(monkeypatch, tmp_path):
    """The system's folder and that of version 0.1.0, as on a system where the two are not the same."""
    for name in ("COMMON_GROUND_LIBRARY", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    system = tmp_path / "Library" / "common-ground"
    monkeypatch.setattr(folders, "user_data_path", lambda app, appauthor: system)
    return system, tmp_path / ".local" / "share" / "common-ground"


def test_a_new_user_has_the_systems_folder(places):
    system, _ = places
    assert folders.library_folder() == system
    assert folders.register_path() == system / "decisions.sqlite"


def test_a_first_decision_hides_no_earlier_upload(places):
    _, before = places
    (before / "uploads").mkdir(parents=True)
    assert folders.library_folder() == before
    folders.register_path().parent.mkdir(parents=True, exist_ok=True)
    assert folders.library_folder() == before


def test_what_lies_where_it_belongs_goes_first(places):
    system, before = places
    for folder in (system, before):
        folder.mkdir(parents=True)
    assert folders.library_folder() == system
