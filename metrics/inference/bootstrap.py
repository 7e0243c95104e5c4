"""Bucket bootstrap: the figures that other samples of the same size would have given.

A tally keeps its counts by bucket. Drawing buckets with replacement and summing with the numbers drawn gives
a replicate of every model at every threshold, whatever the number of rows. One draw serves all models, so
that every comparison is paired; rows that belong together share a bucket and stay together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from operator import itemgetter
from typing import Any, cast

import numba
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from metrics.evaluation.confusion import Confusion, Curve, ratio
from metrics.evaluation.model_metrics import Bounded, ModelFigures, average_precision
from metrics.evaluation.objective import Context, Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.statistics import mean_cluster_mass
from metrics.tally.kernel import LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR
from metrics.tally.tally import Floats, Tally

REPLICATES = 1000
"""Resamples where nobody says how many."""

CHUNK = 125
"""Replicates in memory at a time where each needs much."""


def bucket_weights(tally: Tally, *, replicates: int = REPLICATES, seed: int = 0) -> Floats:
    """Draw buckets with replacement.

    Parameters
    ----------
    tally : Tally
    replicates : int
        R, how many resamples.
    seed : int
        The same seed gives the same draws on every machine.

    Returns
    -------
    ndarray of float64, shape (R, B)
        How often each bucket was drawn; each row sums to the number of buckets that hold rows.

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
    return weights


@cache
def _blas() -> ThreadpoolController:
    """A second thread gains little here on a quiet machine; on a busy one it spins while it waits."""
    return ThreadpoolController().select(user_api="blas")


