"""Sums of a tally of which most are 0: only the others are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST = 1 << 32
"""Places of a model that can be told apart."""

Floats = NDArray[np.float64]
"""An array of float64, wherever the library names its type."""


@dataclass(frozen=True, eq=False)
class SparseSums:
    """Sums of shape (B, M, K + 1, 2), by model.

    Attributes
    ----------
    shape : (int, int, int, int)
    places : tuple of ndarray of uint32, length M
        Where a model's sums are not 0, in its flattened (B, K + 1, 2).
    sums : tuple of ndarray of float64, length M
        Those sums.
    """

    shape: tuple[int, int, int, int]
    places: tuple[NDArray[np.uint32], ...]
    sums: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, dense: NDArray[np.float64]) -> SparseSums | None:
        """Sums in less memory; None where that is no less."""
        buckets, models, bins, classes = dense.shape
        per_sum = np.dtype(np.uint32).itemsize + dense.itemsize
        if np.count_nonzero(dense) * per_sum >= dense.nbytes or buckets * bins * classes > LARGEST:
            return None
        own = [dense[:, m].ravel() for m in range(models)]
        places = [np.flatnonzero(sums) for sums in own]
        return cls(
            (buckets, models, bins, classes),
            tuple(where.astype(np.uint32) for where in places),
            tuple(sums[where] for sums, where in zip(own, places, strict=True)),
        )

    def of_model(self, model: int) -> NDArray[np.float64]:
        """All sums of one model, shape (B, K + 1, 2)."""
        buckets, _, bins, classes = self.shape
        dense = np.zeros(buckets * bins * classes)
        dense[self.places[model]] = self.sums[model]
        return dense.reshape(buckets, bins, classes)

    def dense(self) -> NDArray[np.float64]:
        """All sums, shape (B, M, K + 1, 2)."""
        return np.stack([self.of_model(m) for m in range(self.shape[1])], axis=1)
