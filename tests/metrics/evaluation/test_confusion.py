"""Tests of confusion counts at every threshold against slow code, and of bins that hold one score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.confusion import (
    Confusion,
    ConfusionCurve,
    confusion_by_bucket,
    confusion_curve,
    errors_by_bucket,
)
from tests import oracles
from tests.metrics.made_rows import Rows, chosen_thresholds
from tests.metrics.strategies import many_rows, rows, rows_on
from tests.metrics.tallied import tally_of

SCALED = rows_on("probability", "logit", "rank")


def curves_of(data: Rows, **options) -> list[ConfusionCurve]:
    tally = tally_of(data, **options)
    return [confusion_curve(tally, m) for m in range(len(tally.models))]


def as_array(c: Confusion) -> np.ndarray:
    return np.array([c.tp, c.fp, c.fn, c.tn], np.float64)


def assert_counts(found: Confusion, wanted: Any, data: Rows) -> None:
    """Assert that counts agree exactly, and sums of weights up to rounding relative to the total."""
    if data.weights is None:
        np.testing.assert_array_equal(as_array(found), wanted)
    else:
        np.testing.assert_allclose(
            as_array(found), wanted, rtol=1e-9, atol=1e-13 * data.mass().sum()
        )


@given(many_rows() | SCALED, st.integers(2, 20), st.lists(st.floats(-0.5, 1.5), max_size=3))
def test_counts_are_exact_at_any_thresholds(data: Rows, limit: int, also: list[float]) -> None:
    """Thresholds may be more than the limit, and need not be scores."""
    found = curves_of(data, max_thresholds=limit, also=also)
    for curve, scores in zip(found, data.scores.values(), strict=True):
        assert set(also) <= set(curve.thresholds.tolist())
        for threshold in curve.thresholds.tolist():
            wanted = oracles.confusion(data.labels, scores, threshold, data.weights)
            assert_counts(curve.at(threshold), wanted, data)


@given(SCALED)
def test_flagging_all_or_no_units_gives_exact_zeros(data: Rows) -> None:
    """Sums of weights are exact as well: flagging everything misses 0, not 1e-17."""
    for curve in curves_of(data):
        assert (curve.counts.fn[0], curve.counts.tn[0]) == (0, 0)
        assert (curve.counts.tp[-1], curve.counts.fp[-1]) == (0, 0)
        assert (as_array(curve.counts) >= 0).all()


@given(rows(valued=True))
def test_values_of_misses_and_false_alarms_equal_sums_over_rows(data: Rows) -> None:
    assert data.values is not None
    worth = data.mass() * data.values
    for curve, scores in zip(curves_of(data), data.scores.values(), strict=True):
        for k, threshold in enumerate(curve.thresholds.tolist()):
            counts = curve.counts[k]
            _, alarms, missed, _ = oracles.confusion(data.labels, scores, threshold, worth)
            slack = 1e-12 * worth.sum()
            assert counts.missed_value == pytest.approx(missed, rel=1e-9, abs=slack)
            assert counts.flagged_good_value == pytest.approx(alarms, rel=1e-9, abs=slack)


@given(many_rows() | SCALED, st.integers(2, 20))
def test_a_bin_marked_as_a_tie_holds_one_score(data: Rows, limit: int) -> None:
    for curve, scores in zip(
        curves_of(data, max_thresholds=limit), data.scores.values(), strict=True
    ):
        edges = [-np.inf, *curve.thresholds.tolist()]
        for k, tied in enumerate(curve.ties):
            inside = scores[(scores >= edges[k]) & (scores < edges[k + 1])]
            assert not tied or np.unique(inside).size <= 1


@given(many_rows() | SCALED)
def test_every_bin_is_a_tie_if_each_score_is_a_threshold(data: Rows) -> None:
    assert all(curve.ties[1:].all() for curve in curves_of(data))


@given(many_rows() | SCALED, st.integers(2, 20))
def test_flagging_nothing_is_always_a_distinct_point(data: Rows, limit: int) -> None:
    assert all(curve.distinct[-1] for curve in curves_of(data, max_thresholds=limit))


@given(rows(weights=None), st.floats(-1, 2))
def test_a_threshold_that_separates_no_rows_is_not_distinct(data: Rows, extra: float) -> None:
    thresholds = [np.union1d(t, [extra]) for t in chosen_thresholds(data)]
    for curve, scores in zip(
        curves_of(data, thresholds=thresholds), data.scores.values(), strict=True
    ):
        kept = curve.thresholds[curve.distinct]
        assert kept.tolist() == [*sorted(set(scores.tolist())), np.inf]


def test_errors_by_bucket_equal_those_of_the_confusion_by_bucket() -> None:
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 2, 600).astype(np.int8)
    scores = {f"m{m}": rng.integers(0, 9, 600) / 8 for m in range(2)}
    tally = tally_of(Rows(labels, scores, weights=rng.integers(1, 4, 600).astype(float)))
    for m in range(2):
        for threshold in (*tally.thresholds[m], -np.inf, np.inf):
            counts = confusion_by_bucket(tally, m, threshold)
            missed, alarms = errors_by_bucket(tally, m, threshold)
            np.testing.assert_array_equal(missed, counts.fn)
            np.testing.assert_array_equal(alarms, counts.fp)
