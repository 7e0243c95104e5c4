"""Join of a label file and score files on the id, to one table with one row for each unit.

A column name that both files share, or the caller's option, identifies the id. A row number identifies a unit
only in its own table. Two files may both number their rows, or only one file may have ids. The same number
may then belong to different units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import (
    FileName,
    Keyword,
    Option,
    Problem,
    ScoreError,
    Wording,
    shown,
    warning,
    with_option,
)
from metrics.io.column_roles import Roles, StoredRoles
from metrics.io.formats.cells import Place, numbers_of, text_of
from metrics.io.formats.file_on_disk import stem_of
from metrics.io.formats.source import Source, TableSource
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_words import SCORE, normal
from metrics.io.schema.label_values import spelling
from metrics.io.validation.ids import key_text

_ROWS = 262_144
Role = Literal["label", "weight", "value", "group", "defect_type"]
_ROLES: tuple[Role, ...] = ("label", "weight", "value", "group", "defect_type")


@dataclass
class _Joined:
    """Columns collected so far, each with its file and its source rows."""

    columns: dict[str, pa.Array] = field(default_factory=dict)
    origin: dict[str, tuple[str, NDArray[np.int64] | None]] = field(default_factory=dict)

    def add(self, title: str, values: pa.Array, file: str, take: NDArray[np.int64] | None) -> None:
        if title in self.columns:
            raise ScoreError(
                "E_DUPCOL",
                f"columns of the joined files must differ, got {shown(title)!r} twice",
                file=file,
                column=title,
                hint="Rename one of the columns or files.",
            )
        self.columns[title] = values if take is None else values.take(pa.array(take))
        self.origin[title] = (file, None if take is None else take + 1)


def join(
    parts: list[FileRoles], choices: ReadOptions, tell: Callable[[int], None]
) -> tuple[TableSource, Roles, list[Problem]]:
    """Return one table in the row order of the label file, with its roles and warnings.

    Parameters
    ----------
    parts : list of FileRoles
    choices : ReadOptions
    tell : callable
        Called with the number of rows read so far, in all files.

    Raises
    ------
    ScoreError
        ``E_DUPID``; ``E_JOIN`` if ids, their meaning, or the numbers of rows differ; ``E_CONFLICT`` if the
        label, weight, value, group, segment or kind of defect of a unit differs between files; ``E_DUPCOL``
        if columns cannot be distinguished.
    """
    base = next(part for part in parts if part.roles.label is not None)
    parts = [base, *(part for part in parts if part is not base)]
    titles = _model_names(parts)
    loaded: list[_LoadedFile] = []
    for part in parts:
        loaded.append(_load(part, choices, sum(one.rows for one in loaded), tell))
    notes = _hold_same_ids(loaded, choices)
    takes, problems = _rows_to_take(loaded, common_ids=choices.common_ids)
    problems = [*notes, *problems]
    joined, roles = _Joined(), Roles()
    if (keys := loaded[0].keys) is not None:
        roles.id = ("|".join(base.roles.id),)
        joined.add(roles.id[0], keys, base.source.name, takes[0])
    for one, take in zip(loaded, takes, strict=True):
        part, file = one.part, one.part.source.name
        for role in _ROLES:
            name, named = getattr(part.roles, role), getattr(choices, role)
            if name is None:
                continue
            own = getattr(roles, role)
            if named not in (None, name):
                text = f"left out, since {named!r} is the {role.replace('_', ' ')}"
                problems.append(warning("W_UNUSED", text, file=file, column=name))
            elif own is None:
                setattr(roles, role, name)
                joined.add(name, one.columns[name], file, take)
            else:
                _hold_equal_values(joined, role, own, one, name, take)
        for name in part.roles.segments:
            if name == roles.defect_type and name in joined.columns:
                roles.segments = tuple(dict.fromkeys([*roles.segments, name]))
            elif name in roles.segments:
                _hold_equal_values(joined, "segment", name, one, name, take)
            else:
                joined.add(name, one.columns[name], file, take)
                roles.segments = (*roles.segments, name)
        for name in part.roles.models:
            title = titles[file, name]
            joined.add(title, one.columns.pop(name), file, take)
            roles.models = (*roles.models, title)
            if name in part.roles.of_defect_class:
                roles.of_defect_class = (*roles.of_defect_class, title)
        for name in _witnesses(part.roles):
            title = name if name not in joined.columns else f"{stem_of(file)}.{name}"
            if title in joined.columns:
                continue
            joined.add(title, one.columns[name], file, take)
            if name == part.roles.split:
                roles.split = title
                continue
            roles.decisions = (*roles.decisions, title)
            for model in part.roles.models:
                if part.roles.decision_of.get(model) == name:
                    roles.decision_of[titles[file, model]] = title
        for name, why in part.roles.unused.items():
            roles.unused[name if name not in roles.unused else f"{stem_of(file)}.{name}"] = why
    table = TableSource(base.source.name, pa.table(joined.columns), origin=joined.origin)
    return table, roles, problems


def _witnesses(roles: Roles) -> tuple[str, ...]:
    """Return the columns that are read to check the meaning of a file's scores."""
    if not roles.models:
        return ()
    taken = roles.used() | set(roles.models)
    found = (*roles.decisions, *filter(None, [roles.split]))
    return tuple(name for name in dict.fromkeys(found) if name not in taken)


