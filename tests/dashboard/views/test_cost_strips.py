"""Test of the list of models below a cost strip."""

from __future__ import annotations

from markupsafe import Markup

from dashboard.views.models.cost_strips import intervals_of_models
from dashboard.words.models.cost_curves import ranges_words
from metrics.selection.cost_curve import CostCurveInterval


def test_a_model_that_is_cheapest_again_is_named_once():
    down, dot = Markup("▼"), Markup("●")
    first, second, third = (CostCurveInterval(k, k + 1, (m,), None) for k, m in enumerate("aba", 1))
    bands = [(down, "a", first), (dot, "b", second), (down, "a", third)]
    assert intervals_of_models(bands) == [(down, "a", [first, third]), (dot, "b", [second])]
    assert ranges_words([first, third], share=False) == "1 to 2, 3 to 4"
