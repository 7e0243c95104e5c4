"""Tests of the questions that an upload's problems raise, and of problems that answers cannot solve."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from streamlit.testing.v1 import AppTest

from metrics import Problem
from metrics.errors import Option, Wording
from metrics.io.preview import preview
from tests.dashboard.previews import FIRST_ROWS, column, first_rows


def form_page(draft):
    from dashboard.views.data.upload_questions import draw_questions, draw_settings

    draft["options"] = draw_settings(draft, *draw_questions(draft))


def run_form(draft):
    """App with the form of an upload, without exceptions."""
    app = AppTest.from_function(form_page, kwargs={"draft": draft}, default_timeout=240).run()
    assert list(app.exception) == []
    return app


def open_form(*problems, files=(FIRST_ROWS,)):
    """App with the form of an upload whose problems are given as (code, row)."""
    given = tuple(
        Problem(code, "error" if code.startswith("E") else "warning", "m", "s.csv", row)
        for code, row in problems
    )
    draft = {"problems": given, "preview": {"files": list(files)}}
    return run_form(draft)


@pytest.mark.parametrize(
    ("codes", "opened"),
    [
        (["E_DUPID", "W_UNUSED"], False),
        (["E_POSLABEL"], False),
        (["E_COLUMN", "E_NUMBER"], True),
        (["W_UNUSED"], True),
        ([], True),
    ],
)
def test_the_form_is_open_if_it_can_help(codes, opened):
    [form] = open_form(*((code, None) for code in codes)).expander
    assert form.proto.expanded == opened


def test_all_questions_are_asked_at_once():
    """A German export has an unknown label column, comma and label words. One form asks for all."""
    columns = [
        column("Teil", "text", ["T1", "T2"]),
        column("Befund", "text", ["i.O.", "n.i.O."]),
        column("Netz A", "decimal-comma"),
    ]
    app = open_form(("E_NOLABEL", None), files=(first_rows(columns, id=["Teil"]),))
    outside = [box.key for box in app.main.selectbox if box.key not in in_expander(app)]
    assert outside == ["answer_label", "answer_decimal"]
    app.selectbox(key="answer_label").select("Befund").run()
    assert list(app.exception) == []
    outside = [box.key for box in app.main.selectbox if box.key not in in_expander(app)]
    assert outside == ["answer_label", "answer_positive", "answer_decimal"]
    assert app.selectbox(key="answer_positive").options == ["i.O.", "n.i.O."]


def sentences(app):
    """Sentences above the questions."""
    return [" ".join(re.sub("<[^>]+>", " ", box.value).split()) for box in app.html]


FINE = ["good", "defective"]


def open_form_of_file(tmp_path, rows):
    """App with the form of a file without a known label, with the problems of the upload process."""
    path = tmp_path / "s.csv"
    path.write_text("\n".join(rows))
    seen = preview(path)
    draft = {"problems": seen.problems, "preview": asdict(seen), "files": [path]}
    return run_form(draft), draft


def test_label_and_defect_value_are_asked_together_with_the_likeliest_selected(tmp_path):
    rows = [
        f"{'day' if k % 3 else 'night'},{FINE[k % 2]},{0.2 + k % 2 / 2 + k / 900}"
        for k in range(90)
    ]
    app, draft = open_form_of_file(tmp_path, ["shift,result,net", *rows])
    label, positive = app.selectbox(key="answer_label"), app.selectbox(key="answer_positive")
    assert (label.value, positive.value) == ("result", "defective")
    assert label.options == ["result", "shift", "net"]
    assert sentences(app) == ["Two questions before this file opens"]
    assert [caption.value for caption in app.caption] == [
        "In the first rows, scores are higher for “defective” (net AUC 1.00), as they should be for a defect."
    ]
    assert draft["options"] == {"label": "result", "positive": "defective"}
    app.selectbox(key="answer_label").select("shift").run()
    assert app.selectbox(key="answer_positive").value is None
    app.selectbox(key="answer_label").select("result").run()
    assert app.selectbox(key="answer_positive").value == "defective"


@pytest.mark.parametrize(
    ("names", "likeliest"),
    [("AOI call,Final verdict", None), ("AI verdict,Final verdict", "Final verdict")],
)
def test_of_two_judgements_only_a_checked_one_is_selected(tmp_path, names, likeliest):
    rows = [f"{FINE[k % 3 > 0]},{FINE[k % 2]},{0.2 + k % 2 / 2 + k / 900}" for k in range(90)]
    app, _ = open_form_of_file(tmp_path, [f"{names},net", *rows])
    label = app.selectbox(key="answer_label")
    assert label.value == likeliest
    assert "Final verdict" in label.options[:2]


def test_the_unnamed_index_of_pandas_is_an_answer_for_the_id_alone(tmp_path):
    rows = [f"{k},{FINE[k % 2]},{0.2 + k % 2 / 2 + k / 900}" for k in range(90)]
    app, _ = open_form_of_file(tmp_path, [",result,net", *rows])
    assert app.selectbox(key="answer_label").options == ["result", "net"]
    columns = [column("", "number"), column("label", "number"), column("net", "number")]
    app = open_form(("E_NOID", None), files=(first_rows(columns),))
    assert app.multiselect(key="answer_id").options == ["column without a name", "label", "net"]


def test_a_prediction_is_an_unlikely_label(tmp_path):
    rows = [f"{FINE[k % 2]},{0.2 + k % 2 / 2 + k / 900}" for k in range(90)]
    app, _ = open_form_of_file(tmp_path, ["verdict,net", *rows])
    assert app.selectbox(key="answer_label").value is None
    assert app.selectbox(key="answer_label").options == ["verdict", "net"]
    assert sentences(app) == ["One question before this file opens"]


def test_a_question_is_not_shown_as_a_refusal():
    assert "Refused" not in "".join(sentences(open_form(("E_POSLABEL", None))))
    both = sentences(open_form(("E_POSLABEL", None), ("E_DUPID", None)))
    assert "Refused" in "".join(both)
    assert not any("before" in text for text in both)


def test_the_column_of_groups_can_be_selected():
    app = open_form(("W_GROUPED", None))
    box = app.selectbox(key="answer_group")
    assert (box.value, box.options) == (None, ["id", "y", "a"])


def in_expander(app):
    """Keys of select boxes in the form that can be folded."""
    return {box.key for own in app.expander for box in own.selectbox}


@pytest.mark.parametrize("levels", [["0", "1", "x"], ["a", "b"]])
def test_the_remedy_for_an_invalid_label_is_in_its_row(levels):
    columns = [column("y", "text", levels), column("a", "number", (), 0.1, 0.9)]
    app = open_form(("E_LABEL", 4), files=(first_rows(columns, label=["y"], models=["a"]),))
    assert "answer_positive" in [box.key for box in app.expander[0].selectbox]


def test_without_first_rows_no_question_is_asked():
    app = open_form(("E_ENCODING", None), files=())
    assert [list(app.expander), list(app.selectbox)] == [[], []]


@pytest.mark.parametrize(
    ("hint", "question"),
    [
        (
            Wording("Write both files, or say ", Option("common_ids"), " to keep the 2."),
            "Compare on the units",
        ),
        ("Write the unit's id into both files.", "Which columns name the unit"),
    ],
)
def test_files_that_do_not_join_raise_a_helpful_question(hint, question):
    problem = Problem("E_JOIN", "error", "m", "s.csv", hint=hint)
    draft = {"problems": (problem,), "preview": {"files": [FIRST_ROWS]}}
    app = run_form(draft)
    labels = [one.label for one in (*app.checkbox, *app.multiselect)]
    assert question in " ".join(labels)
