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
    keys : ndarray of uint64, shape (n,) or (0,)
        Hash of the group's text where rows come in groups, else of the id's; empty where not asked for.
    labels : ndarray of int8, shape (n,) or (0,)
        1 = defect; empty where not asked for.
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
    def count(self) -> int:
        """Number of rows."""
        return self.scores[0].size

    @property
    def nbytes(self) -> int:
        """Memory of the weights, values and scores."""
        return self.weights.nbytes + self.values.nbytes + sum(own.nbytes for own in self.scores)
