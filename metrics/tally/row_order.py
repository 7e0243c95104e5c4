"""Rows sorted by class and bucket, as the inner counting loop needs them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from metrics.io.validation.read_batches import Batch
from metrics.tally.kernel import Floats, empty, order_slots

Codes = NDArray[np.uint8]
"""Category of each row in each breakdown, shape (breakdowns, rows)."""


def no_codes() -> Codes:
    """Empty codes, for rows that are not counted by category."""
    return np.empty((0, 0), np.uint8)


@dataclass(frozen=True)
class OrderedRows:
    """Rows sorted by class, good units first, and then by bucket.

    Attributes
    ----------
    edges : ndarray of int64, shape (2 * buckets + 1,)
        Rows of class ``c`` in bucket ``b`` begin at ``edges[c * buckets + b]``.
    weights, values, scores
        As in a `Batch`, in this order; empty if the data has none.
    codes : ndarray of uint8, shape (breakdowns, rows) or (0, 0)
        In the same order.
    """

    edges: NDArray[np.int64]
    weights: Floats
    values: Floats
    scores: tuple[Floats, ...]
    codes: Codes = field(default_factory=no_codes)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.edges[-1])

    @property
    def goods(self) -> int:
        """Number of good units."""
        return int(self.edges[self.edges.size // 2])


def order_rows(rows: Batch, buckets: int, codes: Codes | None = None) -> OrderedRows:
    """Sort rows by class and bucket; the order within a bucket is unchanged."""
    count = np.uint64(buckets)
    slots = rows.keys % count + count * rows.labels.astype(np.uint64)
    order, edges = order_slots(slots.astype(np.min_scalar_type(2 * buckets - 1)), buckets)
    return OrderedRows(
        edges,
        empty() if rows.weights is None else rows.weights[order],
        empty() if rows.values is None else rows.values[order],
        tuple(scores[order] for scores in rows.scores),
        no_codes() if codes is None or not codes.size else codes.take(order, axis=1),
    )
