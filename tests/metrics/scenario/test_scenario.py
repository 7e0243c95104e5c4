"""Tests of scenarios: re-weighted classes, the price of a miss, and the implied threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.evaluation.standard_objectives import payoff_of
from metrics.scenario.scenario import Payoff, Scenario, implied_odds
from metrics.scenario.scenario_file import scenario_from
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import payoffs, rows
from tests.metrics.tallied import evaluation_of

MASS = st.floats(0.5, 1e7)
RATE = st.floats(1e-4, 0.99)


@given(MASS, MASS, st.none() | RATE, st.none() | st.floats(1, 1e9))
def test_factors_give_the_stated_defect_rate_and_volume(
    goods: float, defects: float, rate: float | None, volume: float | None
) -> None:
    scenario = Scenario(defect_rate=rate, units_per_year=volume)
    on_defects, on_goods = scenario.factors(np.array([goods, defects]))
    made = on_defects * defects, on_goods * goods
    assert sum(made) == pytest.approx(volume or goods + defects)
    wanted = defects / (goods + defects) if rate is None else rate
    assert made[0] / sum(made) == pytest.approx(wanted)
    assert scenario.is_observed == (rate is None and volume is None)
    if scenario.is_observed:
        assert (on_defects, on_goods) == (1, 1)


def calibrated(levels: list[int], units: list[int]) -> Rows:
    """Rows whose weights give exactly ``level`` per cent defects at a score of ``level`` per cent."""
    p = np.repeat(np.array(levels) / 100, 2)
    labels = np.tile(np.array([1, 0], np.int8), len(levels))
    weights = np.where(labels == 1, p, 1 - p) * np.repeat(np.array(units, float), 2)
    return Rows(labels=labels, scores={"a": p}, weights=weights)


LEVELS = st.lists(st.integers(1, 99), min_size=2, max_size=15, unique=True)


def probability(odds: float) -> float:
    return odds / (1 + odds)


@given(LEVELS, st.data(), st.floats(0.05, 60), st.none() | RATE)
def test_the_implied_threshold_is_cheapest_for_calibrated_scores(
    levels: list[int], draw: st.DataObject, miss_cost: float, rate: float | None
) -> None:
    size = len(levels)
    units = draw.draw(st.lists(st.integers(1, 1000), min_size=size, max_size=size))
    scenario = Scenario(miss_cost=miss_cost, defect_rate=rate)
    evaluation = evaluation_of(calibrated(levels, units), scenario)
    mark = probability(implied_odds(scenario, evaluation.tally.class_mass))
    points = operating_points(evaluation, [OBJECTIVES["cost_of_errors"]])
    costs = points["cost_of_errors"].to_numpy()
    there = costs[int((points["threshold"] < mark).sum())]
    assert there == pytest.approx(costs.min(), rel=1e-9, abs=1e-9)
    assert 0 < mark < 1


def counts_of(evaluation: Evaluation):
    return evaluation.curves[0].counts.scaled(*evaluation.factors)


@given(rows(models=1, weights=None), payoffs())
def test_payoffs_rank_points_like_the_miss_cost_that_they_imply(data: Rows, payoff: Payoff) -> None:
    """The difference of two points in revenue equals their difference in implied cost, in lost margins."""
    margin = payoff.ship_good - payoff.reject_good
    gain = payoff.reject_defect - float(payoff.ship_defect or 0)
    if margin <= 0 or gain <= 0:
        assert math.isnan(payoff.miss_cost)
        return
    counts = counts_of(evaluation_of(data))
    revenue = payoff_of(counts, Scenario(payoff=payoff))
    cost = payoff.miss_cost * counts.fn + counts.fp
    np.testing.assert_allclose(revenue - revenue[0], margin * (cost[0] - cost), atol=1e-9)
    for a in range(revenue.size):
        for b in range(revenue.size):
            if revenue[a] > revenue[b]:
                assert cost[a] < cost[b] + 1e-9


def test_the_cost_of_a_miss_follows_from_payoffs_unless_the_file_has_one() -> None:
    prices = {"ship_good": 4.0, "reject_good": -1.0, "ship_defect": -21.0, "reject_defect": -1.0}
    implied = scenario_from({"payoff": prices})
    assert (implied.miss_cost, implied.miss_weight) == (4.0, 1.0)
    weighed = scenario_from({"payoff": prices, "miss_cost": 6})
    assert (weighed.miss_cost, weighed.miss_weight) == (6.0, 1.5)
    assert math.isnan(Scenario().implied_miss_cost)
    assert Scenario(miss_cost=7).miss_weight == 1.0


@given(payoffs(), st.floats(0.01, 1e4), st.floats(0.1, 10))
def test_the_payoff_of_a_shipped_defect_follows_the_cost_of_a_miss(
    payoff: Payoff, alarms: float, weight: float
) -> None:
    scenario = Scenario(payoff=payoff)
    moved = scenario.with_miss_cost(alarms, weight)
    if math.isnan(scenario.implied_miss_cost):
        assert (moved.payoff, moved.miss_cost) == (payoff, alarms)
    else:
        assert moved.miss_cost == alarms * weight
        assert moved.implied_miss_cost == pytest.approx(alarms, rel=1e-6)
        assert moved.miss_weight == pytest.approx(weight, rel=1e-6)
        assert moved.with_miss_cost(alarms, weight) == moved
