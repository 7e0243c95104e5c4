"""Tests of p-values of differences between two samples, and of Holm's procedure."""

from __future__ import annotations

import math

import pytest
from scipy.stats import chi2_contingency, norm
from scipy.stats import t as student

from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.comparison.p_values import FigurePair, chance_of_equal_shares, holm

COST, RECALL = OBJECTIVES["cost_of_errors"], OBJECTIVES["recall"]


def test_two_shares_are_compared_by_the_chi_square_test() -> None:
    chance = chance_of_equal_shares((120 / 4000, 4000), (90 / 2000, 2000))
    table = [[120, 3880], [90, 1910]]
    assert chance == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-9)


def test_a_worse_figure_is_tested_by_the_difference_of_independent_figures() -> None:
    """MOVER by hand: from 100 [90, 110] to 120 [112, 129] it is 20, +- sqrt(8^2 + 10^2)."""
    worse = FigurePair(COST, 100, (90, 110), 120, (112, 129)).chance_of_worse
    assert worse == pytest.approx(norm.sf(1.959964 * 20 / math.hypot(8, 10)), rel=1e-6)
    assert FigurePair(COST, 100, (90, 110), 112, (104, 121)).chance_of_worse > 0.025
    assert FigurePair(RECALL, 0.7, (0.6, 0.8), 0.9, (0.8, 0.95)).chance_of_worse > 0.5
    assert FigurePair(RECALL, 0.9, (0.85, 0.95), 0.7, (0.6, 0.8)).chance_of_worse < 0.001
    assert math.isnan(FigurePair(COST, math.nan, (90, 110), 120, (112, 129)).chance_of_worse)
    # The optimism of the choice is 10 of the 20.
    optimism = FigurePair(COST, 100, (90, 110), 120, (112, 129), optimism=-10.0).chance_of_worse
    assert optimism == pytest.approx(norm.sf(1.959964 * 10 / math.hypot(8, 10)), rel=1e-6)
    few = FigurePair(COST, 100, (90, 110), 120, (112, 129), freedom=29.0).chance_of_worse
    assert few == pytest.approx(student.sf(1.959964 * 20 / math.hypot(8, 10), 29), rel=1e-6)


def test_holm_rejects_no_more_than_the_level_allows() -> None:
    """By hand: 0.01 of four against 0.0125, 0.015 of three against 0.0167, 0.03 of two against 0.025."""
    chances = {"a": 0.03, "b": 0.01, "c": 0.9, "d": 0.015}
    assert holm(chances, 0.05) == {"b", "d"}
    assert holm(chances, 0.03) == frozenset()
    assert holm({}, 0.05) == frozenset()
