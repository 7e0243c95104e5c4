"""Tests of the scales and questions of the stakeholders' cards against figures computed from the rows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from dashboard.analysis.analysis import at_or_above
from dashboard.analysis.decide.cards import (
    Question,
    card_basis,
    offered_objectives,
    question_of,
    scale_end,
    scale_of,
    scale_start,
    stakeholder_card,
)
from dashboard.analysis.decide.figures_in_file import figure_in_file
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


def points(page):
    """Every eighth threshold of each model, and thresholds that flag few or no units."""
    for model in FOUR.models:
        steps = FOUR.thresholds(model)
        for at in sorted({*steps[::8], *steps[-3:]}):
            point = at_or_above(page.analysis.points, page.analysis.evaluation, Point(model, at))
            assert point is not None
            yield model, at, point


def system(scenario):
    """Model and threshold of the current system; without a system every unit is shipped."""
    today = scenario.today
    return (None, math.inf) if today is None else (today.model, today.threshold)


def scale_at(page, stakeholder, point):
    return stakeholder_card(page.selection, stakeholder, point).scale


@pytest.mark.parametrize("scenario", [Scenario(), PRICED], ids=["observed", "priced"])
def test_the_scale_runs_from_the_worst_pick_to_the_best(built, scenario):
    page = built(scenario, Choices(objectives=("log_loss", "missed_defects", "f1")))
    picked = [(s.pick.model, s.pick.threshold) for s in page.analysis.stakeholders]
    for stakeholder in page.analysis.stakeholders:
        of, own = stakeholder.objective.id, stakeholder.pick.value
        if of == "log_loss":  # from the middle of the models behind the best
            losses = sorted(FOUR.value(of, model, 0.5, scenario) for model in FOUR.models)
            behind = [loss for loss in losses if loss > own]
            last = behind[len(behind) // 2]
        else:
            figures = [FOUR.value(of, model, at, scenario) for model, at in picked]
            model, at = system(scenario)
            stood = FOUR.value(of, model, at, scenario)
            figures += [] if math.isnan(stood) else [stood]
            last = (max if of != "f1" else min)(figures)
        assert scale_start(page.analysis, stakeholder) == pytest.approx(last)
        every = [FOUR.value(of, m, at, scenario) for m, at, _ in points(page)]
        past = ((max if of == "f1" else min)(v for v in every if math.isfinite(v)) - own) / (
            own - last
        )
        end = own + min(1, max(0.25, past)) * (own - last)
        assert scale_end(page.analysis, stakeholder) == pytest.approx(end)
        for model, at, point in points(page):
            scale = scale_at(page, stakeholder, point)
            share = (FOUR.value(of, model, at, scenario) - last) / (end - last)
            if math.isnan(share):
                assert scale is None
            else:
                assert scale is not None
                assert scale.selected == pytest.approx(min(1, max(0, share)), abs=1e-9)
                assert scale.best == pytest.approx((own - last) / (end - last))


def test_the_scale_shows_the_current_system_next_to_a_pinned_point(built):
    pin = Point(FOUR.models[0], 0.5)
    page = built(
        PRICED,
        Choices(objectives=("log_loss", "missed_defects", "f1"), pin=pin, compare="pin"),
    )
    unpinned = built(PRICED, Choices(objectives=("log_loss", "missed_defects", "f1")))
    for stakeholder in page.analysis.stakeholders[1:]:
        of = stakeholder.objective.id
        last, end = (
            scale_start(page.analysis, stakeholder),
            scale_end(page.analysis, stakeholder),
        )
        # The scale does not depend on the pinned point.
        assert last == scale_start(unpinned.analysis, stakeholder)
        assert end == scale_end(unpinned.analysis, stakeholder)
        scale = scale_at(page, stakeholder, page.selection.point)
        places = []
        for model, at in (
            system(PRICED),
            (page.selection.compared.model, page.selection.compared.threshold),
        ):
            share = (FOUR.value(of, model, at, PRICED) - last) / (end - last)
            places.append(min(1, max(0, share)))
        assert scale is not None
        assert (scale.current, scale.pinned) == pytest.approx(tuple(places))


def test_an_interval_beyond_the_scale_is_drawn_to_the_end_of_the_scale(built):
    page = built(Scenario(), Choices(objectives=("log_loss", "missed_defects", "f1")))
    stakeholder = page.analysis.stakeholders[1]
    last = scale_start(page.analysis, stakeholder)
    wide = scale_end(page.analysis, stakeholder) - last
    for far, drawn in ((0.5, 0.5), (0.98, 0.98), (1.02, 1.0), (3.0, 1.0)):
        found = (last - 3 * wide, last + far * wide)
        basis = card_basis(page.selection, stakeholder)
        scale = scale_of(stakeholder.objective, page.selection.point, found, basis)
        assert scale is not None
        assert (scale.low, scale.high) == pytest.approx((0.0, drawn))


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
