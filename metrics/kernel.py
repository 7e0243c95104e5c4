"""The inner loop: one batch of one model's scores into the tally's arrays.

A row's bin is found exactly. A table over equally wide cells of the score axis gives the few thresholds
that share the row's cell, and a bisection among those few decides. The cell of a score and the cell of a
threshold come from the same monotone arithmetic, so rounding can never push a row over a threshold.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

CELLS = 1 << 14
EPSILON = float(np.finfo(np.float64).eps)
"""Probabilities are clipped to [EPSILON, 1 - EPSILON] for the clipped log loss, as scikit-learn does."""

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
    with np.errstate(over="ignore", divide="ignore"):
        inverse_width = np.float64(CELLS) / (np.float64(high) - np.float64(low))
    if not np.isfinite(inverse_width):  # one threshold, or a span too small or too large to divide
        inverse_width = np.float64(0.0)
    return lookup_table(thresholds, low, float(inverse_width), CELLS), low, float(inverse_width)


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
def count_batch(
    scores: NDArray[np.float64],
    labels: NDArray[np.int8],
    buckets: NDArray[np.uint16],
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
    calibration: NDArray[np.float64],
) -> None:
    """Add one batch of one model to its slices of the tally, in place.

    Parameters
    ----------
    scores, labels, buckets : shape (rows,)
        Finite scores, labels 0 or 1, bucket of each row.
    weights, values : shape (rows,) or (0,)
        Empty where the data has none.
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
    calibration : shape (buckets, CALIBRATION_BINS, 2, 2)
        Weight and summed probability of each class.
    """
    cells = starts.size - 1
    weighted = weights.size > 0
    valued = values.size > 0
    ece_bins = calibration.shape[1]
    for row in range(scores.size):
        score = scores[row]
        label = labels[row]
        bucket = buckets[row]
        weight = weights[row] if weighted else 1.0

        cell = _cell(score, low, inverse_width, cells)
        first = starts[cell]
        last = starts[cell + 1]
        while first < last:
            middle = (first + last) >> 1
            if thresholds[middle] <= score:
                first = middle + 1
            else:
                last = middle
        counts[bucket, first, label] += np.uint32(1)
        if first == 0 or thresholds[first - 1] != score:
            between[label] += 1
        if weighted:
            weight_sums[bucket, first, label] += weight
        if valued:
            value_sums[bucket, first, label] += weight * values[row]

        if link == 3:
            continue
        p = _probability(score, link)
        likelihood = p if label == 1 else 1.0 - p
        clipped = min(max(likelihood, EPSILON), 1.0 - EPSILON)
        loss = -math.log(clipped)
        losses[bucket, label, 1] += weight * loss
        losses[bucket, label, 2] += weight * (1.0 - likelihood) ** 2
        if link == 2:
            margin = score if label == 1 else -score
            loss = math.log1p(math.exp(-abs(margin))) + max(-margin, 0.0)
        elif likelihood <= 0.0:
            infinite[bucket, label] += 1
            loss = 0.0
        elif clipped != likelihood:
            loss = -math.log(likelihood)
        losses[bucket, label, 0] += weight * loss
        ece_bin = min(int(p * ece_bins), ece_bins - 1)
        calibration[bucket, ece_bin, label, 0] += weight
        calibration[bucket, ece_bin, label, 1] += weight * p


@numba.njit(cache=True, nogil=True)
def hash_floats(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """64-bit hash of the bits of each float, shape ``values.shape``; 0.0 and -0.0 hash alike."""
    out = np.empty(values.size, np.uint64)
    bits = (values + 0.0).view(np.uint64)
    for k in range(values.size):
        h = bits[k] + np.uint64(0x9E3779B97F4A7C15)
        h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        out[k] = h ^ (h >> np.uint64(31))
    return out


def empty(dtype: Any = np.float64) -> NDArray[Any]:
    """Stand-in for a column that the data does not have."""
    return np.empty(0, dtype)
