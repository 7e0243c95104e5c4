"""Tests that parts of sentences read well, and can be read back as their figures."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.words import phrases
from metrics.evaluation.objective import OBJECTIVES, Objective, Unit
from metrics.scenario.scenario import Payoff, Scenario
from metrics.selection.limits import Bound

FILE = Scenario()
RATED = Scenario(defect_rate=0.02)
YEAR = Scenario(units_per_year=2.4e6, payoff=Payoff())


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("objective", "value", "reference", "scenario", "said"),
    [
        ("missed_defects", 84, 72, FILE, "12 more missed defects"),
        ("missed_defects", 73, 72, FILE, "1 more missed defect"),
        ("missed_defects", 0, 72, FILE, "72 fewer missed defects"),
        ("missed_defects", 84, 72, YEAR, "12 more missed defects a year"),
        ("false_alarms", 8, 7, RATED, "1 more false alarm"),
        ("recall", 0.8, 0.832, FILE, "a recall 3.2 points lower"),
        ("recall", 1.0, 0.25, FILE, "a recall 75.0 points higher"),
        ("share_flagged", 0.3, 0.1, FILE, "a share flagged 20.0 points higher"),
        ("log_loss", 0.0914, 0.0897, FILE, "0.0017 more log loss"),
        ("roc_auc", 0.9, 0.95, FILE, "0.0500 less ROC AUC"),
        ("cost_of_errors", 250, 110, FILE, "140 false alarms’ worth more errors"),
        ("cost_of_errors", 111, 110, YEAR, "1 false alarm’s worth more errors a year"),
        ("revenue_impact", 1.17e6, 1.21e6, YEAR, "EUR 40 k less revenue a year"),
        ("revenue_impact", -4, 300, FILE, "304 good units’ worth less revenue"),
        ("revenue_impact", 301, 300, FILE, "1 good unit’s worth more revenue"),
        ("revenue_impact_percent", 10, 30, FILE, "revenue lower by 20.0 per cent of today’s"),
        ("missed_value", 900, 500, YEAR, "EUR 400 more value of missed defects a year"),
        (
            "missed_value",
            900,
            500,
            FILE,
            "400 more value of missed defects in the file’s own unit of value",
        ),
        ("missed_defects_per_1000_defects", 84, 72, FILE, "12 more missed per 1,000 defects"),
        ("shipped_defects_per_million", 5, 4, FILE, "1 more defect among shipped units per million"),
        ("flagged_per_day", 5, 4, YEAR, "1 more unit flagged a day"),
        ("revenue_impact_net", 1.17e6, 1.21e6, YEAR, "EUR 40 k less revenue net of serving a year"),
        ("serving_cost", 1182.6, 394.2, FILE, "EUR 788 more serving cost a year"),
        ("scoring_time", 534, 500, FILE, "34 µs more scoring time"),
        ("workers_at_peak", 3, 2, FILE, "1 more worker"),
        ("log_loss", math.inf, 0.1, FILE, "infinitely more log loss"),
        ("missed_defects", 72, 72, FILE, ""),
        ("log_loss", 0.08971, 0.08970, FILE, ""),
        ("precision", math.nan, 0.5, FILE, ""),
    ],
)  # fmt: skip
def test_what_is_changed(
    objective: str, value: float, reference: float, scenario: Scenario, said: str
) -> None:
    """Of a file's own figures it is not said what they are of: a sentence says that once."""
    assert plain(phrases.change(OBJECTIVES[objective], value, reference, scenario)) == said


FIGURES = st.floats(-1e9, 1e9) | st.integers(-50, 50).map(float)


@given(st.sampled_from(list(OBJECTIVES.values())), FIGURES, FIGURES)
def test_one_thing_is_one_thing(wanted: Objective, value: float, reference: float) -> None:
    text = phrases.change(wanted, value, reference, FILE)
    assert "  " not in text
    assert not re.search(r"(?<![\d.,])1 (more|fewer) \w*\s?(defect|alarm|unit)s\b", text)


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.97, "97"), (1.0, "100"), (0.999, "more than 99"), (0.001, "fewer than 1"), (0.0, "0")],
)
def test_no_share_is_rounded_to_certainty(share: float, said: str) -> None:
    assert phrases.of_100(share) == f"{said} of 100 resamples"
    assert phrases.in_100(share) == said


def test_what_is_all_but_for_the_rounding_of_floats_is_all() -> None:
    assert (phrases.in_100(1 - 1e-15), phrases.per_100(1 - 1e-15)) == ("100", "100")
    assert (phrases.in_100(1e-15), phrases.per_100(1e-15)) == ("0", "0")


def test_lists_and_counts() -> None:
    assert [phrases.joined("abc"[:k]) for k in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
    assert phrases.some("abc", "models") == "a, b and c"
    assert phrases.some("abcdef", "models", word="or") == "a, b or 4 other models"
    assert [phrases.every(k, "limit") for k in (1, 2, 3, 12)] == [
        "the limit",
        "both limits",
        "all three limits",
        "all 12 limits",
    ]
    assert [phrases.all_of(k) for k in (2, 3)] == ["both", "all three"]


def test_limits_and_figures_with_their_units() -> None:
    recall, alarms, money = (
        OBJECTIVES[name] for name in ("recall", "false_alarms", "revenue_impact")
    )
    assert plain(phrases.wanted(Bound(recall, 0.8), FILE)) == "at least 80.0 %"
    assert plain(phrases.wanted(Bound(alarms, 8), YEAR)) == "at most 8 a year"
    assert plain(phrases.amount(money, 1.0, FILE)) == "+1 good unit’s worth in this file"
    assert plain(phrases.wanted(Bound(alarms, 8), YEAR, in_file=False)) == "at most 8 a year"
    assert plain(phrases.amount(money, 1.0, FILE, in_file=False)) == "+1 good unit’s worth"


def test_what_an_objective_is_called_comes_from_its_fields() -> None:
    """Under another id, and of another sum of money, the sentences are the same but for the words."""
    profit = replace(
        OBJECTIVES["revenue_impact"], id="own", label="profit", noun="profit", change_of="profit"
    )
    assert (
        phrases.bound_words(Bound(profit, 0.0), YEAR)
        == "while profit is not below that with no checks"
    )
    assert plain(phrases.change(profit, 0, 2000, YEAR)) == "EUR 2 k less profit a year"
    share = replace(profit, unit=Unit.PERCENT)
    assert phrases.change(share, 12.5, 0, YEAR) == "profit higher by 12.5 per cent of today’s"
    hours = replace(OBJECTIVES["cost_of_errors"], id="own", noun="mistakes")
    assert phrases.change(hours, 7, 2, YEAR) == "5 false alarms’ worth more mistakes a year"
    assert OBJECTIVES["recall"].noun == OBJECTIVES["recall"].subject == "recall"
