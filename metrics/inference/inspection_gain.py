"""Gain of inspecting doubtful units over the best single threshold, cross-fitted against optimism."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ConfusionCurve
from metrics.evaluation.inspection_band_counts import (
    Rates,
    ThresholdPair,
    band_curve,
    counts_of_band,
    inspected_between,
)
from metrics.evaluation.objective import Context, Direction, Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison import Chance, chance_of_interval
from metrics.inference.cross_fitting import halves_of
from metrics.inference.interval_formulas import percentile_interval
from metrics.scenario.inspection import Inspection
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally


@dataclass(frozen=True)
class InspectionGain:
    """Gain of one decision rule over another, such as of the best band over the best single threshold.

    Attributes
    ----------
    value : float
        Gain on the rows that chose both, in the objective's unit; above 0 if inspecting is better.
    cross_fitted : float
        Gain with both chosen on half of the rows and evaluated on the other, both ways. NaN if a half lacks a
        class, and without resamples.
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
    curves : tuple of ConfusionCurve
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
        replace(half[0], curves=tuple(one_model.curves[0] for one_model in half))
        for half in zip(*by_model, strict=True)
    )
    return first, second


EVERYTHING = ThresholdPair(0, -np.inf, np.inf)
"""Band in which every unit is inspected, regardless of its score."""


@dataclass(frozen=True)
class DecisionRule:
    """Decision rule that is compared with another one.

    Attributes
    ----------
    evaluation : Evaluation
        Source of the bands to choose from; without an `Inspection`, source of the thresholds.
    hidden : collection of str
        Models that are not to be chosen.
    fixed : ThresholdPair or None
        Decision that does not depend on the rows, if any.
    """

    evaluation: Evaluation
    hidden: Collection[str] = ()
    fixed: ThresholdPair | None = None


def gain_over(
    bootstrap: Bootstrap,
    objective: Objective,
    rule: DecisionRule,
    than: DecisionRule,
    *,
    halves: Callable[[Tally], tuple[HalfCurves, HalfCurves] | None] = half_curves,
) -> InspectionGain:
    """Gain of one decision rule over another.

    Parameters
    ----------
    bootstrap : Bootstrap
        Bootstrap of an evaluation with an `Inspection`.
    objective : Objective
        An objective that is a sum over units: revenue, or the cost of errors.
    rule, than : DecisionRule
        Rules with the same rows, prices and inspectors' rates.
    halves : callable
        `half_curves`, or a cached version.

    Returns
    -------
    InspectionGain

    Notes
    -----
    Two thresholds are more optimistic than one, so the gain on the rows that chose them is too large. Every
    other bucket therefore chooses model and thresholds, and the remaining buckets evaluate this choice. Both
    ways together are the cross-fitted gain, which is unbiased for the gain of the halves' choices. The
    interval is computed from paired replicates with fixed choices: both rules use the same draws. If the
    inspectors' rates are known within ranges, each replicate draws its own rates (`drawn_rates`).

    References
    ----------
    Stone: Cross-validatory choice and assessment of statistical predictions. JRSS B 1974.
    """
    evaluation = bootstrap.evaluation
    inspection = evaluation.scenario.inspection
    assert inspection is not None
    sign = 1.0 if objective.direction is Direction.MAXIMISE else -1.0
    value = sign * (
        best_figure(rule, evaluation, objective) - best_figure(than, evaluation, objective)
    )
    both = halves(evaluation.tally)
    if both is None:
        return InspectionGain(value)
    context = evaluation.context(0)
    chosen = tuple(
        (_choose(rule, objective, context, half), _choose(than, objective, context, half))
        for half in both
    )

    def gains(resampled: Bootstrap, rates: Inspection | Rates) -> Floats:
        """Gain in each replicate."""
        ours, theirs = (
            resampled.of_counts(
                objective, 0, _counts_on_other_half(resampled, choices, both[0].buckets, rates)
            )[:, 0]
            for choices in zip(*chosen, strict=True)
        )
        return sign * (ours - theirs)

    every_bucket_once = np.ones((1, len(evaluation.tally.counts)))
    file = replace(bootstrap.drawn, weights=every_bucket_once, whole=None, first=0)
    [cross_fitted] = gains(replace(bootstrap, drawn=file), inspection).tolist()
    ends = percentile_interval(gains(bootstrap, bootstrap.rates)[:, None], blocks=bootstrap.blocks)
    return InspectionGain(value, cross_fitted, ends.low.item(), ends.high.item(), chosen)


def best_figure(rule: DecisionRule, evaluation: Evaluation, objective: Objective) -> float:
    """Figure of the best decision by a rule, chosen and evaluated on all rows of an evaluation."""
    context, factors = evaluation.context(0), evaluation.factors
    if rule.fixed is None:
        return _best(rule.evaluation.curves, objective, factors, context, rule.hidden)[1]
    counts = counts_of_band(rule.fixed, evaluation.curves, evaluation.scenario).scaled(*factors)
    return float(objective.values(counts, context).item())


def _best(
    curves: Sequence[ConfusionCurve],
    objective: Objective,
    factors: tuple[float, float],
    context: Context,
    hidden: Collection[str],
) -> tuple[ThresholdPair, float]:
    """Best point of the visible models' curves, and its figure."""
    best: list[tuple[float, int, int, float]] = []
    for m, model_curve in enumerate(curves):
        if model_curve.model in hidden:
            continue
        positions = np.flatnonzero(model_curve.distinct)
        figures = objective.values(model_curve.counts[positions].scaled(*factors), context)
        losses = objective.direction.loss(figures)
        k = int(np.nanargmin(losses))
        best.append((float(losses[k]), m, int(positions[k]), float(figures[k])))
    _, m, upper, figure = min(best)
    model_curve = curves[m]
    lower = upper if model_curve.lower is None else int(model_curve.lower[upper])
    ends = (float(model_curve.thresholds[position]) for position in (lower, upper))
    return ThresholdPair(m, *ends), figure


def _choose(
    rule: DecisionRule, objective: Objective, context: Context, half: HalfCurves
) -> ThresholdPair:
    """Choice of a rule if the half were all rows."""
    if rule.fixed is not None:
        return rule.fixed
    evaluation, curves = rule.evaluation, half.curves
    units = evaluation.scenario.units_per_year or float(evaluation.tally.class_mass.sum())
    scenario = replace(evaluation.scenario, units_per_year=units)
    factors = scenario.factors(half.class_mass)
    if scenario.inspection is not None:
        # A capacity is per year. A file without a volume cannot be compared with it.
        priced = evaluation.scenario if evaluation.scenario.units_per_year is None else scenario
        curves = tuple(
            model_curve
            if model_curve.model in rule.hidden
            else band_curve(model_curve, priced, factors)
            for model_curve in curves
        )
    return _best(curves, objective, factors, context, rule.hidden)[0]


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
