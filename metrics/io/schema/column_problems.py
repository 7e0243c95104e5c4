"""Warnings and errors about the columns of one table."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.errors import Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.column_roles import Roles
from metrics.io.formats.cells import Place, numbers_of
from metrics.io.formats.column_names import nameless_column
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_facts import ColumnFacts
from metrics.io.schema.column_words import LABEL, SCORE, is_predicted, is_score, words_of
from metrics.io.schema.model_columns import comma_error


def note_case(source: Source) -> list[Problem]:
    """Return a warning for each name that differs from another only in case."""
    names_by_case: dict[str, str] = {}
    notes = []
    for name in source.names:
        if name.casefold() in names_by_case:
            text = f"names differ only in case: {names_by_case[name.casefold()]!r} and {name!r}"
            notes.append(warning("W_CASE", text, file=source.name, column=name))
        names_by_case.setdefault(name.casefold(), name)
    return notes


def note_precision(facts: Sequence[ColumnFacts], models: Sequence[str], file: str) -> list[Problem]:
    """Return a warning for each model whose scores are stored with less than double precision."""
    notes = []
    for f in facts:
        if f.name in models and f.type_name in {"halffloat", "float"}:
            code, digits = ("W_F16", 3) if f.type_name == "halffloat" else ("W_F32", 7)
            text = f"scores are stored with about {digits} digits, so that some may be tied"
            notes.append(warning(code, text, file=file, column=f.name))
    return notes


def note_unused(roles: Roles, file: str) -> list[Problem]:
    """Return a warning for each reason why columns are not read."""
    by_reason: dict[str, list[str]] = {}
    for name, why in roles.unused.items():
        by_reason.setdefault(why, []).append(name)
    notes = []
    for why, names in by_reason.items():
        listed = ", ".join(shown(name, 30) for name in names[:8])
        more = f" and {len(names) - 8:,} more" if len(names) > 8 else ""
        text = f"left out, since {why}" if len(names) == 1 else f"left out {listed}{more}: {why}"
        notes.append(
            warning(
                "W_UNUSED",
                text,
                file=file,
                column=names[0] if len(names) == 1 else None,
                hint=Wording("Name the models ", with_option("models"), " if it is one.")
                if len(names) == 1
                else Wording("Name the models ", with_option("models"), " if one of them is one."),
            )
        )
    return notes


def note_label(choices: ReadOptions, file: str) -> list[Problem]:
    """Warn about a label named by the caller whose name suggests a model's prediction."""
    if choices.label is None or not is_predicted(words_of(choices.label)):
        return []
    text = "the label is named like a prediction: if it is one, every figure flatters its model"
    hint = Wording("Name the true label ", with_option("label"), " if there is one.")
    return [warning("W_PREDICTED", text, file=file, column=choices.label, hint=hint)]


def note_weight(roles: Roles, file: str) -> list[Problem]:
    """Note which column is the weight of a row."""
    if roles.weight is None:
        return []
    text = "this column is the weight of a row: a row counts as often as it says"
    hint = Wording("Name another ", with_option("weight"), ", or rename the column.")
    return [warning("W_WEIGHT", text, file=file, column=roles.weight, hint=hint)]


def no_label(source: Source, facts: Sequence[ColumnFacts]) -> ScoreError:
    """Return the error for a table in which no column has a label's name."""
    values = [f for f in facts if f.name and (f.name in f.levels or f.name.strip().isdigit())]
    nested = [f for f in facts if f.kind == "nested"]
    if values and not any(f.name == "" for f in facts):
        return ScoreError(
            "E_HEADER",
            f"the first line must hold column names, got what looks like values: {values[0].name!r}",
            file=source.name,
            hint=Wording("Add a header line, or name the label column ", with_option("label"), "."),
        )
    if nested:
        return ScoreError(
            "E_TYPE",
            f"columns must hold plain values, got {nested[0].type_name}",
            file=source.name,
            column=nested[0].name,
            hint="Write the id, the label and the defect's score as columns of their own.",
        )
    scores = [f.name for f in facts if f.key in LABEL and not f.whole]
    got = f"got fractions in {scores[0]!r}" if scores else "got none by a known name"
    two = [
        f.name
        for f in facts
        if f.distinct == 2 and (f.whole or f.kind == "text") and not is_predicted(f.words)
    ]
    error = ScoreError(
        "E_NOLABEL",
        f"there must be a label column, {got}",
        file=source.name,
        hint=Wording("Name it ", with_option("label", *two[:4]), ", or add a label file."),
    )
    commas = [f for f in facts if f.kind == "decimal-comma"]
    asked = [problem for f in commas[:1] for problem in comma_error(f, source.name).problems]
    return ScoreError.of([*error.problems, *asked])


def no_model(file: str) -> ScoreError:
    """Return the error for a table in which no column holds scores."""
    return ScoreError(
        "E_NOMODEL",
        "there must be a score column, got none that holds numbers",
        file=file,
        hint=Wording("Name the columns ", with_option("models"), ", or add score files."),
    )


def refuse_words_as_scores(facts: Sequence[ColumnFacts], roles: Roles, source: Source) -> None:
    """Raise for a column of words, such as true and false, that has a score's name.

    Raises
    ------
    ScoreError
        ``E_NUMBER``, or ``E_SCORE_NA`` if its first cell is empty.
    """
    heads = source.head()
    for f in facts:
        if f.name in roles.unused and f.kind == "text" and (f.key in SCORE or is_score(f.words)):
            numbers_of(heads[f.name], Place(source, f.name))


def need_names(facts: Sequence[ColumnFacts], source: Source) -> None:
    """Check that columns with values have a name, except for the index of pandas.

    Raises
    ------
    ScoreError
        ``E_COLNAME``.
    """
    for position, f in enumerate(facts):
        values = [level for level in f.levels if level]
        # An index comes first, and its values number the rows or are all different.
        index = position == 0 and (f.whole or (f.distinct == f.rows and f.kind != "number"))
        if not f.name and f.kind != "empty" and not index:
            raise nameless_column(position, source.name, value=values[0] if values else None)


def need_numbers(facts: Sequence[ColumnFacts], roles: Roles, source: Source) -> None:
    """Check that weight and value columns are numbers.

    Raises
    ------
    ScoreError
        ``E_NUMBER``, ``E_DECIMAL_COMMA``.
    """
    heads = source.head()
    for f in facts:
        if f.name not in {roles.weight, roles.value}:
            continue
        if f.kind == "decimal-comma":
            raise comma_error(f, source.name)
        if f.kind in {"spoilt", "text"}:
            numbers_of(heads[f.name], Place(source, f.name))
