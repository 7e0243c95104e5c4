"""Tests of the standard objectives against oracles, of their extremes, and of objectives of whole models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES, Extreme
from metrics.evaluation.operating_points import operating_points, point_at
from metrics.scenario.scenario import Scenario
from metrics.scenario.serving import Serving, Worker
from tests import oracles
from tests.metrics.made_rows import Rows
from tests.metrics.oracle_case import case
from tests.metrics.strategies import MODERATE, rows, rows_on, scenarios
from tests.metrics.tallied import evaluation_of, tally_of

STANDARD = dict(OBJECTIVES)


def test_every_objective_has_an_oracle() -> None:
    assert set(STANDARD) == set(oracles.OBJECTIVES)


FEW: dict[str, Any] = {"most": 9, "models": 2}
SCALED = rows_on("probability", "logit", "rank", weights=MODERATE, valued=True, **FEW)
HARD = SCALED | rows(**FEW, weights=None)


@settings(max_examples=30)
@given(HARD, st.data())
def test_every_objective_equals_its_oracle(data: Rows, draw: st.DataObject) -> None:
    scenario = draw.draw(scenarios(data))
    points = operating_points(tally_of(data), list(STANDARD.values()), scenario)
    between = draw.draw(st.integers(0, len(points) - 1))
    for row in {0, between, len(points) - 1}:
        point = points.iloc[row].to_dict()
        of_point = case(data, scenario, point["model"], point["threshold"])
        money = of_point.total(of_point.labels >= 0) * (1 + max(map(abs, of_point.payoffs)))
        base = of_point.payoff(of_point.today)
        for name, twin in oracles.OBJECTIVES.items():
            slack = {
                "revenue": money,
                "revenue_impact": money,
                "revenue_impact_percent": 100 * money / abs(base or 1),
                "revenue_impact_net": money,
            }
            if name == "revenue_impact_percent" and abs(base) < 1e-9 * money:
                continue  # a baseline of rounding errors is above 0 only by chance
            wanted = pytest.approx(
                twin(of_point), rel=1e-8, abs=1e-9 + 1e-12 * slack.get(name, 0.0), nan_ok=True
            )
            assert point[name] == wanted, name


@given(rows(weights=None))
def test_an_extreme_is_the_best_threshold_of_its_objective(data: Rows) -> None:
    """Only the share of defects among flagged or shipped units can be undefined at the extreme."""
    yearly = Scenario(units_per_year=1e6)
    points = operating_points(tally_of(data), list(STANDARD.values()), yearly)
    for _, of_model in points.groupby("model"):
        for wanted in STANDARD.values():
            if (
                wanted.extreme is None
                or wanted.needs_value
                or "inspection" in wanted.reads
                or "worst" in wanted.id
            ):
                continue
            losses = wanted.direction.loss(of_model[wanted.id].to_numpy())
            there = 0 if wanted.extreme is Extreme.FLAG_EVERYTHING else -1
            if wanted.id in ("precision", "shipped_defects_per_million"):
                assert np.isnan(losses[there])
            else:
                assert losses[there] == losses.min()


@given(rows(weights=None, models=2))
def test_an_objective_of_a_model_is_constant_and_undefined_without_one(data: Rows) -> None:
    workers = {model: Worker(1e-4 * (k + 1)) for k, model in enumerate(data.models)}
    serving = Serving(requests_per_hour=1e6, price_per_worker_hour=0.1, models=workers)
    evaluation = evaluation_of(data, Scenario(serving=serving))
    points = operating_points(evaluation, list(STANDARD.values()))
    shipped = point_at(evaluation, list(STANDARD.values()), None, 0.3)
    assert (shipped.tp, shipped.fp, shipped.threshold) == (0, 0, np.inf)
    for wanted in STANDARD.values():
        if wanted.of_model:
            assert (points.groupby("model")[wanted.id].nunique() == 1).all()
            assert np.isnan(shipped.figures[wanted.id])
        else:
            assert shipped.figures[wanted.id] == pytest.approx(
                points[wanted.id].iloc[-1], nan_ok=True
            )
