"""Rows in memory instead of opened score files, and the thresholds of a first pass over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.io.checked_columns import Columns
from metrics.io.countable_rows import CountableRows
from metrics.io.hash_buckets import hash_text
from metrics.io.ids import Ids
from metrics.io.keyed_rows import KeyedRows
from metrics.io.max_thresholds import MAX_THRESHOLDS
from metrics.io.read_options import Scale
from metrics.io.validation.read_batches import Batch
from metrics.tally.choose_thresholds import FirstPass
from metrics.tally.kernel import Floats


def rows_of(batch: pa.RecordBatch, columns: Columns) -> KeyedRows:
    """Rows of a batch in the canonical schema, keyed by their group if there is one."""
    ids, label, *others = batch.columns
    models = others[len(others) - len(columns.models) :]
    sides = (columns.weight, columns.value, columns.group)
    weight, value, group = (None if name is None else others.pop(0) for name in sides)
    return KeyedRows(
        hash_text(ids if group is None else group),
        label.to_numpy(),
        np.empty(0) if weight is None else weight.to_numpy(),
        np.empty(0) if value is None else value.to_numpy(),
        tuple(scores.to_numpy() for scores in models),
    )


def chosen_thresholds(
    scores: CountableRows, *, max_thresholds: int = MAX_THRESHOLDS, also: Sequence[float] = ()
) -> list[Floats]:
    """Thresholds of every model, chosen from all rows."""
    first = FirstPass(len(scores.models), max_thresholds)
    for rows in scores.keyed_rows():
        first.add(rows)
    return first.thresholds(also)


@dataclass(frozen=True)
class Rows:
    """Labels and scores in memory, which a tally counts like opened score files."""

    labels: NDArray[np.int8]
    scores: dict[str, Floats]
    weights: Floats | None = None
    values: Floats | None = None
    ids: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    scale: Scale = "probability"
    size: int = 1 << 20

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(self.scores)

    @property
    def columns(self) -> Columns:
        return Columns(
            id=("id",),
            label="label",
            positive="1",
            models=self.models,
            weight=None if self.weights is None else "weight",
            value=None if self.values is None else "value",
            group=None if self.groups is None else "batch",
        )

    @property
    def files(self) -> tuple[str, ...]:
        return ("rows",)

    @property
    def unit_ids(self) -> tuple[str, ...]:
        """Ids of the rows, by default their numbers."""
        return self.ids or tuple(f"unit-{k}" for k in range(self.labels.size))

    def batches(self, size: int | None = None) -> Iterator[pa.RecordBatch]:
        columns = [pa.array(self.unit_ids, pa.string()), pa.array(self.labels, pa.int8())]
        columns += [pa.array(x) for x in (self.weights, self.values) if x is not None]
        columns += [pa.array(x, pa.string()) for x in (self.groups,) if x is not None]
        columns += [pa.array(x) for x in self.scores.values()]
        names = [str(k) for k in range(len(columns))]
        table = pa.RecordBatch.from_arrays(columns, names=names)
        step = size or self.size
        return iter([table.slice(k, step) for k in range(0, self.labels.size, step)])

    def keyed_rows(self) -> Iterator[KeyedRows]:
        """Same as in `metrics.Scores`."""
        return (rows_of(batch, self.columns) for batch in self.batches())

    def labelled_rows(self) -> Iterator[Batch]:
        """Same as in `metrics.Scores`, for rows without segments and kinds."""
        for batch, rows in zip(self.batches(), self.keyed_rows(), strict=True):
            weights, values = (side if side.size else None for side in (rows.weights, rows.values))
            group = None if self.groups is None else batch.column(-len(self.scores) - 1)
            yield Batch(Ids(batch.column(0)), rows.labels, weights, values, group, {}, rows.scores)

    def unkeyed_rows(self) -> Iterator[KeyedRows]:
        """Same as in `metrics.Scores`, in batches of another size."""
        nothing, key = np.empty(0, np.int8), np.empty(0, np.uint64)
        for batch in self.batches(max(1, self.size // 3)):
            yield replace(rows_of(batch, self.columns), keys=key, labels=nothing)

    def take(self, order: Any) -> Rows:
        """Some of the rows, each with its own id."""
        ids = self.unit_ids
        where = np.arange(self.labels.size)[order]
        return replace(
            self,
            labels=self.labels[where],
            scores={model: scores[where] for model, scores in self.scores.items()},
            weights=None if self.weights is None else self.weights[where],
            values=None if self.values is None else self.values[where],
            ids=tuple(ids[k] for k in where),
            groups=None if self.groups is None else tuple(self.groups[k] for k in where),
        )

    def only(self, models: Sequence[str]) -> Rows:
        """Rows with only these models, in this order."""
        return replace(self, scores={name: self.scores[name] for name in models})

    def mass(self) -> Floats:
        """Weight of each row; 1 if rows have no weights."""
        return np.ones(self.labels.size) if self.weights is None else self.weights
