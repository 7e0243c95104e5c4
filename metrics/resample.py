"""Bucket bootstrap: the figures that other samples of the same size would have given.

A tally keeps its counts by bucket. Drawing buckets with replacement and summing with the numbers drawn gives
a replicate of every model at every threshold, whatever the number of rows. One draw serves all models, so
that every comparison is paired; rows that belong together share a bucket and stay together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from metrics.confusion import Confusion
from metrics.kernel import LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR
from metrics.model_figures import ModelFigures
from metrics.objective import Context, Objective
from metrics.points import Evaluation
from metrics.ranking import Bounded, average_precision, roc_auc
from metrics.tally import Tally

REPLICATES = 1000
LEVEL = 0.95
"""Share of samples whose interval is to hold the truth."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """How often each bucket was drawn.

    Attributes
    ----------
    weights : ndarray of float64, shape (R, B)
        One row a replicate; each row sums to the number of buckets that hold rows.
    seed : int
    """

    weights: Floats
    seed: int


def draw(tally: Tally, *, replicates: int = REPLICATES, seed: int = 0) -> Draws:
    """Draw buckets with replacement.

    Parameters
    ----------
    tally : Tally
    replicates : int
    seed : int
        The same seed gives the same draws on every machine.

    Notes
    -----
    Only buckets that hold rows are drawn: with fewer groups than buckets the others are no sample of
    anything.

    References
    ----------
    Efron, Tibshirani: An introduction to the bootstrap. 1993, chapter 8 (blocks instead of rows).
    """
    filled = np.flatnonzero(tally.counts[:, 0].sum(axis=(1, 2), dtype=np.int64))
    rng = np.random.Generator(np.random.PCG64(seed))
    drawn = rng.multinomial(filled.size, np.full(filled.size, 1 / filled.size), size=replicates)
    weights = np.zeros((replicates, tally.counts.shape[0]))
    weights[:, filled] = drawn
    return Draws(weights, seed)


@dataclass(frozen=True)
class Resampled:
    """An evaluation under draws: replicates of any objective of any model, made when asked for.

    Attributes
    ----------
    evaluation : Evaluation
    draws : Draws
    """

    evaluation: Evaluation
    draws: Draws

    def _summed(self, by_bucket: NDArray[Any]) -> Floats:
        """Sums over the drawn buckets, shape (R, ...) of an array (B, ...)."""
        flat = by_bucket.reshape(by_bucket.shape[0], -1).astype(np.float64)
        summed = self.draws.weights @ flat
        return summed.reshape(-1, *by_bucket.shape[1:])

    @cached_property
    def class_mass(self) -> Floats:
        """Good units and defects of each replicate, shape (R, 2)."""
        tally = self.evaluation.tally
        return self._summed(tally.masses[:, 0].sum(axis=1, dtype=np.float64))

    @cached_property
    def factors(self) -> tuple[Any, Any]:
        """On defects and good units, each of shape (R, 1): a replicate's counts become the scenario's.

        Notes
        -----
        At a set defect rate each class is brought to its own total; otherwise both vary as they do in
        the data.
        """
        factors = self.evaluation.scenario.factors(self.class_mass)
        return tuple(np.broadcast_to(f, len(self.class_mass))[:, None] for f in factors)  # type: ignore[return-value]

    @cached_property
    def today(self) -> Confusion:
        """Counts of today's system, each of shape (R, 1), of the scenario."""
        drawn = self.evaluation.today_by_bucket().each(lambda n: self._summed(n)[:, None])
        return drawn.scaled(*self.factors)

    def counts(self, model: int, where: NDArray[np.intp]) -> Confusion:
        """Counts at some thresholds of a model's curve, each of shape (R, len(where)), as observed."""
        tally = self.evaluation.tally
        k = self.evaluation.curves[model].thresholds.size
        bins = tally.masses[:, model, :k].astype(np.float64)
        shipped = self._summed(np.cumsum(bins, axis=1)[:, where])
        flagged = self.class_mass[:, None, :] - shipped
        counts = Confusion(
            tp=flagged[..., 1], fp=flagged[..., 0], fn=shipped[..., 1], tn=shipped[..., 0]
        )
        if tally.values is None:
            return counts
        value = np.cumsum(tally.values[:, model, :k], axis=1)
        missed = self._summed(value[:, where, 1])
        return replace(
            counts,
            missed_value=missed,
            flagged_good_value=self._summed(value[:, -1:, 0] - value[:, where, 0]),
        )

    def figures(self, model: int) -> ModelFigures:
        """Figures of a whole model, each an array of shape (R, 1)."""
        return cast(ModelFigures, _Figures(self, model))

    def values(self, objective: Objective, model: int, where: NDArray[np.intp]) -> Floats:
        """Replicates of an objective.

        Parameters
        ----------
        objective : Objective
        model : int
        where : ndarray of int, shape (K,)
            Positions on the model's curve.

        Returns
        -------
        ndarray of float64, shape (R, K)
            Of the scenario; shape (R, 1) for an objective of a whole model. NaN where undefined.
        """
        if objective.of_model:
            where = where[:1]
        return self.of_counts(objective, model, self.counts(model, where))

    def of_today(self, objective: Objective) -> Floats:
        """Replicates of an objective of today's system, shape (R, 1)."""
        today = self.evaluation.scenario.today
        model = None if today is None else self.evaluation.tally.index(today.model)
        return self._of_scaled(objective, model, self.today)

    def of_counts(self, objective: Objective, model: int, counts: Confusion) -> Floats:
        """Replicates of an objective at observed counts of a model, of shape (R, K)."""
        return self._of_scaled(objective, model, counts.scaled(*self.factors))

    def _of_scaled(self, objective: Objective, model: int | None, scaled: Confusion) -> Floats:
        """Replicates at counts of the scenario; no model ships everything."""
        context = Context(
            scenario=self.evaluation.scenario,
            today=self.today,
            model=None if model is None else self.figures(model),
        )
        if objective.is_standard:
            return objective.values(scaled, context)
        return self._one_by_one(objective, scaled, context)

    def _one_by_one(self, objective: Objective, counts: Confusion, context: Context) -> Floats:
        """For objectives of others, which are promised counts of one replicate."""
        rows = []
        for r in range(len(self.class_mass)):
            own = None if context.model is None else cast(_Figures, context.model).one(r)
            then = Context(context.scenario, context.today.each(itemgetter((r, 0))), own)
            rows.append(objective.values(counts.each(itemgetter(r)), then))
        return np.array(rows)


