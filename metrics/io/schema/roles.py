"""What the names and the sample of one table say, and what must be asked instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from metrics.errors import Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io import column_names as names
from metrics.io.column_names import ColumnFacts, Roles
from metrics.io.formats.cells import Place, numbers_of
from metrics.io.formats.header import nameless_column
from metrics.io.formats.source import Source
from metrics.io.options import ReadOptions
from metrics.io.schema.class_labels import known_positive, spelling
from metrics.io.schema.profile import make_a_whole, measure
from metrics.io.schema.score_columns import candidates, class_groups, refuse_comma
from metrics.io.stored_roles import StoredRoles


def facts_of(source: Source, choices: ReadOptions) -> list[ColumnFacts]:
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
    scores = [f.name for f in facts if names.normal(f.name) in names.LABEL and not f.whole]
    got = f"got fractions in {scores[0]!r}" if scores else "got none by a known name"
    return ScoreError(
        "E_NOLABEL",
        f"there must be a label column, {got}",
        file=source.name,
        hint=Wording("Name it ", with_option("label"), ", or add a label file."),
    )


def no_model(file: str) -> ScoreError:
    """Return what to say where no column holds scores."""
    return ScoreError(
        "E_NOMODEL",
        "there must be a score column, got none that holds numbers",
        file=file,
        hint=Wording("Name the columns ", with_option("models"), ", or add score files."),
    )


def need_names(facts: Sequence[ColumnFacts], source: Source) -> None:
    """Hold columns with values to have a name, but for the index of pandas.

    Raises
    ------
    ScoreError
        ``E_COLNAME``.
    """
    for position, f in enumerate(facts):
        values = [level for level in f.levels if level]
        # An index stands first, and its values count the rows or tell them apart.
        index = position == 0 and (f.whole or (f.distinct == f.rows and f.kind != "number"))
        if not f.name and f.kind != "empty" and not index:
            raise nameless_column(position, source.name, value=values[0] if values else None)


def need_numbers(facts: Sequence[ColumnFacts], roles: Roles, source: Source) -> None:
    """Hold weight and value columns to numbers.

    Raises
    ------
    ScoreError
        ``E_NUMBER``, ``E_DECIMAL_COMMA``.
    """
    heads = dict(zip(source.names, source.head(), strict=True))
    for f in facts:
        if f.name not in {roles.weight, roles.value}:
            continue
        if f.kind == "decimal-comma":
            refuse_comma(f, source.name)
        if f.kind in {"spoilt", "text"}:
            numbers_of(heads[f.name], Place(source, f.name))


def keep_class_column(
    roles: Roles, label: ColumnFacts, source: Source, choices: ReadOptions
) -> None:
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
    scale, decimal = choices.scale or "probability", choices.decimal or "."

    def named_whole(several: Sequence[str]) -> bool:
        return make_a_whole(source, several, scale=scale, decimal=decimal, named=True)

    groups = class_groups(roles.models, levels, named_whole)
    meanings = {spelling(level)[1] for level in levels}
    if not groups and meanings == {0, 1}:
        # Labels such as true or 1.0 beside columns such as p0 and p1.
        groups = class_groups(roles.models, ["0", "1"], named_whole)
        positive = None if positive is None else str(spelling(positive)[1])
    classes = {name for group in groups for name in group.values()}
    rest = [name for name in roles.models if name not in classes]
    unnamed = len(rest) > 1 and make_a_whole(source, rest, scale=scale, decimal=decimal)
    if not groups and not unnamed:
        return
    said = ", ".join(repr(shown(level, 30)) for level in levels)
    if len(levels) > 2 and meanings != {0, 1} and choices.positive is None:
        raise ScoreError(
            "E_MULTICLASS",
            f"the label must have two values, got {said}",
            file=source.name,
            column=label.name,
            hint=Wording("Say which one is the defect ", with_option("positive"), "."),
        )
    if positive is None:
        raise ScoreError(
            "E_POSLABEL",
            f"which label value is the defect must be known, got {said}",
            file=source.name,
            column=label.name,
            hint=Wording("Say it ", with_option("positive"), "."),
        )
    if unnamed:
        raise ScoreError(
            "E_CLASSCOLUMN",
            "columns that add up to 1 must say whose probability they hold, "
            f"got {', '.join(shown(name, 30) for name in rest[:6])}",
            file=source.name,
            column=rest[0],
            hint=Wording(
                "Name the column with the defect's probability ", with_option("models"), "."
            ),
        )
    kept = {group[positive] for group in groups}
    roles.models = tuple(name for name in roles.models if name not in classes or name in kept)


def add_new_columns(
    roles: Roles, stored: StoredRoles, source: Source, choices: ReadOptions
) -> list[Problem]:
    """Give a role to columns that a converted file got later; return the warnings that go with it.

    Raises
    ------
    ScoreError
        See `need_numbers` and `metrics.io.schema.score_columns.candidates`.
    """
    kept = stored.roles.used() | set(stored.roles.models)
    asked = roles.used() | set(roles.models)
    facts = [f for f in facts_of(source, choices) if f.name not in kept | asked]
    found = names.find_roles(facts, ReadOptions(), source.name)
    for role in ("weight", "value", "group"):
        if getattr(roles, role) is None and getattr(choices, role) is None:
            setattr(roles, role, getattr(found, role))
    if choices.segments is None:
        roles.segments = (*roles.segments, *found.segments)
    need_numbers(facts, roles, source)
    if choices.models is not None:
        return []
    rest = [f for f in facts if f.name not in roles.used()]
    new = replace(roles, models=(), problems=[])
    own = replace(ReadOptions(), scale=choices.scale or stored.scale, decimal=choices.decimal)
    candidates(rest, new, own, source.name)
    roles.models = (*roles.models, *new.models)
    return [*new.problems, *note_precision(facts, new.models, source.name)]
