"""Tests of the gain of inspecting, cross-fitted on halves of the rows, and of its break-even price."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metrics.evaluation.confusion import ConfusionCurve
from metrics.evaluation.evaluation import Evaluation, evaluate
from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.cross_fitting import halves_of
from metrics.inference.inspection_gain import ThresholdPair, inspection_gain
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Payoff, Scenario
from metrics.selection.cheapest_inspection_band import cheapest_band
from metrics.selection.inspection_price import break_even_price
from tests.metrics.samples import units
from tests.metrics.tallied import tally_of

COST, REVENUE = OBJECTIVES["cost_of_errors"], OBJECTIVES["revenue_impact"]
PEOPLE = Inspection(false_alarms=0.15, catches=0.9, rejects=0.02)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    tally = tally_of(units(1500, 0.15, seed=5))
    return evaluate(tally, Scenario(inspection=PEOPLE))


def cost_alone(curve: ConfusionCurve) -> float:
    """Lowest cost of a model at a single threshold."""
    return float((5 * curve.alone.counts.fn + curve.alone.counts.fp).min())


def cost_with_people(curve: ConfusionCurve, price: float) -> float:
    """Lowest cost of a model with inspectors at a price."""
    return cheapest_band(curve.alone, replace(PEOPLE, false_alarms=price), miss_cost=5).cost


def cost_on_half(evaluation: Evaluation, one: ThresholdPair, half: int) -> float:
    """Cost of a choice on the rows of a half, in false alarms."""
    halves = halves_of(evaluation.tally, evaluation.tally.models[one.model])
    assert halves is not None
    curve = halves[half].curve
    low, high = curve.at(one.lower), curve.at(one.upper)
    seen_bad, seen_good = float(high.fn - low.fn), float(high.tn - low.tn)
    missed = float(low.fn) + (1 - PEOPLE.catches) * seen_bad
    alarms = float(high.fp) + PEOPLE.rejects * seen_good
    return 5 * missed + alarms + 0.15 * (seen_bad + seen_good)


def test_the_cross_fitted_gain_evaluates_each_choice_on_the_other_half(
    evaluation: Evaluation,
) -> None:
    bootstrap = Bootstrap.draw(evaluation, replicates=200)
    found = inspection_gain(bootstrap, COST)
    (first_band, first_single), (second_band, second_single) = found.chosen
    assert first_band.lower < first_band.upper
    assert first_single.lower == first_single.upper
    there = cost_on_half(evaluation, first_single, 1) + cost_on_half(evaluation, second_single, 0)
    band = cost_on_half(evaluation, first_band, 1) + cost_on_half(evaluation, second_band, 0)
    assert found.cross_fitted == pytest.approx(there - band, rel=1e-9)
    [curve] = evaluation.curves
    gain = cost_alone(curve) - cost_with_people(curve, 0.15)
    assert found.value == pytest.approx(gain, rel=1e-9)
    assert found.value > 0
    assert found.low < found.cross_fitted < found.high
    # Money has the opposite sign: a false alarm costs 1.
    money = replace(evaluation.scenario, payoff=Payoff(1.0, 0.0, -5.0, 0.0))
    of_money = Bootstrap(evaluate(evaluation.tally, money), bootstrap.drawn)
    again = inspection_gain(of_money, REVENUE)
    assert again.cross_fitted == pytest.approx(found.cross_fitted, rel=1e-9)
    assert (again.low, again.high) == pytest.approx((found.low, found.high), rel=1e-9)


def test_inspecting_pays_up_to_its_break_even_price(evaluation: Evaluation) -> None:
    price, tally = break_even_price(evaluation, COST), evaluation.tally
    [curve] = evaluation.curves

    def gain(cost: float) -> float:
        return cost_alone(curve) - cost_with_people(curve, cost)

    # In money the entered price of a miss has no effect, because the prices of units imply it.
    money = replace(evaluation.scenario, payoff=Payoff(1.0, 0.0, -5.0, 0.0), miss_cost=1.5)
    assert break_even_price(evaluate(tally, money), REVENUE) == pytest.approx(price, rel=1e-9)
    assert 0.15 < price < 5  # more than 0 and less than a miss
    assert gain(0.999 * price) > 0
    assert gain(1.001 * price) == pytest.approx(0, abs=1e-6)
    useless = replace(evaluation.scenario, inspection=Inspection(price=0.0, catches=0.0))
    assert break_even_price(evaluate(tally, useless), COST) == 0


def test_a_hidden_model_is_never_chosen() -> None:
    tally = tally_of(units(600, 0.15, seed=5, models=2))
    evaluation = evaluate(tally, Scenario(inspection=PEOPLE))
    names, bootstrap = evaluation.tally.models, Bootstrap.draw(evaluation, replicates=20)
    for m, curve in enumerate(evaluation.curves):
        hidden = set(names) - {curve.model}
        found = inspection_gain(bootstrap, COST, hidden=hidden)
        assert {one.model for pair in found.chosen for one in pair} == {m}
        alone, price = cost_alone(curve), break_even_price(evaluation, COST, hidden=hidden)
        assert found.value == pytest.approx(alone - cost_with_people(curve, 0.15), rel=1e-9)
        assert cost_with_people(curve, price) == pytest.approx(alone, rel=1e-6)
        assert cost_with_people(curve, 0.99 * price) < 0.99999 * alone
