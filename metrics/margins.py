"""Statistics of intervals on plain arrays: percentiles of replicates, Wilson's, the design effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from metrics.confusion import ratio

LEVEL = 0.95
"""Share of samples whose interval is to hold the truth."""

Z = 1.959963984540054
"""Normal quantile of 97.5 %."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Ends of intervals, arrays of one shape; NaN where the figure is undefined."""

    low: Floats
    high: Floats


def expanded(level: float, blocks: int | None) -> float:
    """Level of the percentiles whose interval has the given level with few buckets.

    Notes
    -----
    Resamples of B buckets vary too little, by (B - 1) / B, and know their own spread to B - 1 degrees of
    freedom: the normal quantile z becomes t sqrt(B / (B - 1)).

    References
    ----------
    Hesterberg: What teachers should know about the bootstrap. The American Statistician 2015 (expanded
    percentile interval).
    """
    if blocks is None or blocks < 2:
        return level
    wide = stdtrit(blocks - 1, (1 + level) / 2) * np.sqrt(blocks / (blocks - 1))
    return float(2 * ndtr(wide) - 1)


def percentile(values: Floats, level: float = LEVEL, blocks: int | None = None) -> Interval:
    """Middle part of replicates of shape (R, K).

    Parameters
    ----------
    values : ndarray, shape (R, K)
    level : float
    blocks : int, optional
        Number of buckets drawn from, for which the interval is expanded.

    Notes
    -----
    Order statistics, the ends outwards. Where more than one replicate in twenty is undefined, so is the
    interval; else the undefined ones are left out.
    """
    share = (1 - expanded(level, blocks)) / 2
    replicates = values.shape[0]
    low = int(np.floor(share * (replicates - 1)))
    sides = [low, replicates - 1 - low]
    columns = np.ascontiguousarray(values.T)
    ordered = np.partition(columns, sides, axis=1)
    ends = ordered[:, sides].T
    undefined = np.isnan(columns).sum(axis=1)
    for k in np.flatnonzero(undefined):
        if undefined[k] > replicates / 20:
            ends[:, k] = np.nan
        else:
            known = np.sort(columns[k])[: replicates - undefined[k]]
            low = int(np.floor(share * (known.size - 1)))
            ends[:, k] = known[low], known[known.size - 1 - low]
    return Interval(ends[0], ends[1])


def wilson(successes: NDArray[Any], trials: NDArray[Any] | float) -> Interval:
    """Interval of a share.

    Parameters
    ----------
    successes : ndarray
    trials : ndarray or float
        Of the same shape; may be an effective number.

    Notes
    -----
    Where nothing (or everything) was a success, the far end is where seeing none has a chance of 5 %:
    about 3 in the number of trials.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    Hanley, Lippman-Hand: If nothing goes wrong, is everything all right? JAMA 1983.
    """
    n = np.asarray(trials, np.float64) * np.ones(np.shape(successes))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.asarray(successes, np.float64) / n
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        far = (1 - LEVEL) ** (1 / n)
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return Interval(
        np.where(p <= 0, 0.0, np.where(p >= 1, far, low)),
        np.where(p >= 1, 1.0, np.where(p <= 0, 1 - far, high)),
    )


def design_effect(share: Floats, rows: Floats, drawn: Floats, blocks: int | None = None) -> Floats:
    """Variance of a share over the buckets, over its variance if rows were independent; at least 1.

    Parameters
    ----------
    share : ndarray, shape (K,)
    rows : ndarray, shape (K,)
        Of which it is a share.
    drawn : ndarray, shape (R, K)
        The share in each replicate; NaN where undefined.
    blocks : int, optional
        Number of buckets drawn from, as `percentile` has it.

    Notes
    -----
    Where a share is 0 or 1 nothing varies: the middle effect of the other points stands in.

    References
    ----------
    Korn, Graubard: Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 1998 (the degrees of freedom in the effective rows).
    """
    known = (~np.isnan(drawn)).sum(axis=0)
    apart = drawn - ratio(np.nansum(drawn, axis=0), known)
    variance = ratio(np.nansum(apart**2, axis=0), known)
    effect = ratio(variance * rows, share * (1 - share))
    effect *= (ndtri((1 + expanded(LEVEL, blocks)) / 2) / Z) ** 2
    found = effect[np.isfinite(effect)]
    middle = float(np.median(found)) if found.size else 1.0
    return np.maximum(np.where(np.isfinite(effect), effect, middle), 1.0)
