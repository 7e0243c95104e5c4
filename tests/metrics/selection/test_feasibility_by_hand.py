"""Limits on seven points, reckoned by hand."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.evaluation.objective import OBJECTIVES, Extreme
from metrics.selection.feasibility import feasibility, shortfall
from metrics.selection.limits import Bound
from tests.metrics.made_points import spot, table

# Of 10 defects and 90 good units: recall, false alarms, money.
HAND = table(
    ["recall", "false_alarms", "revenue_impact"],
    ("a", 0.0, 10, 90, 0, 0, 1.0, 90, -80),
    ("a", 0.3, 9, 20, 1, 70, 0.9, 20, 40),
    ("a", 0.6, 6, 5, 4, 85, 0.6, 5, 60),
    ("a", np.inf, 0, 0, 10, 90, 0.0, 0, 0),
    ("b", 0.0, 10, 90, 0, 0, 1.0, 90, -80),
    ("b", 0.5, 8, 10, 2, 80, 0.8, 10, 55),
    ("b", np.inf, 0, 0, 10, 90, 0.0, 0, 0),
)
RECALL, ALARMS, MONEY = (OBJECTIVES[n] for n in ("recall", "false_alarms", "revenue_impact"))


def test_limits_that_can_be_kept() -> None:
    found = feasibility(HAND, [Bound(RECALL, 0.8), Bound(ALARMS, 20)])
    assert found.keep.tolist() == [False, True, False, False, False, True, False]
    assert (found.is_kept, found.extremes, found.nearest, found.relaxations) == (True, (), None, ())
    recall, alarms = found.attainability
    assert recall.models == ("a", "b")
    assert recall.extremes == (Extreme.FLAG_EVERYTHING,)
    assert (recall.best, spot(recall.point)) == (1.0, (0, "a", 0.0, Extreme.FLAG_EVERYTHING))
    assert (alarms.best, spot(alarms.point)) == (0.0, (3, "a", np.inf, Extreme.FLAG_NOTHING))
    only = feasibility(HAND, [Bound(MONEY, 58)])
    assert (only.attainability[0].models, spot(only.attainability[0].point)) == (
        ("a",),
        (2, "a", 0.6, None),
    )


def test_limits_that_cannot_be_kept_together() -> None:
    """Picks: recall 0.9 and 0.6, alarms 20 and 5, money 40 and 60: ranges of 0.3, 15 and 20.

    Short of recall 0.85, alarms 8 and money 58, in ranges: a at 0.3 by (0, 0.8, 0.9); at 0.6 by
    (0.83, 0, 0); b at 0.5 by (0.17, 0.13, 0.15).
    """
    limits = [Bound(RECALL, 0.85), Bound(ALARMS, 8), Bound(MONEY, 58)]
    found = feasibility(HAND, limits, [1, 2])
    near = found.nearest
    assert near is not None
    assert (spot(near.point), near.binding) == ((5, "b", 0.5, None), (0,))
    assert near.shortfalls.tolist() == pytest.approx([0.05, 2, 3])
    assert near.scaled.tolist() == pytest.approx([1 / 6, 2 / 15, 3 / 20])
    # Only a at 0.6 keeps the alarms and the money; nothing keeps recall and money, or recall and alarms.
    recall, alarms, money = found.relaxations
    assert recall is not None
    assert (recall.bound.value, spot(recall.point)) == (0.6, (2, "a", 0.6, None))
    assert recall.by == pytest.approx(0.25)
    assert (alarms, money) == (None, None)


def test_only_a_silly_point_keeps_the_limits() -> None:
    found = feasibility(HAND, [Bound(ALARMS, 1)])
    assert found.keep.tolist() == [False, False, False, True, False, False, True]
    assert (found.is_kept, found.extremes) == (False, (Extreme.FLAG_NOTHING,))
    strict = feasibility(HAND, [Bound(ALARMS, 1), Bound(MONEY, 10)])
    alarms, money = strict.relaxations
    assert alarms is not None
    assert money is not None
    assert (alarms.bound.value, alarms.point.model, alarms.point.extreme) == (5, "a", None)
    assert (money.bound.value, spot(money.point)) == (0, (3, "a", np.inf, Extreme.FLAG_NOTHING))
    assert money.admits.sum() == 2


def test_picks_that_do_not_differ_give_way_to_the_size_of_the_figures() -> None:
    limits = [Bound(RECALL, 0.95), Bound(ALARMS, 10)]
    for picks in ([], [5], [5, 5]):
        found = feasibility(HAND, limits, picks)
        assert found.nearest is not None
        assert spot(found.nearest.point) == (5, "b", 0.5, None)
        assert found.nearest.scaled.tolist() == pytest.approx([0.15 / 0.95, 0])
    zero = feasibility(HAND[HAND["threshold"] == 0], [Bound(ALARMS, 0)])
    assert zero.nearest is not None
    assert zero.nearest.scaled.tolist() == [90]


def test_an_undefined_figure_breaks_a_limit_and_is_nowhere_near() -> None:
    points = HAND.assign(recall=np.nan)
    found = feasibility(points, [Bound(RECALL, 0.1)])
    assert not found.keep.any()
    assert (found.nearest, found.relaxations) == (None, (None,))
    assert found.attainability[0].point is None
    assert shortfall(Bound(RECALL, 0.5), np.array([np.nan, 0.25, 0.75])).tolist() == [
        np.inf,
        0.25,
        0,
    ]


def test_without_limits_every_point_keeps_them() -> None:
    found = feasibility(HAND, [])
    assert found.keep.all()
    assert (found.attainability, found.nearest, found.relaxations) == ((), None, ())


def test_points_that_are_equal_otherwise_are_told_apart_by_cost() -> None:
    """A limit on a figure of a whole model admits all its points: the cheapest stands for them."""
    points = HAND.assign(log_loss=0.1, cost_of_errors=[90, 25, 25, 50, 90, 20, 50])
    [way] = feasibility(points, [Bound(OBJECTIVES["log_loss"], 0.05)]).relaxations
    assert way is not None
    assert way.admits.all()
    assert spot(way.point) == (5, "b", 0.5, None)
    [plain] = feasibility(points.drop(columns="cost_of_errors"), [way.bound]).attainability
    assert spot(plain.point) == (1, "a", 0.3, None)  # the fewest misses
