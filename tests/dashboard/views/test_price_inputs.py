"""Tests of the form of prices, and of the price of a miss that follows from them."""

from __future__ import annotations

from dashboard.session.choices import Choices, Point
from dashboard.session.url import from_query
from metrics import Payoff, Scenario
from tests.dashboard.pages import (
    FOUR,
    POINT,
)
from tests.dashboard.tables import NASTY

PAYOFF = Payoff(ship_good=4.0, reject_good=-1.5, ship_defect=-20.0, reject_defect=-2.5)


def test_prices_make_money_once_all_are_filled_in(open_without_intervals):
    page = open_without_intervals(choices=Choices(point=POINT))
    before = page.link
    prices = {"ship_good": 4.0, "reject_good": -1.5, "ship_defect": -20.0, "reject_defect": -2.5}
    for name, value in prices.items():
        page.press("use_prices").run()
        assert page.asks("executive")
        assert page.link == before
        page.app.selectbox(key=f"sign_{name}").set_value("earned" if value >= 0 else "lost")
        page.app.number_input(key=f"payoff_{name}").set_value(abs(value))
    page.press("use_prices")
    assert not page.asks("executive")
    assert page.link["payoff"] == ",".join(map(str, prices.values()))
    figure = FOUR.text("revenue_impact", POINT.model, POINT.threshold, Scenario(payoff=PAYOFF))
    assert page.figure("executive") == figure


def test_the_form_of_prices_also_sets_the_current_system_and_the_target(open_without_intervals):
    page = open_without_intervals(choices=Choices(point=POINT))
    assert page.app.number_input(key="target").value is None
    page.app.selectbox(key="prices_today_model").set_value(NASTY[0])
    page.app.number_input(key="prices_today_threshold").set_value(0.42)
    page.price(target=12.5, ship_good=4.0, ship_defect=-20.0)
    chosen = from_query(page.link)[0]
    assert chosen.today == Point(NASTY[0], 0.42)
    assert chosen.limits == (("revenue_impact_percent", 12.5),)
    assert page.app.number_input(key="target").value == 12.5
    # The threshold of one system means nothing for another, which begins at its cheapest threshold.
    page.app.selectbox(key="prices_today_model").set_value(NASTY[1])
    page.price(ship_good=4.0)
    chosen = from_query(page.link)[0]
    assert isinstance(chosen.today, Point)
    assert chosen.today.model == NASTY[1]
    assert chosen.today.threshold != 0.42
    assert chosen.limits == ()


def test_a_target_in_per_cent_of_a_loss_is_not_set_and_the_open_form_says_why(
    open_without_intervals,
):
    page = open_without_intervals(choices=Choices(point=POINT))
    page.price(target=30.0, ship_defect=-20.0)
    chosen = from_query(page.link)[0]
    assert (chosen.today, chosen.limits) == ("none", None)
    # Below the prices, and below the limits.
    said = [box.value for box in page.app.html if "means nothing" in box.value]
    assert ["so +30% means nothing: set a target in EUR." in why for why in said] == [True, True]
    assert page.app.session_state["chip_prices"]
    assert page.app.number_input(key="limit_revenue_impact").label.endswith(
        "at least, EUR in this file"
    )


def test_the_price_of_a_miss_agrees_in_money_and_in_false_alarms(open_without_intervals):
    """The payoff of a shipped defect follows the number of alarms, and the number follows the payoffs."""
    page = open_without_intervals(choices=Choices(point=POINT, payoff=(1.0, 0.0, -9.0, 1.0)))
    assert page.app.number_input(key="miss_cost").value == 10
    page.set("number_input", "miss_cost", 20.0)
    assert page.app.number_input(key="payoff_ship_defect").value == 19
    priced = Scenario(miss_cost=20, payoff=Payoff(1.0, 0.0, -19.0, 1.0))
    assert page.figure("executive") == FOUR.text(
        "revenue_impact", POINT.model, POINT.threshold, priced
    )
    page.price(ship_defect=-3.0)
    assert page.app.number_input(key="miss_cost").value == 4
    assert "miss" not in page.link
