"""Tests of design effects on generated samples with known variance and groups."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from metrics.inference.confidence_level import TAIL
from metrics.inference.design_effect import (
    GroupedMean,
    mean_cluster_mass,
    mean_of_replicates,
    share_of_buckets,
)
from metrics.inference.interval_formulas import wilson_interval
from metrics.tally.kernel import Floats


def test_the_design_effect_is_the_variance_over_that_of_independent_rows() -> None:
    rng = np.random.default_rng(3)
    shares, rows = np.array([0.3, 0.5, 0.7]), np.full(3, 40_000.0)
    drawn = shares + np.sqrt(3 * shares * (1 - shares) / rows) * rng.standard_normal((4000, 3))
    grouped = mean_of_replicates(shares, rows, rows, drawn, 100_000, 3.0)
    for unseen in (0.0, 1.0):
        assert grouped.effect(TAIL, unseen) == pytest.approx(3, rel=0.1)


def test_identical_rows_of_a_group_count_as_one_row() -> None:
    shares, rows = np.array([0.0, 1.0]), np.full(2, 400.0)
    grouped = mean_of_replicates(shares, rows, rows, np.tile(shares, (50, 1)), 100, 8.0)
    assert grouped.effect(TAIL, np.array([1.0, 0.0])) == pytest.approx(8)
    ends, of_groups = grouped.interval(), wilson_interval(np.array([0.0, 50.0]), np.full(2, 50.0))
    np.testing.assert_allclose((ends.low, ends.high), (of_groups.low, of_groups.high))


def test_one_miss_does_not_make_the_limit_of_many_groups_sharper() -> None:
    """Groups that fail whole may be missing from the file, with one failed row or without."""
    of = np.full((60, 4), 10.0)
    part = np.zeros((60, 4))
    for k in range(4):
        part[:k, k] = 1
    grouped = share_of_buckets(part, of, of.sum(axis=0), 10.0)
    trials = grouped.rows / grouped.effect(TAIL, 1.0)
    limits = wilson_interval(grouped.mean * trials, trials).high
    assert np.all(np.diff(limits) > 0)
    assert limits[0] == pytest.approx(1 - 0.05 ** (1 / 60))
    assert grouped.interval().high[1] > grouped.interval().high[0] == limits[0]


@pytest.mark.parametrize(
    ("failing", "single"), [(0.03, 0.05), (0.045, 0.05), (0.01, 0.02), (0.0, 0.05)]
)
def test_a_limit_holds_in_most_files_of_groups_that_fail_whole(
    failing: float, single: float
) -> None:
    """The same holds if groups do not fail whole. Each file has 60 groups of 10 rows in 100 buckets."""
    rng = np.random.default_rng(7)
    truth, draws, level = failing + (1 - failing) * single, 3000, 0.05
    fails = rng.random((draws, 60)) < failing
    missed = np.where(fails, 10, rng.binomial(10, single, (draws, 60)))
    buckets = rng.integers(0, 100, (draws, 60)) + 100 * np.arange(draws)[:, None]

    def by_bucket(mass: Floats) -> Floats:
        return np.bincount(buckets.ravel(), mass.ravel(), minlength=100 * draws).reshape(-1, 100).T

    part, of = by_bucket(missed), by_bucket(np.full(missed.shape, 10.0))
    masses = np.array([mean_cluster_mass(column) for column in of.T])
    grouped = share_of_buckets(part, of, of.sum(axis=0), masses)
    trials = grouped.rows / grouped.effect(level, 1.0)
    chance = binom_at_most(grouped.mean * trials, trials, truth)
    assert np.mean(chance <= level) <= level


@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.99])
def test_an_interval_holds_at_any_correlation_within_groups(correlation: float) -> None:
    """Its upper end is close to that of a known variance. There are 2,000 files of 160 groups of 25 rows."""
    rng = np.random.default_rng(9)
    truth, groups, size, files = 0.1, 160, 25, 2000
    shape = groups, files
    share = np.full(shape, truth)
    if correlation:
        spread = 1 / correlation - 1
        share = rng.beta(spread * truth, spread * (1 - truth), shape)
    missed = rng.binomial(size, share).astype(float)
    in_bucket = np.eye(100)[rng.integers(0, 100, groups)].T
    of = np.broadcast_to(in_bucket.sum(axis=1, keepdims=True) * size, (100, files))
    masses = np.full(files, mean_cluster_mass(of[:, 0]))
    grouped = share_of_buckets(in_bucket @ missed, of, of.sum(axis=0), masses)
    ends = grouped.interval()
    assert np.mean(ends.high < truth) <= 0.035
    assert np.mean(ends.low > truth) <= 0.035
    effect = 1 + (size - 1) * correlation
    known = 1.96 * np.sqrt(truth * (1 - truth) * effect / (groups * size))
    assert np.median(ends.high - grouped.mean) <= 1.4 * known


def binom_at_most(successes: Floats, trials: Floats, share: float) -> Floats:
    """Binomial distribution function, also for numbers that are not integers."""
    return np.asarray(beta.sf(share, successes + 1, np.maximum(trials - successes, 1e-9)))


def test_a_mean_without_rows_has_no_design_effect() -> None:
    nothing = np.zeros(2)
    grouped = GroupedMean(nothing, nothing, nothing, nothing, nothing, 100, np.nan)
    assert grouped.effect(TAIL, 1.0).tolist() == [1, 1]


def test_the_mean_mass_of_a_cluster_is_that_of_a_units_own() -> None:
    """Groups of several sizes are in random buckets. The estimate is unbiased, with an error of 1 in 7."""
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
