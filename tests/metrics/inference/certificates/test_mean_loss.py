"""Tests of mean losses: by hand, and with every possible sample of a few units."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from metrics.inference.certificates.mean_loss import Losses, mean_is_at_most


def losses(values: tuple[float, ...], *steps: tuple[float, ...]) -> Losses:
    """Losses of one operating point."""
    return Losses(np.array(values), np.array(steps, float)[:, None, :, None])


@pytest.mark.parametrize(("units", "is_enough"), [(14, False), (15, True)])
def test_fifteen_units_without_a_loss_refute_a_mean_above_a_fifth(
    units: int, is_enough: bool
) -> None:
    """Each unit multiplies the capital by 1 + 0.9 / 0.8 * 0.2 = 1.225, and 1.225 ** 15 = 21.0 is above 20."""
    ordering = [losses((0.0, 1.0), (10.0, 0.0))]
    [found] = mean_is_at_most(0.2, 0.05, [losses((0.0, 1.0), (units, 0.0))], ordering)
    assert found == is_enough


def test_means_above_all_losses_pass_and_means_below_all_fail() -> None:
    one = [losses((0.0, 5.0), (3.0, 3.0))]
    assert mean_is_at_most(5.0, 0.05, one, one).all()
    assert not mean_is_at_most(-0.1, 0.05, one, one).any()
    assert mean_is_at_most(10.0, 0.05, one * 2, one * 2).all()


VALUES = (0.0, 1.0, 5.0)


@pytest.mark.parametrize("share", [0.02, 0.06, 0.1, 0.14, 0.18])
def test_few_of_all_samples_refute_a_true_mean(share: float) -> None:
    """Sum the probabilities of these samples, for distributions with mean 1 and some large losses."""
    law = np.array([4 * share, 1 - 5 * share, share])
    step = [(5 - a - b, a, b) for a in range(6) for b in range(6 - a)]
    chance = multinomial.pmf(step, 5, law)
    samples = list(itertools.product(range(len(step)), repeat=3))
    counts = np.array([[step[k] for k in sample] for sample in samples], float)
    losses = Losses(np.array(VALUES), counts.transpose(1, 2, 0)[:, None])
    # Bets are chosen by units of the same distribution, and of a wrong one.
    for seen in (20 * law, np.array([19.0, 1.0, 0.0])):
        ordering = Losses(np.array(VALUES), np.tile(seen[:, None], (1, 1, 1, len(samples))))
        refuted = mean_is_at_most(1.0, 0.2, [losses], [ordering])
        assert np.prod(chance[np.array(samples)], axis=1)[refuted].sum() <= 0.2
        assert refuted.any()


@pytest.mark.parametrize("first", [0.1, 0.15, 0.25, 0.35, 0.45, 0.55])
def test_few_of_all_pairs_of_samples_refute_a_true_sum_of_means(first: float) -> None:
    """Sixteen units have losses of 0 or 1, ten have losses of 0 or 0.5. The means sum to 0.6."""
    second = (0.6 - first) / 0.5
    a, b = np.meshgrid(np.arange(17), np.arange(11), indexing="ij")
    chance = (binom.pmf(a, 16, first) * binom.pmf(b, 10, second)).ravel()
    testing, ordering = (
        [
            Losses(np.array([0.0, value]), np.stack([n - k, k])[None, None].astype(float))
            for value, n, k in kinds
        ]
        for kinds in (
            ((1.0, 16, a.ravel()), (0.5, 10, b.ravel())),
            ((1.0, 8, np.full(a.size, 2)), (0.5, 5, np.full(a.size, 2))),
        )
    )
    refuted = mean_is_at_most(0.6, 0.2, testing, ordering)
    assert chance[refuted].sum() <= 0.2
    assert refuted.any()


def test_unknown_parts_of_a_mixture_count_at_their_worst() -> None:
    values = np.array([-1.0, 0.0, 1.0])
    ends = np.array([[15.0, 85.0, 0.0], [55.0, 5.0, 40.0]])
    known = [Losses(values, end[None, None, :, None]) for end in ends]
    unknown = Losses(values, ends[None, :, :, None])
    passes = [mean_is_at_most(0.0, 0.05, [losses], [known[0]])[0] for losses in known]
    assert passes == [True, False]
    assert not mean_is_at_most(0.0, 0.05, [unknown], [known[0]])[0]
    assert unknown.variance == max(losses.variance for losses in known)
