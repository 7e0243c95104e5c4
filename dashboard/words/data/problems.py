"""Words for problems of files: errors, warnings, and the field of a form that resolves a problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dashboard.data.dataset import Dataset
from dashboard.words.data.columns import SCORES_OF, USES
from dashboard.words.phrases import capital, first_of
from metrics import Problem
from metrics.errors import (
    Got,
    OneOf,
    Option,
    Quantity,
    Wording,
    counted,
    either,
    parts_of,
    shown,
)

TABLE = "What each column is taken for"
IN_TABLE = "Taken for"
"""Title of the table of columns in the form of an upload, and heading of the table of open data."""
FORM: dict[str, str] = {
    **dict.fromkeys(USES, TABLE),
    "positive": "Label value that means defective",
    "negative": "Label value that means defective",
    "scale": "Scores are",
    "scores_of": "A score is the",
    "decimal": "Decimal sign",
    "common_ids": "Compare on the units that all files have?",
}
"""Label of the field in the form of an upload, by keyword of `metrics.open_scores`."""
SCALES = {
    "probability": "probabilities, 0 to 1",
    "percent": "per cent, 0 to 100",
    "logit": "log-odds",
    "rank": "only a ranking",
}
DECIMALS = {".": "a point: 0.5", ",": "a comma: 0,5"}


@dataclass(frozen=True)
class ProblemWords:
    """Words for a problem.

    Attributes
    ----------
    lead : str
        Place of an error, or "Refused"; empty for a warning.
    quiet : str
        Rule and next step, if these are not part of ``text``.
    file : str
        Name of the file, if it is not part of ``text``.
    code : str
        Code of the problem; empty if it is not shown.
    """

    lead: str
    text: str
    quiet: str = ""
    file: str = ""
    code: str = ""


def in_form_words(problem: Problem, labels: Mapping[str, str] = FORM) -> Problem:
    """Replace command-line options in a problem by the names of the fields of an upload's form."""
    return problem.reworded(lambda part: _field(part, labels) if isinstance(part, Option) else part)


def _field(option: Option, labels: Mapping[str, str]) -> str:
    """Name of a field, as part of a sentence about what to enter there."""
    label = f"“{labels[option.keyword]}”"
    if option.keyword in USES and labels[option.keyword] in (TABLE, IN_TABLE):
        use = f"“{USES[option.keyword]}”"
        columns = f"{either(option.values)} " if option.values else ""
        is_alone = option.place == "object" and not columns
        return use if is_alone else f"{columns}as {use} under {label}"
    if option.place == "end":
        return f"{either(option.values)} under {label}"
    if option.values:
        words = SCALES | DECIMALS | SCORES_OF
        # Only the meaning of the scores is written, since the model is the column of the problem.
        answers = [
            value.rpartition("=")[2] if option.keyword == "scores_of" else value
            for value in option.values
        ]
        values = either([f"“{words.get(value, value)}”" for value in answers])
        return f"{'by ' if option.place == 'means' else ''}{values} under {label}"
    if option.keyword == "common_ids":
        return f"yes to {label}"
    return f"under {label}" if option.place == "means" else label


def refusal(problem: Problem) -> ProblemWords:
    """Words for an error that keeps a page or a part of it from being shown."""
    return ProblemWords("Refused", str(problem), code=problem.code)


_MET = {"E_NUMBER": "‘{}’ is not a number", "E_SCORE_INF": "‘{}’ is not finite"}
"""Words for a wrong value, by code, for problems whose message begins with the rule."""


def upload_error(problem: Problem) -> ProblemWords:
    """Words for an error of an upload: first place and value, then the rule and the next step."""
    if problem.row is None:
        return refusal(problem)
    place = f"Row {problem.row:,}" + (f", {problem.column}" if problem.column else "")
    message, rule = problem.message, ""
    if problem.code in _MET and problem.value:
        message = _MET[problem.code].format(shown(problem.value))
        parts = parts_of(problem.message)
        rule = capital(str(Wording(*(part for part in parts if not isinstance(part, Got))))) + "."
    quiet = " ".join(filter(None, [rule, problem.hint]))
    return ProblemWords(place, f"{message}.", quiet, problem.file or "", problem.code)


