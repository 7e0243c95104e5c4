"""Inner counting loop in Numba: adds rows of one model, ordered by class and bucket, to the tally's arrays.

A row's bin is exact. A lookup table over cells of equal width on the score axis gives the few thresholds in
the row's cell, and a bisection among these finds the bin. The same monotone arithmetic gives the cells of
scores and of thresholds, so rounding cannot move a row across a threshold.

Rows are ordered so that the few thousand counters of one bucket stay in the fastest cache. Threads split the
work by buckets and share no counter. The logarithm of a product of a few hundred likelihoods replaces the sum
of their logarithms. It is faster, and its rounding error is not larger.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Alias for float64 arrays, used in the whole library."""

CELLS_PER_THRESHOLD, MOST_CELLS = 32, 1 << 17
"""Cells of the lookup table: number per threshold, and largest number.

All cells have equal width. With fewer cells, dense scores share a cell with many thresholds.
"""
EPSILON = float(np.finfo(np.float64).eps)
"""Probabilities are clipped to [EPSILON, 1 - EPSILON] for the clipped log loss, as scikit-learn does."""

ALMOST_ZERO = 1e-290
"""A product above this value stays a normal float after multiplying by a likelihood of at least EPSILON."""

CALIBRATION_BINS = 15
"""Number of bins of equal width of the expected calibration error."""

PROBABILITY, PERCENT, LOGIT, RANK = range(4)
"""Codes of the scales, for compiled code."""
SCALE_CODES = {"probability": PROBABILITY, "percent": PERCENT, "logit": LOGIT, "rank": RANK}
LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR = 0, 1, 2
"""Positions of the sums on the last axis of `metrics.tally.tally.Tally.losses`."""


@numba.njit(cache=True, nogil=True, inline="always")
def _cell(score: float, low: float, inverse_width: float, cells: int) -> int:
    position = (score - low) * inverse_width
    if not position > 0.0:
        return 0
    if position >= cells:
        return int(cells - 1)
    return int(position)


@numba.njit(cache=True, nogil=True, inline="always")
def _bin(
    score: float,
    thresholds: NDArray[np.float64],
    starts: NDArray[np.int32],
    low: float,
    inverse_width: float,
    cells: int,
) -> int:
    """Number of thresholds that are at most the score."""
    cell = _cell(score, low, inverse_width, cells)
    below = starts[cell]
    beyond = starts[cell + 1]
    while below < beyond:
        middle = (below + beyond) >> 1
        if thresholds[middle] <= score:
            below = middle + 1
        else:
            beyond = middle
    return int(below)


@numba.njit(cache=True, nogil=True)
def lookup_table(
    thresholds: NDArray[np.float64], low: float, inverse_width: float, cells: int
) -> NDArray[np.int32]:
    """Position of the first threshold of each cell, shape (cells + 1,); finite ``thresholds`` ascend."""
    starts = np.zeros(cells + 1, np.int32)
    for t in thresholds:
        starts[_cell(t, low, inverse_width, cells) + 1] += 1
    for c in range(cells):
        starts[c + 1] += starts[c]
    return starts


def lookup(thresholds: NDArray[np.float64]) -> tuple[NDArray[np.int32], float, float]:
    """Table, lowest threshold and inverse cell width for finite ascending ``thresholds``."""
    if thresholds.size == 0:
        return np.zeros(2, np.int32), 0.0, 0.0
    low, high = float(thresholds[0]), float(thresholds[-1])
    cells = min(1 << (CELLS_PER_THRESHOLD * thresholds.size - 1).bit_length(), MOST_CELLS)
    with np.errstate(over="ignore", divide="ignore"):
        inverse_width = np.float64(cells) / (np.float64(high) - np.float64(low))
    if not np.isfinite(inverse_width):  # one threshold, or a range too small or too large to divide
        inverse_width = np.float64(0.0)
    return lookup_table(thresholds, low, float(inverse_width), cells), low, float(inverse_width)


