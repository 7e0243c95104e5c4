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
from metrics.evaluation.objective import Context, Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison import Chance, chance_of_interval
from metrics.inference.cross_fitting import halves_of
from metrics.inference.interval_formulas import percentile_interval
from metrics.inference.replicated_counts import BucketCounts
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
        95 % interval of the cross-fitted gain.
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
    """All models on half of the buckets: the small part of a tally that choosing needs.

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
    both = [[], []]  # type: list[list[ConfusionCurve]]
    first = None
    for model in tally.models:
        halves = halves_of(tally, model)
        if halves is None:
            return None
        first = first or halves
        for curves, half in zip(both, halves, strict=True):
            curves.append(half.curve)
    assert first is not None
    return tuple(  # type: ignore[return-value]
        HalfCurves(half.buckets, half.tally.class_mass, tuple(curves))
        for half, curves in zip(first, both, strict=True)
    )


EVERYTHING = ThresholdPair(0, -np.inf, np.inf)
"""Band in which every unit is inspected, regardless of its score."""


@dataclass(frozen=True)
class DecisionRule:
    """One of two decision rules that are compared.

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
    evaluation, sign = (
        bootstrap.evaluation,
        1.0 if objective.direction.loss(np.ones(1)) < 0 else -1.0,
    )
    rules, context = (rule, than), evaluation.context(0)
    here, there = (best_figure(of, evaluation, objective) for of in rules)
    value = sign * (here - there)
    both = halves(evaluation.tally)
    if both is None:
        return InspectionGain(value)
    chosen = tuple(
        (_chosen(rule, objective, context, half), _chosen(than, objective, context, half))
        for half in both
    )
    replicated_counts = bootstrap.drawn
    # The choice of the first half is evaluated on the rows of the second half.
    first = np.ones(len(evaluation.tally.counts), bool)
    first[both[0].buckets] = False
    file = replace(replicated_counts, weights=np.ones((1, first.size)), whole=None, first=0)
    figures = []
    inspection = evaluation.scenario.inspection
    assert inspection is not None
    for counter, rates in (
        (replace(bootstrap, drawn=file), inspection),
        (bootstrap, bootstrap.rates),
    ):
        sides = [
            _counted(counter, [pair[side] for pair in chosen], first, rates) for side in (0, 1)
        ]
        one, other = (counter.of_counts(objective, 0, counts)[:, 0] for counts in sides)
        figures.append(sign * (one - other))
    assert figures[0].size == 1
    ends = percentile_interval(figures[1][:, None], blocks=bootstrap.blocks)
    return InspectionGain(value, float(figures[0][0]), ends.low.item(), ends.high.item(), chosen)


def best_figure(rule: DecisionRule, evaluation: Evaluation, objective: Objective) -> float:
    """Figure of a rule on the rows that choose it, under the prices of an evaluation."""
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
    """Best point of some models' curves, and its figure."""
    found: list[tuple[float, int, int, float]] = []
    for m, model_curve in enumerate(curves):
        if model_curve.model in hidden:
            continue
        positions = np.flatnonzero(model_curve.distinct)
        values = objective.values(model_curve.counts[positions].scaled(*factors), context)
        k = int(np.nanargmin(objective.direction.loss(values)))
        loss = float(objective.direction.loss(values[k : k + 1])[0])
        found.append((loss, m, int(positions[k]), float(values[k])))
    _, m, k, value = min(found)
    model_curve = curves[m]
    lower = k if model_curve.lower is None else int(model_curve.lower[k])
    return ThresholdPair(
        m, float(model_curve.thresholds[lower]), float(model_curve.thresholds[k])
    ), value


def _chosen(
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


def _counted(
    counter: Bootstrap,
    chosen: Sequence[ThresholdPair],
    first: NDArray[np.bool_],
    rates: Inspection | Rates,
) -> Confusion:
    """Counts of each half's choice on the rows of the other half, each of shape (R, 1)."""
    lower, upper = (
        counter.drawn.counts_of(
            _mixed([_at(counter, one.model, getattr(one, end)) for one in chosen], first)
        )
        for end in ("lower", "upper")
    )
    return inspected_between(lower, upper, rates)


def _at(counter: Bootstrap, model: int, threshold: float) -> BucketCounts:
    curves = counter.evaluation.alone.curves
    return counter.drawn.bucket_counts(model, curves[model].positions([threshold]))


def _mixed(both: Sequence[BucketCounts], first: NDArray[np.bool_]) -> BucketCounts:
    """Counts by bucket: of the first entry where ``first`` is true, otherwise of the second."""

    def of(a: Floats | None, b: Floats | None) -> Floats | None:
        if a is None or b is None:
            return None
        return np.where(first.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    one, other = (vars(counts) for counts in both)
    return BucketCounts(**{name: of(one[name], other[name]) for name in one})  # type: ignore[arg-type]
