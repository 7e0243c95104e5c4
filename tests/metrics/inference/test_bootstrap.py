"""Tests of bootstrap replicates: a replicate equals a file of the drawn buckets, repeated and scaled.

The current system and user-defined objectives are resampled in the same way.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES, Direction, Objective, Unit, objective
from metrics.inference.bootstrap import Bootstrap
from metrics.scenario.scenario import Scenario, Today
from tests import oracles
from tests.metrics.made_rows import Rows
from tests.metrics.oracle_case import case
from tests.metrics.strategies import DYADIC, MODERATE, rows, rows_on, scenarios
from tests.metrics.tallied import evaluation_of, tally_of

FEW: dict[str, Any] = {"most": 12, "models": 2}
SCALED = rows_on("probability", "logit", "rank", weights=MODERATE, valued=True, **FEW)
ANY_ROWS = SCALED | rows(**FEW, weights=None)


def with_any_groups(data: Rows, draw: st.DataObject) -> Rows:
    """Rows in groups, or without groups."""
    names = st.sampled_from(["a", "b", "c", "d"])
    n = data.labels.size
    groups = draw.draw(st.none() | st.lists(names, min_size=n, max_size=n))
    return replace(data, groups=None if groups is None else tuple(groups))


def repeat_drawn(data: Rows, weights: np.ndarray) -> Rows:
    """Rows of each bucket, repeated as often as the bucket was drawn."""
    times = weights[data.buckets].astype(int)
    return data.take(np.repeat(np.arange(data.labels.size), times))


def total_payoff(data: Rows, scenario: Scenario) -> float:
    """Upper bound of the rows' payoffs in money, to which rounding errors of sums are relative."""
    payoffs = asdict(scenario.payoffs).values()
    units = scenario.units_per_year or np.sum(data.mass())
    return float(units * (1 + max(abs(payoff or 0.0) for payoff in payoffs)))


def with_volume_of(data: Rows, scenario: Scenario) -> Scenario:
    """Scenario in which figures are for as many units as the data has, unless it has a volume."""
    return replace(scenario, units_per_year=scenario.units_per_year or float(np.sum(data.mass())))


@settings(max_examples=30)
@given(ANY_ROWS, st.integers(0, 10_000), st.data())
def test_a_replicate_equals_a_file_of_the_drawn_rows(
    data: Rows, seed: int, draws: st.DataObject
) -> None:
    data = with_any_groups(data, draws)
    scenario = draws.draw(scenarios(data))
    evaluation = evaluation_of(data, scenario)
    resampled = Bootstrap.draw(evaluation, replicates=6, seed=seed)
    files = [repeat_drawn(data, w) for w in resampled.drawn.weights]
    both = [r for r, file in enumerate(files) if np.unique(file.labels).size == 2]
    assume(both)
    r = draws.draw(st.sampled_from(both))
    m = draws.draw(st.integers(0, len(data.models) - 1))
    thresholds = evaluation.curves[m].thresholds
    k = draws.draw(st.integers(0, thresholds.size - 1))
    replicate = case(files[r], with_volume_of(data, scenario), data.models[m], thresholds[k])
    replicate = replace(replicate, yearly=scenario.units_per_year is not None)
    money = total_payoff(data, scenario)
    base = replicate.payoff(replicate.today)
    for name, twin in oracles.OBJECTIVES.items():
        if name == "revenue_impact_percent" and abs(base) < 1e-9 * money:
            continue  # a baseline of rounding errors is above 0 only by chance
        slack = {"revenue_impact": money, "revenue_impact_percent": 100 * money / abs(base or 1)}
        figures = resampled.values(OBJECTIVES[name], m, np.arange(thresholds.size))
        figure = figures[r, 0 if OBJECTIVES[name].of_model else k]
        rounding = 1e-9 + 1e-12 * slack.get(name, 0.0)
        assert figure == pytest.approx(twin(replicate), rel=1e-8, abs=rounding, nan_ok=True), name


