"""What a converted file keeps about itself, and how it goes with what the caller says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args

import pyarrow as pa

from metrics.columns import Choices, Roles, RowsHeldOut, Scale, require

METADATA = b"common_ground"
"""Key of the schema metadata under which a converted file keeps its roles, scale and `RowsHeldOut`."""


@dataclass(frozen=True)
class Stored:
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


def stored_of(schema: pa.Schema) -> Stored | None:
    """Return what a converted file keeps; None where it is not one or its columns are others."""
    try:
        kept = json.loads((schema.metadata or {}).get(METADATA, b"null"))
        roles = Roles(
            id=tuple(map(str, kept["id"])),
            label=str(kept["label"]),
            models=tuple(map(str, kept["models"])),
            weight=kept["weight"],
            value=kept["value"],
            group=kept["group"],
            segments=tuple(map(str, kept["segments"])),
        )
        scale, held_out = kept["scale"], kept.get("held_out", "unknown")
        id_names = tuple(map(str, kept.get("id_names", kept["id"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    single = (roles.weight, roles.value, roles.group)
    named = [*roles.id, roles.label, *roles.segments, *roles.models]
    named += [name for name in single if name is not None]
    fits = all(isinstance(name, str) and name in schema.names for name in named)
    if not fits or len(set(named)) < len(named) or not roles.models:
        return None
    if scale not in get_args(Scale) or held_out not in get_args(RowsHeldOut):
        return None
    return Stored(roles, cast(Scale, scale), cast(RowsHeldOut, held_out), id_names)


def overlay(stored: Roles, choices: Choices, names: Sequence[str], file: str) -> Roles:
    """Return the roles that the caller names, and those kept for all columns that the caller does not.

    Raises
    ------
    ScoreError
        ``E_COLUMN`` where an option names no column.
    """
    asked: set[str] = set()
    for role in ("label", "weight", "value", "group"):
        if (name := getattr(choices, role)) is not None:
            asked.add(require(names, name, f"--{role}", file))
    for role in ("id", "models", "segments"):
        option = f"--{role.removesuffix('s')}"
        asked.update(require(names, name, option, file) for name in getattr(choices, role) or ())

    def one(role: str) -> str | None:
        named, kept = getattr(choices, role), getattr(stored, role)
        return cast("str | None", named or (None if kept in asked else kept))

    def several(role: str) -> tuple[str, ...]:
        named, kept = getattr(choices, role), getattr(stored, role)
        return tuple(name for name in kept if name not in asked) if named is None else named

    return Roles(
        id=several("id"),
        label=one("label"),
        models=several("models"),
        weight=one("weight"),
        value=one("value"),
        group=one("group"),
        segments=several("segments"),
    )
