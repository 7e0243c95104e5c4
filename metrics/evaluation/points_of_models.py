"""Counts and figures of operating points of several models, in arrays that are sorted by model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import Objective
from metrics.tally.kernel import Floats

Positions = Sequence[NDArray[np.intp]]
"""Positions on the curve of each model."""


@dataclass(frozen=True, eq=False)
class PointsOfModels:
    """K operating points, sorted by model.

    Attributes
    ----------
    by_model : sequence of ndarray of int
        Positions on the curve of each model; empty for a model without a point.
    """

    by_model: Positions

    @cached_property
    def models(self) -> NDArray[np.intp]:
        """Model of each point, shape (K,)."""
        return np.repeat(np.arange(len(self.by_model)), [at.size for at in self.by_model])

    @cached_property
    def positions(self) -> NDArray[np.intp]:
        """Position of each point on its model's curve, shape (K,)."""
        return np.concatenate(self.by_model)

    @cached_property
    def slices(self) -> tuple[tuple[int, slice], ...]:
        """Models that have points, each with the slice of its points."""
        ends = np.cumsum([0, *(at.size for at in self.by_model)]).tolist()
        parts = enumerate(pairwise(ends))
        return tuple((m, slice(start, stop)) for m, (start, stop) in parts if start < stop)

    def indices(self, models: NDArray[np.intp], positions: NDArray[np.intp]) -> NDArray[np.intp]:
        """Indices of the points at some models and positions."""
        stride = 1 + self.positions.max(initial=0)
        return np.searchsorted(self.models * stride + self.positions, models * stride + positions)

    def counts(self, counts_at: Callable[[int, NDArray[np.intp]], Confusion]) -> Confusion:
        """Counts of all points, each of shape (..., K), from a function of a model and positions."""
        first, *others = (counts_at(m, self.by_model[m]) for m, _ in self.slices)
        return first.together(others)

    def figures(
        self,
        compute: Callable[[Objective, int, Confusion], Floats],
        objective: Objective,
        scaled: Confusion,
    ) -> Floats:
        """Figures of all points, shape (..., K), from a function of objective, model and its counts.

        If equal counts give equal figures for any model, one call computes all points.
        """
        if objective.is_of_counts or len(self.slices) == 1:
            return compute(objective, self.slices[0][0], scaled)
        figures = [compute(objective, m, scaled[points]) for m, points in self.slices]
        return np.concatenate(figures, axis=-1)
