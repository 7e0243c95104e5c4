"""From what the caller gives to one table with its columns known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike, fspath

from metrics import columns as names
from metrics.columns import Choices, ColumnFacts, Columns, Roles, Scale
from metrics.errors import Problem, ScoreError
from metrics.readers.base import Source
from metrics.readers.files import open_source
from metrics.readers.join import Part, join
from metrics.readers.long import pivot
from metrics.readers.models import candidates, long_score, model_key
from metrics.readers.objects import read_object
from metrics.readers.parquet import ParquetSource
from metrics.readers.recognise import (
    facts_of,
    keep_class_column,
    need_numbers,
    no_label,
    no_model,
    note_case,
    note_precision,
)


@dataclass(frozen=True)
class Table:
    """One table with its columns known.

    Attributes
    ----------
    digests : tuple of Source
        What the fingerprint is made of.
    """

    source: Source
    columns: Columns
    files: tuple[str, ...]
    digests: tuple[Source, ...]
    problems: list[Problem] = field(default_factory=list)
    scale: Scale = "probability"


def open_table(given: object, choices: Choices) -> Table:
    """Open one file, several files, or a table in memory.

    Raises
    ------
    ScoreError
        Where the input cannot be read in exactly one way.
    TypeError
        Where it is neither a path nor a table.
    """
    sources, files = open_sources(given, choices)
    if len(sources) == 1:
        return _single(sources[0], choices, files)
    return _several(sources, choices, files)


def open_sources(given: object, choices: Choices) -> tuple[list[Source], tuple[str, ...]]:
    """Open what is given without looking for columns; return the sources and their names as given.

    Raises
    ------
    ScoreError, TypeError
        See `open_table`.
    """
    if isinstance(given, (str, PathLike)):
        files = [str(fspath(given))]
    elif (
        isinstance(given, Sequence)
        and given
        and all(isinstance(one, (str, PathLike)) for one in given)
    ):
        files = [str(fspath(one)) for one in given]
    else:
        source = read_object(given)
        return [source], (source.name,)
    if twice := [file for k, file in enumerate(files) if file in files[:k]]:
        raise ScoreError(
            "E_DUPFILE",
            "each file must be given once, got one twice",
            file=twice[0],
            hint="Leave one out.",
        )
    return [open_source(file, choices) for file in files], tuple(files)


@dataclass(frozen=True)
class Recognised:
    """The roles of one table's columns; of a long one also which say the model and the score."""

    roles: Roles
    problems: list[Problem]
    scale: Scale
    key: tuple[str, ...] | None = None
    score: str | None = None


def _single(source: Source, choices: Choices, files: tuple[str, ...]) -> Table:
    known = recognise(source, choices)
    table, roles = source, known.roles
    if known.key is not None and known.score is not None:
        table, roles.models = pivot(source, roles, known.key, known.score, choices)
    columns = _columns(roles, choices)
    return Table(table, columns, files, (source,), known.problems, known.scale)


def recognise(source: Source, choices: Choices) -> Recognised:
    """Find the roles of one table's columns by its first rows.

    Raises
    ------
    ScoreError
        Where they have no single reading.
    """
    scale = choices.scale or "probability"
    plain = replace(choices, common_ids=False) == Choices()
    if isinstance(source, ParquetSource) and source.stored and plain:
        roles, scale = source.stored
        return Recognised(roles, [], scale)
    facts = facts_of(source, choices)
    problems = [*source.problems, *note_case(source)]
    roles = names.find_roles(facts, choices, source.name)
    if roles.label is None:
        raise no_label(source, facts)
    need_numbers(facts, roles, source)
    key = _model_key(facts, roles, choices, source)
    rest = [f for f in facts if f.name not in (key or ())]
    candidates(rest, roles, choices, source.name)
    problems += roles.problems
    if choices.score is not None:
        roles.models = (names.require(source.names, choices.score, "--score", source.name),)
    score = long_score(roles) if key else None
    if key is not None and score is not None:
        problems += note_precision(facts, [score], source.name)
        if not roles.id:
            raise ScoreError(
                "E_NOID",
                "a long file must have an id, got none by a known name",
                file=source.name,
                hint="Name the columns that together are a unit's id with --id.",
            )
        return Recognised(roles, problems, scale, key, score)
    if choices.model_key is not None:
        raise ScoreError(
            "E_NOMODEL",
            "a long file must have one score column, "
            f"got {len(roles.models)}: {', '.join(roles.models[:6])}",
            file=source.name,
            hint="Name it with --score.",
        )
    if not roles.models:
        raise no_model(source.name)
    label = next(f for f in facts if f.name == roles.label)
    keep_class_column(roles, label, source, choices)
    problems += note_precision(facts, roles.models, source.name)
    return Recognised(roles, problems, scale)


