"""Roles of the columns of checked scores, and the schema of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from metrics.io.hash_buckets import BUCKETS
from metrics.strict_mapping import STRICT, Text

MOST_BYTES = 256_000_000
"""Memory limit for the counts of all models and for sums of weights and values, in bytes."""


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
        is_separate = self.defect_type is not None and self.defect_type not in self.segments
        return (*self.segments, *((self.defect_type,) if is_separate else ()))

    @property
    def most_thresholds(self) -> int:
        """Largest number of thresholds per model for which all models' counts fit into `MOST_BYTES`."""
        sums = (self.weight is not None) + (self.value is not None)
        return max(2, MOST_BYTES // (BUCKETS * max(1, len(self.models)) * 2 * (4 + 8 * sums)))


def schema_of(columns: Columns) -> pa.Schema:
    """Return the Arrow schema of a batch: id and label, other columns with a role, one column per model.

    Use positions instead of names, because a model may be called "label".
    """
    numbers = (("weight", columns.weight), ("value", columns.value))
    fields = [pa.field("id", pa.string()), pa.field("label", pa.int8())]
    fields += [pa.field(name, pa.float64()) for name, column in numbers if column is not None]
    if columns.group is not None:
        fields.append(pa.field("group", pa.string()))
    fields += [pa.field(name, pa.string()) for name in columns.parts]
    fields += [pa.field(name, pa.float64()) for name in columns.models]
    return pa.schema(fields)
