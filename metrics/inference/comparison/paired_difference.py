"""Difference of two paired figures with its 95% interval, and whether it may be chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from metrics.evaluation.objective import Direction, Objective, Unit
from metrics.inference.confidence_level import LEVEL
from metrics.inference.interval_formulas import percentile_interval
from metrics.tally.kernel import Floats

FEW = 25
"""Smallest number of differing buckets at which the bootstrap alone judges a difference."""


class Chance(Enum):
    """Whether a difference may be chance, by its 95% interval. All pages use this rule."""

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
class PairedDifference:
    """Difference of two figures on the same rows.

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
        """Whether the difference may be chance."""
        return chance_of_interval(self.low, self.high)

    def reversed(self) -> PairedDifference:
        """Second minus first."""
        return PairedDifference(
            -self.size, self.unit, self.direction, -self.high, -self.low, 1.0 - self.better
        )


def paired_difference(
    objective: Objective, first: Floats, second: Floats, size: float, *, blocks: int | None = None
) -> PairedDifference:
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
    PairedDifference
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
    return PairedDifference(size, objective.unit, objective.direction, low, high, better)


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
