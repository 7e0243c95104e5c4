"""Tests that problems found while reading rows are reported once, in single, joined and long files."""

from __future__ import annotations

import json

import pytest

from metrics import open_scores
from metrics.io.preview import preview


def codes(scores) -> list[str]:
    return [p.code for p in scores.problems]


@pytest.mark.parametrize("form", ["single", "joined", "long"])
def test_a_missing_line_end_is_reported(tmp_path, form):
    label, score = tmp_path / "l.csv", tmp_path / "m.csv"
    label.write_text("id,label\nu,0\nv,1\n")
    head = {"single": "label,a", "joined": "a", "long": "label,model,score"}[form]
    cells = {"single": "{},0.5", "joined": "0.5", "long": "{},x,0.5"}[form]
    score.write_text(f"id,{head}\nu,{cells.format(0)}\nv,{cells.format(1)}")
    scores = open_scores([label, score] if form == "joined" else score).check()
    without_end = [(p.file, p.row) for p in scores.problems if p.code == "W_NOEOL"]
    assert without_end == [(str(score), 2)]
    list(scores.batches())
    assert codes(scores).count("W_NOEOL") == 1


@pytest.mark.parametrize("form", ["single", "joined", "long"])
def test_numbers_written_as_text_are_reported(tmp_path, form):
    label, score = tmp_path / "l.csv", tmp_path / "m.jsonl"
    label.write_text("id,label\nu,0\nv,1\n")
    name = "score" if form == "long" else "a"
    rows = [{"id": i, "label": k, "model": "x", name: "0.5"} for k, i in enumerate("uv")]
    for row in rows:
        if form != "long":
            del row["model"]
        if form == "joined":
            del row["label"]
    score.write_text("".join(json.dumps(row) + "\n" for row in rows))
    scores = open_scores([label, score] if form == "joined" else score).check()
    assert [(p.file, p.column) for p in scores.problems if p.code == "W_STRNUM"] == [
        (str(score), name)
    ]


def test_a_problem_known_at_opening_is_reported_once(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id;label;a\nu;0;0.5\nv;1;0.25\n")
    assert [p.code for p in preview(path).problems] == ["W_DIALECT"]
    scores = open_scores(path)
    assert codes(scores) == ["W_DIALECT"]
    assert codes(scores.check()) == ["W_DIALECT", "W_FEWPOSITIVES"]
    path.write_text("id;label;b\nu;0;x\nv;1;y\n")
    assert [p.code for p in preview(path).problems] == ["E_NOMODEL", "W_DIALECT"]
