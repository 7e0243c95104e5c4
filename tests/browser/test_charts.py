"""Tests of the two charts in a browser: positions of names, size of the charts, and hover texts."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MODEL, STORE

SIZES = [(1280, 720), (1440, 900), (1920, 1080)]
DISCUSSED = (
    *("calibrated_svm", "class_weighted_trees", "gradient_boosting", "random_forest", MODEL),
)
"""Models of the sample that are on the shortlist."""
# Boxes on the screen: the front's names, elements that no name may cover, and the area between the axes.
BOXES = """
() => {
  const chart = document.querySelector('.st-key-front .cg-chart');
  const plot = chart.querySelector('.js-plotly-plot');
  const box = e => { const {left, top, right, bottom} = e.getBoundingClientRect();
    return {left, top, right, bottom, said: e.textContent}; };
  const seen = e => e.checkVisibility({visibilityProperty: true});
  const names = [...chart.querySelectorAll('.cg-name:not(.cg-end)')].filter(seen).map(box);
  const ends = [...chart.querySelectorAll('.cg-end')].map(box);
  const traces = [...plot.querySelectorAll('[class*="scatterlayer"] .trace')]
    .filter(trace => trace.__data__[0].trace.name !== 'meets all limits');
  const marks = traces.flatMap(trace => [...trace.querySelectorAll('path.point')]);
  const own = [...chart.querySelectorAll('.cg-halo, .cg-pin')].filter(seen);
  const frame = box(plot.querySelector('.nsewdrag'));
  const card = box(chart.closest('[class*="st-key-part_"]'));
  return {names, ends, marks: [...marks, ...own].map(box), frame, card};
}
"""


def overlap(one, other):
    return min(one["right"], other["right"]) - max(one["left"], other["left"]) > 0.5 and (
        min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 0.5
    )


@pytest.mark.parametrize(
    "link",
    [
        "?intervals=off&limits=none",
        pytest.param(
            f"?limits=missed_defects:12000,revenue_impact:100000&point=0.3@{MODEL}",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_names_on_the_front_do_not_overlap_and_are_not_cut(app_on, window, link):
    reader = window(f"{app_on()}/{link}", size=SIZES[0])
    for width, height in SIZES:
        reader.page.set_viewport_size({"width": width, "height": height})
        reader.settle()
        boxes = reader.page.evaluate(BOXES)
        names, frame = boxes["names"], boxes["frame"]
        assert any("chosen" in name["said"] for name in names)
        assert len(boxes["marks"]) > 1
        ends = boxes["ends"]
        assert {end["said"] for end in ends} == set(DISCUSSED)
        for one, other in pairwise(sorted(ends, key=lambda end: end["top"])):
            assert not overlap(one, other)
        for end in ends:  # next to the picture, or at its edge if the card is too narrow
            assert frame["top"] - 9 <= end["top"] < end["bottom"] <= frame["bottom"] + 9
            assert end["right"] <= boxes["card"]["right"]
        for k, name in enumerate(names):
            assert name["left"] >= frame["left"] - 0.5, name
            assert name["right"] <= frame["right"] + 0.5, name
            assert name["top"] >= frame["top"] - 0.5, name
            assert name["bottom"] <= frame["bottom"] + 0.5, name
            assert [other for other in names[:k] if overlap(name, other)] == [], name
            assert [mark for mark in boxes["marks"] if overlap(name, mark)] == [], name


def test_selecting_a_point_moves_no_other_name(app_on, window):
    reader = window(app_on() + "/?intervals=off")
    exact = reader.page.get_by_label("Exact threshold", exact=True)

    def places():
        names = reader.page.evaluate(BOXES)["names"]
        return {name["said"]: (round(name["left"]), round(name["top"])) for name in names}

    def choose(threshold):
        exact.fill(threshold)
        reader.until(lambda: exact.press("Enter"), "point")
        return places()

    before = places()
    first = repr(reader.at()[1])
    after = choose("0.229")
    # The selected point is no longer the executive's best, whose name gets shorter and moves.
    assert {"chosen", "Executive"} <= after.keys() - before.keys()
    both = before.keys() & after.keys()
    assert {"fair option", "Product manager", "today"} <= both
    assert {name: before[name] for name in both} == {name: after[name] for name in both}
    link = reader.page.url
    choose("0.5")
    assert choose("0.229") == after
    assert choose(first) == before
    reader.go(link)
    assert places() == after
    # The names have their final positions already during the drag.
    reader.near_slider()
    reader.page.keyboard.down("PageUp")
    reader.page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    held = places()
    assert held != after
    reader.until(lambda: reader.page.keyboard.up("PageUp"), "point")
    assert places() == held


# Distance on the screen between the selected point and the same pick.
OFF_THE_PICK = """
() => {
  const front = document.querySelector('.st-key-front');
  const middle = e => {
    const {x, y, width, height} = e.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
  };
  const trace = [...front.querySelectorAll('.trace')].find(one => one.__data__[0].trace.name === 'Executive');
  const [a, b] = [middle(trace.querySelector('path.point')), middle(front.querySelector('.cg-halo'))];
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
"""
# Whether the selected point is on each drawn curve of the trade-off.
ON_THE_CURVES = """
() => {
  const chart = document.querySelector('.st-key-tradeoff');
  const dots = [...chart.querySelectorAll('.cg-dot')];
  return [...chart.querySelectorAll('path.js-line')].map((path, k) => {
    const {x, y, width, height} = dots[k].getBoundingClientRect();
    const at = new DOMPoint(x + width / 2, y + height / 2).matrixTransform(path.getScreenCTM().inverse());
    return path.isPointInStroke(at);
  });
}
"""


def drag(page, chart, start, end):
    """Drag over a chart's first plot, from one share of it to another; yield after each step."""
    box = page.locator(f".st-key-{chart} .nsewdrag").first.bounding_box()
    at = [
        (box["x"] + right * box["width"], box["y"] + down * box["height"])
        for right, down in (start, end)
    ]
    page.mouse.move(*at[0])
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(*(a + (b - a) * step / 5 for a, b in zip(*at, strict=True)))
        page.wait_for_timeout(60)
        yield
    page.mouse.up()


def test_marks_are_on_plotlys_points_even_while_the_chart_is_dragged(app_on, window):
    reader = window(app_on() + "/?intervals=off&limits=none")
    assert reader.page.evaluate(OFF_THE_PICK) < 0.6
    for _ in drag(reader.page, "front", (0.9, 0.3), (0.65, 0.6)):
        assert reader.page.evaluate(OFF_THE_PICK) < 0.6
    reader.settle()
    assert reader.page.evaluate(OFF_THE_PICK) < 0.6
    reader.page.locator('.st-key-front [data-title="Zoom in"]').click()
    reader.settle()
    assert reader.page.evaluate(OFF_THE_PICK) < 0.6


@pytest.mark.parametrize(
    ("link", "curves"),
    [
        pytest.param("x=threshold", 2, marks=pytest.mark.slow),
        ("x=flagged&want=f1,missed_defects,revenue_impact", 3),
    ],
)
def test_the_selected_point_is_on_its_curves_on_any_axis_and_after_a_zoom(
    app_on, window, link, curves
):
    reader = window(f"{app_on()}/?intervals=off&limits=none&{link}")
    assert reader.page.evaluate(ON_THE_CURVES) == [True] * curves
    line = float(reader.page.locator(".st-key-tradeoff .cg-line").first.get_attribute("x1") or 0)
    plot = reader.page.locator(".st-key-tradeoff .nsewdrag").first.bounding_box()
    card = reader.page.locator(".st-key-tradeoff .cg-chart").bounding_box()
    share = (card["x"] + line - plot["x"]) / plot["width"]
    for _ in drag(
        reader.page, "tradeoff", (max(0.02, share - 0.3), 0.02), (min(0.98, share + 0.2), 0.98)
    ):
        assert reader.page.evaluate(ON_THE_CURVES) == [True] * curves
    reader.page.wait_for_timeout(500)
    reader.settle()
    assert reader.page.evaluate(ON_THE_CURVES) == [True] * curves
    moved = float(reader.page.locator(".st-key-tradeoff .cg-line").first.get_attribute("x1") or 0)
    assert abs(moved - line) > 5


def test_ticks_have_the_number_format_of_the_page_at_every_zoom(app_on, window):
    page = window(app_on() + "/?intervals=off&limits=none").page
    ticks = page.locator(".st-key-front .ytick text")
    for _ in range(4):
        said = [text.replace("\u00a0", " ") for text in ticks.all_text_contents()]
        assert 3 <= len(said) <= 8
        assert all(re.fullmatch(r"\u2212?\u20ac([\d.,]+ [km]|0)", text) for text in said), said
        page.locator('.st-key-front [data-title="Zoom in"]').click()
        page.wait_for_timeout(400)


TITLES = """
() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
  const {left, right, top, bottom} = plot.getBoundingClientRect();
  return [...plot.querySelectorAll('.annotation-text, .xtitle, [class$="tick"] text')].map(text => {
    const own = text.getBoundingClientRect();
    return {said: text.textContent, size: parseFloat(getComputedStyle(text).fontSize),
      inside: own.left >= left - 0.5 && own.right <= right + 0.5
        && own.top >= top - 0.5 && own.bottom <= bottom + 0.5};
  });
})
"""


def test_no_title_is_cut_or_too_small_on_a_phone(app_on, window):
    page = window(app_on() + "/?intervals=off", size=(390, 844)).page
    titles = page.evaluate(TITLES)
    assert len(titles) > 8
    # Millions have the same format as everywhere else, on every axis.
    assert not any(one["said"][-1:] in ("M", "B") for one in titles)
    assert sum(one["said"].endswith("\N{NO-BREAK SPACE}m") for one in titles) > 4
    assert [one for one in titles if not one["inside"] or one["size"] < 10] == []


def test_a_grey_model_has_its_colour_under_the_pointer(app_on, window):
    reader = window(app_on() + "/?intervals=off&limits=none")
    page = reader.page
    place = page.evaluate(
        f"""async () => {{
          const {{store}} = await import({STORE});
          const plot = document.querySelector('.st-key-front .js-plotly-plot');
          const {{xaxis, yaxis}} = plot._fullLayout, box = plot.getBoundingClientRect();
          const trace = plot._fullData.find(({{name}}) => name === 'curve naive_bayes');
          const k = Array.from(trace.x).findIndex((x, k) => xaxis.l2p(x) > 20 && yaxis.l2p(trace.y[k]) > 20
            && xaxis.l2p(x) < xaxis._length - 20 && yaxis.l2p(trace.y[k]) < yaxis._length - 20);
          const {{color}} = store.model('naive_bayes');
          return {{x: box.x + xaxis._offset + xaxis.l2p(trace.x[k]),
            y: box.y + yaxis._offset + yaxis.l2p(trace.y[k]),
            drawn: trace.line.color, color}};
        }}"""
    )
    pointed = page.locator(".st-key-front .cg-pointed")
    assert place["drawn"] != place["color"]
    page.mouse.move(place["x"] - 3, place["y"])
    page.mouse.move(place["x"], place["y"])
    said = page.locator(".st-key-front .cg-hover")
    expect(said).to_contain_text("naive_bayes at ")
    expect(pointed).to_have_attribute("stroke", place["color"])
    assert len(pointed.get_attribute("d") or "") > 10
    # The label stays inside the chart.
    chart = page.locator(".st-key-front .cg-chart").bounding_box()
    label = said.bounding_box()
    assert chart is not None
    assert label is not None
    assert chart["x"] <= label["x"]
    assert label["x"] + label["width"] <= chart["x"] + chart["width"]
    page.mouse.move(5, 300)
    expect(said).to_be_hidden()
    expect(pointed).to_have_attribute("d", "")


def test_a_chart_that_has_left_the_page_is_not_drawn_again(app_on, window):
    reader = window(app_on(), size=SIZES[1])
    drawn = reader.page.evaluate(
        f"""async () => {{
          const {{store}} = await import({STORE});
          const charts = [...store.elements].filter(element => element.chart);
          for (const element of charts) element.end();
          await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
          for (const element of charts) element.draw();
          return charts.length;
        }}"""
    )
    assert drawn == 2


def test_the_table_of_models_has_its_first_rows_on_the_first_screen(app_on, window):
    page = window(app_on(), size=(1280, 720)).page
    page.get_by_test_id("stTopNav").get_by_role("link", name="Models", exact=True).click()
    table = page.locator(".cg-models-table")
    expect(table.get_by_role("columnheader", name="95% interval")).to_have_count(3)
    expect(page.locator(".st-key-part_models .js-plotly-plot .points path")).not_to_have_count(0)
    page.wait_for_function(
        "() => document.querySelectorAll('.cg-models-table tbody tr')[2].getBoundingClientRect().bottom < 720"
    )
