"""Tests of the front of two stakeholders' objectives, and of the ranking of models, against the rows."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.analysis.analysis import openings
from dashboard.analysis.decide.front import (
    axes_shown,
    axes_to_choose,
    discussed,
    front_of,
    front_with_selected,
    ranking_stakeholder,
)
from dashboard.analysis.decide.limit_lines import linear_function
from dashboard.analysis.decide.model_ranking import ranking_of
from dashboard.session.choices import Choices
from dashboard.words.decide.best import compared_title
from metrics import Payoff, Scenario, Today
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, POINT

EXECUTIVE_TOO = ("log_loss", "missed_defects", "brier")
NOBODY = ("false_alarms", "missed_defects", "revenue_impact")
ALL = ("log_loss", "brier", "roc_auc")


def _front(page):
    return front_of(page.analysis, page.choices.axes)


@pytest.mark.parametrize(
    ("objectives", "choosable"),
    [
        (NOBODY, {("product", "executive"): None, ("data", "product"): None, ("data", "executive"): None}),
        (EXECUTIVE_TOO, {("product", "executive"): "executive", ("data", "product"): "data"}),
        (ALL, {("product", "executive"): "product", ("data", "product"): "data"}),
    ],
)  # fmt: skip
def test_a_front_needs_two_objectives_with_a_threshold(build_four, objectives, choosable):
    page = build_four(objectives=objectives)
    able = axes_to_choose(page.analysis)
    assert {axes: by and by.name for axes, by in able.items()} == choosable
    for axes in (("executive", "product"), ("data", "executive"), ("data", "product")):
        page = build_four(objectives=objectives, axes=axes)
        shown = axes_shown(page.analysis, page.choices.axes)
        assert shown in able
        assert able[shown] == ranking_stakeholder(page.analysis, axes)


def test_a_ranking_has_every_model_with_a_figure_the_best_first(build_four):
    page = build_four(axes=("data", "product"))
    by = ranking_stakeholder(page.analysis, page.choices.axes)
    assert by is not None
    ranking = ranking_of(page.analysis, _front(page), by)
    assert list(ranking.values) == sorted(ranking.values)
    for model, row, value in zip(ranking.models, ranking.rows, ranking.values, strict=True):
        assert page.analysis.points["model"].iloc[row] == model
        assert page.analysis.points["log_loss"].iloc[row] == value
    known = page.analysis.points.groupby("model")["log_loss"].first().notna().sum()
    assert (len(ranking.models), ranking.undefined) == (known, len(FOUR.models) - known)


def test_the_best_of_a_ranking_has_no_mark_on_the_front_but_its_model_has_colour(build_four):
    page = build_four()
    data, *choosing = page.analysis.stakeholders
    assert data.objective.of_model
    assert page.analysis.choosing == tuple(choosing)
    for shown in (_front(page), front_with_selected(page.selection, page.choices.axes)):
        marks = [mark for mark in shown.marks if mark.kind == "pick"]
        assert {name for mark in marks for name in mark.stakeholders} == {s.name for s in choosing}
        assert data.pick.model in shown.wished
        assert shown.wished <= discussed(shown)
    assert not [mark for mark in _front(build_four(objectives=ALL)).marks if mark.kind == "pick"]


def test_the_best_model_of_a_ranking_is_compared_at_its_cheapest_threshold(build_four):
    page = build_four(compare="data")
    model = page.analysis.stakeholder("data").pick.model
    assert page.selection.compared.place == (model, openings(page.analysis)[model], None)
    assert compared_title(page.selection) == "best for the data scientist"
    assert compared_title(build_four(compare="product").selection) == "best for the product manager"


def test_a_limit_on_an_axis_is_a_line_that_separates_the_points_that_meet_it(build_four, tmp_path):
    def lines(page):
        found = _front(page).acceptable
        assert found is not None
        return found, {line.axis: line for line in found.lines}

    def parts(page, line):
        values = _front(page).points
        keeps = lines(page)[0].are_met[values.index]
        side = values[line.axis] > line.value if line.above else values[line.axis] < line.value
        apart = ~np.isclose(values[line.axis], line.value)
        assert apart.any()
        assert (side == keeps)[apart].all()

    priced = Scenario(payoff=Payoff(4.0, -1.5, -20.0, -2.5), today=Today(POINT.model, 0.5))
    target = Choices(point=POINT, limits=(("revenue_impact_percent", 1.0),))
    page = built_table(tmp_path, FOUR, priced, target)
    found, by_axis = lines(page)
    assert found.is_all
    assert by_axis.keys() == {"y"}
    assert by_axis["y"].bound == page.analysis.limits[0]
    assert by_axis["y"].above
    parts(page, by_axis["y"])
    page = build_four(limits=(("recall", 0.5),))
    found, by_axis = lines(page)
    assert found.is_all
    assert not by_axis["x"].above  # a high recall means few misses
    parts(page, by_axis["x"])
    found, by_axis = lines(build_four(limits=(("recall", 0.5), ("share_flagged", 0.3))))
    assert (found.is_all, by_axis.keys()) == (False, {"x"})


def test_a_line_goes_through_all_points_or_is_absent():
    known = np.array([3.0, 1.0, np.nan, 2.0, np.inf])
    assert linear_function(known, 5 - 2 * known) == (5.0, -2.0)
    assert linear_function(known, known**2) is None
    assert linear_function(known, np.ones(5)) is None
    assert linear_function(known[:2], known[:2]) is None
