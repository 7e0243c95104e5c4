"""Which rows of several files belong to the same unit, and whether their ids name units or only count rows.

A name that both files share, and an answer of the caller's, settle what an id is. A row number says which
unit it is only in the table that it was counted in: where two files number their rows, or one does and the
other has ids, the same number may stand beside another unit.
"""

from __future__ import annotations

from dataclasses import dataclass

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
from metrics.io.column_roles import Roles, StoredRoles
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_facts import ColumnFacts
from metrics.io.schema.roles_by_name import normal


@dataclass
class FileRoles:
    """One file of several, with the roles found in it, and what it keeps of itself if converted."""

    source: Source
    roles: Roles
    stored: StoredRoles | None = None


@dataclass
class LoadedFile:
    """What was read of a part: columns by name, one text per row that is its id, number of rows."""

    part: FileRoles
    columns: dict[str, pa.Array]
    keys: pa.Array | None
    rows: int


def rows_to_take(
    loaded: list[LoadedFile], *, common_ids: bool
) -> tuple[list[NDArray[np.int64] | None], list[Problem]]:
    """Find the rows of each part in the order of the label file, which is the first.

    Returns
    -------
    takes : list of array or None
        Row numbers from 0; None: all as they are.
    problems : list of Problem

    Raises
    ------
    ScoreError
        ``E_JOIN``, ``E_DUPID``; see `metrics.io.joins.join.join`.
    """
    base, keys = loaded[0].part, loaded[0].keys
    problems: list[Problem] = []
    places: list[NDArray[np.int64] | None] = []
    for one in loaded:
        part, own = one.part, one.keys
        places.append(None)
        if part is base:
            continue
        if own is None or keys is None:
            problems.append(_by_order(base, part, loaded[0].rows, one.rows))
            continue
        if own.equals(keys):
            continue
        _hold_distinct(own, part)
        found = pc.index_in(keys, value_set=own)
        if not common_ids:
            _hold_same(base, keys, part, own, found)
        places[-1] = np.asarray(found.fill_null(-1).to_numpy(), np.int64)
    kept = np.ones(loaded[0].rows, bool)
    for place in places:
        kept &= True if place is None else place >= 0
    rows = np.flatnonzero(kept)
    if not rows.size:
        raise _nothing_common(base, loaded[-1].part)
    problems += _left_out(loaded, rows.size)
    if rows.size == kept.size:
        return places, problems
    return [rows if place is None else place[rows] for place in places], problems


def _by_order(base: FileRoles, part: FileRoles, rows: int, own: int) -> Problem:
    """Hold files that are joined by the order of rows to one length; return what to say of it."""
    if rows != own:
        raise ScoreError(
            "E_JOIN",
            Wording(
                f"files without an id in both must have as many rows, got {own:,} here and {rows:,} in ",
                FileName(base.source.name),
            ),
            file=part.source.name,
            hint="Write both files for the same units, with an id in both.",
        )
    return warning(
        "W_ROWORDER",
        Wording(
            "joined to ",
            FileName(base.source.name),
            " by the order of rows, since there is no id in both",
        ),
        file=part.source.name,
        hint="Make sure that both files list the same units in the same order.",
    )


def _hold_same(
    base: FileRoles, keys: pa.Array, part: FileRoles, ids: pa.Array, other_ids: pa.Array
) -> None:
    """Hold two files to the same units, unless it was said that the common ones will do."""
    common = len(pc.unique(other_ids.drop_null()))
    if not other_ids.null_count and common == len(ids):
        return
    strange, here = keys.filter(other_ids.is_null()), ""
    if not len(strange):
        strange, here = ids.filter(pc.invert(pc.is_in(ids, value_set=keys))), "here "
    agree = (", or say ", Option("common_ids"), f" to keep the {common:,} that are in both")
    raise ScoreError(
        "E_JOIN",
        Wording(
            f"both files must hold the same units: {common:,} are in both, of {len(keys):,} in ",
            FileName(base.source.name),
            f" and {len(ids):,} here; only {here or 'there '}is {shown(strange[0])!r}",
        ),
        file=part.source.name,
        column=part.roles.id[0],
        hint=Wording(
            "Write both files for the same units, or name their id columns ",
            with_option("id"),
            *(agree if common else ()),
            ".",
        ),
    )


def _nothing_common(base: FileRoles, part: FileRoles) -> ScoreError:
    return ScoreError(
        "E_JOIN",
        Wording(
            "at least one unit must be in all files, got none that is also in ",
            FileName(base.source.name),
        ),
        file=part.source.name,
        hint=Wording(
            "Write the files for the same units, or name their id columns ", with_option("id"), "."
        ),
    )


def _left_out(loaded: list[LoadedFile], kept: int) -> list[Problem]:
    """Return a warning for each file that lost units."""
    return [
        warning(
            "W_COMMONIDS",
            f"left out {one.rows - kept:,} of {one.rows:,} units, which are not in every file",
            file=one.part.source.name,
            hint="Every figure is of the units that all files hold.",
        )
        for one in loaded
        if one.rows > kept
    ]


