"""Rows as the tally counts them: by a key that tells their bucket."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Some rows in the order of the input.

    Attributes
    ----------
    keys : ndarray of uint64, shape (n,)
        Hash of the group's text where rows come in groups, else of the id's.
    labels : ndarray of int8, shape (n,)
        1 = defect.
    weights, values : ndarray of float64, shape (n,) or (0,)
        Empty where the data has none.
    scores : tuple of ndarray of float64, shape (n,)
        One array for each model.
    """

    keys: NDArray[np.uint64]
    labels: NDArray[np.int8]
    weights: Floats
    values: Floats
    scores: tuple[Floats, ...]

    @property
    def nbytes(self) -> int:
        """Memory of the weights, values and scores."""
        return self.weights.nbytes + self.values.nbytes + sum(own.nbytes for own in self.scores)
