"""Tests of the form of revenue in a browser: prices, current system and target, by mouse and by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.dashboard.tables import made

FOCUSED = (
    "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
)
AMOUNTS = {
    "One good unit shipped, EUR": "4",
    "One good unit rejected, EUR": "1",
    "One defect shipped, EUR": "12",
    "One defect rejected, EUR": "0",
}
TARGET = "Revenue target, %"
FIELDS = 12
"""Number of inputs of the form: four amounts, each earned or lost, currency, two for today, target."""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return made().write(tmp_path_factory.mktemp("revenue") / "scores.csv")


def is_priced(reader):
    """Assert that the executive's card shows money, with the target above it."""
    assert reader.link["payoff"] == "4.0,-1.0,-12.0,0.0"
    assert reader.link["today"] == "none"
    assert reader.link["limits"] == "revenue_impact_percent:30.0"
    assert re.search(r"EUR [\d,.]+", reader.figure("executive"))
    expect(reader.page.get_by_test_id("limits")).to_contain_text("Target +30%")
    expect(reader.page.get_by_test_id("stPopoverBody")).to_have_count(0)
    # The button now has another label, and has the focus.
    expect(reader.page.get_by_role("button", name="good unit EUR 4")).to_be_focused()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_two_clicks_and_the_amounts_lead_to_the_revenue_target(app_on, window, path, size):
    reader = window(app_on(path), size=size)
    page = reader.page
    page.get_by_role("button", name="enter prices").click()
    form = page.get_by_test_id("stPopoverBody")
    first, apply = form.get_by_label(next(iter(AMOUNTS))).first, form.get_by_text("Apply")
    expect(first).to_be_focused()
    expect(apply).to_be_in_viewport(ratio=1)
    for amount in AMOUNTS.values():
        page.keyboard.type(amount)
        page.keyboard.press("Tab")
    # The Tab key stays in the form after a choice from a list.
    form.get_by_role("combobox", name="Today’s system").click()
    page.get_by_role("option", name="No checks").click()
    page.keyboard.press("Tab")
    expect(form.get_by_label("Today’s threshold")).to_be_focused()
    form.get_by_label(TARGET).fill("30")
    reader.until(apply.click, "payoff")
    is_priced(reader)


@pytest.mark.slow
def test_the_keyboard_alone_leads_to_the_revenue_target(app_on, window, path):
    reader = window(app_on(path), size=(1280, 720))
    page = reader.page

    def until_focused(words):
        for _ in range(80):
            if page.evaluate(FOCUSED) == words:
                return
            page.keyboard.press("Tab")
        pytest.fail(f"The Tab key does not reach {words}")

    def press_enter_to_open():
        page.keyboard.press("Enter")
        # Wait for all fields: with only the first field, the Tab key would leave the form.
        expect(page.get_by_test_id("stPopoverBody").locator("input")).to_have_count(FIELDS)
        reader.settle()

    until_focused("enter prices")
    press_enter_to_open()
    for label, amount in AMOUNTS.items():
        expect(page.locator("input:focus")).to_have_attribute("aria-label", label)
        page.keyboard.type(amount)
        page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    page.wait_for_function(f"({FOCUSED})() === 'no prices'")
    reader.settle()  # closing the form runs the page again
    press_enter_to_open()
    for label, amount in AMOUNTS.items():
        expect(page.locator("input:focus")).to_have_attribute("aria-label", label)
        page.keyboard.press("Control+A")  # the text typed before Escape may still be in the field
        page.keyboard.type(amount)
        page.keyboard.press("Tab")
    while page.locator("input:focus").get_attribute("aria-label") != TARGET:
        page.keyboard.press("Tab")
    page.keyboard.type("30")
    reader.until(lambda: page.keyboard.press("Enter"), "payoff")
    is_priced(reader)
