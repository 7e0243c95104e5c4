"""Interval formulas on plain arrays: percentiles, Wilson, Clopper-Pearson, Poisson, ROC areas and ratios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv, ndtr, stdtrit

from metrics.evaluation.confusion import ratio
from metrics.inference.confidence_level import LEVEL, TAIL, Z
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Interval:
    """Ends of intervals.

    Attributes
    ----------
    low, high : ndarray of float64
        Arrays of one shape, in the unit of the figure; NaN if the figure is undefined.
    """

    low: Floats
    high: Floats


def undefined_where(mask: NDArray[np.bool_], low: Floats, high: Floats) -> Interval:
    """Interval with the given ends; both are NaN where the mask is true."""
    return Interval(np.where(mask, np.nan, low), np.where(mask, np.nan, high))


def expanded_z(blocks: int | None) -> float:
    """Normal quantile of a percentile interval, larger than `Z` if few blocks are resampled.

    Parameters
    ----------
    blocks : int or None
        B, number of blocks that are resampled; with `None`, or fewer than two, the quantile is `Z`.

    Notes
    -----
    Resamples of B blocks vary too little, by (B - 1) / B, and estimate their spread with B - 1 degrees of
    freedom. The quantile is t(B - 1, 97.5%) * sqrt(B / (B - 1)).

    References
    ----------
    Hesterberg: What teachers should know about the bootstrap. The American Statistician 2015 (expanded
    percentile interval).
    """
    if blocks is None or blocks < 2:
        return Z
    return float(stdtrit(blocks - 1, 1 - TAIL) * np.sqrt(blocks / (blocks - 1)))


def percentile_interval(values: Floats, *, blocks: int | None = None) -> Interval:
    """95% percentile interval of each figure, from its replicates.

    Parameters
    ----------
    values : ndarray, shape (R, K)
        R replicates of K figures; NaN where undefined.
    blocks : int, optional
        Number of blocks that were resampled; with few blocks the interval is widened (`expanded_z`).

    Returns
    -------
    Interval
        Shape (K,), in the unit of the figures.

    Notes
    -----
    The ends are the order statistics at floor(p (R - 1)) from each end of R replicates. p is the normal
    probability below -`expanded_z`. If more than one replicate in twenty is
    undefined, the interval is undefined. Otherwise undefined replicates are left out.

    References
    ----------
    Efron, Tibshirani: An introduction to the bootstrap. 1993, chapter 13.
    """
    tail = float(ndtr(-expanded_z(blocks)))
    replicates = values.shape[0]
    low = int(np.floor(tail * (replicates - 1)))
    sides = [low, replicates - 1 - low]
    columns = np.ascontiguousarray(values.T)
    ordered = np.partition(columns, sides, axis=1)
    ends = ordered[:, sides].T
    undefined = np.isnan(columns).sum(axis=1)
    for k in np.flatnonzero(undefined):
        if undefined[k] > replicates / 20:
            ends[:, k] = np.nan
        else:
            defined = np.sort(columns[k])[: replicates - undefined[k]]
            low = int(np.floor(tail * (defined.size - 1)))
            ends[:, k] = defined[low], defined[defined.size - 1 - low]
    return Interval(ends[0], ends[1])


def area_interval(
    area: float, error: float, defects: float, goods: float, *, blocks: int | None = None
) -> tuple[float, float]:
    """95% interval of the area under a ROC curve.

    Parameters
    ----------
    area : float
        Share of the pairs of a defect and a good unit that are in order.
    error : float
        Standard error of the area, from replicates.
    defects, goods : float
        Number of rows of each class.
    blocks : int, optional
        Number of blocks that were resampled; with few blocks the interval is widened (`expanded_z`).

    Returns
    -------
    (float, float)
        Ends, at least 0 and at most 1.

    Notes
    -----
    An area t is in the interval if it is at most z standard errors of t away from the observed area. This is
    Newcombe's method 5, similar to Wilson's interval of a share::

        error(t)**2 = f t (1 - t) (1 + (n - 1) ((1 - t) / (2 - t) + t / (1 + t))) / (defects * goods)

    where n is the mean number of rows of a class. The factor f, at least 1, makes the error at the observed
    area no smaller than that of the replicates, which reflect groups and weights. Percentiles of replicates
    are too high near an area of 1: a lucky file has both a large area and a small error.

    References
    ----------
    Hanley, McNeil: The meaning and use of the area under a ROC curve. Radiology 1982 (the error).
    Newcombe: Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2.
    Statistics in Medicine 2006.
    """
    from scipy.optimize import brentq  # a large package, which only this interval needs

    z = expanded_z(blocks)
    more = (defects + goods) / 2 - 1

    def variance(t: float) -> float:
        return t * (1 - t) * (1 + more * ((1 - t) / (2 - t) + t / (1 + t))) / (defects * goods)

    at_area = variance(area)
    factor = max(1.0, error**2 / at_area) if at_area > 0 else 1.0

    def end(bound: float) -> float:
        if area == bound:
            return area
        # An area of 0 or 1 is itself one of the solutions.
        inside = min(max(area, 1e-12), 1 - 1e-12)
        return float(brentq(lambda t: (area - t) ** 2 - z**2 * factor * variance(t), inside, bound))

    return end(0.0), end(1.0)


def wilson_interval(successes: NDArray[Any], trials: NDArray[Any] | float) -> Interval:
    """95% interval of a share.

    Parameters
    ----------
    successes : ndarray, shape (K,)
    trials : ndarray, shape (K,), or float
        May be an effective number, with successes in proportion.

    Returns
    -------
    Interval
        Shape (K,), shares between 0 and 1.

    Notes
    -----
    With a share p of successes in n trials, and z the normal quantile of 97.5%::

        (p + z**2 / (2 n) ± z sqrt(p (1 - p) / n + z**2 / (4 n**2))) / (1 + z**2 / n)

    If no trial succeeds, the upper end is the share at which no success has a probability of 5%: about 3 / n
    (`rule_of_three`). If every trial succeeds, the lower end mirrors this.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    """
    n = np.asarray(trials, np.float64) * np.ones(np.shape(successes))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.asarray(successes, np.float64) / n
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        far = 1 - rule_of_three(n)
        # The product of both ends is known. For a tiny share "middle - half" may be larger than the share.
        low = p**2 / (1 + Z**2 / n) / (middle + half)
    low, high = np.clip(low, 0, 1), np.clip(middle + half, 0, 1)
    return Interval(
        np.where(p <= 0, 0.0, np.where(p >= 1, far, low)),
        np.where(p >= 1, 1.0, np.where(p <= 0, 1 - far, high)),
    )


def poisson_upper(count: Floats, error_probability: float) -> Floats:
    """Exact upper limit of a Poisson mean.

    Parameters
    ----------
    count : ndarray of float64
        Observed number of events; may be fractional.
    error_probability : float
        Largest probability that the mean is above the limit.

    References
    ----------
    Garwood: Fiducial limits for the Poisson distribution. Biometrika 1936.
    """
    limit: Floats = gammaincinv(count + 1, 1 - error_probability)
    return limit


def rule_of_three(trials: NDArray[Any] | float) -> Floats:
    """Share at which all trials fail with a probability of 5%: about 3 / trials.

    Parameters
    ----------
    trials : ndarray or float
        Above 0; may be an effective number.

    Returns
    -------
    ndarray of float64, shape of ``trials``
        1 - 0.05 ** (1 / trials).

    References
    ----------
    Hanley, Lippman-Hand: If nothing goes wrong, is everything all right? JAMA 1983.
    """
    share: Floats = 1 - (1 - LEVEL) ** (1 / np.asarray(trials, np.float64))
    return share


def ratio_interval(
    first: Floats, of_first: Interval, second: Floats, of_second: Interval, correlation: Floats
) -> Interval:
    """Interval of the ratio of two non-negative figures, from the interval of each.

    Parameters
    ----------
    first, second : ndarray, shape (K,)
    of_first, of_second : Interval of shape (K,)
    correlation : ndarray, shape (K,)
        Correlation of the two figures over samples; 0 for independent figures.

    Returns
    -------
    Interval
        Shape (K,). Infinite if the second figure may be 0; NaN if both figures are 0.

    Notes
    -----
    R is an end of the interval if the combined interval of first - R * second has an end at 0 (MOVER-R).

    References
    ----------
    Donner, Zou: Closed-form confidence intervals for functions of the normal mean and standard deviation.
    Statistical Methods in Medical Research 2012.
    """
    low = _least_ratio(first, of_first.low, second, of_second.high, correlation)
    with np.errstate(divide="ignore", over="ignore"):
        high = 1 / _least_ratio(second, of_second.low, first, of_first.high, correlation)
    both_zero = (first == 0) & (second == 0)
    return undefined_where(both_zero, low, high)


def _least_ratio(
    first: Floats, low: Floats, second: Floats, high: Floats, correlation: Floats
) -> Floats:
    """Lower end of ``first / second``: root of a quadratic, in the form without cancellation."""
    middle = first * second - correlation * (first - low) * (high - second)
    over, under = low * (2 * first - low), high * (2 * second - high)
    root = np.sqrt(np.maximum(middle**2 - over * under, 0))
    # If the middle is below 0, "high" is more than twice the second figure, so that "under" is below 0.
    least = np.where(middle < 0, ratio(middle - root, under), ratio(over, middle + root))
    # If the products underflow, the ratio is NaN. The end is then 0, the smallest possible ratio.
    return np.where(low > 0, np.where(np.isnan(least), 0.0, least), low)


def clopper_pearson_upper(successes: Floats, trials: Floats, error_probability: float) -> Floats:
    """Upper Clopper-Pearson limit of a share, with the probability of a larger share; 1 if all succeed."""
    bound = betaincinv(successes + 1, np.maximum(trials - successes, 0), 1 - error_probability)
    return np.asarray(np.where(successes < trials, bound, 1.0))


def clopper_pearson_lower(successes: Floats, trials: Floats, error_probability: float) -> Floats:
    """Lower Clopper-Pearson limit of a share, with the probability of a smaller share; 0 if none succeeds."""
    bound = betaincinv(successes, np.maximum(trials - successes, 0) + 1, error_probability)
    return np.asarray(np.where(successes > 0, bound, 0.0))