def question(problem: Problem) -> ProblemWords:
    """Words for a problem that an answer solves, which is no refusal."""
    asked = upload_error(problem)
    return replace(asked, lead="") if problem.row is None else asked


def notes(problems: Iterable[Problem], *, is_one_file: bool = False) -> list[ProblemWords]:
    """Words for warnings. Warnings that differ only in the column share a sentence."""
    groups: dict[tuple[object, ...], list[Problem]] = {}
    for p in problems:
        # The count is ignored, since it differs by column.
        rest = tuple(part for part in parts_of(p.message) if not isinstance(part, Quantity))
        groups.setdefault((p.code, rest, p.file, p.row, p.hint), []).append(p)
    return [ProblemWords("", capital(_noted(alike, is_one_file))) for alike in groups.values()]


CHANGE_USE = "To use a column, change “Taken for” in the table."
OPEN_AGAIN = "To use a column, open its file again and choose “Look first”."
"""Advice about an unused column of an upload, by whether the page lets the reader change its use."""


def data_notes(dataset: Dataset, *, can_change: bool) -> list[ProblemWords]:
    """Words for the warnings about a data set."""

    def advised(problem: Problem) -> Problem:
        is_upload = dataset.origin == "upload"
        is_unused = problem.code == "W_UNUSED" and problem.hint and problem.row is None
        if is_unused and (can_change or is_upload):
            return replace(problem, hint=CHANGE_USE if can_change else OPEN_AGAIN)
        # Only uploads have a form. Other files are read with the options of the command line.
        labels = FORM | dict.fromkeys(USES, IN_TABLE) if can_change else FORM
        return in_form_words(problem, labels) if is_upload else problem

    # A finite log loss needs no note.
    relevant = [p for p in dataset.problems if p.code != "W_LOGLOSS_INF" or _is_infinite(p)]
    return notes(map(advised, relevant), is_one_file=len(dataset.files) == 1)


_NAMED_AT_MOST = 12


def _noted(alike: list[Problem], is_one_file: bool) -> str:
    """Sentence about problems that differ only in their column and its count."""
    first = alike[0]
    file = None if is_one_file else first.file
    if first.code == "W_LOGLOSS_INF" and _is_infinite(first):
        return str(replace(first, message=_infinite(alike), file=file, column=None))
    if len(alike) == 1:
        return str(replace(first, file=file))
    columns = first_of([str(p.column) for p in alike], _NAMED_AT_MOST)
    place = ", ".join(filter(None, [file, f"columns {columns}"]))
    hint = f" {first.hint}" if first.hint else ""
    return f"{first.message} ({place}).{hint}"


def _is_infinite(problem: Problem) -> bool:
    """True if a problem counts the units that make a log loss infinite."""
    return any(isinstance(part, Quantity) for part in problem.parts)


def _infinite(alike: list[Problem]) -> str:
    """Sentence about models whose log loss is infinite. Those with the most such units are first."""
    [scores] = {part for p in alike for part in p.parts if isinstance(part, OneOf)}
    units = [
        (part.number, p.column) for p in alike for part in p.parts if isinstance(part, Quantity)
    ]
    units.sort(key=lambda pair: -pair[0])
    listed = [
        f"{column} ({counted(count, 'unit') if k == 0 else f'{count:,}'})"
        for k, (count, column) in enumerate(units)
    ]
    number_of_models = f"{len(units)} models: " if len(units) > 1 else ""
    models = f"{number_of_models}{first_of(listed, _NAMED_AT_MOST)}"
    infinite = f"log loss is infinite for {models}, scored exactly {scores} on the wrong side"
    return f"{infinite}; the pages clip these scores at 2.2e-16"


_TEXTS = (".csv", ".tsv", ".txt")


def row_numbering(problems: Iterable[Problem]) -> str:
    """Sentence about the numbering of rows if a problem names a row of a text file, otherwise empty."""
    for problem in problems:
        name = (problem.file or "").lower().removesuffix(".gz").removesuffix(".zst")
        if problem.row is not None and name.endswith(_TEXTS):
            return (
                f"Rows are counted below the header: row {problem.row:,} is line {problem.row + 1:,} of the "
                "file where the header is its first line and every row is one line."
            )
    return ""
