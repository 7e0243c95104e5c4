"""Tests that choices override the scenario as opened, and that stakeholders' choices are independent."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from dashboard.export.decision_to_record import recorded_scenario
from dashboard.session.carried_choices import carried_choices
from dashboard.session.choices import SERVING, STAKEHOLDERS, Choices, Point
from metrics import Payoff, Scenario, Today, scenario_from
from metrics.scenario.serving import Serving, Worker
from tests.dashboard.choosing import EVERY, FINITE, IDS, NAMES

BASE = Scenario(miss_cost=3, defect_rate=0.2, units_per_year=9.0, currency="USD",
                payoff=Payoff(1, 2, 3, 4), today=Today("m", 0.5), limits={"recall": 0.8})  # fmt: skip


def test_choices_override_the_opened_scenario():
    assert Choices().scenario(BASE) == BASE
    changed = Choices(miss_cost=8.5, defect_rate=0.0, units_per_year=0.0, currency="EUR",
                      payoff=(9, 8, 7, 6), today=Point("n", -0.25)).scenario(BASE)  # fmt: skip
    assert changed == Scenario(
        miss_cost=8.5, currency="EUR", payoff=Payoff(9, 8, 7, 6), today=Today("n", -0.25),
        limits={"recall": 0.8},
    )  # fmt: skip
    assert Choices(today="none").scenario(BASE) == replace(BASE, today=None)
    assert Choices(defect_rate=0.01).scenario(BASE) == replace(BASE, defect_rate=0.01)
    assert Choices(units_per_year=7.0).scenario(BASE) == replace(BASE, units_per_year=7.0)


LOAD = Serving(10.0, 0.9, 2.0, {"a": Worker(1.0, 3.0), "b": Worker(2.0)})


def served(choices: Choices) -> Serving:
    found = choices.scenario(replace(BASE, serving=LOAD)).serving
    assert found is not None
    return found


def test_a_typed_load_overrides_the_scenario():
    assert served(Choices()) == LOAD
    assert served(Choices().with_serving("requests_per_hour", 20.0)) == replace(
        LOAD, requests_per_hour=20.0
    )
    left_out = Choices()
    for name in SERVING:
        left_out = left_out.with_serving(name, None)
    assert served(left_out) == Serving(models=LOAD.models)
    alone = Choices(serving=(7.0, None, None)).scenario(BASE)
    assert alone == replace(BASE, serving=Serving(requests_per_hour=7.0))


def test_a_typed_price_is_for_every_model():
    found = served(Choices().with_serving("price_per_worker_hour", 9.0))
    assert [found.price_of(model) for model in "abc"] == [9.0] * 3
    assert [found.seconds_of(model) for model in "ab"] == [1.0, 2.0]


def test_a_typed_time_is_for_its_model_only():
    choices = Choices().with_time("a", 0.5).with_time("c", 4.0).with_time("a", 0.25)
    found = served(choices.with_time("b", None))
    assert [found.seconds_of(model) for model in "abc"] == [0.25, None, 4.0]
    assert [found.price_of(model) for model in "abc"] == [3.0, 2.0, 2.0]


@given(EVERY)
def test_any_load_makes_a_scenario_that_its_own_text_gives_back(choices):
    scenario = choices.scenario(replace(BASE, serving=LOAD))
    again = scenario_from(recorded_scenario(scenario))
    assert again.serving == scenario.serving


@given(EVERY, st.sampled_from(STAKEHOLDERS), IDS, st.tuples(IDS, FINITE))
def test_a_choice_of_one_stakeholder_changes_no_other(choices, stakeholder, objective, bound):
    k = STAKEHOLDERS.index(stakeholder)
    changed = choices.with_bound(stakeholder, bound)
    assert changed.bounds[k] == bound
    assert changed.with_bound(stakeholder, choices.bounds[k]) == choices
    changed = choices.with_stakeholder(stakeholder, objective)
    assert (changed.objectives[k], changed.bounds[k]) == (objective, None)
    others = [i for i in range(3) if i != k]
    assert [changed.objectives[i] for i in others] == [choices.objectives[i] for i in others]
    assert [changed.bounds[i] for i in others] == [choices.bounds[i] for i in others]
    assume(choices.objectives[k] != objective)
    assert changed != choices


@given(EVERY, NAMES, NAMES, st.text(max_size=4))
def test_a_choice_about_one_model_changes_no_other(choices, model, other, text):
    assume(model != other)
    assert model not in choices.with_shown(model, True).hidden
    hidden = choices.with_shown(model, False)
    assert hidden.hidden.count(model) == 1
    assert hidden.hidden.count(other) == choices.hidden.count(other)
    for change, field in ((Choices.with_name, "names"), (Choices.with_note, "notes")):
        before, after = getattr(choices, field), getattr(change(choices, model, text), field)
        assert [pair for pair in after if pair[0] == model] == ([(model, text)] if text else [])
        assert [p for p in after if p[0] != model] == [p for p in before if p[0] != model]


@given(EVERY)
def test_other_data_keeps_the_scenario_and_forgets_choices_of_models(choices):
    moved = carried_choices("sha256:2", choices, Choices())
    assert (moved.data, moved.objectives, moved.axes) == (
        "sha256:2",
        choices.objectives,
        choices.axes,
    )
    assert (moved.payoff, moved.limits) == (choices.payoff, choices.limits)
    assert (moved.point, moved.today, moved.names) == (None, None, ())
    assert carried_choices("sha256:1", choices, choices) == replace(
        choices, data="sha256:1", gaps="cost", intervals=True, seed=0, also=None
    )


def test_a_limit_in_false_alarms_keeps_its_value_when_prices_are_entered():
    base = Scenario(limits={"revenue_impact": 150.0, "missed_defects": 9.0})
    choices = replace(Choices(), bounds=(None, None, ("revenue_impact", -20.0)))
    priced, removed = choices.with_payoff((12.0, -3.0, -75.0, 0.0), base)
    assert priced.limits == (("revenue_impact", 2250.0), ("missed_defects", 9.0))
    assert (priced.bounds, removed) == ((None, None, ("revenue_impact", -300.0)), ())
    # Other prices do not change an amount of money.
    assert priced.with_payoff((1.0, 0.0, -5.0, 0.0), base)[0].limits == priced.limits
    free, removed = choices.with_payoff((0.0, 0.0, -75.0, 0.0), base)
    assert (free.limits, free.bounds) == ((("missed_defects", 9.0),), (None, None, None))
    assert removed == ("revenue_impact",)


def test_the_payoff_of_a_shipped_defect_follows_the_price_of_a_miss():
    base = Scenario(miss_cost=20.0, payoff=Payoff(0.0, -1.0, -10.0, 0.0))
    assert base.miss_weight == 2.0
    typed = Choices(payoff=(0.0, -1.0, -10.0, 0.0))
    assert typed.scenario(base) == base
    both = replace(typed, miss_cost=20.0).scenario(base)
    assert (both.miss_cost, both.payoffs.ship_defect, both.miss_weight) == (20.0, -20.0, 1.0)
    changed = typed.with_miss_cost(7.0)
    assert (changed.miss_cost, changed.payoff) == (None, (0.0, -1.0, -7.0, 0.0))
    assert Choices().with_miss_cost(7.0) == Choices(miss_cost=7.0)
