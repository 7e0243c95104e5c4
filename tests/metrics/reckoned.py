"""Figures computed from rows: counts, costs and resamples with numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.scenario.scenario import Scenario
from tests import oracles

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reckoned:
    """Unweighted rows under a scenario without a defect rate of its own.

    Attributes
    ----------
    labels, scores
    keys : sequence of str
        Keys that assign rows to buckets.
    scenario : Scenario
    """

    labels: NDArray[np.int8]
    scores: dict[str, Floats]
    keys: Sequence[str]
    scenario: Scenario

    @property
    def factor(self) -> float:
        """Factor from rows of the file to units of the scenario."""
        units = self.scenario.units_per_year
        return 1.0 if units is None else units / self.labels.size

    def counts(self, model: str, thresholds: Floats | float) -> tuple[Floats, Floats]:
        """Missed defects and false alarms in the file."""
        own = self.scores[model]
        defects, goods = np.sort(own[self.labels == 1]), np.sort(own[self.labels == 0])
        fn = np.searchsorted(defects, thresholds, side="left")
        fp = goods.size - np.searchsorted(goods, thresholds, side="left")
        return fn.astype(float), fp.astype(float)

    def drawn(self, model: str, threshold: float, weights: Floats) -> tuple[Floats, Floats]:
        """Missed defects and false alarms in every resample, scaled to the size of the file."""
        names, inverse = np.unique(np.asarray(self.keys), return_inverse=True)
        bucket = np.array([oracles.bucket(str(name)) for name in names])[inverse]
        flagged = self.scores[model] >= threshold
        size = weights @ np.bincount(bucket, minlength=100)
        out = []
        for wrong in ((self.labels == 1) & ~flagged, (self.labels == 0) & flagged):
            by_bucket = np.bincount(bucket[wrong], minlength=100)
            out.append(weights @ by_bucket * self.labels.size / size)
        return out[0], out[1]

    def cost_drawn(self, model: str, threshold: float, weights: Floats) -> Floats:
        """Cost of errors in every resample."""
        fn, fp = self.drawn(model, threshold, weights)
        return self.factor * (self.scenario.miss_cost * fn + fp)
