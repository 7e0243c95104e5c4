"""Tests that a link restores the whole page, and that invalid links are reported and harmless."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from dashboard.safe_text import one_way
from dashboard.session.choices import Choices, Point
from dashboard.session.url import to_query
from metrics import Payoff, Scenario, Today
from tests.dashboard.pages import FOUR, POINT, STAKEHOLDERS, assert_selected
from tests.dashboard.tables import NASTY

EVERYTHING = Choices(
    objectives=("brier", "false_alarms", "revenue_impact_percent"),
    bounds=(None, ("share_flagged", 0.25), None),
    point=POINT,
    axes=("data", "product"),
    x="recall",
    compare="pin",
    pin=Point(NASTY[2], FOUR.thresholds(NASTY[2])[12]),
    miss_cost=7.25,
    defect_rate=0.0125,
    units_per_year=250_000.0,
    currency="₪",
    payoff=(3.0, -1.0, -11.5, 0.25),
    today=Point(NASTY[0], 0.42),
    hidden=(NASTY[3],),
)


def test_a_link_restores_everything(open_page):
    page = open_page(intervals="off")
    changes: list[tuple[str, str, Any]] = [
        ("selectbox", "objective_data", "brier"),
        ("selectbox", "objective_product", "false_alarms"),
        ("selectbox", "objective_executive", "revenue_impact_percent"),
        ("selectbox", "bound_on_product", "share_flagged"),
        ("number_input", "bound_value_product", 25.0),
    ]
    for kind, key, value in changes:
        page.set(kind, key, value)
    page.say("pinned", NASTY[2], FOUR.thresholds(NASTY[2])[12])
    page.say("chosen", POINT.model, POINT.threshold, turn=2)
    changes = [
        ("segmented_control", "axes", ("data", "product")),
        ("segmented_control", "x", "recall"),
        ("number_input", "defect_rate", 1.25),
        ("number_input", "units_per_year", 250_000.0),
        ("prices", "", asdict(Payoff(3.0, -1.0, -11.5, 0.25))),
        ("number_input", "miss_cost", 7.25),
        ("current", "", (NASTY[0], 0.42)),
        ("multiselect", "shown", list(NASTY[:3])),
    ]
    for kind, key, value in changes:
        if kind == "prices":
            page.app.text_input(key="currency").set_value("₪")
            page.price(**value)
        elif kind == "current":
            page.enter_current(*value)
        else:
            page.set(kind, key, value)
    # The payoff of a shipped defect follows the price of a miss, and then implies it.
    payoff = (3.0, -1.0, 0.25 - 4 * 7.25, 0.25)
    chosen = replace(
        EVERYTHING, data=page.link["data"], payoff=payoff, miss_cost=None, intervals=False
    )
    assert page.link == to_query(chosen)
    pasted = open_page(choices=chosen)
    assert pasted.everything == page.everything
    assert pasted.link == page.link
    scenario = Scenario(
        miss_cost=7.25, defect_rate=0.0125, units_per_year=250_000, currency="₪",
        payoff=Payoff(*payoff), today=Today(NASTY[0], 0.42),
    )  # fmt: skip
    for stakeholder, o in zip(STAKEHOLDERS, chosen.objectives, strict=True):
        assert pasted.figure(stakeholder) == FOUR.text(o, POINT.model, POINT.threshold, scenario)


WRONG = [
    ("point", "0.5@nobody"), ("point", "half@svm, rbf"), ("want", "a,b,c"), ("within", ",x:1,"),
    ("beside", "them"), ("pin", "0.5@nobody"), ("miss", "-1"), ("rate", "1"), ("currency", " "),
    ("payoff", "1,2,3"), ("payoff", "1e308,-1e308,-1e308,1e308"), ("miss", "1e308"),
    ("today", "0.5"), ("hide", "nobody"), ("hide", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [dict(reversed(WRONG)), dict(WRONG)],  # the first of each key, and the last
    ids=lambda wrong: " ".join(f"{key}={value}" for key, value in wrong.items()),
)
def test_errors_of_a_link_are_reported_and_have_their_default(open_page, wrong):
    page = open_page(**wrong)
    found = FOUR.pick("cost_of_errors", Scenario())
    assert found is not None
    assert_selected(page, FOUR, Scenario(), *found)
    for key, value in wrong.items():
        assert (key if "nobody" not in value and value else "no model") in page.notices


@pytest.mark.parametrize(
    "link",
    [
        {"point": "-inf@svm, rbf", "miss": "1e-9", "units": "1e-9"},
        {"point": "inf@svm, rbf", "miss": "1e15", "units": "1e15", "x": "flagged"},
        {"point": "1e308@svm, rbf", "rate": "1e-9", "today": "-1e300@svm, rbf"},
        {"rate": "0.999999999", "today": "1e300@svm, rbf"}, {"rate": "0", "units": "0", "today": "none"},
        {"payoff": "1e15,-1e15,-1e15,1e15", "units": "1e15", "miss": "1e15"},
        {"payoff": "0,0,0,0", "beside": "pin", "pin": "0.5@nobody", "axes": "executive,data"},
        {"beside": "pin", "pin": "0.5@svm, rbf", "hide": "svm\\, rbf", "today": "0.5@svm, rbf"},
        {"hide": "boosted trees,svm\\, rbf,net@3\\\\é,<b>rule</b>", "point": "1@svm, rbf"},
        {"limits": "revenue_impact:1e308,recall:-1e308", "within": "revenue_impact:-1e308,recall:1e308,"},
        {"within": "recall:2,recall:-1,", "want": "recall,recall,recall", "axes": "data,product"},
        {"within": ",revenue_impact:1e300,", "want": "missed_value,f1,mcc", "beside": "product"},
        {"today": "0.31415@svm, rbf"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_extreme_but_valid_choices_are_drawn(open_page, link):
    page = open_page(**link)
    assert all(page.figure(s) or page.asks(s) for s in STAKEHOLDERS)


@pytest.mark.parametrize("link", [{}, {"pin": "0.5@svm, rbf", "hide": "svm\\, rbf"}], ids=str)
def test_nothing_is_pinned_without_a_point(open_page, link):
    page = open_page(beside="pin", **link)
    assert "pinned" not in page.charts
    assert page.beside[1] == "No checks"  # no current system is specified
    page.turn("evidence")
    assert page.app.segmented_control(key="beside").value == "today"


def test_a_link_cannot_swap_the_names_of_two_models(open_page):
    first, other = NASTY[0], NASTY[1]
    page = open_page(choices=Choices(names=((first, other), (other, first), (NASTY[2], "camera"))))
    labels = {model["name"]: model["label"] for model in page.facts["models"]}
    assert {labels[name] for name in (first, other)} == {one_way(first), one_way(other)}
    assert labels[first] == one_way(first)
    assert labels[NASTY[2]] == "camera"
    assert "keeps its own name" in page.notices
    assert page.link["names"] == to_query(Choices(names=((NASTY[2], "camera"),)))["names"]


def test_a_name_of_a_file_is_shown_in_plain_letters(open_page):
    page = open_page(choices=Choices(names=((NASTY[2], f"{NASTY[0]}\ufe0f"),)))
    assert {model["name"]: model["label"] for model in page.facts["models"]}[NASTY[2]] != NASTY[0]
    assert f"exactly {NASTY[0]}\\ufe0f" in page.notices


def test_absurd_input_changes_nothing(open_page):
    page = open_page(miss="3")
    page.set("number_input", "miss_cost", 1e300)
    assert page.link["miss"] == "3.0"
    assert "Nothing was changed" in page.app.toast[0].value
