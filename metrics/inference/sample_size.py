"""How many more defects would settle which of two models is the better."""

from __future__ import annotations

import math

from scipy.special import ndtri

from metrics.inference.statistics import LEVEL

POWER = 0.8
"""Share of samples of the size that is named in which a gap as it is now would separate."""

MOST_TIMES = 100
"""Times the defects of the file beyond which no number is named."""


def additional_defects(defects: float, gap: float, error: float, *, rivals: int = 1) -> float:
    """How many more inspected defects would separate two models at the gap they have now.

    Parameters
    ----------
    defects : float
        In the file.
    gap : float
        Paired difference of the two.
    error : float
        Its standard error, in the same unit.
    rivals : int
        How many models the better one is held against at once, the other one among them.

    Returns
    -------
    float
        Not below 0; NaN where the gap or its error is 0 or unknown.

    Notes
    -----
    A standard error falls with the root of the sample. A gap stands out at the level of 5 %, two-sided,
    in a share P of the samples where it is z(0.975) + z(P) standard errors, so that::

        needed = defects * ((z(0.975) + z(P)) * error / gap) ** 2

    with P = 0.8, at an unchanged share of defects among the units. With K rivals the 5 % are shared out
    among them (Bonferroni), and z(1 - 0.025 / K) stands in the place of z(0.975). It asks how large a
    sample would be wanted if the true gap were the one that was seen; it does not say that it is.

    References
    ----------
    Dunn: Multiple comparisons among means. Journal of the American Statistical Association 1961.
    Lachin: Introduction to sample size determination and power analysis for clinical trials. Controlled
    Clinical Trials 1981.

    Examples
    --------
    >>> round(additional_defects(1000, gap=1.0, error=1.0))
    6849
    >>> round(additional_defects(1000, gap=1.0, error=1.0, rivals=9))
    12065
    """
    if not (abs(gap) > 0 and error > 0):
        return math.nan
    z = float(ndtri(1 - (1 - LEVEL) / (2 * rivals)) + ndtri(POWER))
    return max(0.0, defects * (z * error / abs(gap)) ** 2 - defects)
