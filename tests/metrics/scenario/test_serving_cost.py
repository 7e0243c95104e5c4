"""Tests of workers, their cost and the remaining revenue, by hand and for any load."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import current_point, operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.scenario.capacity import HOURS
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.scenario.serving import Serving, Worker
from metrics.scenario.serving_cost import cost_of_serving, extra_cost, net_missing
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import rows
from tests.metrics.tallied import evaluation_of, tally_of

LINE = Serving(
    requests_per_hour=3600.0,
    utilisation=0.3,
    price_per_worker_hour=2.0,
    models={"slow": Worker(1.0), "quick": Worker(0.1, 0.5), "untimed": Worker(None, 1.0)},
)


@pytest.mark.parametrize(
    ("requests", "seconds", "utilisation", "workers"),
    [
        (2880.0, 1.0, 0.8, 1),
        (2881.0, 1.0, 0.8, 2),
        (5e6, 5.34e-4, 0.8, 1),
        (5e6, 6e-4, 0.8, 2),
        (9e6, 6e-4, 0.5, 3),
        (1.0, 1e-6, 1.0, 1),
    ],
)
def test_the_number_of_workers_by_hand(
    requests: float, seconds: float, utilisation: float, workers: int
) -> None:
    serving = Serving(requests, utilisation, 0.5, {"a": Worker(seconds)})
    found = cost_of_serving(Scenario(serving=serving), "a")
    assert (found.workers, found.cost_a_year) == (workers, workers * 0.5 * HOURS)


@pytest.mark.parametrize(
    ("serving", "model", "known", "missing"),
    [
        (None, "slow", (), "its scoring time is not known"),
        (LINE, "untimed", (), "its scoring time is not known"),
        (LINE, "unheard of", (), "its scoring time is not known"),
        (
            replace(LINE, requests_per_hour=None),
            "slow",
            ("seconds_per_unit",),
            "the requests an hour are not known",
        ),
        (
            replace(LINE, price_per_worker_hour=None),
            "slow",
            ("seconds_per_unit", "workers"),
            "the price of its worker hour is not known",
        ),
    ],
)
def test_unknown_costs_are_undefined_with_their_reason(serving, model, known, missing) -> None:
    found = cost_of_serving(Scenario(serving=serving), model)
    numbers = {k: v for k, v in vars(found).items() if isinstance(v, float)}
    assert {name for name, value in numbers.items() if not math.isnan(value)} == set(known)
    assert (found.model, found.missing) == (model, missing)


PAID = Scenario(payoff=Payoff(), units_per_year=1e6, serving=LINE)


@pytest.mark.parametrize(
    ("scenario", "missing"),
    [
        (PAID, ""),
        (replace(PAID, today=Today("quick", 0.5)), ""),
        (replace(PAID, payoff=None), "what a unit earns is not specified"),
        (replace(PAID, units_per_year=None), "the units a year are not known"),
        (replace(PAID, serving=None), "its scoring time is not known"),
        (
            replace(PAID, today=Today("untimed", 0.5)),
            "of today’s system, its scoring time is not known",
        ),
    ],
)
def test_an_undefined_net_revenue_has_a_reason(scenario: Scenario, missing: str) -> None:
    assert net_missing(scenario, "slow") == missing
    data = Rows(np.array([1, 0, 0], np.int8), {m: np.array([0.9, 0.5, 0.1]) for m in LINE.models})
    points = operating_points(tally_of(data), [OBJECTIVES["revenue_impact_net"]], scenario)
    net_of_slow = points[points["model"] == "slow"]["revenue_impact_net"]
    assert net_of_slow.isna().all() == bool(missing)


@given(rows(weights=None, models=2), st.data())
def test_net_revenue_is_the_change_minus_the_difference_in_serving_cost(
    data: Rows, choose: st.DataObject
) -> None:
    models = {m: Worker(0.01 * (k + 1), 0.5) for k, m in enumerate(data.models)}
    now = Today(choose.draw(st.sampled_from(data.models)), 0.5)
    scenario = replace(PAID, today=now, serving=replace(LINE, models=models))
    evaluation = evaluation_of(data, scenario)
    gross, net = OBJECTIVES["revenue_impact"], OBJECTIVES["revenue_impact_net"]
    assert current_point(evaluation, [net]).figures[net.id] == 0
    points = operating_points(evaluation, [gross, net])
    for model, of_model in points.groupby("model"):
        extra = extra_cost(scenario, str(model))
        np.testing.assert_allclose(of_model[net.id], of_model[gross.id] - extra, rtol=1e-12)
    assert extra_cost(scenario, now.model) == 0
    assert extra_cost(scenario, None) == -cost_of_serving(scenario, now.model).cost_a_year


def test_serving_costs_do_not_vary_between_replicates() -> None:
    rng = np.random.default_rng(3)
    labels = (rng.random(400) < 0.2).astype(np.int8)
    data = Rows(labels, {m: np.round(rng.random(400) * 0.6 + 0.4 * labels, 2) for m in ("a", "b")})
    serving = replace(LINE, models={"a": Worker(0.4), "b": Worker(0.02)})
    scenario = replace(PAID, today=Today("b", 0.6), serving=serving)
    evaluation = evaluation_of(data, scenario)
    resampled = Bootstrap.draw(evaluation, replicates=50)
    where = np.array([3, 20])
    for m, model in enumerate(("a", "b")):
        there = cost_of_serving(scenario, model)
        for name, value in (
            ("scoring_time", 1e6 * there.seconds_per_unit),
            ("workers_at_peak", there.workers),
            ("serving_cost", there.cost_a_year),
        ):
            found = resampled.values(OBJECTIVES[name], m, where)
            assert found.shape == (50, 1)
            assert (found == value).all()
        gross, net = (
            resampled.values(OBJECTIVES[name], m, where)
            for name in ("revenue_impact", "revenue_impact_net")
        )
        assert gross.std(axis=0).min() > 0
        np.testing.assert_allclose(gross - net, extra_cost(scenario, model), rtol=1e-9)
    assert (resampled.of_current(OBJECTIVES["revenue_impact_net"]) == 0).all()
