"""What an upload's problems ask of its owner, and which of them an answer can help."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

VIEW = {
    "name": "s.csv",
    "columns": [
        {"name": "id", "kind": "text", "levels": ["u", "v"]},
        {"name": "y", "kind": "text", "levels": ["ok", "nok"]},
        {"name": "a", "kind": "number", "levels": []},
    ],
    "detected": {"id": ["id"], "label": "y", "models": ["a"]},
}


def page(draft):
    from dashboard.views.questions import form, questions

    form(draft, questions(draft))


def asked(*problems, files=(VIEW,)):
    """The form of problems: of each a code, and whether it stands open."""
    from metrics import Problem

    given = tuple(
        Problem(code, "error" if code.startswith("E") else "warning", "m", "s.csv", row)
        for code, row in problems
    )
    draft = {"problems": given, "inspection": {"files": list(files)}}
    app = AppTest.from_function(page, kwargs={"draft": draft}, default_timeout=30).run()
    assert list(app.exception) == []
    return app


@pytest.mark.parametrize(
    ("codes", "opened"),
    [
        (["E_DUPID"], False),
        (["E_ENCODING"], False),
        (["E_PICKLE"], False),
        (["E_WIDTH"], False),
        (["E_LABEL"], False),
        (["E_POSLABEL"], False),
        (["E_COLUMN"], True),
        (["E_NUMBER"], False),
        (["E_TYPE"], True),
        (["E_COLUMN", "E_NUMBER"], True),
        (["E_DUPID", "W_NOTSCORE"], False),
        (["W_NOTSCORE"], True),
        ([], True),
    ],
)
def test_the_form_stands_open_where_it_can_help(codes, opened):
    [form] = asked(*((code, None) for code in codes)).expander
    assert form.proto.expanded == opened


def test_what_only_the_owner_knows_is_asked_apart():
    app = asked(("E_POSLABEL", None))
    assert app.selectbox(key="answer_positive").options == ["ok", "nok"]
    # The remedy of a stray label is in its row.
    assert "answer_positive" in [box.key for box in asked(("E_LABEL", 4)).expander[0].selectbox]


def test_where_nobody_could_look_nothing_is_asked():
    app = asked(("E_ENCODING", None), files=())
    assert [list(app.expander), list(app.selectbox)] == [[], []]


def test_a_field_says_what_was_recognised_or_that_it_is_to_be_chosen():
    app = asked(("E_DUPID", None))
    assert app.multiselect(key="answer_models").placeholder == "as recognised: a"
    assert app.selectbox(key="answer_weight").placeholder == "choose"


@pytest.mark.parametrize(
    ("hint", "question"),
    [
        (
            "Write both files for the same units, or say --common-ids to keep the 2.",
            "Compare on the units",
        ),
        ("Write the unit's id into both files.", "Which columns name the unit"),
    ],
)
def test_files_that_do_not_join_ask_what_can_help(hint, question):
    from metrics import Problem

    problem = Problem("E_JOIN", "error", "m", "s.csv", hint=hint)
    draft = {"problems": (problem,), "inspection": {"files": [VIEW]}}
    app = AppTest.from_function(page, kwargs={"draft": draft}, default_timeout=30).run()
    labels = [one.label for one in (*app.checkbox, *app.multiselect)]
    assert question in " ".join(labels)
