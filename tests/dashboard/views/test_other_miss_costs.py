"""Tests of the cheapest points at other prices of a miss, against all thresholds of all models."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from dashboard import page_view
from dashboard.analysis.decide.other_miss_costs import other_miss_costs
from dashboard.analysis.limits_missed import limits_missed
from dashboard.session.choices import Choices, Point
from dashboard.views.assumptions.other_miss_costs_table import other_miss_costs_table
from dashboard.words.decide.other_miss_costs import (
    limits_at_price_words,
    price_of_miss,
    revenue_at_price,
)
from dashboard.words.limits.certainty import doubt_words
from dashboard.words.numbers.amounts import SPACE, money
from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, OperatingPoint, Payoff, Scenario, Today
from metrics.selection.limits import meets_all
from metrics.selection.ties import cheapest
from tests.dashboard.built import answer_of, built_table
from tests.dashboard.overlapping_models import ROWS
from tests.dashboard.pages import words
from tests.dashboard.priced_kinds import OTHERWISE, PRICES, make_units, open_units

PRICED = Scenario(miss_cost=5.0, payoff=Payoff(4.0, -1.0, -30.0, -5.0))


def lowest_cost_errors(miss: float, most_flagged: float = 1.0) -> tuple[float, float]:
    """Missed defects and false alarms at the lowest cost. Among equal costs, the fewest misses win."""
    every = [ROWS.counts(m, t) for m in ROWS.models for t in ROWS.thresholds(m)]
    able = [c for c in every if c["tp"] + c["fp"] <= most_flagged * len(ROWS.labels)]
    best = min(able, key=lambda c: (miss * c["fn"] + c["fp"], c["fn"]))
    return best["fn"], best["fp"]


def errors_of(point):
    """Missed defects and false alarms of a point."""
    return point.counts["fn"], point.counts["fp"]


def at_other_prices(page):
    """Cheapest points of a page at other prices of a miss, of which there are some."""
    found = other_miss_costs(page.selection)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def build_page(tmp_path_factory):
    """Build the page of overlapping models under a scenario, with limits."""

    def build(scenario, *limits):
        return built_table(tmp_path_factory.mktemp("costs"), ROWS, scenario, Choices(limits=limits))

    return build


def test_the_cost_of_the_selected_point_follows_from_its_counts(tmp_path):
    thresholds = ROWS.thresholds(ROWS.models[0])
    point = Point(ROWS.models[0], thresholds[len(thresholds) // 2])
    page = built_table(tmp_path, ROWS, Scenario(miss_cost=5.0), Choices(point=point))
    missed, alarms = errors_of(page.selection.point)
    costs = [at.selected_cost for at in at_other_prices(page).cheapest]
    assert costs == [price * missed + alarms for price in (2.5, 5.0, 10.0)]


def test_prices_of_a_miss_are_in_money_where_the_payoffs_imply_them(build_page):
    # A shipped defect loses 25 more than a rejected one, and a rejected good unit 5 more than a shipped one.
    analysis = build_page(PRICED).analysis
    assert [price_of_miss(analysis.scenario, alarms) for alarms in (2.5, 10.0)] == [
        (f"EUR{SPACE}12.5", ["2.5 alarms"]),
        (f"EUR{SPACE}50", ["10 alarms"]),
    ]
    unpriced = build_page(Scenario(miss_cost=5.0)).analysis
    assert price_of_miss(unpriced.scenario, 10.0) == ("10", [])


@pytest.mark.parametrize(("position", "is_hurt_more"), [(0, False), (-1, True)])
def test_dearer_misses_hurt_a_current_system_more_if_it_misses_more(
    build_page, position, is_hurt_more
):
    model = ROWS.models[0]
    today = Today(model, ROWS.thresholds(model)[position])  # flags all units, or the fewest
    page = build_page(replace(PRICED, today=today))
    assert at_other_prices(page).is_current_hurt_more is is_hurt_more
    said = words(other_miss_costs_table(page))
    assert ("With dearer misses today’s revenue falls even more." in said) is is_hurt_more


@pytest.mark.parametrize("share", [1.0, 0.06])
def test_half_and_double_the_price_are_shown_at_their_cheapest_points(build_page, share):
    found = at_other_prices(build_page(Scenario(miss_cost=5.0), ("share_flagged", share)))
    assert [at.price for at in found.cheapest] == [2.5, 5.0, 10.0]
    for at in found.cheapest:
        assert errors_of(at.point) == lowest_cost_errors(at.price, share)


def test_the_current_cheapest_point_holds_up_to_the_stated_prices(build_page):
    found = at_other_prices(build_page(Scenario(miss_cost=5.0)))
    now = errors_of(found.cheapest[1].point)
    assert found.holds is not None
    low, high = found.holds.low, found.holds.high
    assert low < 5 < high
    for price in (low * 1.0001, high * 0.9999):
        assert lowest_cost_errors(price) == now
    for price in (low * 0.9999, high * 1.0001):
        assert lowest_cost_errors(price) != now


@pytest.mark.parametrize("limit", [("revenue_impact", 200.0), ("cost_of_errors", 100.0)])
def test_a_limit_that_depends_on_the_price_is_computed_at_each_price(build_page, limit):
    found = at_other_prices(build_page(Scenario(miss_cost=5.0), limit))
    assert found.holds is None
    for at in found.cheapest:
        at_price = build_page(Scenario(miss_cost=at.price), limit).analysis
        row = cheapest(at_price.points, meets_all(at_price.points, at_price.limits))
        assert at.meets_limits == (row is not None)
        place = (
            at_price.proposed if row is None else OperatingPoint.from_points(at_price.points, row)
        )
        assert at.point.place == place.place
    assert sum(not at.meets_limits for at in found.cheapest) == 1


def test_a_target_of_a_loss_is_set_aside_and_the_other_limits_still_bind(build_page):
    """At twice the price the current system makes a loss, so a target in per cent is undefined there."""
    target, share = ("revenue_impact_percent", 10.0), ("share_flagged", 0.06)
    for limits in ([target], [target, share]):
        page = build_page(PRICED, *limits)
        found = at_other_prices(page)
        assert [at.is_undefined for at in found.cheapest] == [False, False, True]
        twice = found.cheapest[2]
        assert twice.meets_limits
        assert errors_of(twice.point) == lowest_cost_errors(
            10.0, share[1] if share in limits else 1.0
        )
        opened_there = build_page(PRICED.with_miss_cost(10.0), *limits).analysis.proposed
        assert twice.point.place == opened_there.place
        said = words(other_miss_costs_table(page))
        assert said.count("target undefined: no checks make a loss") == 1
        # A gain in per cent of a loss means nothing, so the gain is an amount.
        assert twice.earned is not None
        gain = twice.earned.revenue - twice.current_revenue
        revenue, [current, *_] = revenue_at_price(page.analysis.scenario, twice)
        assert revenue.endswith(f" ({figure(OBJECTIVES['revenue_impact'], gain, PRICED)})")
        assert current.startswith("no checks −")


def test_a_loss_has_the_name_of_the_current_system_and_none_without_prices(build_page):
    today = Today(ROWS.models[0], ROWS.thresholds(ROWS.models[0])[-2])
    priced = replace(PRICED, today=today)
    said = words(other_miss_costs_table(build_page(priced, ("revenue_impact_percent", 1.0))))
    assert "target undefined: today makes a loss" in said
    unpriced = build_page(Scenario(miss_cost=5.0), ("revenue_impact_percent", 1.0))
    said = words(other_miss_costs_table(unpriced))
    assert "target undefined " in said
    assert "loss" not in said


def test_revenue_is_computed_at_each_price(build_page):
    """A higher price of a miss raises the gain over the current system, although both earn less."""
    found = at_other_prices(build_page(PRICED))
    units, defects = len(ROWS.labels), sum(ROWS.labels)
    for at in found.cheapest:
        shipped = -5.0 - 5.0 * at.price  # a false alarm costs 5
        missed, alarms = errors_of(at.point)
        good = 4.0 * (units - defects - alarms) - alarms
        assert at.earned is not None
        assert at.earned.revenue == pytest.approx(
            good - 5.0 * (defects - missed) + shipped * missed
        )
        current = 4.0 * (units - defects) + shipped * defects
        assert at.current_revenue == pytest.approx(current)
        gain = 100 * (at.earned.revenue / current - 1)
        assert at.earned.percent == pytest.approx(gain if current > 0 else math.nan, nan_ok=True)


def test_the_selected_point_earns_its_revenue_at_each_price(build_page):
    """A proposed point is compared with the selected point, unless they are the same."""
    page = build_page(PRICED, ("share_flagged", 0.06))
    selected = page.selection.point
    found = at_other_prices(page)
    for at in found.cheapest:
        assert (at.selected is None) == (at.point.place == selected.place)
        if at.selected is not None:
            there = build_page(PRICED.with_miss_cost(at.price), ("share_flagged", 0.06))
            [point] = [
                OperatingPoint.from_points(points, row)
                for points in [there.analysis.points_of(str(selected.model))]
                for row in range(len(points))
                if points["threshold"][row] == selected.threshold
            ]
            assert at.selected.revenue == pytest.approx(point.figures["revenue"])
            said = words(other_miss_costs_table(page)).replace(SPACE, " ")
            assert f"chosen point: {_eur(at.selected.revenue)}" in said


def _eur(value: float) -> str:
    return money(value, "EUR").replace(SPACE, " ")


@pytest.mark.parametrize(("limit", "is_decisive"), [(0.04, True), (1.0, False)])
def test_a_limit_decides_if_the_price_would_move_the_cheapest_point(build_page, limit, is_decisive):
    page = build_page(Scenario(miss_cost=5.0), ("share_flagged", limit))
    free = at_other_prices(build_page(Scenario(miss_cost=5.0)))
    found = at_other_prices(page)
    assert len({at.point.place for at in free.cheapest}) > 1
    assert (len({at.point.place for at in found.cheapest}) == 1) == is_decisive
    assert found.do_limits_decide == is_decisive
    assert ("stay the cheapest: the limit decides." in words(other_miss_costs_table(page))) == (
        is_decisive
    )


def test_the_table_says_how_sure_the_target_is_at_each_price(tmp_path):
    """The table agrees with the page at the same price."""
    scenario = Scenario(miss_cost=5.0, payoff=Payoff(4.0, -1.0, -20.0, -5.0))
    choices = Choices(limits=(("revenue_impact", 30.0),))
    page = built_table(tmp_path, ROWS, scenario, choices, resampled=True)
    found = at_other_prices(page)
    said = words(other_miss_costs_table(page))
    for at in found.cheapest:
        priced = scenario.with_miss_cost(at.price)
        there = built_table(tmp_path, ROWS, priced, choices, resampled=True)
        point = there.selection.point
        missed = limits_missed(there.analysis, there.analysis.limits, point)
        assert at.missed == missed
        assert at.point.place == point.place
        if at.meets_limits and not at.is_certified:
            assert f"target {doubt_words(missed)}" in said


def test_a_limit_that_does_not_depend_on_the_price_is_as_sure_at_each_price(tmp_path):
    """The chances are those of the page at the entered price, also where another point is the cheapest."""
    choices = Choices(limits=(("recall", 0.9),))
    page = built_table(tmp_path, ROWS, Scenario(miss_cost=5.0), choices, resampled=True)
    cheapest_at_prices = at_other_prices(page).cheapest
    places = {at.point.place for at in cheapest_at_prices}
    assert len(places) < len(cheapest_at_prices)
    assert len({(at.point.place, at.missed) for at in cheapest_at_prices}) == len(places)
    for at in cheapest_at_prices:
        assert at.missed == limits_missed(page.analysis, page.analysis.limits, at.point)


def test_the_point_at_the_entered_price_is_as_sure_as_in_the_answer(tmp_path):
    for share, is_certified in ((0.9, True), (0.055, False)):
        choices = Choices(limits=(("share_flagged", share),))
        page = built_table(tmp_path, ROWS, Scenario(miss_cost=5.0), choices, resampled=True)
        found = at_other_prices(page)
        assert found.cheapest[1].is_certified is is_certified
        answer = answer_of(page, found.cheapest[1].point, at_rest=True)
        assert ("certified at 95%" in answer.limits) is is_certified
        remarks = limits_at_price_words(page.analysis, found.cheapest[1])
        assert ("limit certified" in remarks) is is_certified


def test_prices_by_kind_are_all_halved_and_doubled():
    frame = make_units(weighted=False)

    def page(times: float):
        prices = {kind: times * price for kind, price in PRICES.items()}
        scenario = Scenario(miss_cost=times * OTHERWISE, miss_cost_by_type=prices)
        return page_view.build(Choices(), open_units(frame, scenario), "light")

    found = at_other_prices(page(1.0))
    for times, at in zip((0.5, 1.0, 2.0), found.cheapest, strict=True):
        other = page(times)
        assert at.price == pytest.approx(other.analysis.evaluation.miss_cost)
        assert at.point.place == other.selection.point.place
