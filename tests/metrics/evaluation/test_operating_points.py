"""Tests of operating points: ten units by hand, the current system, and thresholds between two points."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.errors import ScoreError
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import (
    OperatingPoint,
    current_point,
    operating_points,
    point_at,
)
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.scenario.serving import Serving, Worker
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import DYADIC, many_rows, rows, scenarios
from tests.metrics.tallied import evaluation_of, tally_of

EVERY = list(OBJECTIVES.values())
COUNTS = ["tp", "fp", "fn", "tn"]

# Ten units, four of them defects. At a threshold of 0.6 the first four are flagged:
# 3 defects caught (tp), 1 false alarm (fp), the defect at 0.1 is missed (fn), 5 good units ship (tn).
TEN = Rows(
    labels=np.array([1, 1, 0, 1, 0, 0, 0, 1, 0, 0], np.int8),
    scores={"a": np.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1, 0.1, 0.05])},
    values=np.array([10.0, 10, 10, 10, 10, 10, 10, 25, 10, 10]),
)
# Shipping everything earns 6 good units x 4 - 4 defects x 2 = 16.
PAYOFF = Payoff(ship_good=4.0, reject_good=-1.0, ship_defect=-2.0, reject_defect=-1.0)
BY_HAND = {
    # Log loss of the probabilities of the true classes: 0.9 0.8 0.3 0.6 0.6 0.7 0.8 0.1 0.9 0.95.
    "log_loss": -math.log(0.9 * 0.8 * 0.3 * 0.6 * 0.6 * 0.7 * 0.8 * 0.1 * 0.9 * 0.95) / 10,
    # Brier score: squares of 1 minus these probabilities.
    "brier": (0.01 + 0.04 + 0.49 + 0.16 + 0.16 + 0.09 + 0.04 + 0.81 + 0.01 + 0.0025) / 10,
    # AUC: good units below each defect are 6, 6, 5, and for 0.1 one and half of a tie, of 4 x 6 pairs.
    "roc_auc": (6 + 6 + 5 + 1.5) / 24,
    # Average precision: precision at each defect, 1/1, 2/2, 3/4, and 4/9 after the tie; a quarter each.
    "average_precision": (1 + 1 + 3 / 4 + 4 / 9) / 4,
    # Calibration error: each score has its own bin, except the two at 0.1, whose gap is |0.2 - 1|.
    "calibration_error": (0.1 + 0.2 + 0.7 + 0.4 + 0.4 + 0.3 + 0.2 + 0.8 + 0.05) / 10,
    "missed_defects": 1,
    "missed_defects_per_1000_defects": 250,  # 1 of 4 defects
    "missed_defects_per_1000_units": 100,  # 1 of 10 units
    "shipped_defects_per_million": 1e6 / 6,  # 1 of the 6 units shipped
    "missed_value": 25,  # the value of the unit at 0.1
    "false_alarms": 1,
    "misclassified_units": 2,
    "cost_of_errors": 6,  # 1 miss at 5 false alarms, and 1 false alarm
    "recall": 3 / 4,
    "precision": 3 / 4,
    "f1": 3 / 4,  # 6 / (6 + 1 + 1)
    "mcc": 14 / 24,  # (3 x 5 - 1 x 1) / sqrt(4 x 4 x 6 x 6)
    "share_flagged": 4 / 10,
    "flagged_per_day": math.nan,  # undefined: no units a year
    "revenue": 14,  # 5 x 4 - 1 x 1 - 1 x 2 - 3 x 1
    "revenue_impact": -2,  # 5 x 4 - 1 x 1 - 1 x 2 - 3 x 1 = 14, and the current system earns 16
    "revenue_impact_percent": -12.5,
    "scoring_time": 500_000,
    "workers_at_peak": 1,  # busy half of the time
    "worst_kind_recall": math.nan,  # not counted by kind
    "worst_segment_recall": math.nan,
    "units_inspected": math.nan,  # without inspectors
    "inspection_cost": math.nan,
    "missed_after_inspection": math.nan,
    "serving_cost": 87.6,  # 8760 hours at 0.01
    "revenue_impact_net": math.nan,  # undefined: no units a year
}
LOAD = Serving(requests_per_hour=3600.0, models={"a": Worker(0.5, 0.01)})


def test_operating_points_of_ten_units_by_hand() -> None:
    assert set(BY_HAND) == set(OBJECTIVES)
    evaluation = evaluation_of(TEN, Scenario(payoff=PAYOFF, serving=LOAD))
    points = operating_points(evaluation, EVERY)
    assert points["threshold"].tolist() == [0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9, np.inf]
    [row] = np.flatnonzero(points["threshold"] == 0.6).tolist()
    for point in (
        OperatingPoint.from_points(points, row),
        point_at(evaluation, EVERY, "a", 0.6),
        point_at(evaluation, EVERY, "a", 0.5),
    ):
        assert list(point.counts.values()) == [3, 1, 1, 5]
        assert point.figures == pytest.approx(BY_HAND, nan_ok=True)


def test_without_a_current_system_every_unit_is_shipped() -> None:
    today = current_point(evaluation_of(TEN), EVERY)
    assert list(today.counts.values()) == [0, 0, 4, 6]
    assert (today.model, today.threshold, today.figures["revenue_impact"]) == (None, np.inf, 0)
    assert math.isnan(today.figures["revenue_impact_percent"])  # 6 - 4 x 5 is not above 0


def test_a_current_model_that_is_not_in_the_file_is_refused() -> None:
    with pytest.raises(ScoreError, match="must be one of a, got 'b'") as caught:
        evaluation_of(TEN, Scenario(today=Today("b", 0.5)))
    assert (caught.value.code, caught.value.value) == ("E_TODAY", "b")


@given(st.data())
def test_each_distinct_threshold_is_a_point_with_its_counts(draw: st.DataObject) -> None:
    data = draw.draw(rows(weights=DYADIC))
    points = operating_points(tally_of(data), EVERY, draw.draw(scenarios(data)))
    assert points.columns.tolist() == ["model", "threshold", *COUNTS, *OBJECTIVES]
    assert (points[list(OBJECTIVES)].dtypes == np.float64).all()
    wanted = [
        (model, threshold)
        for model, scores in data.scores.items()
        for threshold in [*sorted({x + 0.0 for x in scores.tolist()}), np.inf]
    ]
    assert list(zip(points["model"], points["threshold"], strict=True)) == wanted
    assert (points[COUNTS].sum(axis=1) == data.mass().sum()).all()
    if data.weights is None:
        assert (points[COUNTS].dtypes == np.int64).all()


def in_order_of(points: pd.DataFrame, models: tuple[str, ...]) -> pd.DataFrame:
    """Points sorted by the given order of the models."""
    parts = [points[points["model"] == model] for model in models]
    return pd.concat(parts, ignore_index=True)


@given(st.data(), st.sampled_from([3, 4096]))
def test_the_order_of_models_and_of_rows_changes_no_figure(draw: st.DataObject, limit: int) -> None:
    """Figures agree to the last digit if sums are exact: counts, and weights that are multiples of 0.5."""
    data = draw.draw(rows(weights=DYADIC) | many_rows(most=60, models=3))
    scenario = draw.draw(scenarios(data))
    names = draw.draw(st.permutations(data.models))
    order = draw.draw(st.permutations(range(data.labels.size)))

    def points(of: Rows) -> pd.DataFrame:
        made = operating_points(tally_of(of, max_thresholds=limit), EVERY, scenario)
        return in_order_of(made, data.models).astype({"model": str})

    plain = points(data)
    pd.testing.assert_frame_equal(points(data.only(names)), plain, check_exact=True)
    pd.testing.assert_frame_equal(points(data.take(order)), plain, rtol=1e-9, atol=1e-12)


@given(st.data())
def test_a_threshold_between_two_points_gives_the_next_point(draw: st.DataObject) -> None:
    data = draw.draw(rows(weights=None))
    evaluation = evaluation_of(data, draw.draw(scenarios(data)))
    points = operating_points(evaluation, EVERY)
    row = draw.draw(st.integers(0, len(points) - 1))
    point = OperatingPoint.from_points(points, row)
    scores = data.scores[str(point.model)]
    below = scores[scores < point.threshold].max(initial=-1.0)
    between = float(np.nextafter(below, np.inf))
    assert point_at(evaluation, EVERY, point.model, point.threshold) == point
    found = point_at(evaluation, EVERY, point.model, between)
    assert replace(found, threshold=point.threshold) == point
    assert point.row == row


@given(st.data())
def test_changes_from_the_current_system_are_zero_at_that_system(draw: st.DataObject) -> None:
    data = draw.draw(rows(weights=DYADIC))
    evaluation = evaluation_of(data, draw.draw(scenarios(data)))
    changes = [o for o in EVERY if o.is_against_current]
    assert {o.id for o in EVERY if o.signed} == {o.id for o in changes}
    for o, figure in current_point(evaluation, changes).figures.items():
        assert math.isnan(figure) or abs(figure) <= 1e-9, o


def test_points_are_compared_by_value() -> None:
    """Points are equal if all fields but the row are equal. Undefined figures are equal."""
    point = OperatingPoint("a", 0.5, 3, 1, 1, 5, {"recall": 0.75, "mcc": math.nan}, row=4)
    again = OperatingPoint("a", 0.5, 3.0, 1.0, 1.0, 5.0, {"mcc": float("nan"), "recall": 0.75})
    assert point == again
    assert hash(point) == hash(again)
    assert len({point, again}) == 1
    for other in (
        replace(point, model="b"),
        replace(point, model=None),
        replace(point, threshold=0.6),
        replace(point, tp=9),
        replace(point, fp=9),
        replace(point, fn=9),
        replace(point, tn=9),
        replace(point, figures={"recall": 0.75, "mcc": 0.0}),
        replace(point, figures={"recall": math.nan, "mcc": math.nan}),
        replace(point, figures={"recall": 0.75}),
        ("a", 0.5),
    ):
        assert point != other
        assert other != point


@given(st.data())
def test_a_position_is_the_first_threshold_that_is_not_below(draw: st.DataObject) -> None:
    """The linear search is at thresholds, next to thresholds, between two of them and beyond all."""
    data = draw.draw(rows())
    evaluation = evaluation_of(data, max_thresholds=5)
    for curve in evaluation.curves:
        known = [-math.inf, *curve.thresholds.tolist()]
        asked = [math.nextafter(t, to) for t in known for to in (-math.inf, t, math.inf)]
        asked += [(low + high) / 2 for low, high in pairwise(known[1:-1])]
        walked = [next(k for k, t in enumerate(curve.thresholds) if t >= at) for at in asked]
        assert [curve.position(at) for at in asked] == walked
        assert curve.positions(asked).tolist() == walked
        points = operating_points(evaluation, [])
        thresholds = points[points["model"] == curve.model]["threshold"].tolist()
        among = [next(k for k, t in enumerate(thresholds) if t >= at) for at in asked]
        assert [curve.row(at) for at in asked] == among
