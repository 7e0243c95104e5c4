"""Design effects: how much less is known from rows that come in groups, or with weights of their own."""

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
    """Mass of the group which a unit of mass is in, on average: what may come at once.

    Parameters
    ----------
    masses : ndarray, shape (B,)
        Rows (or weight) by bucket, those that are empty among them.

    Returns
    -------
    float
        In rows (or weight); NaN where there is no mass.

    Notes
    -----
    Groups fall into buckets by chance, so that the spread of the buckets' masses tells the sum of the
    squared masses of the groups, B / (B - 1) sum_b (M_b - mean)^2; it is known to about 1 in 7 with 100
    buckets. Over the mass this is Kish's effect of clusters whose units are all alike, the most that
    groups can cost; of rows that are weighted and in no groups, his effect of unequal weights.

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
        Of which it is a share.
    drawn : ndarray, shape (R, K)
        The share in each replicate; NaN where undefined.
    blocks : int, optional
        Number of buckets drawn from, as `percentile_interval` has it.
    otherwise : ndarray, shape (K,), optional
        Effect where nothing varies, as where a share is 0 or 1; by default the middle one of the others.

    Returns
    -------
    ndarray of float64, shape (K,)
        At least 1. So many rows that are not independent tell as much as one that is.

    Notes
    -----
    With p the share and n the rows, var(drawn) n / (p (1 - p)), times the square of what `expanded_level`
    makes of the normal quantile.

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
"""Buckets with both outcomes from which on their spread says how alike the rows of a group are."""


def effect_of_buckets(
    part: Floats, of: Floats, rows: Floats, level: float, at_once: float | Floats
) -> Floats:
    """Rows that tell as much of a share as one independent one, by the spread of the buckets.

    Parameters
    ----------
    part, of : ndarray, shape (B, K)
        Mass of the share, and of what it is a share of, by bucket.
    rows : ndarray, shape (K,)
        Rows that it is a share of, whatever their weight.
    level : float
        Of the one-sided limit that is asked for: Student's t for so many buckets takes the normal's place.
    at_once : float or ndarray, shape (K,)
        Mass of the group that a unit of mass is in: what is taken where too few buckets tell.

    Returns
    -------
    ndarray of float64, shape (K,)
        At least 1.
    """
    return effects_of_buckets(part, of, rows, at_once).at(level)


@dataclass(frozen=True)
class DesignEffects:
    """Design effects before a level is asked for, each array of shape (K,).

    Attributes
    ----------
    by_spread : ndarray of float64
        By the spread of the buckets; what is usual, where too few of them tell.
    alike : ndarray of float64
        Of groups whose rows are all alike.
    tells : ndarray of bool
        Whether any bucket tells, so that the first is taken.
    blocks : int
    """

    by_spread: Floats
    alike: Floats
    tells: NDArray[np.bool_]
    blocks: int

    def at(self, level: float) -> Floats:
        """At a one-sided limit's level; at least 1."""
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
    """As `effect_of_buckets`, at no level yet; of rows that stand alone no less than their weights cost."""
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
    """Design effects of a mean over rows, at no level yet.

    Parameters
    ----------
    deviations : ndarray, shape (B, K)
        Sum over the mass of each bucket of what a row deviates from the mean.
    whole, rows : ndarray, shape (K,)
        Mass, and rows whatever their weight.
    variance : ndarray, shape (K,)
        Of a row, if it were independent.
    telling : ndarray of int, shape (K,)
        Buckets whose rows differ among each other.
    at_once, alone
        As of `effect_of_buckets` and `effects_of_buckets`.
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
