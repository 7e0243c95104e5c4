"""A gap and its chance, the cheapest model against its rival, and how large a sample would settle it."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import evaluate, operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.certificates.sample_size import additional_defects
from metrics.inference.comparison import (
    Chance,
    CheapestComparison,
    Gap,
    compare_cheapest,
    paired_difference,
)
from metrics.inference.interval_formulas import percentile_interval, standard_error
from metrics.inference.replicated_counts import bucket_weights
from metrics.scenario.scenario import Scenario
from metrics.tally.threaded_counting import tally_scores
from tests.metrics.reckoned import Reckoned
from tests.metrics.strategies import Rows, as_scores

COST = OBJECTIVES["cost_of_errors"]


def sampled(n: int, seed: int) -> Rows:
    """Two models that flag or do not: the second misses as often and has some more false alarms."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.1).astype(np.int8)
    chance = np.where(labels == 1, 0.8, 0.10), np.where(labels == 1, 0.8, 0.13)
    scores = {m: np.where(rng.random(n) < p, 0.9, 0.1) for m, p in zip("ab", chance, strict=True)}
    return Rows(labels=labels, scores=scores, ids=tuple(f"{seed}-{k}" for k in range(n)))


def held(data: Rows, *, replicates: int = 400) -> CheapestComparison:
    evaluation = evaluate(tally_scores(as_scores(data)), Scenario(miss_cost=2))
    resampled = Bootstrap.draw(evaluation, replicates=replicates)
    found = compare_cheapest(operating_points(evaluation, [COST]), resampled)
    assert found is not None
    return found


def test_the_formula_by_hand() -> None:
    """2.8 standard errors of the larger sample are the gap: z of 97.5 % is 1.96, of 80 % 0.84."""
    more = additional_defects(200, gap=-3.0, error=2.0)
    z = 1.959963984540054 + 0.8416212335729143
    assert more == pytest.approx(200 * (z * 2 / 3) ** 2 - 200)
    assert z * 2 * math.sqrt(200 / (200 + more)) == pytest.approx(3)
    assert additional_defects(200, gap=30.0, error=2.0) == 0
    # Among five rivals each has 1 %: z of 99.5 % is 2.58.
    among = additional_defects(200, gap=-3.0, error=2.0, rivals=5)
    z = 2.5758293035489004 + 0.8416212335729143
    assert among == pytest.approx(200 * (z * 2 / 3) ** 2 - 200)


@pytest.mark.parametrize(
    ("gap", "error"), [(0.0, 1.0), (1.0, 0.0), (math.nan, 1.0), (1.0, math.nan)]
)
def test_no_number_without_a_gap_or_its_error(gap: float, error: float) -> None:
    assert math.isnan(additional_defects(100, gap, error))


def test_the_error_is_widened_for_few_buckets() -> None:
    drawn = np.array([1.0, 2.0, 3.0, np.nan])
    assert math.isnan(standard_error(drawn, 10))
    assert standard_error(drawn[:3], 10) == pytest.approx(math.sqrt(2 / 3 * 10 / 9))
    assert math.isnan(standard_error(drawn[:3], 1))


@pytest.mark.parametrize("files", [100, pytest.param(250, marks=pytest.mark.slow)])
def test_a_sample_of_the_size_named_separates_four_times_in_five(files: int) -> None:
    """By the chances above a unit's errors differ by 0.027 on average, in false alarms."""
    spread = 0.9 * (0.10 * 0.90 + 0.13 * 0.87) + 0.1 * 2**2 * (2 * 0.8 * 0.2) - 0.027**2
    error = math.sqrt(spread / 1500)
    seen = np.mean([held(sampled(1500, seed=k)).error for k in range(10)]) / 1500
    assert seen == pytest.approx(error, rel=0.05)
    n = round((150 + additional_defects(150, gap=0.027, error=error)) / 0.1)
    apart = []
    for seed in range(files):
        found = held(sampled(n, seed=2000 + seed))
        apart.append(found.is_clear and found.best.model == "a")
    assert np.mean(apart) == pytest.approx(0.8, abs=2.5 * math.sqrt(0.16 / files))


def test_a_contest_is_that_of_the_rows() -> None:
    data = sampled(800, seed=5)
    found = held(data)
    evaluation = evaluate(tally_scores(as_scores(data)), Scenario(miss_cost=2))
    weights = bucket_weights(evaluation.tally, replicates=400)
    rows = Reckoned(data.labels, data.scores, data.ids, Scenario(miss_cost=2))
    costs = {m: 2 * rows.counts(m, 0.9)[0] + rows.counts(m, 0.9)[1] for m in "ab"}
    best, rival = sorted(costs, key=costs.__getitem__)
    assert (found.best.model, found.rival.model) == (best, rival)
    assert found.gap.size == costs[best] - costs[rival]
    apart = rows.cost_drawn(best, 0.9, weights) - rows.cost_drawn(rival, 0.9, weights)
    assert found.error == pytest.approx(apart.std() * math.sqrt(100 / 99))
    assert found.gap.better == pytest.approx((apart < 0).mean() + (apart == 0).mean() / 2)
    assert (found.tied, found.models) == ((), 2)
    # Of Student's t with 99 degrees of freedom 97.5 % lie below 1.984217, and sqrt(100 / 99) as much further.
    assert found.required_share == pytest.approx(
        NormalDist().cdf(1.984217 * math.sqrt(100 / 99)), abs=1e-6
    )


