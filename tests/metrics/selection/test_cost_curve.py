"""Tests of the cheapest model along an axis against a search of all points at any position."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES
from metrics.scenario.scenario import Scenario
from metrics.selection.cost_curve import (
    Axis,
    CostCurve,
    cheapest_at,
    cost_curve_by_defect_rate,
    cost_curve_by_miss_cost,
    intervals_by_model,
)
from tests import oracles
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import DYADIC, MODERATE, many_rows, rows, rows_on, scenarios
from tests.metrics.tallied import evaluate_rows

COST = OBJECTIVES["cost_of_errors"]
RATIOS = st.floats(0.01, 100.0) | st.sampled_from([0.01, 0.25, 0.5, 1.0, 2.0, 3.0, 100.0])
DATA = rows_on("probability", "rank", weights=MODERATE) | many_rows(models=3)
evaluate_cost = partial(evaluate_rows, objectives=[COST])
"""Evaluation of rows under a scenario, and their operating points with the cost of errors."""


def cheapest_rows(points: pd.DataFrame, ratio: float) -> list[int]:
    """Rows of the lowest exact cost that have the fewest misses."""
    counts = points[["fn", "fp"]].to_dict("records")
    costs = [(Fraction(ratio) * Fraction(c["fn"]) + Fraction(c["fp"]), c["fn"]) for c in counts]
    return [k for k, cost in enumerate(costs) if cost == min(costs)]


def assert_covers(found: CostCurve, low: float, high: float) -> None:
    """Assert that the segments cover the axis from ``low`` to ``high`` without a gap."""
    assert found.segments[0].low == low
    assert found.segments[-1].high == high
    for one, other in pairwise(found.segments):
        assert one.high == other.low
        assert one.low < one.high
        assert one.point != other.point


@settings(max_examples=60)
@given(rows(weights=None), RATIOS)
def test_the_cheapest_at_a_ratio_equals_a_search(data: Rows, ratio: float) -> None:
    """Counts agree exactly. Among equal costs the fewest misses win, among equal points the first name."""
    evaluation, points = evaluate_cost(data, Scenario())
    found = cost_curve_by_miss_cost(points, evaluation)
    assert found.axis is Axis.MISS_COST
    assert_covers(found, 0.01, 100.0)
    assert (found.at(1e-9), found.at(1e9)) == (found.segments[0], found.segments[-1])
    # If two points tie at a ratio that is not a float, the nearest float may be on either side.
    ends = [x for s in found.segments for x in (s.low, s.high)]
    assume(all(ratio == x or abs(ratio - x) > 1e-12 for x in ends))
    assume(not any(ratio == x and Fraction(x).denominator > 1024 for x in ends[1:-1]))
    tied = cheapest_rows(points, ratio)
    segment = found.at(ratio)
    assert segment.low <= ratio <= segment.high
    models = points["model"][tied].tolist()
    assert segment.point.row in tied
    assert segment.point.model == min(models)
    assert segment.also == tuple(sorted(set(models) - {min(models)}))


@settings(max_examples=60)
@given(DATA, st.data())
def test_no_point_is_cheaper_in_the_units_of_the_scenario(data: Rows, draw: st.DataObject) -> None:
    evaluation, points = evaluate_cost(data, draw.draw(scenarios(data)))
    before = points.copy()
    found = cost_curve_by_miss_cost(points, evaluation)
    pd.testing.assert_frame_equal(points, before, check_exact=True)
    assert_covers(found, 0.01, 100.0)
    defects, goods = evaluation.factors
    ends = [s.low for s in found.segments]
    for ratio in [draw.draw(RATIOS), *ends[:8], *np.multiply(ends, 1 + 1e-9).tolist()[:8]]:
        costs = ratio * points["fn"] * defects + points["fp"] * goods
        assert costs[found.at(ratio).point.row] == pytest.approx(costs.min(), rel=1e-9)
    for one, other in pairwise(found.segments):  # at their intersection they cost the same
        first, second = (one.high * p.fn * defects + p.fp * goods for p in (one.point, other.point))
        assert first == pytest.approx(second, rel=1e-9)
        assert other.point.fn < one.point.fn


@settings(max_examples=40)
@given(DATA, st.data())
def test_no_point_is_cheaper_at_any_defect_rate(data: Rows, draw: st.DataObject) -> None:
    """A missed defect costs the miss cost times its weight, and a false alarm costs its weight."""
    scenario = draw.draw(scenarios(data))
    evaluation, points = evaluate_cost(data, scenario)
    found = cost_curve_by_defect_rate(points, evaluation)
    assert found.axis is Axis.DEFECT_RATE
    mass = data.mass()
    defects, goods = mass[data.labels == 1].sum(), mass[data.labels == 0].sum()
    file = defects / (defects + goods)
    low, high = found.segments[0].low, found.segments[-1].high
    assert_covers(found, low, high)
    assert low == pytest.approx(file / 10)
    assert high == pytest.approx(min(10 * file, 1 - (1 - file) / 10))
    assert file < high < 1
    rates = [draw.draw(st.floats(low, high)), *(s.low for s in found.segments)]
    for p in rates[:9]:
        weights = oracles.weighted_rows(data.labels, mass, p, 1.0)
        on_defects = weights[data.labels == 1].sum() / defects
        on_goods = weights[data.labels == 0].sum() / goods
        costs = scenario.miss_cost * on_defects * points["fn"] + on_goods * points["fp"]
        assert costs[found.at(p).point.row] == pytest.approx(costs.min(), rel=1e-9)


ONE_DEFECT = Rows(np.array([1] + 10 * [0], np.int8), {"model 0": np.full(11, 0.5)})
"""Points that flag everything (10 false alarms) or nothing (one missed defect)."""


@pytest.mark.parametrize(
    ("miss_cost", "rate"),
    [(0.1, 10 / 11), (10.0, 1 / 11)],  # the upper end of the axis, and the file's own rate
)
def test_between_equal_costs_the_fewest_misses_win(miss_cost, rate):
    """At this ratio a miss costs as much as 10 false alarms."""
    evaluation, points = evaluate_cost(ONE_DEFECT, Scenario(miss_cost=miss_cost))
    found = cost_curve_by_defect_rate(points, evaluation)
    for value in (rate, math.nextafter(rate, 0), math.nextafter(rate, 1)):
        assert found.at(value).point.fn == 0
        [row] = cheapest_at(points, evaluation, found.axis, np.array([value]))
        assert points["fn"].iloc[row] == 0


@settings(max_examples=30)
@given(DATA, st.data())
def test_the_cheapest_at_given_values_is_on_the_envelope(data: Rows, draw: st.DataObject) -> None:
    evaluation, points = evaluate_cost(data, draw.draw(scenarios(data)))
    for found in (
        cost_curve_by_miss_cost(points, evaluation),
        cost_curve_by_defect_rate(points, evaluation),
    ):
        ends = [s.low for s in found.segments] + [found.segments[-1].high]
        between = draw.draw(st.lists(st.floats(ends[0], ends[-1]), max_size=5))
        at = np.array([*ends, *between])
        cheapest = points.iloc[cheapest_at(points, evaluation, found.axis, at)]
        there = points.loc[[found.at(x).point.row for x in at.tolist()]]
        for name in ("fn", "fp"):
            assert cheapest[name].tolist() == there[name].tolist()


@given(many_rows(models=3), st.data())
def test_neighbouring_segments_of_one_model_are_joined(data: Rows, draw: st.DataObject) -> None:
    evaluation, points = evaluate_cost(data, draw.draw(scenarios(data)))
    for make in (cost_curve_by_miss_cost, cost_curve_by_defect_rate):
        found = make(points, evaluation)
        joined = intervals_by_model(found)
        assert joined[0].low == found.segments[0].low
        assert joined[-1].high == found.segments[-1].high
        for interval in joined:
            # The last segment may only be the end of the axis, with equal ends.
            inside = [
                s
                for s in found.segments
                if s.low == interval.low or interval.low < s.low < interval.high
            ]
            assert all(s.point.extreme == interval.extreme for s in inside)
            wins = [{s.point.model, *s.also} for s in inside]
            assert set(interval.models) == set.intersection(*wins)
        for one, other in pairwise(joined):
            assert one.high == other.low
            first = found.at(other.low)
            follow = {first.point.model, *first.also}
            assert one.extreme != other.extreme or not follow & set(one.models)


@given(rows(weights=DYADIC, models=3), st.data())
def test_hiding_a_model_that_never_wins_changes_nothing(data: Rows, draw: st.DataObject) -> None:
    evaluation, points = evaluate_cost(data, draw.draw(scenarios(data)))
    for make in (cost_curve_by_miss_cost, cost_curve_by_defect_rate):
        found = make(points, evaluation)
        winners = {m for s in found.segments for m in (s.point.model, *s.also)}
        order = draw.draw(st.permutations(points.index.tolist()))
        mixed = points.loc[order]
        assert make(mixed[mixed["model"].isin(winners)], evaluation) == found


@pytest.mark.parametrize("scale", [1, 10**10])
def test_counts_of_billions_are_compared_exactly(scale: int) -> None:
    """Three points are nearly on a line. The middle one is below it by one unit, on it, or above it."""
    evaluation, _ = evaluate_cost(ONE_DEFECT, Scenario())
    for off, corners in ((-1, 3), (0, 2), (1, 2)):
        fp = np.array([4 * scale, 2 * scale + off, 0])
        fn = np.array([0, scale, 2 * scale])
        points = pd.DataFrame({"model": "m", "threshold": [0.1, 0.2, 0.3], "tp": 1, "tn": 1})
        assert (
            len(cost_curve_by_miss_cost(points.assign(fn=fn, fp=fp), evaluation).segments)
            == corners
        )
