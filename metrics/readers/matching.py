"""Which rows of several files belong to the same unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.columns import Roles
from metrics.errors import Problem, ScoreError, shown, warning
from metrics.readers.base import Source
from metrics.readers.stored import Stored


@dataclass
class Part:
    """One file of several, with the roles found in it, and what it keeps of itself if converted."""

    source: Source
    roles: Roles
    stored: Stored | None = None


@dataclass
class Loaded:
    """What was read of a part: columns by name, one text per row that is its id, number of rows."""

    part: Part
    columns: dict[str, pa.Array]
    keys: pa.Array | None
    rows: int


def rows_to_take(
    loaded: list[Loaded], *, common_ids: bool
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
        ``E_JOIN``, ``E_DUPID``; see `metrics.readers.join.join`.
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


def _by_order(base: Part, part: Part, rows: int, own: int) -> Problem:
    """Hold files that are joined by the order of rows to one length; return what to say of it."""
    if rows != own:
        raise ScoreError(
            "E_JOIN",
            f"files without an id in both must have as many rows, got {own:,} here and {rows:,} in "
            f"{base.source.name}",
            file=part.source.name,
            hint="Write both files for the same units, with an id in both.",
        )
    return warning(
        "W_ROWORDER",
        f"joined to {base.source.name} by the order of rows, since there is no id in both",
        file=part.source.name,
        hint="Make sure that both files list the same units in the same order.",
    )


def _hold_same(base: Part, keys: pa.Array, part: Part, own: pa.Array, found: pa.Array) -> None:
    """Hold two files to the same units, unless it was said that the common ones will do."""
    common = len(pc.unique(found.drop_null()))
    if not found.null_count and common == len(own):
        return
    strange, here = keys.filter(found.is_null()), ""
    if not len(strange):
        strange, here = own.filter(pc.invert(pc.is_in(own, value_set=keys))), "here "
    agree = f", or say --common-ids to keep the {common:,} that are in both" if common else ""
    raise ScoreError(
        "E_JOIN",
        f"both files must hold the same units: {common:,} are in both, of {len(keys):,} in "
        f"{base.source.name} and {len(own):,} here; only {here or 'there '}is {shown(strange[0])!r}",
        file=part.source.name,
        column=part.roles.id[0],
        hint="Write both files for the same units, or name their id columns with --id"
        + agree
        + ".",
    )


def _nothing_common(base: Part, part: Part) -> ScoreError:
    return ScoreError(
        "E_JOIN",
        f"at least one unit must be in all files, got none that is also in {base.source.name}",
        file=part.source.name,
        hint="Write the files for the same units, or name their id columns with --id.",
    )


def _left_out(loaded: list[Loaded], kept: int) -> list[Problem]:
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


def _hold_distinct(own: pa.Array, part: Part) -> None:
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
        hint="Keep one row per unit, or name all columns that together are the id with --id.",
    )
