"""Tests of how often the cheapest model stays the cheapest, against resampling the rows by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison.cost_curve_stability import (
    CostCurveStability,
    cost_curve_stability,
    grid_around,
)
from metrics.scenario.scenario import Scenario
from metrics.selection.cost_curve import (
    CostCurve,
    cost_curve_by_defect_rate,
    cost_curve_by_miss_cost,
)
from tests import oracles
from tests.metrics.made_rows import Rows
from tests.metrics.samples import resample
from tests.metrics.strategies import DYADIC, rows, scenarios


def points_of(drawn: Bootstrap) -> pd.DataFrame:
    return operating_points(drawn.evaluation, [OBJECTIVES["cost_of_errors"]])


def stability_on_grid(
    cost_curve: CostCurve, points: pd.DataFrame, drawn: Bootstrap
) -> CostCurveStability:
    grid = grid_around(cost_curve, cost_curve.segments[0].low)
    return cost_curve_stability(cost_curve, points, drawn, grid)


def drawn_masses(data: Rows, drawn: np.ndarray) -> np.ndarray:
    """Weight of each row in one resample."""
    return np.asarray(data.mass() * drawn[data.buckets])


def shares_by_hand(
    data: Rows, drawn: Bootstrap, at: float, *, along_rate: bool
) -> tuple[float, set[str]]:
    """Share of the resamples in which the cheapest model stays the cheapest, and the cheapest models."""
    scenario = drawn.evaluation.scenario
    defect = data.labels == 1

    def each(mass: np.ndarray) -> np.ndarray | None:
        """Cost of misclassifying each row."""
        rate = scenario.defect_rate
        if rate is not None:
            if not mass[defect].any() or not mass[~defect].any():
                return None
            mass = oracles.weighted_rows(data.labels, mass, rate, 1.0)
        else:
            mass = mass / mass.sum()
        if along_rate:
            now = rate or data.mass()[defect].sum() / data.mass().sum()
            mass = mass * np.where(defect, at / now, (1 - at) / (1 - now))
        return mass * np.where(defect, scenario.miss_cost if along_rate else at, 1.0)

    def cost(model: str, threshold: float, mass: np.ndarray) -> float:
        return float(mass[(data.scores[model] >= threshold) != defect].sum())

    whole = each(data.mass())
    assert whole is not None
    best = {}
    for model, scores in data.scores.items():
        tried = [
            (cost(model, t, whole), int((defect & (scores < t)).sum()), t)
            for t in [*np.unique(scores).tolist(), np.inf]
        ]
        least = min(tried)[0]
        best[model] = min((m, c, t) for c, m, t in tried if c <= least + 1e-12)[1:]
    least = min(c for c, _ in best.values())
    winners = {m for m, (c, _) in best.items() if c <= least + 1e-12}
    held, known = 0, 0
    for weights in drawn.drawn.weights:
        mass = each(drawn_masses(data, weights))
        if mass is not None:
            known += 1
            costs = {m: cost(m, t, mass) for m, (_, t) in best.items()}
            held += costs[min(winners)] <= min(costs.values()) + 1e-12
    return (held / known if known else np.nan), winners


@settings(max_examples=60)
@given(rows(most=16, weights=DYADIC), st.integers(0, 10_000), st.data())
def test_shares_equal_those_of_repeated_rows(data: Rows, seed: int, draws: st.DataObject) -> None:
    drawn = resample(data, draws.draw(scenarios(data)), replicates=30, seed=seed)
    points = points_of(drawn)
    for along_rate, make in ((False, cost_curve_by_miss_cost), (True, cost_curve_by_defect_rate)):
        cost_curve = make(points, drawn.evaluation)
        ends = cost_curve.segments[0].low, cost_curve.segments[-1].high
        # At such a value, sums of misses and alarms are only equal if the counts are equal.
        at = draws.draw(st.floats(*ends)) * 0.9137 + ends[0] * 0.0863
        found = cost_curve_stability(cost_curve, points, drawn, [at])
        wanted, winners = shares_by_hand(data, drawn, at, along_rate=along_rate)
        assert found.points[0].model in winners
        if len(winners) == 1:
            assert found.shares.tolist() == pytest.approx([wanted], nan_ok=True)


def test_the_grid_covers_the_whole_axis() -> None:
    rng = np.random.default_rng(5)
    labels = (rng.random(400) < 0.2).astype(np.int8)
    data = Rows(labels, {m: rng.normal(labels * d, 1.0) for m, d in (("a", 1.0), ("b", 1.2))})
    drawn = resample(replace(data, scale="rank"), replicates=200)
    points = points_of(drawn)
    for make in (cost_curve_by_miss_cost, cost_curve_by_defect_rate):
        cost_curve = make(points, drawn.evaluation)
        found = stability_on_grid(cost_curve, points, drawn)
        assert found.along.shape == found.shares.shape
        assert found.points == tuple(cost_curve.at(x).point for x in found.along.tolist())
        assert ((found.shares >= 0) & (found.shares <= 1)).all()
        assert np.unique(found.shares).size > 3


def test_equal_points_of_two_models_support_both() -> None:
    """Rounding of the sums of weights has no effect."""
    rng = np.random.default_rng(3)
    labels = (rng.random(200) < 0.3).astype(np.int8)
    scores = rng.normal(labels, 1.0)
    data = Rows(labels, {"a": scores, "b": scores * 2}, weights=rng.random(200), scale="rank")
    drawn = resample(data, Scenario(defect_rate=0.01), replicates=100, seed=1)
    points = points_of(drawn)
    found = stability_on_grid(cost_curve_by_miss_cost(points, drawn.evaluation), points, drawn)
    assert (found.shares == 1).all()
