"""Tests of limits in a browser: their lines, their names, and the stretches that meet them."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.analysis.counts.figures_by_scenario import scenario_figures
from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.session.choices import Choices
from tests.browser.conftest import STORE

# Bars along the trade-off's axis, and positions of the intervals that meet the target.
BARS = f"""
async () => {{
  const {{store}} = await import({STORE});
  const chart = document.querySelector('.st-key-tradeoff .cg-chart');
  const axis = chart.querySelector('.js-plotly-plot')._fullLayout.xaxis;
  const place = at => axis._offset + Math.min(axis._length, Math.max(0, axis.d2p(at)));
  const ends = [...chart.querySelectorAll('.cg-kept')].map(
    bar => [bar.x.baseVal.value, bar.x.baseVal.value + bar.width.baseVal.value]);
  const kept = store.page.kept.map(([from, to]) => [place(from), Math.max(place(to), place(from) + 3)]);
  return {{ends, kept, model: store.now.model}};
}}
"""


def _opened():
    dataset = open_dataset(app_options([]))
    return dataset, Choices().scenario(dataset.scenario)


def test_the_bar_ends_where_the_words_about_the_target_change(app_on, window):
    reader = window(f"{app_on()}/?intervals=off")
    page, said = reader.page, reader.page.get_by_test_id("limits")
    expect(page.locator(".st-key-head_tradeoff .cg-key")).to_have_text("target met in this file")
    exact = page.get_by_label("Exact threshold", exact=True)
    found = page.evaluate(BARS)
    assert len(found["kept"]) > 1
    assert found["ends"] == [pytest.approx(ends, abs=0.01) for ends in found["kept"]]
    points = scenario_figures(*_opened()).points
    own = points[points["model"] == reader.at()[0]].reset_index(drop=True)
    met = (own["revenue_impact_percent"] >= 30).to_numpy()
    edges = np.flatnonzero(np.diff([False, *met, False])).reshape(-1, 2)
    first, last = edges[np.diff(edges).argmax()] - [0, 1]  # the longest of all stretches
    for k, words in ((first - 1, "missed"), (first, "met"), (last, "met"), (last + 1, "missed")):
        exact.fill(repr(float(own["threshold"][k])))
        reader.until(lambda: exact.press("Enter"), "point")
        assert re.search(rf": {words}\b", said.text_content() or ""), k
    # The bar changes with the model, as soon as the other model is drawn.
    box = page.locator(".st-key-tradeoff select")
    reader.until(lambda: box.select_option("random_forest"), "point")
    other = page.evaluate(BARS)
    assert (other["model"], other["ends"], other["kept"]) == ("random_forest", [], [])
    expect(page.locator(".st-key-head_tradeoff .cg-key")).to_have_text(
        "target met nowhere in this file"
    )
    reader.go(f"{app_on()}/?intervals=off&limits=none")
    assert page.evaluate(BARS)["ends"] == []
    assert page.locator(".st-key-head_tradeoff .cg-key").count() == 0


@pytest.mark.parametrize(
    ("limit", "words", "side"),
    [
        ("revenue_impact_percent:45", r"^target \+45% ↑$", "top"),
        ("missed_defects:120000", r"^missed defects at most .* →$", "right"),
    ],
)
def test_a_limit_outside_of_the_chart_is_named_at_its_edge(app_on, window, limit, words, side):
    reader = window(f"{app_on()}/?{urlencode({'limits': limit, 'intervals': 'off'})}")
    name = reader.page.locator(".st-key-front .cg-limit")
    expect(name).to_have_text(re.compile(words))
    of = f"element => element.getBoundingClientRect().{side}"
    edge = reader.page.locator(".st-key-front .nsewdrag").evaluate(of)
    assert abs(name.evaluate(of) - edge) < 12
