"""What was refused or noticed while reading, as the page says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dashboard.data.library import Dataset
from dashboard.markup import escaped
from dashboard.views.snippets import write
from dashboard.words.columns import SCORES_OF, USES
from dashboard.words.phrases import first_of
from metrics import Problem, ScoreError
from metrics.errors import (
    Got,
    OneOf,
    Option,
    Part,
    Quantity,
    Wording,
    counted,
    either,
    parts_of,
    shown,
)

TABLE = "What each column is taken for"
"""Title of the table in which an upload's columns can be taken for something else."""
FORM: dict[str, str] = {
    **dict.fromkeys(USES, TABLE),
    "positive": "Label value that means defective",
    "negative": "Label value that means defective",
    "scale": "Scores are",
    "scores_of": "A score is the",
    "decimal": "Decimal sign",
    "common_ids": "Compare on the units that all files have?",
}
"""By keyword of `metrics.open_scores`: how the form of an upload asks for it."""


SCALES = {
    "probability": "probabilities, 0 to 1",
    "percent": "per cent, 0 to 100",
    "logit": "log-odds",
    "rank": "only a ranking",
}


DECIMALS = {".": "a point: 0.5", ",": "a comma: 0,5"}


def in_form_words(problem: Problem, labels: Mapping[str, str] = FORM) -> Problem:
    """A problem that names fields of an upload's form where the gate names command-line options.

    Parameters
    ----------
    labels : mapping of str to str
        The fields' labels as they stand on the page, by keyword of `metrics.open_scores`.
    """

    def field(part: Part) -> Part:
        return _field(part, labels) if isinstance(part, Option) else part

    return problem.reworded(field)


def _field(option: Option, labels: Mapping[str, str]) -> str:
    """A field of the form, as a part of a sentence that names it for what the option is there."""
    label = f"“{labels[option.keyword]}”"
    if option.keyword in USES and labels[option.keyword] == TABLE:
        use = f"“{USES[option.keyword]}”"
        columns = f"{either(option.values)} " if option.values else ""
        is_alone = option.place == "object" and not columns
        return use if is_alone else f"{columns}as {use} under {label}"
    if option.place == "end":
        return f"{either(option.values)} under {label}"
    if option.values:
        words = SCALES | DECIMALS | SCORES_OF
        # The model that stands before what its scores are of is the problem's column.
        said = [
            value.rpartition("=")[2] if option.keyword == "scores_of" else value
            for value in option.values
        ]
        values = either([f"“{words.get(value, value)}”" for value in said])
        return f"{'by ' if option.place == 'means' else ''}{values} under {label}"
    if option.keyword == "common_ids":
        return f"yes to {label}"
    return f"under {label}" if option.place == "means" else label


def error_markup(problem: Problem) -> str:
    """What refuses an upload: where and what first, then the rule, the next act, and quietly its code."""
    if problem.row is None:
        return f'<p class="cg-problem cg-refused" role="alert">{_refusal(problem)}</p>'
    place = f"Row {problem.row:,}" + (f", {problem.column}" if problem.column else "")
    message, rule = problem.message, ""
    if problem.code in _MET and problem.value:
        message = _MET[problem.code].format(shown(problem.value))
        parts = parts_of(problem.message)
        rule = _sentence(Wording(*(part for part in parts if not isinstance(part, Got)))) + "."
    file = f'<small class="cg-small">{escaped(problem.file)}</small> ' if problem.file else ""
    detail = " ".join(filter(None, [rule, problem.hint]))
    return (
        f'<p class="cg-problem cg-refused" role="alert">{_SIGN} <b>{escaped(place)}:</b> '
        f'{escaped(f"{message}.")} <span class="cg-quiet">{escaped(detail)} '
        f"{file}{_code(problem.code)}</span></p>"
    )


_MET = {"E_NUMBER": "‘{}’ is not a number", "E_SCORE_INF": "‘{}’ is not finite"}
"""By code, what was met in a row, where the gate's sentence begins with the rule."""