class _Figures:
    """`ModelFigures` of all replicates, each computed when an objective asks for it."""

    def __init__(self, of: Resampled, model: int) -> None:
        self._of, self._model = of, model
        self._tally = of.evaluation.tally

    @cached_property
    def _by_class(self) -> Floats:
        """Factors on good units and defects, shape (R, 2)."""
        defects, goods = self._of.factors
        return np.hstack([goods, defects])

    @cached_property
    def _losses(self) -> Floats:
        """The three losses, shape (R, 3)."""
        summed = self._of._summed(self._tally.losses[:, self._model])
        units = (self._by_class * self._of.class_mass).sum(axis=1)
        if self._tally.scale == "rank":
            return np.full((len(units), 3), np.nan)
        losses: Floats = np.einsum("rc,rcl->rl", self._by_class, summed) / units[:, None]
        return losses

    @property
    def infinite_rows(self) -> Floats:
        return self._of._summed(self._tally.infinite[:, self._model].sum(axis=1))[:, None]

    @property
    def log_loss(self) -> Floats:
        return np.where(self.infinite_rows > 0, np.inf, self._losses[:, [LOG_LOSS]])

    @property
    def log_loss_clipped(self) -> Floats:
        return self._losses[:, [LOG_LOSS_CLIPPED]]

    @property
    def brier(self) -> Floats:
        return self._losses[:, [SQUARED_ERROR]]

    @property
    def calibration_error(self) -> Floats:
        if self._tally.scale == "rank":
            return np.full((len(self._by_class), 1), np.nan)
        bins = self._of._summed(self._tally.calibration[:, self._model])
        probability = np.einsum("rbc,rc->rb", bins[..., 1], self._by_class)
        defects = bins[:, :, 1, 0] * self._by_class[:, 1:]
        units = (self._by_class * self._of.class_mass).sum(axis=1)
        error: Floats = np.abs(probability - defects).sum(axis=1) / units
        return error[:, None]

    @cached_property
    def _bins(self) -> Floats:
        k = self._of.evaluation.curves[self._model].thresholds.size
        return self._of._summed(self._tally.masses[:, self._model, :k])

    def _ranked(self, figure: Any, *, weighed: bool) -> Bounded:
        curve = self._of.evaluation.curves[self._model]
        values = []
        for bins, (goods, defects) in zip(self._bins, self._by_class, strict=True):
            own = replace(curve, bins=bins)
            values.append(figure(own, defects, goods).value if weighed else figure(own).value)
        return Bounded(cast(Any, np.array(values)[:, None]), 0.0)

    @cached_property
    def roc_auc(self) -> Bounded:
        return self._ranked(roc_auc, weighed=False)

    @cached_property
    def average_precision(self) -> Bounded:
        return self._ranked(average_precision, weighed=True)

    def one(self, replicate: int) -> ModelFigures:
        """The figures of one replicate."""

        def at(values: Any) -> float:
            return float(values[replicate, 0])

        return ModelFigures(
            at(self.log_loss),
            at(self.log_loss_clipped),
            int(at(self.infinite_rows)),
            at(self.brier),
            at(self.calibration_error),
            Bounded(at(self.roc_auc.value), 0.0),
            Bounded(at(self.average_precision.value), 0.0),
        )