def _model_key(
    facts: Sequence[ColumnFacts], roles: Roles, choices: Choices, source: Source
) -> tuple[str, ...] | None:
    if choices.model_key is not None:
        return tuple(
            names.require(source.names, k, "--model-key", source.name) for k in choices.model_key
        )
    found = model_key(facts, roles, choices)
    return None if found is None else (found,)


def _columns(roles: Roles, choices: Choices) -> Columns:
    return Columns(
        id=roles.id,
        label=roles.label or "",
        positive=choices.positive or "1",
        models=roles.models,
        weight=roles.weight,
        value=roles.value,
        group=roles.group,
        segments=roles.segments,
    )


def only(choices: Choices, source: Source) -> Choices:
    """Keep of the options those whose columns are in this file."""

    def there(name: str | None) -> str | None:
        return name if name in source.names else None

    def all_there(several: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return several and tuple(n for n in several if n in source.names)

    return replace(
        choices,
        id=choices.id if choices.id and set(choices.id) <= set(source.names) else None,
        label=there(choices.label),
        models=all_there(choices.models),
        weight=there(choices.weight),
        value=there(choices.value),
        group=there(choices.group),
        segments=all_there(choices.segments),
    )


def _require_all(sources: Sequence[Source], choices: Choices) -> None:
    """Hold every named column to be in one of the files."""
    every = [name for source in sources for name in source.names]
    single = ("label", "weight", "value", "group")
    asked = [(f"--{role}", getattr(choices, role)) for role in single]
    for role in ("id", "models", "segments"):
        asked += [(f"--{role.removesuffix('s')}", name) for name in getattr(choices, role) or ()]
    for option, name in asked:
        if name is not None:
            names.require(every, name, option, sources[0].name)
    if choices.model_key is not None or choices.score is not None:
        raise ScoreError(
            "E_COLUMN",
            "--model-key and --score must be used with one long file, got several files",
            file=sources[0].name,
            hint="Open the long file alone.",
        )


def _several(sources: list[Source], choices: Choices, files: tuple[str, ...]) -> Table:
    parts, problems = recognise_parts(sources, choices)
    table, roles, notes = join(parts, choices)
    scale = choices.scale or "probability"
    return Table(table, _columns(roles, choices), files, tuple(sources), problems + notes, scale)


def recognise_parts(
    sources: Sequence[Source], choices: Choices
) -> tuple[list[Part], list[Problem]]:
    """Find the roles of the columns of several files by their first rows.

    Raises
    ------
    ScoreError
        Where they have no single reading.
    """
    _require_all(sources, choices)
    parts: list[Part] = []
    problems: list[Problem] = []
    measured = [facts_of(source, choices) for source in sources]
    for source, facts in zip(sources, measured, strict=True):
        own = only(choices, source)
        roles = names.find_roles(facts, own, source.name)
        if choices.label is not None and own.label is None:
            roles.label = None
        problems += [*source.problems, *note_case(source)]
        parts.append(Part(source, roles))
    label = _label_of(parts, measured)
    for part, facts in zip(parts, measured, strict=True):
        own, roles, source = only(choices, part.source), part.roles, part.source
        need_numbers(facts, roles, source)
        candidates(facts, roles, own, source.name)
        keep_class_column(roles, label, source, own)
        problems += [*roles.problems, *note_precision(facts, roles.models, source.name)]
    if not any(part.roles.models for part in parts):
        raise no_model(sources[0].name)
    return parts, problems


def _label_of(parts: list[Part], measured: list[list[ColumnFacts]]) -> ColumnFacts:
    """Return the label's facts: by name, else of the one file that has one column of two values.

    Raises
    ------
    ScoreError
        ``E_NOLABEL`` where neither is there.
    """
    for part, facts in zip(parts, measured, strict=True):
        if part.roles.label is not None:
            return next(f for f in facts if f.name == part.roles.label)
    found = []
    for part, facts in zip(parts, measured, strict=True):
        rest = [f for f in facts if f.name not in part.roles.used()]
        if len(rest) == 1 and rest[0].distinct == 2 and (rest[0].whole or rest[0].kind == "text"):
            found.append((part, rest[0]))
    if len(found) != 1 or len(parts) < 2:
        raise ScoreError(
            "E_NOLABEL",
            "one of the files must have a label column, got none by a known name",
            file=parts[0].source.name,
            hint="Name it with --label.",
        )
    part, lone = found[0]
    part.roles.label = lone.name
    return lone
