"""From what the caller gives to one table with its columns known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath

from metrics import columns as names
from metrics.columns import Choices, ColumnFacts, Columns, Roles, RowsHeldOut, Scale
from metrics.errors import Problem, ScoreError
from metrics.readers.base import Source
from metrics.readers.containers import open_source
from metrics.readers.join import join
from metrics.readers.long import pivot
from metrics.readers.models import candidates, long_score, model_key
from metrics.readers.objects import read_object
from metrics.readers.parquet import ParquetSource
from metrics.readers.parts import held_out_of, recognise_parts, scale_of
from metrics.readers.recognise import (
    add_new_columns,
    facts_of,
    keep_class_column,
    need_numbers,
    no_label,
    no_model,
    note_case,
    note_precision,
)
from metrics.readers.stored import Stored, overlay


@dataclass(frozen=True)
class Table:
    """One table with its columns known.

    Attributes
    ----------
    sources : tuple of Source
        What was opened: the fingerprint is made of it, and it goes on finding problems while it is read.
    notes : list of Problem
        Warnings about the columns.
    """

    source: Source
    columns: Columns
    files: tuple[str, ...]
    sources: tuple[Source, ...]
    notes: list[Problem] = field(default_factory=list)
    scale: Scale = "probability"
    held_out: RowsHeldOut = "unknown"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings met so far; complete after one complete pass."""
        found = (problem for source in self.sources for problem in source.problems)
        return tuple(dict.fromkeys([*found, *self.notes]))


def open_table(given: object, choices: Choices, tell: Callable[[int], None]) -> Table:
    """Open one file, several files, or a table in memory.

    Parameters
    ----------
    given : object
    choices : Choices
    tell : callable
        Called with the number of rows read so far, where rows must be put together before there are units.

    Raises
    ------
    ScoreError
        Where the input cannot be read in exactly one way.
    TypeError
        Where it is neither a path nor a table.
    """
    sources, files = open_sources(given, choices)
    if len(sources) == 1:
        return _single(sources[0], choices, files, tell)
    return _several(sources, choices, files, tell)


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
    """The roles of one table's columns, and what else its first rows and the caller say."""

    roles: Roles
    notes: list[Problem]
    scale: Scale
    held_out: RowsHeldOut = "unknown"


def _single(
    source: Source, choices: Choices, files: tuple[str, ...], tell: Callable[[int], None]
) -> Table:
    known = recognise(source, choices)
    table, roles = source, known.roles
    if roles.model_key:
        table, roles.models = pivot(source, roles, choices, tell)
    columns = _columns(roles, choices)
    return Table(table, columns, files, (source,), known.notes, known.scale, known.held_out)


def recognise(source: Source, choices: Choices) -> Recognised:
    """Find the roles of one table's columns by its first rows.

    Raises
    ------
    ScoreError
        Where they have no single reading.
    """
    scale = choices.scale or "probability"
    long = choices.model_key is not None or choices.score is not None
    if isinstance(source, ParquetSource) and source.stored and not long:
        return _converted(source, source.stored, choices)
    facts = facts_of(source, choices)
    notes = note_case(source)
    roles = names.find_roles(facts, choices, source.name)
    if roles.label is None:
        raise no_label(source, facts)
    need_numbers(facts, roles, source)
    key = _model_key(facts, roles, choices, source)
    rest = [f for f in facts if f.name not in (key or ())]
    candidates(rest, roles, choices, source.name)
    notes += roles.problems
    if choices.score is not None:
        roles.models = (names.require(source.names, choices.score, "--score", source.name),)
    score = long_score(roles) if key else None
    if key is not None and score is not None:
        notes += note_precision(facts, [score], source.name)
        if not roles.id:
            raise ScoreError(
                "E_NOID",
                "a long file must have an id, got none by a known name",
                file=source.name,
                hint="Name the columns that together are a unit's id with --id.",
            )
        roles.model_key, roles.score = key, score
        return Recognised(roles, notes, scale)
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
    notes += note_precision(facts, roles.models, source.name)
    return Recognised(roles, notes, scale)


def _converted(source: Source, stored: Stored, choices: Choices) -> Recognised:
    """What a converted file keeps; what the caller names wins."""
    roles = overlay(stored.roles, choices, source.names, source.name)
    if roles.label is None:
        raise no_label(source, [])
    if not roles.models:
        raise no_model(source.name)
    notes = add_new_columns(roles, stored, source, choices)
    return Recognised(roles, notes, choices.scale or stored.scale, stored.held_out)


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


def _several(
    sources: list[Source], choices: Choices, files: tuple[str, ...], tell: Callable[[int], None]
) -> Table:
    parts, notes = recognise_parts(sources, choices)
    scale = scale_of(parts, choices)
    table, roles, found = join(parts, choices, tell)
    return Table(
        table,
        _columns(roles, choices),
        files,
        tuple(sources),
        notes + found,
        scale,
        held_out_of(parts),
    )
