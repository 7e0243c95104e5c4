"""When another model would win, in a sentence."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from dashboard.page.cost_curves import as_cheap, cheapest_words, cost_curves_of, ends_of
from dashboard.session.choices import Choices
from metrics import OperatingPoint, Scenario
from metrics.selection.cost_curve import (
    Axis,
    CostCurve,
    CostCurveInterval,
    Segment,
    intervals_by_model,
)
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR
from tests.dashboard.tables import NASTY

NOTHING = OperatingPoint("a", math.inf, 0, 0, 5, 5, {})


def along(*reigns: tuple[float, float, str | None]) -> CostCurve:
    """A curve on which models take turns; None flags nothing."""
    segments = [
        Segment(low, high, NOTHING if model is None else at(model), ())
        for low, high, model in reigns
    ]
    return CostCurve(Axis.MISS_COST, tuple(segments))


def at(model: str) -> OperatingPoint:
    return OperatingPoint(model, 0.5, 4, 1, 1, 4, {})


@pytest.mark.parametrize(
    ("reigns", "said"),
    [
        ([(0.01, 25.57, "a"), (25.57, 100, "b")], "a is cheapest while a miss costs up to 25 false alarms"),
        ([(0.01, 1.23, "b"), (1.23, 100, "a")], "a is cheapest while a miss costs at least 1.3 false alarms"),
        (
            [(0.01, 1.23, "b"), (1.23, 25.57, "a"), (25.57, 100, "b")],
            "a is cheapest while a miss costs 1.3 to 25 false alarms",
        ),
        (
            [(0.01, 0.06103, "b"), (0.06103, 25.57, "a"), (25.57, 100, "b")],
            "a is cheapest while a miss costs up to 25 false alarms",  # less than 1 goes without saying
        ),
        (
            [(0.01, 1.5103, "b"), (1.5103, 25.57, "a"), (25.57, 100, "b")],
            "a is cheapest while a miss costs 1.6 to 25 false alarms",
        ),
        # Below 1.23 nothing is flagged: no other model wins there.
        ([(0.01, 1.23, None), (1.23, 25.57, "a"), (25.57, 100, "b")],
         "a is cheapest while a miss costs up to 25 false alarms"),
    ],
)  # fmt: skip
def test_how_far_a_miss_may_cost_something_else(reigns, said):
    words = cheapest_words(
        along(*reigns), 5.0, str, where="a miss costs", unit="false alarms", share=False
    )
    assert words == f"{said} (now 5)"


@pytest.mark.parametrize(
    ("reigns", "said"),
    [
        (
            [(0.01, 25.57, "a"), (25.57, 100, "b")],
            "a seems cheapest in this file while a miss costs up to 25 false alarms (now 5)",
        ),
        (
            [(0.01, 100, "a")],
            "No other model wins, whatever a miss costs (now 5): a seems cheapest in this file",
        ),
    ],
)
def test_what_may_be_chance_only_seems_cheapest(reigns, said):
    words = cheapest_words(
        along(*reigns), 5.0, str, where="a miss costs", unit="false alarms", share=False, seems=True
    )
    assert words == said


def test_where_no_other_wins_that_is_said():
    alone = along((0.01, 100, "a"))
    words = cheapest_words(alone, 5.0, str, where="a miss costs", unit="false alarms", share=False)
    assert words == "No other model wins, whatever a miss costs (now 5): a is cheapest"


def test_models_that_tie_are_named_together():
    curve = along((0.01, 1.23, "b"), (1.23, 100, "a"))
    words = cheapest_words(
        curve, 5.0, str, where="a miss costs", unit="false alarms", share=False, level=["c", "d"]
    )
    assert words == (
        "a, c and d tie (now 5); a is cheapest while a miss costs at least 1.3 false alarms"
    )
    alone = along((0.01, 100, "a"))
    words = cheapest_words(
        alone, 5.0, str, where="a miss costs", unit="false alarms", share=False, level=["b"]
    )
    assert words == "a and b tie (now 5); no model beats a, whatever a miss costs"
    shared = CostCurve(Axis.MISS_COST, (Segment(0.01, 100, at("a"), ("b",)),))
    words = cheapest_words(shared, 5.0, str, where="a miss costs", unit="false alarms", share=False)
    assert words == "a and b tie, and no other model wins, whatever a miss costs (now 5)"


def test_who_costs_as_little_now_is_found_by_its_errors(tmp_path):
    rows = replace(FOUR, scores={**FOUR.scores, "twin": FOUR.scores[NASTY[0]] / 2})
    page = built_table(tmp_path, rows, Scenario(), Choices())
    curve = cost_curves_of(page.analysis).by_cost
    cheapest = {
        m: min(
            p["cost_of_errors"]
            for p in rows.points({"cost_of_errors"}, Scenario())
            if p["model"] == m
        )
        for m in rows.models
    }
    least = {m for m, cost in cheapest.items() if cost == min(cheapest.values())}
    stretch = next(s for s in intervals_by_model(curve) if s.low <= 5 <= s.high)
    assert set(as_cheap(page.analysis, curve)) == least - set(stretch.models)
    assert least <= {*stretch.models, *as_cheap(page.analysis, curve)}


@pytest.mark.parametrize(
    ("low", "high", "share", "said"),
    [
        (0.06103, 25.57, False, ("0.062", "25")),
        (25.57, 100, False, ("26", "100")),
        (5.001, 5.04, False, ("5.01", "5.04")),
        (0.03051, 0.2, True, ("3.1\N{NO-BREAK SPACE}%", "20\N{NO-BREAK SPACE}%")),
    ],
)
def test_ends_of_a_stretch_are_rounded_inwards(low, high, share, said):
    assert ends_of(CostCurveInterval(low, high, ("a",), None), share=share) == said
