"""Tests of the questions of the stakeholders' cards against figures computed from the rows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from dashboard.analysis.decide.cards import (
    Question,
    offered_objectives,
    question_of,
)
from dashboard.analysis.decide.figures_in_file import figure_in_file
from dashboard.analysis.points_table import at_or_above
from dashboard.session.choices import Choices, Point
from metrics import OBJECTIVES, Payoff, Scenario, Today
from metrics.scenario.inspection import Inspection
from tests.dashboard.built import built_table
from tests.dashboard.tables import NASTY, made

FOUR = made(rows=120)
PRICED = Scenario(
    miss_cost=12.5,
    defect_rate=0.02,
    units_per_year=1_200_000,
    payoff=Payoff(4.0, -1.5, -20.0, -2.5),
    today=Today(NASTY[2], 0.2),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the page of a scenario."""

    def build(scenario, choices):
        return built_table(tmp_path_factory.mktemp("cards"), FOUR, scenario, choices)

    return build


def test_every_objective_has_a_suitable_question():
    asked = {name: question_of(o) for name, o in OBJECTIVES.items()}
    assert {name for name, question in asked.items() if question is Question.CALIBRATION} >= {
        "log_loss", "brier", "roc_auc", "calibration_error",
    }  # fmt: skip
    assert asked["missed_defects"] is asked["missed_value"] is Question.HALVING
    assert asked["revenue_impact"] is asked["recall"] is asked["false_alarms"] is Question.RISK


def test_a_menu_has_all_objectives_with_the_typical_ones_first(built):
    analysis = built(PRICED, Choices()).analysis
    firsts = {"data": "log_loss", "product": "missed_defects", "executive": "revenue_impact"}
    for name, first in firsts.items():
        offered = offered_objectives(analysis, name)
        assert next(iter(offered)) == first
        assert offered == analysis.objectives


def test_the_figure_in_the_file_is_not_that_of_another_band(built):
    """Bands have the least cost, unless a reader set a lower threshold."""
    people = replace(PRICED, inspection=Inspection(false_alarms=0.3, catches=0.9, rejects=0.05))
    page, misses = built(people, Choices()), OBJECTIVES["missed_defects"]
    model = str(page.selection.point.model)
    by_hand = Point(model, page.selection.point.threshold, FOUR.thresholds(model)[0])
    point = at_or_above(page.analysis.points, page.analysis.evaluation, by_hand)
    assert point is not None
    assert point.lower is not None
    assert math.isfinite(figure_in_file(page.analysis, misses, page.selection.point))
    assert math.isnan(figure_in_file(page.analysis, misses, point))
