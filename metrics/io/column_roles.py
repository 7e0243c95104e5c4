"""Roles of columns from the caller's options, or from the metadata of a converted file.

The stored roles of a converted file (`StoredRoles`) override names. The caller's options override both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, get_args

import pyarrow as pa

from metrics.errors import SEVERAL, SINGLE, Got, Option, ScoreError, Wording, shown
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions, RowsHeldOut, Scale, names_of


@dataclass
class Roles:
    """Column roles found so far in one table.

    In a long file, ``model_key`` and ``score`` are the columns with the model and its score.

    Attributes
    ----------
    decisions : tuple of str
        Columns of decisions. They are not models, but scores are checked against them.
    decision_of : dict of str to str
        Column of decisions by model, if the model's scores are the confidence in these decisions.
    of_defect_class : tuple of str
        Models with a column for each class, of which only the defect's column is read.
    split : str or None
        Column that marks rows as training or test set.
    unused : dict of str to str
        Columns that are not read, and the reason.
    """

    id: tuple[str, ...] = ()
    label: str | None = None
    models: tuple[str, ...] = ()
    weight: str | None = None
    value: str | None = None
    group: str | None = None
    segments: tuple[str, ...] = ()
    defect_type: str | None = None
    model_key: tuple[str, ...] = ()
    score: str | None = None
    decisions: tuple[str, ...] = ()
    decision_of: dict[str, str] = field(default_factory=dict)
    split: str | None = None
    of_defect_class: tuple[str, ...] = ()
    unused: dict[str, str] = field(default_factory=dict)

    def named(self) -> tuple[str, ...]:
        """Names of columns that have a role other than model; the kind of defect may be a segment too."""
        kind = None if self.defect_type in self.segments else self.defect_type
        single = (self.label, self.weight, self.value, self.group, kind)
        return (*self.id, *(name for name in single if name is not None), *self.segments)

    def used(self) -> set[str]:
        """The same names, to test whether a column is among them."""
        return set(self.named())


IS_TEXT = "it is text"
"""Reason why a column of words is not read. It is no model, but may have another role."""


def require(names: Sequence[str], wanted: str, option: Option, file: str) -> str:
    """Return ``wanted`` if it is a column; raise ``E_COLUMN`` if it is not."""
    if wanted not in names:
        known = ", ".join(shown(name) for name in names[:12])
        raise ScoreError(
            "E_COLUMN",
            Wording(option, " must name a column of the file", Got(repr(shown(wanted)))),
            file=file,
            column=wanted,
            hint=f"The file has: {known}{', …' if len(names) > 12 else ''}.",
        )
    return wanted


def named_by(choices: ReadOptions) -> Iterator[tuple[Option, str]]:
    """Yield the columns that the caller names, each with its option."""
    for keyword in (*SINGLE, *SEVERAL):
        for name in choices.named(keyword):
            yield Option(keyword), name


def ignore_columns(roles: Roles, choices: ReadOptions, source: Source) -> None:
    """Record the columns that the caller wants to ignore; raise ``E_COLUMN`` for any other name."""
    for name in choices.named("ignore"):
        require(source.names, name, Option("ignore"), source.name)
        roles.unused[name] = "it is named as not used"


METADATA = b"common_ground"
"""Schema metadata key under which a converted file stores its roles, scale and `RowsHeldOut`."""


@dataclass(frozen=True)
class StoredRoles:
    """Metadata of a converted file.

    Attributes
    ----------
    id_names : tuple of str
        Columns from which the id was read; empty if rows were numbered.
    """

    roles: Roles
    scale: Scale
    held_out: RowsHeldOut
    id_names: tuple[str, ...] = ("id",)


def stored_of(schema: pa.Schema) -> StoredRoles | None:
    """Return the metadata of a converted file; `None` if it is not one, or if its columns have changed."""
    try:
        stored = json.loads((schema.metadata or {}).get(METADATA, b"null"))
        roles = Roles(
            id=names_of(stored["id"]),
            label=str(stored["label"]).strip(),
            models=names_of(stored["models"]),
            segments=names_of(stored["segments"]),
            defect_type=(stored.get("defect_type") or "").strip() or None,
            **{
                role: stored[role] and stored[role].strip() for role in ("weight", "value", "group")
            },
        )
        scale, held_out = stored["scale"], stored.get("held_out", "unknown")
        id_names = tuple(map(str, stored.get("id_names", stored["id"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    named = [*roles.named(), *roles.models]
    columns = {name.strip() for name in schema.names}
    are_columns = all(isinstance(name, str) and name in columns for name in named)
    if not are_columns or len(set(named)) < len(named) or not roles.models:
        return None
    if scale not in get_args(Scale) or held_out not in get_args(RowsHeldOut):
        return None
    return StoredRoles(roles, cast(Scale, scale), cast(RowsHeldOut, held_out), id_names)


def overlay(stored: Roles, choices: ReadOptions, names: Sequence[str], file: str) -> Roles:
    """Return the caller's roles, plus the stored roles of all columns that the caller does not name.

    Raise ``E_COLUMN`` if an option names a missing column.
    """
    named_columns = {require(names, name, option, file) for option, name in named_by(choices)}

    def column(role: str) -> str | None:
        named, other = getattr(choices, role), getattr(stored, role)
        return cast("str | None", named or (None if other in named_columns else other))

    def columns(role: str) -> tuple[str, ...]:
        named, others = getattr(choices, role), getattr(stored, role)
        if named is not None:
            return cast("tuple[str, ...]", named)
        return tuple(name for name in others if name not in named_columns)

    single: dict[str, Any] = {role: column(role) for role in SINGLE if role != "decision"}
    return Roles(columns("id"), models=columns("models"), segments=columns("segments"), **single)
