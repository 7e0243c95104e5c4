"""Preview of an input: its columns and first rows, also for rejected inputs, to ask for column roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import pyarrow as pa

from metrics.errors import Problem, ScoreError, shown
from metrics.io.column_roles import Roles
from metrics.io.column_uses import ColumnUse, column_uses
from metrics.io.formats.cells import Location, text_of
from metrics.io.formats.source import Source
from metrics.io.guess_roles import guess_roles
from metrics.io.joins.joined_files import recognise_parts, scale_of
from metrics.io.open import open_sources
from metrics.io.read_options import ReadOptions
from metrics.io.recognise import recognise
from metrics.io.schema.first_rows import ColumnFacts, FirstRows, measure
from metrics.io.score_aucs import ScoreAuc, aucs_by_column

MAX_LEVELS, EXAMPLE_ROWS, _CELL = 50, 5, 80
"""Largest numbers of distinct values of a column, of example rows, and of characters of an example cell."""


@dataclass(frozen=True)
class ColumnPreview:
    """One column, described by its first rows.

    Attributes
    ----------
    kind : {"number", "text", "decimal-comma", "spoilt", "empty", "nested"}
        See `metrics.io.schema.first_rows.ColumnFacts`.
    levels : tuple of str
        First distinct values of text and whole numbers, at most `MAX_LEVELS`; otherwise empty.
    low, high : float or None
        Smallest and largest number; `None` without numbers.
    taken : ColumnUse
        Use that the column would get, as far as known.
    aucs : tuple of ScoreAuc
        Separation of the label's values for each reading; empty if the column cannot be a score.
    """

    name: str
    kind: str
    levels: tuple[str, ...]
    low: float | None
    high: float | None
    taken: ColumnUse
    aucs: tuple[ScoreAuc, ...] = ()


@dataclass(frozen=True)
class FilePreview:
    """One file, described by its first rows.

    Attributes
    ----------
    rows : tuple of tuple of str
        The first rows as text, with long values truncated.
    """

    name: str
    columns: tuple[ColumnPreview, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Preview:
    """Information from the first rows of an input.

    Attributes
    ----------
    refused : bool
        Whether the column roles are ambiguous; `problems` then starts with an error.
    problems : tuple of Problem
        Problems that are known without reading further.
    files : tuple of FilePreview
        Empty if a file cannot be opened.
    """

    refused: bool
    problems: tuple[Problem, ...]
    files: tuple[FilePreview, ...] = ()


def preview(
    source: str | PathLike[str] | Sequence[str | PathLike[str]] | object, **options: Any
) -> Preview:
    """Preview the first rows of an input of `metrics.open_scores`, also if the input would be rejected.

    Parameters
    ----------
    source, **options
        See `metrics.open_scores`.

    Returns
    -------
    Preview
        Column names and kinds, example rows, the use that each column would get, and the problems that are
        known without reading further.

    Raises
    ------
    TypeError
        If the source is neither a path nor a table.
    """
    options.pop("rows", None)
    choices = ReadOptions.of(**options)
    try:
        sources, files = open_sources(source, choices)
    except ScoreError as error:
        return Preview(True, error.problems)
    read_warnings = [problem for source in sources for problem in source.problems]
    try:
        roles, notes = _recognise_all(sources, choices)
    except ScoreError as error:
        refusal = list(error.problems)
    else:
        first_rows = [_first_rows(source, choices) for source in sources]
        return _preview(False, [*read_warnings, *notes], first_rows, files, roles)
    if any(problem.code == "E_DECIMAL_COMMA" for problem in refusal):
        # Measured with the comma, so that the range and the AUC of the scores are known, too.
        choices = replace(choices, decimal=",")
    first_rows = [_first_rows(source, choices) for source in sources]
    guesses = [guess_roles(first) for first in first_rows]
    problems = [*refusal, *read_warnings]
    if any(problem.code == "E_NOLABEL" for problem in refusal):
        # Once the label is known, the scores would be asked for, so that both are asked at once.
        problems += [question for _, questions in guesses for question in questions]
    return _preview(True, problems, first_rows, files, [guessed for guessed, _ in guesses])


def _recognise_all(
    sources: Sequence[Source], choices: ReadOptions
) -> tuple[list[Roles], list[Problem]]:
    """Return the roles of each file, and the warnings; raise `ScoreError` if they are ambiguous."""
    if len(sources) == 1:
        known = recognise(sources[0], choices)
        return [known.roles], known.notes
    parts, notes = recognise_parts(sources, choices)
    scale_of(parts, choices)  # raises if the files have different scales
    return [part.roles for part in parts], notes


def _preview(
    refused: bool,
    problems: Sequence[Problem],
    first_rows: Sequence[FirstRows],
    files: Sequence[str],
    roles: Sequence[Roles],
) -> Preview:
    views = map(_preview_file, first_rows, files, map(_without_long_models, roles))
    return Preview(refused, tuple(dict.fromkeys(problems)), tuple(views))


def _without_long_models(roles: Roles) -> Roles:
    """Roles without the score column of a long file among the models."""
    return replace(roles, models=() if roles.model_key else roles.models)


def _first_rows(source: Source, choices: ReadOptions) -> FirstRows:
    """Measure all columns; one that cannot be read counts as nested."""
    facts = []
    for name, array in source.head().items():
        try:
            facts.append(measure(name, array, source, choices.sign))
        except ScoreError:
            facts.append(ColumnFacts(name=name, kind="nested", type_name=str(array.type)))
    return FirstRows(source, choices, tuple(facts))


def _preview_file(first: FirstRows, file: str, roles: Roles) -> FilePreview:
    source, facts, aucs = first.source, first.facts, aucs_by_column(first, roles)
    uses = column_uses([f.name for f in facts], roles)
    texts = [_texts(name, array, source) for name, array in source.head().items()]
    columns = tuple(
        ColumnPreview(
            name=f.name,
            kind=f.kind,
            levels=_levels(cells) if f.kind in {"text", "spoilt"} or f.whole else (),
            low=f.low if f.numbers else None,
            high=f.high if f.numbers else None,
            taken=use,
            aucs=aucs.get(f.name, ()),
        )
        for f, cells, use in zip(facts, texts, uses, strict=True)
    )
    rows = tuple(
        tuple(shown(cell, _CELL) for cell in row)
        for row in zip(*(cells[:EXAMPLE_ROWS] for cells in texts), strict=True)
    )
    return FilePreview(file, columns, rows)


def _texts(name: str, array: pa.Array, source: Source) -> list[str]:
    """Return a column of any type as text."""
    try:
        return [text or "" for text in text_of(array, Location(source, name)).to_pylist()]
    except ScoreError:
        return [f"<{array.type}>"] * len(array)


def _levels(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))[:MAX_LEVELS]
