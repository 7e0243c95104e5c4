"""Tests that mean prices by kind, which are equal in all buckets, cannot be resampled."""

from __future__ import annotations

import numpy as np
import pytest

from metrics import Scenario, ScoreError, open_scores, tally_scores
from metrics.evaluation.evaluation import evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.cross_fitting import halves_of
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.miss_prices import with_miss_prices, with_miss_prices_counted
from tests.metrics.frame_with_parts import MODELS, frame_with_parts

PRICES, OTHERWISE = {"dent": 9.0}, 2.0


def test_mean_prices_of_all_buckets_are_never_resampled():
    scores = open_scores(
        frame_with_parts().drop(columns="weight"), models=MODELS, defect_type="kind"
    )
    tally = tally_scores(scores, by=BreakdownColumns.of(scores.columns))
    exact = with_miss_prices(tally, scores, PRICES, OTHERWISE)
    counted = with_miss_prices_counted(tally, PRICES, OTHERWISE)
    assert counted is not None
    assert exact.miss_prices is not None
    assert counted.miss_prices is not None
    np.testing.assert_allclose(
        counted.miss_prices.sum(axis=0), exact.miss_prices.sum(axis=0), rtol=1e-12
    )
    assert (exact.has_mean_prices, counted.has_mean_prices) == (False, True)
    assert (counted + counted).has_mean_prices
    scenario = Scenario(miss_cost=OTHERWISE, miss_cost_by_type=PRICES)
    assert Bootstrap.draw(evaluate(exact, scenario), replicates=5).replicates == 5
    assert halves_of(exact, "a") is not None
    for draws in (
        lambda: Bootstrap.draw(evaluate(counted, scenario), replicates=5),
        lambda: halves_of(counted, "a"),
    ):
        with pytest.raises(ScoreError, match="how kinds vary") as refused:
            draws()
        assert refused.value.problems[0].code == "E_TALLY"
