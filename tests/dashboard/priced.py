"""Four models with prices, and their pages."""

from __future__ import annotations

from dashboard.session.choices import Point
from dashboard.words.decide.cheapest_model import cheapest_words
from metrics import Payoff, Scenario
from tests.dashboard.tables import NASTY, made

FOUR = made(rows=240)
PRICED = Scenario(miss_cost=5, payoff=Payoff(4.0, -1.5, -20.0, -2.5))
HERE = Point(NASTY[1], FOUR.thresholds(NASTY[1])[len(FOUR.thresholds(NASTY[1])) // 2])


def cheapest_of(page):
    """Reason for the first selected point, if no limit changes it."""
    return cheapest_words(page.analysis.scenario, page.analysis.points["model"].nunique())


def unknown(page):
    """Page before its intervals are computed."""
    return page.analysed(shows_intervals=True, has_intervals=False)


def all_points(*objectives):
    return FOUR.points({*objectives}, PRICED)
