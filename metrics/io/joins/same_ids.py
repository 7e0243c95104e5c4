"""Checks that files to be joined have the same ids with the same meaning, and the rows to take from each.

A row number identifies a unit only in its own table. Two files may both number their rows, or only one file
may have ids. The same number may then belong to different units.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.errors import (
    FileName,
    Option,
    Problem,
    ScoreError,
    Wording,
    shown,
    warning,
    with_option,
)
from metrics.io.joins.joined_files import FileRoles, LoadedFile
from metrics.io.read_options import ReadOptions
from metrics.io.schema.vocabulary import normal

_NUMBERINGS = {"": "index", "unnamed_0": "index", "index_level_0": "index", "index": "index"} | {
    name: name for name in ("row", "row_number", "rownum", "idx")
}
"""Names of columns that number the rows, by the kind of numbering; pandas writes its index under several."""


def choose_rows(files: list[LoadedFile], *, common_ids: bool) -> list[Problem]:
    """Set the rows to take of each file in the order of the label file, which is the first; return notes.

    Raise ``E_JOIN``, ``E_DUPID``; see `metrics.io.joins.join_by_id.join`.
    """
    base = files[0]
    problems: list[Problem] = []
    for file in files[1:]:
        if file.keys is None or base.keys is None:
            problems.append(_by_order(base, file))
        elif not file.keys.equals(base.keys):
            _check_distinct(file)
            rows = pc.index_in(base.keys, value_set=file.keys)
            if not common_ids:
                _check_same_units(base, file, rows)
            file.take = np.asarray(rows.fill_null(-1).to_numpy(), np.int64)
    is_common = np.ones(base.rows, bool)
    for file in files:
        if file.take is not None:
            is_common &= file.take >= 0
    rows = np.flatnonzero(is_common)
    if not rows.size:
        other = "at least one unit must be in all files, got none that is also in "
        id_columns = "Write the files for the same units, or name their id columns "
        raise ScoreError(
            "E_JOIN",
            Wording(other, FileName(base.name)),
            file=files[-1].name,
            hint=Wording(id_columns, with_option("id"), "."),
        )
    if rows.size < base.rows:
        for file in files:
            file.take = rows if file.take is None else file.take[rows]
    return problems + [
        warning(
            "W_COMMONIDS",
            f"left out {file.rows - rows.size:,} of {file.rows:,} units, which are not in every file",
            file=file.name,
            hint="Every figure is of the units that all files hold.",
        )
        for file in files
        if file.rows > rows.size
    ]


def _by_order(base: LoadedFile, file: LoadedFile) -> Problem:
    """Check that files joined by row order have equal length; return the note about the join."""
    name = FileName(base.name)
    if base.rows != file.rows:
        rule = "files without an id in both must have as many rows, got "
        raise ScoreError(
            "E_JOIN",
            Wording(f"{rule}{file.rows:,} here and {base.rows:,} in ", name),
            file=file.name,
            hint="Write both files for the same units, with an id in both.",
        )
    return warning(
        "W_ROWORDER",
        Wording("joined to ", name, " by the order of rows, since there is no id in both"),
        file=file.name,
        hint="Make sure that both files list the same units in the same order.",
    )


def _check_same_units(base: LoadedFile, file: LoadedFile, rows: pa.Array) -> None:
    """Check that two files have the same units; ``rows`` are those of the first file's ids in the other."""
    base_keys, keys = base.keys, file.keys
    common = len(pc.unique(rows.drop_null()))
    if not rows.null_count and common == file.rows:
        return
    unmatched, place = pc.filter(base_keys, rows.is_null()), "there"
    if not len(unmatched):
        unmatched, place = pc.filter(keys, pc.invert(pc.is_in(keys, value_set=base_keys))), "here"
    alternative = (", or say ", Option("common_ids"), f" to keep the {common:,} that are in both")
    raise ScoreError(
        "E_JOIN",
        Wording(
            f"both files must hold the same units: {common:,} are in both, of {base.rows:,} in ",
            FileName(base.name),
            f" and {file.rows:,} here; only {place} is {shown(unmatched[0])!r}",
        ),
        file=file.name,
        column=file.part.roles.id[0],
        hint=Wording(
            "Write both files for the same units, or name their id columns ",
            with_option("id"),
            *(alternative if common else ()),
            ".",
        ),
    )


