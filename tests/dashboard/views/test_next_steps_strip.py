"""Test of the question on Decide whether the rows were held out."""

from __future__ import annotations

import pytest

from tests.dashboard.pages import FOUR, Page


@pytest.mark.parametrize("rows", ["held-out", "training", "out-of-fold"])
def test_whether_rows_were_held_out_is_answered_next_to_its_question(tmp_path, monkeypatch, rows):
    page = Page(monkeypatch, str(FOUR.write(tmp_path / "scores.csv")))
    assert any("Were models trained on these rows?" in markup for markup in page.markup)
    page.press(f"rows_{rows}")
    assert page.link["rows"] == rows
    assert not any("Were models trained on these rows?" in markup for markup in page.markup)
