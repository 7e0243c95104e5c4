"""Intervals of figures: percentiles of the replicates, and Wilson's where a figure is a count or a rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.beyond import with_unseen
from metrics.counted import counted, share_of
from metrics.margins import LEVEL, Interval, design_effect, percentile, wilson
from metrics.objective import Objective
from metrics.resample import Floats, Resampled

__all__ = [
    "LEVEL", "Difference", "Interval", "design_effect", "difference", "intervals", "percentile", "wilson",
]  # fmt: skip

WITHOUT = frozenset({"calibration_error"})
"""Objectives without an interval.

A sum of absolute gaps grows with every sample's noise: replicates lie above their own figure, and percentiles
never hold the 0 of a calibrated model; reflected at the figure they hold it in 51 to 86 % of made data sets.
"""


def intervals(
    resampled: Resampled,
    objective: Objective,
    model: int,
    where: NDArray[np.intp],
    *,
    grouped: bool = False,
) -> Interval:
    """95 % interval of an objective at some operating points of a model.

    Parameters
    ----------
    resampled : Resampled
    objective : Objective
    model : int
    where : ndarray of int, shape (K,)
        Positions on the model's curve.
    grouped : bool
        Whether rows come in groups that share a bucket.

    Returns
    -------
    Interval
        Of shape (K,), of the scenario; of shape (1,) for an objective of a whole model. NaN ends where
        there is none: the figure is undefined, is the same in any sample (that flagging everything misses
        nothing), or did not vary in any replicate, which says nothing of how much it may.

    Notes
    -----
    Counts and rates: Wilson's, with as many effective rows as the `design_effect` leaves where rows are
    grouped or weighted; at a set defect rate what depends on both classes has the intervals of both.
    All else: percentiles of the replicates, expanded for the number of buckets, and moved by what was
    never seen.

    References
    ----------
    Kish: Survey sampling. 1965 (design effect).
    """
    if objective.id in WITHOUT and objective.is_standard:
        return Interval(np.full(1, np.nan), np.full(1, np.nan))
    found = counted(resampled, objective, model, where, grouped=grouped)
    if found is not None:
        return found
    values = resampled.values(objective, model, where)
    ends = percentile(values, blocks=resampled.draws.blocks)
    if not objective.of_model:
        ends = with_unseen(resampled, objective, model, where, ends, grouped=grouped)
    size = np.maximum(np.abs(ends.low), np.abs(ends.high))
    with np.errstate(invalid="ignore"):
        flat = ends.high - ends.low <= 1e-9 * size
    return Interval(np.where(flat, np.nan, ends.low), np.where(flat, np.nan, ends.high))


def needs_replicates(resampled: Resampled, objective: Objective, *, grouped: bool) -> bool:
    """Whether `intervals` of an objective rest on replicates; without, thousands of points cost nothing."""
    evaluation = resampled.evaluation
    if objective.of_model or not objective.is_standard:
        return True
    if grouped or evaluation.tally.weights is not None:
        return True
    return share_of(objective.id, evaluation.tally.class_mass, evaluation.scenario) is None


@dataclass(frozen=True)
class Difference:
    """A gap between two figures, paired.

    Attributes
    ----------
    gap, low, high : float
        First minus second, with its 95 % interval; NaN where undefined.
    better : float
        Share of the replicates in which the first is better, a tie counting half; of those in which both
        are defined.
    """

    gap: float
    low: float
    high: float
    better: float

    @property
    def separated(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    @property
    def may_be_chance(self) -> bool:
        """Whether the interval holds 0; not where it is undefined."""
        return self.low <= 0 <= self.high


def difference(
    objective: Objective,
    first: Floats,
    second: Floats,
    gap: float,
    *,
    blocks: int | None = None,
) -> Difference:
    """Paired difference of two figures.

    Parameters
    ----------
    objective : Objective
    first, second : ndarray, shape (R,)
        Replicates of the same draws.
    gap : float
        Of the figures themselves.
    blocks : int, optional
        Number of buckets drawn from, as `percentile` has it.
    """
    ends = percentile((first - second)[:, None], blocks=blocks)
    loss = objective.direction.loss(first - second)
    known = loss[~np.isnan(loss)]
    better = float(np.mean((known < 0) + 0.5 * (known == 0))) if known.size else np.nan
    return Difference(gap, ends.low.item(), ends.high.item(), better)
