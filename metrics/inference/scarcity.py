"""Warnings about a small sample: too few defects, too few groups, or too unequal weights and values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from metrics.inference.design_effect import effective_units
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally

FEW_DEFECTS, FEW_GROUPS = 100, 50
"""Numbers below which intervals miss the true value too often, according to simulations."""
CLEARLY_LESS = 0.7
"""Ratio of an effective number to the actual number below which the effective number is clearly smaller.

Kish's effective number, estimated from the buckets, has an error of about 1 in 7.
"""


class Scarce(Enum):
    """Kind of quantity that a sample may have too little of."""

    DEFECTS = "defects"
    GROUPS = "groups"
    VALUES = "values"
    WEIGHTS = "weights"


@dataclass(frozen=True)
class Scarcity:
    """Quantity that is so small that intervals miss the true value too often.

    Attributes
    ----------
    count : float
        Number of defects in the file, estimated number of groups, or effective number of defects of equal
        weight or value.
    """

    of: Scarce
    count: float


def scarcities(tally: Tally, *, of_values: bool = False) -> tuple[Scarcity, ...]:
    """Reasons why the intervals of a tally may be too narrow: fewer than `FEW_DEFECTS` or `FEW_GROUPS`.

    Parameters
    ----------
    tally : Tally
    of_values : bool
        Whether the figures sum the values of units. A few units may then hold most of the value.
    """
    result = []
    rows: NDArray[np.int64] = tally.counts[:, 0, :, 1].sum(axis=1, dtype=np.int64)
    defects = int(rows.sum())
    effective = float(defects)
    if defects < FEW_DEFECTS:
        result.append(Scarcity(Scarce.DEFECTS, defects))
    if tally.weights is not None and not tally.grouped:
        effective = _of_equal_mass(tally.bucket_mass[:, 1], rows)
        if effective < min(FEW_DEFECTS, CLEARLY_LESS * defects):
            result.append(Scarcity(Scarce.WEIGHTS, effective))
    if of_values and tally.values is not None:
        valued = _of_equal_mass(tally.value_bins(0)[..., 1].sum(axis=1), rows)
        if valued < min(FEW_DEFECTS, CLEARLY_LESS * effective):
            result.append(Scarcity(Scarce.VALUES, valued))
    if tally.grouped and (groups := estimated_groups(tally)) < FEW_GROUPS:
        result.append(Scarcity(Scarce.GROUPS, groups))
    return tuple(result)


def _of_equal_mass(masses: Floats, rows: NDArray[np.int64]) -> float:
    """Kish's effective number of single rows, from the mass and the number of rows of each bucket.

    Rows fall into buckets at random. Let N rows have masses with variance V. The squared deviations of the
    bucket masses from their rows' mean mass then sum to V (N^2 - sum n_b^2) / (N - 1) on average.
    """
    count, mass = int(rows.sum()), float(masses.sum())
    pairs = count**2 - int((rows**2).sum())
    if pairs == 0 or mass <= 0:
        return float(count)
    deviations = masses * (count / mass) - rows
    return count / (1 + float((deviations**2).sum()) * (count - 1) / pairs)


def _effective_number(masses: Floats, count: float) -> float:
    """Kish's effective number of units, from their mass by bucket; ``count`` unless it is clearly smaller."""
    if masses.size < 2:
        return count
    effective = effective_units(masses)
    return effective if effective < CLEARLY_LESS * count else count


def estimated_groups(tally: Tally) -> float:
    """Effective number of groups of equal size among the rows, estimated from bucket sizes.

    Returns
    -------
    float
        Infinite with fewer than two buckets.

    Notes
    -----
    A tally does not record which rows of a bucket belong to one group. With B buckets, g groups leave about B
    exp(-g / B) buckets empty. With 100 buckets the estimate of 50 groups is usually off by 4, and by 8 in one
    of twenty files. From about 460 groups on no bucket is empty. Groups of unequal size count for fewer.
    Kish's effective number is the total mass over the mean mass of a unit's own group (`mean_cluster_mass`):
    11 if one of 201 groups holds 30%.

    References
    ----------
    Kish: Survey sampling. 1965.
    """
    mass = tally.bucket_mass.sum(axis=1)
    if mass.size < 2:
        return float("inf")
    empty = mass.size - np.count_nonzero(mass)
    groups = float(-mass.size * np.log(empty / mass.size)) if empty else float("inf")
    return _effective_number(mass, groups)
