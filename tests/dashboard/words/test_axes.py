"""Tests of the title and the tick texts of an axis."""

from __future__ import annotations

import pytest

from dashboard.words.axes import tick_words
from metrics import OBJECTIVES, Payoff, Scenario

REVENUE = OBJECTIVES["revenue_impact"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "€0"), (250_000, "€250 k"), (-1.5e6, "−€1.5 m"), (2e10, "€20 bn"), (0.5, "€0.5")],
)
def test_money_is_short_with_the_sign_before_it(value, said):
    words = tick_words(REVENUE, Scenario(payoff=Payoff(), currency="€"), 1.0)
    assert words(value).replace("\N{NO-BREAK SPACE}", " ") == said


def test_counts_are_in_full_below_a_million():
    few, many = (tick_words(OBJECTIVES["missed_defects"], Scenario(), most) for most in (9e5, 2e6))
    assert few(500_000) == "500,000"
    assert many(500_000) == "500\N{NO-BREAK SPACE}k"
