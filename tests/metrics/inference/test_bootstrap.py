"""Tests that a replicate equals a file of the drawn buckets, repeated and scaled to the file's size."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES, Direction, Unit, objective
from metrics.evaluation.operating_points import evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.replicated_counts import ReplicatedCounts, bucket_weights
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.tally.threaded_counting import tally_scores
from tests import oracles
from tests.metrics.oracle_case import case
from tests.metrics.strategies import DYADIC, MODERATE, Rows, as_scores, rows, rows_on, scenarios

STANDARD = dict(OBJECTIVES)
FEW: dict[str, Any] = {"most": 12, "models": 2}
SCALED = rows_on("probability", "logit", "rank", weights=MODERATE, valued=True, **FEW)
HARD = SCALED | rows(**FEW, weights=None)


def grouped(data: Rows, draw: st.DataObject) -> Rows:
    """Rows in groups, or without groups."""
    names = st.sampled_from(["a", "b", "c", "d"])
    n = data.labels.size
    groups = draw.draw(st.none() | st.lists(names, min_size=n, max_size=n))
    return replace(data, groups=None if groups is None else tuple(groups))


def repeated(data: Rows, weights: np.ndarray) -> Rows:
    """Rows of each bucket, repeated as often as the bucket was drawn."""
    keys = data.groups or [f"unit-{k}" for k in range(data.labels.size)]
    times = [int(weights[oracles.bucket(key)]) for key in keys]
    return data.take(np.repeat(np.arange(data.labels.size), times))


def of_the_size(scenario: Scenario, data: Rows) -> Scenario:
    """Scenario scaled to a file with another number of rows."""
    return replace(scenario, units_per_year=scenario.units_per_year or float(np.sum(data.mass())))


@settings(max_examples=30)
@given(HARD, st.integers(0, 10_000), st.data())
def test_a_replicate_is_the_rows_repeated(data: Rows, seed: int, draws: st.DataObject) -> None:
    data = grouped(data, draws)
    scenario = draws.draw(scenarios(data))
    evaluation = evaluate(tally_scores(as_scores(data)), scenario)
    resampled = Bootstrap.draw(evaluation, replicates=6, seed=seed)
    files = [repeated(data, w) for w in resampled.weights]
    both = [r for r, file in enumerate(files) if np.unique(file.labels).size == 2]
    assume(both)
    r = draws.draw(st.sampled_from(both))
    m = draws.draw(st.integers(0, len(data.models) - 1))
    thresholds = evaluation.curves[m].thresholds
    k = draws.draw(st.integers(0, thresholds.size - 1))
    own = case(files[r], of_the_size(scenario, data), data.models[m], thresholds[k])
    own = replace(own, yearly=scenario.units_per_year is not None)
    money = own.total(own.labels >= 0) * (1 + max(map(abs, own.payoffs)))
    base = own.payoff(own.today)
    for name, twin in oracles.OBJECTIVES.items():
        if name == "revenue_impact_percent" and abs(base) < 1e-9 * money:
            continue  # whether a baseline of rounding errors is above 0 is chance
        slack = {"revenue_impact": money, "revenue_impact_percent": 100 * money / abs(base or 1)}
        found = resampled.values(OBJECTIVES[name], m, np.arange(thresholds.size))
        found = found[r, 0 if OBJECTIVES[name].of_model else k]
        wanted = pytest.approx(
            twin(own), rel=1e-8, abs=1e-9 + 1e-12 * slack.get(name, 0.0), nan_ok=True
        )
        assert found == wanted, name


@settings(max_examples=20)
@given(HARD, st.integers(0, 10_000), st.data())
def test_todays_system_is_resampled_like_a_point(
    data: Rows, seed: int, draws: st.DataObject
) -> None:
    scenario = draws.draw(scenarios(data))
    model = data.models[-1]
    at = float(np.sort(data.scores[model])[data.labels.size // 2])
    scenario = replace(scenario, today=Today(model, at))
    evaluation = evaluate(tally_scores(as_scores(data)), scenario)
    resampled = Bootstrap.draw(evaluation, replicates=20, seed=seed)
    where = np.flatnonzero(evaluation.curves[-1].thresholds == at)
    payoff = evaluation.scenario.payoff or Payoff()
    most = 1 + max(abs(own or 0.0) for own in asdict(payoff).values())
    money = (scenario.units_per_year or float(np.sum(data.mass()))) * most
    for each in STANDARD.values():
        today = resampled.of_today(each)
        point = resampled.values(each, len(data.models) - 1, where)
        # A difference of two sums of money is as exact as the sums are.
        slack = 1e-12 * money if each.id.startswith("revenue_impact") else 0.0
        np.testing.assert_allclose(today, point, rtol=1e-9, atol=1e-9 + slack)
    unchanged = resampled.of_today(OBJECTIVES["revenue_impact"])
    np.testing.assert_allclose(unchanged[~np.isnan(unchanged)], 0.0, atol=1e-6)


@given(rows(weights=DYADIC, valued=True), st.integers(0, 10_000), st.data())
def test_a_replicate_without_a_class_is_undefined_only_where_it_must_be(
    data: Rows, seed: int, draws: st.DataObject
) -> None:
    scenario = draws.draw(scenarios(data))
    evaluation = evaluate(tally_scores(as_scores(data)), scenario)
    resampled = Bootstrap.draw(evaluation, replicates=30, seed=seed)
    lacking = (resampled.class_mass == 0).any(axis=1)
    where = np.arange(evaluation.curves[0].thresholds.size)
    missed = resampled.values(OBJECTIVES["missed_defects"], 0, where)
    if scenario.defect_rate is None:
        assert not np.isnan(missed).any()
    else:
        undefined = np.asarray(np.isnan(missed).any(axis=1))
        assert undefined[resampled.class_mass[:, 1] == 0].all()
        assert not undefined[~lacking].any()
    area = resampled.values(OBJECTIVES["roc_auc"], 0, where)[:, 0]
    assert np.isnan(area).tolist() == lacking.tolist()
    everything, nothing = 0, where[-1]
    shipped = resampled.values(OBJECTIVES["shipped_defects_per_million"], 0, where)
    precision = resampled.values(OBJECTIVES["precision"], 0, where)
    assert np.isnan(shipped[:, everything]).all()
    assert np.isnan(precision[:, nothing]).all()


@given(rows(weights=None), st.integers(0, 10_000))
def test_every_bucket_that_holds_rows_is_as_likely(data: Rows, seed: int) -> None:
    tally = tally_scores(as_scores(data))
    weights = bucket_weights(tally, replicates=50, seed=seed)
    filled = tally.counts[:, 0].sum(axis=(1, 2)) > 0
    assert (weights[:, ~filled] == 0).all()
    assert (weights.sum(axis=1) == filled.sum()).all()
    drawn = Bootstrap.draw(evaluate(tally, Scenario()), replicates=50, seed=seed)
    assert np.array_equal(drawn.weights, weights)
    assert drawn.blocks == filled.sum()
    assert np.array_equal(weights, bucket_weights(tally, replicates=50, seed=seed))
    if filled.sum() > 3:
        assert not np.array_equal(weights, bucket_weights(tally, replicates=50, seed=seed + 1))


def test_draws_are_multinomial() -> None:
    rng = np.random.default_rng(1)
    data = Rows(np.arange(4000) % 2 == 0, {"a": rng.random(4000)})
    tally = tally_scores(as_scores(replace(data, labels=data.labels.astype(np.int8))))
    weights = bucket_weights(tally, replicates=20_000, seed=3)
    assert weights.mean(axis=0) == pytest.approx(1.0, abs=0.05)
    assert weights.var() == pytest.approx(0.99, abs=0.02)


@settings(max_examples=15)
@given(SCALED, st.integers(0, 10_000), st.data())
@pytest.mark.usefixtures("registry")
def test_an_objective_of_ones_own_sees_one_file_at_a_time(
    data: Rows, seed: int, draws: st.DataObject
) -> None:
    """What the library computes for all replicates at once, an objective of one's own is asked one by one."""
    OBJECTIVES.clear()
    OBJECTIVES.update(STANDARD)

    @objective("own cost", unit=Unit.COUNT, direction=Direction.MINIMISE)
    def own_cost(counts, context):
        """Costs, with whatever can be known of the model and of today."""
        assert counts.tp.ndim == 1
        assert np.shape(context.today.fn) == ()
        assert isinstance(context.model.infinite_rows, int)
        assert isinstance(context.model.brier, float)
        return context.scenario.miss_cost * counts.fn + counts.fp

    @objective("own revenue", unit=Unit.MONEY, direction=Direction.MAXIMISE)
    def own_revenue(counts, context):
        """Revenue, by the library's own function."""
        return STANDARD["revenue_impact"].compute(counts, context)

    @objective("own area", unit=Unit.SCORE, direction=Direction.MAXIMISE, of_model=True)
    def own_area(counts, context):
        """Area under the curve."""
        return context.model.roc_auc.value

    @objective("own loss", unit=Unit.LOSS, direction=Direction.MINIMISE, of_model=True)
    def own_loss(counts, context):
        """Log loss."""
        return context.model.log_loss_clipped

    evaluation = evaluate(tally_scores(as_scores(data)), draws.draw(scenarios(data)))
    resampled = Bootstrap.draw(evaluation, replicates=8, seed=seed)
    where = np.arange(evaluation.curves[0].thresholds.size)
    for own, standard in (
        ("own_cost", "cost_of_errors"),
        ("own_revenue", "revenue_impact"),
        ("own_area", "roc_auc"),
        ("own_loss", "log_loss"),
    ):
        slow = resampled.values(OBJECTIVES[own], 0, where)
        fast = resampled.values(OBJECTIVES[standard], 0, where)
        np.testing.assert_allclose(slow, fast, rtol=1e-12)


