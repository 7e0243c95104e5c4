"""Tests of the names of limits in sentences."""

from __future__ import annotations

from dataclasses import replace

from dashboard.words.limits.limit_names import limit_name
from metrics import OBJECTIVES, Bound, Payoff, Scenario, Today
from tests.dashboard.tables import NASTY


def test_a_target_of_0_is_the_current_revenue():
    scenario = Scenario(payoff=Payoff(1.0, 0.0, -1e4, 0.0), today=Today(NASTY[0], 0.5))
    zero, more = (Bound(OBJECTIVES["revenue_impact"], value) for value in (0.0, 1e3))
    assert limit_name(zero, scenario) == "No less revenue than today"
    assert limit_name(zero, replace(scenario, today=None)) == "No less revenue than with no checks"
    assert limit_name(more, scenario).startswith("Target +EUR")
    assert limit_name(zero, Scenario()) == "Errors cost no more than with no checks"
