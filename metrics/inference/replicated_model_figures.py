"""Figures of a whole model in every bootstrap replicate, such as log loss, calibration error and AUC."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np

from metrics.evaluation.confusion import ratio
from metrics.evaluation.model_metrics import Bounded, average_precision
from metrics.inference.replicated_counts import CHUNK, ReplicatedCounts
from metrics.tally.kernel import LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR, Floats


@dataclass(frozen=True)
class ModelReplicates:
    """`ModelFigures` of all replicates, each an array of shape (R, 1), computed on demand.

    Attributes
    ----------
    by_class : ndarray of float64, shape (R, 2)
        The scenario's factors on good units and defects.
    """

    drawn: ReplicatedCounts
    model: int
    by_class: Floats

    @cached_property
    def _units(self) -> Floats:
        units: Floats = (self.by_class * self.drawn.class_mass).sum(axis=1, keepdims=True)
        return units

    @property
    def _undefined(self) -> Floats:
        return np.full((self.drawn.replicates, 1), np.nan)

    def _loss(self, kind: int) -> Floats:
        if self.drawn.tally.scale == "rank":
            return self._undefined
        losses = self.drawn.tally.losses[:, self.model, :, kind]
        finite = np.where(np.isfinite(losses), losses, 0.0)  # 0 times infinity would be NaN
        by_class = self.drawn.sums(finite)
        return ratio((self.by_class * by_class).sum(axis=1, keepdims=True), self._units)

    @cached_property
    def infinite_rows(self) -> Floats:
        """Drawn rows with an infinite unclipped log loss, counted as often as they were drawn."""
        by_bucket = self.drawn.tally.infinite[:, self.model].sum(axis=1, keepdims=True)
        return np.asarray(self.drawn.weights @ by_bucket)

    @cached_property
    def log_loss(self) -> Floats:
        """See `ModelFigures`."""
        # With weighted log-odds near 1e300 a bucket's sum can be infinite although no row's loss is.
        is_infinite = np.isinf(self.drawn.tally.losses[:, self.model, :, LOG_LOSS])
        infinite_sums_by_bucket = is_infinite.sum(axis=1, keepdims=True)
        infinite = self.infinite_rows + self.drawn.weights @ infinite_sums_by_bucket
        return np.where(infinite > 0, np.inf, self._loss(LOG_LOSS))

    @cached_property
    def log_loss_clipped(self) -> Floats:
        """See `ModelFigures`."""
        return self._loss(LOG_LOSS_CLIPPED)

    @cached_property
    def brier(self) -> Floats:
        """See `ModelFigures`."""
        return self._loss(SQUARED_ERROR)

    @cached_property
    def calibration_error(self) -> Floats:
        """See `ModelFigures`."""
        if self.drawn.tally.scale == "rank":
            return self._undefined
        bins = self.drawn.sums(self.drawn.tally.calibration[:, self.model])
        probability = np.einsum("rbc,rc->rb", bins[..., 1], self.by_class)
        defects = bins[:, :, 1, 0] * self.by_class[:, 1:]
        return ratio(np.abs(probability - defects).sum(axis=1, keepdims=True), self._units)

    @cached_property
    def roc_auc(self) -> Bounded:
        """See `ModelFigures`; without its bound."""
        return Bounded(cast(Any, self.drawn.area(self.model)[:, None]), 0.0)

    @cached_property
    def average_precision(self) -> Bounded:
        """See `ModelFigures`; without its bound."""
        values = []
        model_curve = self.drawn.curves[self.model]
        by_bucket = self.drawn.tally.masses[:, self.model, : model_curve.thresholds.size]
        for start in range(0, self.drawn.replicates, CHUNK):
            replicated_bins = self.drawn.part(start, start + CHUNK).sums(by_bucket)
            factors = self.by_class[start : start + CHUNK]
            values += [
                average_precision(replace(model_curve, bins=bins), defects, goods).value
                for bins, (goods, defects) in zip(replicated_bins, factors, strict=True)
            ]
        return Bounded(cast(Any, np.array(values)[:, None]), 0.0)


@dataclass(frozen=True)
class OneReplicate:
    """`ModelFigures` of one replicate as plain numbers.

    Attributes
    ----------
    position : int
        Position of the replicate.
    """

    replicates: ModelReplicates
    position: int

    def __getattr__(self, name: str) -> Any:
        figure = getattr(self.replicates, name)
        if isinstance(figure, Bounded):
            return Bounded(self._number(figure.value), 0.0)
        number = self._number(figure)
        return int(number) if name == "infinite_rows" else number

    def _number(self, figure: Any) -> float:
        return float(figure[self.position, 0])
