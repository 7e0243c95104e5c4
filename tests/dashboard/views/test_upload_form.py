"""Tests of the questions that an upload's problems raise, and of problems that answers cannot solve."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.views.data.column_table import with_options, with_use
from dashboard.views.data.previewed_files import FirstRows
from dashboard.views.data.upload_questions import questions_to_expect
from dashboard.words.data.questions import defect_value_evidence
from metrics import Problem
from metrics.errors import Option, Wording
from metrics.io.column_uses import ColumnUse
from metrics.io.preview import preview


def column(name, kind, levels=(), low=None, high=None):
    return {"name": name, "kind": kind, "levels": list(levels), "low": low, "high": high}


def view(columns, **uses):
    """First rows of a file: its columns, and column names by role."""
    by_name = {name: use for use, names in uses.items() for name in names}
    taken = [c | {"taken": {"name": c["name"], "use": by_name.get(c["name"])}} for c in columns]
    return {"name": "s.csv", "columns": taken, "rows": []}


COLUMNS = [
    column("id", "text", ["u", "v"]),
    column("y", "text", ["0", "1"]),
    column("a", "number", (), 0.1, 0.9),
]
VIEW = view(COLUMNS, id=["id"], label=["y"], models=["a"])


def page(draft):
    from dashboard.views.data.upload_questions import draw_questions, draw_settings

    draft["options"] = draw_settings(draft, *draw_questions(draft))


def asked(*problems, files=(VIEW,)):
    """App with the form of an upload whose problems are given as (code, row)."""
    given = tuple(
        Problem(code, "error" if code.startswith("E") else "warning", "m", "s.csv", row)
        for code, row in problems
    )
    draft = {"problems": given, "preview": {"files": list(files)}}
    app = AppTest.from_function(page, kwargs={"draft": draft}, default_timeout=240).run()
    assert list(app.exception) == []
    return app


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
    [form] = asked(*((code, None) for code in codes)).expander
    assert form.proto.expanded == opened


def test_all_questions_are_asked_at_once():
    """A German export has an unknown label column, comma and label words. One form asks for all."""
    columns = [
        column("Teil", "text", ["T1", "T2"]),
        column("Befund", "text", ["i.O.", "n.i.O."]),
        column("Netz A", "decimal-comma"),
    ]
    app = asked(("E_NOLABEL", None), files=(view(columns, id=["Teil"]),))
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


def asked_for_a_label(tmp_path, rows):
    """App with the form of a file without a known label, with the problems of the upload process."""
    path = tmp_path / "s.csv"
    path.write_text("\n".join(rows))
    seen = preview(path)
    draft = {"problems": seen.problems, "preview": asdict(seen), "files": [path]}
    app = AppTest.from_function(page, kwargs={"draft": draft}, default_timeout=240).run()
    assert list(app.exception) == []
    return app, draft


def test_label_and_defect_value_are_asked_together_with_the_likeliest_selected(tmp_path):
    rows = [
        f"{'day' if k % 3 else 'night'},{FINE[k % 2]},{0.2 + k % 2 / 2 + k / 900}"
        for k in range(90)
    ]
    app, draft = asked_for_a_label(tmp_path, ["shift,result,net", *rows])
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
    app, _ = asked_for_a_label(tmp_path, [f"{names},net", *rows])
    label = app.selectbox(key="answer_label")
    assert label.value == likeliest
    assert "Final verdict" in label.options[:2]


def test_the_unnamed_index_of_pandas_is_an_answer_for_the_id_alone(tmp_path):
    rows = [f"{k},{FINE[k % 2]},{0.2 + k % 2 / 2 + k / 900}" for k in range(90)]
    app, _ = asked_for_a_label(tmp_path, [",result,net", *rows])
    assert app.selectbox(key="answer_label").options == ["result", "net"]
    columns = [column("", "number"), column("label", "number"), column("net", "number")]
    app = asked(("E_NOID", None), files=(view(columns),))
    assert app.multiselect(key="answer_id").options == ["column without a name", "label", "net"]


def test_a_prediction_is_an_unlikely_label(tmp_path):
    rows = [f"{FINE[k % 2]},{0.2 + k % 2 / 2 + k / 900}" for k in range(90)]
    app, _ = asked_for_a_label(tmp_path, ["verdict,net", *rows])
    assert app.selectbox(key="answer_label").value is None
    assert app.selectbox(key="answer_label").options == ["verdict", "net"]
    assert sentences(app) == ["One question before this file opens"]


@pytest.mark.parametrize(
    ("aucs", "likely", "said"),
    [
        ({"ok": {"a": 0.2}, "nok": {"a": 0.8}}, "nok", "scores are higher for “nok” (a AUC 0.80), as"),
        ({"ok": {"a": 0.2}, "nok": {"a": 0.8}}, None, "scores are higher for “nok” (a AUC 0.80), as"),
        ({"ok": {"a": 0.8}, "nok": {"a": 0.2}}, "nok", "scores are lower for “nok” (a AUC 0.20), so"),
        ({"x": {"a": 0.8, "b": 0.3}, "y": {"a": 0.2, "b": 0.7}}, None, "if “x” is the defect: a AUC 0.80,"),
        ({"x": {}, "y": {}}, None, ""),
    ],
)  # fmt: skip
def test_the_scores_suggest_the_value_of_the_defect(aucs, likely, said):
    words = defect_value_evidence(aucs, likely)
    assert words.removeprefix("In the first rows, ").startswith(said)
    assert bool(words) == bool(said)


def test_a_question_is_not_shown_as_a_refusal():
    assert "Refused" not in "".join(sentences(asked(("E_POSLABEL", None))))
    both = sentences(asked(("E_POSLABEL", None), ("E_DUPID", None)))
    assert "Refused" in "".join(both)
    assert not any("before" in text for text in both)


def test_the_column_of_groups_can_be_selected():
    app = asked(("W_GROUPED", None))
    box = app.selectbox(key="answer_group")
    assert (box.value, box.options) == (None, ["id", "y", "a"])


def in_expander(app):
    return {box.key for own in app.expander for box in own.selectbox}


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ([column("y", "text", ["0", "1"]), column("a", "number", (), 0.0, 1.0)], set()),
        ([column("y", "text", ["Yes", "no"]), column("a", "number", (), 0.0, 1.0)], set()),
        ([column("y", "text", ["good", "bad"]), column("a", "number", (), 0.0, 1.0)], {"positive"}),
        ([column("y", "text", "abc"), column("a", "number", (), 0.0, 1.0)], {"positive"}),
        ([column("y", "text", ["0", "1", "x"]), column("a", "number", (), 0.0, 1.0)], set()),
        ([column("y", "text", ["0", "1", "NA"]), column("a", "number", (), 0.0, 1.0)], set()),
        ([column("y", "text", ["ok", "nok", "NA"]), column("a", "number")], {"positive"}),
        ([column("y", "text", ["0", "1"]), column("a", "number", (), 0.2, 97.5)], {"scale"}),
        ([column("y", "text", ["0", "1"]), column("a", "number", (), -3.0, 0.5)], {"scale"}),
        ([column("y", "text", ["0", "1"]), column("a", "empty")], set()),
        ([column("y", "text", ["x", "y"]), column("a", "decimal-comma")], {"positive", "decimal"}),
    ],
)
def test_questions_of_the_next_attempt_are_foreseen(columns, wanted):
    first = FirstRows([view(columns, label=["y"], models=["a"])])
    assert set(questions_to_expect(first, {})) == wanted


def test_a_column_beside_probabilities_asks_for_no_scale_unless_it_is_named():
    columns = [
        column("y", "text", ["0", "1"]),
        column("a", "number", (), 0.0, 1.0),
        column("mm", "number", (), 3.0, 9.0),
    ]
    first = FirstRows([view(columns, label=["y"], models=["a", "mm"])])
    assert questions_to_expect(first, {}) == {}
    assert set(questions_to_expect(first, {"models": ["a", "mm"]})) == {"scale"}
    assert questions_to_expect(first, {"models": ["a"]}) == {}


@pytest.mark.parametrize("levels", [["0", "1", "x"], ["a", "b"]])
def test_the_remedy_for_an_invalid_label_is_in_its_row(levels):
    columns = [column("y", "text", levels), column("a", "number", (), 0.1, 0.9)]
    app = asked(("E_LABEL", 4), files=(view(columns, label=["y"], models=["a"]),))
    assert "answer_positive" in [box.key for box in app.expander[0].selectbox]


def test_the_question_about_a_label_lists_its_own_values():
    columns = [
        column("y", "text", ["0", "1"]),
        column("grade", "text", ["fine", "scrap"]),
        COLUMNS[2],
    ]
    first = FirstRows([view(columns, label=["y"], models=["a"])])
    assert questions_to_expect(first, {}) == {}
    assert set(questions_to_expect(first, {"label": "grade"})) == {"positive"}


def test_without_first_rows_no_question_is_asked():
    app = asked(("E_ENCODING", None), files=())
    assert [list(app.expander), list(app.selectbox)] == [[], []]


OWN = [
    ColumnUse("id", "id"),
    ColumnUse("y", "label"),
    ColumnUse("a", "models"),
    ColumnUse("b", "models"),
    ColumnUse("w", "weight"),
    ColumnUse("p", "decision"),
    ColumnUse("x", "ignore", "it is text"),
]


@pytest.mark.parametrize(
    ("name", "use", "before", "said", "seen"),
    [
        ("x", "models", {}, {"models": ["a", "b", "x"]}, {"x": "models", "b": "models"}),
        ("b", "ignore", {}, {"ignore": ["b"]}, {"a": "models", "b": "ignore"}),
        ("w", "ignore", {"ignore": ["b"]}, {"ignore": ["b", "w"]}, {"w": "ignore", "b": "ignore"}),
        ("x", "label", {}, {"label": "x"}, {"x": "label", "y": None}),
        ("x", "id", {}, {"id": ["id", "x"]}, {"x": "id", "id": "id"}),
        ("x", "decision", {}, {"decision": "x"}, {"x": "decision", "p": "decision"}),
        ("b", "segments", {"models": ["a", "b"]}, {"models": ["a"], "segments": ["b"]}, {"b": "segments"}),
        ("x", None, {"label": "x"}, {}, {"y": "label", "x": "ignore"}),
        ("y", "value", {"label": "y", "scale": "rank"}, {"value": "y", "scale": "rank"}, {"y": "value"}),
    ],
)  # fmt: skip
def test_a_select_box_in_the_table_sets_the_role_of_a_column(name, use, before, said, seen):
    options = with_use(with_options(OWN, before), name, use, before)
    assert options == said
    uses = {column.name: column.use for column in with_options(OWN, options)}
    assert {column: uses[column] for column in seen} == seen


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
    draft = {"problems": (problem,), "preview": {"files": [VIEW]}}
    app = AppTest.from_function(page, kwargs={"draft": draft}, default_timeout=240).run()
    labels = [one.label for one in (*app.checkbox, *app.multiselect)]
    assert question in " ".join(labels)
