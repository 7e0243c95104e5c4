"""The inner loop: rows of one model, ordered by class and bucket, into the tally's arrays.

A row's bin is found exactly. A table over equally wide cells of the score axis gives the few thresholds
that share the row's cell, and a bisection among those few decides. The cell of a score and the cell of a
threshold come from the same monotone arithmetic, so rounding can never push a row over a threshold.

Rows come ordered, so that one bucket's counters, a few thousand, stay in the fastest cache, and threads
can share the work by buckets without sharing a counter. The logarithms of a bucket's likelihoods are taken
of their product, a few hundred at a time; a product of doubles rounds no more than a sum of their logs.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""An array of float64, wherever the library names its type."""

CELLS_PER_THRESHOLD, MOST_CELLS = 32, 1 << 17
"""Equally wide cells of the lookup table; with fewer, scores that crowd share cells with many thresholds."""
EPSILON = float(np.finfo(np.float64).eps)
"""Probabilities are clipped to [EPSILON, 1 - EPSILON] for the clipped log loss, as scikit-learn does."""

ALMOST_ZERO = 1e-290
"""A product of likelihoods above it stays a normal number when one more, of at least EPSILON, comes in."""

CALIBRATION_BINS = 15
"""Equally wide bins of the expected calibration error."""

LINKS = {"probability": 0, "percent": 1, "logit": 2, "rank": 3}
LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR = 0, 1, 2


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
    """How many thresholds are at most the score."""
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
    """First threshold of each cell, shape (cells + 1,); ``thresholds`` ascend and are finite."""
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
    if not np.isfinite(inverse_width):  # one threshold, or a span too small or too large to divide
        inverse_width = np.float64(0.0)
    return lookup_table(thresholds, low, float(inverse_width), cells), low, float(inverse_width)


@numba.njit(cache=True, nogil=True, inline="always")
def _probability(score: float, link: int) -> float:
    if link == 1:
        return score / 100.0
    if link == 2:
        if score >= 0.0:
            return 1.0 / (1.0 + math.exp(-score))
        small = math.exp(score)  # 1 - 1 / (1 + small) would lose its digits
        return small / (1.0 + small)
    return score


@numba.njit(cache=True, nogil=True)
def fill_slots(
    keys: NDArray[np.uint64], labels: NDArray[np.int8], buckets: int, slots: NDArray[Any]
) -> None:
    """Write the slot of each row, ``label * buckets + key % buckets``, to unsigned ``slots``."""
    divisor = np.uint64(buckets)
    for row in range(keys.size):
        slots[row] = np.int64(keys[row] % divisor) + labels[row] * buckets


@numba.njit(cache=True, nogil=True)
def order_slots(slots: NDArray[Any], buckets: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order of rows by class, then bucket, then as they came; and where each class and bucket begins.

    Parameters
    ----------
    slots : unsigned, shape (rows,)
        From `fill_slots`.
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
    link: int,
    counts: NDArray[np.uint32],
    weight_sums: NDArray[np.float64],
    value_sums: NDArray[np.float64],
    losses: NDArray[np.float64],
    infinite: NDArray[np.int64],
    between: NDArray[np.int64],
    highest: NDArray[np.float64],
    calibration: NDArray[np.float64],
) -> None:
    """Add the rows of some buckets of one model to its slices of the tally, in place.

    Parameters
    ----------
    scores : shape (rows,)
        Finite, ordered by class and bucket.
    edges : shape (2 * buckets + 1,)
        From `order_slots`.
    first, last : int
        Buckets from the first up to, without, the last are counted.
    weights, values : shape (rows,) or (0,)
        In the order of the scores; empty where the data has none.
    thresholds : shape (k,)
        Finite, ascending, distinct.
    starts, low, inverse_width
        From `lookup`.
    link : int
        A value of `LINKS`.
    counts, weight_sums, value_sums : shape (buckets, k + 1 or more, 2)
        Bin ``b`` holds the rows with exactly ``b`` thresholds at or below their score.
    losses : shape (buckets, 2, 3)
    infinite : shape (buckets, 2)
    between : shape (2,)
        Rows of each class whose score is none of the thresholds.
    highest : shape (k + 1 or more,)
        Highest score in each bin; minus infinity where no row lies in it, NaN where it is not known.
    calibration : shape (buckets, CALIBRATION_BINS, 2, 2)
        Weight and summed probability of each class.
    """
    cells = starts.size - 1
    buckets = edges.size // 2
    weighted = weights.size > 0
    valued = values.size > 0
    ece_bins = calibration.shape[1]
    for label in range(2):
        apart = 0
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
                    apart += 1
                if score > highest[below]:  # never where it is not known
                    highest[below] = score
                if weighted:
                    weight_sums[bucket, below, label] += weight
                if valued:
                    value_sums[bucket, below, label] += weight * values[row]

                if link == 3:
                    continue
                p = _probability(score, link)
                likelihood = p if label == 1 else 1.0 - p
                square += weight * (1.0 - likelihood) ** 2
                # Held in any case: a file may change while it is read.
                ece_bin = int(min(max(p, 0.0), 1.0) * ece_bins)
                ece_bin = min(ece_bin, ece_bins - 1)
                calibration[bucket, ece_bin, label, 0] += weight
                calibration[bucket, ece_bin, label, 1] += weight * p
                if link == 2:
                    clipped = min(max(likelihood, EPSILON), 1.0 - EPSILON)
                    clipped_part -= weight * math.log(clipped)
                    margin = score if label == 1 else -score
                    loss = math.log1p(math.exp(-abs(margin))) + max(-margin, 0.0)
                    unclipped_part += weight * loss
                elif likelihood < EPSILON or likelihood > 1.0 - EPSILON:
                    clipped = min(max(likelihood, EPSILON), 1.0 - EPSILON)
                    clipped_part -= weight * math.log(clipped)
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
            losses[bucket, label, 0] += usual + unclipped_part
            losses[bucket, label, 1] += usual + clipped_part
            losses[bucket, label, 2] += square
        between[label] += apart


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
    """Write the bin of each row to unsigned ``bins``, those of defects after those of good units.

    Parameters
    ----------
    scores : shape (rows,)
        Finite, good units first.
    goods : int
        Good units.
    thresholds, starts, low, inverse_width
        As of `count_rows`.
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
    """Add rows of one model to its counts by the parts of one column, in place.

    One column after another: what is counted of one stays in a near cache, and of all of them would not.

    Parameters
    ----------
    bins : unsigned, shape (rows,)
        From `fill_bins`.
    codes : shape (rows,)
        Part that a row belongs to, less than ``width``.
    weights : shape (rows,) or (0,)
        Empty where the data has none.
    width : int
    counts : shape (bins of both classes * width,)
    weight_sums : like counts, or shape (0,)
        Where rows are weighted.
    """
    for row in range(bins.size):
        counts[np.int64(bins[row]) * width + codes[row]] += np.uint32(1)
    if weights.size > 0:
        for row in range(bins.size):
            weight_sums[np.int64(bins[row]) * width + codes[row]] += weights[row]


def is_flagged(scores: Floats, threshold: float) -> NDArray[np.bool_]:
    """Which units a threshold flags; infinity flags none."""
    return np.asarray((scores >= threshold) & (threshold < np.inf))


def empty(dtype: Any = np.float64) -> NDArray[Any]:
    """Stand-in for a column that the data does not have."""
    return np.empty(0, dtype)
