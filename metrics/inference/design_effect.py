"""Design effects of grouped or weighted rows, and the effective numbers of independent rows that follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from metrics.evaluation.confusion import ratio
from metrics.inference.confidence_level import TAIL
from metrics.inference.interval_formulas import (
    Interval,
    poisson_upper,
    wilson_interval,
)
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally


def mean_cluster_mass(masses: NDArray[Any]) -> float:
    """Mean mass of the group that a unit belongs to, estimated from the masses of the buckets.

    Parameters
    ----------
    masses : ndarray, shape (B,)
        Rows (or weight) by bucket, including empty buckets.

    Returns
    -------
    float
        In rows (or weight); NaN without mass.

    Notes
    -----
    Groups fall into buckets at random. The spread of the bucket masses, B / (B - 1) sum_b (M_b - mean)^2,
    therefore estimates the sum of the squared group masses. With 100 buckets the error is about 1 in 7.
    Divided by the mass, this sum is Kish's design effect of clusters with identical units, the largest
    possible effect of groups. For weighted rows without groups the quotient is Kish's effect of unequal
    weights.

    References
    ----------
    Kish: Survey sampling. 1965.
    """
    masses = np.asarray(masses, np.float64)
    if masses.size < 2:
        return float(masses.sum())
    mass = float(masses.sum())
    return float(masses.size * masses.var(ddof=1)) / mass if mass else float("nan")


def effective_units(masses: NDArray[Any]) -> float:
    """Kish's effective number of units, from their mass by bucket; infinite if the masses do not vary."""
    mean = mean_cluster_mass(masses)
    return float(masses.sum()) / mean if mean > 0 else math.inf


def independent_rows(tally: Tally, classes: Sequence[int]) -> float | None:
    """Effective number of independent rows among the rows of some classes.

    Parameters
    ----------
    tally : Tally
    classes : sequence of int
        0 for good units, 1 for defects.

    Returns
    -------
    float or None
        Kish's number, for groups that each consist of identical rows; `None` if rows are independent.
    """
    if tally.rows_are_independent:
        return None
    masses = tally.bucket_mass[:, list(classes)].sum(axis=1)
    return min(effective_units(masses), float(tally.rows[list(classes)].sum()))


