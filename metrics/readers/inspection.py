"""What the first rows show, also where the input is refused: enough to ask what each column is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from metrics import columns as names
from metrics.columns import Choices, ColumnFacts, Roles
from metrics.errors import Problem, ScoreError, shown
from metrics.readers.base import Source
from metrics.readers.models import candidates
from metrics.readers.opening import open_sources, recognise, recognise_parts
from metrics.readers.recognise import facts_of
from metrics.readers.values import Place, text_of

MAX_LEVELS, EXAMPLE_ROWS, _CELL = 50, 5, 80


@dataclass(frozen=True)
class ColumnView:
    """One column, as its first rows show it.

    Attributes
    ----------
    name : str
    kind : {"number", "text", "decimal-comma", "spoilt", "empty", "nested"}
        See `metrics.columns.ColumnFacts`.
    levels : tuple of str
        Of text and whole numbers, the first different values, at most `MAX_LEVELS`; otherwise empty.
    distinct, missing : int
        Different values and empty cells among the first rows.
    low, high : float or None
        Least and largest number; None where there is none.
    """

    name: str
    kind: str
    levels: tuple[str, ...]
    distinct: int
    missing: int
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Detected:
    """What each column of one file would be taken for, as far as that is known."""

    id: tuple[str, ...] = ()
    label: str | None = None
    models: tuple[str, ...] = ()
    weight: str | None = None
    value: str | None = None
    group: str | None = None
    segments: tuple[str, ...] = ()
    model_key: tuple[str, ...] = ()
    score: str | None = None


@dataclass(frozen=True)
class FileView:
    """One file, as its first rows show it.

    Attributes
    ----------
    name : str
    columns : tuple of ColumnView
    rows : tuple of tuple of str
        The first rows as text, long values cut.
    detected : Detected
    """

    name: str
    columns: tuple[ColumnView, ...]
    rows: tuple[tuple[str, ...], ...]
    detected: Detected


@dataclass(frozen=True)
class Inspection:
    """What the first rows of an input show.

    Attributes
    ----------
    refused : bool
        The columns have no single reading; `problems` then begins with an error.
    problems : tuple of Problem
        What is known without reading on.
    files : tuple of FileView
        Empty where a file cannot be opened at all.
    scale : str or None
        How the scores would be read; None where refused.
    """

    refused: bool
    problems: tuple[Problem, ...]
    files: tuple[FileView, ...] = ()
    scale: str | None = None


def inspect_source(given: object, choices: Choices) -> Inspection:
    """Look at the first rows; never raises `ScoreError`.

    Raises
    ------
    TypeError
        Where ``given`` is neither a path nor a table.
    """
    try:
        sources, files = open_sources(given, choices)
    except ScoreError as error:
        return Inspection(True, error.problems)
    found: list[Detected] = []
    refused, scale = False, None
    try:
        if len(sources) == 1:
            known = recognise(sources[0], choices)
            found = [_detected(known.roles, known.key, known.score)]
            problems, scale = tuple(known.problems), known.scale
        else:
            parts, notes = recognise_parts(sources, choices)
            found = [_detected(part.roles) for part in parts]
            problems, scale = tuple(notes), choices.scale or "probability"
    except ScoreError as error:
        refused = True
        notes = [problem for source in sources for problem in source.problems]
        problems = (*error.problems, *notes)
        found = [_guessed(source, choices) for source in sources]
    views = [_view(*each, choices) for each in zip(sources, files, found, strict=True)]
    return Inspection(refused, tuple(dict.fromkeys(problems)), tuple(views), scale)


def _detected(roles: Roles, key: tuple[str, ...] | None = None, score: str | None = None) -> Detected:
    return Detected(
        id=roles.id,
        label=roles.label,
        models=() if key else roles.models,
        weight=roles.weight,
        value=roles.value,
        group=roles.group,
        segments=roles.segments,
        model_key=key or (),
        score=score,
    )


def _guessed(source: Source, choices: Choices) -> Detected:
    """Roles as far as they can be told in a file that is refused: first as asked for, then by name."""
    facts = _attempt(lambda: facts_of(source, choices), [])
    if not facts:
        return Detected()
    for wanted in (choices, Choices(scale=choices.scale, decimal=choices.decimal)):
        roles = _attempt(lambda: names.find_roles(facts, wanted, source.name), None)  # noqa: B023
        if roles is not None:
            found = roles
            # As ranks, so that scores of any size are seen as scores.
            any_size = Choices(models=wanted.models, scale="rank", decimal=wanted.decimal)
            _attempt(lambda: candidates(_readable(facts), found, any_size, source.name), None)  # noqa: B023
            return _detected(found)
    return Detected()


def _readable(facts: Sequence[ColumnFacts]) -> list[ColumnFacts]:
    return [f for f in facts if f.kind not in {"nested", "decimal-comma"}]


def _attempt[T](act: Callable[[], T], otherwise: T) -> T:
    try:
        return act()
    except ScoreError:
        return otherwise
