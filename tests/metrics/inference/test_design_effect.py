"""Tests of design effects on generated samples with known variance and groups."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.inference.design_effect import design_effect, mean_cluster_mass


def test_the_design_effect_of_a_share_that_does_not_vary_is_the_others() -> None:
    rng = np.random.default_rng(3)
    shares = np.array([0.0, 0.3, 0.5, 1.0])
    rows = np.full(4, 400.0)
    drawn = shares + np.sqrt(3 * shares * (1 - shares) / rows) * rng.standard_normal((4000, 4))
    effect = design_effect(shares, rows, drawn)
    assert effect == pytest.approx(3, rel=0.1)
    assert effect[0] == pytest.approx(np.median(effect[1:3]))
    assert design_effect(shares, rows, shares + 0 * drawn).tolist() == [1, 1, 1, 1]
    assert design_effect(shares[:1], rows[:1], drawn[:, :1]).tolist() == [1]


def test_the_design_effect_of_what_does_not_vary_may_be_given() -> None:
    """It then does not depend on which other shares were asked for."""
    rng = np.random.default_rng(3)
    shares, rows = np.array([0.0, 0.3, 0.5, 1.0]), np.full(4, 400.0)
    drawn = shares + np.sqrt(3 * shares * (1 - shares) / rows) * rng.standard_normal((4000, 4))
    own = np.array([7.0, 8.0, 9.0, 0.5])
    effect = design_effect(shares, rows, drawn, otherwise=own)
    assert effect[[0, 3]].tolist() == [7, 1]
    assert effect[1:3] == pytest.approx(3, rel=0.1)
    for k in range(4):
        one = slice(k, k + 1)
        alone = design_effect(shares[one], rows[one], drawn[:, one], otherwise=own[one])
        assert alone[0] == pytest.approx(effect[k])
    same = design_effect(shares, rows, shares + 0 * drawn, otherwise=own)
    assert same.tolist() == [7, 8, 9, 1]


def test_the_mean_mass_of_a_cluster_is_that_of_a_units_own() -> None:
    """Groups of several sizes, in buckets by chance: known on average, and to 1 in 7 each time."""
    rng = np.random.default_rng(5)
    sizes = rng.integers(1, 40, 300)
    wanted = (sizes**2).sum() / sizes.sum()
    found = []
    for _ in range(400):
        buckets = rng.integers(0, 100, sizes.size)
        found.append(mean_cluster_mass(np.bincount(buckets, sizes, minlength=100)))
    assert np.mean(found) == pytest.approx(wanted, rel=0.02)
    assert np.std(found) == pytest.approx(wanted / 7, rel=0.2)
    assert mean_cluster_mass(np.array([0.0, 12.0, 0.0])) == pytest.approx(12)
    assert mean_cluster_mass(np.array([5.0])) == 5
    assert np.isnan(mean_cluster_mass(np.zeros(3)))
