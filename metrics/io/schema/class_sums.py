"""Columns that add up to a constant in every row, as the scores of all classes of one model do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metrics.io.read_options import Scale
from metrics.io.schema.score_meaning import SUM_OF_CLASSES, Floats

_SUMS: dict[Scale, tuple[float, ...]] = {
    "probability": (1.0,),
    "percent": (100.0,),
    "logit": (1.0,),
    "rank": (1.0, 100.0),
}
"""Possible sums of the probabilities of all classes."""
SAMPLED_ROWS = 11
"""Number of rows in which two columns are compared first."""


def are_classes(columns: Sequence[Floats], scale: Scale, *, are_named: bool = False) -> bool:
    """Whether columns add up to 1 (or 100 for per cent) in every row.

    If the names already show that each column is of one class (``are_named``), the sums may be less exact,
    and a few rows may deviate; log-odds are then opposites. Rounding to d decimals changes a sum of k columns
    by up to k / 2 units of the last decimal.
    """
    total = np.sum(columns, axis=0)
    if are_named and scale in ("logit", "rank") and len(columns) == 2:
        size = np.maximum(1.0, np.abs(columns[0]))
        if (np.abs(total) <= 0.01 * size).all() and np.any(columns):
            return True
    tolerance, share = (0.005, 0.95) if are_named else (0.0005, 0.99)
    near = [
        np.abs(total / whole - 1.0) <= tolerance * len(columns) + 1e-9 for whole in _SUMS[scale]
    ]
    return any(float(rows.mean()) >= share for rows in near)


def complements(columns: Sequence[Floats], scale: Scale | None) -> list[tuple[int, int]]:
    """Find the positions of pairs of columns with a constant sum: the two classes of one model.

    Without a scale the sum may be 1, 100 or 0. No column is in two pairs. The sum must be constant in 99% of
    the rows. A constant column is in no pair, because it gives no evidence.
    """
    if len(columns) < 2 or not columns[0].size:
        return []
    values = np.stack(columns)
    free = np.flatnonzero(values.min(axis=1) < values.max(axis=1)).tolist()
    pairs = []
    while free:
        first = free.pop(0)
        second = _find_complement(first, free, values, scale)
        if second is not None:
            free.remove(second)
            pairs.append((first, second))
    return pairs


def _find_complement(
    first: int, others: list[int], values: Floats, scale: Scale | None
) -> int | None:
    """Find the position of a column whose sum with the first one is constant."""
    column, rows = values[first], values.shape[1]
    sample = np.linspace(0, rows - 1, min(SAMPLED_ROWS, rows)).astype(int)
    for whole in (1.0, 100.0, 0.0) if scale is None else (SUM_OF_CLASSES[scale],):
        # Detectors with 0 in most rows add up to 0 there, although they are two models.
        if whole == 0.0 and np.count_nonzero(column) <= rows / 2:
            continue
        tolerance = _tolerance(column, whole)
        sums = values[np.ix_(others, sample)] + column[sample]
        is_likely = (np.abs(sums - whole) <= tolerance[sample]).mean(axis=1) >= 0.8
        for other in np.compress(is_likely, others).tolist():
            if (np.abs(values[other] + column - whole) <= tolerance).mean() >= 0.99:
                return int(other)
    return None


def _tolerance(values: Floats, whole: float) -> Floats:
    """Tolerance of a sum for rounding: two decimals for probabilities, relative for log-odds."""
    if whole == 0.0:
        return 0.001 * np.maximum(1.0, np.abs(values))
    parts = values / whole
    is_rounded = (np.abs(np.round(parts, 3) - parts) < 1e-9).all()
    return np.full(values.shape, whole * (0.01001 if is_rounded else 0.0005))
