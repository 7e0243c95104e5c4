"""Operating points of several models in a row: their counts and figures in the file and in replicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.bootstrap import Bootstrap
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
        return np.repeat(np.arange(len(self.by_model)), [own.size for own in self.by_model])

    @cached_property
    def positions(self) -> NDArray[np.intp]:
        """Position of each point on its model's curve, shape (K,)."""
        return np.concatenate(self.by_model)

    @cached_property
    def slices(self) -> tuple[tuple[int, slice], ...]:
        """Models that have points, each with the slice of its points."""
        ends = np.cumsum([0, *(own.size for own in self.by_model)]).tolist()
        parts = enumerate(pairwise(ends))
        return tuple((m, slice(start, stop)) for m, (start, stop) in parts if start < stop)

    def indices(self, models: NDArray[np.intp], positions: NDArray[np.intp]) -> NDArray[np.intp]:
        """Indices of some of the points, which are given by model and position."""
        stride = 1 + self.positions.max(initial=0)
        return np.searchsorted(self.models * stride + self.positions, models * stride + positions)

    def counts_in_file(self, evaluation: Evaluation) -> Confusion:
        """Observed counts in the file, each of shape (K,)."""
        return _together(
            [evaluation.curves[m].counts[self.positions[own]] for m, own in self.slices]
        )

    def counts_in_replicates(self, bootstrap: Bootstrap) -> Confusion:
        """Observed counts in every replicate, each of shape (R, K)."""
        return _together([bootstrap.counts(m, self.positions[own]) for m, own in self.slices])

    def figures_in_file(
        self, evaluation: Evaluation, objective: Objective, scaled: Confusion
    ) -> Floats:
        """Figures in the file, shape (K,), from the scenario's counts."""
        return self._figures(
            objective, scaled, lambda m, own: objective.values(own, evaluation.context(m))
        )

    def figures_in_replicates(
        self, bootstrap: Bootstrap, objective: Objective, scaled: Confusion
    ) -> Floats:
        """Figures in every replicate, shape (R, K), from the scenario's counts."""
        return self._figures(
            objective, scaled, lambda m, own: bootstrap.of_scaled(objective, m, own)
        )

    def _figures(
        self, objective: Objective, scaled: Confusion, compute: Callable[[int, Confusion], Floats]
    ) -> Floats:
        if objective.is_of_counts or len(self.slices) == 1:
            return compute(self.slices[0][0], scaled)
        return np.concatenate([compute(m, scaled[own]) for m, own in self.slices], axis=-1)


def _together(counts: list[Confusion]) -> Confusion:
    return counts[0] if len(counts) == 1 else counts[0].together(counts[1:])
