"""Tests of the notes and notices about a data set: advice for its columns, and what needs no notice."""

from __future__ import annotations

from dataclasses import replace

from dashboard.data.dataset import Dataset
from dashboard.views.problem_markup import data_notes_markup
from dashboard.words.notices import data_notices
from metrics import Problem, Scenario, open_scores
from tests.dashboard.pages import words


def test_the_table_advises_on_unused_columns_that_can_be_changed(tmp_path):
    path = tmp_path / "rows.csv"
    rows = [f"{k % 2},0.{k},{'ab'[k % 3 > 0]}" for k in range(10, 60)]
    path.write_text("\n".join(["label,forest,kind", *rows]))
    scores = open_scores(path)
    dataset = Dataset(
        scores.fingerprint, "rows", ("rows",), scores, Scenario(), 400, "command line"
    )
    on_data, elsewhere = (
        "".join(data_notes_markup(dataset, can_change=can)) for can in (True, False)
    )
    assert "To use a column, change “Taken for” in the table." in on_data
    assert "--type" not in on_data
    assert "--type" in elsewhere
    upload = replace(dataset, origin="upload")
    on_data, elsewhere = (
        "".join(data_notes_markup(upload, can_change=can)) for can in (True, False)
    )
    assert "To use a column, change “Taken for” in the table." in on_data
    assert "To use a column, open its file again and choose “Look first”." in elsewhere


def test_a_label_chosen_by_a_person_has_advice_and_no_notice(tmp_path):
    scores = open_scores(labelled_like_a_prediction(tmp_path), label="verdict")
    dataset = Dataset(scores.fingerprint, "rows", ("rows",), scores, Scenario(), 400, "upload")
    problem = Problem("W_PREDICTED", "warning", "the scores are no confidence", column="forest")
    said = words("".join(data_notes_markup(dataset, can_change=True)))
    assert "Name the true label as “label” under “Taken for” if there is one." in said
    assert "W_PREDICTED" in {p.code for p in dataset.problems}
    assert data_notices(dataset) == []
    scores._warnings = (*scores._warnings, problem)
    assert data_notices(dataset) == ["The scores are no confidence (forest; see Data)."]
    related = Problem("W_GROUPED", "warning", "rows seem to belong together", file="a.csv")
    scores._warnings = (related,)
    assert data_notices(dataset) == ["Rows seem to belong together (a.csv; see Data)."]


def labelled_like_a_prediction(folder):
    path = folder / "rows.csv"
    rows = [f"{k % 2},0.{k}" for k in range(10, 60)]
    path.write_text("\n".join(["verdict,forest", *rows]))
    return path


def test_a_finite_log_loss_has_no_notice(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["label,forest", *(f"{k % 2},{k % 2}" for k in range(60))]))
    scores = open_scores(path).check()
    dataset = Dataset(scores.fingerprint, "rows", ("rows",), scores, Scenario(), 400, "upload")
    assert "W_LOGLOSS_INF" in {problem.code for problem in dataset.problems}
    assert not any("log loss" in note for note in data_notes_markup(dataset, can_change=True))
