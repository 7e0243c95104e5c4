"""Design effects: how much less is known from rows that come in groups, or with weights of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

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
