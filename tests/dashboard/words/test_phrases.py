"""Tests that parts of sentences read well, and can be read back as their figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.words import phrases
from dashboard.words.limits.limit_names import bound_clause
from dashboard.words.numbers import amounts
from metrics.evaluation.objective import OBJECTIVES
from metrics.scenario.scenario import Payoff, Scenario
from metrics.selection.limits import Bound

YEAR = Scenario(units_per_year=2.4e6, payoff=Payoff())


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.97, "97"),
        (1.0, "more than 99"),
        (0.999, "more than 99"),
        (0.001, "less than 1"),
        (0.0, "less than 1"),
    ],
)
def test_no_share_is_rounded_to_certainty(share: float, said: str) -> None:
    assert amounts.of_simulations(share) == f"{said}% of simulations"


def test_shares_are_rounded_before_they_count_as_all_or_none() -> None:
    assert [amounts.whole_percent(share) for share in (1 - 1e-15, 1e-15)] == [
        "100%",
        "0%",
    ]


def test_lists_and_counts_in_words() -> None:
    assert [phrases.joined("abc"[:k]) for k in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
    assert phrases.some("abc", "models") == "a, b and c"
    assert phrases.some("abcdef", "models", word="or") == "a, b or 4 other models"
    assert [phrases.all_of(k, "limit") for k in (1, 2, 3, 12)] == [
        "the limit",
        "both limits",
        "all three limits",
        "all 12 limits",
    ]


def test_words_for_an_objective_come_from_its_fields() -> None:
    """Another id and another amount change only the objective's words in the sentences."""
    profit = replace(
        OBJECTIVES["revenue_impact"], id="own", label="profit", noun="profit", change_of="profit"
    )
    assert bound_clause(Bound(profit, 0.0), YEAR) == "while profit is not below that with no checks"
    assert OBJECTIVES["recall"].noun == OBJECTIVES["recall"].subject == "recall"
