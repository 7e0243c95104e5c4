"""Rows of one class and one bucket side by side, as the inner loop counts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.buckets import hash_text
from metrics.kernel import empty, fill_slots, order_slots
from metrics.rows import Floats, Rows
from metrics.scores import Layout

Slots = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class Grouped:
    """The same rows with those of one class and one bucket side by side, good units first.

    Attributes
    ----------
    edges : ndarray of int64, shape (2 * buckets + 1,)
        Rows of class ``c`` in bucket ``b`` begin at ``edges[c * buckets + b]``.
    weights, values, scores
        As of `Rows`, in this order.
    """

    edges: NDArray[np.int64]
    weights: Floats
    values: Floats
    scores: tuple[Floats, ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.edges[-1])


def keyed(batch: pa.RecordBatch, layout: Layout) -> Rows:
    """Rows of a batch in the canonical schema of the gate.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    layout : Layout
        Positions of its columns.
    """
    return Rows(
        hash_text(batch.column(layout.id if layout.group is None else layout.group)),
        batch.column(layout.label).to_numpy(),
        _numbers(batch, layout.weight),
        _numbers(batch, layout.value),
        tuple(batch.column(position).to_numpy() for position in layout.models),
    )


def _numbers(batch: pa.RecordBatch, position: int | None) -> Floats:
    values: Floats = empty() if position is None else batch.column(position).to_numpy()
    return values


def slots_of(rows: Rows, buckets: int) -> Slots:
    """Class and bucket of each row as one small number, shape (rows,)."""
    slots = np.empty(rows.keys.size, np.min_scalar_type(2 * buckets - 1))
    fill_slots(rows.keys, rows.labels, buckets, slots)
    return slots


def in_order(rows: Rows, slots: Slots, buckets: int) -> Grouped:
    """Order rows by class and bucket, and within these as they came.

    Parameters
    ----------
    rows : Rows
        Of which neither keys nor labels are looked at.
    slots : ndarray of an unsigned integer, shape (rows,)
        From `slots_of`.
    buckets : int
    """
    order, edges = order_slots(slots, buckets)
    return Grouped(
        edges,
        rows.weights[order] if rows.weights.size else rows.weights,
        rows.values[order] if rows.values.size else rows.values,
        tuple(own[order] for own in rows.scores),
    )


def grouped(rows: Rows, buckets: int) -> Grouped:
    """Order rows by class and bucket, and within these as they came."""
    return in_order(rows, slots_of(rows, buckets), buckets)
