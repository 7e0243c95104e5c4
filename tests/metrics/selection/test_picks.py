"""Tests that each stakeholder's pick follows its rule, and is not changed by dominated models."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.evaluation import Evaluation, evaluate
from metrics.evaluation.objective import OBJECTIVES, Direction, Extreme, Objective
from metrics.evaluation.operating_points import current_point, operating_points
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.selection.default_bound import default_bound
from metrics.selection.limits import Bound
from metrics.selection.picks import Pick, implied_threshold, pick
from tests import oracles
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import DYADIC, SCALES, many_rows, payoffs, rows, rows_on, scenarios
from tests.metrics.tallied import evaluate_rows, evaluation_of, tally_of

EVERY = list(OBJECTIVES.values())
NAMES = st.sampled_from(sorted(OBJECTIVES))
SCALED = rows_on(*SCALES, weights=DYADIC, most=14)
evaluate_all = partial(evaluate_rows, objectives=EVERY)
"""Evaluation of rows under a scenario, and their operating points with all objectives."""


def pick_all(data: Rows, scenario: Scenario) -> dict[str, Pick | None]:
    """Pick of every objective, without the row number, which other models may change."""
    evaluation, points = evaluate_all(data, scenario)
    found = {o.id: pick(points, o, evaluation) for o in EVERY}
    return {name: point and replace(point, row=0) for name, point in found.items()}


@settings(max_examples=20)
@given(SCALED, st.data())
def test_picks_equal_those_of_the_oracle(data: Rows, draw: st.DataObject) -> None:
    evaluation, points = evaluate_all(data, draw.draw(scenarios(data)))
    records = points.to_dict("records")
    recall = current_point(evaluation, [OBJECTIVES["recall"]]).figures["recall"]
    for wanted in EVERY:
        within = {
            None: lambda p: True,
            Extreme.FLAG_EVERYTHING: lambda p: p["revenue_impact"] >= 0,
            Extreme.FLAG_NOTHING: lambda p: p["recall"] >= (recall if recall > 0 else 0.8),
        }[wanted.extreme]
        assert_pick(points, records, wanted, evaluation, None, within)


@settings(max_examples=20)
@given(SCALED, st.data())
def test_picks_meet_the_condition_of_the_stakeholder(data: Rows, draw: st.DataObject) -> None:
    evaluation, points = evaluate_all(data, draw.draw(scenarios(data)))
    records = points.to_dict("records")
    limit = OBJECTIVES[draw.draw(NAMES)]
    value = draw.draw(st.sampled_from([*points[limit.id].dropna().tolist(), 0.0]))
    up = limit.direction is Direction.MAXIMISE
    for wanted in EVERY:
        assert_pick(
            points,
            records,
            wanted,
            evaluation,
            Bound(limit, value),
            lambda p: p[limit.id] >= value if up else p[limit.id] <= value,
        )


def assert_pick(points, records, wanted: Objective, evaluation: Evaluation, bound, within) -> None:
    found = pick(points, wanted, evaluation, bound=bound)
    row = oracles.pick(
        records,
        wanted.id,
        maximise=wanted.direction is Direction.MAXIMISE,
        of_model=wanted.of_model,
        within=within,
        mark=implied_threshold(evaluation),
    )
    assert (found and found.row) == row, wanted.id
    if found is None:
        return
    point = records[found.row]
    assert (found.model, found.threshold) == (point["model"], point["threshold"])
    assert found.value == point[wanted.id]
    assert point["tp"] + point["fp"] > 0  # some units are flagged
    assert point["fn"] + point["tn"] > 0  # and some are shipped
    assert within(point)


@settings(max_examples=25)
@given(rows(most=12, models=2), st.integers(0, 2**32 - 1), st.data())
def test_picks_flag_neither_all_nor_no_units_at_any_weight(
    data: Rows, seed: int, draw: st.DataObject
) -> None:
    """The total minus a sum of such weights is rarely exactly 0."""
    uneven = 10 ** np.random.default_rng(seed).uniform(-3, 3, data.labels.size)
    data = replace(data, weights=uneven)
    evaluation, points = evaluate_all(data, draw.draw(scenarios(data)))
    for wanted in EVERY:
        found = pick(points, wanted, evaluation)
        if found is not None:
            flagged = data.scores[found.model] >= found.threshold
            assert flagged.any()
            assert not flagged.all()


@settings(max_examples=15)
@given(many_rows(most=60, models=1), st.floats(0.001, 0.5), payoffs())
def test_the_current_point_meets_limits_made_from_its_figures(
    data: Rows, rate: float, payoff: Payoff
) -> None:
    """Limits agree to the last digit for any current threshold and any defect rate."""
    tally = tally_of(data, max_thresholds=12)
    bounding = [OBJECTIVES["revenue_impact"], OBJECTIVES["recall"]]
    for threshold in tally.finite_thresholds(0).tolist():
        today = Today("model 0", threshold)
        evaluation = evaluate(tally, Scenario(defect_rate=rate, payoff=payoff, today=today))
        points = operating_points(evaluation, bounding)
        first = points[points["threshold"] >= threshold].iloc[:1]
        for wanted in EVERY:
            bound = default_bound(wanted, evaluation)
            assert (bound is None) == (wanted.extreme is None)
            if bound is None or (wanted.extreme is Extreme.FLAG_NOTHING and not first["tp"].any()):
                continue  # the current system catches nothing, so the default limit is four in five
            assert bound.holds(first).all(), wanted.id


def with_text_models(points: pd.DataFrame) -> pd.DataFrame:
    """Points with model names as texts, because their categories depend on other models."""
    return points.astype({"model": str})


@settings(max_examples=20)
@given(SCALED, st.data())
def test_adding_a_dominated_model_changes_nothing(data: Rows, draw: st.DataObject) -> None:
    """It scores defects like another model and good units with the highest score: never fewer alarms.

    Only its calibration may be better by chance. A copy under a later name is no better either.
    """
    scenario = draw.draw(scenarios(data))
    if scenario.payoffs.ship_good < scenario.payoffs.reject_good:
        return  # then false alarms are a gain
    worse = data.scores[draw.draw(st.sampled_from(data.models))].copy()
    copy = worse.copy()
    worse[data.labels == 0] = worse.max()
    before, plain = pick_all(data, scenario), evaluate_all(data, scenario)[1]
    for added in (worse, copy):
        more = replace(data, scores={"model 9": added, **data.scores})
        after = pick_all(more, scenario)
        if added is worse:
            after["calibration_error"] = before["calibration_error"]
        assert after == before
        points = evaluate_all(more, scenario)[1]
        others = points[points["model"] != "model 9"].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            with_text_models(others), with_text_models(plain), check_exact=True
        )


@given(SCALED, st.data())
def test_the_implied_threshold_is_the_implied_probability_on_the_scale_of_the_scores(
    data: Rows, draw: st.DataObject
) -> None:
    scenario = draw.draw(scenarios(data))
    threshold = implied_threshold(evaluation_of(data, scenario))
    if data.scale == "rank":
        assert math.isnan(threshold)
        return
    mass = data.mass()
    rate = mass[data.labels == 1].sum() / mass.sum()
    wanted = oracles.implied_threshold(scenario.miss_cost, rate, scenario.defect_rate)
    found = oracles.probabilities([threshold], data.scale)[0]
    assert found == pytest.approx(wanted, rel=1e-9)


FOUR = Rows(np.array([1, 0, 1, 0], np.int8), {"a": np.array([0.9, 0.8, 0.4, 0.1])})


def test_a_pick_has_the_threshold_that_its_objective_and_its_bound_ask_for() -> None:
    evaluation, points = evaluate_all(FOUR, Scenario())

    def pick_of(name: str, *limits: Bound) -> Pick | None:
        return pick(points, OBJECTIVES[name], evaluation, limits=limits)

    fewest, least = pick_of("missed_defects"), pick_of("false_alarms")
    assert fewest
    assert (fewest.threshold, fewest.bound) == (
        0.4,
        Bound(OBJECTIVES["revenue_impact"], 0.0),
    )
    assert least
    assert (least.threshold, least.bound) == (0.4, Bound(OBJECTIVES["recall"], 0.8))
    # The threshold that the probabilities imply, or the nearest that meets the limits.
    model = pick_of("brier")
    assert model
    assert (model.threshold, model.bound) == (0.4, None)
    moved = pick_of("brier", Bound(OBJECTIVES["share_flagged"], 0.5))  # leaves out 0.4
    assert moved
    assert moved.threshold == 0.8
    assert pick_of("brier", Bound(OBJECTIVES["share_flagged"], 0.9)) == model
    evaluation, points = evaluate_all(replace(FOUR, scale="rank"), Scenario())
    by_rank = pick_of("roc_auc")  # the threshold of least cost
    assert by_rank
    assert by_rank.threshold == 0.4
    assert pick_of("brier") is None
