"""Tests of accessibility, light and dark: for screen readers, and without a mouse."""

from __future__ import annotations

import contextlib

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import PATIENCE

PARTS = {
    "Models": ".cg-beside",
    "Evidence": ".js-plotly-plot .main-svg",
    "Failures": ".cg-flips",
    "Limits": ".cg-costs",
}
"""Element that shows that a page is there."""
# Pictures that a screen reader finds, without a name of their own or of an element around them.
NAMELESS = """
() => [...document.querySelectorAll('[data-testid="stApp"] :is(.js-plotly-plot, canvas, svg)')]
  .filter(e => e.checkVisibility() && !e.closest('[aria-hidden="true"]'))
  .filter(e => {
    const holder = e.closest('[role="figure"], [role="img"], button, a, summary, label, [role="button"], '
      + '[data-testid="stDataFrame"], [data-testid="stIconMaterial"]');
    if (holder === null) return true;
    return !(holder.getAttribute('aria-label') || holder.title || holder.textContent.trim());
  })
  .map(e => `${e.outerHTML.slice(0, 120)} in ${e.parentElement.outerHTML.slice(0, 120)}`)
"""


PAGES = ("Decide", "Models", "Evidence", "Failures", "Limits", "Data", "Guide", "Method", "Scale")
QUICK = ("Decide",)


@pytest.mark.parametrize(
    ("scheme", "names"),
    [
        ("light", QUICK),
        pytest.param("light", [p for p in PAGES if p not in QUICK], marks=pytest.mark.slow),
        pytest.param("dark", PAGES, marks=pytest.mark.slow),
    ],
    ids=["light", "light, the others", "dark"],
)
def test_axe_finds_no_violation_and_every_picture_has_a_name(app_on, window, scheme, names):
    reader = window(app_on(), scheme=scheme)
    found = {}
    for name in names:
        page = open_page(reader, name)
        found[name] = violations(page)
        if scheme == "light" and name in PICTURED:
            PICTURED[name](page)
            assert nameless(page) == []
    assert found == {name: [] for name in found}


def open_page(reader, name):
    if name == "Data":
        reader.page.get_by_role("link", name="Data", exact=True).click()
        expect(reader.page.locator(".cg-facts-table").first).to_be_visible(timeout=PATIENCE)
        expect(reader.page.locator(".js-plotly-plot .main-svg").first).to_be_visible(
            timeout=PATIENCE
        )
    elif name in PARTS:
        pages = reader.page.get_by_test_id("stTopNav")
        pages.get_by_role("link", name=name, exact=True).click()
        expect(reader.page.locator(PARTS[name]).first).to_be_visible(timeout=PATIENCE)
        if name == "Models":
            expect(reader.page.locator(".cg-others").first).to_be_visible(timeout=PATIENCE)
    elif name != "Decide":
        pages = reader.page.get_by_test_id("stTopNav")  # the guide also links to its first page
        pages.get_by_role("link", name="Guide", exact=True).click()
        if name != "Guide":  # a chapter, linked from the guide's first page
            chapters = reader.page.locator(".st-key-guide_chapters")
            chapters.get_by_role("link", name=name, exact=True).click()
        expect(reader.page.get_by_role("heading", name=name, level=1)).to_be_visible(
            timeout=PATIENCE
        )
    for _ in range(2):  # at the start of a run the old elements stay for a moment
        reader.page.wait_for_timeout(700)
        reader.settle()
    return reader.page


def nameless(page):
    """Smallest number of pictures without a name over some moments, because cells of a canvas come and go."""
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(f"() => ({NAMELESS.strip()})().length === 0", timeout=60_000)
        return []
    return page.evaluate(NAMELESS)


def charts_say_what_they_show(page):
    for place, words in (("front", "revenue against today"), ("tradeoff", "two_stage_boosting")):
        chart = page.locator(f".st-key-{place}").get_by_role("figure")
        assert words in (chart.get_attribute("aria-label") or "")


def models_are_sorted_by_key(page):
    table = page.locator(".cg-models-table")
    chosen = table.locator("tr.cg-here th")
    expect(chosen.locator(".cg-swatch")).to_have_text("◀")
    expect(chosen).to_have_text("◉\u00a0◀two_stage_boosting")
    charts = page.locator(".st-key-part_models .ytick")
    for name in ("◉ two_stage_boosting", "◇ contrast_rule"):
        expect(charts.get_by_text(name, exact=True)).to_have_count(3)
    head = table.get_by_role("columnheader", name="AUC")
    figures = [float(cell) for cell in column_of(table, head)]
    assert len(figures) > 2
    head.get_by_role("button").focus()
    # Sorted by revenue, without a drag.
    expect(table.locator('[aria-sort="descending"]')).to_have_count(1)
    for said, order in (("descending", -1), ("ascending", 1), ("none", 0)):
        page.keyboard.press("Enter")
        expect(head).to_have_attribute("aria-sort", said)
        wanted = sorted(figures, reverse=order < 0) if order else figures
        assert [float(cell) for cell in column_of(table, head)] == wanted


def column_of(table, head):
    """Cells of the column with a given head."""
    place = head.evaluate("head => head.cellIndex")
    return table.locator(f"tbody tr > :nth-child({place + 1})").all_inner_texts()


