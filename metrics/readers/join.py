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
    problems: list[Problem] = []
    titles = _model_names(parts)
    joined, roles = _Joined(), Roles()
    keys = _keys(base)
    if keys is not None:
        title = "|".join(base.roles.id)
        joined.add(title, keys, base.source.name, None)
        roles.id = (title,)
    for part in [base, *(p for p in parts if p is not base)]:
        take = _order(base, keys, part, problems)
        read, file = _read(part, choices), part.source.name
        _hold_length(joined, read, take, base, part)
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


def _order(
    base: Part, keys: pa.Array | None, part: Part, problems: list[Problem]
) -> NDArray[np.int64] | None:
    """Row of ``part`` for each row of the label file; None where the order is the same."""
    if part is base:
        return None
    own = _keys(part)
    if own is None or keys is None:
        problems.append(
            warning(
                "W_ROWORDER",
                f"joined to {base.source.name} by the order of rows, since there is no id in both",
                file=part.source.name,
                hint="Make sure that both files list the same units in the same order.",
            )
        )
        return None
    if own.equals(keys):
        return None
    _hold_distinct(own, part)
    place = pc.index_in(keys, value_set=own)
    lacks = place.null_count
    common = len(pc.unique(place.drop_null()))
    if lacks or common < len(own):
        strangers = keys.filter(place.is_null())
        example = f", such as {shown(strangers[0])!r}" if lacks else ""
        raise ScoreError(
            "E_JOIN",
            f"both files must hold the same units: {common:,} are in both, {lacks:,} only in "
            f"{base.source.name}{example}, {len(own) - common:,} only here",
            file=part.source.name,
            column=part.roles.id[0],
            hint="Write both files for the same units, or name their id columns with --id.",
        )
    return np.asarray(place.to_numpy(), np.int64)


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


def _hold_length(
    joined: _Joined,
    read: dict[str, pa.Array],
    take: NDArray[np.int64] | None,
    base: Part,
    part: Part,
) -> None:
    """Hold files that are joined by the order of rows to one length."""
    if take is not None or not joined.columns or not read:
        return
    rows, own = len(next(iter(joined.columns.values()))), len(next(iter(read.values())))
    if rows != own:
        raise ScoreError(
            "E_JOIN",
            f"files without an id in both must have as many rows, got {own:,} here and {rows:,} in "
            f"{base.source.name}",
            file=part.source.name,
            hint="Write both files for the same units, with an id in both.",
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
