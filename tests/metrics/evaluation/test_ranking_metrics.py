"""Tests that AUC and average precision equal scikit-learn's, or differ by at most their bound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from metrics.evaluation.confusion import ConfusionCurve, confusion_curve
from metrics.evaluation.model_metrics import average_precision, roc_auc
from metrics.io.max_thresholds import MAX_THRESHOLDS
from metrics.tally.kernel import Floats
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import MODERATE, many_rows, rows_on
from tests.metrics.tallied import tally_of

SCALED = rows_on("probability", "logit", "rank", weights=MODERATE)
LIMITS = st.integers(2, 20)


def curves_and_scores(
    data: Rows, max_thresholds: int = MAX_THRESHOLDS
) -> Iterator[tuple[ConfusionCurve, Floats]]:
    """Yield the curve and the scores of each model."""
    tally = tally_of(data, max_thresholds=max_thresholds)
    for m, scores in enumerate(data.scores.values()):
        yield confusion_curve(tally, m), scores


@given(many_rows(), LIMITS, st.sampled_from([0.05, 1.0, 8.0]))
def test_areas_of_many_scores_differ_by_at_most_their_bound(
    data: Rows, limit: int, factor: float
) -> None:
    for curve, scores in curves_and_scores(data, max_thresholds=limit):
        area, wanted = roc_auc(curve), roc_auc_score(data.labels, scores)
        assert area.value == pytest.approx(wanted, abs=area.bound + 1e-9)
        assert 0 <= area.bound < 0.5
        weights = np.where(data.labels == 1, factor, 1.0)
        steps = average_precision(curve, factor)
        wanted = average_precision_score(data.labels, scores, sample_weight=weights)
        assert steps.value == pytest.approx(wanted, abs=steps.bound + 1e-9)
        assert 0 <= steps.bound < 0.5


@given(many_rows(), LIMITS)
def test_areas_are_exact_if_the_rarer_class_fits(data: Rows, limit: int) -> None:
    """AUC is exact if the rarer class fits, average precision only if this class is the defects."""
    defects = data.labels == 1
    rarer = defects if defects.sum() <= (~defects).sum() else ~defects
    for curve, scores in curves_and_scores(data, max_thresholds=limit):
        if np.unique(scores[rarer]).size > limit:
            continue
        assert roc_auc(curve).bound == 0
        assert roc_auc(curve).value == pytest.approx(roc_auc_score(data.labels, scores), abs=1e-9)
        if rarer is defects:
            steps, wanted = average_precision(curve), average_precision_score(data.labels, scores)
            assert steps.bound == 0
            assert steps.value == pytest.approx(wanted, abs=1e-9)


@given(many_rows(most=120), LIMITS)
def test_bounds_are_no_wider_than_the_bins_allow(data: Rows, limit: int) -> None:
    """Both bounds of AUC are reached, with the defects last or first in every bin."""
    for curve, scores in curves_and_scores(data, max_thresholds=limit):
        area = roc_auc(curve)
        bins = np.searchsorted(curve.thresholds, scores, side="right").astype(float)
        tied = curve.ties[bins.astype(int)]
        last, first = (
            roc_auc_score(data.labels, np.where(tied, bins, bins + lift * data.labels))
            for lift in (-0.5, 0.5)
        )
        assert area.value - area.bound == pytest.approx(last, abs=1e-9)
        assert area.value + area.bound == pytest.approx(first, abs=1e-9)


def test_bounds_shrink_with_more_thresholds() -> None:
    rng = np.random.default_rng(5)
    labels = (rng.random(2000) < 0.5).astype(np.int8)
    data = Rows(labels, {"a": rng.normal(labels, 1.0)}, scale="rank")
    for figure in (roc_auc, average_precision):
        bounds = []
        for limit in (8, 32, 128, 512, 4096):
            ((curve, _),) = curves_and_scores(data, max_thresholds=limit)
            bounds.append(figure(curve).bound)
        assert bounds == sorted(bounds, reverse=True)
        assert bounds[-1] == 0 < bounds[-2] < 0.01


@pytest.mark.parametrize("only", [0, 1])
def test_areas_are_undefined_without_a_class(only: int) -> None:
    data = Rows(np.full(3, only, np.int8), {"a": np.array([0.1, 0.2, 0.2])})
    ((curve, _),) = curves_and_scores(data)
    assert np.isnan(roc_auc(curve).value)
    assert np.isnan(average_precision(curve).value) == (only == 0)
