"""Tests that hints about an upload name the fields of the form instead of options."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

import metrics
from dashboard.words.data.problems import FORM, in_form_words, row_numbering
from dashboard.words.data.questions import QUESTIONS
from metrics import Problem, open_scores
from metrics.errors import Keyword, Option, Wording, with_option
from tests.metrics.opening import error_of

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
