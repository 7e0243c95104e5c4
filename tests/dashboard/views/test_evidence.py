"""Tests of the Evidence page without a browser."""

from __future__ import annotations

import json

from dashboard.session.choices import Choices, Point
from tests.dashboard.pages import FOUR, POINT, words
from tests.dashboard.tables import NASTY


def charts(page):
    """The four charts of evidence in the order of the page. The charts of scores are below them."""
    return [m.text for m in page.messages if m.kind == "chart"][:4]


def names_at_thresholds(page):
    """Labels on the reliability diagram."""
    return [note["text"] for note in json.loads(charts(page)[1])["layout"]["annotations"]]


def trace_names(page):
    """Names of the traces of each chart."""
    return [{trace["name"] for trace in json.loads(chart)["data"]} for chart in charts(page)]


def key(page):
    """Key to both points above the charts, as markup."""
    [found] = [m for m in page.markup if "cg-points" in m]
    return found


def test_the_compared_point_is_drawn_too(open_page):
    page = open_page("four", Choices(point=POINT)).turn("evidence")
    page.set("segmented_control", "beside", "product")
    both = {"chosen", "beside", "point chosen", "point best for the product manager", "band"}
    assert both <= trace_names(page)[0]
    assert "◉ Chosen: " in words(key(page))
    assert "○ Best for the product manager: " in words(key(page))
    assert "cg-dashed" in key(page)
    # At its threshold there is no space for the name of an objective.
    assert "○ Product manager" in names_at_thresholds(page)
    notes = [words(m) for m in page.markup if m.startswith('<p class="cg-note">')]
    assert sum("95% interval" in note for note in notes) == 1


def test_a_compared_best_of_a_ranking_has_curves_and_no_point_on_them(open_page):
    page = open_page("four", Choices(point=POINT)).turn("evidence")
    page.set("segmented_control", "beside", "data")
    assert words(key(page)).endswith("Best for the data scientist: the same model")
    assert not any("beside" in names for names in trace_names(page))
    other = NASTY[0]
    elsewhere = Choices(point=Point(other, FOUR.thresholds(other)[40]), compare="data")
    page = open_page("four", elsewhere).turn("evidence")
    assert words(key(page)).endswith(f"Best for the data scientist: {POINT.model}")
    assert not {"□", "○"} & set(key(page))
    assert "cg-dashed" in key(page)
    for names in trace_names(page):
        assert {"chosen", "beside"} <= names
        assert not [name for name in names if name.startswith("point best")]
    of_thresholds = [name for name in names_at_thresholds(page) if name != "perfectly calibrated"]
    assert of_thresholds == ["◉ chosen"]
    assert any("thin and dashed: where it follows the price" in words(m) for m in page.markup)


def test_names_of_models_given_by_one_reader_are_not_shown_to_another(open_page):
    for own, others in (("Camera", "Line 3"), ("Line 3", "Camera")):
        page = open_page("four", Choices(point=POINT, names=((POINT.model, own),))).turn("evidence")
        for chart in charts(page):
            assert own in chart
            assert others not in chart
