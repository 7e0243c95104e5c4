"""Samples of a figure on new data: replicates, moved and scaled to an interval."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from metrics.inference.confidence_level import Z
from metrics.tally.kernel import Floats


def samples_in_interval(drawn: Floats, expected: float, low: float, high: float) -> Floats:
    """Samples of a figure on new data, with the order of its replicates and the spread of its interval.

    Parameters
    ----------
    drawn : ndarray of float64, shape (R,)
        Replicates of the figure; NaN where undefined.
    expected : float
        Figure to expect on new data.
    low, high : float
        Ends of its 95% interval; NaN if undefined.

    Returns
    -------
    ndarray of float64, shape (R,)
        Normal on each side of the expected figure; the replicates themselves if the interval is undefined.

    Notes
    -----
    Half of the samples lie on each side of the expected figure, and one in forty lies beyond each end. So a
    limit at the expected figure is met as often as it is missed. An interval also allows for what the file
    lacks, such as misses, which no replicate shows. Several figures keep the dependence of their replicates.

    References
    ----------
    Iman, Conover: A distribution-free approach to inducing rank correlation among input variables.
    Communications in Statistics 1982 (samples in the order of others).
    """
    if math.isnan(expected + low + high):
        return drawn
    ranks = np.argsort(np.argsort(drawn, kind="stable"))
    # Undefined replicates have the last ranks, which have no normal quantile.
    z = ndtri((ranks + 0.5) / np.count_nonzero(~np.isnan(drawn)))
    samples: Floats = expected + z / Z * np.where(z <= 0, expected - low, high - expected)
    return samples