def notes_markup(
    problems: Iterable[Problem], *, one_file: bool = False, with_codes: bool = True
) -> list[str]:
    """What is worth knowing, a line for each; what is said of several columns is said once.

    Parameters
    ----------
    problems : iterable of Problem
        Warnings.
    one_file : bool
        Whether the file need not be named, since there is no other.
    with_codes : bool
        Whether each line ends with its code.
    """
    groups: dict[tuple[object, ...], list[Problem]] = {}
    for p in problems:
        # Of each column its own count.
        rest = tuple(part for part in parts_of(p.message) if not isinstance(part, Quantity))
        groups.setdefault((p.code, rest, p.file, p.row, p.hint), []).append(p)
    return [
        f'<p class="cg-problem">{escaped(_noted(alike, one_file))}'
        f"{f' {_code(alike[0].code)}' if with_codes else ''}</p>"
        for alike in groups.values()
    ]


_NAMED_AT_MOST = 12


def _noted(alike: list[Problem], one_file: bool) -> str:
    """One sentence about problems that differ in nothing but their column (and its count)."""
    first = alike[0]
    file = None if one_file else first.file
    if first.code == "W_LOGLOSS_INF" and any(isinstance(p, Quantity) for p in first.parts):
        message = _infinite(alike)
        return _sentence(str(replace(first, message=message, file=file, column=None)))
    if len(alike) == 1:
        return _sentence(str(replace(first, file=file)))
    place = ", ".join(
        filter(None, [file, f"columns {first_of([str(p.column) for p in alike], _NAMED_AT_MOST)}"])
    )
    hint = f" {first.hint}" if first.hint else ""
    return _sentence(f"{first.message} ({place}).{hint}")


def _infinite(alike: list[Problem]) -> str:
    """Of which models the log loss is infinite, those of most units first."""
    [scores] = {part for p in alike for part in p.parts if isinstance(part, OneOf)}
    units = [
        (part.number, p.column) for p in alike for part in p.parts if isinstance(part, Quantity)
    ]
    units.sort(key=lambda pair: -pair[0])
    listed = [
        f"{column} ({counted(count, 'unit') if k == 0 else f'{count:,}'})"
        for k, (count, column) in enumerate(units)
    ]
    of = f"{len(units)} models: " if len(units) > 1 else ""
    models = f"{of}{first_of(listed, _NAMED_AT_MOST)}"
    return f"log loss is infinite for {models}, scored exactly {scores} on the wrong side"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def refusal_markup(problem: Problem) -> str:
    """A problem that stands in the way of the page."""
    return f'<div class="cg-refusal" role="alert">{_refusal(problem)}</div>'


def _refusal(problem: Problem) -> str:
    return f"{_SIGN} <b>Refused:</b> {escaped(problem)} {_code(problem.code)}"


_SIGN = '<span class="cg-sign" aria-hidden="true">⚠</span>'


def _code(code: str) -> str:
    return f'<small class="cg-code">{escaped(code)}</small>'


_TEXTS = (".csv", ".tsv", ".txt")


def lines_markup(problems: Iterable[Problem]) -> str:
    """How rows are counted, where a row of a text file is named; otherwise nothing."""
    for problem in problems:
        name = (problem.file or "").lower().removesuffix(".gz").removesuffix(".zst")
        if problem.row is not None and name.endswith(_TEXTS):
            return (
                '<p class="cg-note">Rows are counted below the header: '
                f"row {problem.row:,} is line {problem.row + 1:,} of the file where the header is its "
                "first line and every row is one line.</p>"
            )
    return ""


def notes(dataset: Dataset) -> list[str]:
    """What the gate noted of the data, a line of markup each; the same wherever it is counted or shown."""
    # The command line's own files are read anew by its own options.
    asked = in_form_words if dataset.origin == "upload" else lambda problem: problem
    return notes_markup(
        map(asked, dataset.problems), one_file=len(dataset.files) == 1, with_codes=False
    )


def refused(error: ScoreError) -> None:
    """Say what is wrong with the input and what to do."""
    for problem in error.problems:
        write(refusal_markup(problem))
