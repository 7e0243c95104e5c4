"""Tests of which points are dominated, and how often, by pairwise comparison on data with known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.front_stability import (
    _undominated_by_others,
    front_stability,
)
from tests import oracles
from tests.metrics.strategies import DYADIC, Rows, rows, scenarios
from tests.metrics.tallied import evaluation_of

FIGURES = st.sampled_from([0.0, 1.0, 2.0, 2.0 + 2**-51, -1.0, np.inf, -np.inf, np.nan])
STAKEHOLDERS = [OBJECTIVES[name] for name in ("log_loss", "missed_defects", "revenue_impact")]


@given(
    st.integers(1, 25).flatmap(
        lambda n: st.tuples(
            st.lists(
                st.lists(FIGURES | st.integers(0, 4).map(float), min_size=n, max_size=n),
                min_size=3,
                max_size=3,
            ),
            st.lists(st.integers(0, 3), min_size=n, max_size=n),
        )
    ),
    st.integers(1, 3),
)
def test_undominated_points_equal_pairwise_comparison(
    found: tuple[list[list[float]], list[int]], objectives: int
) -> None:
    losses, model = np.array(found[0]), np.array(found[1])
    losses[objectives:] = 0.0
    order, along = np.argsort(losses[:2], axis=1)
    defined = ~np.isnan(losses).any(axis=0)
    first, second, third = losses
    undominated = _undominated_by_others(first, second, third, order, along, model, defined)
    assert undominated.tolist() == oracles.unbeaten(losses, model)


@settings(max_examples=40)
@given(rows(most=14, weights=DYADIC, valued=True), st.integers(0, 10_000), st.data())
def test_standing_is_the_share_of_resamples_on_the_front(
    data: Rows, seed: int, draws: st.DataObject
) -> None:
    data = replace(data, values=None) if draws.draw(st.booleans()) else data
    evaluation = evaluation_of(data, draws.draw(scenarios(data)))
    names = draws.draw(st.lists(st.sampled_from(sorted(OBJECTIVES)), min_size=1, max_size=3))
    stakeholders = [OBJECTIVES[name] for name in names]
    resampled = Bootstrap.draw(evaluation, replicates=130, seed=seed)
    found = front_stability(resampled, stakeholders)
    where = [np.flatnonzero(c.distinct) for c in evaluation.curves]
    model = np.repeat(np.arange(len(where)), [w.size for w in where])
    figures = np.array([
        np.concatenate(
            [
                np.broadcast_to(
                    stakeholder.direction.loss(resampled.values(stakeholder, m, w)), (130, w.size)
                )
                for m, w in enumerate(where)
            ],
            axis=1,
        )
        for stakeholder in stakeholders
    ])  # fmt: skip
    stood = np.array([oracles.unbeaten(figures[:, r], model) for r in range(130)])
    defined = (~np.isnan(figures).any(axis=0)).sum(axis=0)
    for k, share in enumerate(np.concatenate(found.probabilities)):
        wanted = stood[:, k].sum() / defined[k] if defined[k] else np.nan
        assert share == pytest.approx(wanted, nan_ok=True)
    for own, wanted in zip(found.positions, where, strict=True):
        assert own.tolist() == wanted.tolist()


def made(n: int, shifts: tuple[float, ...], seed: int) -> Evaluation:
    """Models with calibrated scores, each with its own noise."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.1).astype(np.int8)
    prior = np.log(0.1 / 0.9)
    scores = {
        f"m{k}": prior + shift * rng.normal(shift * labels, 1) - shift**2 / 2
        for k, shift in enumerate(shifts)
    }
    data = Rows(labels, scores, scale="logit")
    return evaluation_of(data, max_thresholds=200)


def test_too_many_points_are_reduced_to_possible_front_points(monkeypatch) -> None:
    evaluation = made(2000, (2.0, 1.9, 0.5), 3)
    resampled = Bootstrap.draw(evaluation, replicates=200)
    every = front_stability(resampled, STAKEHOLDERS)
    limit = 150
    monkeypatch.setattr("metrics.inference.front_stability.AT_MOST", limit)
    asked = [np.array([17]), np.array([101, 33]), np.array([50])]
    some = front_stability(resampled, STAKEHOLDERS, asked)
    required = sum(own.size for own in asked)
    assert sum(own.size for own in every.positions) > limit + required
    assert sum(own.size for own in some.positions) <= limit + required
    for m, own in enumerate(some.positions):
        assert set(asked[m].tolist()) <= set(own.tolist())
        assert {every.positions[m][0], every.positions[m][-1]} <= set(own.tolist())
        assert (np.diff(own) > 0).all()
    shared = [np.isin(a, b) for a, b in zip(every.positions, some.positions, strict=True)]
    alike = [np.isin(b, a) for a, b in zip(every.positions, some.positions, strict=True)]
    true = np.concatenate([p[k] for p, k in zip(every.probabilities, shared, strict=True)])
    found = np.concatenate([p[k] for p, k in zip(some.probabilities, alike, strict=True)])
    assert (found >= true - 1e-9).all()  # with fewer rivals a point is beaten less often
    assert np.mean((found - true)[true > 0.05]) < 0.05
