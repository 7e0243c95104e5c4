"""Tests of the markup of errors and warnings: place, value, rule, and warnings that share a sentence."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dashboard.views.problem_markup import error_markup, notes_markup
from metrics import Problem, open_scores
from tests.dashboard.pages import words
from tests.metrics.opening import refusal


def test_an_error_ends_with_its_code_and_a_warning_has_none():
    error = error_markup(Problem("E_X", "error", "a rule must hold"))
    [note] = notes_markup([Problem("W_X", "warning", "worth knowing")])
    assert words(error) == "⚠ Refused: a rule must hold. E_X"
    assert words(note) == "Worth knowing."
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
    text = words(error_markup(problem))
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
    said = [words(line) for line in notes_markup(checked.problems, is_one_file=True)]
    assert (
        "Log loss is infinite for 3 models: b (12 units), c (3), a (1), scored exactly 0 or 1 on the "
        "wrong side; the pages clip these scores at 2.2e-16." in said
    )
    assert any("(columns flat, even)" in line for line in said)
    assert not any("s.csv" in line for line in said)
    assert all("s.csv" in line for line in map(words, notes_markup(checked.problems)))
    alone = [p for p in checked.problems if p.column == "a"]
    assert [words(line) for line in notes_markup(alone, is_one_file=True)] == [
        "Log loss is infinite for a (1 unit), scored exactly 0 or 1 on the wrong side; the pages clip these "
        "scores at 2.2e-16."
    ]


def test_a_warning_about_many_columns_names_the_first():
    notes = [Problem("W_X", "warning", "odd", "s.csv", column=f"m{k}") for k in range(30)]
    [said] = map(words, notes_markup(notes))
    assert said.endswith("m11 and 18 more).")
    assert len(notes_markup([*notes, Problem("W_X", "warning", "odd", "t.csv", column="m")])) == 2
