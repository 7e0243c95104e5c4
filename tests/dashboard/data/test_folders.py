"""Tests that uploads and decisions are in one folder that the system defines."""

from __future__ import annotations

from dashboard.data import folders


def test_uploads_and_decisions_lie_in_the_systems_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("COMMON_GROUND_LIBRARY", raising=False)
    monkeypatch.setattr(folders, "user_data_path", lambda app, appauthor: tmp_path / app)
    assert folders.library_folder() == tmp_path / "common-ground"
    assert folders.register_path() == tmp_path / "common-ground" / "decisions.sqlite"


def test_the_operator_may_name_another_folder_of_uploads(monkeypatch, tmp_path):
    monkeypatch.setenv("COMMON_GROUND_LIBRARY", str(tmp_path))
    assert folders.library_folder() == tmp_path