@dataclass(frozen=True)
class GroupedMean:
    """Mean of grouped or weighted rows at K operating points, with the inputs of its design effects.

    Attributes
    ----------
    mean : ndarray of float64, shape (K,)
        For example, the share of defects that are missed.
    variance : ndarray of float64, shape (K,)
        Variance of an independent row.
    mass, rows : ndarray of float64, shape (K,)
        Rows of the mean, with and without their weights.
    variance_of_sum : ndarray of float64, shape (K,)
        Variance of the sum over all rows, estimated from the buckets.
    blocks : int
        Number of buckets; 0 if rows are independent.
    group_mass : ndarray of float64, shape (K,), or float
        Mean mass of a row's own group.
    is_weighted_only : bool
        Whether the rows have weights but belong to no group.
    """

    mean: Floats
    variance: Floats
    mass: Floats
    rows: Floats
    variance_of_sum: Floats
    blocks: int
    group_mass: Floats | float
    is_weighted_only: bool = False

    @classmethod
    def of_independent_rows(cls, share: Floats, rows: Floats) -> GroupedMean:
        """Share of independent rows, for `trials`."""
        return cls(
            mean=share,
            variance=share * (1 - share),
            mass=rows,
            rows=rows,
            variance_of_sum=np.zeros_like(rows),
            blocks=0,
            group_mass=1.0,
        )

    def trials(self, level: float, *, is_upper: bool) -> Floats:
        """Equivalent number of independent rows, for a one-sided limit at this level."""
        return self.rows / self.effect(level, float(is_upper)) if self.blocks else self.rows

    def effect(self, level: float, unseen: float | Floats) -> Floats:
        """Design effect for one end of an interval, or for a one-sided limit.

        Parameters
        ----------
        level : float
            Probability that the true mean lies beyond the end.
        unseen : float or ndarray, shape (K,)
            Value of the rows of an unseen group that moves the mean towards the end: 1 for the upper end of
            a share, 0 for its lower end.

        Returns
        -------
        ndarray of float64, shape (K,)
            At least 1: the number of dependent rows with as much information as one independent row.

        Notes
        -----
        The variance of the mean, over its variance if rows were independent. Student's t for the number of
        buckets replaces the normal quantile.

        The file may lack a kind of group by chance. A kind with a share q of all groups is missing among G
        groups with a probability of (1 - q)^G, which exceeds ``level`` up to q G = -log(level). Both
        variances are therefore computed with -log(level) more groups, in which every row has the value
        ``unseen``. If all rows of the file have the same other value, the effect is the mass of a group: G
        groups have as much information as G independent rows. Without groups, the effect of weights is at
        least Kish's.

        References
        ----------
        Kish: Survey sampling. 1965.
        Korn, Graubard: Confidence intervals for proportions with small expected number of positive counts
        estimated from survey data. Survey Methodology 1998 (the degrees of freedom in the effective rows).
        """
        more = -np.log(level) * self.group_mass
        mass = self.mass + more
        mean = ratio(self.mass * self.mean + more * unseen, mass)
        shift, step = (self.mean - mean) ** 2, (unseen - mean) ** 2
        variance = ratio(self.mass * (self.variance + shift) + more * step, mass)
        of_sum = self._widening(level) * self.variance_of_sum
        of_sum = of_sum + self.group_mass * (self.mass * shift + more * step)
        effect = ratio(of_sum * self.rows, variance * mass * self.mass)
        if self.is_weighted_only:
            effect = np.fmax(effect, ratio(self.rows * self.group_mass, self.mass))
        return np.maximum(np.nan_to_num(effect, nan=1.0, posinf=1.0), 1.0)

    def _widening(self, level: float) -> float:
        """Square of Student's t for the number of buckets, over that of the normal quantile."""
        if self.blocks < 2:
            return 1.0
        return float(stdtrit(self.blocks - 1, level) / ndtri(level)) ** 2

    def effect_of_like_groups(self, level: float, *, is_upper: NDArray[np.bool_] | bool) -> Floats:
        """Design effect for ends of an interval, if all groups follow one distribution.

        Parameters
        ----------
        level : float
            Probability that the true mean lies beyond the end.
        is_upper : ndarray of bool, or bool
            Whether the end is the upper one. The events are the ones for the upper end, and the zeros for the
            lower end.

        Returns
        -------
        ndarray of float64
            At least 1, by end and point.

        Notes
        -----
        Rows of a group have the correlation rho = (effect - 1) / (n - 1), where n is the number of rows in a
        group. A group has n (n - 1) / 2 pairs of rows. Let p be the share of events, and q = 1 - p. Among the
        D pairs of all groups, D (p^2 + rho p q) are expected to be pairs of events. An upper limit of rho
        follows from upper limits of two Poisson counts: these pairs, and the clusters of events. The number
        of clusters is the number of events divided by the effect. Without events rho is 1.

        References
        ----------
        Kish: Survey sampling. 1965 (design effect of clusters).
        Garwood: Fiducial limits for the Poisson distribution. Biometrika 1936.
        """
        share = np.where(is_upper, self.mean, 1 - self.mean)
        of_chance, binary = share**2, share * (1 - share)
        excess = np.maximum(ratio(self.group_mass * self.rows, self.mass) - 1, 0)
        effect = ratio(self.variance_of_sum * self.rows, self.variance * self.mass**2)
        effect = np.maximum(np.nan_to_num(effect, nan=1.0), 1.0)
        pairs = self.rows * excess / 2
        beyond_chance = pairs * ratio(effect - 1, excess) * binary
        clusters = share * self.rows / effect
        most = poisson_upper(pairs * of_chance + beyond_chance, level) - pairs * of_chance
        most = np.fmax(most, ratio(beyond_chance * poisson_upper(clusters, level), clusters))
        correlation = np.nan_to_num(ratio(most, pairs * binary), nan=1.0).clip(0, 1)
        like: Floats = np.maximum(self._widening(level) * effect, 1 + excess * correlation)
        return like

    def effective_rows(self, level: float, *, is_upper: NDArray[np.bool_] | bool) -> Floats:
        """Number of independent rows with as much information for ends of an interval, by end and point.

        Parameters are those of `effect_of_like_groups`. The smaller design effect applies: `effect` allows
        for groups in which all rows fail, the largest possible effect.
        """
        most = self.effect(level, np.asarray(is_upper, np.float64))
        return self.rows / np.minimum(most, self.effect_of_like_groups(level, is_upper=is_upper))

    def interval(self, lower_group_mass: Floats | float | None = None) -> Interval:
        """Wilson's 95% interval of a share of grouped rows, each end with its effective number of rows.

        Parameters
        ----------
        lower_group_mass : ndarray, shape (K,), or float, optional
            Mean mass of an unseen group for the lower end; by default as for the upper end.
        """
        upper = self.group_mass
        lower = upper if lower_group_mass is None else lower_group_mass
        by_end = np.broadcast_arrays(np.atleast_1d(lower), upper)
        both = replace(self, group_mass=np.stack(by_end))
        rows = both.effective_rows(TAIL, is_upper=np.array([[False], [True]]))
        ends = wilson_interval(self.mean * rows, rows)
        return Interval(ends.low[0], ends.high[1])


