"""How well a model ranks: ROC AUC and average precision from the bins of its curve.

Where all rows of every bin share one score these are exact. In a bin that holds several scores the order
inside is unknown. Where it matters (for AUC among both classes, for average precision among defects alone
too), the figure is the middle of what is possible, and half the width of the possible is its bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.confusion import Curve


@dataclass(frozen=True)
class Bounded:
    """A figure and the largest possible error of it (0 where it is exact)."""

    value: float
    bound: float


def _descending(
    curve: Curve, defects: float, goods: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Defects and good units of each bin, highest scores first, and whether the bin is one tie."""
    bins = curve.bins[::-1].astype(np.float64)
    return bins[:, 1] * defects, bins[:, 0] * goods, curve.ties[::-1]


def roc_auc(curve: Curve) -> Bounded:
    """Chance that a random defect scores above a random good unit, a tie counting half.

    Returns
    -------
    Bounded
        NaN where a class is missing.

    Notes
    -----
    The trapezoid rule over the bins. An unordered bin with ``p`` of the ``P`` defects and ``n`` of the
    ``N`` good units can shift the area by p n / (2 P N).
    """
    p, n, ties = _descending(curve, 1.0, 1.0)
    pairs = p.sum() * n.sum()
    if not pairs:
        return Bounded(np.nan, 0.0)
    below = n.sum() - np.cumsum(n)
    area = float((p * (below + n / 2)).sum() / pairs)
    return Bounded(area, float((p * n / 2)[~ties].sum() / pairs))


def average_precision(curve: Curve, defects: float = 1.0, goods: float = 1.0) -> Bounded:
    """Sum over the thresholds of precision times the gain in recall.

    Parameters
    ----------
    curve : Curve
    defects, goods : float
        Factors on the classes: a scenario's defect rate.

    Returns
    -------
    Bounded
        NaN where there is no defect.

    Notes
    -----
    In an unordered bin with ``p`` defects and ``n`` good units after ``T`` and ``F`` of them, the most
    possible is that the defects come first and tie, p (T + p) / (T + p + F); at least it is the integral
    of (T + x) / (T + x + F + n) over x from 0 to p, where the good units come first.
    """
    p, n, ties = _descending(curve, defects, goods)
    total = p.sum()
    if not total:
        return Bounded(np.nan, 0.0)
    true = np.cumsum(p)
    false = np.cumsum(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        tied = np.where(p > 0, p * true / (true + false), 0.0)
        most = np.where(p > 0, p * true / (true + false - n), 0.0)
        start = true - p + false
        # (T + x) / (S + x) with S = T + F + n integrates to p - (F + n) log((S + p) / S)
        least = np.where(
            (p > 0) & (start > 0), p - false * np.log1p(p / np.where(start > 0, start, 1.0)), p
        )
    open_bins = ~ties & (p > 0) & (false > 0)  # before the first good unit precision is 1
    middle = np.where(open_bins, (most + least) / 2, tied)
    bound = np.where(open_bins, (most - least) / 2, 0.0)
    return Bounded(float(middle.sum() / total), float(bound.sum() / total))
