"""Files to be joined: the column roles found in them, and the columns read from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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
from metrics.io.column_roles import Roles, columns_of_options, ignore_columns, require
from metrics.io.formats.cells import Location, numbers_of, text_of
from metrics.io.formats.parquet import ParquetSource
from metrics.io.formats.source import Source
from metrics.io.ids import key_text
from metrics.io.read_options import ReadOptions, RowsHeldOut, Scale, held_out_of_all
from metrics.io.schema.added_columns import add_new_columns
from metrics.io.schema.column_problems import (
    case_warnings,
    missing_scores_error,
    precision_warnings,
    refuse_words_as_scores,
    require_column_names,
    require_numbers,
    unused_column_warnings,
)
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.label_sense import refuse_good_label
from metrics.io.schema.model_columns import find_models, lone_score
from metrics.io.schema.roles import find_roles
from metrics.io.schema.vocabulary import normal
from metrics.io.stored_roles import StoredRoles, combine_roles

_ROWS = 262_144
"""Number of rows read at a time."""


@dataclass
class FileRoles:
    """One of several files, with the roles found in it, and its stored roles if it was converted."""

    first: FirstRows
    roles: Roles
    stored: StoredRoles | None = None

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.first.file


@dataclass
class LoadedFile:
    """Data read from one file.

    Attributes
    ----------
    columns : dict of str to array
    keys : array or None
        Id of each row as text.
    take : ndarray of int64 or None
        Rows of the file in the joined table, from 0; `None` for all rows in their order.
    """

    part: FileRoles
    columns: dict[str, pa.Array]
    keys: pa.Array | None
    rows: int
    take: NDArray[np.int64] | None = None

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.part.file

    def joined(self, values: pa.Array) -> pa.Array:
        """Return the values of the rows in the joined table."""
        return values if self.take is None else values.take(pa.array(self.take))

    def row(self, joined: int) -> int:
        """Return the row of this file, from 1, that is a row of the joined table, from 0."""
        return joined + 1 if self.take is None else int(self.take[joined]) + 1


def load_file(part: FileRoles, before: int, tell: Callable[[int], None]) -> LoadedFile:
    """Read the columns of one file that have a role; each row is read once."""
    roles, source = part.roles, part.first.source
    numeric = [name for name in (*roles.models, roles.weight, roles.value) if name is not None]
    text_columns = [
        roles.label,
        roles.group,
        *roles.segments,
        roles.defect_type,
        *checked_columns(roles),
    ]
    joined_columns = list(
        dict.fromkeys(name for name in [*text_columns, *numeric] if name is not None)
    )
    chunks: dict[str, list[pa.Array]] = {name: [] for name in joined_columns}
    keys: list[pa.Array] = []
    columns, id_columns, rows = [*roles.id, *joined_columns], len(roles.id), 0
    for arrays in source.batches(columns or source.names[:1], frozenset(numeric), _ROWS):
        if id_columns:
            keys.append(key_text(source, roles.id, arrays[:id_columns], rows, "an id"))
        for name, array in zip(joined_columns, arrays[id_columns:], strict=bool(columns)):
            location = Location(source, name, rows)
            if name in numeric:
                array = pa.array(numbers_of(array, location, decimal=part.first.choices.sign))
            else:
                array = text_of(array, location)
            chunks[name].append(array)
        rows += len(arrays[0])
        tell(before + rows)
    return LoadedFile(
        part,
        {name: pa.chunked_array(chunks.pop(name)).combine_chunks() for name in joined_columns},
        pa.chunked_array(keys, pa.string()).combine_chunks() if id_columns else None,
        rows,
    )


def checked_columns(roles: Roles) -> tuple[str, ...]:
    """Return the columns that are read to check the meaning of a file's scores."""
    if not roles.models:
        return ()
    used = roles.used() | set(roles.models)
    names = dict.fromkeys([*roles.decisions, *filter(None, [roles.split])])
    return tuple(name for name in names if name not in used)