def _model_names(parts: list[FileRoles]) -> dict[tuple[str, str], str]:
    """Name each model by its column, or by its file if the column name is generic or not unique."""
    used = Counter(name for part in parts for name in part.roles.models)
    taken = {name for part in parts for name in part.roles.used()}
    titles = _titles([part.source.name for part in parts])
    names: dict[tuple[str, str], str] = {}
    for part in parts:
        stem = titles[part.source.name]
        for name in part.roles.models:
            says = normal(name) not in SCORE and not normal(name).isdigit()
            own = used[name] == 1 and says and name not in taken
            alone = len(part.roles.models) == 1
            names[part.source.name, name] = name if own else stem if alone else f"{stem}.{name}"
    return names


def _titles(files: list[str]) -> dict[str, str]:
    """Name each file by its stem, plus its folder if stems repeat, plus its extension if needed."""

    def folder(file: str) -> str:
        return Path(file).resolve().parent.name

    forms: list[Callable[[str], str]] = [
        stem_of,
        lambda file: f"{folder(file)}/{stem_of(file)}",
        lambda file: f"{folder(file)}/{Path(file).name}",
    ]
    titles: dict[str, str] = {}
    for form in forms:
        repeated = Counter(titles.values())
        for file in files:
            if repeated[titles.get(file, "")] != 1:
                titles[file] = form(file)
    return titles


def _load(
    part: FileRoles, choices: ReadOptions, before: int, tell: Callable[[int], None]
) -> _LoadedFile:
    """Read the columns of one file that have a role; each row is read once."""
    roles, source = part.roles, part.source
    numeric = [n for n in (*roles.models, roles.weight, roles.value) if n is not None]
    texts = [roles.label, roles.group, *roles.segments, roles.defect_type]
    texts += [*_witnesses(roles)]
    names = list(dict.fromkeys([n for n in [*texts, *numeric] if n is not None]))
    chunks: dict[str, list[pa.Array]] = {name: [] for name in names}
    keys: list[pa.Array] = []
    columns, count, rows = [*roles.id, *names], len(roles.id), 0
    for arrays in source.batches(columns or source.names[:1], frozenset(numeric), _ROWS):
        if count:
            keys.append(key_text(source, roles.id, arrays[:count], rows, "an id"))
        for name, array in zip(names, arrays[count:], strict=bool(columns)):
            place = Place(source, name, rows)
            if name in numeric:
                array = pa.array(numbers_of(array, place, decimal=choices.decimal or "."))
            else:
                array = text_of(array, place)
            chunks[name].append(array)
        rows += len(arrays[0])
        tell(before + rows)
    return _LoadedFile(
        part,
        {name: pa.chunked_array(chunks.pop(name)).combine_chunks() for name in names},
        pa.chunked_array(keys, pa.string()).combine_chunks() if count else None,
        rows,
    )


