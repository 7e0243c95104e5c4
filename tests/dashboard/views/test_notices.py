"""Tests of notices next to figures: the units of the figures, and names that look alike."""

from __future__ import annotations

import json

from dashboard.session.choices import Choices
from dashboard.session.url import to_query
from tests.dashboard.pages import FOUR, Page
from tests.dashboard.tables import NASTY


def test_units_missing_in_some_files_are_reported_next_to_the_figures(tmp_path, monkeypatch):
    labels = [f"u{k},{label}" for k, label in enumerate(FOUR.labels)]
    (tmp_path / "labels.csv").write_text("\n".join(["id,label", *labels]) + "\n")
    some = [f"u{k},0.{k % 90 + 10}" for k in range(400)]
    (tmp_path / "scores.csv").write_text("\n".join(["id,net", *some]) + "\n")
    page = Page(
        monkeypatch, str(tmp_path / "labels.csv"), str(tmp_path / "scores.csv"), "--common-ids"
    )
    assert "which are not in every file" in page.notices
    assert "scores.csv" in page.notices


def test_reversed_scores_are_reported_before_any_figure(tmp_path, monkeypatch):
    scores = {model: [1 - own for own in FOUR.scores[model]] for model in FOUR.models}
    rows = [
        ",".join([f"u{k}", str(label), *(f"{scores[model][k]:.4f}" for model in scores)])
        for k, label in enumerate(FOUR.labels)
    ]
    header = ",".join(["id", "label", "first", "second", "third", "fourth"])
    (tmp_path / "turned.csv").write_text("\n".join([header, *rows]) + "\n")
    page = Page(monkeypatch, str(tmp_path / "turned.csv"))
    assert "Defects score lower than good units (AUC 0." in page.notices
    assert "so the scores may be of the good class (first; see Data)." in page.notices
    assert "score lower" not in Page(monkeypatch, str(FOUR.write(tmp_path / "four.csv"))).notices


def test_a_name_cannot_change_the_direction_of_the_numbers_after_it(monkeypatch, tmp_path):
    path = FOUR.write(tmp_path / "four.csv")
    link = to_query(Choices(names=((NASTY[0], "best\u202e"),)))
    page = Page(monkeypatch, str(path), link=link)
    said = json.dumps([message.head for message in page.messages], ensure_ascii=False)
    drawn = b"".join(bytes(message.buffer) for message in page.messages).decode("utf-8", "replace")
    for text in (said, drawn, *page.markup):
        assert "\u202e" not in text
        assert "\\u202e" not in text
    assert "best" in said