@given(rows(weights=DYADIC, valued=True), st.integers(0, 10_000), st.data())
def test_positions_may_come_in_any_order_and_in_parts(
    data: Rows, seed: int, draws: st.DataObject
) -> None:
    tally = tally_scores(as_scores(data))
    assert isinstance(tally.values, np.ndarray)
    priced = replace(tally, miss_prices=tally.values[..., 1])
    evaluation = evaluate(priced, Scenario())
    resampled = Bootstrap.draw(evaluation, replicates=9, seed=seed)
    size = evaluation.curves[0].thresholds.size
    where = np.array(draws.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=6)))
    every = resampled.counts(0, np.arange(size))
    some = resampled.counts(0, where)
    part = resampled.part(2, 5).counts(0, where)
    counted = {name: counts for name, counts in vars(every).items() if counts is not None}
    assert {"tp", "fp", "fn", "tn", "missed_value", "missed_price"} <= counted.keys()
    for name, counts in counted.items():
        np.testing.assert_allclose(vars(some)[name], counts[:, where], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(vars(part)[name], vars(some)[name][2:5], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("is_compact", [False, True])
@given(rows(weights=DYADIC, valued=True, most=20))
def test_a_point_beside_cached_ones_is_as_if_summed_alone(is_compact: bool, data: Rows) -> None:
    tally = tally_scores(as_scores(data))
    assert isinstance(tally.values, np.ndarray)
    tally = replace(tally, miss_prices=tally.values[..., 1])
    curves = evaluate(tally, Scenario()).curves
    if is_compact:
        tally = tally.compact()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("metrics.inference.replicated_counts.AT_MOST", 3)
        drawn = ReplicatedCounts.draw(tally, curves, replicates=9)
        for position in range(curves[0].thresholds.size):
            found = drawn.counts(0, np.array([position]))
            alone = drawn.counts_of(drawn.bucket_counts(0, np.array([position])))
            for name, counts in vars(alone).items():
                if counts is not None:
                    np.testing.assert_allclose(vars(found)[name], counts, rtol=1e-12)


def test_a_loss_that_is_infinite_is_so_wherever_its_bucket_was_drawn_and_only_there() -> None:
    """A log-odd of -1e300 on a defect that counts a billion times; some draws leave its bucket out."""
    labels = np.array([0, 1] * 20, np.int8)
    scores, weights = np.linspace(-1, 1, 40), np.ones(40)
    scores[7], weights[7] = -1e300, 1e9
    data = Rows(labels, {"m": scores}, weights=weights, scale="logit")
    evaluation = evaluate(tally_scores(as_scores(data)), Scenario())
    resampled = Bootstrap.draw(evaluation, replicates=60, seed=1)
    found = resampled.figures(0).log_loss.ravel()
    drawn = resampled.weights[:, oracles.bucket("unit-7")] > 0
    assert 0 < drawn.sum() < drawn.size
    np.testing.assert_array_equal(np.isposinf(found), drawn)
    assert np.isfinite(found[~drawn]).all()


def test_the_draws_of_one_scenario_serve_another_of_the_same_tally() -> None:
    rng = np.random.default_rng(1)
    labels = (rng.random(200) < 0.2).astype(np.int8)
    data = Rows(labels, {"a": np.round(rng.random(200) + labels, 1) / 2})
    here = Bootstrap.draw(
        evaluate(tally_scores(as_scores(data)), Scenario()), replicates=20, seed=7
    )
    other = evaluate(here.evaluation.tally, Scenario(defect_rate=0.05))
    cost, where = OBJECTIVES["cost_of_errors"], np.array([3, 5])
    np.testing.assert_array_equal(
        replace(here, evaluation=other).values(cost, 0, where),
        Bootstrap.draw(other, replicates=20, seed=7).values(cost, 0, where),
    )
