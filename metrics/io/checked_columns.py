"""Roles of the columns of checked scores, and their positions in a batch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pyarrow as pa

from metrics.io.hashing import BUCKETS
from metrics.strict_mapping import STRICT, Text


@dataclass(frozen=True)
class Columns:
    """Role of each column, by its name in the file.

    Attributes
    ----------
    id : tuple of str
        Columns that identify a unit together; empty if rows are numbered.
    label, positive : str
        Label column, and its value for a defect, as written.
    models : tuple of str
        One score column for each model.
    weight, value, group : str or None
    segments : tuple of str
    defect_type : str or None
        Kind of defect of a defective unit.
    """

    __pydantic_config__ = STRICT

    id: tuple[Text, ...]
    label: Text
    positive: Text
    models: tuple[Text, ...]
    weight: Text | None = None
    value: Text | None = None
    group: Text | None = None
    segments: tuple[Text, ...] = ()
    defect_type: Text | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The segments and the kind of defect: text columns that a batch holds under their own names."""
        apart = self.defect_type is not None and self.defect_type not in self.segments
        return (*self.segments, *((self.defect_type,) if apart else ()))


MOST_BYTES = 256_000_000
"""Memory limit for the counts of all models and for sums of weights and values, in bytes."""


@dataclass(frozen=True)
class ColumnLayout:
    """Positions of the columns in a batch of `metrics.io.scores.Scores.batches`.

    Use positions instead of names, because a model may be called "label".
    """

    weight: int | None
    value: int | None
    group: int | None
    segments: tuple[int, ...]
    models: tuple[int, ...]
    defect_type: int | None = None
    id: int = 0
    label: int = 1

    @property
    def most_thresholds(self) -> int:
        """Largest number of thresholds per model for which all models' counts fit into `MOST_BYTES`."""
        sums = (self.weight is not None) + (self.value is not None)
        return max(2, MOST_BYTES // (BUCKETS * max(1, len(self.models)) * 2 * (4 + 8 * sums)))


def layout_of(columns: Columns) -> ColumnLayout:
    """Return the position of each column."""
    at = count(2)
    side = (columns.weight, columns.value, columns.group)
    weight, value, group = (next(at) if name is not None else None for name in side)
    parts = {name: next(at) for name in columns.parts}
    return ColumnLayout(
        weight=weight,
        value=value,
        group=group,
        segments=tuple(parts[name] for name in columns.segments),
        defect_type=parts.get(columns.defect_type or ""),
        models=tuple(next(at) for _ in columns.models),
    )


def schema_of(columns: Columns) -> pa.Schema:
    """Return the Arrow schema of a batch."""
    numbers = (("weight", columns.weight), ("value", columns.value))
    fields = [pa.field("id", pa.string()), pa.field("label", pa.int8())]
    fields += [pa.field(name, pa.float64()) for name, column in numbers if column is not None]
    if columns.group is not None:
        fields.append(pa.field("group", pa.string()))
    fields += [pa.field(name, pa.string()) for name in columns.parts]
    fields += [pa.field(name, pa.float64()) for name in columns.models]
    return pa.schema(fields)
