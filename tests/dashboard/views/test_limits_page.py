"""Tests of limits, compromises, cheapest models and the verdict, on the page and in the link."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from dashboard.session.choices import Choices, Point
from dashboard.session.url import to_query
from dashboard.words.limits.limit_names import limit_name
from metrics import OBJECTIVES, Bound, Payoff, Scenario, Today
from tests.dashboard.messages import messages
from tests.dashboard.pages import FOUR, POINT, Page, words
from tests.dashboard.tables import NASTY

FILE = Scenario()


@pytest.fixture
def open_page(tmp_path, monkeypatch):
    def start(choices: Choices | None = None, at: str = "limits", **link: str) -> Page:
        path = FOUR.write(tmp_path / "four.csv")
        return Page(
            monkeypatch,
            str(path),
            link={"intervals": "off"} | to_query(choices or Choices()) | link,
            at=at,
        )

    return start


def part(page: Page, name: str) -> list[list[str]]:
    """Texts of the cells in one of the tables."""
    [markup] = [m for m in page.markup if name in m]
    rows = re.findall(r"<tr\b.*?</tr>", markup, re.S)[1:]
    return [[words(c) for c in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]


def all_points(*objectives: str) -> list[dict[str, Any]]:
    return FOUR.points({*objectives}, FILE)


def test_the_target_in_per_cent_has_an_empty_field(open_page):
    page = open_page(Choices(point=POINT, payoff=(1.0, 0.0, -0.1, 0.0)))
    field = page.app.number_input(key="limit_revenue_impact_percent")
    assert (field.value, field.label) == (None, "Revenue against no checks, at least, %")
    assert "limits" not in page.link  # an empty field is not a target of 0
    assert "revenue against no checks, per cent" not in page.app.selectbox(key="limit_add").options
    page.set("number_input", "limit_revenue_impact_percent", 30.0)
    assert page.link["limits"] == "revenue_impact_percent:30.0"
    page.set("number_input", "limit_revenue_impact_percent", None)
    assert page.link["limits"] == "none"
    assert page.app.number_input(key="limit_revenue_impact_percent").value is None


def test_without_prices_the_field_of_the_target_is_in_false_alarms(open_page):
    page = open_page(Choices(point=POINT))
    field = page.app.number_input(key="limit_revenue_impact")
    unit = "false alarms’ worth"
    assert (field.value, field.label) == (None, f"Savings against no checks, at least, {unit}")
    cost = FOUR.value("cost_of_errors", NASTY[0], math.inf, FILE)
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


def test_without_limits_the_page_leads_to_them(open_page):
    page = open_page(Choices(point=POINT))
    page.app.session_state["chip_limits"] = False
    page.press("set_limit")
    assert page.app.session_state["chip_limits"]


def test_a_limit_is_added_changed_and_removed(open_page):
    page = open_page(Choices(point=POINT))
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


def test_if_no_point_meets_all_limits_each_shows_how_far_it_must_give_way(open_page):
    page = open_page(limits="recall:0.95,false_alarms:0").with_intervals()
    points = all_points("recall", "false_alarms")
    assert not [p for p in points if p["recall"] >= 0.95 and p["false_alarms"] <= 0]
    least = min(p["false_alarms"] for p in points if p["recall"] >= 0.95)
    most = max(p["recall"] for p in points if p["false_alarms"] <= 0)
    rows = part(page, "cg-limits-table")
    assert rows[0][4].startswith(f"at least {100 * most:.1f}% (")
    assert rows[1][4].startswith(f"at most {least:.0f} in this file (")
    [title] = [words(m) for m in page.markup if 'id="the-limits"' in m]
    assert title == "No point meets both limits"
    page.press("show_the nearest point")
    point = Point.of(page.link["point"])
    recall = FOUR.value("recall", point.model, point.threshold, FILE)
    alarms = FOUR.value("false_alarms", point.model, point.threshold, FILE)
    assert recall < 0.95 or alarms > 0


def test_the_selected_point_is_among_the_choices_and_marked(open_page):
    [costs] = [m for m in open_page().markup if "cg-costs" in m]
    assert 'aria-current="true"' in costs
    assert 'class="cg-strong">Chosen<' not in costs  # the selected point has another name
    page = open_page(point=f"{FOUR.thresholds(NASTY[0])[3]!r}@{NASTY[0]}")
    [costs] = [m for m in page.markup if "cg-costs" in m]
    assert costs.count('class="cg-strong">Chosen<') == costs.count('aria-current="true"') == 1


def test_a_weight_is_in_the_link(open_page):
    page = open_page()
    page.set("number_input", "weight_executive", 8.0)
    assert page.link["weights"] == "1,1,8"


def strips(page: Page) -> str:
    """Figures of both strips as sent to the browser."""
    charts = [message for message in messages(page.app) if message.kind == "chart"]
    return "".join(m.text for m in charts if m.head["alt"].startswith("The cheapest model"))


def test_names_in_strips_and_tables_are_never_markup(open_page):
    page = open_page(limits="recall:0.95,false_alarms:0")
    limits = page.markup
    compared = page.turn("models")
    for model in NASTY:
        if "<" in model:
            assert model not in "".join(limits + compared.markup)
            assert model not in strips(compared)


def test_a_target_of_0_is_the_current_revenue():
    scenario = Scenario(payoff=Payoff(1.0, 0.0, -1e4, 0.0), today=Today(NASTY[0], 0.5))
    zero, more = (Bound(OBJECTIVES["revenue_impact"], value) for value in (0.0, 1e3))
    assert limit_name(zero, scenario) == "No less revenue than today"
    assert limit_name(zero, replace(scenario, today=None)) == "No less revenue than with no checks"
    assert limit_name(more, scenario).startswith("Target +EUR")
    assert limit_name(zero, Scenario()) == "Errors cost no more than with no checks"
