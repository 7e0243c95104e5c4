"""Column roles of several files that are joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from metrics.errors import (
    SEVERAL,
    SINGLE,
    Got,
    Option,
    Problem,
    ScoreError,
    Wording,
    with_option,
)
from metrics.io.column_roles import Roles, ignore_columns, overlay, require
from metrics.io.formats.parquet import ParquetSource
from metrics.io.formats.source import Source
from metrics.io.joins.joined_files import FileRoles
from metrics.io.read_options import ReadOptions, RowsHeldOut, Scale, held_out_of_all
from metrics.io.schema.added_columns import add_new_columns
from metrics.io.schema.column_facts import ColumnFacts, facts_of
from metrics.io.schema.column_problems import (
    need_names,
    need_numbers,
    no_model,
    note_case,
    note_precision,
    note_unused,
    refuse_words_as_scores,
)
from metrics.io.schema.column_words import normal
from metrics.io.schema.model_columns import find_models, lone_score
from metrics.io.schema.roles import find_roles, refuse_good_label


def options_of_file(choices: ReadOptions, source: Source) -> ReadOptions:
    """Return the options that apply to the columns of this file.

    If several id columns are named, only those in this file remain. They are parts of one id, or names of the
    id in different files.
    """
    in_file: dict[str, Any] = {
        role: name if (name := getattr(choices, role)) in source.names else None for role in SINGLE
    }
    for role in SEVERAL:
        names = getattr(choices, role)
        in_file[role] = names and tuple(name for name in names if name in source.names)
    in_file["id"] = in_file["id"] or None
    return replace(choices, **in_file)


def _require_all(sources: Sequence[Source], choices: ReadOptions) -> None:
    """Check that every named column is in one of the files."""
    every = [name for source in sources for name in source.names]
    named_columns: list[tuple[Option, str | None]] = [
        (Option(role), getattr(choices, role)) for role in SINGLE
    ]
    for role in SEVERAL:
        named_columns += [(Option(role), name) for name in getattr(choices, role) or ()]
    for option, name in named_columns:
        if name is not None:
            require(every, name, option, sources[0].name)
    if choices.model_key is not None or choices.score is not None:
        raise ScoreError(
            "E_COLUMN",
            Wording(
                Option("model_key"),
                " and ",
                Option("score"),
                " must be used with one long file",
                Got("several files"),
            ),
            file=sources[0].name,
            hint="Open the long file alone.",
        )


def recognise_parts(
    sources: Sequence[Source], choices: ReadOptions
) -> tuple[list[FileRoles], list[Problem]]:
    """Find the column roles of several files by their first rows.

    Raises
    ------
    ScoreError
        If the roles are ambiguous.
    """
    _require_all(sources, choices)
    parts: list[FileRoles] = []
    problems: list[Problem] = []
    measured = [facts_of(source, choices) for source in sources]
    for source, facts in zip(sources, measured, strict=True):
        file_options = options_of_file(choices, source)
        stored = source.stored if isinstance(source, ParquetSource) else None
        if stored is not None:
            roles = overlay(stored.roles, file_options, source.names, source.name)
            problems += add_new_columns(roles, stored, source, file_options)
        else:
            roles = find_roles(facts, file_options, source, alone=False)
            need_names(facts, source)
        ignore_columns(roles, file_options, source)
        problems += note_case(source)
        parts.append(FileRoles(source, roles, stored))
    other_labels = _remove_other_labels(parts, choices)
    label, file = _label_of(parts, measured)
    refuse_good_label(label, choices, file)
    prefer_shared_ids(parts, measured, choices)
    for part, facts in zip(parts, measured, strict=True):
        file_options, roles, source = options_of_file(choices, part.source), part.roles, part.source
        if part.stored is None:
            need_numbers(facts, roles, source)
            find_models(facts, roles, file_options, source, label)
        second = other_labels.get(source.name)
        if second in roles.models and file_options.models is None:
            roles.models = tuple(name for name in roles.models if name != second)
            roles.unused[str(second)] = f"{choices.label!r} is the label"
        problems += [
            *roles.problems,
            *note_unused(roles, source.name),
            *note_precision(facts, roles.models, source.name),
        ]
    if not any(part.roles.models for part in parts):
        _take_lone_score(parts, measured, choices)
    if not any(part.roles.models for part in parts):
        for part, facts in zip(parts, measured, strict=True):
            refuse_words_as_scores(facts, part.roles, part.source)
        raise no_model(sources[0].name)
    return parts, problems


def prefer_shared_ids(
    parts: list[FileRoles], measured: list[list[ColumnFacts]], choices: ReadOptions
) -> None:
    """Make files that each have several possible ids use the id that they share.

    Parameters
    ----------
    parts : list of FileRoles
        The files; roles are changed if a file must use another column.
    measured : list of list of ColumnFacts
        Facts of the files' columns.
    choices : ReadOptions
        If they specify the id, nothing is changed.
    """
    files = [(part.roles, facts) for part, facts in zip(parts, measured, strict=True)]
    base = next((file for file in files if file[0].label is not None), None)
    if choices.id is not None or base is None or len(base[0].id) != 1:
        return
    others = [file for file in files if file is not base and len(file[0].id) == 1]
    for roles, facts in others:
        _take_id(roles, facts, base[0].id[0], choices)
    shared = {normal(roles.id[0]) for roles, _ in others}
    if len(shared) == 1:
        _take_id(*base, shared.pop(), choices)


def _take_id(roles: Roles, facts: list[ColumnFacts], wanted: str, choices: ReadOptions) -> None:
    """Make a column with this name the id, if it has no repeats and no other role."""
    if normal(roles.id[0]) == normal(wanted):
        return
    taken = roles.used() | set(choices.models or ())
    unique = [f.name for f in facts if normal(f.name) == normal(wanted) and f.distinct == f.rows]
    names = [name for name in unique if name not in taken]
    if len(names) == 1:
        roles.id = (names[0],)


def _take_lone_score(
    parts: list[FileRoles], measured: list[list[ColumnFacts]], choices: ReadOptions
) -> None:
    """If no column is a score, use the only one that could be except for its name, such as a date."""
    scores = [
        (part, name)
        for part, facts in zip(parts, measured, strict=True)
        if (name := lone_score(facts, part.roles, options_of_file(choices, part.source)))
        is not None
    ]
    if len(scores) == 1:
        part, name = scores[0]
        part.roles.models = (name,)


def _remove_other_labels(parts: list[FileRoles], choices: ReadOptions) -> dict[str, str]:
    """If the label is named, remove the role from other columns; return them by file."""
    other_labels: dict[str, str] = {}
    for part in parts:
        if choices.label is not None and part.roles.label not in (None, choices.label):
            other_labels[part.source.name] = str(part.roles.label)
            part.roles.label = None
    return other_labels


def scale_of(parts: list[FileRoles], choices: ReadOptions) -> Scale:
    """Return the scale of all scores: the option, otherwise the value stored in converted files.

    Raises
    ------
    ScoreError
        ``E_RANGE`` if files store different scales.
    """
    scales = {
        part.source.name: part.stored.scale if part.stored else "probability"
        for part in parts
        if part.roles.models
    }
    found = list(dict.fromkeys(scales.values()))
    if choices.scale is not None or len(found) == 1:
        return choices.scale or found[0]
    raise ScoreError(
        "E_RANGE",
        f"the scores of all files must be on one scale, got {' and '.join(found)}",
        file=next(file for file, scale in scales.items() if scale != "probability"),
        hint=Wording("Say which one it is ", with_option("scale"), "."),
    )


def held_out_of(parts: list[FileRoles]) -> RowsHeldOut:
    """Return the stored value of all files with scores; "training" if one file has it."""
    return held_out_of_all(
        part.stored.held_out if part.stored else "unknown" for part in parts if part.roles.models
    )


def _label_of(parts: list[FileRoles], measured: list[list[ColumnFacts]]) -> tuple[ColumnFacts, str]:
    """Return the label's facts and its file: by name, otherwise the only two-valued column of one file.

    Raises
    ------
    ScoreError
        ``E_NOLABEL`` if there is neither.
    """
    for part, facts in zip(parts, measured, strict=True):
        if part.roles.label is not None:
            return next(f for f in facts if f.name == part.roles.label), part.source.name
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
            hint=Wording("Name it ", with_option("label"), "."),
        )
    part, lone = found[0]
    part.roles.label = lone.name
    return lone, part.source.name
