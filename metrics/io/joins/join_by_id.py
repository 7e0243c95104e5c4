"""Join of a label file and score files on the id, to one table with one row for each unit.

A column name that both files share, or the caller's option, identifies the id; see
`metrics.io.joins.same_ids`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import Keyword, Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.column_roles import Roles
from metrics.io.formats.file_on_disk import stem_of
from metrics.io.formats.source import TableSource
from metrics.io.joins.joined_files import FileRoles, LoadedFile, checked_columns, load_file
from metrics.io.joins.same_ids import check_same_ids, choose_rows
from metrics.io.read_options import ReadOptions
from metrics.io.schema.label_values import spelling
from metrics.io.schema.vocabulary import SCORE, normal

Role = Literal["label", "weight", "value", "group", "defect_type"]
_ROLES: tuple[Role, ...] = ("label", "weight", "value", "group", "defect_type")


def join(
    parts: list[FileRoles], choices: ReadOptions, tell: Callable[[int], None]
) -> tuple[TableSource, Roles, list[Problem]]:
    """Return one table in the row order of the label file, with its roles and warnings.

    ``tell`` is called with the number of rows read so far, in all files. Raise ``E_DUPID``; ``E_JOIN`` if
    ids, their meaning, or the numbers of rows differ; ``E_CONFLICT`` if the label, weight, value, group,
    segment or kind of defect of a unit differs between files; ``E_DUPCOL`` if columns cannot be
    distinguished.
    """
    base = next(part for part in parts if part.roles.label is not None)
    parts = [base, *(part for part in parts if part is not base)]
    titles = _model_names(parts)
    files: list[LoadedFile] = []
    for part in parts:
        files.append(load_file(part, sum(file.rows for file in files), tell))
    problems = check_same_ids(files, choices)
    problems += choose_rows(files, common_ids=choices.common_ids)
    joined = _JoinedTable(choices, titles, problems)
    if (keys := files[0].keys) is not None:
        joined.roles.id = ("|".join(base.roles.id),)
        joined.add_column(joined.roles.id[0], keys, files[0])
    for file in files:
        joined.add_file(file)
    table = TableSource(base.file, pa.table(joined.columns), origin=joined.origin)
    return table, joined.roles, joined.problems


class _JoinedTable:
    """Columns and roles collected so far; each column has its file and its source rows."""

    def __init__(
        self, choices: ReadOptions, titles: dict[tuple[str, str], str], problems: list[Problem]
    ) -> None:
        self._choices, self._titles = choices, titles
        self.columns: dict[str, pa.Array] = {}
        self.origin: dict[str, tuple[str, NDArray[np.int64] | None]] = {}
        self.roles, self.problems = Roles(), problems

    def add_column(self, title: str, values: pa.Array, file: LoadedFile) -> None:
        """Add a column of a file under a title."""
        if title in self.columns:
            raise ScoreError(
                "E_DUPCOL",
                f"columns of the joined files must differ, got {shown(title)!r} twice",
                file=file.name,
                column=title,
                hint="Rename one of the columns or files.",
            )
        self.columns[title] = file.joined(values)
        self.origin[title] = (file.name, None if file.take is None else file.take + 1)

    def add_file(self, file: LoadedFile) -> None:
        """Add the columns of one file that have a role."""
        for role in _ROLES:
            self._add_role(role, file)
        self._add_segments(file)
        self._add_models(file)
        self._add_checked(file)
        unused, stem = self.roles.unused, stem_of(file.name)
        for name, reason in file.part.roles.unused.items():
            unused[name if name not in unused else f"{stem}.{name}"] = reason

    def _add_role(self, role: Role, file: LoadedFile) -> None:
        """Add the column of a role; an earlier file's column of the role must have equal values."""
        name, named = getattr(file.part.roles, role), getattr(self._choices, role)
        if name is None:
            return
        earlier = getattr(self.roles, role)
        if named not in (None, name):
            text = f"left out, since {named!r} is the {role.replace('_', ' ')}"
            self.problems.append(warning("W_UNUSED", text, file=file.name, column=name))
        elif earlier is None:
            setattr(self.roles, role, name)
            self.add_column(name, file.columns[name], file)
        else:
            self._check_equal_values(role, earlier, file, name)

    def _add_segments(self, file: LoadedFile) -> None:
        roles = self.roles
        for name in file.part.roles.segments:
            if name in roles.segments and name != roles.defect_type:
                self._check_equal_values("segment", name, file, name)
            elif name != roles.defect_type or name not in self.columns:
                self.add_column(name, file.columns[name], file)
            roles.segments = tuple(dict.fromkeys([*roles.segments, name]))

    def _add_models(self, file: LoadedFile) -> None:
        roles = file.part.roles
        for name in roles.models:
            title = self._titles[file.name, name]
            self.add_column(title, file.columns.pop(name), file)
            self.roles.models = (*self.roles.models, title)
            if name in roles.of_defect_class:
                self.roles.of_defect_class = (*self.roles.of_defect_class, title)

    def _add_checked(self, file: LoadedFile) -> None:
        """Add decisions and the split, by which the meaning of the scores is checked."""
        roles = file.part.roles
        for name in checked_columns(roles):
            title = name if name not in self.columns else f"{stem_of(file.name)}.{name}"
            if title in self.columns:
                continue
            self.add_column(title, file.columns[name], file)
            if name == roles.split:
                self.roles.split = title
                continue
            self.roles.decisions = (*self.roles.decisions, title)
            for model in roles.models:
                if roles.decision_of.get(model) == name:
                    self.roles.decision_of[self._titles[file.name, model]] = title

    def _check_equal_values(self, role: str, earlier: str, file: LoadedFile, name: str) -> None:
        """Raise ``E_CONFLICT`` unless a column agrees with an earlier file's column of the same role."""
        expected, values = self.columns[earlier], file.joined(file.columns[name])
        a, b = (_meanings(x) if role == "label" else x for x in (expected, values))
        if pa.types.is_string(a.type):
            a, b = a.fill_null(""), b.fill_null("")
        row = pc.index(pc.not_equal(a, b), True).as_py()
        if row < 0:
            return
        text, expected_text = (
            "" if (x := c[row].as_py()) is None else str(x) for c in (values, expected)
        )
        flag = "type" if role == "defect_type" else role
        advice: Wording | str = f"leave out its {flag} column"
        if name != earlier:
            option = with_option(cast(Keyword, role), name, earlier)
            advice = Wording("name the one that counts ", option)
        raise ScoreError(
            "E_CONFLICT",
            f"both files must have the same {flag} for a unit, got {shown(text)!r} "
            f"and, in {self.origin[earlier][0]}, {shown(expected_text)!r}",
            file=file.name,
            row=file.row(row),
            column=name,
            value=text,
            hint=Wording("Correct one file, or ", advice, "."),
        )


def _model_names(parts: list[FileRoles]) -> dict[tuple[str, str], str]:
    """Name each model by its column, or by its file if the column name is generic or not unique."""
    uses = Counter(name for part in parts for name in part.roles.models)
    other_names = {name for part in parts for name in part.roles.used()}
    titles = _titles([part.file for part in parts])
    names: dict[tuple[str, str], str] = {}
    for part in parts:
        title = titles[part.file]
        for name in part.roles.models:
            is_generic = normal(name) in SCORE or normal(name).isdigit()
            if uses[name] == 1 and not is_generic and name not in other_names:
                model = name
            else:
                model = title if len(part.roles.models) == 1 else f"{title}.{name}"
            names[part.file, name] = model
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


def _meanings(labels: pa.Array) -> pa.Array:
    """Return each label as 0 or 1 if its spelling is known, otherwise as its text."""
    encoded = labels.fill_null("").dictionary_encode()
    levels = encoded.dictionary.to_pylist()
    codes = [spelling(level)[1] for level in levels]
    meanings = [
        f"={level}" if code < 0 else str(code) for level, code in zip(levels, codes, strict=True)
    ]
    return pa.array(meanings, pa.string()).take(encoded.indices)
