"""Tests of the page in a meeting room and on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.dashboard.tables import made

PARTS = {
    "cards": ".st-key-cards",
    "part_front": ".st-key-part_front",
    "part_tradeoff": ".st-key-part_tradeoff",
    "part_strips": ".st-key-part_strips",
    "part_costs": ".st-key-part_costs",
}
HERE = ("cards", "part_front", "part_tradeoff")
"""Parts of the Decide page itself."""
ANSWER = (".st-key-answer_point", ".st-key-answer_worth")
KEPT = ".cg-kept-answer"
ASSUMED = ".cg-kept-assumed"
CONTROLS = (
    "button, input, select, textarea, [role=slider], [role=combobox], [role=radio], [role=tab], "
    '[data-testid="stSidebar"], [data-testid="stHeader"]'
)
# Objectives are shown as plain text; the select boxes are not recognisable as controls.
WORDS = '[class*="st-key-objective_"]'
# Size of A4 in points, in both orientations, with a tolerance of 1.
A4 = (595, 842)


@pytest.fixture
def reader(app_on, window):
    return window(app_on())


def controls(page):
    return page.evaluate(
        """([controls, words]) => [...document.querySelectorAll(controls)]
          .filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true})
            && e.getBoundingClientRect().width > 1 && !(e.matches('input') && e.closest(words)))
          .map(e => e.outerHTML.slice(0, 150))""",
        [CONTROLS, WORDS],
    )


def visible(page):
    return [name for name, part in PARTS.items() if page.locator(part).is_visible()]


@pytest.mark.slow  # the presented parts are on Decide, which is tested in every run
def test_presenting_shows_one_part_at_a_time_without_controls(reader):
    page = reader.page
    before = reader.text()
    assert visible(page) == list(HERE)
    assert len(controls(page)) > 10
    answer = [word for part in ANSWER for word in page.locator(part).inner_text().split()]
    objectives = page.locator('[class*="st-key-objective_"] input').evaluate_all(
        "all => all.map(e => e.value)"
    )
    expect(page.locator(".cg-assumed")).to_be_hidden()
    assumed = (page.locator(".cg-assumed").text_content() or "").split()
    assert assumed[0] == "Assuming"
    page.get_by_role("button", name="Present").click()
    expect(page.locator(".cg-objective")).to_have_text(objectives)
    names = list(PARTS)
    walk = [(None, "cards"), *(("ArrowRight", name) for name in [*names[1:], names[-1]])]
    walk += [("ArrowLeft", name) for name in names[-2:-4:-1]]
    for key, part in walk:
        if key:
            page.keyboard.press(key)
        expect(page.locator(PARTS[part])).to_be_visible()
        assert visible(page) == [part]
        assert controls(page) == []
        # Each part has the same answer above it and the same assumptions below.
        expect(page.locator(ASSUMED)).to_be_visible()
        assert page.locator(ASSUMED).inner_text().split() == assumed
        if part in HERE:
            expect(page.get_by_test_id("chosen")).to_be_visible()
            expect(page.locator(KEPT)).to_be_hidden()
        else:
            expect(page.locator(KEPT)).to_be_visible()
            assert page.locator(KEPT).inner_text().split() == answer
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, part
        page.wait_for_function(
            """document.querySelector('[data-testid="stMain"]').scrollHeight <= innerHeight"""
        )
    page.keyboard.press("Escape")
    reader.settle()
    expect(page.locator(PARTS["part_front"])).to_be_visible()
    assert visible(page) == list(HERE)
    assert len(controls(page)) > 10
    assert reader.text() == before
    expect(page.locator(ASSUMED)).to_have_count(0)
    # The keys work on the page again.
    reader.move_threshold("ArrowLeft")


# For each card: its height, the filled share of it, and the font sizes of its figure and of its label.
CARDS = """
() => ['data', 'product', 'executive'].map(name => {
  const card = document.querySelector(`.st-key-part_stakeholder-${name}`);
  const size = (part) => parseFloat(getComputedStyle(card.querySelector(part)).fontSize);
  const {top, height} = card.getBoundingClientRect();
  const {bottom} = card.querySelector('.cg-told').getBoundingClientRect();
  return [height, bottom - top, size('.cg-figure'), size('.cg-objective')];
})
"""


@pytest.mark.slow
def test_presenting_on_a_phone_has_buttons_and_complete_parts(app_on, window):
    reader = window(f"{app_on()}/?intervals=off", size=(390, 844))
    page, before = reader.page, reader.text()
    page.get_by_role("button", name="Present").click()
    bar = page.locator(".cg-turn")
    for part in ("cards", "part_front", "part_tradeoff"):
        expect(page.locator(PARTS[part])).to_be_visible()
        page.wait_for_function(
            """document.querySelector('[data-testid="stMain"]').scrollHeight <= innerHeight"""
        )
        for edge in ("documentElement", "querySelector('[data-testid=\"stMain\"]')"):
            assert page.evaluate(f"document.{edge}.scrollWidth - innerWidth") <= 0, part
        if part == "cards":
            for card, filled, figure, label in page.evaluate(CARDS):
                assert filled > 0.85 * card
                assert figure > 1.5 * label
        bar.get_by_role("button", name="Next").click()
    bar.get_by_role("button", name="Leave").click()
    reader.settle()
    expect(bar).to_have_count(0)
    assert visible(page) == list(HERE)
    assert reader.text() == before


@pytest.mark.slow
def test_bests_of_cards_are_at_one_height_with_a_long_unit(app_on, window, tmp_path):
    # Without prices the unit is "false alarms' worth".
    page = window(app_on(str(made().write(tmp_path / "four.csv"))), size=(1100, 800)).page
    page.get_by_role("button", name="Present").click()
    expect(page.locator("body")).to_have_attribute("data-cg-part", "cards")
    tops = "all => all.map(e => Math.round(e.getBoundingClientRect().top))"
    found = page.locator(".st-key-cards .cg-bests").evaluate_all(tops)
    assert len(found) == 3
    assert len(set(found)) == 1


@pytest.mark.slow
def test_a_print_has_two_pages(app_on, window):
    reader = window(f"{app_on()}/?limits=recall:0.9,revenue_impact_percent:30")
    expect(reader.page.locator(".cg-outright")).to_have_text("No choice meets the limits.")
    printed = reader.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 2
    boxes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", printed)
    sizes = {tuple(sorted(round(float(side)) for side in box)) for box in boxes}
    assert sizes == {A4}
    # The screen is as before.
    reader.settle()
    width = "document.querySelector('.st-key-front .js-plotly-plot')._fullLayout.width"
    assert reader.page.evaluate(width) == reader.page.evaluate(
        "Math.round(document.querySelector('.st-key-front .cg-chart').clientWidth)"
    )


@pytest.mark.slow
def test_a_print_of_models_has_charts_side_by_side(app_on, window):
    page = window(f"{app_on()}/?intervals=off").page
    pages = page.get_by_test_id("stTopNav")
    pages.get_by_role("link", name="Models", exact=True).click()
    charts = page.locator('[class*="st-key-chart_dots_"]')
    expect(charts.locator(".main-svg").first).to_be_visible()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1047, "height": 740})  # A4 without its margins
    tops = "all => all.map(e => Math.round(e.getBoundingClientRect().top))"
    places = charts.evaluate_all(tops)
    assert len(places) == 3
    assert len(set(places)) == 1
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1440, "height": 900})
    pages.get_by_role("link", name="Failures", exact=True).click()
    units = page.locator(".cg-gallery.cg-long").first
    units.wait_for()
    page.emulate_media(media="print")
    assert units.evaluate("e => e.scrollHeight <= e.clientHeight + 1")
