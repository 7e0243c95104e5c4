"""Tests of the fields of limits, of the target and of weights, and of their keys in the link."""

from __future__ import annotations

import math

from dashboard.session.choices import Choices
from metrics import Scenario
from tests.dashboard.pages import FOUR, POINT, Page
from tests.dashboard.tables import NASTY


def test_the_target_in_per_cent_has_an_empty_field(open_limits):
    page = open_limits(Choices(point=POINT, payoff=(1.0, 0.0, -0.1, 0.0)))
    field = page.app.number_input(key="limit_revenue_impact_percent")
    assert (field.value, field.label) == (None, "Revenue against no checks, at least, %")
    assert "limits" not in page.link  # an empty field is not a target of 0
    assert "revenue against no checks, per cent" not in page.app.selectbox(key="limit_add").options
    page.set("number_input", "limit_revenue_impact_percent", 30.0)
    assert page.link["limits"] == "revenue_impact_percent:30.0"
    page.set("number_input", "limit_revenue_impact_percent", None)
    assert page.link["limits"] == "none"
    assert page.app.number_input(key="limit_revenue_impact_percent").value is None


def test_without_prices_the_field_of_the_target_is_in_false_alarms(open_limits):
    page = open_limits(Choices(point=POINT))
    field = page.app.number_input(key="limit_revenue_impact")
    unit = "false alarms’ worth"
    assert (field.value, field.label) == (None, f"Savings against no checks, at least, {unit}")
    cost = FOUR.value("cost_of_errors", NASTY[0], math.inf, Scenario())
    assert field.help == (
        f"The errors of no checks cost {cost:g} {unit} in this file. A target that binds every choice."
    )
    assert "savings against no checks" not in page.app.selectbox(key="limit_add").options
    page.set("number_input", "limit_revenue_impact", 7.0)
    assert page.link["limits"] == "revenue_impact:7.0"
    assert "Target +7 against no checks" in status(page)


def status(page: Page) -> str:
    """Sentence of the answer on whether the limits are met."""
    words: str = page.turn("decide").facts["now"]["answer"]["limits"]
    page.turn("limits")
    return words


def test_without_limits_the_page_leads_to_them(open_limits):
    page = open_limits(Choices(point=POINT))
    page.app.session_state["chip_limits"] = False
    page.press("set_limit")
    assert page.app.session_state["chip_limits"]


def test_a_limit_is_added_changed_and_removed(open_limits):
    page = open_limits(Choices(point=POINT))
    assert "limits" not in page.link
    page.set("selectbox", "limit_add", "share_flagged")
    assert page.app.number_input(key="limit_share_flagged").value is None
    assert "limits" not in page.link  # no value was typed
    assert "share flagged" not in page.app.selectbox(key="limit_add").options
    page.set("number_input", "limit_share_flagged", 1.0)
    assert page.link["limits"] == "share_flagged:0.01"
    assert ": missed" in status(page)
    page.set("number_input", "limit_share_flagged", None)
    assert page.link["limits"] == "none"
    assert status(page) == ""


def test_a_weight_is_in_the_link(open_limits):
    page = open_limits()
    page.set("number_input", "weight_executive", 8.0)
    assert page.link["weights"] == "1,1,8"
