"""A label file and score files, joined on the id into one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, shown, warning
from metrics.io.column_roles import Roles
from metrics.io.formats.cells import Place, numbers_of, text_of
from metrics.io.formats.files import stem_of
from metrics.io.formats.source import TableSource
from metrics.io.joins.match_ids import FileRoles, LoadedFile, hold_same_ids, rows_to_take
from metrics.io.read_options import ReadOptions
from metrics.io.schema.class_labels import spelling
from metrics.io.schema.roles_by_name import SCORE, normal
from metrics.io.validation.ids import key_text

_ROWS = 262_144
Role = Literal["label", "weight", "value", "group", "defect_type"]
_ROLES: tuple[Role, ...] = ("label", "weight", "value", "group", "defect_type")


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


def join(
    parts: list[FileRoles], choices: ReadOptions, tell: Callable[[int], None]
) -> tuple[TableSource, Roles, list[Problem]]:
    """Return one table in the row order of the label file, with its roles and warnings.

    Parameters
    ----------
    parts : list of FileRoles
    choices : ReadOptions
    tell : callable
        Called with the number of rows read so far, over all files.

    Raises
    ------
    ScoreError
        ``E_DUPID``; ``E_JOIN`` where ids, what they are, or numbers of rows differ; ``E_CONFLICT`` where the
        label, weight, value, group, segment or kind of defect of a unit differs between files; ``E_DUPCOL``
        where columns cannot be told apart.
    """
    base = next(part for part in parts if part.roles.label is not None)
    parts = [base, *(part for part in parts if part is not base)]
    titles = _model_names(parts)
    loaded: list[LoadedFile] = []
    for part in parts:
        loaded.append(_load(part, choices, sum(one.rows for one in loaded), tell))
    notes = hold_same_ids(loaded, choices)
    takes, problems = rows_to_take(loaded, common_ids=choices.common_ids)
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
                problems.append(warning("W_NOTSCORE", text, file=file, column=name))
            elif own is None:
                setattr(roles, role, name)
                joined.add(name, one.columns[name], file, take)
            else:
                _hold_same(joined, role, own, one, name, take)
        for name in part.roles.segments:
            if name == roles.defect_type and name in joined.columns:
                roles.segments = tuple(dict.fromkeys([*roles.segments, name]))
            elif name in roles.segments:
                _hold_same(joined, "segment", name, one, name, take)
            else:
                joined.add(name, one.columns[name], file, take)
                roles.segments = (*roles.segments, name)
        for name in part.roles.models:
            title = titles[file, name]
            joined.add(title, one.columns.pop(name), file, take)
            roles.models = (*roles.models, title)
    table = TableSource(base.source.name, pa.table(joined.columns), origin=joined.origin)
    return table, roles, problems


def _model_names(parts: list[FileRoles]) -> dict[tuple[str, str], str]:
    """Name each model: its column; the file where the column's name says nothing or is used twice."""
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
    """Name each file by its stem, with its folder where stems repeat, with its ending where these do, too."""

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
) -> LoadedFile:
    """Read the columns of one file that have a role, each row once."""
    roles, source = part.roles, part.source
    numeric = [n for n in (*roles.models, roles.weight, roles.value) if n is not None]
    texts = [roles.label, roles.group, *roles.segments, roles.defect_type]
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
    return LoadedFile(
        part,
        {name: pa.chunked_array(chunks.pop(name)).combine_chunks() for name in names},
        pa.chunked_array(keys, pa.string()).combine_chunks() if count else None,
        rows,
    )


def _meanings(labels: pa.Array) -> pa.Array:
    """Return each label as 0 or 1 where its spelling is known, else as its text."""
    known = labels.fill_null("").dictionary_encode()
    levels = []
    for level in known.dictionary.to_pylist():
        meaning = spelling(level)[1]
        levels.append(f"={level}" if meaning < 0 else str(meaning))
    return pa.array(levels, pa.string()).take(known.indices)


def _hold_same(
    joined: _Joined, role: str, own: str, one: LoadedFile, name: str, take: NDArray[np.int64] | None
) -> None:
    """Hold a column of a second file to that of the first which says the same."""
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
    other = f"say with --{flag} which of {name!r} and {own!r} counts"
    raise ScoreError(
        "E_CONFLICT",
        f"both files must have the same {flag} for a unit, got {shown(text[0])!r} "
        f"and, in {joined.origin[own][0]}, {shown(text[1])!r}",
        file=one.part.source.name,
        row=at + 1 if take is None else int(take[at]) + 1,
        column=name,
        value=text[0],
        hint=f"Correct one file, or {other if name != own else f'leave out its {flag} column'}.",
    )
