"""Tests of the chips of the assumptions before they are opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.dashboard.pages import BOXES, FOUR, Page
from tests.dashboard.tables import NASTY


@pytest.fixture
def open_chips(tmp_path, monkeypatch):
    def open_it(boxes: Sequence[str] = BOXES, **link: str) -> Page:
        path, link = FOUR.write(tmp_path / "scores.csv"), {"intervals": "off"} | link
        return Page(monkeypatch, str(path), link=link, boxes=boxes)

    return open_it


def _blocks(node: Any) -> Iterator[Any]:
    for child in getattr(node, "children", {}).values():
        yield child
        yield from _blocks(child)


def chips(page: Page) -> list[str]:
    """Labels of the popovers in order."""
    labels = [b.proto.popover.label for b in _blocks(page.app.main) if b.type == "popover"]
    return [" ".join(label.replace("\\", "").split()) for label in labels]


def test_an_open_box_shows_its_inputs_and_stays_open_when_its_label_changes(open_chips):
    page = open_chips(boxes=("chip_miss",))
    assert [field.key for field in page.app.number_input] == ["miss_cost"]

    def lazy_popover() -> tuple[str, bool, str]:
        [own] = [
            b.proto
            for b in _blocks(page.app.main)
            if b.type == "popover" and b.proto.popover.label.startswith("miss = ")
        ]
        return own.popover.id, own.popover.open, own.popover.label

    before = lazy_popover()
    page._boxes = ()
    after = (page.set("number_input", "miss_cost", 9.0), lazy_popover())[1]
    assert after[:2] == (before[0], True)
    assert (before[2], after[2]) == ("miss = 5 alarms (default)", "miss = 9 alarms")


def test_the_chip_of_limits_names_a_single_one(open_chips):
    assert "no limits" in chips(open_chips())
    assert "recall at least 80.0%" in chips(open_chips(limits="recall:0.8"))
    assert "target +7 against no checks" in chips(open_chips(limits="revenue_impact:7"))
    assert "2 limits" in chips(open_chips(limits="recall:0.8,share_flagged:0.9"))
    # Without checks these prices give a loss.
    loss, percent = "4,-1,-300,0", "revenue_impact_percent:30"
    assert "target +30% undefined" in chips(open_chips(payoff=loss, limits=percent))
    both = "recall at least 80.0%, target +30% undefined"
    assert both in chips(open_chips(payoff=loss, limits=f"recall:0.8,{percent}"))


def test_the_chip_of_a_miss_says_its_price_and_its_weight(open_chips):
    # (4 of a shipped good unit and 1 of its check) against (21 of a miss, less the 1 of its check): 4.
    page = open_chips(payoff="4,-1,-21,-1")
    assert "miss = EUR 20 = 4 alarms" in chips(page)
    assert "good unit EUR 4" in chips(page)
    page.set("number_input", "miss_cost", 6.0)
    assert "miss = EUR 30 = 6 alarms" in chips(page)
    assert "weigh" not in page.link
    page.set("number_input", "miss_weight", 2.0)
    assert "miss = EUR 30 = 6 alarms, weighed × 2" in chips(page)


def test_a_field_spells_out_large_numbers_and_the_currency(open_chips):
    page = open_chips(payoff="4,-1,-12,-1", currency="€", units="9000", limits="missed_defects:4e6")

    def label(key: str) -> str:
        said: str = page.app.number_input(key=key).label
        return " ".join(said.replace("\\", "").split())

    assert label("payoff_ship_good") == "One good unit shipped, €"
    assert label("limit_missed_defects") == "Missed defects, at most 4 m a year"
    assert label("units_per_year") == "Units a year"
    field = page.app.number_input(key="units_per_year").id
    page.set("number_input", "units_per_year", 43.8e9)
    assert label("units_per_year") == "Units a year: 43.8 bn"
    assert page.app.number_input(key="units_per_year").id == field  # and keeps the typed value
    page.set("number_input", "serving_requests_per_hour", 5e6)
    assert label("serving_requests_per_hour") == "Requests an hour: 5 m"
    page.set("number_input", "limit_missed_defects", 900.0)
    assert label("limit_missed_defects") == "Missed defects, at most, a year"


def test_requests_that_are_not_the_units_are_asked_about(open_chips):
    page = open_chips()
    page.set("number_input", "serving_requests_per_hour", 5e6)
    assert "5 m requests/hour" in chips(page)  # the number of units is not specified
    page.set("number_input", "units_per_year", 2.4e6)
    assert "18,200 requests for each unit" in chips(page)
    assert "18,200 requests for each unit made: is that meant?" in page.alignment
    page.set("number_input", "units_per_year", 44e9)
    assert "Computing load" in chips(page)
    assert "is that meant" not in page.alignment


def test_empty_assumptions_are_in_the_last_chip(open_chips):
    page = open_chips(boxes=("chip_details",), intervals="off")
    inputs = "serving_requests_per_hour", "inspection_false_alarms"
    assert set(inputs) <= {field.key for field in page.app.number_input}
    before = chips(page)
    for key in inputs:
        page.set("number_input", key, 4.0)
    assert chips(page) == before  # the layout does not change during the click
    assert set(inputs) <= {field.key for field in page.app.number_input}
    page._boxes = ()
    page.app.session_state["chip_details"] = False
    last = before.index("More")
    said = ["4 requests/hour", "inspection 4 alarms"]
    assert chips(page.run()) == [*before[:last], *said, *before[last:]]


def test_the_current_threshold_is_a_guess_until_it_is_entered(open_chips):
    def is_asked(page: Page) -> bool:
        [chip] = [chip for chip in chips(page) if chip.startswith("today: ")]
        has_question = any("Which one is in use?" in m for m in page.markup)
        assert chip.endswith(", a guess") == has_question
        return has_question

    page = open_chips()
    page.enter_current(NASTY[1])
    assert is_asked(page)
    page.enter_current(NASTY[1], 0.42)
    assert not is_asked(page)
    page.enter_current(NASTY[0])
    assert is_asked(page)
    assert is_asked(open_chips(today=page.link["today"]))  # the link has the question
    page.press("today_confirmed")
    assert not is_asked(page)
    assert not is_asked(open_chips(today=f"0.4@{NASTY[1]}"))
