"""Column roles in the metadata of a converted file: written, read, and combined with the caller's options.

Stored roles override the names of columns. The caller's options override both.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

import pyarrow as pa

from metrics.errors import SINGLE
from metrics.io.checked_columns import Columns
from metrics.io.column_roles import Roles, columns_of_options, require
from metrics.io.read_options import ReadOptions, RowsHeldOut, Scale, names_of

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


def stored_metadata(columns: Columns, scale: Scale, held_out: RowsHeldOut) -> dict[bytes, bytes]:
    """Return the metadata to store with checked scores in the schema of `checked_columns.schema_of`."""
    roles = {
        "id": ["id"],
        "id_names": list(columns.id),
        "label": "label",
        "weight": None if columns.weight is None else "weight",
        "value": None if columns.value is None else "value",
        "group": None if columns.group is None else "group",
        "segments": list(columns.segments),
        "defect_type": columns.defect_type,
        "models": list(columns.models),
        "scale": scale,
        "held_out": held_out,
    }
    return {METADATA: json.dumps(roles).encode()}


def read_stored_roles(schema: pa.Schema) -> StoredRoles | None:
    """Read the metadata of a converted file; `None` for any other file, or if the columns have changed."""
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


def combine_roles(stored: Roles, choices: ReadOptions, names: Sequence[str], file: str) -> Roles:
    """Return the caller's roles, plus the stored roles of all columns that the caller does not name.

    Raise ``E_COLUMN`` if an option names a missing column.
    """
    named_columns = {
        require(names, name, option, file) for option, name in columns_of_options(choices)
    }

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
