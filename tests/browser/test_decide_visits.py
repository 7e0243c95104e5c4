"""Tests that the address holds all choices: parallel tabs, links, and the Back button."""

from __future__ import annotations

import pytest

from dashboard.figures.palette import DARK, LIGHT
from tests.browser.conftest import MODEL, PATIENCE, QUIET


@pytest.mark.slow
def test_a_page_follows_the_systems_dark_theme(reader):
    page = reader.page
    paper = "getComputedStyle(document.documentElement).getPropertyValue('--cg-paper').trim()"
    assert page.evaluate(paper) == LIGHT.paper
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{paper} === '{DARK.paper}'", timeout=PATIENCE)
    reader.settle()
    assert reader.link["point"] == f"0.3@{MODEL}"


@pytest.mark.slow  # opening a link again is tested in every run
def test_back_undoes_a_choice_and_forward_makes_it_again(reader):
    states = [(reader.link, reader.shown())]
    reader.move_threshold("PageUp")
    states.append((reader.link, reader.shown()))
    reader.want("product", "recall")
    states.append((reader.link, reader.shown()))

    def turned(turn, state):
        turn()
        # Nothing on the page shows that the server has answered a step of the history.
        for _ in range(100):
            reader.settle()
            if (reader.link, reader.shown()) == state:
                break
            reader.page.wait_for_timeout(100)
        return reader.link, reader.shown()

    for state in states[-2::-1]:
        assert turned(reader.page.go_back, state) == state
    for state in states[1:]:
        assert turned(reader.page.go_forward, state) == state


@pytest.mark.slow
def test_a_link_opens_another_page_and_going_back_works(reader):
    page, link = reader.page, reader.link
    assert page.locator(".cg-live a:visible").evaluate_all(
        "all => all.every(e => e.textContent.trim())"
    )
    page.evaluate("window.isStillHere = true")
    page.locator(".cg-rank:visible").first.click()
    page.locator(".st-key-models_page").wait_for()
    assert page.evaluate("window.isStillHere")
    assert reader.link == link | {"gaps": "data"}
    page.go_back()
    page.locator(".st-key-decide").wait_for()
    reader.settle()
    assert page.evaluate("window.isStillHere")
    assert reader.link == link


SHIFT = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const {value, hadRecentInput} of list.getEntries()) if (!hadRecentInput) window.shift += value;
}).observe({type: 'layout-shift', buffered: true});
"""
# The page has text, and no part waits for its script.
IN_PLACE = """
document.querySelector('[data-testid="stMainBlockContainer"]')?.innerText.trim()
&& !document.querySelector('[data-testid="stSkeleton"]')
"""


PAGES = ("", "limits", "models", "evidence", "failures", "data", "decisions", "guide")


@pytest.mark.parametrize(
    ("width", "height", "names"),
    [
        (1440, 900, PAGES[:2]),
        pytest.param(1440, 900, PAGES[2:], marks=pytest.mark.slow),
        pytest.param(390, 844, PAGES, marks=pytest.mark.slow),
    ],
)
def test_no_page_jumps_while_it_is_loaded(browser, app_on, width, height, names):
    page = browser.new_page(viewport={"width": width, "height": height}, bypass_csp=True)
    page.add_init_script(SHIFT)
    shifts = {}
    for name in names:
        page.goto(f"{app_on()}/{name}")
        page.wait_for_function(f"{IN_PLACE} && ({QUIET})()", timeout=PATIENCE)
        page.wait_for_timeout(500)
        shifts[name] = page.evaluate("window.shift")
    page.close()
    assert {name: shift for name, shift in shifts.items() if not 0 <= shift < 0.1} == {}


def test_the_icon_is_within_the_page(reader):
    # A file of a session may be missing for a moment while the page is drawn again.
    icons = reader.page.locator("link[rel~=icon]").evaluate_all("all => all.map(e => e.href)")
    assert icons
    assert all(icon.startswith("data:image/png") for icon in icons)


@pytest.mark.slow
def test_copy_link_gives_a_short_address_that_shows_the_same_elsewhere(window, app_on):
    reader = window(f"{app_on()}/?point=0.3@{MODEL}")
    page = reader.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # The note belongs to no model of the sample. The next choice is stored with it anyway.
    page = reader.open(f"{page.url}&notes=elsewhere%5C%2C{'a%20note%20' * 340}")
    reader.slider.press("PageUp")
    page.wait_for_function("() => location.search.includes('kept=')")
    reader.settle()
    page.get_by_role("button", name="Share").click()
    page.get_by_text("The link is copied.").wait_for(state="attached")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    assert len(link) < 300
    assert set(reader.link) == {"data", "kept"}
    elsewhere = window(link)
    assert elsewhere.shown() == reader.shown()
    assert elsewhere.page.url == link


@pytest.mark.slow
def test_copy_link_works_without_access_to_the_clipboard(window, app_on):
    reader = window(app_on())
    page = reader.page
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.evaluate(
        "document.addEventListener('copy', () => { window.seen = document.activeElement.value })"
    )
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("window.seen") == page.url