@numba.njit(cache=True, nogil=True, inline="always")
def _probability(score: float, scale: int) -> float:
    if scale == PERCENT:
        return score / 100.0
    if scale == LOGIT:
        if score >= 0.0:
            return 1.0 / (1.0 + math.exp(-score))
        small = math.exp(score)  # 1 - 1 / (1 + small) would lose digits
        return small / (1.0 + small)
    return score


@numba.njit(cache=True, nogil=True, inline="always")
def _log_of_clipped(likelihood: float) -> float:
    return math.log(min(max(likelihood, EPSILON), 1.0 - EPSILON))


@numba.njit(cache=True, nogil=True)
def order_slots(slots: NDArray[Any], buckets: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order of rows by class, then bucket, then input order; and the start of each class and bucket.

    Parameters
    ----------
    slots : unsigned, shape (rows,)
        ``label * buckets + bucket`` of each row.
    buckets : int

    Returns
    -------
    ndarray of int64, shape (rows,)
    ndarray of int64, shape (2 * buckets + 1,)
    """
    edges = np.zeros(2 * buckets + 1, np.int64)
    for slot in slots:
        edges[slot + 1] += 1
    for slot in range(2 * buckets):
        edges[slot + 1] += edges[slot]
    free = edges[:-1].copy()
    order = np.empty(slots.size, np.int64)
    for row in range(slots.size):
        slot = slots[row]
        order[free[slot]] = row
        free[slot] += 1
    return order, edges


@numba.njit(cache=True, nogil=True)
def count_rows(
    scores: NDArray[np.float64],
    edges: NDArray[np.int64],
    first: int,
    last: int,
    weights: NDArray[np.float64],
    values: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    starts: NDArray[np.int32],
    low: float,
    inverse_width: float,
    scale: int,
    counts: NDArray[np.uint32],
    weight_sums: NDArray[np.float64],
    value_sums: NDArray[np.float64],
    losses: NDArray[np.float64],
    infinite: NDArray[np.int64],
    between: NDArray[np.int64],
    highest: NDArray[np.float64],
    calibration: NDArray[np.float64],
) -> None:
    """Add the rows of some buckets of one model to the model's slices of the tally, in place.

    Parameters
    ----------
    scores : shape (rows,)
        Finite, ordered by class and bucket.
    edges : shape (2 * buckets + 1,)
        From `order_slots`.
    first, last : int
        Range of buckets to count; the last is excluded.
    weights, values : shape (rows,) or (0,)
        In the order of the scores; empty if the data has none.
    thresholds : shape (k,)
        Finite, ascending, distinct.
    starts, low, inverse_width
        From `lookup`.
    scale : int
        Scale of the scores, from `SCALE_CODES`.
    counts, weight_sums, value_sums : shape (buckets, k + 1 or more, 2)
        Bin ``b`` holds the rows with exactly ``b`` thresholds at or below their score.
    losses : shape (buckets, 2, 3)
    infinite : shape (buckets, 2)
    between : shape (2,)
        Rows of each class with a score that is not a threshold.
    highest : shape (k + 1 or more,)
        Highest score in each bin; minus infinity in an empty bin, NaN if unknown.
    calibration : shape (buckets, CALIBRATION_BINS, 2, 2)
        Sums of the weights, and of weight times probability, by class.
    """
    cells = starts.size - 1
    buckets = edges.size // 2
    weighted = weights.size > 0
    valued = values.size > 0
    ece_bins = calibration.shape[1]
    for label in range(2):
        not_at_threshold = 0
        for bucket in range(first, last):
            product = 1.0
            usual = square = clipped_part = unclipped_part = 0.0
            begin, end = edges[label * buckets + bucket], edges[label * buckets + bucket + 1]
            for row in range(begin, end):
                score = scores[row]
                weight = weights[row] if weighted else 1.0

                below = _bin(score, thresholds, starts, low, inverse_width, cells)
                counts[bucket, below, label] += np.uint32(1)
                if below == 0 or thresholds[below - 1] != score:
                    not_at_threshold += 1
                if score > highest[below]:  # never true if unknown (NaN)
                    highest[below] = score
                if weighted:
                    weight_sums[bucket, below, label] += weight
                if valued:
                    value_sums[bucket, below, label] += weight * values[row]

                if scale == RANK:
                    continue
                p = _probability(score, scale)
                likelihood = p if label == 1 else 1.0 - p
                square += weight * (1.0 - likelihood) ** 2
                # The bin is always clipped to the array, because a file may change while it is read.
                ece_bin = int(min(max(p, 0.0), 1.0) * ece_bins)
                ece_bin = min(ece_bin, ece_bins - 1)
                calibration[bucket, ece_bin, label, 0] += weight
                calibration[bucket, ece_bin, label, 1] += weight * p
                if scale == LOGIT:
                    clipped_part -= weight * _log_of_clipped(likelihood)
                    margin = score if label == 1 else -score
                    loss = math.log1p(math.exp(-abs(margin))) + max(-margin, 0.0)
                    unclipped_part += weight * loss
                elif likelihood < EPSILON or likelihood > 1.0 - EPSILON:
                    clipped_part -= weight * _log_of_clipped(likelihood)
                    if likelihood <= 0.0:
                        infinite[bucket, label] += 1
                    else:
                        unclipped_part -= weight * math.log(likelihood)
                elif weighted:
                    usual -= weight * math.log(likelihood)
                else:
                    product *= likelihood
                    if product < ALMOST_ZERO:
                        usual -= math.log(product)
                        product = 1.0
            usual -= math.log(product)
            losses[bucket, label, LOG_LOSS] += usual + unclipped_part
            losses[bucket, label, LOG_LOSS_CLIPPED] += usual + clipped_part
            losses[bucket, label, SQUARED_ERROR] += square
        between[label] += not_at_threshold


@numba.njit(cache=True, nogil=True)
def fill_bins(
    scores: NDArray[np.float64],
    goods: int,
    thresholds: NDArray[np.float64],
    starts: NDArray[np.int32],
    low: float,
    inverse_width: float,
    defects_from: int,
    bins: NDArray[Any],
) -> None:
    """Write the bin of each row to unsigned ``bins``; bins of defects come after bins of good units.

    Parameters
    ----------
    scores : shape (rows,)
        Finite, good units first.
    goods : int
        Good units.
    thresholds, starts, low, inverse_width
        See `count_rows`.
    defects_from : int
        First bin of the defects.
    bins : shape (rows,)
    """
    cells = starts.size - 1
    for row in range(scores.size):
        below = _bin(scores[row], thresholds, starts, low, inverse_width, cells)
        bins[row] = below if row < goods else defects_from + below


@numba.njit(cache=True, nogil=True)
def count_parts(
    bins: NDArray[Any],
    codes: NDArray[np.uint8],
    weights: NDArray[np.float64],
    width: int,
    counts: NDArray[np.uint32],
    weight_sums: NDArray[np.float64],
) -> None:
    """Add rows of one model to its counts by category of one column, in place.

    Columns are counted one after another, because the counters of one column fit into a fast cache.

    Parameters
    ----------
    bins : unsigned, shape (rows,)
        From `fill_bins`.
    codes : shape (rows,)
        Category of each row, less than ``width``.
    weights : shape (rows,) or (0,)
        Empty if the data has none.
    width : int
    counts : shape (bins of both classes * width,)
    weight_sums : like counts, or shape (0,)
        Empty if rows are not weighted.
    """
    for row in range(bins.size):
        counts[np.int64(bins[row]) * width + codes[row]] += np.uint32(1)
    if weights.size > 0:
        for row in range(bins.size):
            weight_sums[np.int64(bins[row]) * width + codes[row]] += weights[row]


def is_flagged(scores: Floats, threshold: float) -> NDArray[np.bool_]:
    """Mask of the units that a threshold flags; infinity flags no unit."""
    return np.asarray((scores >= threshold) & (threshold < np.inf))


def empty(dtype: Any = np.float64) -> NDArray[Any]:
    """Empty array for a column that the data does not have."""
    return np.empty(0, dtype)
