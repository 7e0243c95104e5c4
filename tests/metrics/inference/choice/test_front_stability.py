"""Tests of which points are dominated, and how often, by pairwise comparison on data with known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.front_stability import _times_undominated, front_probabilities
from tests import oracles
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import DYADIC, rows, scenarios
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
            st.lists(st.integers(0, 3), min_size=n, max_size=n).map(sorted),
        )
    ),
    st.integers(1, 3),
)
def test_undominated_points_equal_pairwise_comparison(
    drawn: tuple[list[list[float]], list[int]], objectives: int
) -> None:
    losses, model = np.array(drawn[0]), np.unique(drawn[1], return_inverse=True)[1]
    losses[objectives:] = 0.0
    starts = np.searchsorted(model, np.arange(model[-1] + 2))
    times = _times_undominated(losses[None], starts, np.arange(model.size), model)
    assert times[0].astype(bool).tolist() == oracles.unbeaten(losses, model)
    assert times[1].astype(bool).tolist() == (~np.isnan(losses).any(axis=0)).tolist()


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
    where = [np.flatnonzero(c.distinct) for c in evaluation.curves]
    asked = [positions[:: 1 + m] for m, positions in enumerate(where)]
    shares = front_probabilities(resampled, stakeholders, asked)
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
    wanted = np.full(model.size, np.nan)
    np.divide(stood.sum(axis=0), defined, out=wanted, where=defined > 0)
    of_models = np.split(wanted, np.cumsum([w.size for w in where])[:-1])
    for m, (share, of_model) in enumerate(zip(shares, of_models, strict=True)):
        np.testing.assert_allclose(share, of_model[:: 1 + m])


def evaluation_of_models(n: int, shifts: tuple[float, ...], seed: int) -> Evaluation:
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


def test_with_too_many_points_the_likely_front_points_compete(monkeypatch) -> None:
    evaluation = evaluation_of_models(2000, (2.0, 1.9, 0.5), 3)
    resampled = Bootstrap.draw(evaluation, replicates=200)
    asked = [np.flatnonzero(curve.distinct) for curve in evaluation.curves]
    exact = np.concatenate(front_probabilities(resampled, STAKEHOLDERS, asked))
    monkeypatch.setattr("metrics.inference.choice.front_stability.AT_MOST", 150)
    few = [positions[::40] for positions in asked]
    found = np.concatenate(front_probabilities(resampled, STAKEHOLDERS, few))
    ends = np.cumsum([positions.size for positions in asked])[:-1]
    true = np.concatenate([of_model[::40] for of_model in np.split(exact, ends)])
    assert exact.size > 150 + found.size
    assert (found >= true - 1e-9).all()  # with fewer rivals a point is beaten less often
    assert np.mean((found - true)[true > 0.05]) < 0.05
