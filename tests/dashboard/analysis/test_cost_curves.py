"""Tests of models that tie with the cheapest model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.analysis.models.cost_curves import cost_curves_of, interval_at, tied_with_cheapest
from dashboard.session.choices import Choices
from metrics import Extreme, Scenario
from metrics.selection.cost_curve import intervals_by_model
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR
from tests.dashboard.tables import NASTY, Rows


def flagged_first(labels, *, caught, alarms):
    """Scores that are high for the first defects and the first good units, and low for the rest."""
    high = [*np.flatnonzero(labels == 1)[:caught], *np.flatnonzero(labels == 0)[:alarms]]
    scores = np.full(len(labels), 0.1)
    scores[high] = 0.9
    return scores


def test_models_with_the_least_cost_of_errors_tie(tmp_path):
    """At the price 5, 2 misses and 4 false alarms cost 14, as do 1 miss and 9 false alarms."""
    added = {
        "twin": FOUR.scores[NASTY[0]] / 2,
        "as cheap at 5": flagged_first(FOUR.labels, caught=33, alarms=9),
    }
    rows = replace(FOUR, scores={**FOUR.scores, **added})
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
    assert least == {NASTY[0], *added}
    stretch = next(s for s in intervals_by_model(curve) if s.low <= 5 <= s.high)
    assert set(stretch.models) == {NASTY[0], "twin"}
    assert tied_with_cheapest(page.analysis, curve) == ["as cheap at 5"]


def test_no_model_ties_if_flagging_everything_is_the_cheapest(tmp_path):
    """At the price 5, both models cost 10, as does flagging all of 10 good units."""
    labels = np.repeat([1, 0], 10)
    scores = {
        "a": flagged_first(labels, caught=8, alarms=0),
        "b": flagged_first(labels, caught=9, alarms=5),
    }
    page = built_table(tmp_path, Rows(labels, scores), Scenario(), Choices())
    curve = cost_curves_of(page.analysis).by_cost
    assert curve.at(5).point.extreme is Extreme.FLAG_EVERYTHING
    assert intervals_by_model(curve)[interval_at(curve, 5)].models == ("a",)
    assert tied_with_cheapest(page.analysis, curve) == []
