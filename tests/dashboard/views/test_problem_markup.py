"""Tests that problems of uploads give hints for the form, not for the command line."""

from __future__ import annotations

import ast
import html
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import metrics
from dashboard.data.dataset import Dataset
from dashboard.markup import plain
from dashboard.views.menus import pager
from dashboard.views.problem_markup import data_notes_markup, error_markup, notes_markup
from dashboard.words.data.problems import FORM, in_form_words, row_numbering
from dashboard.words.data.questions import QUESTIONS
from dashboard.words.notices import data_notices
from metrics import Problem, Scenario, open_scores
from metrics.errors import Keyword, Option, Wording, with_option
from tests.metrics.opening import error_of, refusal

OF_TALLIES = {
    "--add",
    "--at",
    "--by",
    "--common-thresholds",
    "--like",
    "--max-thresholds",
    "--model",
    "--scale",
    "--today",
    "--type",
}
"""Options of the tally command that have no field in the upload form."""


def test_every_option_that_a_problem_may_name_has_a_field():
    assert set(FORM) == set(get_args(Keyword))


def test_texts_of_the_gate_name_options_only_by_typed_parts():
    found = {}
    for path in Path(metrics.__file__).parent.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        texts = [
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if id(node) not in docstrings
        ]
        if named := {option for text in texts for option in re.findall(r"--[a-z][a-z-]*", text)}:
            found[path.relative_to(Path(metrics.__file__).parent).as_posix()] = named
    assert set(found) == {
        "io/audit_sample.py",
        "io/formats/choose_reader.py",
        "tally/file/add_files.py",
        "tally/file/archive.py",
        "tally/file/tally_file.py",
        "tally/file/header.py",
    }
    assert set().union(*found.values()) == OF_TALLIES


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (
            Wording("Name it ", with_option("label"), ", or add a label file."),
            "Name it as “label” under “What each column is taken for”, or add a label file.",
        ),
        (
            Wording(
                "Say ",
                Option("scale", ("percent",)),
                ", or ",
                Option("scale", ("probability",)),
                " if they lie between 0 and 1.",
            ),
            "Say “per cent, 0 to 100” under “Scores are”, or “probabilities, 0 to 1” under “Scores are” "
            "if they lie between 0 and 1.",
        ),
        (
            Wording("Say what the scores are ", with_option("scale", "percent", "logit", "rank"), "."),
            "Say what the scores are by “per cent, 0 to 100”, “log-odds” or “only a ranking” under "
            "“Scores are”.",
        ),
        (
            Wording("Say ", Option("decimal", (",",)), " if the comma is the decimal sign."),
            "Say “a comma: 0,5” under “Decimal sign” if the comma is the decimal sign.",
        ),
        (
            Wording("Save the column alone, or name ", Option("models", ("p 1",), "end"), "."),
            "Save the column alone, or name p 1 as “model” under “What each column is taken for”.",
        ),
        (
            Wording("Write both, or say ", Option("common_ids"), " to keep the 5 that are in both."),
            "Write both, or say yes to “Compare on the units that all files have?” to keep the 5 that are "
            "in both.",
        ),
        ("Count with --like, so that all have the same.", "Count with --like, so that all have the same."),
        (None, None),
    ],
)  # fmt: skip
def test_a_hint_uses_the_words_of_the_form(hint, said):
    assert in_form_words(Problem("E_X", "error", "m", hint=hint)).hint == said


def test_a_hint_names_a_field_by_its_label():
    labels = FORM | dict([QUESTIONS["E_POSLABEL"]])
    hint = Wording("Say it ", with_option("positive"), ".")
    said = in_form_words(Problem("E_POSLABEL", "error", "m", hint=hint), labels).hint
    assert said == "Say it under “Which label value means defective?”."


def test_a_message_keeps_quotations_of_the_file():
    error = error_of(open_scores, {"y": [0, 1], "a": [0.1, 0.2]}, label="--label")
    assert error.message == "--label must name a column of the file, got '--label'"
    said = in_form_words(error.problems[0]).message
    assert said == "“label” must name a column of the file, got '--label'"


def test_short_lists_have_no_pages():
    assert [pager("x", "models", count) for count in (0, 1, 12)] == [range(0), range(1), range(12)]


@pytest.mark.parametrize(
    "name", ["scores", "hist_gradient_boosting", "net-2.csv", "a + b", "50 % (v1)"]
)
def test_a_usual_name_is_shown_unchanged(name):
    assert plain(name) == name


@given(st.text(st.sampled_from("ab\\`*_[]<>~$&!()#+-=1.:/@ \n\u202e"), max_size=12))
@example("![x](https:3405803777)")
@example("[c](http://evil.example)")
@example("1. a")
def test_a_name_is_never_markdown(name):
    said = plain(name)
    assert "\n" not in said
    assert "\u202e" not in said
    # A backslash precedes each character that begins Markdown.
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*\[\]<>~$&]", said)
    assert not re.search(r"^[#+=-]|^\d+[.)]", said)
    # Without the backslashes only links and pictures differ.
    shown = re.sub(r"\\([^\w\s]|_)", r"\1", said)
    assert shown.replace("\N{WORD JOINER}", "") == " ".join(
        name.replace("\u202e", "\N{REPLACEMENT CHARACTER}").split()
    )


