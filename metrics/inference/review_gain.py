"""What inspecting doubtful units gains over the best single threshold, freed of having been chosen for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, Curve
from metrics.evaluation.inspection_bands import Rates, band_curve, inspected_between
from metrics.evaluation.objective import Context, Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.optimism import halves_of
from metrics.inference.replicated_counts import BucketCounts
from metrics.inference.statistics import percentile_interval
from metrics.scenario.inspection import Inspection
from metrics.tally.sparse_sums import Floats
from metrics.tally.tally import Tally


@dataclass(frozen=True)
class Threshold:
    """A model's threshold, or the two of a band; `lower` is `upper` where nothing is inspected.

    Attributes
    ----------
    model : int
        Position among the models.
    lower, upper : float
    """

    model: int
    lower: float
    upper: float


@dataclass(frozen=True)
class ReviewGain:
    """What the best band has over the best single threshold, each of any model.

    Attributes
    ----------
    value : float
        In the objective's unit, above 0 where inspecting is better: on the rows that chose both.
    cross_fitted : float
        The same, both chosen on half of the rows and counted on the other, both ways; NaN where a half
        lacks a class.
    low, high : float
        95 % interval of the cross-fitted gain.
    chosen : tuple of (band, single), each a Threshold
        What each half chose.
    """

    value: float
    cross_fitted: float
    low: float
    high: float
    chosen: tuple[tuple[Threshold, Threshold], ...] = ()


@dataclass(frozen=True)
class HalfCurves:
    """All models on half of the buckets: little of a tally, and all that choosing needs of it.

    Attributes
    ----------
    buckets : ndarray of int
    class_mass : ndarray, shape (2,)
    curves : tuple of Curve
    """

    buckets: NDArray[np.intp]
    class_mass: NDArray[np.float64]
    curves: tuple[Curve, ...]


def half_curves(tally: Tally) -> tuple[HalfCurves, HalfCurves] | None:
    """Both halves, whatever the scenario; None where one lacks a class."""
    both = [[], []]  # type: list[list[Curve]]
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


def review_gain(
    bootstrap: Bootstrap,
    objective: Objective,
    *,
    hidden: Collection[str] = (),
    halves: Callable[[Tally], tuple[HalfCurves, HalfCurves] | None] = half_curves,
) -> ReviewGain:
    """Gain of inspecting over the best single threshold.

    Parameters
    ----------
    bootstrap : Bootstrap
        Of an evaluation with an `Inspection`.
    objective : Objective
        A sum over units: revenue, or the cost of errors.
    hidden : collection of str
        Models that are not to be chosen.
    halves : callable
        `half_curves`, or what has kept its result.

    Returns
    -------
    ReviewGain

    Notes
    -----
    Two thresholds flatter more than one, so the gain on the rows that chose them is too large. Every other
    bucket chooses model and thresholds, and the rest counts what these do; both ways together are the
    cross-fitted gain, which is unbiased for the gain of what the halves chose. Its interval is that of the
    replicates with the choices as they are, and paired: both sides are counted on the same draws. Where the
    inspectors' rates are known within ranges, each replicate draws its own (`drawn_rates`).

    References
    ----------
    Stone: Cross-validatory choice and assessment of statistical predictions. JRSS B 1974.
    """
    evaluation, sign = (
        bootstrap.evaluation,
        1.0 if objective.direction.loss(np.ones(1)) < 0 else -1.0,
    )
    band, single = (
        _best(of.curves, objective, evaluation.factors, evaluation.context(0), hidden)[1]
        for of in (evaluation, evaluation.alone)
    )
    value = sign * (band - single)
    both = halves(evaluation.tally)
    if both is None:
        return ReviewGain(value, np.nan, np.nan, np.nan)
    chosen = tuple(_chosen(evaluation, objective, half, hidden) for half in both)
    replicated_counts = bootstrap.drawn
    # The first half's choice is counted on the second half's rows.
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
        of_band, of_single = (counter.of_counts(objective, 0, counts)[:, 0] for counts in sides)
        figures.append(sign * (of_band - of_single))
    assert figures[0].size == 1
    ends = percentile_interval(figures[1][:, None], blocks=bootstrap.blocks)
    return ReviewGain(value, float(figures[0][0]), ends.low.item(), ends.high.item(), chosen)


def _best(
    curves: Sequence[Curve],
    objective: Objective,
    factors: tuple[float, float],
    context: Context,
    hidden: Collection[str],
) -> tuple[Threshold, float]:
    """Best point of some models' curves, and its figure."""
    found: list[tuple[float, int, int, float]] = []
    for m, own in enumerate(curves):
        if own.model in hidden:
            continue
        positions = np.flatnonzero(own.distinct)
        values = objective.values(own.counts[positions].scaled(*factors), context)
        k = int(np.nanargmin(objective.direction.loss(values)))
        loss = float(objective.direction.loss(values[k : k + 1])[0])
        found.append((loss, m, int(positions[k]), float(values[k])))
    _, m, k, value = min(found)
    own = curves[m]
    lower = k if own.lower is None else int(own.lower[k])
    return Threshold(m, float(own.thresholds[lower]), float(own.thresholds[k])), value


def _chosen(
    evaluation: Evaluation, objective: Objective, half: HalfCurves, hidden: Collection[str]
) -> tuple[Threshold, Threshold]:
    """Band and single threshold that would be chosen if a half's rows were all."""
    units = evaluation.scenario.units_per_year or float(evaluation.tally.class_mass.sum())
    scenario = replace(evaluation.scenario, units_per_year=units)
    factors, alone = scenario.factors(half.class_mass), half.curves
    # A capacity is of a year, of which a file without one says nothing.
    priced = evaluation.scenario if evaluation.scenario.units_per_year is None else scenario
    bands = [band_curve(own, priced, factors) for own in alone]
    context = evaluation.context(0)
    band, single = (
        _best(curves, objective, factors, context, hidden)[0] for curves in (bands, alone)
    )
    return band, single


def _counted(
    counter: Bootstrap,
    chosen: Sequence[Threshold],
    first: NDArray[np.bool_],
    rates: Inspection | Rates,
) -> Confusion:
    """Counts of each half's choice on the other half's rows, each of shape (R, 1)."""
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
    """Counts by bucket, of the first where it says so and else of the second."""

    def of(a: Floats | None, b: Floats | None) -> Floats | None:
        if a is None or b is None:
            return None
        return np.where(first.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    one, other = (vars(counts) for counts in both)
    return BucketCounts(**{name: of(one[name], other[name]) for name in one})  # type: ignore[arg-type]