def test_the_rival_is_the_model_that_the_best_is_least_surely_ahead_of() -> None:
    data = sampled(800, seed=8)
    plain = held(data)
    # A runner-up that misses two defects more and is alike elsewhere: a little dearer in nearly every sample.
    best = data.scores[plain.best.model]
    caught = np.flatnonzero((data.labels == 1) & (best == 0.9))[:2]
    like = np.where(np.isin(np.arange(800), caught), 0.1, best)
    found = held(Rows(data.labels, {**data.scores, "c": like}, ids=data.ids))
    assert plain.gap.size < -4
    assert plain.gap.better < 0.9
    assert (found.best, found.rival.model) == (plain.best, plain.rival.model)
    assert found.gap == plain.gap
    assert found.models == 3


def test_models_that_cost_the_same_are_named() -> None:
    data = sampled(300, seed=2)
    data = Rows(data.labels, {"b": data.scores["a"], "a": data.scores["a"]}, ids=data.ids)
    found = held(data)
    assert (found.best.model, found.tied, found.gap.size) == ("a", ("b",), 0)
    assert not found.is_clear


def test_a_model_that_all_pick_is_the_rival_where_it_is_not_the_cheapest() -> None:
    data = sampled(600, seed=3)
    worse = np.where(np.arange(600) % 2, 0.9, 0.1)
    data = Rows(data.labels, {**data.scores, "c": worse}, ids=data.ids)
    evaluation = evaluate(tally_scores(as_scores(data)), Scenario(miss_cost=2))
    points = operating_points(evaluation, [COST])
    resampled = Bootstrap.draw(evaluation, replicates=200)
    plain, agreed = (
        compare_cheapest(points, resampled),
        compare_cheapest(points, resampled, agreed="c"),
    )
    assert plain is not None
    assert agreed is not None
    assert plain.rival.model != "c"
    assert (agreed.best, agreed.rival.model) == (plain.best, "c")
    assert agreed.is_clear
    assert compare_cheapest(points[points["model"] == "a"], resampled) is None


def test_one_bucket_says_nothing_of_chance() -> None:
    data = sampled(40, seed=4)
    data = Rows(data.labels, data.scores, ids=data.ids, groups=("one",) * 40)
    found = held(data)
    assert math.isnan(found.gap.better)
    assert math.isnan(found.error)
    assert not found.is_clear


@pytest.mark.parametrize(
    ("low", "high", "chance"),
    [
        (1.0, 3.0, Chance.CLEAR),
        (-3.0, -1e-9, Chance.CLEAR),
        (-1.0, 3.0, Chance.POSSIBLE),
        (0.0, 3.0, Chance.POSSIBLE),
        (-3.0, 0.0, Chance.POSSIBLE),
        (0.0, 0.0, Chance.POSSIBLE),
        (math.nan, math.nan, Chance.UNKNOWN),
    ],
)
def test_whether_a_gap_may_be_chance(low: float, high: float, chance: Chance) -> None:
    """An end at 0 does not leave it out; what is not known is neither."""
    assert Gap(1.0, COST.unit, COST.direction, low, high).chance is chance
    assert Gap(1.0, COST.unit, COST.direction).chance is Chance.UNKNOWN


@given(st.integers(0, 2**32 - 1))
def test_a_paired_difference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 6, (2, 400)).astype(float)
    for name, sign in (("cost_of_errors", 1), ("recall", -1)):
        gap = paired_difference(OBJECTIVES[name], first, second, 0.5)
        wins = [(sign * a < sign * b) + 0.5 * (a == b) for a, b in zip(first, second, strict=True)]
        assert gap.better == pytest.approx(np.mean(wins))
        ends = percentile_interval((first - second)[:, None])
        assert (gap.low, gap.high, gap.size) == (ends.low[0], ends.high[0], 0.5)
        assert (gap.chance is Chance.CLEAR) == (gap.low > 0 or gap.high < 0)
        holes = np.where(np.arange(400) % 40 == 0, np.nan, first)
        some = paired_difference(OBJECTIVES[name], holes, second, 0.5)
        assert some.better == pytest.approx(np.mean([w for k, w in enumerate(wins) if k % 40]))


def test_a_difference_that_is_never_defined_is_not_better() -> None:
    nothing = np.full(100, np.nan)
    gap = paired_difference(OBJECTIVES["precision"], nothing, nothing, np.nan)
    assert np.isnan([gap.low, gap.high, gap.better]).all()
    assert gap.chance is Chance.UNKNOWN
