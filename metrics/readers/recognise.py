"""What the names and the sample of one table say, and what must be asked instead."""

from __future__ import annotations

from collections.abc import Sequence

from metrics import columns as names
from metrics.columns import Choices, ColumnFacts, Roles
from metrics.errors import Problem, ScoreError, shown, warning
from metrics.readers.base import Source
from metrics.readers.facts import measure, sum_to_one
from metrics.readers.labels import known_positive, spelling
from metrics.readers.models import class_groups, refuse_comma
from metrics.readers.values import Place, numbers_of


def facts_of(source: Source, choices: Choices) -> list[ColumnFacts]:
    """Return the facts of every column of the sample."""
    return [
        measure(name, array, source, choices.decimal or ".")
        for name, array in zip(source.names, source.head(), strict=True)
    ]


def note_case(source: Source) -> list[Problem]:
    """Return a warning for each name that differs from another only in case."""
    seen: dict[str, str] = {}
    notes = []
    for name in source.names:
        if name.casefold() in seen:
            text = f"names differ only in case: {seen[name.casefold()]!r} and {name!r}"
            notes.append(warning("W_CASE", text, file=source.name, column=name))
        seen.setdefault(name.casefold(), name)
    return notes


def note_precision(facts: Sequence[ColumnFacts], models: Sequence[str], file: str) -> list[Problem]:
    """Return a warning for each model whose scores are stored in less than double precision."""
    notes = []
    for f in facts:
        if f.name in models and f.type_name in {"halffloat", "float"}:
            code, digits = ("W_F16", 3) if f.type_name == "halffloat" else ("W_F32", 7)
            text = f"scores are stored with about {digits} digits, so that some may be tied"
            notes.append(warning(code, text, file=file, column=f.name))
    return notes


def no_label(source: Source, facts: Sequence[ColumnFacts]) -> ScoreError:
    """Return what to say where no column is a label by its name."""
    values = [f for f in facts if f.name and (f.name in f.levels or f.name.strip().isdigit())]
    nested = [f for f in facts if f.kind == "nested"]
    if values and not any(f.name == "" for f in facts):
        return ScoreError(
            "E_HEADER",
            f"the first line must hold column names, got what looks like values: {values[0].name!r}",
            file=source.name,
            hint="Add a header line, or name the label column with --label.",
        )
    if nested:
        return ScoreError(
            "E_TYPE",
            f"columns must hold plain values, got {nested[0].type_name}",
            file=source.name,
            column=nested[0].name,
            hint="Write the id, the label and the defect's score as columns of their own.",
        )
    scores = [f.name for f in facts if names.normal(f.name) in names.LABEL and not f.whole]
    got = f"got fractions in {scores[0]!r}" if scores else "got none by a known name"
    return ScoreError(
        "E_NOLABEL",
        f"there must be a label column, {got}",
        file=source.name,
        hint="Name it with --label, or add a label file.",
    )


def no_model(file: str) -> ScoreError:
    """Return what to say where no column holds scores."""
    return ScoreError(
        "E_NOMODEL",
        "there must be a score column, got none that holds numbers",
        file=file,
        hint="Name the columns with --model, or add score files.",
    )


def need_numbers(facts: Sequence[ColumnFacts], roles: Roles, source: Source) -> None:
    """Hold weight and value columns to numbers.

    Raises
    ------
    ScoreError
        ``E_NUMBER``, ``E_DECIMAL_COMMA``.
    """
    for f, array in zip(facts, source.head(), strict=True):
        if f.name not in {roles.weight, roles.value}:
            continue
        if f.kind == "decimal-comma":
            refuse_comma(f, source.name)
        if f.kind in {"spoilt", "text"}:
            numbers_of(array, Place(source, f.name))


def keep_class_column(roles: Roles, label: ColumnFacts, source: Source, choices: Choices) -> None:
    """Where columns hold the probability of one class each, keep the defect's of every model.

    Raises
    ------
    ScoreError
        ``E_MULTICLASS``, ``E_POSLABEL`` or ``E_CLASSCOLUMN`` where names and label values do not say
        which it is.
    """
    if choices.models is not None or len(roles.models) < 2:
        return
    levels = [level for level in label.levels if level]
    positive = known_positive(levels, choices.positive)
    groups = class_groups(roles.models, levels, lambda several: sum_to_one(source, several))
    meanings = {spelling(level)[1] for level in levels}
    if not groups and meanings == {0, 1}:
        # Labels such as true or 1.0 beside columns such as p0 and p1.
        groups = class_groups(roles.models, ["0", "1"], lambda several: sum_to_one(source, several))
        positive = None if positive is None else str(spelling(positive)[1])
    classes = {name for group in groups for name in group.values()}
    rest = [name for name in roles.models if name not in classes]
    unnamed = len(rest) > 1 and sum_to_one(source, rest)
    if not groups and not unnamed:
        return
    said = ", ".join(repr(shown(level, 30)) for level in levels)
    if len(levels) > 2 and meanings != {0, 1} and choices.positive is None:
        raise ScoreError(
            "E_MULTICLASS",
            f"the label must have two values, got {said}",
            file=source.name,
            column=label.name,
            hint="Say which one is the defect with --positive.",
        )
    if positive is None:
        raise ScoreError(
            "E_POSLABEL",
            f"which label value is the defect must be known, got {said}",
            file=source.name,
            column=label.name,
            hint="Say it with --positive.",
        )
    if unnamed:
        raise ScoreError(
            "E_CLASSCOLUMN",
            "columns that add up to 1 must say whose probability they hold, "
            f"got {', '.join(shown(name, 30) for name in rest[:6])}",
            file=source.name,
            column=rest[0],
            hint="Name the column with the defect's probability with --model.",
        )
    kept = {group[positive] for group in groups}
    roles.models = tuple(name for name in roles.models if name not in classes or name in kept)
