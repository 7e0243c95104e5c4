"""Whether the sample is large enough: what there is too little of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from metrics.inference.design_effect import mean_cluster_mass
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally

FEW_DEFECTS = 100
FEW_GROUPS = 50
"""Below these, simulation finds intervals that hold the truth clearly less often than they say."""


class Scarce(Enum):
    """What there may be too few of."""

    DEFECTS = "defects"
    GROUPS = "groups"
    VALUES = "values"
    WEIGHTS = "weights"


@dataclass(frozen=True)
class Scarcity:
    """So few of something that intervals hold the truth clearly less often than they say.

    Attributes
    ----------
    of : Scarce
    count : float
        Defects in the file, or about how many groups, or as how many defects of equal weight or value.
    """

    of: Scarce
    count: float


def scarcities(tally: Tally, *, of_values: bool = False) -> tuple[Scarcity, ...]:
    """Why the intervals of a tally may promise too much: fewer than `FEW_DEFECTS` or `FEW_GROUPS`.

    Parameters
    ----------
    tally : Tally
    of_values : bool
        Whether figures are looked at that sum the values of units: few of these may hold most of it.
    """
    few = []
    rows: NDArray[np.int64] = tally.counts[:, 0, :, 1].sum(axis=1, dtype=np.int64)
    defects = int(rows.sum())
    alike = float(defects)
    if defects < FEW_DEFECTS:
        few.append(Scarcity(Scarce.DEFECTS, defects))
    if tally.weights is not None and not tally.grouped:
        alike = _of_equal_mass(tally.bucket_mass[:, 1], rows)
        if alike < min(FEW_DEFECTS, CLEARLY_LESS * defects):
            few.append(Scarcity(Scarce.WEIGHTS, alike))
    if of_values and tally.values is not None:
        valued = _of_equal_mass(tally.value_bins(0)[..., 1].sum(axis=1), rows)
        if valued < min(FEW_DEFECTS, CLEARLY_LESS * alike):
            few.append(Scarcity(Scarce.VALUES, valued))
    if tally.grouped and (groups := about_groups(tally)) < FEW_GROUPS:
        few.append(Scarcity(Scarce.GROUPS, groups))
    return tuple(few)


CLEARLY_LESS = 0.7
"""Of a number: the buckets tell Kish's effective one to 1 in 7, so that only less is due to unlike sizes."""


def _of_equal_mass(masses: Floats, rows: NDArray[np.int64]) -> float:
    """Kish's effective number of single rows, from their mass and number by bucket; all where they are alike.

    Rows fall into buckets by chance: of N with the variance V of their masses, the squares of what buckets
    hold beyond their rows' mean mass sum to V (N^2 - sum n_b^2) / (N - 1) on average.
    """
    count, mass = int(rows.sum()), float(masses.sum())
    pairs = count**2 - int((rows**2).sum())
    if pairs == 0 or mass <= 0:
        return float(count)
    beyond = masses * (count / mass) - rows
    return count / (1 + float((beyond**2).sum()) * (count - 1) / pairs)


def _alike(masses: Floats, count: float) -> float:
    """Kish's effective number of units, from their mass by bucket; ``count``, unless it is clearly fewer."""
    if masses.size < 2:
        return count
    together = mean_cluster_mass(masses)
    alike = float(masses.sum()) / together if together > 0 else math.inf
    return alike if alike < CLEARLY_LESS * count else count


def about_groups(tally: Tally) -> float:
    """How many groups of one size tell as much as those that the rows come in, from the buckets' sizes.

    Parameters
    ----------
    tally : Tally

    Returns
    -------
    float
        Infinite with fewer than two buckets.

    Notes
    -----
    A tally does not know which rows of a bucket are of one group. Of B buckets, g groups leave about
    B exp(-g / B) empty: of 100 buckets this tells 50 groups to 4, one in twenty times to 8; from about 460
    groups none is empty. Groups of unlike sizes count for fewer: Kish's effective number is the mass over
    the mean mass of a unit's own group (`mean_cluster_mass`), 11 where one of 201 groups holds 30 %.

    References
    ----------
    Kish: Survey sampling. 1965.
    """
    mass = tally.bucket_mass.sum(axis=1)
    if mass.size < 2:
        return float("inf")
    empty = mass.size - np.count_nonzero(mass)
    filled = float(-mass.size * np.log(empty / mass.size)) if empty else float("inf")
    return _alike(mass, filled)
