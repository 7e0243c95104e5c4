"""Sparse sums: only sums that are not 0 are stored, with their positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_CELLS = 1 << 32
"""Largest number of cells of a model that a uint32 position can address."""


@dataclass(frozen=True, eq=False)
class SparseSums:
    """Sparse sums of shape (B, M, K + 1, 2), by model.

    Attributes
    ----------
    shape : (int, int, int, int)
    places : tuple of ndarray of uint32, length M
        Positions of a model's nonzero sums in its flattened (B, K + 1, 2) array.
    sums : tuple of ndarray of float64, length M
        The nonzero sums.
    """

    shape: tuple[int, int, int, int]
    places: tuple[NDArray[np.uint32], ...]
    sums: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, dense: NDArray[np.float64]) -> SparseSums | None:
        """Sparse version of an array; `None` if it would not save memory."""
        buckets, models, bins, classes = dense.shape
        per_sum = np.dtype(np.uint32).itemsize + dense.itemsize
        if (
            np.count_nonzero(dense) * per_sum >= dense.nbytes
            or buckets * bins * classes > MOST_CELLS
        ):
            return None
        places, sums = [], []
        for m in range(models):
            of_model = dense[:, m].ravel()  # one model's copy at a time needs less memory
            places.append(np.flatnonzero(of_model).astype(np.uint32))
            sums.append(of_model[places[-1]])
        return cls((buckets, models, bins, classes), tuple(places), tuple(sums))

    def of_model(self, model: int) -> NDArray[np.float64]:
        """All sums of one model, shape (B, K + 1, 2)."""
        buckets, _, bins, classes = self.shape
        dense = np.zeros(buckets * bins * classes)
        dense[self.places[model]] = self.sums[model]
        return dense.reshape(buckets, bins, classes)

    def between(self, model: int, start: int, stop: int) -> NDArray[np.float64]:
        """Sums over the bins of one model from ``start`` to ``stop`` (excluded), shape (B, 2)."""
        buckets, _, bins, classes = self.shape
        first = np.arange(buckets) * (bins * classes)
        ends = np.searchsorted(
            self.places[model], (first[:, None] + [start * classes, stop * classes]).ravel()
        ).reshape(buckets, 2)
        indices = np.concatenate([np.arange(begin, end) for begin, end in ends.tolist()])
        places = self.places[model][indices].astype(np.intp)
        at = places // (bins * classes) * classes + places % classes
        sums = np.bincount(at, self.sums[model][indices], minlength=buckets * classes)
        return sums.reshape(buckets, classes)

    def of_models(self, models: Sequence[int]) -> NDArray[np.float64]:
        """All sums of some models as a dense array, shape (B, M, K + 1, 2)."""
        return np.stack([self.of_model(m) for m in models], axis=1)