@settings(max_examples=20)
@given(ANY_ROWS, st.integers(0, 10_000), st.data())
def test_the_current_system_is_resampled_like_a_point(
    data: Rows, seed: int, draws: st.DataObject
) -> None:
    scenario = draws.draw(scenarios(data))
    model = data.models[-1]
    at = float(np.sort(data.scores[model])[data.labels.size // 2])
    scenario = replace(scenario, today=Today(model, at))
    evaluation = evaluation_of(data, scenario)
    resampled = Bootstrap.draw(evaluation, replicates=20, seed=seed)
    position = np.flatnonzero(evaluation.curves[-1].thresholds == at)
    for each in OBJECTIVES.values():
        today = resampled.of_current(each)
        point = resampled.values(each, len(data.models) - 1, position)
        # A difference of two sums of money is as exact as the sums are.
        is_money = each.id.startswith("revenue_impact")
        slack = 1e-12 * total_payoff(data, scenario) if is_money else 0.0
        np.testing.assert_allclose(today, point, rtol=1e-9, atol=1e-9 + slack)
    unchanged = resampled.of_current(OBJECTIVES["revenue_impact"])
    np.testing.assert_allclose(unchanged[~np.isnan(unchanged)], 0.0, atol=1e-6)


@given(rows(weights=DYADIC, valued=True), st.integers(0, 10_000), st.data())
def test_a_replicate_without_a_class_has_no_figure_that_needs_the_class(
    data: Rows, seed: int, draws: st.DataObject
) -> None:
    scenario = draws.draw(scenarios(data))
    evaluation = evaluation_of(data, scenario)
    resampled = Bootstrap.draw(evaluation, replicates=30, seed=seed)
    lacking = (resampled.drawn.class_mass == 0).any(axis=1)
    positions = np.arange(evaluation.curves[0].thresholds.size)
    missed = resampled.values(OBJECTIVES["missed_defects"], 0, positions)
    if scenario.defect_rate is None:
        assert not np.isnan(missed).any()
    else:
        undefined = np.asarray(np.isnan(missed).any(axis=1))
        assert undefined[resampled.drawn.class_mass[:, 1] == 0].all()
        assert not undefined[~lacking].any()
    area = resampled.values(OBJECTIVES["roc_auc"], 0, positions)[:, 0]
    assert np.isnan(area).tolist() == lacking.tolist()
    everything, nothing = 0, positions[-1]
    shipped = resampled.values(OBJECTIVES["shipped_defects_per_million"], 0, positions)
    precision = resampled.values(OBJECTIVES["precision"], 0, positions)
    assert np.isnan(shipped[:, everything]).all()
    assert np.isnan(precision[:, nothing]).all()


@pytest.fixture
def own_objectives(registry: None) -> dict[str, Objective]:
    """User-defined objectives, by the standard objective that each of them equals."""

    @objective("own cost", unit=Unit.COUNT, direction=Direction.MINIMISE)
    def own_cost(counts, context):
        """Costs, after a check of the counts and the context."""
        assert counts.tp.ndim == 1
        assert np.shape(context.today.fn) == ()
        assert isinstance(context.model.infinite_rows, int)
        assert isinstance(context.model.brier, float)
        return context.scenario.miss_cost * counts.fn + counts.fp

    @objective("own revenue", unit=Unit.MONEY, direction=Direction.MAXIMISE)
    def own_revenue(counts, context):
        """Revenue, by the library's own function."""
        return OBJECTIVES["revenue_impact"].compute(counts, context)

    @objective("own area", unit=Unit.SCORE, direction=Direction.MAXIMISE, of_model=True)
    def own_area(counts, context):
        """Area under the curve."""
        return context.model.roc_auc.value

    @objective("own loss", unit=Unit.LOSS, direction=Direction.MINIMISE, of_model=True)
    def own_loss(counts, context):
        """Log loss."""
        return context.model.log_loss_clipped

    return {
        "cost_of_errors": OBJECTIVES["own_cost"],
        "revenue_impact": OBJECTIVES["own_revenue"],
        "roc_auc": OBJECTIVES["own_area"],
        "log_loss": OBJECTIVES["own_loss"],
    }


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SCALED, st.integers(0, 10_000), st.data())
def test_a_user_defined_objective_gets_one_replicate_at_a_time(
    own_objectives: dict[str, Objective], data: Rows, seed: int, draws: st.DataObject
) -> None:
    """The library computes standard objectives for all replicates at once."""
    evaluation = evaluation_of(data, draws.draw(scenarios(data)))
    resampled = Bootstrap.draw(evaluation, replicates=8, seed=seed)
    positions = np.arange(evaluation.curves[0].thresholds.size)
    for standard, custom in own_objectives.items():
        slow = resampled.values(custom, 0, positions)
        fast = resampled.values(OBJECTIVES[standard], 0, positions)
        np.testing.assert_allclose(slow, fast, rtol=1e-12)


@given(rows(weights=DYADIC, valued=True), st.integers(0, 10_000), st.data())
def test_counts_at_positions_are_columns_of_all_counts(
    data: Rows, seed: int, draws: st.DataObject
) -> None:
    tally = tally_of(data)
    assert isinstance(tally.values, np.ndarray)
    priced = replace(tally, miss_prices=tally.values[..., 1])
    evaluation = evaluate(priced, Scenario())
    resampled = Bootstrap.draw(evaluation, replicates=9, seed=seed)
    size = evaluation.curves[0].thresholds.size
    positions = np.array(draws.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=6)))
    whole = resampled.counts(0, np.arange(size), values=True)
    some = resampled.counts(0, positions, values=True)
    part = resampled.part(2, 5).counts(0, positions, values=True)
    counted = {name: counts for name, counts in vars(whole).items() if counts is not None}
    assert {"tp", "fp", "fn", "tn", "missed_value", "missed_price"} <= counted.keys()
    for name, counts in counted.items():
        np.testing.assert_allclose(vars(some)[name], counts[:, positions], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(vars(part)[name], vars(some)[name][2:5], rtol=1e-12, atol=1e-12)


def test_a_loss_is_infinite_exactly_where_its_bucket_was_drawn() -> None:
    """A defect of weight 1e9 has log odds of -1e300. Some replicates do not draw its bucket."""
    labels = np.array([0, 1] * 20, np.int8)
    scores, weights = np.linspace(-1, 1, 40), np.ones(40)
    scores[7], weights[7] = -1e300, 1e9
    data = Rows(labels, {"m": scores}, weights=weights, scale="logit")
    evaluation = evaluation_of(data)
    resampled = Bootstrap.draw(evaluation, replicates=60, seed=1)
    log_loss = resampled.figures(0).log_loss.ravel()
    is_drawn = resampled.drawn.weights[:, oracles.bucket("unit-7")] > 0
    assert 0 < is_drawn.sum() < is_drawn.size
    np.testing.assert_array_equal(np.isposinf(log_loss), is_drawn)
    assert np.isfinite(log_loss[~is_drawn]).all()


def test_draws_do_not_depend_on_the_scenario() -> None:
    rng = np.random.default_rng(1)
    labels = (rng.random(200) < 0.2).astype(np.int8)
    data = Rows(labels, {"a": np.round(rng.random(200) + labels, 1) / 2})
    here = Bootstrap.draw(evaluation_of(data), replicates=20, seed=7)
    other = evaluate(here.evaluation.tally, Scenario(defect_rate=0.05))
    cost, positions = OBJECTIVES["cost_of_errors"], np.array([3, 5])
    np.testing.assert_array_equal(
        replace(here, evaluation=other).values(cost, 0, positions),
        Bootstrap.draw(other, replicates=20, seed=7).values(cost, 0, positions),
    )
