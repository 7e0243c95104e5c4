"""Tests of the sentence on when another model would be cheaper."""

from __future__ import annotations

import math

import pytest

from dashboard.words.models.cost_curves import (
    cheapest_sentence,
    interval_ends,
)
from dashboard.words.names import Names
from metrics import OperatingPoint
from metrics.selection.cost_curve import Axis, CostCurve, CostCurveInterval, Segment

NOTHING = OperatingPoint("a", math.inf, 0, 0, 5, 5, {})


def along(*reigns: tuple[float, float, str | None]) -> CostCurve:
    """Curve on which several models are the cheapest in turn; `None` flags nothing."""
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
            "a is cheapest while a miss costs up to 25 false alarms",  # values below 1 are omitted
        ),
        (
            [(0.01, 1.5103, "b"), (1.5103, 25.57, "a"), (25.57, 100, "b")],
            "a is cheapest while a miss costs 1.6 to 25 false alarms",
        ),
        # Below 1.23 no unit is flagged, so no other model wins.
        ([(0.01, 1.23, None), (1.23, 25.57, "a"), (25.57, 100, "b")],
         "a is cheapest while a miss costs up to 25 false alarms"),
        ([(0.01, 6.0, None), (6.0, 100, "a")],
         "Flagging nothing is cheapest while a miss costs up to 6 false alarms"),
    ],
)  # fmt: skip
def test_how_much_the_price_of_a_miss_may_change(reigns, said):
    sentence = cheapest_sentence(along(*reigns), 5.0, Names())
    assert sentence == f"{said} (now 5)"


def test_models_that_tie_are_named_together():
    curve, alone = along((0.01, 1.23, "b"), (1.23, 100, "a")), along((0.01, 100, "a"))
    sentence = cheapest_sentence(curve, 5.0, Names(), tied=["c", "d"])
    least = "while a miss costs at least 1.3 false alarms"
    assert sentence == f"a is cheapest {least} (now 5, where c and d cost as little)"
    sentence = cheapest_sentence(alone, 5.0, Names(), tied=["b"])
    assert sentence == "a is cheapest whatever a miss costs (now 5, where b costs as little)"
    shared = CostCurve(Axis.MISS_COST, (Segment(0.01, 100, at("a"), ("b",)),))
    sentence = cheapest_sentence(shared, 5.0, Names())
    assert sentence == "a and b tie as the cheapest whatever a miss costs (now 5)"


@pytest.mark.parametrize(
    ("low", "high", "share", "said"),
    [
        (0.06103, 25.57, False, ("0.062", "25")),
        (25.57, 100, False, ("26", "100")),
        (5.001, 5.04, False, ("5.01", "5.04")),
        (0.03051, 0.2, True, ("3.1%", "20%")),
    ],
)
def test_ends_of_a_range_are_rounded_inwards(low, high, share, said):
    assert interval_ends(CostCurveInterval(low, high, ("a",), None), share=share) == said
