"""Checks that files to be joined have the same ids with the same meaning, and the rows to take from each.

A row number identifies a unit only in its own table. Two files may both number their rows, or only one file
may have ids. The same number may then belong to different units.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

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
from metrics.io.schema.column_words import normal

_NUMBERINGS = {"": "index", "unnamed_0": "index", "index_level_0": "index", "index": "index"} | {
    name: name for name in ("row", "row_number", "rownum", "idx")
}
"""Names of columns that number the rows, by the kind of numbering; pandas writes its index under several."""


def rows_to_take(
    loaded: list[LoadedFile], *, common_ids: bool
) -> tuple[list[NDArray[np.int64] | None], list[Problem]]:
    """Find the rows of each part in the order of the label file, which is the first.

    Raise ``E_JOIN``, ``E_DUPID``; see `metrics.io.joins.join_by_id.join`.

    Returns
    -------
    takes : list of array or None
        Row numbers from 0; `None` for all rows in their order.
    problems : list of Problem
    """
    base = loaded[0]
    problems: list[Problem] = []
    takes: list[NDArray[np.int64] | None] = [None]
    for file in loaded[1:]:
        take = None
        if file.keys is None or base.keys is None:
            problems.append(_by_order(base, file))
        elif not file.keys.equals(base.keys):
            take = _matching_rows(base, base.keys, file, file.keys, common_ids=common_ids)
        takes.append(take)
    is_common = np.ones(base.rows, bool)
    for take in takes:
        if take is not None:
            is_common &= take >= 0
    rows = np.flatnonzero(is_common)
    if not rows.size:
        raise _no_common_unit(base.part, loaded[-1].part)
    problems += _units_left_out(loaded, rows.size)
    if rows.size == base.rows:
        return takes, problems
    return [rows if take is None else take[rows] for take in takes], problems


def _matching_rows(
    base: LoadedFile,
    base_keys: pa.StringArray,
    file: LoadedFile,
    keys: pa.StringArray,
    *,
    common_ids: bool,
) -> NDArray[np.int64]:
    """Row of each id of the first file in another file; -1 if the other file lacks the id."""
    _check_distinct(keys, file.part)
    rows = pc.index_in(base_keys, value_set=keys)
    if not common_ids:
        _check_same_units(base.part, base_keys, file.part, keys, rows)
    return np.asarray(rows.fill_null(-1).to_numpy(), np.int64)


def _by_order(base: LoadedFile, file: LoadedFile) -> Problem:
    """Check that files joined by row order have equal length; return the note about the join."""
    base_name, name = base.part.file, file.part.file
    if base.rows != file.rows:
        raise ScoreError(
            "E_JOIN",
            Wording(
                f"files without an id in both must have as many rows, got {file.rows:,} here and "
                f"{base.rows:,} in ",
                FileName(base_name),
            ),
            file=name,
            hint="Write both files for the same units, with an id in both.",
        )
    return warning(
        "W_ROWORDER",
        Wording(
            "joined to ",
            FileName(base_name),
            " by the order of rows, since there is no id in both",
        ),
        file=name,
        hint="Make sure that both files list the same units in the same order.",
    )


def _check_same_units(
    base: FileRoles, base_keys: pa.Array, part: FileRoles, keys: pa.Array, rows: pa.Array
) -> None:
    """Check that two files have the same units; ``rows`` are those of the first file's ids in the other."""
    common = len(pc.unique(rows.drop_null()))
    if not rows.null_count and common == len(keys):
        return
    unmatched, place = base_keys.filter(rows.is_null()), "there"
    if not len(unmatched):
        unmatched, place = keys.filter(pc.invert(pc.is_in(keys, value_set=base_keys))), "here"
    alternative = (", or say ", Option("common_ids"), f" to keep the {common:,} that are in both")
    raise ScoreError(
        "E_JOIN",
        Wording(
            f"both files must hold the same units: {common:,} are in both, of {len(base_keys):,} in ",
            FileName(base.file),
            f" and {len(keys):,} here; only {place} is {shown(unmatched[0])!r}",
        ),
        file=part.file,
        column=part.roles.id[0],
        hint=Wording(
            "Write both files for the same units, or name their id columns ",
            with_option("id"),
            *(alternative if common else ()),
            ".",
        ),
    )


