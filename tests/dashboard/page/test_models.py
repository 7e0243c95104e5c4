"""How the candidates compare, held to the rows; when another would win, in a sentence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as sk

from dashboard.page.models import cheapest_words, rows_of
from dashboard.session.choices import Choices
from metrics import OperatingPoint, Scenario
from metrics.selection.cost_curve import Axis, CostCurve, Segment
from tests.dashboard.built import built_table
from tests.dashboard.pages import FILES, FOUR
from tests.dashboard.tables import NASTY

NOTHING = OperatingPoint("a", math.inf, 0, 0, 5, 5, {})


def test_every_model_has_its_best_for_each_stakeholder_and_its_rank(tmp_path):
    page = built_table(tmp_path, FOUR, Scenario(), Choices(), resampled=True)
    rows = rows_of(page)
    assert {row.model for row in rows} == set(FOUR.models)
    points = FOUR.points({"log_loss"}, Scenario())
    losses = {m: min(p["log_loss"] for p in points if p["model"] == m) for m in FOUR.models}
    for row in rows:
        best = row.best[0]
        assert best.value == pytest.approx(losses[row.model])
        assert best.ends[0] < best.value < best.ends[1]
        assert best.rank == 1 + sum(losses[row.model] > other for other in losses.values())
        assert row.auc == pytest.approx(sk.roc_auc_score(FOUR.labels, FOUR.scores[row.model]))
        assert math.isnan(row.serving_cost)
        assert row.slope > 0
    sums = [sum(best.rank or math.nan for best in row.best) for row in rows]
    assert sums == sorted(sums)


def test_a_ranking_has_no_slope_and_hidden_models_are_not_there(tmp_path):
    page = built_table(tmp_path, FILES["rank"], Scenario(), Choices(hidden=(NASTY[0],)))
    rows = rows_of(page)
    assert {row.model for row in rows} == set(FILES["rank"].models) - {NASTY[0]}
    assert np.isnan([row.slope for row in rows]).all()
    assert np.isnan([best.ends for row in rows for best in row.best]).all()


def along(*reigns: tuple[float, float, str | None]) -> CostCurve:
    """A curve on which models take turns; None flags nothing."""
    segments = [
        Segment(low, high, NOTHING if model is None else at(model), ())
        for low, high, model in reigns
    ]
    return CostCurve(Axis.MISS_COST, tuple(segments))


def at(model: str) -> OperatingPoint:
    return OperatingPoint(model, 0.5, 4, 1, 1, 4, {})


@pytest.mark.parametrize(
    ("reigns", "said"),
    [
        ([(0.01, 25.57, "a"), (25.57, 100, "b")], "a is cheapest while a miss costs up to 25 false alarms"),
        ([(0.01, 1.23, "b"), (1.23, 100, "a")], "a is cheapest while a miss costs at least 1.3 false alarms"),
        (
            [(0.01, 1.23, "b"), (1.23, 25.57, "a"), (25.57, 100, "b")],
            "a is cheapest while a miss costs 1.3 to 25 false alarms",
        ),
        # Another wins below 0.06: too far off to be named.
        (
            [(0.01, 0.061, "b"), (0.061, 25.57, "a"), (25.57, 100, "b")],
            "a is cheapest while a miss costs up to 25 false alarms",
        ),
        # Below 1.23 nothing is flagged: no other model wins there.
        ([(0.01, 1.23, None), (1.23, 25.57, "a"), (25.57, 100, "b")],
         "a is cheapest while a miss costs up to 25 false alarms"),
    ],
)  # fmt: skip
def test_how_far_a_miss_may_cost_something_else(reigns, said):
    words = cheapest_words(
        along(*reigns), 5.0, str, where="a miss costs", unit="false alarms", share=False
    )
    assert words == f"{said} (now 5)"


def test_where_no_other_wins_that_is_said():
    alone = along((0.01, 100, "a"))
    words = cheapest_words(alone, 5.0, str, where="a miss costs", unit="false alarms", share=False)
    assert words == "No other model wins, whatever a miss costs (now 5): a is cheapest"
