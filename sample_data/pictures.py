"""Images with cached features, which several models can use."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from sample_data.features import FAMILIES, read_contrast, read_features, read_residuals
from sample_data.filters import read_filters
from sample_data.marks import SIZE, Floats

POOL = 2


class Pictures:
    """Images and their features, which are computed on first use and then cached.

    Parameters
    ----------
    images : ndarray of uint8, shape (units, SIZE, SIZE)
    """

    def __init__(self, images: npt.NDArray[np.uint8]) -> None:
        self.images = images
        self._tables: dict[str, Floats] = {}

    def __len__(self) -> int:
        return len(self.images)

    def table(self, *families: str) -> Floats:
        """Return the features of some families, shape (units, columns)."""
        missing = [family for family in families if family not in self._tables]
        if missing:
            read = read_features(self.images, *missing)
            ends = np.cumsum([len(FAMILIES[family]) for family in missing])
            parts = np.split(read, ends[:-1], axis=1)
            self._tables.update(zip(missing, parts, strict=True))
        return np.hstack([self._tables[family] for family in families])

    @cached_property
    def contrast(self) -> Floats:
        """Measure that the current rule uses, shape (units,)."""
        return read_contrast(self.images)

    @cached_property
    def pooled(self) -> Floats:
        """Means of every 2 x 2 pixels of the residual, shape (units, SIZE / 2, SIZE / 2)."""
        side = SIZE // POOL
        left = read_residuals(self.images)
        squares = left.reshape(len(left), side, POOL, side, POOL)
        return np.asarray(squares.mean(axis=(2, 4)), dtype=np.float64)

    def filters(self, rows: npt.NDArray[np.intp]) -> Floats:
        """Return the responses of the filter bank for some of the units, without caching."""
        return read_filters(self.images[rows])
