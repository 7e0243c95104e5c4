"""Errors and warnings about files, as elements of a page."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from dashboard.data.dataset import Dataset
from dashboard.views.html_elements import render, write
from dashboard.words.data import problems as words
from metrics import Problem, ScoreError


def _markup(problem: words.ProblemWords, css: str) -> Markup:
    return render("problem.html", problem=problem, css=css)


def error_markup(problem: Problem) -> Markup:
    """Error of an upload, with its place in the file and its code."""
    return _markup(words.upload_error(problem), "cg-problem cg-refused")


def question_markup(problem: Problem) -> Markup:
    """Problem of an upload that an answer solves, with its place in the file and its code."""
    return _markup(words.question(problem), "cg-problem")


def refusal_markup(problem: Problem) -> Markup:
    """Problem that keeps a page or a part of it from being shown."""
    return _markup(words.refusal(problem), "cg-refusal")


def notes_markup(problems: Iterable[Problem], *, is_one_file: bool = False) -> list[Markup]:
    """Warnings."""
    return [_markup(note, "cg-problem") for note in words.notes(problems, is_one_file=is_one_file)]


def data_notes_markup(dataset: Dataset, *, can_change: bool = False) -> list[Markup]:
    """Warnings about a data set; see `dashboard.words.data.problems.data_notes`."""
    warnings = words.data_notes(dataset, can_change=can_change)
    return [_markup(note, "cg-problem") for note in warnings]


def draw_refusal(error: ScoreError) -> None:
    """Draw what is wrong with the input and what to do about it."""
    write(*map(refusal_markup, error.problems))
