"""Arrays of bins between the thresholds of each model: padding, merging and adding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.tally.kernel import Floats


def pad(thresholds: Sequence[Floats]) -> Floats:
    """Thresholds of all models in one array, each padded with infinity, shape (M, K)."""
    padded = np.full((len(thresholds), max((t.size for t in thresholds), default=0)), np.inf)
    for row, finite in zip(padded, thresholds, strict=True):
        row[: finite.size] = finite
    return padded


def bin_edges(
    thresholds: Floats, new_thresholds: Sequence[Floats]
) -> tuple[Floats, NDArray[np.int64]]:
    """Ranges of bins that become one bin at other thresholds, for `merge_bins`.

    Parameters
    ----------
    thresholds : ndarray, shape (M, K)
        Ascending for each model, padded with infinity.
    new_thresholds : sequence of ndarray, length M
        Finite ascending thresholds of each model, at most N.

    Returns
    -------
    padded : ndarray, shape (M, N)
        The new thresholds, padded with infinity.
    edges : ndarray of int, shape (M, N + 2)
        First old bin of each new bin, and the number of old bins.
    """
    padded, bins = pad(new_thresholds), thresholds.shape[1] + 1
    edges = np.full((len(padded), padded.shape[1] + 2), bins)
    edges[:, 0] = 0
    for m, finite in enumerate(new_thresholds):
        first_flagged = 1 + np.searchsorted(thresholds[m], finite)
        edges[m, 1 : finite.size + 1] = np.minimum(first_flagged, bins)
    return padded, edges


def merge_bins(bins: NDArray[Any], edges: NDArray[np.int64]) -> NDArray[Any]:
    """Sums of each model's bins (axis 3, models axis 2) from one edge to the next; see `bin_edges`."""
    out = np.zeros((*bins.shape[:3], edges.shape[1] - 1, 2), sum_dtype(bins))
    for m, model_edges in enumerate(edges):
        # Each range is summed directly: differences of cumulative sums would leave rounding errors.
        not_empty = np.flatnonzero(np.diff(model_edges) > 0)
        out[:, :, m, not_empty] = np.add.reduceat(
            bins[:, :, m], model_edges[not_empty], axis=2, dtype=out.dtype
        )
    return out


def sum_or_none(a: Any, b: Any) -> Any:
    """Sum of two values that can be added; `None` if either is missing."""
    return None if a is None or b is None else a + b


def sum_dtype(bins: NDArray[Any]) -> np.dtype[Any]:
    """Type for sums of counts or of weights."""
    return np.dtype(np.int64) if bins.dtype.kind in "iu" else bins.dtype
