"""Tests of the Evidence page without a browser."""

from __future__ import annotations

import json
import math

import pytest

from dashboard.figures.palette import LIGHT
from dashboard.session.choices import Choices, Point
from tests.dashboard.pages import FOUR, POINT, words
from tests.dashboard.tables import NASTY

CHARTS = ("roc", "precision", "calibration", "decision")


def charts(page):
    """Charts of evidence in the order of the page."""
    return [json.loads(m.text) for m in page.messages if m.kind == "chart"]


def names_at_thresholds(page):
    """Labels on the reliability diagram."""
    return [note["text"] for note in charts(page)[1]["layout"]["annotations"]]


@pytest.mark.parametrize("name", ["four", "rank", "one", "weighted"])
def test_every_file_has_its_charts_with_a_finding_each(opened, name):
    page = opened(name).turn("evidence")
    # Of a ranking there is nothing that could come true, and so nothing to draw of it.
    assert len(charts(page)) == len(CHARTS) - (name == "rank")
    assert len(page.app.get("plotly_chart")) == 1
    findings = [words(m) for m in page.markup if "cg-finding" in m]
    assert len(findings) == len(CHARTS)
    assert not any("nan" in f.lower() for f in findings)
    assert not any("cg-checking" in m for m in page.markup)


def drawn(page):
    """Names of the traces of each chart."""
    return [{trace["name"] for trace in chart["data"]} for chart in charts(page)]


def key(page):
    """Key to both points above the charts, as markup."""
    [found] = [m for m in page.markup if "cg-points" in m]
    return found


def lines_at_thresholds(page):
    """Positions and labels of the threshold lines in each model's score distribution."""
    layouts = [json.loads(m.proto.spec)["layout"] for m in page.app.get("plotly_chart")]
    return [
        (
            [shape["x0"] for shape in layout.get("shapes", []) if shape.get("yref") == "paper"],
            [note["text"] for note in layout["annotations"] if note["text"][0] in "◉◇○"],
        )
        for layout in layouts
    ]


def test_each_score_distribution_has_the_thresholds_of_its_own_model(opened):
    other = Point(NASTY[0], FOUR.thresholds(NASTY[0])[30])
    page = opened("four", Choices(point=POINT, today=other)).turn("evidence")
    assert lines_at_thresholds(page) == [
        ([POINT.threshold], ["◉ chosen"]),
        ([other.threshold], ["◇ today"]),
    ]
    same = Point(POINT.model, FOUR.thresholds(POINT.model)[10])
    page = opened("four", Choices(point=POINT, today=same)).turn("evidence")
    assert lines_at_thresholds(page) == [
        ([POINT.threshold, same.threshold], ["◉ chosen", "◇ today"])
    ]


def test_what_stands_beside_is_drawn_too(opened):
    page = opened("four", Choices(point=POINT)).turn("evidence")
    page.set("segmented_control", "beside", "product")
    both = {"chosen", "beside", "point chosen", "point best for the product manager", "band"}
    assert both <= drawn(page)[0]
    assert "◉ Chosen: " in words(key(page))
    assert "○ Best for the product manager: " in words(key(page))
    assert "cg-dashed" in key(page)
    # At its threshold there is no room for the name of an objective.
    assert "○ Product manager" in names_at_thresholds(page)
    notes = [words(m) for m in page.markup if m.startswith('<p class="cg-note">')]
    assert sum("95% interval" in note for note in notes) == len(CHARTS)


def test_whose_wish_chooses_no_threshold_has_the_curves_of_its_model_and_no_point_on_them(opened):
    page = opened("four", Choices(point=POINT)).turn("evidence")
    page.set("segmented_control", "beside", "data")
    assert words(key(page)).endswith("Best model for log loss: the same model")
    assert not any("beside" in names for names in drawn(page))
    other = NASTY[0]
    elsewhere = Choices(point=Point(other, FOUR.thresholds(other)[40]), compare="data")
    page = opened("four", elsewhere).turn("evidence")
    assert words(key(page)).endswith(f"Best model for log loss: {POINT.model}")
    assert not {"□", "○"} & set(key(page))
    assert "cg-dashed" in key(page)
    for names in drawn(page):
        assert {"chosen", "beside"} <= names
        assert not [name for name in names if name.startswith("point best")]
    of_thresholds = [name for name in names_at_thresholds(page) if name != "comes true"]
    assert of_thresholds == ["◉ chosen"]
    assert any("thin and dashed: where it follows the price" in words(m) for m in page.markup)


def test_todays_model_is_grey_on_every_chart(opened):
    choices = Choices(point=POINT, today=Point(NASTY[0], 0.4))
    page = opened("four", choices).turn("evidence")
    assert "◇ Today: " in words(key(page))
    beside = [
        trace["line"]["color"]
        for chart in charts(page)
        for trace in chart["data"]
        if trace["name"] == "beside"
    ]
    assert beside == [LIGHT.muted] * len(CHARTS)
    assert f"color:{LIGHT.muted}" in key(page)


def test_what_flags_nothing_has_a_scale_of_net_benefit_all_the_same(opened):
    page = opened("four", Choices(point=Point(POINT.model, math.inf))).turn("evidence")
    _, high = charts(page)[3]["layout"]["yaxis"]["range"]
    assert high > 0.5
    assert any("nothing is flagged" in words(m) for m in page.markup)


def test_no_reader_meets_the_names_that_another_gave_to_the_models(opened):
    for own, others in (("Camera", "Line 3"), ("Line 3", "Camera")):
        page = opened("four", Choices(point=POINT, names=((POINT.model, own),))).turn("evidence")
        for message in page.messages:
            if message.kind == "chart":
                assert own in message.text
                assert others not in message.text