def _check_distinct(file: LoadedFile) -> None:
    """Raise ``E_DUPID`` if an id occurs twice."""
    assert file.keys is not None
    codes = file.keys.dictionary_encode().indices.to_numpy()
    counts = np.bincount(codes)
    if counts.size == file.rows:
        return
    repeated = int(np.argmax(counts > 1))
    first, second = (int(k) for k in np.flatnonzero(codes == repeated)[:2])
    text = file.keys[first]
    raise ScoreError(
        "E_DUPID",
        f"ids must differ, got {shown(text)!r} in rows {first + 1} and {second + 1}",
        file=file.name,
        row=second + 1,
        column=file.part.roles.id[0],
        value=text.as_py(),
        hint=Wording(
            "Keep one row per unit, or name all columns that together are the id ",
            with_option("id"),
            ".",
        ),
    )


def check_same_ids(files: list[LoadedFile], choices: ReadOptions) -> list[Problem]:
    """Check that the ids of all files mean the same as in the first file; return notes about them.

    Raise ``E_JOIN`` if one of two files numbers its rows and the ids of the other have another order.
    """
    named = set(choices.id or ())
    base = files[0]
    notes = []
    for file in files[1:]:
        is_named = named.issuperset(base.part.roles.id) and named.issuperset(file.part.roles.id)
        if base.keys is not None and file.keys is not None and not is_named:
            notes.append(_check_same_id(base, file))
    return [note for note in notes if note is not None]


def _check_same_id(base: LoadedFile, file: LoadedFile) -> Problem | None:
    """Return a note if two ids may have different meanings; raise ``E_JOIN`` if they certainly have."""
    base_keys, keys = base.keys, file.keys
    base_ids, ids = _id_names(base.part), _id_names(file.part)
    both = Wording(f"{_quoted(ids)} here and {_quoted(base_ids)} in ", FileName(base.name))
    base_numbering, numbering = _row_numbering(base_ids, base_keys), _row_numbering(ids, keys)
    place: dict[str, Any] = {"file": file.name, "column": "|".join(ids)}
    if base_numbering is None and numbering is None:
        if [*map(normal, ids)] == [*map(normal, base_ids)]:
            return None
        text = Wording("joined on ", both, ", which are taken for the same id")
        are = "Make sure that they are, or name the columns that are "
        hint = Wording(are, with_option("id"), ".")
    elif pa.Array.equals(keys, base_keys):
        text = Wording("joined by the order of rows, which is also that of ", both)
        hint = Wording("Make sure that both files list the same units in the same order.")
    elif base_numbering == numbering and not (_counts_up(base_keys) or _counts_up(keys)):
        text = Wording("joined on row numbers: ", both)
        hint = Wording("Make sure that both files number the rows of the same table.")
    else:
        rule, why = (
            "both files must have the same id, got ",
            ", where row numbers say nothing of the units",
        )
        write = "Write the unit's id into both files, or name both columns "
        raise ScoreError(
            "E_JOIN",
            Wording(rule, both, why),
            **place,
            hint=Wording(write, with_option("id"), " if they are one."),
        )
    return warning("W_ROWORDER", text, **place, hint=hint)


def _id_names(part: FileRoles) -> tuple[str, ...]:
    """Names of the columns of the id; a converted file stores the original names."""
    stored = part.stored
    if stored is not None and part.roles.id == stored.roles.id:
        return stored.id_names
    return part.roles.id


def _row_numbering(names: tuple[str, ...], keys: pa.Array) -> str | None:
    """Kind of row numbering if the id is a row number; `None` if it is a real id."""
    kind = "index" if not names else _NUMBERINGS.get(normal(names[0])) if len(names) == 1 else None
    are_whole = kind and pc.all(pc.match_substring_regex(keys, r"^-?[0-9]+(\.0)?$")).as_py()
    return kind if are_whole else None


def _counts_up(keys: pa.Array) -> bool:
    """Whether the numbers are those of the rows in order, from 0 or from 1."""
    numbers = pc.cast(keys, pa.float64()).to_numpy()
    return any(np.array_equal(numbers, np.arange(first, first + len(numbers))) for first in (0, 1))


def _quoted(names: tuple[str, ...]) -> str:
    name = "|".join(names)
    return repr(shown(name)) if name.strip() else "a column without a name"
