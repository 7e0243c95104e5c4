"""A label file and score files, joined on the id into one table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.columns import SCORE, Choices, Roles, normal
from metrics.errors import Problem, ScoreError, shown, warning
from metrics.readers.base import Source, TableSource
from metrics.readers.ids import key_text
from metrics.readers.labels import spelling
from metrics.readers.values import Place, numbers_of, text_of

_ROWS = 262_144
Role = Literal["label", "weight", "value", "group"]
_ROLES: tuple[Role, ...] = ("label", "weight", "value", "group")


@dataclass
class Part:
    """One file of several, with the roles found in it."""

    source: Source
    roles: Roles


@dataclass
class _Joined:
    """Columns gathered so far, each with the file and the rows that it comes from."""

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


def join(parts: list[Part], choices: Choices) -> tuple[TableSource, Roles, list[Problem]]:
    """Return one table in the row order of the label file, with its roles and warnings.

    Raises
    ------
    ScoreError
        ``E_DUPID``; ``E_JOIN`` where ids or numbers of rows differ; ``E_CONFLICT`` where labels of a
        unit differ between files; ``E_DUPCOL`` where columns cannot be told apart.
    """
    base = next(part for part in parts if part.roles.label is not None)
    parts = [base, *(part for part in parts if part is not base)]
    problems: list[Problem] = []
    titles = _model_names(parts)
    joined, roles = _Joined(), Roles()
    keys = _keys(base)
    takes = _rows_to_take(parts, keys, choices, problems)
    if keys is not None:
        title = "|".join(base.roles.id)
        joined.add(title, keys, base.source.name, takes[0])
        roles.id = (title,)
    for part, take in zip(parts, takes, strict=True):
        read, file = _read(part, choices), part.source.name
        for role in _ROLES:
            name = getattr(part.roles, role)
            if name is None:
                continue
            own = getattr(roles, role)
            if own is None:
                setattr(roles, role, name)
                joined.add(name, read[name], file, take)
            elif role == "label":
                values = read[name] if take is None else read[name].take(pa.array(take))
                _hold_labels(joined.columns[own], values, part, name, take)
        for name in part.roles.segments:
            if name not in roles.segments:
                joined.add(name, read[name], file, take)
                roles.segments = (*roles.segments, name)
        for name in part.roles.models:
            title = titles[file, name]
            joined.add(title, read[name], file, take)
            roles.models = (*roles.models, title)
    table = TableSource(base.source.name, pa.table(joined.columns), origin=joined.origin)
    return table, roles, problems


def _model_names(parts: list[Part]) -> dict[tuple[str, str], str]:
    """Name each model: its column; the file where the column's name says nothing or is used twice."""
    used = Counter(name for part in parts for name in part.roles.models)
    taken = {name for part in parts for name in part.roles.used()}
    names: dict[tuple[str, str], str] = {}
    for part in parts:
        stem = _stem(part.source.name)
        if [_stem(p.source.name) for p in parts].count(stem) > 1:
            stem = f"{Path(part.source.name).resolve().parent.name}/{stem}"
        for name in part.roles.models:
            says = normal(name) not in SCORE and not normal(name).isdigit()
            own = used[name] == 1 and says and name not in taken
            alone = len(part.roles.models) == 1
            names[part.source.name, name] = name if own else stem if alone else f"{stem}.{name}"
    return names


def _stem(file: str) -> str:
    return Path(file).name.split(".")[0]


def _keys(part: Part) -> pa.Array | None:
    if not part.roles.id:
        return None
    texts: list[pa.Array] = []
    before = 0
    for arrays in part.source.batches(part.roles.id, frozenset(), _ROWS):
        texts.append(key_text(part.source, part.roles.id, arrays, before, "an id"))
        before += len(arrays[0])
    return pa.chunked_array(texts, pa.string()).combine_chunks()


