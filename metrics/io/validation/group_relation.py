"""Relation of the rows of a group: design effect, intra-class correlation, and test of independent rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LARGE = 1.3
"""Design effect above which rows are reported as related."""
FEW_ROWS = 20
"""Smallest number of rows of each outcome that is needed for a report."""
SMALLEST_GROUPS = 1.05
"""Mean size of a row's group below which rows count as ungrouped."""
SHUFFLES = 300
"""Number of files with shuffled rows, from which the p-value is computed."""


class Relation(NamedTuple):
    """Strength of the relation between the rows of a group.

    Attributes
    ----------
    effect : float
        Design effect: variance of a share over that of as many independent rows.
    chance : float
        p-value of the test that rows are independent.
    """

    effect: float
    chance: float


def relation(
    codes: NDArray[np.intp], happens: NDArray[np.bool_], *, grows: float = 1.0
) -> Relation | None:
    """Design effect of groups on the share of rows with an outcome.

    ``codes`` are the groups of the rows, which are ``grows`` times larger in the whole file. The result is
    `None` if the effect is not above `LARGE`, or may be chance.

    Notes
    -----
    Let p be the share, n_j the rows of group j and k_j those with the outcome. The variance of the share over
    the binomial variance is T = sum_j (k_j - p n_j)^2 / (n p (1 - p)). T is 1 for independent rows, and 1 +
    (m - 1) rho for groups of m rows with an intra-class correlation rho, where m is sum_j n_j^2 / n. The
    p-value is that of a gamma distribution with the first three moments of T in `SHUFFLES` files with
    shuffled rows.

    References
    ----------
    Kish: Survey sampling. 1965.
    """
    sizes = np.bincount(codes)
    return relation_of_counts(sizes, np.bincount(codes[happens], minlength=sizes.size), grows)


def relation_of_counts(
    sizes: NDArray[np.intp], counts: NDArray[np.intp], grows: float = 1.0
) -> Relation | None:
    """Like `relation`, from the number of rows of each group and the number of those with the outcome."""
    rows, count = int(sizes.sum()), int(counts.sum())
    if min(count, rows - count) < FEW_ROWS:
        return None
    if 2 * count > rows:
        counts, count = sizes - counts, rows - count
    mean_size = float(sizes @ sizes) / rows
    if mean_size < SMALLEST_GROUPS:
        return None
    share = count / rows

    def statistic(counts: NDArray[np.intp]) -> float:
        deviations = counts - counts.sum() / rows * sizes
        return float(deviations @ deviations) / (rows * share * (1 - share))

    observed, expected = statistic(counts), 1 - mean_size / rows
    correlation = (observed - expected) / (mean_size - 1)
    effect = 1 + correlation * (grows * mean_size - 1)
    # An effect below three standard errors needs no p-value.
    if effect <= LARGE or observed < expected + 3 * np.sqrt(2 * (mean_size - 1) / rows):
        return None
    draws = np.random.default_rng(0).multinomial(count, sizes / rows, SHUFFLES)
    # Rows drawn with replacement vary more than shuffled rows, by the share of the other rows.
    chance = _gamma_tail(observed, (1 - share) * np.array([*map(statistic, draws)]))
    return None if chance is None else Relation(effect, chance)


def _gamma_tail(observed: float, sample: NDArray[np.float64]) -> float | None:
    """Probability of a larger value in a gamma distribution with the sample's first three moments."""
    deviations = sample - sample.mean()
    deviation = float(np.sqrt(np.mean(deviations**2)))
    if deviation == 0:
        return None
    skewness = float(np.mean(deviations**3)) / deviation**3
    shape = 4 / max(skewness, 0.1) ** 2
    position = shape + (observed - sample.mean()) / deviation * np.sqrt(shape)
    # Imported here, because few files need it and loading it takes longer than reading most files.
    from scipy.special import gammaincc

    return float(gammaincc(shape, max(0.0, position)))
