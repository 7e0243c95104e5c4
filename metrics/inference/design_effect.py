"""Design effects: factors by which grouped or weighted rows carry less information than independent rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from metrics.evaluation.confusion import ratio
from metrics.inference.interval_formulas import LEVEL, Z, expanded_level
from metrics.tally.kernel import Floats


def mean_cluster_mass(masses: NDArray[Any]) -> float:
    """Mean mass of a unit's own group, estimated from the masses of the buckets.

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
    Divided by the mass this is Kish's design effect of clusters whose units are all alike, the largest
    possible effect of groups. For weighted rows without groups it is Kish's effect of unequal weights.

    References
    ----------
    Kish: Survey sampling. 1965.
    """
    masses = np.asarray(masses, np.float64)
    if masses.size < 2:
        return float(masses.sum())
    mass = float(masses.sum())
    return float(masses.size * masses.var(ddof=1)) / mass if mass else float("nan")


def design_effect(
    share: Floats,
    rows: Floats,
    drawn: Floats,
    blocks: int | None = None,
    *,
    otherwise: Floats | None = None,
) -> Floats:
    """Variance of a share over the buckets, over its variance if rows were independent.

    Parameters
    ----------
    share : ndarray, shape (K,)
    rows : ndarray, shape (K,)
        Rows in the denominator of the share.
    drawn : ndarray, shape (R, K)
        The share in each replicate; NaN where undefined.
    blocks : int, optional
        Number of buckets drawn from, as in `percentile_interval`.
    otherwise : ndarray, shape (K,), optional
        Effect if nothing varies, such as for a share of 0 or 1; by default the median of the others.

    Returns
    -------
    ndarray of float64, shape (K,)
        At least 1: the number of dependent rows with as much information as one independent row.

    Notes
    -----
    With p the share and n the rows, var(drawn) n / (p (1 - p)), times the square of the factor by which
    `expanded_level` widens the normal quantile.

    References
    ----------
    Kish: Survey sampling. 1965.
    Korn, Graubard: Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 1998 (the degrees of freedom in the effective rows).
    """
    defined = (~np.isnan(drawn)).sum(axis=0)
    deviations = drawn - ratio(np.nansum(drawn, axis=0), defined)
    variance = ratio(np.nansum(deviations**2, axis=0), defined)
    effect = ratio(variance * rows, share * (1 - share))
    effect *= (ndtri((1 + expanded_level(LEVEL, blocks)) / 2) / Z) ** 2
    finite = effect[np.isfinite(effect)]
    if otherwise is None:
        otherwise = np.full(effect.shape, np.median(finite) if finite.size else 1.0)
    varies = np.isfinite(effect) & (effect > 1e-9)
    return np.maximum(np.where(varies, effect, otherwise), 1.0)


ENOUGH = 10
"""Number of buckets with both outcomes from which on their spread estimates the design effect."""


def effect_of_buckets(
    part: Floats, of: Floats, rows: Floats, level: float, at_once: float | Floats
) -> Floats:
    """Design effect of a share, estimated from the spread of the buckets, for a one-sided limit.

    Parameters
    ----------
    part, of : ndarray, shape (B, K)
        Mass of the numerator and of the denominator, by bucket.
    rows : ndarray, shape (K,)
        Rows in the denominator, without weights.
    level : float
        Level of the one-sided limit. Student's t for the number of buckets replaces the normal quantile.
    at_once : float or ndarray, shape (K,)
        Mean mass of a unit's own group, used if too few buckets are informative.

    Returns
    -------
    ndarray of float64, shape (K,)
        At least 1: the number of rows with as much information as one independent row.
    """
    return effects_of_buckets(part, of, rows, at_once).at(level)


@dataclass(frozen=True)
class DesignEffects:
    """Design effects for any level, each array of shape (K,).

    Attributes
    ----------
    by_spread : ndarray of float64
        Effect by the spread of the buckets; a typical effect if too few buckets are informative.
    alike : ndarray of float64
        Effect for groups whose rows are all alike.
    tells : ndarray of bool
        Whether any bucket is informative, so that ``by_spread`` is used.
    blocks : int
    """

    by_spread: Floats
    alike: Floats
    tells: NDArray[np.bool_]
    blocks: int

    def at(self, level: float) -> Floats:
        """Design effects at the level of a one-sided limit; at least 1."""
        wider = (stdtrit(self.blocks - 1, level) / ndtri(level)) ** 2
        effect = np.where(self.tells, wider * self.by_spread, self.alike)
        return np.maximum(np.nan_to_num(effect, nan=1.0), 1.0)


def effects_of_buckets(
    part: Floats,
    of: Floats,
    rows: Floats,
    at_once: float | Floats,
    *,
    alone: bool = False,
) -> DesignEffects:
    """Like `effect_of_buckets`, for any level; for rows in no group at least the effect of their weights."""
    whole = of.sum(axis=0)
    share = np.nan_to_num(ratio(part.sum(axis=0), whole))
    both = np.minimum((part > 0).sum(axis=0), (of > part).sum(axis=0))
    deviations, variance = part - share * of, share * (1 - share)
    return effects_of_deviations(deviations, whole, rows, variance, both, at_once, alone=alone)


def effects_of_deviations(
    deviations: Floats,
    whole: Floats,
    rows: Floats,
    variance: Floats,
    telling: NDArray[np.int64],
    at_once: float | Floats,
    *,
    alone: bool = False,
) -> DesignEffects:
    """Design effects of a mean over rows, for any level.

    Parameters
    ----------
    deviations : ndarray, shape (B, K)
        Sum over the mass of each bucket of a row's deviation from the mean.
    whole, rows : ndarray, shape (K,)
        Mass, and number of rows without weights.
    variance : ndarray, shape (K,)
        Variance of an independent row.
    telling : ndarray of int, shape (K,)
        Number of buckets whose rows differ from each other.
    at_once, alone
        See `effect_of_buckets` and `effects_of_buckets`.
    """
    blocks = len(deviations)
    spread = ratio((deviations**2).sum(axis=0), whole**2) * blocks / (blocks - 1)
    effect = ratio(spread * rows, variance)
    tells = np.isfinite(effect) & (telling >= min(ENOUGH, blocks / 2))
    alike = np.broadcast_to(rows * ratio(np.broadcast_to(at_once, rows.shape), whole), rows.shape)
    if not tells.any():
        return DesignEffects(np.zeros(rows.shape), alike, np.zeros(rows.shape, bool), blocks)
    usual = np.median(effect[tells])
    by_spread = np.where(tells, np.fmax(effect, usual), np.fmax(usual, 0.0))
    if alone:
        by_spread = np.fmax(by_spread, alike)
    return DesignEffects(by_spread, alike, np.ones(rows.shape, bool), blocks)