def _meanings(labels: pa.Array) -> pa.Array:
    """Return each label as 0 or 1 if its spelling is known, otherwise as its text."""
    known = labels.fill_null("").dictionary_encode()
    levels = []
    for level in known.dictionary.to_pylist():
        meaning = spelling(level)[1]
        levels.append(f"={level}" if meaning < 0 else str(meaning))
    return pa.array(levels, pa.string()).take(known.indices)


def _hold_equal_values(
    joined: _Joined,
    role: str,
    own: str,
    one: _LoadedFile,
    name: str,
    take: NDArray[np.int64] | None,
) -> None:
    """Check that a column of a second file agrees with the first file's column of the same role."""
    known, values = joined.columns[own], one.columns[name]
    if take is not None:
        values = values.take(pa.array(take))
    a, b = (_meanings(x) if role == "label" else x for x in (known, values))
    if pa.types.is_string(a.type):
        a, b = a.fill_null(""), b.fill_null("")
    at = pc.index(pc.not_equal(a, b), True).as_py()
    if at < 0:
        return
    text = ["" if x[at].as_py() is None else str(x[at].as_py()) for x in (values, known)]
    flag = "type" if role == "defect_type" else role
    named = Wording("name the one that counts ", with_option(cast(Keyword, role), name, own))
    raise ScoreError(
        "E_CONFLICT",
        f"both files must have the same {flag} for a unit, got {shown(text[0])!r} "
        f"and, in {joined.origin[own][0]}, {shown(text[1])!r}",
        file=one.part.source.name,
        row=at + 1 if take is None else int(take[at]) + 1,
        column=name,
        value=text[0],
        hint=Wording(
            "Correct one file, or ", named if name != own else f"leave out its {flag} column", "."
        ),
    )


@dataclass
class FileRoles:
    """One of several files, with the roles found in it, and its stored roles if it was converted."""

    source: Source
    roles: Roles
    stored: StoredRoles | None = None


@dataclass
class _LoadedFile:
    """Data read from one file: columns by name, the id of each row as text, number of rows."""

    part: FileRoles
    columns: dict[str, pa.Array]
    keys: pa.Array | None
    rows: int


def _rows_to_take(
    loaded: list[_LoadedFile], *, common_ids: bool
) -> tuple[list[NDArray[np.int64] | None], list[Problem]]:
    """Find the rows of each part in the order of the label file, which is the first.

    Returns
    -------
    takes : list of array or None
        Row numbers from 0; `None` for all rows in their order.
    problems : list of Problem

    Raises
    ------
    ScoreError
        ``E_JOIN``, ``E_DUPID``; see `metrics.io.joins.join_by_id.join`.
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
    """Check that files joined by row order have equal length; return the note about the join."""
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
    """Check that two files have the same units, unless the option for common units is set."""
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


def _left_out(loaded: list[_LoadedFile], kept: int) -> list[Problem]:
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
"""Names of columns that number the rows, by the kind of numbering; pandas writes its index under several."""


def _hold_same_ids(loaded: list[_LoadedFile], choices: ReadOptions) -> list[Problem]:
    """Check that the ids of all files mean the same as in the first file; return notes about them.

    Raises
    ------
    ScoreError
        ``E_JOIN`` if one of two files numbers its rows and the ids of the other have another order.
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
    """Names of the columns of the id; a converted file stores the original names."""
    stored = part.stored
    kept = stored is not None and part.roles.id == stored.roles.id
    return stored.id_names if stored is not None and kept else part.roles.id


def _counter(names: tuple[str, ...], keys: pa.Array) -> str | None:
    """Kind of row numbering if the id is a row number; `None` if it is a real id."""
    place = _PLACES.get(normal(names[0])) if len(names) == 1 else None if names else "index"
    whole = place and pc.all(pc.match_substring_regex(keys, r"^-?[0-9]+(\.0)?$")).as_py()
    return place if whole else None


def _counts_up(keys: pa.Array) -> bool:
    """Whether the numbers are those of the rows in order, from 0 or from 1."""
    numbers = pc.cast(keys, pa.float64()).to_numpy()
    return any(np.array_equal(numbers, np.arange(first, first + len(numbers))) for first in (0, 1))


def _title(names: tuple[str, ...]) -> str:
    name = "|".join(names)
    return repr(shown(name)) if name.strip() else "a column without a name"
