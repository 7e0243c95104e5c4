"""Gain of inspecting doubtful units over the best single threshold, cross-fitted against optimism."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ConfusionCurve
from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.inspection_band_counts import (
    Rates,
    band_curve,
    inspected_between,
)
from metrics.evaluation.objective import Context, Direction, Objective
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.cross_fitting import halves_of
from metrics.inference.comparison.paired_difference import Chance, chance_of_interval
from metrics.inference.interval_formulas import percentile_interval
from metrics.scenario.inspection import Inspection
from metrics.selection.inspection_price import least_point
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally


@dataclass(frozen=True)
class ThresholdPair:
    """The two thresholds of a band of a model; both are equal without inspection.

    Attributes
    ----------
    model : int
        Position among the models.
    """

    model: int
    lower: float
    upper: float


@dataclass(frozen=True)
class InspectionGain:
    """Gain of the best band over the best single threshold.

    Attributes
    ----------
    value : float
        Gain on the rows that chose both, in the objective's unit; above 0 if inspecting is better.
    cross_fitted : float
        Gain if half of the rows chooses both and the other half evaluates them, both ways. NaN if a half
        lacks a class, and without resamples.
    low, high : float
        95% interval of the cross-fitted gain.
    chosen : tuple of (band, single), each a ThresholdPair
        Choice of each half.
    """

    value: float
    cross_fitted: float = math.nan
    low: float = math.nan
    high: float = math.nan
    chosen: tuple[tuple[ThresholdPair, ThresholdPair], ...] = ()

    @property
    def chance(self) -> Chance:
        """Whether the gain may be chance."""
        return chance_of_interval(self.low, self.high)


@dataclass(frozen=True)
class HalfCurves:
    """Curves of all models on half of the buckets; without the tally, which is large.

    Attributes
    ----------
    buckets : ndarray of int
    class_mass : ndarray, shape (2,)
    """

    buckets: NDArray[np.intp]
    class_mass: NDArray[np.float64]
    curves: tuple[ConfusionCurve, ...]


def half_curves(tally: Tally) -> tuple[HalfCurves, HalfCurves] | None:
    """Both halves, for any scenario; `None` if one half lacks a class."""
    by_model = []
    for model in tally.models:
        halves = halves_of(tally, model)
        if halves is None:
            return None
        by_model.append(
            [HalfCurves(half.buckets, half.tally.class_mass, (half.curve,)) for half in halves]
        )
    first, second = (
        replace(half[0], curves=tuple(model_half.curves[0] for model_half in half))
        for half in zip(*by_model, strict=True)
    )
    return first, second


def gain_in_file(
    evaluation: Evaluation, objective: Objective, hidden: Collection[str] = ()
) -> float:
    """Gain of the best band over the best single threshold, on the rows that chose both."""
    single, band = (least_point(e, objective, hidden) for e in (evaluation.alone, evaluation))
    return single.loss - band.loss


def inspection_gain(
    bootstrap: Bootstrap,
    objective: Objective,
    *,
    hidden: Collection[str] = (),
    halves: Callable[[Tally], tuple[HalfCurves, HalfCurves] | None] = half_curves,
) -> InspectionGain:
    """Gain of the best band over the best single threshold.

    Parameters
    ----------
    bootstrap : Bootstrap
        Bootstrap of an evaluation with an `Inspection`.
    objective : Objective
        An objective that is a sum over units: revenue, or the cost of errors.
    hidden : collection of str
        Models that are not to be chosen.
    halves : callable
        `half_curves`, or a cached version.

    Notes
    -----
    Two thresholds are more optimistic than one, so the gain on the rows that chose them is too large. Every
    other bucket therefore chooses model and thresholds, and the remaining buckets evaluate this choice. Both
    ways together are the cross-fitted gain, which is unbiased for the gain of the halves' choices. The
    interval is computed from paired replicates with fixed choices: band and threshold use the same draws. If
    the inspectors' rates are known within ranges, each replicate draws its own rates (`draw_rates`).

    References
    ----------
    Stone: Cross-validatory choice and assessment of statistical predictions. JRSS B 1974.
    """
    evaluation = bootstrap.evaluation
    inspection = evaluation.scenario.inspection
    assert inspection is not None
    value = gain_in_file(evaluation, objective, hidden)
    both = halves(evaluation.tally)
    if both is None:
        return InspectionGain(value)
    chosen = tuple(_choose(evaluation, objective, half, hidden) for half in both)

    def gains(resampled: Bootstrap, rates: Inspection | Rates) -> Floats:
        """Gain in each replicate."""
        band, single = (
            resampled.of_counts(
                objective, 0, _counts_on_other_half(resampled, choices, both[0].buckets, rates)
            )[:, 0]
            for choices in zip(*chosen, strict=True)
        )
        sign = 1.0 if objective.direction is Direction.MAXIMISE else -1.0
        return sign * (band - single)

    every_bucket_once = np.ones((1, len(evaluation.tally.counts)))
    file = replace(bootstrap.drawn, weights=every_bucket_once, whole=None, first=0)
    [cross_fitted] = gains(replace(bootstrap, drawn=file), inspection).tolist()
    ends = percentile_interval(gains(bootstrap, bootstrap.rates)[:, None], blocks=bootstrap.blocks)
    return InspectionGain(value, cross_fitted, ends.low.item(), ends.high.item(), chosen)


def _choose(
    evaluation: Evaluation, objective: Objective, half: HalfCurves, hidden: Collection[str]
) -> tuple[ThresholdPair, ThresholdPair]:
    """Best band and best single threshold on half of the rows, at the volume of all rows."""
    units = evaluation.scenario.units_per_year or float(evaluation.tally.class_mass.sum())
    scenario = replace(evaluation.scenario, units_per_year=units)
    factors = scenario.factors(half.class_mass)
    # The inspectors' capacity is per year, so it does not limit a file without a yearly volume.
    priced = evaluation.scenario if evaluation.scenario.units_per_year is None else scenario
    visible = {m: curve for m, curve in enumerate(half.curves) if curve.model not in hidden}
    bands = {m: band_curve(curve, priced, factors) for m, curve in visible.items()}
    context = evaluation.context(0)
    band, single = (_best(curves, objective, factors, context) for curves in (bands, visible))
    return band, single


def _best(
    curves: Mapping[int, ConfusionCurve],
    objective: Objective,
    factors: tuple[float, float],
    context: Context,
) -> ThresholdPair:
    """Best point on the curves of some models, by position of the model."""
    best: list[tuple[float, int, int]] = []
    for m, model_curve in curves.items():
        positions = np.flatnonzero(model_curve.distinct)
        figures = objective.values(model_curve.counts[positions].scaled(*factors), context)
        losses = objective.direction.loss(figures)
        k = int(np.nanargmin(losses))
        best.append((float(losses[k]), m, int(positions[k])))
    _, m, upper = min(best)
    below = curves[m].lower
    lower = upper if below is None else int(below[upper])
    return ThresholdPair(m, *(float(curves[m].thresholds[end]) for end in (lower, upper)))


def _counts_on_other_half(
    bootstrap: Bootstrap,
    choices: Sequence[ThresholdPair],
    first_half: NDArray[np.intp],
    rates: Inspection | Rates,
) -> Confusion:
    """Counts of each half's choice on the rows of the other half, each of shape (R, 1)."""
    drawn, curves = bootstrap.drawn, bootstrap.evaluation.alone.curves

    def counts_at(end: str) -> Confusion:
        first, second = (
            drawn.bucket_counts(
                choice.model, curves[choice.model].positions([getattr(choice, end)])
            )
            for choice in choices
        )
        return drawn.counts_of(first.with_buckets_of(second, first_half))

    return inspected_between(counts_at("lower"), counts_at("upper"), rates)
