"""Figures of a whole model in every replicate of a bootstrap: losses, calibration and ranking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from metrics.confusion import Curve, ratio
from metrics.kernel import LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR
from metrics.ranking import Bounded, average_precision
from metrics.tally import Tally

CHUNK = 125
"""Replicates in memory at a time where each needs much."""

Floats = NDArray[np.float64]


@cache
def _blas() -> ThreadpoolController:
    """A second thread gains little here on a quiet machine; on a busy one it spins while it waits."""
    return ThreadpoolController().select(user_api="blas")


def summed(by_bucket: NDArray[Any], weights: Floats, size: Floats) -> Floats:
    """Sums over drawn buckets.

    Parameters
    ----------
    by_bucket : ndarray, shape (B, ...)
    weights : ndarray, shape (R, B)
        How often each bucket was drawn.
    size : ndarray, shape (R, 1)
        Factor on each replicate.

    Returns
    -------
    ndarray of float64, shape (R, ...)
    """
    flat = by_bucket.reshape(by_bucket.shape[0], -1).astype(np.float64, copy=False)
    with _blas().limit(limits=1):
        sums: Floats = weights @ flat
    sums *= size
    return sums.reshape(-1, *by_bucket.shape[1:])


@dataclass(frozen=True)
class ModelReplicates:
    """`ModelFigures` of all replicates, each an array of shape (R, 1), computed when asked for.

    Attributes
    ----------
    tally : Tally
    curve : Curve
        Of the model.
    weights : ndarray of float64, shape (R, B)
    size : ndarray of float64, shape (R, 1)
        Factor that brings a replicate to the size of the file.
    class_mass : ndarray of float64, shape (R, 2)
        Good units and defects, at that size.
    by_class : ndarray of float64, shape (R, 2)
        The scenario's factors on good units and defects.
    """

    tally: Tally
    curve: Curve
    weights: Floats
    size: Floats
    class_mass: Floats
    by_class: Floats

    @cached_property
    def _model(self) -> int:
        return self.tally.index(self.curve.model)

    @cached_property
    def _bins(self) -> NDArray[Any]:
        return self.tally.masses[:, self._model, : self.curve.thresholds.size]

    @cached_property
    def _units(self) -> Floats:
        units: Floats = (self.by_class * self.class_mass).sum(axis=1, keepdims=True)
        return units

    @property
    def _undefined(self) -> Floats:
        return np.full((len(self.weights), 1), np.nan)

    def _loss(self, kind: int) -> Floats:
        if self.tally.scale == "rank":
            return self._undefined
        losses = self.tally.losses[:, self._model, :, kind]
        finite = np.where(np.isfinite(losses), losses, 0.0)  # 0 times infinity would be no number
        by_class = summed(finite, self.weights, self.size)
        return ratio((self.by_class * by_class).sum(axis=1, keepdims=True), self._units)

    @cached_property
    def infinite_rows(self) -> Floats:
        """Rows drawn that make the unclipped log loss infinite, each as often as it was drawn."""
        rows: Floats = self.weights @ self.tally.infinite[:, self._model].sum(axis=1, keepdims=True)
        return rows

    @cached_property
    def log_loss(self) -> Floats:
        """As of `ModelFigures`."""
        # Of log-odds of 1e300, weighted, a bucket's sum may be infinite though no row's loss is.
        beyond = np.isinf(self.tally.losses[:, self._model, :, LOG_LOSS])
        drawn = self.infinite_rows + self.weights @ beyond.sum(axis=1, keepdims=True)
        return np.where(drawn > 0, np.inf, self._loss(LOG_LOSS))

    @cached_property
    def log_loss_clipped(self) -> Floats:
        """As of `ModelFigures`."""
        return self._loss(LOG_LOSS_CLIPPED)

    @cached_property
    def brier(self) -> Floats:
        """As of `ModelFigures`."""
        return self._loss(SQUARED_ERROR)

    @cached_property
    def calibration_error(self) -> Floats:
        """As of `ModelFigures`."""
        if self.tally.scale == "rank":
            return self._undefined
        bins = summed(self.tally.calibration[:, self._model], self.weights, self.size)
        probability = np.einsum("rbc,rc->rb", bins[..., 1], self.by_class)
        defects = bins[:, :, 1, 0] * self.by_class[:, 1:]
        return ratio(np.abs(probability - defects).sum(axis=1, keepdims=True), self._units)

    @cached_property
    def roc_auc(self) -> Bounded:
        """As of `ModelFigures`, without its bound.

        Notes
        -----
        Pairs of a defect and a good unit are counted once for each pair of buckets; a replicate is then a
        quadratic form in how often the buckets were drawn, whatever the number of thresholds.
        """
        bins = self._bins.astype(np.float64)
        goods, defects = bins[..., 0], bins[..., 1]
        ordered = defects @ (np.cumsum(goods, axis=1) - goods / 2).T
        area = np.einsum("rb,rb->r", self.weights @ ordered, self.weights)
        pairs = (self.weights @ goods.sum(axis=1)) * (self.weights @ defects.sum(axis=1))
        return Bounded(cast(Any, ratio(area, pairs)[:, None]), 0.0)

    @cached_property
    def average_precision(self) -> Bounded:
        """As of `ModelFigures`, without its bound."""
        values = []
        for start in range(0, len(self.weights), CHUNK):
            part = slice(start, start + CHUNK)
            drawn = summed(self._bins, self.weights[part], self.size[part])
            values += [
                average_precision(replace(self.curve, bins=bins), defects, goods).value
                for bins, (goods, defects) in zip(drawn, self.by_class[part], strict=True)
            ]
        return Bounded(cast(Any, np.array(values)[:, None]), 0.0)

    def one(self, replicate: int) -> OneReplicate:
        """Figures of one replicate."""
        return OneReplicate(self, replicate)


@dataclass(frozen=True)
class OneReplicate:
    """`ModelFigures` of one replicate, plain numbers.

    Attributes
    ----------
    every : ModelReplicates
    replicate : int
    """

    every: ModelReplicates
    replicate: int

    def __getattr__(self, name: str) -> Any:
        figure = getattr(self.every, name)
        if isinstance(figure, Bounded):
            return Bounded(self._number(figure.value), 0.0)
        number = self._number(figure)
        return int(number) if name == "infinite_rows" else number

    def _number(self, figure: Any) -> float:
        return float(figure[self.replicate, 0])
