"""Tests of columns whose values do not fit a score: words, decisions, texts."""

from __future__ import annotations

import pytest

from metrics import ScoreError, open_scores
from tests.metrics.opening import error_of

WORDS = {"booleans": ("false", "true"), "words": ("low", "high"), "answers": ("no", "yes")}


@pytest.mark.parametrize("name", ["score", "prediction_score", "rf_proba", "prediction"])
@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("apart", [True, False], ids=["two files", "one file"])
def test_words_as_scores_are_refused_by_column_and_value(tmp_path, name, words, apart):
    no, yes = words
    cells = [("a", "0", no), ("b", "1", yes), ("c", "0", yes)]
    files = [tmp_path / "labels.csv", tmp_path / "scores.csv"]
    files[0].write_text("id,label\n" + "".join(f"{i},{y}\n" for i, y, _ in cells))
    files[1].write_text(f"id,{name}\n" + "".join(f"{i},{s}\n" for i, _, s in cells))
    if not apart:
        files = [tmp_path / "both.csv"]
        files[0].write_text(f"id,label,{name}\n" + "".join(f"{i},{y},{s}\n" for i, y, s in cells))
    error = error_of(lambda: open_scores([str(file) for file in files]))
    problem = error.problems[0]
    assert (problem.code, problem.column, problem.row, problem.value) == ("E_NUMBER", name, 1, no)
    assert problem.file == str(files[-1])


def test_a_decision_of_true_and_false_beside_scores_is_left_out(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("id,label,prediction,m\na,0,false,0.1\nb,1,true,0.9\nc,0,false,0.4\n")
    scores = open_scores(path)
    assert scores.models == ("m",)
    assert "prediction" in {p.column for p in scores.problems if p.code == "W_UNUSED"}


def test_a_column_of_words_may_be_a_kind_or_a_group_and_no_model(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(
        "id,label,kind,fold,Batch_No,m\na,0,,1,B1,0.1\nb,1,crack,1,B1,0.9\nc,1,dust,2,B2,0.4\n"
    )
    hints = {p.column: p.hint for p in open_scores(path).problems if p.code == "W_UNUSED"}
    assert hints == {
        "Batch_No": "Name it with --group if rows of one value belong together.",
        "kind": "Name it with --type if it is the kind of defect, or with --segment to compare its values.",
        "fold": "Name the models with --model if it is one.",
    }


def test_text_not_named_like_a_score_is_ignored(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("id,label,comment\na,0,fine\nb,1,bad\n")
    assert error_of(open_scores, path).code == "E_NOMODEL"


def test_a_decimal_comma_is_shown_at_its_first_row(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text('id,label,a\nu,1,0\nv,0,"0,25"\nw,1,"0,125"\n')
    with pytest.raises(ScoreError) as caught:
        open_scores(path)
    error = caught.value
    assert (error.code, error.row, error.value) == ("E_DECIMAL_COMMA", 2, "0,25")
