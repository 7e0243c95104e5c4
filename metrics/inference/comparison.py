"""Whether one figure is better than another beyond chance: a pair's gap, and the best of many candidates."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import pandas as pd
from scipy.special import ndtri

from metrics.evaluation.confusion import ratio
from metrics.evaluation.objective import OBJECTIVES, Direction, Objective, Unit
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.interval_formulas import (
    LEVEL,
    expanded_level,
    percentile_interval,
)
from metrics.selection.picks import Pick, cheapest_of_each_model, is_equal
from metrics.tally.kernel import Floats


class Chance(Enum):
    """Whether a gap may be chance: the one rule, by its 95 % interval."""

    CLEAR = "clear"
    """The interval leaves out 0."""
    POSSIBLE = "could be chance"
    """The interval holds 0."""
    UNKNOWN = "unknown"
    """There is no interval."""


def chance_of_interval(low: float, high: float) -> Chance:
    """Whether a difference with a 95 % interval may be chance: if the interval holds 0."""
    if math.isnan(low) or math.isnan(high):
        return Chance.UNKNOWN
    return Chance.POSSIBLE if low <= 0 <= high else Chance.CLEAR


@dataclass(frozen=True)
class Gap:
    """The gap between two figures, paired.

    Attributes
    ----------
    size : float
        First minus second; NaN where undefined.
    unit : Unit
        Of the figures.
    direction : Direction
        Which figure is better.
    low, high : float
        Ends of the 95 % interval of the size; NaN where undefined or not known.
    better : float
        Share of the replicates in which the first is better, a tie counting half; of those in which both
        are defined. NaN where none is, or where what was taken off for a choice turned the gap round.
    """

    size: float
    unit: Unit
    direction: Direction
    low: float = math.nan
    high: float = math.nan
    better: float = math.nan

    @property
    def chance(self) -> Chance:
        """Whether it may be chance."""
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
        Replicates of the same draws, in the objective's unit; NaN where undefined.
    size : float
        First minus second of the figures themselves.
    blocks : int, optional
        Number of buckets drawn from, for which the interval is expanded.

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


def rank_ranges(
    objective: Objective, figures: Floats, replicates: Floats, *, blocks: int | None = None
) -> tuple[Floats, Floats]:
    """Between which places of a ranking each candidate may be in truth.

    Parameters
    ----------
    objective : Objective
        Says which direction is better.
    figures : ndarray, shape (M,)
        One figure for each candidate, in the objective's unit; NaN where undefined.
    replicates : ndarray, shape (R, M)
        Of the same draws.
    blocks : int, optional
        Number of buckets drawn from, for which the limits are expanded.

    Returns
    -------
    first, last : ndarray of float64, shape (M,)
        1 is the best; NaN for an undefined candidate, which has no place. In 95 % of samples the true place
        does not lie beyond either end.

    Notes
    -----
    A candidate is behind those to which its gap exceeds, in standard errors, what the largest of its gaps
    would exceed by chance in one of twenty samples, and ahead of those to which it does so on the other side;
    all the others may be on either. Every candidate has a limit of its own, since gaps to an unsteady one
    vary together. Those that may be first are what Hansen, Lunde and Nason call a model confidence set
    (Econometrica 2011), found in one step instead of by their sequence of eliminations: where it holds but
    one, that is the first; where it holds more, the best of the file may be as far down as there are of them
    and further, since a steady candidate that is behind one of them may still be ahead of an unsteady best.

    References
    ----------
    Hsu: Simultaneous confidence intervals for all distances from the "best". Ann. Statist. 1981.
    Romano, Wolf: Stepwise multiple testing as formalized data snooping. Econometrica 2005.
    Mogstad, Romano, Shaikh, Wilhelm: Inference for ranks with applications to mobility across neighbourhoods
    and academic achievement across countries. Review of Economic Studies 2024 (confidence sets for ranks from
    simultaneous ones for the differences).
    """
    ahead, behind = _clearly_apart(objective, figures, replicates, blocks)
    known = ~np.isnan(figures)
    first, last = 1 + ahead, known.sum() - behind
    if known.any():
        loss = objective.direction.loss(figures)
        best, count = loss == np.nanmin(loss), (first == 1).sum()
        last[best] = 1 if count == 1 else np.maximum(last[best], count)
    return first, last


def _clearly_apart(
    objective: Objective, figures: Floats, replicates: Floats, blocks: int | None
) -> Floats:
    """How many others are better, and how many are worse, than each candidate beyond chance, shape (2, M)."""
    loss, drawn = objective.direction.loss(figures), objective.direction.loss(replicates)
    # In units of the largest figure, so that squares of the most extreme stay numbers.
    every_figure = np.abs(np.append(loss, drawn))
    size = every_figure[np.isfinite(every_figure)].max(initial=0.0) or 1.0
    loss, drawn = loss / size, drawn / size
    noise = np.ascontiguousarray((drawn - loss).T)
    wider = float(ndtri((1 + expanded_level(LEVEL, blocks)) / 2) / ndtri((1 + LEVEL) / 2))
    found = np.full((2, loss.size), np.nan)
    others = np.flatnonzero(~np.isnan(loss))
    for i in others.tolist():
        gaps = noise[i] - noise[others]
        defined = (~np.isnan(gaps)).sum(axis=1)
        gaps -= ratio(np.nansum(gaps, axis=1), defined)[:, None]
        error = np.sqrt(ratio(np.nansum(gaps**2, axis=1), defined))
        studentised = ratio(gaps, error[:, None])
        for found_of_sign, sign in zip(found, (1, -1), strict=True):
            largest = np.fmax.reduce(sign * studentised, axis=0, initial=0.0)
            limit = wider * np.quantile(largest, LEVEL)
            found_of_sign[i] = (sign * (loss[i] - loss[others]) > limit * error).sum()
    return found


@dataclass(frozen=True)
class CheapestComparison:
    """The cheapest model and its rival, each at its own threshold of least cost.

    Attributes
    ----------
    best, rival : Pick
    tied : tuple of str
        Models whose errors cost the same as those of the best, up to rounding; the rival first.
    gap : Gap
        In the cost of errors, best minus rival, and so not above 0.
    is_clear : bool
        Whether the gap separates the two also if all models are judged at once.
    """

    best: Pick
    rival: Pick
    tied: tuple[str, ...]
    gap: Gap
    is_clear: bool


def compare_cheapest(points: pd.DataFrame, bootstrap: Bootstrap) -> CheapestComparison | None:
    """Hold the cheapest model against its rival.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with ``cost_of_errors``; models left out do not compete.
    bootstrap : Bootstrap
        Of the same evaluation.

    Returns
    -------
    CheapestComparison or None
        None where fewer than two models have a threshold that flags some units and not all.

    Notes
    -----
    The rival is the runner-up; but of models that cannot be told from the best (`rank_ranges`) the
    one that the best is ahead of in the fewest replicates, of several the cheapest.
    """
    cost = OBJECTIVES["cost_of_errors"]
    own_best = cheapest_of_each_model(points)
    picks = sorted(own_best, key=lambda p: (p.value, p.model))
    if len(picks) < 2:
        return None
    costs = np.column_stack([bootstrap.values_at(cost, p.model, p.threshold) for p in picks])
    best, values, blocks = picks[0], np.array([p.value for p in picks]), bootstrap.blocks
    in_set = rank_ranges(cost, values, costs, blocks=blocks)[0] == 1
    tied = [p.model for p in picks[1:] if is_equal(p.value, best.value)]

    def gap_to(k: int) -> Gap:
        size = best.value - picks[k].value
        return paired_difference(cost, costs[:, 0], costs[:, k], size, blocks=blocks)

    open_to = [k for k in range(1, len(picks)) if in_set[k]]
    k = 1 if tied else min(open_to, key=lambda k: gap_to(k).better, default=1)
    rival, gap = picks[k], gap_to(k)
    if blocks < 2:  # every resample is the file itself
        gap = replace(gap, low=math.nan, high=math.nan, better=math.nan)
    return CheapestComparison(
        best=best,
        rival=rival,
        tied=tuple(sorted(tied, key=lambda name: (name != rival.model, name))),
        gap=gap,
        is_clear=gap.chance is Chance.CLEAR and (len(picks) == 2 or not in_set[k]),
    )