def options_of_file(choices: ReadOptions, source: Source) -> ReadOptions:
    """Return the options that apply to the columns of this file.

    If several id columns are named, only those in this file remain. The columns are parts of one id, or names
    of the id in different files.
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
    """Raise ``E_COLUMN`` unless every named column is in one of the files, and no file is long."""
    every, file = [name for source in sources for name in source.names], sources[0].name
    for option, name in columns_of_options(choices):
        require(every, name, option, file)
    if choices.model_key is not None or choices.score is not None:
        both = (Option("model_key"), " and ", Option("score"))
        raise ScoreError(
            "E_COLUMN",
            Wording(*both, " must be used with one long file", Got("several files")),
            file=file,
            hint="Open the long file alone.",
        )


def recognise_parts(
    sources: Sequence[Source], choices: ReadOptions
) -> tuple[list[FileRoles], list[Problem]]:
    """Find the column roles of several files by their first rows; raise `ScoreError` if unclear."""
    _require_all(sources, choices)
    parts: list[FileRoles] = []
    problems: list[Problem] = []
    all_rows = [FirstRows.of(source, options_of_file(choices, source)) for source in sources]
    for first in all_rows:
        source = first.source
        stored = source.stored if isinstance(source, ParquetSource) else None
        if stored is not None:
            roles = combine_roles(stored.roles, first.choices, source.names, source.name)
            problems += add_new_columns(roles, stored, source, first.choices)
        else:
            roles = find_roles(first, alone=False)
            require_column_names(first)
        ignore_columns(roles, first.choices, source)
        problems += case_warnings(source)
        parts.append(FileRoles(first, roles, stored))
    other_labels = _remove_other_labels(parts, choices)
    label, labelled = _label_of(parts)
    refuse_good_label(labelled, label)
    _prefer_shared_ids(parts, choices)
    for part in parts:
        first, roles, file = part.first, part.roles, part.file
        if part.stored is None:
            require_numbers(first, roles)
            find_models(first, roles, label)
        second = other_labels.get(file)
        if second in roles.models and first.choices.models is None:
            roles.models = tuple(name for name in roles.models if name != second)
            roles.unused[str(second)] = f"{choices.label!r} is the label"
        problems += [*unused_column_warnings(roles, file), *precision_warnings(first, roles.models)]
    if not any(part.roles.models for part in parts):
        _take_lone_score(parts)
    if not any(part.roles.models for part in parts):
        for part in parts:
            refuse_words_as_scores(part.first, part.roles)
        raise missing_scores_error(sources[0].name)
    return parts, problems


def _prefer_shared_ids(parts: list[FileRoles], choices: ReadOptions) -> None:
    """Make files that each have several possible ids use the id that they share, unless the id is named."""
    base = next((part for part in parts if part.roles.label is not None), None)
    if choices.id is not None or base is None or len(base.roles.id) != 1:
        return
    others = [part for part in parts if part is not base and len(part.roles.id) == 1]
    for part in others:
        _take_id(part, base.roles.id[0], choices)
    shared = {normal(part.roles.id[0]) for part in others}
    if len(shared) == 1:
        _take_id(base, shared.pop(), choices)


def _take_id(part: FileRoles, id_name: str, choices: ReadOptions) -> None:
    """Make a column with this name the id, if it has no repeats and no other role."""
    if normal(part.roles.id[0]) == normal(id_name):
        return
    used_names = part.roles.used() | set(choices.models or ())
    unique = [f for f in part.first.facts if f.key == normal(id_name) and f.distinct == f.rows]
    names = [f.name for f in unique if f.name not in used_names]
    if len(names) == 1:
        part.roles.id = (names[0],)


def _take_lone_score(parts: list[FileRoles]) -> None:
    """If no column is a score, use the only column of fractions, even with a name such as "date"."""
    scores = [(part.roles, lone_score(part.first, part.roles)) for part in parts]
    found = [(roles, name) for roles, name in scores if name is not None]
    if len(found) == 1:
        roles, name = found[0]
        roles.models = (name,)


def _remove_other_labels(parts: list[FileRoles], choices: ReadOptions) -> dict[str, str]:
    """If the label is named, remove the role from other columns; return them by file."""
    other_labels: dict[str, str] = {}
    for part in parts:
        if choices.label is not None and part.roles.label not in (None, choices.label):
            other_labels[part.file] = str(part.roles.label)
            part.roles.label = None
    return other_labels


def scale_of(parts: list[FileRoles], choices: ReadOptions) -> Scale:
    """Return the scale of all scores: the option, otherwise the value stored in converted files.

    Raise ``E_RANGE`` if files store different scales.
    """
    scales = {
        part.file: part.stored.scale if part.stored else "probability"
        for part in parts
        if part.roles.models
    }
    distinct = list(dict.fromkeys(scales.values()))
    if choices.scale is not None or len(distinct) == 1:
        return choices.scale or distinct[0]
    raise ScoreError(
        "E_RANGE",
        f"the scores of all files must be on one scale, got {' and '.join(distinct)}",
        file=next(file for file, scale in scales.items() if scale != "probability"),
        hint=Wording("Say which one it is ", with_option("scale"), "."),
    )


def held_out_of(parts: list[FileRoles]) -> RowsHeldOut:
    """Return the stored value of all files with scores; "training" if one file has it."""
    return held_out_of_all(
        part.stored.held_out if part.stored else "unknown" for part in parts if part.roles.models
    )


def _label_of(parts: list[FileRoles]) -> tuple[ColumnFacts, FirstRows]:
    """Return the label's facts and the first rows of its file.

    Without a label's name, the label is the only two-valued column of one file.

    Raise ``E_NOLABEL`` if there is neither.
    """
    found = []
    for part in parts:
        if (label := part.first.column(part.roles.label)) is not None:
            return label, part.first
        rest = part.first.without(part.roles.used()).facts
        if len(rest) == 1 and rest[0].distinct == 2 and (rest[0].whole or rest[0].kind == "text"):
            found.append((part, rest[0]))
    if len(found) != 1 or len(parts) < 2:
        raise ScoreError(
            "E_NOLABEL",
            "one of the files must have a label column, got none by a known name",
            file=parts[0].file,
            hint=Wording("Name it ", with_option("label"), "."),
        )
    part, lone = found[0]
    part.roles.label = lone.name
    return lone, part.first
