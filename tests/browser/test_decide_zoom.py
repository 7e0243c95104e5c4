"""Tests that reruns keep the zoom of both charts."""

from __future__ import annotations

import pytest

RANGES = """
place => {
  const layout = document.querySelector(`.st-key-${place} .js-plotly-plot`)._fullLayout;
  return Object.keys(layout).filter(name => /^[xy]axis/.test(name)).sort().map(name => layout[name].range);
}
"""
# Keeps the page busy after each click for longer than Plotly's time limit of a double click.
LATE = """
() => document.addEventListener("mouseup", () => {
  for (const from = performance.now(); performance.now() < from + 700;);
}, true)
"""
CHARTS = ("front", "tradeoff")


def ranges(reader):
    return {chart: reader.page.evaluate(RANGES, chart) for chart in CHARTS}


def zoom(reader, chart):
    """Draw a box in the middle of a chart's first plot."""
    plot = reader.page.locator(f".st-key-{chart} .js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    left, top = box["x"] + 0.35 * box["width"], box["y"] + 0.3 * box["height"]
    mouse = reader.page.mouse
    mouse.move(left, top)
    mouse.down()
    mouse.move(left + 0.4 * box["width"], top + 0.4 * box["height"], steps=6)
    mouse.up()
    reader.page.wait_for_timeout(500)  # Plotly waits for a second click before it handles the first
    reader.settle()


def limit(reader, per_cent):
    """Enter the lowest recall in its field."""
    field = reader.page.locator(".st-key-limit_recall input")
    reader.page.locator(".st-key-chip_limits button").first.click()
    field.fill(str(per_cent))
    reader.until(lambda: field.press("Enter"), "limits")
    reader.page.keyboard.press("Escape")


@pytest.mark.slow
def test_the_zoom_survives_ten_reruns(reader):
    untouched = ranges(reader)
    for chart in CHARTS:
        zoom(reader, chart)
    zoomed = ranges(reader)
    for chart in CHARTS:
        assert zoomed[chart] != untouched[chart]

    for key in ("ArrowLeft", "ArrowRight", "PageUp", "PageDown"):
        reader.move_threshold(key)
        assert ranges(reader) == zoomed, key
    reader.until(lambda: reader.page.get_by_role("button", name="Pin").click(), "pin")
    assert ranges(reader) == zoomed
    reader.move_threshold("ArrowLeft")
    assert ranges(reader) == zoomed
    for value in (50, 60):
        limit(reader, value)
        assert ranges(reader) == zoomed, value
    reader.want("data", "Brier score")  # an objective on neither axis of the front
    assert ranges(reader)["front"] == zoomed["front"]
    reader.move_threshold("ArrowRight")
    assert ranges(reader)["front"] == zoomed["front"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chart", "axes", "key"), [("front", "Data: ranking", "axes"), ("tradeoff", "Recall", "x")]
)
def test_other_axes_start_with_everything_in_view(app_on, window, reader, chart, axes, key):
    for each in CHARTS:
        zoom(reader, each)
    zoomed = ranges(reader)
    reader.until(lambda: reader.choose(chart, axes), key)
    now = ranges(reader)
    [other] = set(CHARTS) - {chart}
    assert now[other] == zoomed[other]
    fresh = ranges(window(reader.page.url))
    assert now[chart] == fresh[chart]


@pytest.mark.slow
def test_a_zoom_can_be_undone_and_repeated(reader):
    untouched, chosen = ranges(reader)["front"], reader.at()
    front = reader.page.locator(".st-key-front")
    for _ in range(2):  # the zoom must also work after the first time
        zoom(reader, "front")
        assert ranges(reader)["front"] != untouched
        front.locator(".js-plotly-plot .nsewdrag").first.hover()
        front.locator('[data-title="Reset axes"]').click()
        reader.settle()
        assert ranges(reader)["front"] == untouched
    box = front.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    for late in (False, True):
        if late:
            reader.page.evaluate(LATE)
        for right, down in ((0.1, 0.9), (0.3, 0.7), (0.5, 0.3), (0.15, 0.1)):
            reader.page.mouse.dblclick(
                box["x"] + right * box["width"], box["y"] + down * box["height"]
            )
            reader.page.wait_for_timeout(1_000)
            reader.settle()
            assert reader.at() == chosen, (late, right, down)
