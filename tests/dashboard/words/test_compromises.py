"""Tests of what each choice costs a stakeholder, in words."""

from __future__ import annotations

from dashboard.words.decide.cards import regret_words


def test_the_distance_from_the_best_is_in_the_stakeholders_unit(built):
    analysis = built(objectives=("log_loss", "missed_defects", "revenue_impact")).analysis
    product = analysis.stakeholder("product")
    assert product.pick is not None
    best = product.pick.value
    assert regret_words(analysis, product, best) == ("the best", True)
    more = "1 more missed defect than the best"
    assert regret_words(analysis, product, best + 1) == (more, False)
