"""Tests of expected figures and intervals at thresholds near the cheapest one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.soak.intervals_at_picks import normal_population
from tests.soak.neighbours_of_picks import PICK, Beside, simulate_neighbours


@pytest.fixture(scope="module")
def cost() -> Beside:
    """Cost of errors at the neighbours of the cheapest threshold in twelve samples."""
    return simulate_neighbours(normal_population(2000, 0.03), 12)["cost_of_errors"]


def test_no_neighbour_looks_better_than_the_cheapest_threshold(cost: Beside) -> None:
    half_a_sample = 0.5 / 100
    assert (cost.met.mean(axis=0) <= cost.met[:, PICK].mean() + half_a_sample).all()
    assert (cost.expected >= cost.expected[:, [PICK]] - 1e-9).all()


def test_optimism_is_greatest_at_the_cheapest_threshold(cost: Beside) -> None:
    true, estimated = (
        (figure - cost.figure).mean(axis=0) for figure in (cost.truth, cost.expected)
    )
    assert true[PICK] == true.max() > 10  # in false alarms: large enough to test the correction
    assert (estimated > true - 5).all()  # at most half of the optimism is left
    assert (np.diff(estimated)[:PICK] > 0).all()
    assert (np.diff(estimated)[PICK:] < 0).all()


def test_intervals_near_the_cheapest_threshold_hold_the_truth(cost: Beside) -> None:
    holds = (cost.low <= cost.truth) & (cost.truth <= cost.high)
    assert holds.mean() > 0.9  # 95% intervals in twelve samples
