"""Tests of compromises on eight points by hand, and of reasons for having none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from metrics.evaluation.objective import OBJECTIVES
from metrics.selection.compromise import (
    KNEE,
    LEAST_REGRET,
    NASH,
    NO_BULGE,
    compromises,
    knee,
    least_regret,
)
from metrics.selection.regrets import NO_FRONT, NO_PICKS, UNDEFINED_AT_PICKS, regret_matrix
from tests.metrics.made_points import identity, table

# Ten defects, three models. Objectives are misses and money; each stakeholder's pick is at an end.
TWO = [OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]]
HAND = table(
    ["missed_defects", "revenue_impact", "log_loss"],
    ("a", 0.0, 10, 90, 0, 0, 0, -100, 0.3),
    ("a", 0.2, 10, 30, 0, 60, 0, 0, 0.3),
    ("a", 0.4, 8, 12, 2, 78, 2, 70, 0.3),
    ("b", 0.5, 7, 9, 3, 81, 3, 80, 0.1),
    ("b", 0.6, 5, 5, 5, 85, 5, 95, 0.1),
    ("a", 0.8, 2, 1, 8, 89, 8, 100, 0.3),
    ("c", 0.7, 6, 9, 4, 81, 4, 75, 0.2),  # beaten by b at 0.5
    ("c", np.inf, 0, 0, 10, 90, 10, -20, 0.2),
)
ENDS = [1, 5]


def test_compromises_of_two_stakeholders_by_hand() -> None:
    """Ranges: 8 misses and 100 in money. Regrets: (0.25, 0.30) for a at 0.4, (0.375, 0.20) for b at 0.5."""
    regret, bulge, bargained = compromises(HAND, TWO, ENDS, today=[9, -10])
    assert identity(regret.point) == (2, "a", 0.4, None)
    assert regret.regrets.tolist() == pytest.approx([0.25, 0.30])
    assert identity(bulge.point) == (2, "a", 0.4, None)  # 0.55 of 1, and b at 0.5 has 0.575
    # Gains over today: 9 x 10, 7 x 80 = 560, 6 x 90 = 540, 4 x 105, 1 x 110.
    assert identity(bargained.point) == (2, "a", 0.4, None)
    assert [one.method for one in (regret, bulge, bargained)] == [LEAST_REGRET, KNEE, NASH]


@pytest.mark.parametrize(
    ("loss", "chosen", "regrets"),
    [
        # Equal at four decimals, so the last digit of b costs no stakeholder anything.
        (0.15111, (3, "b", 0.1, None), [0.0, 13 / 28, 0.32]),
        (0.1521, (1, "a", 0.1, None), [0.0, 16 / 28, 0.46]),
    ],
)
def test_a_difference_in_log_loss_after_four_decimals_is_no_regret(loss, chosen, regrets) -> None:
    """Picks: a at 0.1 by log loss, a at 0.01 by misses, b at 0.3 by cost; ranges of 28 misses and 500."""
    wanted = [OBJECTIVES[name] for name in ("log_loss", "missed_defects", "cost_of_errors")]
    points = table(
        ["log_loss", "missed_defects", "cost_of_errors"],
        ("a", 0.01, 98, 990, 2, 10, 0.1511, 2, 1000),
        ("a", 0.1, 82, 640, 18, 360, 0.1511, 18, 730),
        ("a", 0.15, 75, 600, 25, 400, 0.1511, 25, 725),
        ("b", 0.1, 85, 585, 15, 415, loss, 15, 660),
        ("b", 0.3, 70, 350, 30, 650, loss, 30, 500),
    )
    found = least_regret(regret_matrix(points, wanted, [1, 0, 4]))
    assert identity(found.point) == chosen
    assert found.regrets.tolist() == pytest.approx(regrets)


def test_weights_move_the_compromise() -> None:
    """Money counts double: the regret is 0.60 for a at 0.4, and 0.40 for b at 0.5."""
    regret, bulge, bargained = compromises(HAND, TWO, ENDS, today=[9, -10], weights=[1, 2])
    assert identity(regret.point) == (3, "b", 0.5, None)
    assert identity(bulge.point) == (
        2,
        "a",
        0.4,
        None,
    )  # weights do not change the shape of the front
    # 7 x 80^2 = 44,800; 6 x 90^2 = 48,600; 4 x 105^2 = 44,100.
    assert identity(bargained.point) == (3, "b", 0.5, None)
    only = least_regret(regret_matrix(HAND, TWO, ENDS, [1, 0]))
    assert identity(only.point) == (1, "a", 0.2, None)


def test_the_knee_of_three_stakeholders_is_measured_from_a_plane() -> None:
    """The picks are b at 0.5 (log loss), a at 0.2 (misses) and a at 0.8 (money)."""
    stakeholders = regret_matrix(HAND, [OBJECTIVES["log_loss"], *TWO], [3, 1, 5])
    assert stakeholders.at_picks == pytest.approx(np.array([[0, 3 / 8, 0.2], [1, 0, 1], [1, 1, 0]]))
    # The plane through the picks has n . (0, -1, 1) = 0 and n . (1, -3/8, 4/5) = 0, so n = (-17, 40, 40).
    # A worse log loss would be a gain, so the component of n is 0. The least sum of misses and money wins.
    found = knee(stakeholders)
    assert identity(found.point) == (2, "a", 0.4, None)
    # Two picks of one model define a line. The most even plane through it has n = (1, 1, 1). The scale of
    # the log loss is its size, so b at 0.5 has -0.2 / 0.3 + 0.575. That is less than 0.55 of a at 0.4.
    line = regret_matrix(HAND, [OBJECTIVES["log_loss"], *TWO], [1, 5])
    assert line.at_picks == pytest.approx(np.array([[0, 0, 1], [0, 1, 0]]))
    assert identity(knee(line).point) == (3, "b", 0.5, None)


def test_the_knee_lies_farthest_below_a_plane_that_slopes_down() -> None:
    """Each pick is the worst point for the other two, so n = (1, 1, 1), and the least sum is the knee."""
    corners = [(0, 9, 9), (9, 0, 9), (9, 9, 0), (4, 4, 4), (2, 3, 8), (3, 3, 5)]
    three = [OBJECTIVES[name] for name in ("log_loss", "brier", "missed_defects")]
    points = table(
        [o.id for o in three], *(("abcdef"[k], 0.5, 1, 1, 1, 1, *c) for k, c in enumerate(corners))
    )
    assert identity(knee(regret_matrix(points, three, [0, 1, 2])).point) == (5, "f", 0.5, None)
    least = least_regret(regret_matrix(points, three, [0, 1, 2])).point
    assert identity(least) == (3, "d", 0.5, None)


def test_a_concave_front_or_equal_picks_have_no_knee() -> None:
    concave = HAND.assign(revenue_impact=[-100.0, 0, 15, 25, 50, 100, 5, -20])
    assert knee(regret_matrix(concave, TWO, ENDS)).missing == NO_BULGE
    same = regret_matrix(HAND, TWO, [2, 2])
    assert knee(same).missing == NO_BULGE
    assert identity(least_regret(same).point) == (2, "a", 0.4, None)
    assert least_regret(same).regrets.tolist() == [0, 0]


def test_ties_go_to_the_smaller_sum_then_to_the_fewest_misses_then_by_name() -> None:
    two = [OBJECTIVES["false_alarms"], OBJECTIVES["missed_defects"]]
    ids = [o.id for o in two]
    points = table(
        ids,
        ("p", 0.1, 1, 1, 1, 1, 0, 8),
        ("q", 0.1, 1, 1, 1, 1, 8, 0),
        ("e", 0.1, 1, 1, 3, 1, 4, 4),
        ("d", 0.2, 1, 1, 2, 1, 4, 4),
        ("c", 0.3, 1, 1, 2, 1, 4, 4),
        ("c", 0.2, 1, 1, 2, 1, 4, 4),
    )
    assert identity(least_regret(regret_matrix(points, two, [0, 1])).point) == (5, "c", 0.2, None)
    # The first stakeholder gives up 4 at each of d and c. Both others give up 3 + 2 at d, 2 + 3.5 at c.
    three = [*two, OBJECTIVES["log_loss"]]
    summed = points.assign(missed_defects=[8.0, 0, 4, 3, 2, 2], log_loss=[0.0, 8, 4, 2, 3.5, 3.5])
    assert identity(least_regret(regret_matrix(summed, three, [0, 1])).point) == (3, "d", 0.2, None)


def test_without_a_measure_or_a_front_there_is_no_compromise() -> None:
    assert least_regret(regret_matrix(HAND, TWO, [])).missing == NO_PICKS
    undefined = HAND.assign(revenue_impact=np.nan)
    for found in compromises(undefined, TWO, ENDS, today=[9, -10]):
        assert (found.point, found.missing) == (None, UNDEFINED_AT_PICKS)
    all_on_one_point = HAND.assign(revenue_impact=[999.0, 0, 0, 0, 0, 0, 0, 0])
    for found in compromises(all_on_one_point, TWO, ENDS, today=[9, -10]):
        assert (found.point, found.missing) == (None, NO_FRONT)


@pytest.mark.parametrize("weights", [[1], [1, -1], [0, 0], [1, math.nan], [1, math.inf]], ids=str)
def test_invalid_weights_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights must be 2 numbers of at least 0"):
        regret_matrix(HAND, TWO, ENDS, weights)


def test_weights_are_shares_of_the_number_of_stakeholders() -> None:
    for weights in ([1, 3], [0.25, 0.75], [5e307, 1.5e308]):
        assert regret_matrix(HAND, TWO, ENDS, weights).weights.tolist() == pytest.approx([0.5, 1.5])
    assert regret_matrix(HAND, TWO, ENDS).weights.tolist() == [1, 1]


def test_regrets_near_the_largest_float_are_weighted() -> None:
    """If picks differ very little, other points have very large regrets."""
    points = table(
        ["missed_defects", "revenue_impact", "log_loss"],
        ("a", 0.1, 1, 1, 0, 1, 0.0, 0, 0.3),
        ("a", 0.2, 1, 1, 0, 1, 7e-303, 1, 0.3),
        ("a", 0.3, 1, 1, 0, 1, 4.6e5, 2, 0.3),
    )
    matrix = regret_matrix(points, TWO, [0, 1], [9, 1])
    assert matrix.regrets[2, 0] > 1e307
    assert identity(least_regret(matrix).point) == (0, "a", 0.1, None)
