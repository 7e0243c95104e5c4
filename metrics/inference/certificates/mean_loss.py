"""Tests of whether the mean loss of a unit is at most a value, by betting against a larger mean."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri_exp

from metrics.tally.kernel import Floats

BOLDEST = 0.9
"""Largest share of the capital that a bet risks on one unit."""
_OUTWARDS = np.concatenate([np.arange(0.1, 2.5, 0.1), 2.5 * 1.5 ** np.arange(28)])
CUTS = np.concatenate([-_OUTWARDS[::-1], [0.0], _OUTWARDS])
"""Ends of the pieces of the line of possible means, as distances from the likeliest means.

Their unit is the gap that suffices if losses are normal.
"""


@dataclass(frozen=True, eq=False)
class Losses:
    """Losses of the units of one sample at P operating points.

    Attributes
    ----------
    values : ndarray of float64, shape (C,)
        Possible losses of a unit.
    counts : ndarray of float64, shape (G, J, C, P)
        Number of units with each loss, in the G steps of the test. With more than one J the counts are a
        mixture of these J. For example, the number of units that two systems both flag may be unknown.
    """

    values: Floats
    counts: Floats

    @cached_property
    def units(self) -> Floats:
        """Number of units, shape (P,)."""
        total: Floats = self.counts[:, 0].sum(axis=(0, 1))
        return total

    @cached_property
    def mean(self) -> Floats:
        """Mean loss, shape (P,); equal for all mixtures. 0 without units."""
        total = self.values @ self.counts[:, 0].sum(axis=0)
        mean: Floats = np.divide(total, self.units, out=np.zeros_like(total), where=self.units > 0)
        return mean

    @cached_property
    def variance(self) -> Floats:
        """Variance of a unit's loss in the widest mixture, shape (P,)."""
        return self._moment(2)

    @cached_property
    def skew(self) -> Floats:
        """Third central moment over the variance, shape (P,)."""
        return self._moment(3) / self.variance

    def _moment(self, order: int) -> Floats:
        """Central moment, with one additional unit that is half of the range above the mean."""
        powers = (self.values[:, None] - self.mean) ** order
        total = np.einsum("cp,gjcp->jp", powers, self.counts).max(axis=0)
        moment: Floats = (total + (np.ptp(self.values) / 2) ** order) / (self.units + 1)
        return moment

    def bet(self, gap: Floats) -> Floats:
        """Stake with the fastest growth per unit if the mean lies ``gap`` below the tested value."""
        rise = np.maximum(gap, 0.0)
        bet: Floats = rise / (self.variance + rise * np.maximum(self.skew, 0.0))
        return bet

    def scaled(self, units: Floats) -> Losses:
        """The same losses scaled to a number of units at each point, shape (P,)."""
        observed = self.units
        factor = np.divide(units, observed, out=np.zeros_like(observed), where=observed > 0)
        return Losses(self.values, self.counts * factor)

    def growth(self, bet: Floats, mean: Floats, step: int) -> Floats:
        """Logarithm of the growth factor of the capital in a step, shape (P,); the least of all mixtures.

        Each unit multiplies the capital by 1 + bet * (mean - loss), with bet and mean of shape (P,).
        """
        logs = np.log1p(bet * (mean - self.values[:, None]))
        growth: Floats = (logs * self.counts[step]).sum(axis=1).min(axis=0)
        return growth


