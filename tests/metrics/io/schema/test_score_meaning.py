"""Tests of what the values of a score reveal about its meaning, against scikit-learn and slow code."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from metrics.io.schema.score_meaning import (
    auc,
    direction,
    has_only_high_scores,
    probability_of_defect,
    separation,
    separations,
)

TENTHS = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 1)), min_size=2, max_size=40)


def columns(pairs):
    scores = np.array([s for s, _ in pairs]) / 10
    return scores, np.array([c for _, c in pairs], np.int8)


@given(TENTHS)
def test_the_separation_is_the_best_balanced_accuracy(pairs):
    scores, decided = columns(pairs)
    if len(set(decided.tolist())) < 2:
        assert np.isnan(separation(scores, decided))
        return
    thresholds = [*np.unique(scores), 2.0]
    best = max(balanced_accuracy_score(decided, scores >= t) for t in thresholds)
    assert separation(scores, decided) == pytest.approx(best)


@given(TENTHS)
def test_the_area_equals_scikit_learns(pairs):
    scores, labels = columns(pairs)
    area, error = auc(scores, labels)
    if len(set(labels.tolist())) < 2:
        assert np.isnan(area)
        assert direction(scores, labels) == "unclear"
        return
    assert area == pytest.approx(roc_auc_score(labels, scores))
    ones, zeros = labels.sum(), (1 - labels).sum()
    assert error == pytest.approx(np.sqrt((ones + zeros + 1) / (12 * ones * zeros)))


@pytest.mark.parametrize(
    ("scale", "read", "good", "predicted"),
    [
        ("probability", [0.9, 0.25], [0.1, 0.75], [0.9, 0.75]),
        ("percent", [90.0, 25.0], [10.0, 75.0], [90.0, 75.0]),
        ("logit", [2.0, -1.5], [-2.0, 1.5], [2.0, 1.5]),
        ("rank", [2.0, -1.5], [-2.0, 1.5], [2.0, 1.5]),
    ],
)
def test_scores_of_each_kind_rise_with_the_defect(scale, read, good, predicted):
    scores, decided = np.array(read), np.array([1, 0], np.int8)
    assert probability_of_defect(scores, "defect", scale).tolist() == read
    assert probability_of_defect(scores, "good", scale) == pytest.approx(good)
    assert probability_of_defect(scores, "predicted", scale, decided) == pytest.approx(predicted)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_decisions_reveal_the_class_that_scores_mean(threshold):
    p = np.round(np.random.default_rng(1).random(300), 3)
    decided = (p >= threshold).astype(np.int8)
    confidence = np.where(decided == 1, p, 1 - p)
    assert separations(p, decided, "probability").reading() == "defect"
    assert separations(1 - p, decided, "probability").reading() == "good"
    assert separations(confidence, decided, "probability").reading() == "predicted"
    other = np.random.default_rng(2).random(300)
    assert separations(other, decided, "probability").reading() is None


def test_a_few_wrong_decisions_change_nothing():
    p = np.round(np.random.default_rng(3).random(1_000), 3)
    decided = (p >= 0.5).astype(np.int8)
    decided[:2] = 1 - decided[:2]
    assert separations(p, decided, "probability").reading() == "defect"
    confidence = np.where(decided == 1, p, 1 - p)
    assert separations(confidence, decided, "probability").reading() == "predicted"


def test_confidences_are_recognised_by_their_missing_low_values():
    rising = partial(has_only_high_scores, is_rising=True)
    assert rising(0.5, 0.99, 20, 100, "probability")
    assert rising(50.0, 99.0, 20, 100, "percent")
    assert not rising(0.49, 0.99, 20, 100, "probability")
    assert not rising(0.5, 0.99, 50, 100, "probability")
    assert not rising(0.5, 0.99, 10, 39, "probability")
    assert not rising(0.7, 0.7, 20, 100, "probability")
    assert not rising(0.5, 0.99, 20, 100, "rank")


def test_high_scores_of_half_defects_are_confidences_unless_they_rise_with_the_defect():
    assert has_only_high_scores(0.5, 0.99, 50, 100, "probability", is_rising=False)
    assert not has_only_high_scores(0.49, 0.99, 50, 100, "probability", is_rising=False)


def test_a_poor_model_runs_neither_way():
    rng = np.random.default_rng(6)
    labels = (rng.random(400) < 0.2).astype(np.int8)
    scores = rng.random(400)
    assert direction(scores, labels) == "unclear"
    assert direction(scores + 0.3 * labels, labels) == "up"
    assert direction(scores - 0.3 * labels, labels) == "down"
    assert direction(scores, None) == "unclear"