def bucket_sums(by_bucket: NDArray[Any], weights: Floats, size: Floats) -> Floats:
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
class Bootstrap:
    """An evaluation under resampling: replicates of any objective of any model, made when asked for.

    Attributes
    ----------
    evaluation : Evaluation
    weights : ndarray of float64, shape (R, B)
        How often each bucket was drawn, one row a replicate: from `bucket_weights`.
    seed : int
        Of the draws.

    Notes
    -----
    Every replicate is brought to the size of the file. Buckets differ in size by chance, so the rows drawn
    differ in number; that number is no finding, and left alone it would widen every count.
    """

    evaluation: Evaluation
    weights: Floats
    seed: int = 0

    @classmethod
    def draw(
        cls, evaluation: Evaluation, *, replicates: int = REPLICATES, seed: int = 0
    ) -> Bootstrap:
        """Resample an evaluation.

        Parameters
        ----------
        evaluation : Evaluation
        replicates : int
        seed : int
            The same seed gives the same draws on every machine, and to every evaluation of one tally.
        """
        weights = bucket_weights(evaluation.tally, replicates=replicates, seed=seed)
        return cls(evaluation, weights, seed)

    @property
    def replicates(self) -> int:
        """R, how many resamples."""
        return len(self.weights)

    @property
    def blocks(self) -> int:
        """Number of buckets that each replicate draws; of `out_of_bag` it says nothing."""
        return int(self.weights[0].sum()) if len(self.weights) else 0

    def part(self, start: int, stop: int) -> Bootstrap:
        """Some of the replicates."""
        return replace(self, weights=self.weights[start:stop])

    def out_of_bag(self) -> Bootstrap:
        """The rows that each replicate left out, each of them once."""
        return replace(self, weights=(self.weights == 0) * 1.0)

    @cached_property
    def _size(self) -> Floats:
        """Rows of the file (or their weight) over those drawn, shape (R, 1); NaN where none were."""
        tally = self.evaluation.tally
        drawn = self.weights @ tally.bucket_mass.sum(axis=1)
        return ratio(tally.class_mass.sum(keepdims=True), drawn)[:, None]

    def _sums(self, by_bucket: NDArray[Any]) -> Floats:
        """Sums over the drawn buckets, shape (R, ...) of an array (B, ...), at the size of the file."""
        return bucket_sums(by_bucket, self.weights, self._size)

    @property
    def rows_are_independent(self) -> bool:
        """Whether every row counts as one and stands alone."""
        tally = self.evaluation.tally
        return not tally.grouped and tally.weights is None

    @cached_property
    def cluster_masses(self) -> tuple[float, float, float]:
        """Mass of good units, of defects and of both that may come at once: 1 where rows stand alone."""
        if self.rows_are_independent:
            return 1.0, 1.0, 1.0
        mass = self.evaluation.tally.bucket_mass
        by_kind = mass[:, 0], mass[:, 1], mass.sum(axis=1)
        goods, defects, both = (mean_cluster_mass(own) for own in by_kind)
        return goods, defects, both

    @cached_property
    def class_mass(self) -> Floats:
        """Good units and defects of each replicate, shape (R, 2)."""
        return self._sums(self.evaluation.tally.bucket_mass)

    @cached_property
    def factors(self) -> tuple[Any, Any]:
        """On defects and good units, each of shape (R, 1): a replicate's counts become the scenario's.

        Notes
        -----
        At a set defect rate each class is brought to its own total, and a replicate without one of them
        is undefined; otherwise both vary as they do in the data.
        """
        scenario, mass = self.evaluation.scenario, self.class_mass
        if scenario.defect_rate is not None:
            mass = np.where(mass > 0, mass, np.nan)
        factors = scenario.factors(mass)
        return tuple(np.broadcast_to(f, len(mass))[:, None] for f in factors)  # type: ignore[return-value]

    @cached_property
    def today(self) -> Confusion:
        """Counts of today's system, each of shape (R, 1), of the scenario."""
        drawn = self.evaluation.today_by_bucket().each(lambda n: self._sums(n)[:, None])
        return drawn.scaled(*self.factors)

    def bucket_counts(self, model: int, positions: NDArray[np.intp]) -> BucketCounts:
        """Operating points at some positions of a model's curve."""
        tally = self.evaluation.tally
        k = self.evaluation.curves[model].thresholds.size
        bins = tally.masses[:, model, :k]
        flagged = None if tally.weights is None else _flagged(bins, positions)
        value = None if tally.values is None else tally.values[:, model, :k]
        return BucketCounts(
            _shipped(bins, positions),
            flagged,
            None if value is None else _shipped(value, positions)[:, 1],
            None if value is None else _flagged(value, positions)[:, 0],
        )

    def counts(self, model: int, positions: NDArray[np.intp]) -> Confusion:
        """Counts at some thresholds of a model's curve, each of shape (R, len(positions)), as observed."""
        return self.counts_of(self.bucket_counts(model, positions))

    def counts_of(self, by_bucket: BucketCounts) -> Confusion:
        """Counts at operating points that were summed before, each of shape (R, K), as observed."""
        shipped = self._sums(by_bucket.shipped)
        if by_bucket.flagged is None:
            flagged = self.class_mass[:, :, None] - shipped
        else:
            flagged = self._sums(by_bucket.flagged)
        missed, held_back = by_bucket.missed_value, by_bucket.flagged_good_value
        return Confusion(
            tp=flagged[:, 1],
            fp=flagged[:, 0],
            fn=shipped[:, 1],
            tn=shipped[:, 0],
            missed_value=None if missed is None else self._sums(missed),
            flagged_good_value=None if held_back is None else self._sums(held_back),
        )

    def figures(self, model: int) -> ModelReplicates:
        """Figures of a whole model, each an array of shape (R, 1)."""
        defects, goods = self.factors
        return ModelReplicates(
            self.evaluation.tally,
            self.evaluation.curves[model],
            self.weights,
            self._size,
            self.class_mass,
            np.hstack([goods, defects]),
        )

    def values(self, objective: Objective, model: int, positions: NDArray[np.intp]) -> Floats:
        """Replicates of an objective.

        Parameters
        ----------
        objective : Objective
        model : int
        positions : ndarray of int, shape (K,)
            Positions on the model's curve.

        Returns
        -------
        ndarray of float64, shape (R, K)
            Of the scenario; shape (R, 1) for an objective of a whole model. NaN where undefined.
        """
        if objective.of_model:
            positions = positions[:1]
        return self.of_counts(objective, model, self.counts(model, positions))

    def values_at(self, objective: Objective, model: str, threshold: float) -> Floats:
        """Replicates of an objective at one operating point, shape (R,)."""
        m = self.evaluation.tally.index(model)
        positions = self.evaluation.curves[m].positions([threshold])
        return self.values(objective, m, positions)[:, 0]

    def of_today(self, objective: Objective) -> Floats:
        """Replicates of an objective of today's system, shape (R, 1)."""
        today = self.evaluation.scenario.today
        model = None if today is None else self.evaluation.tally.index(today.model)
        return self.of_scaled(objective, model, self.today)

    def of_counts(self, objective: Objective, model: int, counts: Confusion) -> Floats:
        """Replicates of an objective at observed counts of a model, of shape (R, K)."""
        return self.of_scaled(objective, model, counts.scaled(*self.factors))

    def of_scaled(self, objective: Objective, model: int | None, scaled: Confusion) -> Floats:
        """Replicates at counts of the scenario; no model ships everything."""
        scenario, today = self.evaluation.scenario, self.today
        figures = None if model is None else self.figures(model)
        name = None if model is None else self.evaluation.tally.models[model]
        if objective.is_standard:
            context = Context(scenario, today, cast(ModelFigures | None, figures), name)
            return objective.values(scaled, context)
        # Objectives of others are promised the counts and the plain numbers of one file.
        rows = []
        for r in range(len(self.class_mass)):
            own = None if figures is None else cast(ModelFigures, figures.one(r))
            context = Context(scenario, today.each(itemgetter((r, 0))), own, name)
            rows.append(objective.values(scaled.each(itemgetter(r)), context))
        return np.array(rows)


