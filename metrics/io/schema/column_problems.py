"""Warnings and errors about the columns of one table."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.errors import Option, Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.column_roles import IS_TEXT, Roles
from metrics.io.formats.cells import Location, numbers_of
from metrics.io.formats.column_names import nameless_column_error
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.label_values import likely_defect
from metrics.io.schema.vocabulary import (
    LABEL,
    SCORE,
    is_group_name,
    is_score,
    is_unchecked,
    words_of,
)

MOST_CANDIDATES = 4
"""Largest number of columns that are suggested as the label."""


def case_warnings(source: Source) -> list[Problem]:
    """Return a warning for each name that differs from another only in case."""
    names_by_case: dict[str, str] = {}
    notes = []
    for name in source.names:
        other = names_by_case.setdefault(name.casefold(), name)
        if other != name:
            text = f"names differ only in case: {other!r} and {name!r}"
            notes.append(warning("W_CASE", text, file=source.name, column=name))
    return notes


def precision_warnings(first: FirstRows, models: Sequence[str]) -> list[Problem]:
    """Return a warning for each model whose scores are stored with less than double precision."""
    notes = []
    for f in first.facts:
        if f.name in models and f.type_name in {"halffloat", "float"}:
            code, digits = ("W_F16", 3) if f.type_name == "halffloat" else ("W_F32", 7)
            text = f"scores are stored with about {digits} digits, so that some may be tied"
            notes.append(warning(code, text, file=first.file, column=f.name))
    return notes


def unused_column_warnings(roles: Roles, file: str) -> list[Problem]:
    """Return a warning for each reason why columns are not read."""
    by_reason: dict[tuple[str, bool], list[str]] = {}
    for name, why in roles.unused.items():
        by_reason.setdefault((why, is_group_name(name)), []).append(name)
    notes = []
    for (why, may_be_group), names in by_reason.items():
        column: str | None = names[0]
        text = f"left out, since {why}"
        if len(names) > 1:
            listed = ", ".join(shown(name, 30) for name in names[:8])
            more = f" and {len(names) - 8:,} more" if len(names) > 8 else ""
            column, text = None, f"left out {listed}{more}: {why}"
        hint = _use_of(
            why, may_be_group=may_be_group and roles.group is None, are_several=len(names) > 1
        )
        notes.append(warning("W_UNUSED", text, file=file, column=column, hint=hint))
    return notes


def _use_of(why: str, *, may_be_group: bool, are_several: bool) -> Wording:
    """Hint about the option that would use columns that are not read for the reason ``why``."""
    one = "one" if are_several else "it"
    if may_be_group:
        # Rows of one batch that count as independent make intervals too narrow.
        return Wording(
            f"Name {one} ", with_option("group"), " if rows of one value belong together."
        )
    if why == IS_TEXT:
        kind, segment = with_option("defect_type"), with_option("segments")
        of_kinds = Wording(f"Name {one} ", kind, " if it is the kind of defect")
        return Wording(of_kinds, ", or ", segment, " to compare its values.")
    which = "one of them is one" if are_several else "it is one"
    return Wording("Name the models ", with_option("models"), f" if {which}.")


def predicted_label_warnings(choices: ReadOptions, file: str) -> list[Problem]:
    """Warn about a label named by the caller whose name suggests a model's prediction."""
    if choices.label is None or not is_unchecked(words_of(choices.label)):
        return []
    text = "the label is named like a prediction: if it is one, every figure flatters its model"
    hint = Wording("Name the true label ", with_option("label"), " if there is one.")
    return [warning("W_PREDICTED", text, file=file, column=choices.label, hint=hint)]


def weight_warnings(roles: Roles, file: str) -> list[Problem]:
    """Note which column is the weight of a row."""
    if roles.weight is None:
        return []
    text = "this column is the weight of a row: a row counts as often as it says"
    hint = Wording("Name another ", with_option("weight"), ", or rename the column.")
    return [warning("W_WEIGHT", text, file=file, column=roles.weight, hint=hint)]