def mean_of_replicates(
    share: Floats,
    mass: Floats,
    rows: Floats,
    drawn: Floats,
    blocks: int,
    group_mass: Floats | float,
) -> GroupedMean:
    """Shares of grouped or weighted rows, with the variance of their replicates.

    Parameters
    ----------
    share, mass, rows : ndarray, shape (K,)
        Shares, and the rows in their denominators, with and without weights.
    drawn : ndarray, shape (R, K)
        The shares in each replicate; NaN where undefined.
    blocks : int
        Number of buckets that each replicate draws.
    group_mass : ndarray, shape (K,), or float
        Mean mass of a row's own group.
    """
    undefined = np.isnan(drawn)
    # `nansum` copies all replicates, and few files have undefined ones.
    total = np.nansum if undefined.any() else np.sum
    defined = len(drawn) - undefined.sum(axis=0)
    deviations = drawn - ratio(total(drawn, axis=0), defined)
    variance = np.nan_to_num(ratio(total(deviations**2, axis=0), defined))
    variance *= blocks / max(blocks - 1, 1)
    return GroupedMean(
        mean=share,
        variance=share * (1 - share),
        mass=mass,
        rows=rows,
        variance_of_sum=variance * mass**2,
        blocks=blocks,
        group_mass=group_mass,
    )


def share_of_buckets(
    part: Floats,
    of: Floats,
    rows: Floats,
    group_mass: Floats | float,
    *,
    is_weighted_only: bool = False,
) -> GroupedMean:
    """Share of grouped or weighted rows, with the variance of the sums of its buckets.

    Parameters
    ----------
    part, of : ndarray, shape (B, K)
        Mass of the numerator and of the denominator, by bucket.
    rows : ndarray, shape (K,)
        Rows in the denominator, without weights.
    group_mass : ndarray, shape (K,), or float
    is_weighted_only : bool
        See `GroupedMean`.
    """
    mass = of.sum(axis=0)
    share = np.nan_to_num(ratio(part.sum(axis=0), mass))
    blocks = len(part)
    of_sum = ((part - share * of) ** 2).sum(axis=0) * blocks / max(blocks - 1, 1)
    return GroupedMean(
        mean=share,
        variance=share * (1 - share),
        mass=mass,
        rows=rows,
        variance_of_sum=of_sum,
        blocks=blocks,
        group_mass=group_mass,
        is_weighted_only=is_weighted_only,
    )
