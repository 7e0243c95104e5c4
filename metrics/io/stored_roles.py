"""What a converted file keeps about its columns, and how it goes with what the caller says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args

import pyarrow as pa

from metrics.errors import SEVERAL, SINGLE, Option
from metrics.io.column_roles import Roles, require
from metrics.io.options import ReadOptions, RowsHeldOut, Scale, names_of

METADATA = b"common_ground"
"""Key of the schema metadata under which a converted file keeps its roles, scale and `RowsHeldOut`."""


@dataclass(frozen=True)
class StoredRoles:
    """Facts of a converted file.

    Attributes
    ----------
    id_names : tuple of str
        Columns that its id was read from; empty where rows were numbered.
    """

    roles: Roles
    scale: Scale
    held_out: RowsHeldOut
    id_names: tuple[str, ...] = ("id",)


def stored_of(schema: pa.Schema) -> StoredRoles | None:
    """Return what a converted file keeps; None where it is not one or its columns are others."""
    try:
        kept = json.loads((schema.metadata or {}).get(METADATA, b"null"))
        roles = Roles(
            id=names_of(kept["id"]),
            label=str(kept["label"]).strip(),
            models=names_of(kept["models"]),
            weight=kept["weight"] and kept["weight"].strip(),
            value=kept["value"] and kept["value"].strip(),
            group=kept["group"] and kept["group"].strip(),
            segments=names_of(kept["segments"]),
            defect_type=(kept.get("defect_type") or "").strip() or None,
        )
        scale, held_out = kept["scale"], kept.get("held_out", "unknown")
        id_names = tuple(map(str, kept.get("id_names", kept["id"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    single = (roles.weight, roles.value, roles.group)
    named = [*roles.id, roles.label, *roles.segments, *roles.models]
    named += [name for name in single if name is not None]
    if roles.defect_type is not None and roles.defect_type not in roles.segments:
        named.append(roles.defect_type)
    columns = {name.strip() for name in schema.names}
    fits = all(isinstance(name, str) and name in columns for name in named)
    if not fits or len(set(named)) < len(named) or not roles.models:
        return None
    if scale not in get_args(Scale) or held_out not in get_args(RowsHeldOut):
        return None
    return StoredRoles(roles, cast(Scale, scale), cast(RowsHeldOut, held_out), id_names)


def overlay(stored: Roles, choices: ReadOptions, names: Sequence[str], file: str) -> Roles:
    """Return the roles that the caller names, and those kept for all columns that the caller does not.

    Raises
    ------
    ScoreError
        ``E_COLUMN`` where an option names no column.
    """
    named_columns: set[str] = set()
    for option in map(Option, SINGLE):
        if (name := getattr(choices, option.keyword)) is not None:
            named_columns.add(require(names, name, option, file))
    for option in map(Option, SEVERAL):
        named = getattr(choices, option.keyword) or ()
        named_columns.update(require(names, name, option, file) for name in named)

    def one(role: str) -> str | None:
        named, kept = getattr(choices, role), getattr(stored, role)
        return cast("str | None", named or (None if kept in named_columns else kept))

    def several(role: str) -> tuple[str, ...]:
        named, kept = getattr(choices, role), getattr(stored, role)
        return tuple(name for name in kept if name not in named_columns) if named is None else named

    return Roles(
        id=several("id"),
        label=one("label"),
        models=several("models"),
        weight=one("weight"),
        value=one("value"),
        group=one("group"),
        segments=several("segments"),
        defect_type=one("defect_type"),
    )
