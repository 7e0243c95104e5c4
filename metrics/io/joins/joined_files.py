"""Files to be joined: the roles found in each, and the columns read from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.io.column_roles import Roles, StoredRoles
from metrics.io.formats.cells import Place, numbers_of, text_of
from metrics.io.schema.first_rows import FirstRows
from metrics.io.validation.ids import key_text

_ROWS = 262_144
"""Number of rows read at a time."""


@dataclass
class FileRoles:
    """One of several files, with the roles found in it, and its stored roles if it was converted."""

    first: FirstRows
    roles: Roles
    stored: StoredRoles | None = None

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.first.file


@dataclass
class LoadedFile:
    """Data read from one file.

    Attributes
    ----------
    part : FileRoles
    columns : dict of str to array
    keys : array or None
        Id of each row as text.
    rows : int
    take : ndarray of int64 or None
        Rows of the file in the joined table, from 0; `None` for all rows in their order.
    """

    part: FileRoles
    columns: dict[str, pa.Array]
    keys: pa.Array | None
    rows: int
    take: NDArray[np.int64] | None = None

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.part.file

    def joined(self, values: pa.Array) -> pa.Array:
        """Return the values of the rows in the joined table."""
        return values if self.take is None else values.take(pa.array(self.take))

    def row(self, joined: int) -> int:
        """Return the row of this file, from 1, that is a row of the joined table, from 0."""
        return joined + 1 if self.take is None else int(self.take[joined]) + 1


def load_file(part: FileRoles, before: int, tell: Callable[[int], None]) -> LoadedFile:
    """Read the columns of one file that have a role; each row is read once."""
    roles, source = part.roles, part.first.source
    numeric = [name for name in (*roles.models, roles.weight, roles.value) if name is not None]
    texts = [roles.label, roles.group, *roles.segments, roles.defect_type, *checked_columns(roles)]
    names = list(dict.fromkeys(name for name in [*texts, *numeric] if name is not None))
    chunks: dict[str, list[pa.Array]] = {name: [] for name in names}
    keys: list[pa.Array] = []
    columns, id_columns, rows = [*roles.id, *names], len(roles.id), 0
    for arrays in source.batches(columns or source.names[:1], frozenset(numeric), _ROWS):
        if id_columns:
            keys.append(key_text(source, roles.id, arrays[:id_columns], rows, "an id"))
        for name, array in zip(names, arrays[id_columns:], strict=bool(columns)):
            place = Place(source, name, rows)
            if name in numeric:
                array = pa.array(numbers_of(array, place, decimal=part.first.choices.sign))
            else:
                array = text_of(array, place)
            chunks[name].append(array)
        rows += len(arrays[0])
        tell(before + rows)
    return LoadedFile(
        part,
        {name: pa.chunked_array(chunks.pop(name)).combine_chunks() for name in names},
        pa.chunked_array(keys, pa.string()).combine_chunks() if id_columns else None,
        rows,
    )


def checked_columns(roles: Roles) -> tuple[str, ...]:
    """Return the columns that are read to check the meaning of a file's scores."""
    if not roles.models:
        return ()
    used = roles.used() | set(roles.models)
    names = dict.fromkeys([*roles.decisions, *filter(None, [roles.split])])
    return tuple(name for name in names if name not in used)
