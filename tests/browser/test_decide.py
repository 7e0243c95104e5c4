"""Tests of a reader's work in a browser; the page must agree with the command line."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, Scenario, read_scenario
from sample_data import SCENARIO, SCORES
from tests.browser.conftest import PATIENCE, evaluate

STAKEHOLDERS = {"data": "log_loss", "product": "missed_defects", "executive": "revenue_impact"}


def shown(objective: str, value: float, scenario: Scenario) -> str:
    return " ".join(figure(OBJECTIVES[objective], value, scenario).split())


def test_figures_of_a_selected_point_equal_those_of_the_command_line(app_on, window):
    scenario = read_scenario(SCENARIO)
    reader = window(f"{app_on()}/?intervals=off")

    # A marker of the front, under the objectives that evaluate's front has.
    model, at = reader.click_marker()
    assert reader.link["point"] == f"{at}@{model}"
    assert f"{model}, threshold " in (reader.page.get_by_test_id("chosen").text_content() or "")
    counted = reader.counts()
    figures = {stakeholder: reader.figure(stakeholder) for stakeholder in STAKEHOLDERS}

    # Choose another objective, and move the threshold by keyboard.
    reader.want("executive", "precision")
    assert reader.link["want"].split(",")[2] == "precision"
    moved = reader.move_threshold("ArrowLeft")
    lower, name = moved.split("@", 1)
    assert (name, float(lower) < float(at)) == (model, True)

    said = evaluate(str(SCORES), "--scenario", str(SCENARIO), "--at", at, "--at", lower)
    of_model = said["models"][model]
    goods_and_defects = np.array([said["rows"] - said["positives"], said["positives"]], float)
    on_defects, on_goods = scenario.factors(goods_and_defects)
    times = {"fn": on_defects, "fp": on_goods}  # per year, as on the page

    def of_a_year(counts):
        of_year = {key: factor * counts[key] for key, factor in times.items()}
        # Millions are rounded to three digits.
        return {
            key: round(float(f"{n:.3g}")) if n >= 1e6 else round(n) for key, n in of_year.items()
        }

    assert counted == of_a_year(of_model["at"][at])
    [point] = [p for p in said["front"] if (p["model"], repr(float(p["threshold"]))) == (model, at)]
    for stakeholder, objective in STAKEHOLDERS.items():
        assert figures[stakeholder] == shown(objective, point[objective], scenario)
    counts = of_model["at"][lower]
    assert reader.counts() == of_a_year(counts)
    precision = counts["tp"] / (counts["tp"] + counts["fp"])
    assert reader.figure("executive") == shown("precision", precision, scenario)


CUT = """
() => {
  const cut = [];
  const wide = e => e.scrollWidth > e.clientWidth + 1;
  for (const name of ['html', '[data-testid="stMain"]'])
    if (wide(document.querySelector(name))) cut.push(name);
  const boxes = '[class*="st-key-part_stakeholder-"], [data-testid="stHtml"], .cg-live, .cg-chart, '
    + '.cg-compare, [data-testid="stButtonGroup"], [data-testid="stSelectbox"], '
    + '[data-testid="stNumberInput"]';
  const width = document.documentElement.clientWidth;
  for (const box of document.querySelectorAll(boxes)) {
    const where = box.getBoundingClientRect();
    if (wide(box) || where.right > width || where.left < 0)
      cut.push(`${box.className} ${box.innerText.slice(0, 60)}`);
  }
  for (const card of document.querySelectorAll('[class*="st-key-part_stakeholder-"]')) {
    const inside = card.getBoundingClientRect();
    for (const part of card.querySelectorAll('*')) {
      const where = part.getBoundingClientRect();
      if (where.width > 1 && where.height > 1
          && (where.right > inside.right + 1 || where.left < inside.left - 1
              || where.bottom > inside.bottom + 1 || where.top < inside.top - 1))
        cut.push(`in ${card.className.match(/st-key-\\w+/)}: ${part.tagName} ${part.className}`);
    }
  }
  return cut;
}
"""


@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        pytest.param((1440, 900), "light", marks=pytest.mark.slow),
        ((1024, 768), "dark"),
    ],
    ids=["wide", "narrow"],
)
def test_no_text_is_cut_off(app_on, window, size, scheme):
    page = window(app_on(), size=size, scheme=scheme).page
    assert page.locator('[class*="st-key-part_stakeholder-"]').count() == 3
    assert page.evaluate(CUT) == []


SIZES = [(1280, 720), (1366, 768), (1440, 900), (1920, 1080)]
CARDS = ("stakeholder-data", "stakeholder-product", "stakeholder-executive")
PARTS = ("answer", "assumptions", *CARDS, "front", "tradeoff", "next")
LEAST = {"front": 260, "tradeoff": 240}
"""Height in pixels of a chart that is readable from the far end of a table."""
# For each part: its box, the height of its largest chart, its words, and its smallest font outside of charts.
FIRST_SCREEN = """
names => Object.fromEntries(names.map(name => {
  const part = document.querySelector(`[data-part="${name}"], .st-key-part_${name}`);
  const {left, top, right, bottom} = part.getBoundingClientRect();
  const charts = [...part.querySelectorAll('svg')].map(svg => svg.getBoundingClientRect().height);
  const small = [...part.querySelectorAll('*')]
    .filter(e => !e.closest('svg') && e.checkVisibility() && e.getBoundingClientRect().width
      && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => parseFloat(getComputedStyle(e).fontSize));
  return [name, {box: [left, top, right, bottom], chart: Math.max(0, ...charts),
    words: part.innerText, small: Math.min(99, ...small)}];
}))
"""


@pytest.mark.parametrize(
    "size",
    [SIZES[0], *(pytest.param(size, marks=pytest.mark.slow) for size in SIZES[1:])],
    ids=lambda size: "x".join(map(str, size)),
)
def test_the_decisive_parts_are_on_the_first_screen(app_on, window, size):
    page = window(app_on(), size=size).page
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    parts = page.evaluate(FIRST_SCREEN, PARTS)
    for name, part in parts.items():
        left, top, right, bottom = part["box"]
        assert left >= 0, name
        assert top >= 0, name
        assert right <= size[0] + 1, name
        assert bottom <= size[1] + 1, name
        assert part["small"] >= 12, name
        assert part["chart"] >= LEAST.get(name, 0), name
        # The charts fill the remaining height.
        assert name not in LEAST or bottom > size[1] - 110, name
    assert all(any(c.isdigit() for c in parts[name]["words"]) for name in CARDS)
    for one, other in combinations(parts.values(), 2):
        a, b = one["box"], other["box"]
        across = min(a[2], b[2]) - max(a[0], b[0])
        down = min(a[3], b[3]) - max(a[1], b[1])
        assert across <= 2 or down <= 2
    assert page.locator(".cg-checking").count() == 0


def test_the_question_about_halving_is_answered_in_place(app_on, window):
    reader = window(app_on(), size=(1280, 720))
    missed = reader.counts()["fn"]
    reader.page.locator(".st-key-ask_product button").first.click()
    rows = reader.page.locator(".cg-exchange tr")
    expect(rows).to_have_count(4)  # changes of the stakeholders and of the false alarms
    expect(rows.nth(2)).to_contain_text("€")
    reader.until(reader.page.get_by_role("button", name="Try it").click, "point")
    assert reader.counts()["fn"] <= 1.005 * missed / 2  # millions are rounded
    expect(rows).to_have_count(0)  # otherwise the test could read the price of the next halving


def test_the_best_on_a_card_is_compared_before_it_is_chosen(app_on, window):
    reader = window(app_on(), size=(1280, 720))
    page, missed = reader.page, reader.counts()["fn"]
    best = page.get_by_test_id("best-product")
    expect(best).to_contain_text(" at ")
    best.click()
    heading = page.locator('[data-testid="stPopoverBody"] p').first
    expect(heading).to_contain_text("instead of the chosen point")
    expect(page.locator(".cg-exchange tr")).to_have_count(4)
    page.keyboard.press("Escape")
    expect(best).to_be_focused()
    assert reader.counts()["fn"] == missed
    reader.settle()
    page.get_by_role("button", name="halve it?").click()
    reader.settle()
    best.click()  # it also closes the other popover
    expect(heading).to_contain_text("instead of the chosen point")
    reader.until(page.get_by_role("button", name="Try it").click, "point")
    assert reader.counts()["fn"] < missed
    # Nothing is left to compare it with but the other models.
    expect(best).to_be_hidden()
    page.get_by_role("link", name=re.compile("^is best")).first.click()
    chosen = page.locator(".st-key-part_gaps [aria-checked=true]")
    expect(chosen).to_have_text(re.compile("^Product manager"), timeout=PATIENCE)


# Drags the threshold away and back, and records the strip and the chance texts that are shown meanwhile.
HELD = """
async () => {
  const {store} = await import('/_stcore/bidi-components/common-ground.table/player.js');
  const after = one => getComputedStyle(document.querySelector(one), '::after').content;
  const seen = () => ({
    strip: getComputedStyle(document.querySelector('.st-key-fair')).visibility,
    limits: after('[data-testid=limits]'), card: after('.cg-verdict-word'),
  });
  const frames = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const shown = [seen()];
  store.grasp('upper');
  for (const by of [-5, 5]) { store.step(by, 'upper'); await frames(); shown.push(seen()); }
  return shown;
}
"""


def test_no_outdated_words_are_shown_during_a_drag(app_on, window):
    reader = window(app_on())
    reader.near_slider()
    rest, held, back = reader.page.evaluate(HELD)
    assert rest == back == {"strip": "visible", "limits": "none", "card": "none"}
    assert held["strip"] == "hidden"
    assert "checking" in held["limits"]
    assert "checking" in held["card"]
