"""Tests of the counts of inspection bands, and of the best lower threshold for each upper one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.confusion import Confusion, confusion_curve
from metrics.evaluation.inspection_band_counts import (
    Rates,
    band_curve,
    best_lower,
    draw_rates,
    inspected_between,
)
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Payoff, Scenario
from tests.metrics.made_rows import Rows
from tests.metrics.samples import tenths, units
from tests.metrics.tallied import evaluation_of, tally_of

PAYOFF = Payoff(ship_good=4.0, reject_good=-1.0, ship_defect=-21.0, reject_defect=-1.0)
SHIP_DEFECT = -21.0
WANTED = ["missed_defects", "false_alarms", "cost_of_errors", "revenue_impact", "recall",
          "units_inspected", "inspection_cost", "missed_after_inspection"]  # fmt: skip


def figures_by_rows(
    data: Rows, scenario: Scenario, below: float, reject_from: float
) -> dict[str, float]:
    """Figures of a band from its rows: expectations over the inspectors' decisions."""
    people = scenario.inspection
    assert people is not None
    scores = next(iter(data.scores.values()))
    mass = np.ones(scores.size) if data.weights is None else data.weights
    flagged = np.where(scores >= reject_from, 1.0, 0.0)
    seen = (scores >= below) & (scores < reject_from)
    bad = data.labels == 1
    flagged[seen & bad], flagged[seen & ~bad] = people.catches, people.rejects
    units_of_class = {True: mass[bad].sum(), False: mass[~bad].sum()}
    total = scenario.units_per_year or mass.sum()
    rate = scenario.defect_rate or units_of_class[True] / mass.sum()
    factor = np.where(
        bad, rate * total / units_of_class[True], (1 - rate) * total / units_of_class[False]
    )
    mass = mass * factor
    missed, alarms = (mass * (1 - flagged))[bad].sum(), (mass * flagged)[~bad].sum()
    inspected = mass[seen].sum()
    earned = np.where(
        bad,
        flagged * PAYOFF.reject_defect + (1 - flagged) * SHIP_DEFECT,
        flagged * PAYOFF.reject_good + (1 - flagged) * PAYOFF.ship_good,
    )
    today = np.where(bad, SHIP_DEFECT, PAYOFF.ship_good).astype(float)
    price = scenario.inspection_price
    return {
        "missed_defects": missed,
        "false_alarms": alarms,
        "cost_of_errors": scenario.miss_cost * missed + alarms + price / 5.0 * inspected,
        "revenue_impact": float((mass * (earned - today)).sum()) - price * inspected,
        "recall": float((mass * flagged)[bad].sum() / mass[bad].sum()),
        "units_inspected": inspected,
        "inspection_cost": price * inspected,
        "missed_after_inspection": (1 - people.catches) * mass[seen & bad].sum(),
    }


@settings(max_examples=15)
@given(
    scores=st.lists(st.integers(1, 9), min_size=2, max_size=14),
    defects=st.integers(0, 2**14 - 1),
    weighted=st.booleans(),
    people=st.builds(
        Inspection,
        price=st.sampled_from([0.0, 0.5, 2.0, 9.0]),
        catches=st.sampled_from([0.0, 0.5, 1.0]),
        rejects=st.sampled_from([0.0, 0.125, 1.0]),
        units_a_day=st.sampled_from([None, 0.25 / 365, 1 / 365]),
    ),
    rate=st.sampled_from([None, 0.1]),
    year=st.sampled_from([None, 1.0]),
)
def test_bands_equal_counts_of_the_rows_and_are_the_cheapest(
    scores: list[int],
    defects: int,
    weighted: bool,
    people: Inspection,
    rate: float | None,
    year: float | None,
) -> None:
    data = tenths(scores, defects, weighted=weighted)
    scenario = Scenario(
        payoff=PAYOFF, inspection=people, defect_rate=rate, units_per_year=year, miss_cost=4.0
    )
    evaluation = evaluation_of(data, scenario)
    points = operating_points(evaluation, [OBJECTIVES[name] for name in WANTED])
    curve = evaluation.curves[0]
    assert curve.lower is not None
    lows = curve.thresholds[curve.lower[curve.distinct]]
    possible = [*np.unique(next(iter(data.scores.values()))).tolist(), np.inf]
    assert points["threshold"].tolist() == possible
    most = people.largest_share(year)
    for k, low in enumerate(lows.tolist()):
        wanted = figures_by_rows(data, scenario, low, possible[k])
        assert points.iloc[k][WANTED].to_dict() == pytest.approx(wanted, rel=1e-9, abs=1e-9)
        every = [figures_by_rows(data, scenario, one, possible[k]) for one in possible[: k + 1]]
        mass = 1.0 if year else float(data.mass().sum())
        assert wanted["units_inspected"] <= most * mass * (1 + 1e-9)
        allowed = [w for w in every if w["units_inspected"] <= most * mass * (1 + 1e-9)]
        assert wanted["cost_of_errors"] == pytest.approx(
            min(w["cost_of_errors"] for w in allowed), rel=1e-9, abs=1e-9
        )


