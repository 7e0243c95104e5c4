"""Tests of the distribution of the scores against a histogram of the rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from dashboard.analysis.models.score_distributions import BINS
from tests.dashboard.any_scores import any_rows, distributions_of
from tests.dashboard.tables import Rows, made


def shares(rows, model, edges):
    """Share of each class by bin, computed from the rows."""
    counts = [np.histogram(rows.scores[model][rows.labels == klass], edges)[0] for klass in (0, 1)]
    return np.stack([c / (rows.labels == klass).sum() for klass, c in enumerate(counts)], axis=1)


@given(rows=any_rows())
@settings(max_examples=30)
def test_a_view_equals_the_histogram_of_the_rows(folder, rows):
    view = distributions_of(folder, rows)
    assert [one.model for one in view] == list(rows.models)
    for one in view:
        scores = rows.scores[one.model]
        if rows.scale == "probability":
            assert (one.edges[0], one.edges[-1]) == (0, 1)
        elif np.ptp(scores) > 0:
            assert (one.edges[0], one.edges[-1]) == (scores.min(), scores.max())
        np.testing.assert_allclose(np.diff(one.edges), np.ptp(one.edges) / BINS, rtol=1e-6)
        np.testing.assert_allclose(one.shares, shares(rows, one.model, one.edges), atol=1e-12)
        np.testing.assert_allclose(one.shares.sum(axis=0), 1)


def test_a_constant_model_fills_one_bin(folder):
    labels = np.array([0, 0, 1, 0])
    for scale, score in (("rank", 40.0), ("probability", 0.3), ("probability", 1.0)):
        [one] = distributions_of(folder, Rows(labels, {"flat": np.full(4, score)}, scale=scale))
        assert one.edges[0] <= score <= one.edges[-1]
        assert (one.shares == 1).sum(axis=0).tolist() == [1, 1]
        assert (one.shares[:, 0] == one.shares[:, 1]).all()


def test_with_fewer_thresholds_than_scores_shares_are_off_by_at_most_a_threshold(folder):
    """With fewer thresholds than scores, a row counts in the bin of the next lower threshold."""
    rows = made(("only",), rows=3_000, seed=5, scale="rank")
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, 3_000)
    rows = Rows(rows.labels, {"only": rows.scores["only"] + noise}, scale="rank")
    [one] = distributions_of(folder, rows, max_thresholds=1_000)
    np.testing.assert_allclose(one.shares.sum(axis=0), 1)
    exact = shares(rows, "only", one.edges)
    assert np.abs(one.shares - exact).max() < 0.02
    # Every defect's score is a threshold, so shares of defects are exact except at the lowest bound.
    np.testing.assert_allclose(one.shares[1:, 1], exact[1:, 1], atol=2 / (rows.labels == 1).sum())