def points_stand_in_a_table(page):
    models_are_sorted_by_key(page)
    title = "The operating points behind the charts"
    page.get_by_text(title).click()
    table = page.get_by_test_id("stExpander").filter(has_text=title).get_by_test_id("stDataFrame")
    expect(table).to_be_visible(timeout=PATIENCE)
    table.scroll_into_view_if_needed()
    # The table is a canvas. The canvas contains the same cells for screen readers.
    expect(table.locator("canvas").first).to_be_visible(timeout=PATIENCE)
    cell = table.locator("canvas [role=gridcell]", has_text="contrast_rule").first
    cell.wait_for(state="attached", timeout=PATIENCE)


PICTURED = {
    "Decide": charts_say_what_they_show,
    "Models": points_stand_in_a_table,
    "Data": lambda page: expect(page.locator("table").first).to_be_attached(),
}
"""Ways to find the numbers of a page's charts without seeing the charts."""


def test_popovers_on_a_phone_are_completely_visible(app_on, window):
    page = window(app_on() + "/?intervals=off", size=(390, 844), scheme="dark").page
    button = page.locator(".st-key-foot_product").get_by_role("button", name="halve it?")
    button.evaluate("e => e.scrollIntoView({block: 'end'})")  # with no room below it
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(button.locator("p").first).to_have_css("color", "rgb(125, 180, 214)")  # as links there
    opened = page.get_by_test_id("stPopoverBody")
    expect(opened.get_by_role("button", name="Try it")).to_be_in_viewport(ratio=1)
    expect(opened.locator(".cg-more")).to_be_in_viewport(ratio=1)


def test_a_popover_takes_and_returns_the_focus(app_on, window):
    reader = window(app_on() + "/?intervals=off&want=,,recall")
    page = reader.page
    button = page.locator(".st-key-foot_product").get_by_role("button")
    inside = "!!document.activeElement.closest('[data-testid=stPopoverBody]')"
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(inside)
    # Sent by the server.
    page.get_by_test_id("stPopoverBody").get_by_role("button").first.wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate(f"{inside} && document.activeElement.matches('button, input')")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    expect(button).to_be_focused()
    reader.settle()  # the server gets a message that the popover closed
    page.keyboard.press("Enter")
    page.get_by_test_id("stPopoverBody").get_by_role("button").last.focus()
    page.keyboard.press("Tab")  # beyond its last control
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    expect(button).to_be_focused()
    names = page.locator("a[href]:visible").evaluate_all(
        "all => all.filter(e => !e.textContent.trim() && !e.ariaLabel).map(e => e.outerHTML)"
    )
    assert names == []


@pytest.mark.slow
def test_rows_of_tables_on_a_phone_are_completely_readable(app_on, window):
    page = window(app_on() + "/?intervals=off").page
    for place, tables in (("Limits", ".cg-costs, .cg-limits-table"), ("Failures", ".cg-parts")):
        page.set_viewport_size({"width": 1280, "height": 844})
        page.get_by_test_id("stTopNav").get_by_role("link", name=place, exact=True).click()
        page.set_viewport_size({"width": 390, "height": 844})
        expect(page.locator(tables).first).to_be_visible(timeout=PATIENCE)
        cut = page.locator(f":is({tables}):not(.cg-crossed) :is(td, tr)").evaluate_all(
            "all => all.filter(e => e.scrollWidth > e.clientWidth + 1 || "
            "e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML)"
        )
        assert cut == [], place
        if place == "Limits":
            name = page.locator(".cg-costs .cg-here th")
            expect(name).to_have_css("background-color", "rgba(0, 0, 0, 0)")  # the head of its row


# Texts that the style sheet adds before the elements of a selector.
BEFORE = "all => all.map(e => getComputedStyle(e, '::before').content)"


@pytest.mark.slow
def test_figures_of_models_on_a_phone_stay_below_their_heads(app_on, window):
    page = window(app_on() + "/?intervals=off").page
    page.get_by_test_id("stTopNav").get_by_role("link", name="Models", exact=True).click()
    page.set_viewport_size({"width": 390, "height": 844})
    heads = page.locator(".cg-brief thead button:visible")
    expect(heads).to_have_count(3, timeout=PATIENCE)
    group = [head.get_attribute("data-group") for head in heads.all()]
    assert heads.evaluate_all(BEFORE) == [f'"{name}"' for name in group]
    assert "Product manager: missed defects" in group
    met = page.locator(".cg-brief tbody .cg-text[data-group]")
    assert set(met.evaluate_all(BEFORE)) == {'"Target "'}
    page.locator(".cg-brief tbody tr").last.scroll_into_view_if_needed()
    page.mouse.move(200, 400)
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(500)
    expect(heads.first).to_be_in_viewport()


@pytest.mark.slow
def test_the_menu_of_a_narrow_window_closes_after_a_choice(app_on, window):
    page = window(app_on() + "/?intervals=off", size=(700, 800)).page
    page.get_by_test_id("stExpandSidebarButton").click()
    menu = page.get_by_test_id("stSidebarNavLink")
    menu.get_by_text("Models", exact=True).click()
    expect(page.locator(".st-key-models_page")).to_be_visible(timeout=PATIENCE)
    expect(menu.first).not_to_be_in_viewport()
