"""Tests that mean prices by kind, which are equal in all buckets, cannot be resampled."""

from __future__ import annotations

import numpy as np
import pytest

from metrics import Scenario, ScoreError, open_scores, tally_scores
from metrics.evaluation.evaluation import evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.cross_fitting import halves_of
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.miss_prices import with_mean_miss_prices, with_miss_prices
from tests.metrics.frame_with_parts import MODELS, frame_with_parts

PRICES, OTHERWISE = {"dent": 9.0}, 2.0


@pytest.fixture(scope="module")
def priced_tallies():
    """Tally with the prices of each bucket, and tally with mean prices of all buckets."""
    scores = open_scores(
        frame_with_parts().drop(columns="weight"), models=MODELS, defect_type="kind"
    )
    tally = tally_scores(scores, by=BreakdownColumns.of(scores.columns))
    exact = with_miss_prices(tally, scores, PRICES, OTHERWISE)
    counted = with_mean_miss_prices(tally, PRICES, OTHERWISE)
    assert counted is not None
    return exact, counted


def test_mean_prices_have_the_sums_of_exact_prices(priced_tallies):
    exact, counted = (tally.miss_prices.sum(axis=0) for tally in priced_tallies)
    np.testing.assert_allclose(counted, exact, rtol=1e-12)


def test_a_tally_and_a_sum_of_tallies_know_whether_their_prices_are_means(priced_tallies):
    exact, counted = priced_tallies
    assert (exact.has_mean_prices, counted.has_mean_prices) == (False, True)
    assert (counted + counted).has_mean_prices


def resample(tally):
    scenario = Scenario(miss_cost=OTHERWISE, miss_cost_by_type=PRICES)
    return Bootstrap.draw(evaluate(tally, scenario), replicates=5)


@pytest.mark.parametrize("sample", [resample, lambda tally: halves_of(tally, "a")])
def test_exact_prices_can_be_resampled_and_mean_prices_cannot(priced_tallies, sample):
    exact, counted = priced_tallies
    assert sample(exact) is not None
    with pytest.raises(ScoreError, match="how kinds vary") as refused:
        sample(counted)
    assert refused.value.problems[0].code == "E_TALLY"