@pytest.mark.parametrize(
    "name", ["http://a.b", "HTTPS://a.b", "www.a.b", "a@b.c", ":smile:", "x:red[y]"]
)
def test_an_address_in_a_name_does_not_become_a_link(name):
    assert plain(name).count("\N{WORD JOINER}") >= 1


def words_of(markup):
    return " ".join(html.unescape(re.sub("<[^>]*>", "", markup)).split())


def test_an_error_ends_with_its_code_and_a_warning_has_none():
    error = error_markup(Problem("E_X", "error", "a rule must hold"))
    [note] = notes_markup([Problem("W_X", "warning", "worth knowing")])
    assert words_of(error) == "⚠ Refused: a rule must hold. E_X"
    assert words_of(note) == "Worth knowing."
    assert ('role="alert"' in error, 'role="alert"' in note) == (True, False)


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ("abc", "⚠ Row 17, forest: ‘abc’ is not a number. Numbers must be digits with"),
        ("inf", "⚠ Row 17, forest: ‘inf’ is not finite. Numbers must be finite. Replace"),
        ("7", "⚠ Row 17, forest: a score on the probability scale must lie between 0 and 1, got 7"),
        ("", "⚠ Row 17, forest: every unit must have a number, got nothing. Enter one"),
    ],
)
def test_an_error_in_a_row_begins_with_its_place(tmp_path, score, said):
    """Errors of the reader of files: place, value, rule."""
    rows = [f"u{k},{k % 2},{score if k == 17 else 0.3}" for k in range(1, 40)]
    path = tmp_path / "s.csv"
    path.write_text("\n".join(["id,label,forest", *rows]) + "\n")
    error = refusal(path, scale="probability", models=["forest"])
    problem = replace(error.problems[0], file="s.csv")
    text = words_of(error_markup(problem))
    assert text.startswith(said)
    assert text.endswith(f"{problem.hint} s.csv {problem.code}")


def test_warnings_about_several_columns_share_a_sentence(tmp_path):
    """Warnings about a file with models that are confidently wrong, or constant."""
    rng = random.Random(5)
    wrong = {"a": 1, "b": 12, "c": 3}
    columns = {
        name: [
            "1" if k < 2 * count and k % 2 == 0 else f"{rng.uniform(0.1, 0.9):.6f}"
            for k in range(120)
        ]
        for name, count in wrong.items()
    } | {name: ["0.5"] * 120 for name in ("flat", "even")}
    rows = [
        ",".join([f"u{k}", str(k % 2), *(column[k] for column in columns.values())])
        for k in range(120)
    ]
    path = tmp_path / "s.csv"
    path.write_text("\n".join([",".join(["id", "label", *columns]), *rows]) + "\n")
    checked = open_scores(path, scale="probability", models=list(columns)).check()
    said = [words_of(line) for line in notes_markup(checked.problems, is_one_file=True)]
    assert (
        "Log loss is infinite for 3 models: b (12 units), c (3), a (1), scored exactly 0 or 1 on the "
        "wrong side; the pages clip these scores at 2.2e-16." in said
    )
    assert any("(columns flat, even)" in line for line in said)
    assert not any("s.csv" in line for line in said)
    assert all("s.csv" in line for line in map(words_of, notes_markup(checked.problems)))
    alone = [p for p in checked.problems if p.column == "a"]
    assert [words_of(line) for line in notes_markup(alone, is_one_file=True)] == [
        "Log loss is infinite for a (1 unit), scored exactly 0 or 1 on the wrong side; the pages clip these "
        "scores at 2.2e-16."
    ]


def test_a_warning_about_many_columns_names_the_first():
    notes = [Problem("W_X", "warning", "odd", "s.csv", column=f"m{k}") for k in range(30)]
    [said] = map(words_of, notes_markup(notes))
    assert said.endswith("m11 and 18 more).")
    assert len(notes_markup([*notes, Problem("W_X", "warning", "odd", "t.csv", column="m")])) == 2


@pytest.mark.parametrize(
    ("file", "row", "said"),
    [
        ("s.csv", 2, "row 2 is line 3"),
        ("s.TSV.gz", 1200, "row 1,200 is line 1,201"),
        ("s.csv", None, ""),
        ("s.parquet", 2, ""),
        (None, 2, ""),
    ],
)
def test_the_counting_of_rows_is_explained_for_text_files(file, row, said):
    problem = Problem("E_X", "error", "m", file=file, row=row)
    note = row_numbering([Problem("W_X", "warning", "m"), problem])
    assert said in note
    assert bool(note) == bool(said)


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
    said = words_of("".join(data_notes_markup(dataset, can_change=True)))
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
