"""Tests of models that tie with the cheapest model."""

from __future__ import annotations

from dataclasses import replace

from dashboard.analysis.models.cost_curves import cost_curves_of, tied_with_cheapest
from dashboard.session.choices import Choices
from metrics import Scenario
from metrics.selection.cost_curve import intervals_by_model
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR
from tests.dashboard.tables import NASTY


def test_models_with_the_least_cost_of_errors_tie(tmp_path):
    rows = replace(FOUR, scores={**FOUR.scores, "twin": FOUR.scores[NASTY[0]] / 2})
    page = built_table(tmp_path, rows, Scenario(), Choices())
    curve = cost_curves_of(page.analysis).by_cost
    cheapest = {
        m: min(
            p["cost_of_errors"]
            for p in rows.points({"cost_of_errors"}, Scenario())
            if p["model"] == m
        )
        for m in rows.models
    }
    least = {m for m, cost in cheapest.items() if cost == min(cheapest.values())}
    stretch = next(s for s in intervals_by_model(curve) if s.low <= 5 <= s.high)
    assert set(tied_with_cheapest(page.analysis, curve)) == least - set(stretch.models)
    assert least <= {*stretch.models, *tied_with_cheapest(page.analysis, curve)}
