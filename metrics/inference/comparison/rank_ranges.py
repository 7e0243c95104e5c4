"""Ranks of many candidates with uncertainty: the best and worst rank that each may have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import ratio
from metrics.evaluation.objective import Objective
from metrics.inference.confidence_level import LEVEL, Z
from metrics.inference.interval_formulas import expanded_z, percentile_interval
from metrics.tally.kernel import Floats


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
    candidate vary together.

    The candidates that may be first form a model confidence set (Hansen, Lunde and Nason, Econometrica 2011).
    The set also contains each candidate with a gap to the best of the file that may be chance if only these
    two are compared (`paired_difference`). If the set has one member, this candidate is first. If it has
    more, the best candidate of the file may rank below all of them. It may even rank lower, because a
    candidate with little noise may be behind a member of the set and ahead of a noisy best.

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
