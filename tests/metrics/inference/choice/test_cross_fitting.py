"""Tests of cross-fitting against computations by hand on the rows of both halves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.choice.cross_fitting import cross_fit
from metrics.scenario.scenario import Scenario
from metrics.selection.limits import Bound
from tests import oracles
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import many_rows, rows
from tests.metrics.tallied import evaluation_of, tally_of

MISS = 5.137
"""Cost of a miss with which two sums of misses and alarms are equal only if their counts are."""


def halves(data: Rows) -> list[np.ndarray]:
    """Rows of every other non-empty bucket, and the other rows."""
    filled = np.unique(data.buckets)
    return [np.flatnonzero(np.isin(data.buckets, filled[k::2])) for k in (0, 1)]


def cross_fit_by_hand(
    data: Rows, model: str, scenario: Scenario, most_alarms: float | None
) -> tuple[float, list[float]] | None:
    """Cost of errors with thresholds chosen on the other half, and these thresholds."""
    scores, n = data.scores[model], data.labels.size
    units = scenario.units_per_year or n
    ones = np.ones(n)
    parts = halves(data)
    if any(np.unique(data.labels[part]).size < 2 for part in parts):
        return None
    chosen, flagged = [], np.zeros(n, bool)
    for here, there in (parts, parts[::-1]):
        labels, in_half = data.labels[here], scores[here]
        mass = oracles.weighted_rows(labels, ones[here], scenario.defect_rate, units)
        found = []
        for threshold in np.unique(in_half):
            missed = mass[(labels == 1) & (in_half < threshold)].sum()
            alarms = mass[(labels == 0) & (in_half >= threshold)].sum()
            if (in_half >= threshold).all() or (most_alarms is not None and alarms > most_alarms):
                continue
            found.append((round(MISS * missed + alarms, 9), missed, threshold))
        if not found:
            return None
        chosen.append(min(found)[2])
        flagged[there] = scores[there] >= chosen[-1]
    mass = oracles.weighted_rows(data.labels, ones, scenario.defect_rate, units)
    cost = (
        MISS * mass[(data.labels == 1) & ~flagged].sum() + mass[(data.labels == 0) & flagged].sum()
    )
    return float(cost), chosen


@settings(max_examples=60)
@given(
    rows(weights=None) | many_rows(most=60),
    st.none() | st.sampled_from([0.03, 0.5]),
    st.none() | st.just(1000.0),
    st.none() | st.sampled_from([0.11, 0.31]),
)
def test_a_threshold_is_chosen_on_one_half_and_counted_on_the_other(
    data: Rows, rate: float | None, volume: float | None, alarms: float | None
) -> None:
    scenario = Scenario(miss_cost=MISS, defect_rate=rate, units_per_year=volume)
    # A limit in counts is for the whole file or for a year, also if only a half of the rows is known.
    most = None if alarms is None else alarms * (volume or data.labels.size) + 1e-6
    bound = None if most is None else Bound(OBJECTIVES["false_alarms"], most)
    evaluation = evaluation_of(data, scenario)
    for model in data.models:
        found = cross_fit(evaluation, OBJECTIVES["cost_of_errors"], model, bound)
        wanted = cross_fit_by_hand(data, model, scenario, most)
        if wanted is None:
            assert found is None
            continue
        assert found is not None
        assert list(found.thresholds) == wanted[1]
        assert found.value == pytest.approx(wanted[0])


def test_a_monotone_objective_has_its_default_bound() -> None:
    rng = np.random.default_rng(2)
    labels = (rng.random(600) < 0.3).astype(np.int8)
    data = Rows(labels, {"a": 1 / (1 + np.exp(-rng.normal(2 * labels - 1)))})
    evaluation = evaluation_of(data)
    missed, revenue = OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]
    found = cross_fit(evaluation, missed, "a", None)
    assert found == cross_fit(evaluation, missed, "a", Bound(revenue, 0.0))
    assert found is not None
    assert 0 < found.value < labels.sum()


@pytest.mark.parametrize("miss", [0.5, 3.0])
def test_equal_prices_by_kind_give_the_result_of_one_price(
    miss: float,
) -> None:
    rng = np.random.default_rng(6)
    labels = (rng.random(300) < 0.3).astype(np.int8)
    data = Rows(labels, {"a": 1 / (1 + np.exp(-rng.normal(labels)))})
    plain = tally_of(data)
    priced = replace(plain, miss_prices=miss * plain.counts[..., 1].astype(np.float64))
    cost, scenario = OBJECTIVES["cost_of_errors"], Scenario(miss_cost=miss)
    wanted = cross_fit(evaluate(plain, scenario), cost, "a", None)
    found = cross_fit(evaluate(priced, scenario), cost, "a", None)
    assert wanted is not None
    assert found is not None
    assert found.thresholds == wanted.thresholds
    assert found.value == pytest.approx(wanted.value)