def _no_common_unit(base: FileRoles, part: FileRoles) -> ScoreError:
    return ScoreError(
        "E_JOIN",
        Wording(
            "at least one unit must be in all files, got none that is also in ",
            FileName(base.file),
        ),
        file=part.file,
        hint=Wording(
            "Write the files for the same units, or name their id columns ", with_option("id"), "."
        ),
    )


def _units_left_out(loaded: list[LoadedFile], common: int) -> list[Problem]:
    """Return a warning for each file that has further units than the common ones."""
    return [
        warning(
            "W_COMMONIDS",
            f"left out {file.rows - common:,} of {file.rows:,} units, which are not in every file",
            file=file.part.file,
            hint="Every figure is of the units that all files hold.",
        )
        for file in loaded
        if file.rows > common
    ]


def _check_distinct(keys: pa.Array, part: FileRoles) -> None:
    """Raise ``E_DUPID`` if an id occurs twice."""
    codes = keys.dictionary_encode().indices.to_numpy()
    counts = np.bincount(codes)
    if counts.size == len(keys):
        return
    repeated = int(np.flatnonzero(counts > 1)[0])
    first, second = (int(k) for k in np.flatnonzero(codes == repeated)[:2])
    raise ScoreError(
        "E_DUPID",
        f"ids must differ, got {shown(keys[first])!r} in rows {first + 1} and {second + 1}",
        file=part.file,
        row=second + 1,
        column=part.roles.id[0],
        value=keys[first].as_py(),
        hint=Wording(
            "Keep one row per unit, or name all columns that together are the id ",
            with_option("id"),
            ".",
        ),
    )


def check_same_ids(loaded: list[LoadedFile], choices: ReadOptions) -> list[Problem]:
    """Check that the ids of all files mean the same as in the first file; return notes about them.

    Raise ``E_JOIN`` if one of two files numbers its rows and the ids of the other have another order.
    """
    named = set(choices.id or ())
    base = loaded[0]
    notes = []
    for file in loaded[1:]:
        is_named = named.issuperset(base.part.roles.id) and named.issuperset(file.part.roles.id)
        if base.keys is not None and file.keys is not None and not is_named:
            notes.append(_check_same_id(base.part, base.keys, file.part, file.keys))
    return [note for note in notes if note is not None]


def _check_same_id(
    base: FileRoles, base_keys: pa.Array, part: FileRoles, keys: pa.Array
) -> Problem | None:
    """Return a note if two ids may have different meanings; raise ``E_JOIN`` if they certainly have."""
    base_ids, ids, file = _id_names(base), _id_names(part), part.file
    both = Wording(f"{_quoted(ids)} here and {_quoted(base_ids)} in ", FileName(base.file))
    base_numbering, numbering = _row_numbering(base_ids, base_keys), _row_numbering(ids, keys)
    if base_numbering is None and numbering is None:
        if [*map(normal, ids)] == [*map(normal, base_ids)]:
            return None
        text = Wording("joined on ", both, ", which are taken for the same id")
        hint = Wording(
            "Make sure that they are, or name the columns that are ", with_option("id"), "."
        )
    elif keys.equals(base_keys):
        text = Wording("joined by the order of rows, which is also that of ", both)
        hint = Wording("Make sure that both files list the same units in the same order.")
    elif base_numbering == numbering and not (_counts_up(base_keys) or _counts_up(keys)):
        text = Wording("joined on row numbers: ", both)
        hint = Wording("Make sure that both files number the rows of the same table.")
    else:
        raise ScoreError(
            "E_JOIN",
            Wording(
                "both files must have the same id, got ",
                both,
                ", where row numbers say nothing of the units",
            ),
            file=file,
            column="|".join(ids),
            hint=Wording(
                "Write the unit's id into both files, or name both columns ",
                with_option("id"),
                " if they are one.",
            ),
        )
    return warning("W_ROWORDER", text, file=file, column="|".join(ids), hint=hint)


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
