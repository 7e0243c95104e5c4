"""Significance of differences: paired gap of two figures, ranking of many candidates with uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import bdtr

from metrics.evaluation.confusion import ratio
from metrics.evaluation.objective import OBJECTIVES, Direction, Objective, Unit
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.replicate_choices import best_of_models
from metrics.inference.confidence_level import LEVEL, Z
from metrics.inference.interval_formulas import expanded_z, percentile_interval
from metrics.selection.choice import Choice
from metrics.selection.limits import Bound
from metrics.selection.picks import Pick, cheapest_of_each_model
from metrics.selection.ties import is_equal
from metrics.tally.kernel import Floats

FEW = 25
"""Smallest number of differing buckets at which the bootstrap alone judges a difference."""


class Chance(Enum):
    """Whether a gap may be chance, by its 95% interval. All pages use this rule."""

    CLEAR = "clear"
    """The interval excludes 0."""
    POSSIBLE = "possible"
    """The interval includes 0."""
    UNKNOWN = "unknown"
    """There is no interval."""


def chance_of_interval(low: float, high: float) -> Chance:
    """`Chance` of a difference, by whether its 95% interval includes 0."""
    if math.isnan(low) or math.isnan(high):
        return Chance.UNKNOWN
    return Chance.POSSIBLE if low <= 0 <= high else Chance.CLEAR


@dataclass(frozen=True)
class Gap:
    """The gap between two paired figures.

    Attributes
    ----------
    size : float
        First minus second; NaN if undefined.
    unit : Unit
        Unit of the figures.
    direction : Direction
        Whether a larger or a smaller figure is better.
    low, high : float
        Ends of the 95% interval of the size; NaN if undefined or unknown.
    better : float
        Share of the replicates in which the first figure is better, among those in which both are defined. A
        tie counts half. NaN if no replicate defines both, or if the correction for optimism reversed the gap.
    """

    size: float
    unit: Unit
    direction: Direction
    low: float = math.nan
    high: float = math.nan
    better: float = math.nan

    @property
    def chance(self) -> Chance:
        """Whether the gap may be chance."""
        return chance_of_interval(self.low, self.high)

    def reversed(self) -> Gap:
        """Second minus first."""
        return Gap(-self.size, self.unit, self.direction, -self.high, -self.low, 1.0 - self.better)


def paired_difference(
    objective: Objective, first: Floats, second: Floats, size: float, *, blocks: int | None = None
) -> Gap:
    """Difference of two figures on the same resamples.

    Parameters
    ----------
    objective : Objective
    first, second : ndarray, shape (R,)
        Replicates from the same resamples, in the objective's unit; NaN where undefined.
    size : float
        First minus second in the file.
    blocks : int, optional
        Number of buckets in a resample; with few buckets the interval is widened.

    Returns
    -------
    Gap
        With the percentile interval of the differences (`percentile_interval`).

    References
    ----------
    Efron, Tibshirani: An introduction to the bootstrap. 1993, chapter 13.
    """
    ends = percentile_interval((first - second)[:, None], blocks=blocks)
    loss = objective.direction.loss(first - second)
    defined = loss[~np.isnan(loss)]
    better = float(np.mean((defined < 0) + 0.5 * (defined == 0))) if defined.size else np.nan
    low, high = ends.low.item(), ends.high.item()
    return Gap(size, objective.unit, objective.direction, low, high, better)


def may_be_even(differences: NDArray[Any]) -> bool:
    """Whether few buckets differ, and the sign of the difference may be chance.

    Parameters
    ----------
    differences : ndarray, shape (B,)
        Counts at one point minus those at another, by independent bucket.

    Notes
    -----
    Exact two-sided sign test at 5%. A difference in fewer than six buckets is never clear. From `FEW` on, the
    bootstrap is reliable and also uses how large the differences are.

    References
    ----------
    McNemar: Note on the sampling error of the difference between correlated proportions. Psychometrika 1947.
    """
    more, less = int((differences > 0).sum()), int((differences < 0).sum())
    return bool(more + less < FEW and 2 * bdtr(min(more, less), more + less, 0.5) > 1 - LEVEL)


def rank_ranges(
    objective: Objective, figures: Floats, replicates: Floats, *, blocks: int | None = None
) -> tuple[Floats, Floats]:
    """Range of true ranks of each candidate, with 95% confidence for each end.

    Parameters
    ----------
    objective : Objective
        Defines which direction is better.
    figures : ndarray, shape (M,)
        One figure for each candidate, in the objective's unit; NaN where undefined.
    replicates : ndarray, shape (R, M)
        Replicates from the same resamples.
    blocks : int, optional
        Number of buckets in a resample; with few buckets the limits are widened.

    Returns
    -------
    first, last : ndarray of float64, shape (M,)
        Best and worst possible rank; 1 is the best. NaN for an undefined candidate, which has no rank. For
        one candidate, each end holds in 95% of samples, and both ends in at least 90%.

    Notes
    -----
    Each candidate has a critical value: chance alone makes the largest of its gaps, in standard errors,
    exceed the critical value in one of twenty samples. The candidate ranks behind or ahead of another if
    their gap exceeds the critical value. The critical value is then computed again for the remaining gaps,
    until no further gap exceeds it. Each candidate has its own critical values because gaps to a noisy
    candidate vary together. The candidates that may be first form a model confidence set (Hansen, Lunde and
    Nason, Econometrica 2011). The set also contains each candidate whose gap to the best of the file may be
    chance if only these two are compared (`paired_difference`). If the set has one member, this candidate is
    first. If it has more, the best candidate of the file may rank below all of them. It may even rank lower,
    because a candidate with little noise may be behind a member of the set and ahead of a noisy best.

    References
    ----------
    Hsu: Simultaneous confidence intervals for all distances from the "best". Ann. Statist. 1981.
    Romano, Wolf: Stepwise multiple testing as formalized data snooping. Econometrica 2005.
    Mogstad, Romano, Shaikh, Wilhelm: Inference for ranks with applications to mobility across neighbourhoods
    and academic achievement across countries. Review of Economic Studies 2024 (confidence sets for ranks from
    simultaneous ones for the differences).
    """
    ahead, behind = _clearly_apart(objective, figures, replicates, blocks)
    first = _first_ranks(objective, figures, replicates, blocks, ahead)
    last = np.count_nonzero(~np.isnan(figures)) - behind
    best, count = _is_best(objective, figures), (first == 1).sum()
    last[best] = 1 if count == 1 else np.maximum(last[best], count)
    return first, last


def first_ranks(
    objective: Objective, figures: Floats, replicates: Floats, *, blocks: int | None = None
) -> Floats:
    """Best possible rank of each candidate: the first of the `rank_ranges`, in half of the time."""
    [ahead] = _clearly_apart(objective, figures, replicates, blocks, signs=(1,))
    return _first_ranks(objective, figures, replicates, blocks, ahead)


def _is_best(objective: Objective, figures: Floats) -> NDArray[np.bool_]:
    loss = objective.direction.loss(figures)
    return np.asarray(loss == np.fmin.reduce(loss, initial=np.inf))


def _first_ranks(
    objective: Objective, figures: Floats, replicates: Floats, blocks: int | None, ahead: Floats
) -> Floats:
    """Best possible ranks, from the number of candidates that are significantly better."""
    is_known, first = ~np.isnan(figures), 1 + ahead
    best = _is_best(objective, figures)
    if best.any():
        is_open = np.zeros(figures.size, np.bool_)
        for k in np.flatnonzero(best):
            pairs = percentile_interval(replicates[:, [k]] - replicates, blocks=blocks)
            is_open |= (pairs.low <= 0) & (pairs.high >= 0)
        first[is_known & is_open] = 1
        if is_known.sum() == 2:  # with two candidates the paired difference decides
            first[is_known & ~is_open] = 2
    return first


def _clearly_apart(
    objective: Objective,
    figures: Floats,
    replicates: Floats,
    blocks: int | None,
    signs: Sequence[int] = (1, -1),
) -> Floats:
    """Number of other candidates that are significantly better (1) or worse (-1), shape (len(signs), M)."""
    loss, drawn = objective.direction.loss(figures), objective.direction.loss(replicates)
    # Figures are divided by the largest one, so that squares of extreme values stay finite.
    sizes = np.abs(np.append(loss, drawn))
    size = sizes[np.isfinite(sizes)].max(initial=0.0) or 1.0
    loss, drawn = loss / size, drawn / size
    noise = np.ascontiguousarray((drawn - loss).T)
    wider = expanded_z(blocks) / Z
    counts = np.full((len(signs), loss.size), np.nan)
    others = np.flatnonzero(~np.isnan(loss))
    noise_of_others = noise[others]
    total = np.sum if np.isfinite(noise_of_others).all() else np.nansum  # np.sum is faster
    for i in others.tolist():
        gaps = noise[i] - noise_of_others
        defined = np.count_nonzero(~np.isnan(gaps), axis=1)
        gaps -= ratio(total(gaps, axis=1), defined)[:, None]
        error = np.sqrt(ratio(total(gaps**2, axis=1), defined))
        studentised = gaps / np.where(error == 0, np.nan, error)[:, None]
        for count, sign in zip(counts, signs, strict=True):
            extreme = np.fmax if sign > 0 else np.fmin
            is_open, is_apart = np.ones(others.size, np.bool_), np.ones(others.size, np.bool_)
            while is_apart.any():
                open_gaps = studentised if is_open.all() else studentised[is_open]
                largest = sign * extreme.reduce(open_gaps, axis=0, initial=0.0)
                limit = wider * np.quantile(largest, LEVEL)
                is_apart = is_open & (sign * (loss[i] - loss[others]) > limit * error)
                is_open &= ~is_apart
            count[i] = (~is_open).sum()
    return counts


@dataclass(frozen=True)
class CheapestComparison:
    """The cheapest model and its rival, each at its own cheapest threshold.

    Attributes
    ----------
    tied : tuple of str
        Models whose errors cost the same as those of the best, up to rounding; the rival first.
    gap : Gap
        In the cost of errors, best minus rival, and so not above 0.
    open : tuple of str
        Models that could be the cheapest, the rival first; empty if the best is clearly ahead.
    """

    best: Pick
    rival: Pick
    tied: tuple[str, ...]
    gap: Gap
    open: tuple[str, ...]

    @property
    def is_clear(self) -> bool:
        """Whether the best is clearly ahead of all other models."""
        return not self.open


def compare_cheapest(
    points: pd.DataFrame, bootstrap: Bootstrap, limits: tuple[Bound, ...] = ()
) -> CheapestComparison | None:
    """Compare the cheapest model with its rival.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with ``cost_of_errors``; models without rows do not compete.
    bootstrap : Bootstrap
        Bootstrap of the same evaluation.
    limits : tuple of Bound
        Limits that the points meet; every replicate then chooses the thresholds again (`best_of_models`).

    Returns
    -------
    CheapestComparison or None
        `None` if fewer than two models have a threshold that flags some units but not all.

    Notes
    -----
    The rival is the runner-up unless several models may be as good as the best (`rank_ranges`). Among these
    the rival is the model that loses to the best in the fewest replicates. The cheapest decides a tie.
    """
    cost = OBJECTIVES["cost_of_errors"]
    picks = sorted(cheapest_of_each_model(points), key=lambda p: (p.value, p.model))
    if len(picks) < 2:
        return None
    if limits:
        costs = best_of_models(bootstrap, Choice(cost, limits=limits), [p.model for p in picks])
    else:
        costs = np.column_stack([bootstrap.values_at(cost, p.model, p.threshold) for p in picks])
    best, values, blocks = picks[0], np.array([p.value for p in picks]), bootstrap.blocks
    is_unknown = blocks < 2  # every resample equals the file
    in_set = (first_ranks(cost, values, costs, blocks=blocks) == 1) | is_unknown
    tied = [p.model for p in picks[1:] if is_equal(p.value, best.value)]

    def gap_to(k: int) -> Gap:
        size = best.value - picks[k].value
        return paired_difference(cost, costs[:, 0], costs[:, k], size, blocks=blocks)

    open_to = sorted((k for k in range(1, len(picks)) if in_set[k]), key=lambda k: gap_to(k).better)
    k = 1 if tied else next(iter(open_to), 1)
    rival, gap = picks[k], gap_to(k)
    if is_unknown:
        gap = replace(gap, low=math.nan, high=math.nan, better=math.nan)
    return CheapestComparison(
        best=best,
        rival=rival,
        tied=tuple(sorted(tied, key=lambda name: (name != rival.model, name))),
        gap=gap,
        open=tuple(picks[k].model for k in open_to),
    )