def _hold_distinct(own: pa.Array, part: FileRoles) -> None:
    codes = own.dictionary_encode().indices.to_numpy()
    counts = np.bincount(codes)
    if counts.size == len(own):
        return
    level = int(np.flatnonzero(counts > 1)[0])
    first, second = (int(k) for k in np.flatnonzero(codes == level)[:2])
    raise ScoreError(
        "E_DUPID",
        f"ids must differ, got {shown(own[first])!r} in rows {first + 1} and {second + 1}",
        file=part.source.name,
        row=second + 1,
        column=part.roles.id[0],
        value=own[first].as_py(),
        hint=Wording(
            "Keep one row per unit, or name all columns that together are the id ",
            with_option("id"),
            ".",
        ),
    )


_PLACES = {"": "index", "unnamed_0": "index", "index_level_0": "index", "index": "index"} | {
    name: name for name in ("row", "row_number", "rownum", "idx")
}
"""Names of columns that say a row's place, by what counted it; pandas writes its index under several."""


def prefer_shared_ids(
    parts: list[FileRoles], measured: list[list[ColumnFacts]], choices: ReadOptions
) -> None:
    """Let files that each have several columns like an id use the one that they share.

    Parameters
    ----------
    parts : list of FileRoles
        The files; where one of them must use another column, its roles are changed.
    measured : list of list of ColumnFacts
        Their columns.
    choices : ReadOptions
        Nothing is done where they say what the id is.
    """
    known = [(part.roles, facts) for part, facts in zip(parts, measured, strict=True)]
    base = next((one for one in known if one[0].label is not None), None)
    if choices.id is not None or base is None or len(base[0].id) != 1:
        return
    others = [one for one in known if one is not base and len(one[0].id) == 1]
    for roles, facts in others:
        _take(roles, facts, base[0].id[0], choices)
    wanted = {normal(roles.id[0]) for roles, _ in others}
    if len(wanted) == 1:
        _take(*base, wanted.pop(), choices)


def _take(roles: Roles, facts: list[ColumnFacts], wanted: str, choices: ReadOptions) -> None:
    """Make a column of a name the id, where there is one that has no repeats and no other role."""
    if normal(roles.id[0]) == normal(wanted):
        return
    taken = roles.used() | set(choices.models or ())
    fit = [f.name for f in facts if normal(f.name) == normal(wanted) and f.distinct == f.rows]
    fit = [name for name in fit if name not in taken]
    if len(fit) == 1:
        roles.id = (fit[0],)


def hold_same_ids(loaded: list[LoadedFile], choices: ReadOptions) -> list[Problem]:
    """Hold the ids of the files to be the same thing as that of the first; return what to say of them.

    Raises
    ------
    ScoreError
        ``E_JOIN`` where one of two numbers its rows and the ids of the other are in another order.
    """
    chosen = set(choices.id or ())
    base = loaded[0]
    notes = []
    for one in loaded[1:]:
        named = chosen.issuperset(base.part.roles.id) and chosen.issuperset(one.part.roles.id)
        if base.keys is not None and one.keys is not None and not named:
            notes.append(_hold_same_id(base.part, base.keys, one.part, one.keys))
    return [problem for problem in notes if problem is not None]


def _hold_same_id(
    base: FileRoles, keys: pa.Array, part: FileRoles, other: pa.Array
) -> Problem | None:
    base_ids, ids, file = _names(base), _names(part), part.source.name
    both = Wording(f"{_title(ids)} here and {_title(base_ids)} in ", FileName(base.source.name))
    counters = (_counter(base_ids, keys), _counter(ids, other))
    if counters == (None, None):
        if [*map(normal, ids)] == [*map(normal, base_ids)]:
            return None
        text = Wording("joined on ", both, ", which are taken for the same id")
        hint = Wording(
            "Make sure that they are, or name the columns that are ", with_option("id"), "."
        )
    elif keys.equals(other):
        text = Wording("joined by the order of rows, which is also that of ", both)
        hint = Wording("Make sure that both files list the same units in the same order.")
    elif counters[0] == counters[1] and not (_counts_up(keys) or _counts_up(other)):
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


def _names(part: FileRoles) -> tuple[str, ...]:
    """Names of the columns that the id was read from; a converted file keeps what they were."""
    stored = part.stored
    kept = stored is not None and part.roles.id == stored.roles.id
    return stored.id_names if stored is not None and kept else part.roles.id


def _counter(names: tuple[str, ...], keys: pa.Array) -> str | None:
    """What counted the rows, where the id is their numbers; None where it is an id."""
    place = _PLACES.get(normal(names[0])) if len(names) == 1 else None if names else "index"
    whole = place and pc.all(pc.match_substring_regex(keys, r"^-?[0-9]+(\.0)?$")).as_py()
    return place if whole else None


def _counts_up(keys: pa.Array) -> bool:
    """Whether the numbers are those of the rows as they stand, from 0 or from 1."""
    numbers = pc.cast(keys, pa.float64()).to_numpy()
    return any(np.array_equal(numbers, np.arange(first, first + len(numbers))) for first in (0, 1))


def _title(names: tuple[str, ...]) -> str:
    name = "|".join(names)
    return repr(shown(name)) if name.strip() else "a column without a name"
