"""Tests of the simulation of picks: its truth, and the app's figures and intervals at the cheapest point."""

from __future__ import annotations

import numpy as np
import pytest

from tests.soak.intervals_at_picks import normal_population, statements


def four_standard_errors(rows: float) -> float:
    """Upper bound on four standard errors of a share of some rows."""
    return float(4 * 0.5 / rows**0.5)


def test_the_formula_of_the_truth_agrees_with_a_million_rows():
    rows, rate = 1_000_000, 0.1
    population = normal_population(rows, rate)
    sample = population.draw(np.random.default_rng(1))
    model, threshold = population.current
    true = population.figures(model, np.array(threshold))
    defects, goods = rows * rate, rows * (1 - rate)
    is_flagged, labels = sample.scores[model] >= threshold, sample.labels
    recall, false_alarm_rate = is_flagged[labels == 1].mean(), is_flagged[labels == 0].mean()
    assert recall == pytest.approx(float(true["recall"]), abs=four_standard_errors(defects))
    assert false_alarm_rate == pytest.approx(
        float(true["false_alarms"]) / goods, abs=four_standard_errors(goods)
    )
    assert true["revenue_impact"] == pytest.approx(0, abs=1e-6)


@pytest.mark.slow  # test_optimism and test_optimism_at_choice test these intervals in every run
def test_page_and_command_line_agree_at_the_lowest_cost_and_hold_the_truth():
    """The simulation computes picks and truth of four samples without the library."""
    population = normal_population(1000, 0.06)
    holds, limits = [], []
    for draw in range(4):
        intervals, limits_of_draw = statements(population, draw)
        at = {(interval.place, interval.objective): interval for interval in intervals}
        for objective in ("cost_of_errors", "missed_defects"):
            interval = at["command line, cheapest model", objective]
            assert interval[2:] == pytest.approx(at["page, cheapest", objective][2:])
            holds.append(interval.low <= interval.truth <= interval.high)
        limits += limits_of_draw
    # By chance, one of eight 95% intervals may miss, and shares of about 50 limits may differ by 0.2.
    assert holds.count(False) <= 1
    stated = np.mean([limit.stated for limit in limits])
    observed = np.mean([limit.is_met for limit in limits])
    assert stated == pytest.approx(observed, abs=0.2)
