"""Tests of the inputs of inspection: no price, no inspectors; and bands and rates that follow an input."""

from __future__ import annotations

from dashboard.session.url import from_query
from metrics import Scenario
from tests.dashboard.inspected import PEOPLE
from tests.dashboard.pages import FOUR, Page, page_text

PRICE = "inspection_price"


def test_there_are_no_inspectors_until_inspection_has_a_price(year_arguments, monkeypatch) -> None:
    page = Page(monkeypatch, *year_arguments, link={"intervals": "off"})
    assert page.app.number_input(key=PRICE).value is None
    before = page.facts
    assert not before["inspected"]
    assert "inspect" not in page_text(page).lower()
    page.set("number_input", "inspection_catches", 90.0)
    assert page.facts["now"]["answer"] == before["now"]["answer"]
    page.set("number_input", "inspection_rejects", 2.0).set("number_input", PRICE, 0.3)
    assert page.link["inspectors"] == "0.3,,0.9,0.02,,,0.8"
    assert from_query(page.link)[0].scenario(Scenario()).inspection == PEOPLE
    answer = page.facts["now"]["answer"]
    assert answer["effect"].startswith("Ships ")
    assert " to an inspector (" in answer["effect"]
    page.set("number_input", PRICE, None)
    assert page.facts["now"]["answer"] == before["now"]["answer"]


def test_a_best_band_stays_best_under_a_limit_of_inspections(year_arguments, monkeypatch) -> None:
    """Both thresholds are chosen again, but a threshold moved by the reader stays."""
    page = Page(
        monkeypatch, *year_arguments, link={"inspectors": "0.3,,0.9,0.02,,,", "intervals": "off"}
    )
    model, best, _ = page.place
    page.say("chosen", model, best).set("number_input", "inspection_units_a_day", 100.0)
    own = page.facts["bestBand"]
    assert page.place == (model, float(own["at"]), None)
    assert page.place[1] != best
    moved = FOUR.thresholds(model)[3]
    page.say("chosen", model, moved).set("number_input", "inspection_units_a_day", 50.0)
    assert page.place[:2] == (model, moved)


def test_ends_of_a_range_follow_the_typed_rate(year_arguments, monkeypatch) -> None:
    page = Page(
        monkeypatch, *year_arguments, link={"inspectors": "0.3,,0.9,0.02,,,", "intervals": "off"}
    )
    page.set("number_input", "inspection_catches_low", 80.0)
    assert page.link["inspectors"] == "0.3,,0.9,0.02,,,,,0.8,,,"
    page.set("number_input", "inspection_catches_high", 85.0)
    assert page.link["inspectors"] == "0.3,,0.85,0.02,,,,,0.8,0.85,,"
    page.set("number_input", "inspection_catches", 90.0)
    assert page.link["inspectors"] == "0.3,,0.9,0.02,,,,,0.8,0.9,,"
    page.set("number_input", "inspection_catches_low", None)
    page.set("number_input", "inspection_catches_high", None)
    assert page.link["inspectors"] == "0.3,,0.9,0.02,,,"
