"""A limit set by hand and by link: the shading, the sentence, the verdict, and paper."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE

SHADED = """
() => {
  const plot = document.querySelector('.st-key-front .js-plotly-plot');
  const count = type => (plot.layout.shapes ?? []).filter(shape => shape.type === type).length;
  return {shaded: count('rect'), lines: count('line')};
}
"""


@pytest.mark.slow  # limits are tested without a browser every day
def test_a_limit_by_hand_shades_the_front_and_changes_what_is_said(app_on, window):
    reader = window(f"{app_on()}/?limits=none&intervals=off&point=0.644@two_stage_boosting")
    page = reader.page
    assert reader.page.evaluate(SHADED) == {"shaded": 0, "lines": 0}
    assert page.locator(".cg-limits").text_content() == ""
    page.locator(".st-key-chip_limits button").first.click()
    reader.until(lambda: reader.pick(".st-key-limit_add input", "recall"), "limits")
    expect(page.locator(".cg-limits")).to_contain_text(": met", timeout=PATIENCE)
    box = page.locator(".st-key-limit_recall input")

    def typed(text: str) -> None:
        box.fill(text)
        box.press("Enter")

    assert reader.until(lambda: typed("90"), "limits") == "recall:0.9"
    expect(page.locator(".cg-limits")).to_have_text("Recall at least 90.0\u00a0%: missed")
    # The other axis counts missed defects, of which the recall says the same.
    assert page.evaluate(SHADED) == {"shaded": 1, "lines": 1}
    # Under the hand the sentence follows: far to the left the recall is high enough.
    reader.slider.focus()
    reader.until(lambda: page.keyboard.press("Home"), "point")
    assert (page.locator(".cg-limits").text_content() or "").endswith(": met")


@pytest.mark.slow  # on paper any view takes two pages; what is said is in tests/dashboard/views
def test_limits_that_leave_no_room_are_said_outright_also_on_paper(app_on, window):
    limits = {"limits": "recall:0.9,revenue_impact_percent:30"}
    page = window(f"{app_on()}/?{urlencode(limits)}").page
    expect(page.locator(".cg-outright")).to_have_text("No choice keeps the limits.")
    assert page.evaluate(SHADED)["shaded"] == 0
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 2


def test_a_limit_on_an_axis_is_a_line(app_on, window):
    link = {"limits": "missed_defects:12000", "intervals": "off"}
    reader = window(f"{app_on()}/?{urlencode(link)}")
    assert reader.page.evaluate(SHADED)["lines"] == 1
    names = reader.page.locator(".st-key-front .cg-limit").all_text_contents()
    assert names == ["missed defects at most 12,000 a year"]