@dataclass(frozen=True)
class BucketCounts:
    """Some operating points of a model, summed over the thresholds but not over the buckets.

    Attributes
    ----------
    shipped : ndarray of float64, shape (B, 2, K)
        Rows (or weight) of each class below the threshold.
    flagged : ndarray like shipped, or None
        At or above it, where rows are weighted; else all that is not shipped.
    missed_value, flagged_good_value : ndarray of float64, shape (B, K), or None
        Where units have a value.
    """

    shipped: Floats
    flagged: Floats | None
    missed_value: Floats | None
    flagged_good_value: Floats | None


@numba.njit(cache=True, nogil=True)
def _sums_up_to(bins: NDArray[Any], positions: NDArray[np.intp]) -> Floats:
    """Sums of ``bins`` (B, K, 2) up to and with each of the ascending positions, shape (B, 2, W)."""
    out = np.empty((bins.shape[0], 2, positions.size))
    for b in range(bins.shape[0]):
        good = defect = 0.0
        k = 0
        for w in range(positions.size):
            while k <= positions[w]:
                good += bins[b, k, 0]
                defect += bins[b, k, 1]
                k += 1
            out[b, 0, w] = good
            out[b, 1, w] = defect
    return out


def _shipped(bins: NDArray[Any], positions: NDArray[np.intp]) -> Floats:
    """Sums below the thresholds at some positions, by bucket and class, shape (B, 2, W)."""
    places, back = np.unique(positions, return_inverse=True)
    sums: Floats = _sums_up_to(bins, places)[..., back]
    return sums


def _flagged(bins: NDArray[Any], positions: NDArray[np.intp]) -> Floats:
    """Sums at or above the thresholds, added up from above: a rest that should be 0 often is not."""
    return _shipped(bins[:, ::-1], bins.shape[1] - 2 - positions)


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
        by_class = bucket_sums(finite, self.weights, self.size)
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
        bins = bucket_sums(self.tally.calibration[:, self._model], self.weights, self.size)
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
            drawn = bucket_sums(self._bins, self.weights[part], self.size[part])
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
