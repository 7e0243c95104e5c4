"""Tests of the band of the front against counting the resamples whose fronts reach a place."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES, Direction
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.front_band import (
    BAND_REPLICATES,
    OF_ERRORS,
    _may_be_on_front,
    are_of_errors,
    attainment_band,
    may_be_on_any_front,
)
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Payoff, Scenario
from metrics.selection.pareto import is_on_front
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of


def draw_bootstrap(seed: int, n: int = 300, models: int = 2) -> Bootstrap:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.3).astype(np.int8)
    scores = {
        f"m{k}": np.round(1 / (1 + np.exp(-rng.normal((2 - k) * labels - 1.0))), 2)
        for k in range(models)
    }
    evaluation = evaluation_of(Rows(labels, scores))
    return Bootstrap.draw(evaluation, replicates=BAND_REPLICATES)


@pytest.mark.parametrize(
    ("across", "up"),
    [("missed_defects", "revenue_impact"), ("log_loss", "missed_defects"), ("recall", "precision")],
)
def test_each_line_of_the_band_is_reached_by_its_share_of_fronts(across: str, up: str) -> None:
    """Enough fronts reach a corner, and too few reach a slightly better point."""
    bootstrap = draw_bootstrap(4)
    objectives = OBJECTIVES[across], OBJECTIVES[up]
    where = [np.flatnonzero(curve.distinct) for curve in bootstrap.evaluation.curves]
    band = attainment_band(bootstrap, *objectives, where)
    assert band is not None
    losses = [
        np.concatenate(
            [
                np.broadcast_to(
                    o.direction.loss(bootstrap.values(o, m, at)), (BAND_REPLICATES, at.size)
                )
                for m, at in enumerate(where)
            ],
            axis=1,
        )
        for o in objectives
    ]
    for corners, share in ((band.easily, 0.975), (band.hardly, 0.025)):
        corners = corners * [o.direction.loss(np.ones(1)).item() for o in objectives]
        assert (np.diff(corners[:, 0]) > 0).all()
        assert (np.diff(corners[:, 1]) < 0).all()
        for x, y in corners:
            reached = ((losses[0] <= x) & (losses[1] <= y)).any(axis=1).mean()
            assert reached >= share - 1e-9
            nearer = ((losses[0] < x) & (losses[1] <= y)).any(axis=1).mean()
            assert nearer < share


def test_models_without_positions_are_left_out() -> None:
    bootstrap = draw_bootstrap(5)
    missed, revenue = OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]
    nothing = np.empty(0, np.intp)
    every = np.flatnonzero(bootstrap.evaluation.curves[0].distinct)
    alone = attainment_band(bootstrap, missed, revenue, [every, nothing])
    both = attainment_band(bootstrap, missed, revenue, [every, every[:0]])
    assert alone is not None
    assert both is not None
    assert (alone.easily == both.easily).all()
    assert attainment_band(bootstrap, missed, revenue, [nothing, nothing]) is None


@pytest.mark.parametrize("name", sorted(OF_ERRORS - {"missed_defects"}))
def test_fewer_points_give_the_same_band_at_any_price(name: str) -> None:
    """Points with more errors of both kinds than another point are removed for all prices of a miss."""
    bootstrap = draw_bootstrap(6)
    where = [np.flatnonzero(curve.distinct) for curve in bootstrap.evaluation.curves]
    fewer = may_be_on_any_front(bootstrap.drawn, where)
    assert sum(at.size for at in fewer) < sum(at.size for at in where)
    objectives = OBJECTIVES["missed_defects"], OBJECTIVES[name]
    for price in (0.1, 5, 300):
        scenario = Scenario(miss_cost=price)
        assert are_of_errors(objectives, scenario)
        priced = Bootstrap(evaluate(bootstrap.evaluation.tally, scenario), bootstrap.drawn)
        band, other = (attainment_band(priced, *objectives, at) for at in (where, fewer))
        # Change of revenue in per cent if the current system has no revenue.
        if band is None or other is None:
            assert band is other
            continue
        assert np.array_equal(band.easily, other.easily)
        assert np.array_equal(band.hardly, other.hardly)


@pytest.mark.parametrize(
    ("name", "scenario"),
    [
        ("precision", Scenario()),
        ("share_flagged", Scenario()),
        ("revenue", Scenario(payoff=Payoff(ship_good=1, reject_good=2, ship_defect=0))),
        ("cost_of_errors", Scenario(miss_cost_by_type={"crack": 9.0})),
        ("cost_of_errors", Scenario(inspection=Inspection(false_alarms=0.1))),
    ],
)
def test_all_points_stay_if_more_errors_can_be_better(name: str, scenario: Scenario) -> None:
    assert not are_of_errors([OBJECTIVES["missed_defects"], OBJECTIVES[name]], scenario)


def test_points_left_out_before_sorting_are_dominated() -> None:
    """No point of the front is left out, even with ties, infinite losses and undefined losses."""
    rng = np.random.default_rng(8)
    x, y = np.round(rng.exponential(1.0, (2, 60, 90)) * [[[1.0]], [[9.0]]], 1)
    x[3], y[4], x[5] = np.inf, np.nan, 2.0
    x[6:9, ::7], y[7:10, ::5] = np.nan, -np.inf
    x[9, 0] = 1e308
    may_be = _may_be_on_front(x, y, 16)
    assert may_be.mean() < 0.5
    both = np.stack([x, y], axis=-1)
    both[~np.isfinite(both)] = np.nan
    for left_in, points in zip(may_be, both, strict=True):
        assert left_in[is_on_front(points, [Direction.MINIMISE] * 2)].all()
        assert np.isfinite(points[left_in]).all()
