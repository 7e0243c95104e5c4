"""Tests of paired differences, their intervals, and whether they may be chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.comparison.paired_difference import (
    Chance,
    PairedDifference,
    may_be_even,
    paired_difference,
)
from metrics.inference.interval_formulas import percentile_interval

COST = OBJECTIVES["cost_of_errors"]


@given(st.lists(st.sampled_from([-2, -1, 0, 1, 3]), max_size=24))
def test_few_differing_buckets_are_judged_by_the_sign_test(differences: list[int]) -> None:
    more, less = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    expected = more + less == 0 or binomtest(more, more + less).pvalue > 0.05
    assert may_be_even(np.array(differences)) == expected


def test_many_differing_buckets_are_judged_by_the_bootstrap() -> None:
    assert may_be_even(np.array([1, -1] * 12))
    assert not may_be_even(np.array([1, -1] * 13))


@pytest.mark.parametrize(
    ("low", "high", "chance"),
    [
        (1.0, 3.0, Chance.CLEAR),
        (-3.0, -1e-9, Chance.CLEAR),
        (-1.0, 3.0, Chance.POSSIBLE),
        (0.0, 3.0, Chance.POSSIBLE),
        (-3.0, 0.0, Chance.POSSIBLE),
        (0.0, 0.0, Chance.POSSIBLE),
        (math.nan, math.nan, Chance.UNKNOWN),
    ],
)
def test_a_difference_is_clear_if_its_interval_excludes_zero(
    low: float, high: float, chance: Chance
) -> None:
    """An interval that ends at 0 does not exclude 0. An unknown interval is neither clear nor unclear."""
    assert PairedDifference(1.0, COST.unit, COST.direction, low, high).chance is chance
    assert PairedDifference(1.0, COST.unit, COST.direction).chance is Chance.UNKNOWN


@given(st.integers(0, 2**32 - 1))
def test_a_paired_difference_has_the_percentile_interval_and_share_of_wins(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 6, (2, 400)).astype(float)
    for name, sign in (("cost_of_errors", 1), ("recall", -1)):
        gap = paired_difference(OBJECTIVES[name], first, second, 0.5)
        wins = [(sign * a < sign * b) + 0.5 * (a == b) for a, b in zip(first, second, strict=True)]
        assert gap.better == pytest.approx(np.mean(wins))
        ends = percentile_interval((first - second)[:, None])
        assert (gap.low, gap.high, gap.size) == (ends.low[0], ends.high[0], 0.5)
        assert (gap.chance is Chance.CLEAR) == (gap.low > 0 or gap.high < 0)
        holes = np.where(np.arange(400) % 40 == 0, np.nan, first)
        some = paired_difference(OBJECTIVES[name], holes, second, 0.5)
        assert some.better == pytest.approx(np.mean([w for k, w in enumerate(wins) if k % 40]))


def test_a_difference_that_is_never_defined_is_not_better() -> None:
    nothing = np.full(100, np.nan)
    gap = paired_difference(OBJECTIVES["precision"], nothing, nothing, np.nan)
    assert np.isnan([gap.low, gap.high, gap.better]).all()
    assert gap.chance is Chance.UNKNOWN
