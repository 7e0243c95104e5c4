"""Tests of scenarios: re-weighting classes, pricing a miss, and naming the invalid key."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.errors import ScoreError
from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.evaluation.standard_objectives import payoff_of
from metrics.scenario.scenario import (
    Looks,
    Payoff,
    Scenario,
    Today,
    implied_odds,
    read_scenario,
    scenario_from,
)
from tests.metrics.made_rows import Rows
from tests.metrics.opening import error_of
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


FULL = """
miss_cost = 7
defect_rate = 0.031
units_per_year = 2_400_000
currency = " USD "
[payoff]
ship_good = 4.0
reject_good = -1.5
[today]
model = "rule"
threshold = 0.4
[limits]
revenue_impact_percent = 30
"""


def test_a_file_can_set_every_key(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(FULL, encoding="utf-8")
    assert read_scenario(path) == Scenario(
        miss_cost=7.0,
        defect_rate=0.031,
        units_per_year=2_400_000.0,
        currency="USD",
        payoff=Payoff(ship_good=4.0, reject_good=-1.5, ship_defect=None, reject_defect=0.0),
        today=Today("rule", 0.4),
        limits={"revenue_impact_percent": 30.0},
    )
    assert read_scenario(path).payoffs.ship_defect == -7.0  # left out: minus the cost of a miss
    assert scenario_from({}) == Scenario()


@pytest.mark.parametrize(
    ("data", "key", "value"),
    [
        ({"mis_cost": 5}, "mis_cost", "5"),
        ({"miss_cost": 0}, "miss_cost", "0"),
        ({"miss_cost": -1}, "miss_cost", "-1"),
        ({"miss_cost": "5"}, "miss_cost", "5"),
        ({"miss_cost": True}, "miss_cost", "True"),
        ({"miss_cost": None}, "miss_cost", None),
        ({"miss_cost": math.inf}, "miss_cost", "inf"),
        ({"miss_cost": math.nan}, "miss_cost", "nan"),
        ({"miss_cost": 10**400}, "miss_cost", str(10**400)),
        ({"defect_rate": 0.0}, "defect_rate", "0.0"),
        ({"defect_rate": 1.0}, "defect_rate", "1.0"),
        ({"units_per_year": 0}, "units_per_year", "0"),
        ({"currency": ""}, "currency", ""),
        ({"currency": " \t"}, "currency", " \t"),
        ({"currency": "thirteen long"}, "currency", "thirteen long"),
        ({"currency": 5}, "currency", "5"),
        ({"payoff": 3}, "payoff", "3"),
        ({"payoff": {"ship": 1}}, "payoff.ship", "1"),
        ({"payoff": {"ship_good": "much"}}, "payoff.ship_good", "much"),
        ({"today": {"model": "a"}}, "today.threshold", None),
        ({"today": {"threshold": 0.5}}, "today.model", None),
        ({"today": {"model": "a", "threshold": None}}, "today.threshold", None),
        ({"today": {"model": 3, "threshold": 0.5}}, "today.model", "3"),
        ({"limits": {"recall": "high"}}, "limits.recall", "high"),
        ({"limits": {"recall": False}}, "limits.recall", "False"),
        ({"limits": [1]}, "limits", "[1]"),
    ],
)
def test_a_wrong_key_is_named(data: dict[str, object], key: str, value: str | None) -> None:
    with pytest.raises(ScoreError, match=r"must be .*, got ") as caught:
        scenario_from(data, file="s.toml")
    [problem] = caught.value.problems
    assert (problem.code, problem.column, problem.value) == ("E_SCENARIO", key, value)
    assert problem.file == "s.toml"
    assert problem.hint


def test_every_invalid_key_is_named_and_an_unknown_one_with_the_valid_ones() -> None:
    with pytest.raises(ScoreError) as caught:
        scenario_from({"miss_cost": "5", "today": {"model": "a", "at": 1}, "payoff": {"ship": 1}})
    first, *_, last = caught.value.problems
    assert {p.column for p in caught.value.problems} == {
        "miss_cost", "payoff.ship", "today.at", "today.threshold",
    }  # fmt: skip
    assert first.message == "scenario key miss_cost must be a finite number, got '5'"
    assert last.message == "scenario key today.at must be one of model, threshold, got 1"


@pytest.mark.parametrize("content", [b"miss_cost = ", b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s.toml"
    if content is not None:
        path.write_bytes(content)
    error = error_of(read_scenario, path)
    assert (error.code, error.file) == ("E_SCENARIO", str(path))


def test_the_number_of_a_look_is_between_one_and_the_number_of_looks() -> None:
    assert scenario_from({"looks": {"of": 10, "this": 2}}).looks == Looks(10, 2)
    assert scenario_from({"looks": {"of": 3}}).looks == Looks(3)
    for wrong in ({"of": 0}, {"of": 3, "this": 4}, {"of": 3, "this": 0}, {"this": 1}, {"of": 2.5}):
        with pytest.raises(ScoreError, match=r"scenario key looks\.(of|this) must"):
            scenario_from({"looks": wrong})


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
