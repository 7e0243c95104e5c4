"""Rows with hashed keys, in the form in which they are counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class KeyedRows:
    """Some rows in input order, with hashed keys.

    Attributes
    ----------
    keys : ndarray of uint64, shape (n,) or (0,)
        Hash of the group's text if rows come in groups, otherwise of the id's text; empty if not requested.
    labels : ndarray of int8, shape (n,) or (0,)
        1 = defect; empty if not requested.
    weights, values : ndarray of float64, shape (n,) or (0,)
        Empty if the data has none.
    scores : tuple of ndarray of float64, shape (n,)
        One array for each model.
    """

    keys: NDArray[np.uint64]
    labels: NDArray[np.int8]
    weights: NDArray[np.float64]
    values: NDArray[np.float64]
    scores: tuple[NDArray[np.float64], ...]

    @property
    def count(self) -> int:
        """Number of rows."""
        return self.scores[0].size

    @property
    def nbytes(self) -> int:
        """Memory of the weights, values and scores."""
        return sum(array.nbytes for array in (self.weights, self.values, *self.scores))