@given(
    bins=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([0.0, 1.0, 12.0])),
                  min_size=1, max_size=9),
    alarms=st.sampled_from([0.0, 0.25, 1.0]),
    most=st.sampled_from([0.0, 0.3, 1.0]),
)  # fmt: skip
def test_the_lower_threshold_is_the_best_at_prices_by_kind(
    bins: list[tuple[int, int, float]], alarms: float, most: float
) -> None:
    """Each kind of defect has its own price, and the number of inspections is limited."""
    bad, good, each = (np.array(column, float) for column in zip(*bins, strict=True))
    fn, tn = np.append(0, bad.cumsum()), np.append(0, good.cumsum())
    price = np.append(0, (bad * each).cumsum())
    units_of = fn + tn
    counts = Confusion(fn[-1] - fn, tn[-1] - tn, fn, tn, missed_price=price)
    people = Inspection(false_alarms=alarms, catches=0.75, rejects=0.125)
    found = best_lower(counts, people, 1.0, alarms, most)

    def cost(low: int, high: int) -> float:
        seen = units_of[high] - units_of[low]
        missed = price[low] + 0.25 * (price[high] - price[low])
        rejected = tn[-1] - tn[high] + 0.125 * (tn[high] - tn[low])
        return float(missed + rejected + alarms * seen)

    for high, low in enumerate(found.tolist()):
        room = most * units_of[-1] + 1e-6
        allowed = [k for k in range(high + 1) if units_of[high] - units_of[k] <= room]
        assert units_of[high] - units_of[low] <= room
        assert cost(low, high) == pytest.approx(min(cost(k, high) for k in allowed), abs=1e-9)


def test_no_unit_is_inspected_if_inspection_costs_more_than_it_saves() -> None:
    tally = tally_of(units(300, 0.2, seed=3))
    alone = confusion_curve(tally, 0)
    banded = band_curve(alone, Scenario(inspection=Inspection(false_alarms=50.0)), (1.0, 1.0))
    for name in ("tp", "fp", "fn", "tn"):
        assert (getattr(banded.counts, name) == getattr(alone.counts, name)).all()
    assert banded.alone is alone
    assert not np.any(banded.counts.inspected)


def test_no_unit_is_inspected_if_a_false_alarm_costs_nothing() -> None:
    """A price in money then has no equivalent in false alarms."""
    scenario = Scenario(payoff=Payoff(0.0, 0.0, -5.0, 0.0), inspection=Inspection(price=0.5))
    evaluation = evaluation_of(units(60, 0.3, seed=1), scenario)
    cost = [OBJECTIVES["cost_of_errors"]]
    found, alone = (operating_points(one, cost) for one in (evaluation, evaluation.alone))
    assert found["cost_of_errors"].tolist() == alone["cost_of_errors"].tolist()


def test_drawn_rates_lie_in_their_range_with_the_stated_rate_as_median() -> None:
    people = Inspection(price=1.0, catches=0.95, rejects=0.01, catches_range=(0.8, 0.96))
    rates = draw_rates(people, 1000)
    assert isinstance(rates, Rates)
    catches = np.asarray(rates.catches)
    assert catches.shape == (1000, 1)
    assert 0.8 <= catches.min() < 0.81
    assert 0.959 < catches.max() <= 0.96
    assert np.mean(catches < 0.95) == pytest.approx(0.5, abs=0.05)
    np.testing.assert_array_equal(rates.rejects, 0.01)
    later = draw_rates(people, 10, 990)
    assert isinstance(later, Rates)
    np.testing.assert_array_equal(later.catches, catches[990:])
    assert draw_rates(replace(people, catches_range=None), 10) == replace(
        people, catches_range=None
    )


def test_each_replicate_has_the_band_of_its_own_rates() -> None:
    lower = Confusion(
        tp=np.array([8.0]), fp=np.array([30.0]), fn=np.array([2.0]), tn=np.array([60.0])
    )
    upper = Confusion(
        tp=np.array([3.0]), fp=np.array([5.0]), fn=np.array([7.0]), tn=np.array([85.0])
    )
    rates = Rates(np.array([[0.8], [0.9]]), np.array([[0.1], [0.2]]))
    found = inspected_between(lower, upper, rates)
    np.testing.assert_allclose(found.fn, [[3.0], [2.5]])
    np.testing.assert_allclose(found.fp, [[7.5], [10.0]])
    np.testing.assert_allclose(np.asarray(found.overlooked_defects), [[1.0], [0.5]])
    np.testing.assert_allclose(found.inspected, [30.0])
