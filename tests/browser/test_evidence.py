"""Tests of the hover texts on the charts of Evidence in a browser."""

from __future__ import annotations

import contextlib

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.conftest import MODEL, PATIENCE, QUIET

CHARTS = {
    "roc": "of good units are flagged",
    "precision": "of flagged units are defects",
    "calibration": "of units have such a score",
    "decision": "caught defects per 1,000 units",
}
"""Line of each chart's hover text at a place on a model's curve."""
LINE = "chart => document.querySelector(`.st-key-chart_${chart} .js-plotly-plot path.js-line`)"
# The position on the selected model's line that is farthest from all other elements with hover texts.
PLACE = """
chart => {
  const plot = document.querySelector(`.st-key-chart_${chart} .js-plotly-plot`);
  plot.scrollIntoView({block: 'center'});
  const box = plot.getBoundingClientRect(), {xaxis, yaxis} = plot._fullLayout;
  const places = plot._fullData.filter(({hoverinfo}) => hoverinfo !== 'skip').flatMap(
    ({name, x, y}) => Array.from(x, (value, k) => ({name, x: xaxis.d2p(value), y: yaxis.d2p(y[k])})));
  const inside = ({x, y}) => x > 5 && y > 5 && x < xaxis._length - 5 && y < yaxis._length - 5;
  const own = places.filter((place) => place.name === 'chosen' && inside(place));
  const others = places.filter(({name, x, y}) => name !== 'chosen' && Number.isFinite(x + y));
  const room = (place) => Math.min(...others.map(({x, y}) => Math.hypot(x - place.x, y - place.y)));
  const {x, y} = own.sort((one, two) => room(two) - room(one))[0];
  return [box.x + xaxis._offset + x, box.y + yaxis._offset + y];
}
"""


@pytest.mark.slow  # the words are tested without a browser in every run
def test_every_chart_has_a_hover_text_with_a_line_for_each_value(reader):
    page = reader.page
    page.get_by_test_id("stTopNavLink").filter(has_text="Evidence").click()
    page.locator(".st-key-part_distributions").wait_for()
    page.wait_for_function(QUIET, timeout=PATIENCE)
    for chart, line in CHARTS.items():
        page.wait_for_function(LINE, arg=chart, timeout=PATIENCE)
        label = page.locator(f".st-key-chart_{chart} .cg-hover")
        expect(label).to_be_hidden()
        # The chart may still move, for instance when a font is loaded.
        for wait in (1_000, 4_000, 30_000):
            x, y = page.evaluate(PLACE, chart)
            page.mouse.move(x - 2, y)
            page.mouse.move(x, y)
            with contextlib.suppress(TimeoutError):
                label.wait_for(timeout=wait)
                break
        expect(label.locator("b")).to_contain_text(MODEL)
        expect(label.locator("span").filter(has_text=line)).to_have_count(1)
        assert label.locator("span").count() > 1
        page.mouse.move(0, 0)
        expect(label).to_be_hidden()
