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
from metrics.io.ids import Ids
from metrics.io.max_thresholds import MAX_THRESHOLDS
from metrics.io.read_options import Scale
from metrics.io.validation.read_batches import Batch
from metrics.tally.choose_thresholds import ThresholdSketches, thresholds_of
from metrics.tally.kernel import Floats
from tests import oracles


def rows_of(batch: pa.RecordBatch, columns: Columns) -> Batch:
    """Rows of a batch in the canonical schema."""
    ids, label, *others = batch.columns
    models = others[len(others) - len(columns.models) :]
    sides = (columns.weight, columns.value, columns.group)
    weight, value, group = (None if name is None else others.pop(0) for name in sides)
    return Batch(
        Ids(ids),
        label.to_numpy(),
        None if weight is None else weight.to_numpy(),
        None if value is None else value.to_numpy(),
        group,
        {},
        tuple(scores.to_numpy() for scores in models),
    )


def chosen_thresholds(
    scores: CountableRows, *, max_thresholds: int = MAX_THRESHOLDS, also: Sequence[float] = ()
) -> list[Floats]:
    """Thresholds of every model, chosen from all rows."""
    collected = ThresholdSketches(len(scores.models), max_thresholds)
    for rows in scores.labelled_rows():
        collected.add(rows)
    return thresholds_of(collected.sketches, collected.totals, also)


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

    @property
    def buckets(self) -> NDArray[np.intp]:
        """Bucket of each row's group, or of its id without groups, by slow code."""
        return np.array([oracles.bucket(key) for key in self.groups or self.unit_ids])

    def batches(self, size: int | None = None) -> Iterator[pa.RecordBatch]:
        columns = [pa.array(self.unit_ids, pa.string()), pa.array(self.labels, pa.int8())]
        columns += [pa.array(x) for x in (self.weights, self.values) if x is not None]
        columns += [pa.array(x, pa.string()) for x in (self.groups,) if x is not None]
        columns += [pa.array(x) for x in self.scores.values()]
        names = [str(k) for k in range(len(columns))]
        table = pa.RecordBatch.from_arrays(columns, names=names)
        step = size or self.size
        return iter([table.slice(k, step) for k in range(0, self.labels.size, step)])

    def labelled_rows(self) -> Iterator[Batch]:
        """Same as in `metrics.Scores`, for rows without segments and kinds."""
        return (rows_of(batch, self.columns) for batch in self.batches())

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