def label_candidates(facts: Sequence[ColumnFacts]) -> list[ColumnFacts]:
    """Return the columns that may be the label, the likeliest first.

    Values such as "good" and "defective" come first. Predictions are candidates only if there are no others.
    """
    two = [f for f in facts if f.distinct == 2 and (f.whole or f.kind == "text")]
    candidates = [f for f in two if not is_unchecked(f.words)] or two
    return sorted(candidates, key=lambda f: likely_defect(f.values) is None)[:MOST_CANDIDATES]


def missing_label_error(file: str, facts: Sequence[ColumnFacts]) -> ScoreError:
    """Return the error for a table in which no column has a label's name."""
    values = [f for f in facts if f.name and (f.name in f.levels or f.name.strip().isdigit())]
    nested = [f for f in facts if f.kind == "nested"]
    if values and not any(f.name == "" for f in facts):
        return ScoreError(
            "E_HEADER",
            f"the first line must hold column names, got what looks like values: {values[0].name!r}",
            file=file,
            hint=Wording("Add a header line, or name the label column ", with_option("label"), "."),
        )
    if nested:
        return ScoreError(
            "E_TYPE",
            f"columns must hold plain values, got {nested[0].type_name}",
            file=file,
            column=nested[0].name,
            hint="Write the id, the label and the defect's score as columns of their own.",
        )
    scores = [f.name for f in facts if f.key in LABEL and not f.whole]
    got = f"got fractions in {scores[0]!r}" if scores else "got none by a known name"
    likely = [f.name for f in label_candidates(facts)]
    error = ScoreError(
        "E_NOLABEL",
        f"there must be a label column, {got}",
        file=file,
        hint=Wording("Name it ", with_option("label", *likely), ", or add a label file."),
    )
    commas = [f for f in facts if f.kind == "decimal-comma"]
    asked = [problem for f in commas[:1] for problem in comma_error(f, file).problems]
    return ScoreError.of([*error.problems, *asked])


def missing_scores_error(file: str) -> ScoreError:
    """Return the error for a table in which no column holds scores."""
    return ScoreError(
        "E_NOMODEL",
        "there must be a score column, got none that holds numbers",
        file=file,
        hint=Wording("Name the columns ", with_option("models"), ", or add score files."),
    )


def comma_error(facts: ColumnFacts, file: str) -> ScoreError:
    """Return the ``E_DECIMAL_COMMA`` error of a column."""
    row, value = facts.comma or (None, None)
    return ScoreError(
        "E_DECIMAL_COMMA",
        f"numbers must have a decimal point, got {value!r}",
        file=file,
        row=row,
        column=facts.name,
        value=value,
        hint=Wording("Say ", Option("decimal", (",",)), " if the comma is the decimal sign."),
    )


def refuse_words_as_scores(first: FirstRows, roles: Roles) -> None:
    """Raise for a column of words, such as true and false, that has a score's name.

    The code is ``E_NUMBER``, or ``E_SCORE_NA`` if its first cell is empty.
    """
    for f in first.facts:
        if f.name in roles.unused and f.kind == "text" and (f.key in SCORE or is_score(f.words)):
            _refuse_words(first, f.name)


def require_column_names(first: FirstRows) -> None:
    """Raise ``E_COLNAME`` if a column with values has no name, except for the index of pandas."""
    for position, f in enumerate(first.facts):
        # An index comes first, and its values number the rows or are all different.
        index = position == 0 and (f.whole or (f.distinct == f.rows and f.kind != "number"))
        if not f.name and f.kind != "empty" and not index:
            raise nameless_column_error(position, first.file, value=next(iter(f.values), None))


def require_numbers(first: FirstRows, roles: Roles) -> None:
    """Raise ``E_NUMBER`` or ``E_DECIMAL_COMMA`` unless weight and value columns are numbers."""
    for f in first.facts:
        if f.name not in {roles.weight, roles.value}:
            continue
        if f.kind == "decimal-comma":
            raise comma_error(f, first.file)
        if f.kind in {"spoilt", "text"}:
            _refuse_words(first, f.name)


def _refuse_words(first: FirstRows, column: str) -> None:
    """Raise the error of the first cell that is no number."""
    numbers_of(first.source.head()[column], Location(first.source, column))