def mean_is_at_most(
    most: float, level: float, testing: Sequence[Losses], ordering: Sequence[Losses]
) -> NDArray[np.bool_]:
    """Test the hypothesis of a mean loss above a value, at each of P operating points by itself.

    Parameters
    ----------
    most : float
    level : float
        Largest probability of rejecting a true hypothesis.
    testing : sequence of Losses
        One sample, or two independent samples of one step each. The means of two samples are added.
    ordering : sequence of Losses
        Losses of other units, used to choose the bets.

    Returns
    -------
    ndarray of bool, shape (P,)
        True if the hypothesis is rejected.

    Notes
    -----
    A gambler stakes the fraction b of the capital on each unit's loss x being below ``most``. This multiplies
    the capital by 1 + b (most - x). If the mean is above ``most``, the capital does not grow on average. It
    then reaches 1 / level after any step with a probability of at most the level, in samples of any size
    (Ville's inequality). A bet depends only on other units and on earlier steps.

    For one sample the bets copy the normal test at the level. The capital follows the probability that this
    test passes in the end, given the units so far. The bets pass nearly as often as the normal test if losses
    are normal, and never too often otherwise.

    For two samples only the sum of the means is given. The capital is therefore the least over all pairs of
    means with this sum. The bets are constant on pieces of the line of such pairs. On a piece the logarithm
    of the capital is concave, so its least value is at an end of the piece. No grid search is needed.

    References
    ----------
    Waudby-Smith, Ramdas: Estimating means of bounded random variables by betting. JRSS B 2024.
    Koning, van Meer: Anytime validity is free: inducing sequential tests. 2025 (the bets of one sample).
    Spertus, Stark: Sweeter than SUITE: supermartingale stratified union-intersection tests of elections.
    E-Vote-ID 2022 (sums of means of independent samples).
    """
    enough = float(np.log(1 / level))
    points = testing[0].units.size
    if most >= sum(float(sample.values.max()) for sample in testing):
        return np.ones(points, bool)
    if most < sum(float(sample.values.min()) for sample in testing):
        return np.zeros(points, bool)
    if len(testing) == 1:
        return _reaches(most, enough, testing[0], ordering[0])
    # Squared standard error of each sample's mean; a sample without units has no information.
    errors = [
        np.divide(
            prior.variance,
            tested.units,
            out=np.full_like(tested.units, np.inf),
            where=tested.units > 0,
        )
        for tested, prior in zip(testing, ordering, strict=True)
    ]
    total = np.sum(errors, axis=0)
    share = np.divide(errors[0], total, out=np.full_like(total, 0.5), where=np.isfinite(total))
    # Distance below the tested value that suffices if losses are normal.
    gap = np.nan_to_num(np.sqrt(2 * enough * total), posinf=0.0)
    return _least_growth(most, gap, share, testing, ordering) >= enough


def _reaches(most: float, enough: float, testing: Losses, ordering: Losses) -> NDArray[np.bool_]:
    """Whether the logarithm of the capital ever reaches ``enough``, shape (P,)."""
    boldest = BOLDEST / (float(testing.values.max()) - most)
    grown, units_left = np.zeros(testing.units.size), testing.units.copy()
    reached = np.zeros(grown.size, bool)
    for step, counts in enumerate(testing.counts):
        # Pass probability that the normal test should have, and its derivative by the winnings.
        chance = np.minimum(grown - enough, -1e-12)  # logarithm of a probability below 1
        density = np.exp(-0.5 * ndtri_exp(chance) ** 2 - chance) / np.sqrt(2 * np.pi)
        with np.errstate(divide="ignore"):
            bet = np.minimum(density / np.sqrt(ordering.variance * units_left), boldest)
        grown = np.where(reached, grown, grown + testing.growth(bet, np.full_like(bet, most), step))
        reached |= grown >= enough
        units_left = np.maximum(units_left - counts[0].sum(axis=0), 0.0)
    return reached


def _least_growth(
    most: float, gap: Floats, share: Floats, testing: Sequence[Losses], ordering: Sequence[Losses]
) -> Floats:
    """Least growth over all pairs of means that add up to ``most``, shape (P,).

    ``share`` is the first sample's part of the squared error of the sum, and so of a sufficient gap.
    """
    (first, second), (prior_first, prior_second) = testing, ordering
    low = max(float(first.values.min()), most - float(second.values.max()))
    high = min(float(first.values.max()), most - float(second.values.min()))
    gap_of_means = most - prior_first.mean - prior_second.mean
    nearest = np.clip(prior_first.mean + gap_of_means * share, low, high)
    edges = np.clip(nearest + np.sqrt(share * (1 - share)) * gap * CUTS[:, None], low, high)
    edges[0], edges[-1] = low, high
    least = np.full(nearest.size, np.inf)
    for begin, end in itertools.pairwise(edges):
        offset = (begin + end) / 2 - nearest
        bets = []
        for prior, rise, room in (
            (prior_first, gap * share + offset, first.values.max() - begin),
            (prior_second, gap * (1 - share) - offset, second.values.max() - most + end),
        ):
            bet = prior.bet(rise)
            bets.append(np.minimum(bet, np.divide(BOLDEST, room, out=bet.copy(), where=room > 0)))
        for mean in (begin, end):
            growth = first.growth(bets[0], mean, 0) + second.growth(bets[1], most - mean, 0)
            least = np.minimum(least, growth)
    return least
