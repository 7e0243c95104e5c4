"""Intervals of the parts of the units: shares that hold together for all categories of a column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import ratio
from metrics.inference.design_effect import effect_of_buckets, mean_cluster_mass
from metrics.inference.interval_formulas import (
    Interval,
    clopper_pearson_lower,
    clopper_pearson_upper,
)
from metrics.tally.breakdown import Breakdown

LEVEL = 0.05
"""Share of samples in which some category's interval does not hold its truth."""


def flagged_share_interval(
    breakdown: Breakdown,
    model: str,
    threshold: float,
    label: int,
    *,
    independent: bool,
) -> Interval:
    """Simultaneous 95 % intervals of the share of a class that is flagged, by category.

    Parameters
    ----------
    breakdown : Breakdown
        Of C categories; by bucket where rows are not independent.
    model : str
    threshold : float
    label : {0, 1}
        1: recall; 0: the false alarm rate.
    independent : bool
        Whether every row counts as one and stands alone.

    Returns
    -------
    Interval
        Of shape (C,); NaN where a category has no rows of the class.

    Notes
    -----
    Clopper and Pearson's exact limits, each missed with a chance of 0.05 / (2 C), so that all C intervals
    hold together in at least 95 % of samples (Bonferroni). Rows in groups or with weights count by their
    effective number (`metrics.inference.design_effect.effect_of_buckets`).

    References
    ----------
    Clopper, Pearson: The use of confidence or fiducial limits illustrated in the case of the binomial.
    Biometrika 1934.
    Korn, Graubard: Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 1998.
    """
    flagged, shipped = (
        n[..., label].astype(np.float64) for n in breakdown.flagged_and_shipped(model, threshold)
    )
    of = flagged + shipped
    share = ratio(flagged.sum(axis=0), of.sum(axis=0))
    level = LEVEL / (2 * max(1, share.size))
    trials = of.sum(axis=0)
    if not independent:
        rows = _rows(breakdown, model, threshold, label)
        at_once = np.array([mean_cluster_mass(own) for own in of.T])
        trials = rows / effect_of_buckets(flagged, of, rows, level, at_once)
    known = np.nan_to_num(share) * trials
    low, high = (
        clopper_pearson_lower(known, trials, level),
        clopper_pearson_upper(known, trials, level),
    )
    undefined = np.isnan(share)
    return Interval(np.where(undefined, np.nan, low), np.where(undefined, np.nan, high))


def _rows(breakdown: Breakdown, model: str, threshold: float, label: int) -> NDArray[np.float64]:
    """Rows of a class by category, whatever their weight."""
    flagged, shipped = breakdown.flagged_and_shipped(model, threshold, rows=True)
    return np.asarray((flagged + shipped)[..., label].sum(axis=0), np.float64)