def _rows_to_take(
    parts: list[Part], keys: pa.Array | None, choices: Choices, problems: list[Problem]
) -> list[NDArray[np.int64] | None]:
    """Rows of each part in the order of the label file, which is the first; None: all as they are."""
    base = parts[0]
    places: list[NDArray[np.int64] | None] = []
    lengths: list[int] = []
    for part in parts:
        own = keys if part is base else _keys(part)
        if part is base or own is None or keys is None:
            lengths.append(_length(part) if own is None else len(own))
            places.append(None)
            if part is not base:
                problems.append(_by_order(base, part, lengths[0], lengths[-1]))
            continue
        lengths.append(len(own))
        if own.equals(keys):
            places.append(None)
            continue
        _hold_distinct(own, part)
        found = pc.index_in(keys, value_set=own)
        if not choices.common_ids:
            _hold_same(base, keys, part, own, found)
        places.append(np.asarray(found.fill_null(-1).to_numpy(), np.int64))
    kept = np.ones(lengths[0], bool)
    for place in places:
        kept &= True if place is None else place >= 0
    rows = np.flatnonzero(kept)
    if not rows.size:
        raise _nothing_common(base, parts[-1])
    problems += _left_out(parts, lengths, rows.size)
    if rows.size == kept.size:
        return places
    return [rows if place is None else place[rows] for place in places]


def _length(part: Part) -> int:
    return sum(len(a[0]) for a in part.source.batches(part.source.names[:1], frozenset(), _ROWS))


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


def _left_out(parts: list[Part], lengths: list[int], kept: int) -> list[Problem]:
    """Return a warning for each file that lost units."""
    return [
        warning(
            "W_COMMONIDS",
            f"left out {length - kept:,} of {length:,} units, which are not in every file",
            file=part.source.name,
            hint="Every figure is of the units that all files hold.",
        )
        for part, length in zip(parts, lengths, strict=True)
        if length > kept
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


def _read(part: Part, choices: Choices) -> dict[str, pa.Array]:
    roles = part.roles
    numeric = [n for n in (*roles.models, roles.weight, roles.value) if n is not None]
    texts = [n for n in (roles.label, roles.group, *roles.segments) if n is not None]
    wanted = list(dict.fromkeys([*texts, *numeric]))
    chunks: dict[str, list[pa.Array]] = {name: [] for name in wanted}
    if not wanted:
        return {}
    before = 0
    for arrays in part.source.batches(wanted, frozenset(numeric), _ROWS):
        for name, array in zip(wanted, arrays, strict=True):
            place = Place(part.source, name, before)
            if name in numeric:
                array = pa.array(numbers_of(array, place, decimal=choices.decimal or "."))
            else:
                array = text_of(array, place)
            chunks[name].append(array)
        before += len(arrays[0])
    return {name: pa.chunked_array(chunk).combine_chunks() for name, chunk in chunks.items()}


def _meanings(labels: pa.Array) -> NDArray[np.str_]:
    """Return each label as 0 or 1 where its spelling is known, else as its text."""
    known = labels.fill_null("").dictionary_encode()
    levels = []
    for level in known.dictionary.to_pylist():
        meaning = spelling(level)[1]
        levels.append(f"={level}" if meaning < 0 else str(meaning))
    meanings: NDArray[np.str_] = np.array(levels)[known.indices.to_numpy()]
    return meanings


def _hold_labels(
    known: pa.Array, values: pa.Array, part: Part, name: str, take: NDArray[np.int64] | None
) -> None:
    """Hold the labels of a second file to those of the first."""
    differs = _meanings(known) != _meanings(values)
    if differs.any():
        at = int(np.flatnonzero(differs)[0])
        raise ScoreError(
            "E_CONFLICT",
            "both files must have the same label for a unit, "
            f"got {shown(values[at])!r} and {shown(known[at])!r}",
            file=part.source.name,
            row=at + 1 if take is None else int(take[at]) + 1,
            column=name,
            value=values[at].as_py(),
            hint="Correct one file, or leave out its label column.",
        )
