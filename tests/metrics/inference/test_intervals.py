"""Tests of intervals along thresholds of batches, against DeLong's paper, and around their figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.intervals import intervals
from metrics.scenario.scenario import Scenario, Today
from tests.metrics.made_rows import Rows
from tests.metrics.samples import resample, units
from tests.metrics.strategies import scenarios

OF_SHARES = (
    "missed_defects", "missed_defects_per_1000_defects", "missed_defects_per_1000_units", "recall",
    "shipped_defects_per_million", "false_alarms", "share_flagged", "precision", "misclassified_units",
)  # fmt: skip


def delong(labels: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Area under the curve and its standard error, computed from the placements of DeLong et al. (1988)."""
    x, y = scores[labels == 1], scores[labels == 0]
    above = (x[:, None] > y) + 0.5 * (x[:, None] == y)
    theta = above.mean()
    of_defects, of_goods = above.mean(axis=1), above.mean(axis=0)
    s10 = ((of_defects - theta) ** 2).sum() / (x.size - 1)
    s01 = ((of_goods - theta) ** 2).sum() / (y.size - 1)
    return float(theta), float(np.sqrt(s10 / x.size + s01 / y.size))


def draw_batches(seed: int) -> Rows:
    """15 batches of 200 units, which differ in their defects and in their scores."""
    rng = np.random.default_rng(seed)
    batch = np.repeat(np.arange(15), 200)
    rate, level = 0.05 * np.exp(rng.normal(-0.08, 0.4, 15)), rng.normal(0, 0.5, 15)
    labels = (rng.random(batch.size) < rate[batch]).astype(np.int8)
    scores = expit(2.5 * labels - 1 + level[batch] + rng.normal(0, 0.85, batch.size))
    return Rows(labels, {"m": scores.round(3)}, groups=tuple(f"b{k}" for k in batch))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [None, 0.02])
@pytest.mark.parametrize("name", ["missed_defects", "recall", "false_alarms"])
def test_in_batches_the_ends_rise_or_fall_with_the_threshold_like_the_figures(
    name: str, rate: float | None, seed: int
) -> None:
    """The ends of a point without a miss are not above those of a higher threshold with seven misses."""
    bootstrap = resample(draw_batches(seed), Scenario(defect_rate=rate), replicates=300)
    positions = np.arange(1, bootstrap.evaluation.curves[0].thresholds.size - 1)
    ends = intervals(bootstrap, OBJECTIVES[name], 0, positions)
    for end in (ends.low, ends.high):
        steps = np.diff(end)
        assert np.all(steps >= 0) if name == "missed_defects" else np.all(steps <= 0)
    # A single point has the same ends.
    alone = [intervals(bootstrap, OBJECTIVES[name], 0, positions[[k]]) for k in (0, 99)]
    np.testing.assert_array_equal([end.high[0] for end in alone], ends.high[[0, 99]])


def test_in_batches_a_point_without_a_miss_costs_no_more_than_misses_of_a_higher_threshold() -> (
    None
):
    bootstrap = resample(draw_batches(0), Scenario(miss_cost=50.0), replicates=300)
    evaluation = bootstrap.evaluation
    counts = evaluation.curves[0].counts
    none = np.array([np.flatnonzero(counts.fn == 0)[-1]])
    seven = np.array([np.flatnonzero(counts.fn == 7)[0]])
    cost = intervals(bootstrap, OBJECTIVES["cost_of_errors"], 0, none).high[0]
    alarms = intervals(bootstrap, OBJECTIVES["false_alarms"], 0, none).high[0]
    recall = intervals(bootstrap, OBJECTIVES["recall"], 0, seven).low[0]
    missed, observed = evaluation.tally.rows[1] * (1 - recall), counts.fp[none[0]]
    assert cost <= observed + np.hypot(50 * missed, alarms - observed)


@pytest.mark.parametrize("seed", range(3))
def test_in_batches_what_two_systems_share_cancels_in_their_difference(seed: int) -> None:
    """The current system is the same model at a similar threshold, so few units are flagged by one only."""
    data = draw_batches(seed)
    scores = np.unique(data.scores["m"])
    at, current = np.quantile(scores, [0.6, 0.59], method="nearest")
    today = Today("m", float(current))
    bootstrap = resample(data, Scenario(miss_cost=5.0, today=today), replicates=300)
    positions = bootstrap.evaluation.curves[0].positions([float(at)])
    gain, cost = (
        intervals(bootstrap, OBJECTIVES[name], 0, positions)
        for name in ("revenue_impact", "cost_of_errors")
    )
    assert gain.high[0] - gain.low[0] < (cost.high[0] - cost.low[0]) / 2


def test_the_interval_of_the_area_agrees_with_delong() -> None:
    """With at least 100 defects each end differs by at most a quarter of a standard error, on average.

    DeLong's ends are taken on the scale of log odds, as the area is at most 1.

    A hundred buckets estimate a standard error to 7%, which alone moves an end by 0.14 standard errors.
    """
    apart = []
    for seed in range(12):
        data = units(500, 0.3, seed)
        assert data.labels.sum() >= 90
        theta, error = delong(data.labels, data.scores["m0"])
        ends = intervals(resample(data), OBJECTIVES["roc_auc"], 0, np.array([0]))
        odds = 1.96 * error / (theta * (1 - theta))
        wanted = expit(logit(theta) + np.array([-odds, odds]))
        apart.append((np.array([ends.low[0], ends.high[0]]) - wanted) / error)
    assert np.abs(apart).max() < 0.8
    assert np.abs(np.mean(apart, axis=0)).max() < 0.25


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.data())
def test_every_interval_holds_its_figure_and_depends_only_on_the_seed(
    seed: int, draws: st.DataObject
) -> None:
    data = units(300, 0.3, seed)
    scenario = draws.draw(scenarios(data))
    drawn, redrawn = (resample(data, scenario, replicates=200) for _ in range(2))
    where = np.linspace(0, 300, 7).astype(np.intp)
    context = drawn.evaluation.context(0)
    counts = drawn.evaluation.curves[0].counts[where].scaled(*drawn.evaluation.factors)
    for one in OBJECTIVES.values():
        ends = intervals(drawn, one, 0, where)
        figure = one.values(counts, context)[: ends.low.size]
        again = intervals(redrawn, one, 0, where)
        assert np.array_equal(ends.low, again.low, equal_nan=True), one.id
        known = ~np.isnan(ends.low)
        assert (ends.low[known] <= ends.high[known]).all()
        if one.id in OF_SHARES:
            near = 1e-9 * np.abs(figure[known])
            assert (ends.low[known] <= figure[known] + near).all(), one.id
            assert (figure[known] <= ends.high[known] + near).all(), one.id
