"""Tests of the verdict's facts on rows that can be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.analysis.decide.verdict import (
    best_clearly_better,
    best_gain,
    better_in_both,
    equally_good,
)
from metrics.evaluation.evaluation import Evaluation, evaluate
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import OperatingPoint, operating_points
from metrics.scenario.scenario import Scenario, Today
from metrics.selection.limits import Bound
from metrics.tally.tally_scores import tally_scores
from tests.metrics.made_rows import Rows

GAIN = OBJECTIVES["revenue_impact"]
RECALL = Bound(OBJECTIVES["recall"], 0.9)
# Misses and false alarms of 400 defects and 3,600 good units: a at 0.6 160 and 200, at 0.3 40 and 800; b at
# 0.5 80 and 400; c 20 and none.
DEFECTS = {"a": [0.6] * 6 + [0.3] * 3 + [0.1], "b": [0.1] + [0.5] * 8 + [0.1]}
GOODS = {"a": [0.6] * 5 + [0.3] * 15 + [0.1] * 70, "b": [0.1] * 3 + [0.5] * 10 + [0.1] * 77}
TIMES = 40


def points_and_evaluation(
    models: Sequence[str], scenario: Scenario
) -> tuple[pd.DataFrame, Evaluation]:
    labels = np.array([1] * 10 * TIMES + [0] * 90 * TIMES, np.int8)
    scores = {m: np.array(DEFECTS[m] * TIMES + GOODS[m] * TIMES) for m in "ab"}
    scores["x"] = np.where(scores["b"] == 0.5, 0.7, 0.1)
    scores["c"] = np.where(labels == 1, 0.9, 0.1)
    scores["c"][:20] = 0.1
    data = Rows(
        labels, {m: scores[m] for m in models}, ids=tuple(f"u{k}" for k in range(labels.size))
    )
    evaluation = evaluate(tally_scores(data), scenario)
    return operating_points(evaluation, list(OBJECTIVES.values())), evaluation


def at(points: pd.DataFrame, model: str, threshold: float) -> OperatingPoint:
    [k] = np.flatnonzero((points["model"] == model) & (points["threshold"] == threshold))
    return OperatingPoint.from_points(points, int(k))


def place(point: OperatingPoint | None) -> Any:
    return None if point is None else (point.model, point.threshold)


def test_the_highest_revenue_within_limits() -> None:
    """With 5 per miss, compared with no checks: 5 for each caught defect, minus the false alarms."""
    points, _ = points_and_evaluation("ab", Scenario())
    assert best_gain(points, (), GAIN) == 5 * 320 - 400
    assert best_gain(points, (RECALL,), GAIN) == 5 * 360 - 800
    assert best_gain(points, (Bound(OBJECTIVES["cost_of_errors"], 1.0),), GAIN) == -np.inf


def test_a_point_with_fewer_misses_and_fewer_false_alarms() -> None:
    points, _ = points_and_evaluation("abc", Scenario())
    assert place(better_in_both(points, at(points, "a", 0.3), ())) == ("c", 0.9)
    assert place(better_in_both(points, at(points, "c", 0.9), ())) is None
    points, _ = points_and_evaluation("ab", Scenario())
    assert better_in_both(points, at(points, "a", 0.3), ()) is None


@pytest.mark.parametrize(
    ("models", "limits", "better"),
    [
        # With 1 per miss, model a costs 840 at 0.3 and 360 at 0.6.
        ("a", (), ("a", 0.6)),
        ("ac", (), ("c", 0.9)),
        ("a", (RECALL,), None),
    ],
)
def test_a_point_that_is_clearly_better_than_the_current_system(
    models: str, limits: tuple[Bound, ...], better: tuple[str, float] | None
) -> None:
    points, evaluation = points_and_evaluation(models, Scenario(miss_cost=1, today=Today("a", 0.3)))
    assert place(best_clearly_better(points, evaluation, limits, GAIN)) == better


def test_points_of_other_models_that_are_as_good() -> None:
    """Score x orders the units like b, but with other probabilities and therefore another log loss."""
    points, _ = points_and_evaluation("abx", Scenario())
    objectives = [OBJECTIVES["log_loss"], GAIN]
    ties = equally_good(points, at(points, "b", 0.5), objectives)
    assert [place(tie) for tie in ties] == [("x", 0.7)]
    assert equally_good(points, at(points, "a", 0.3), objectives) == ()
