"""Tests of the classifier with three outcomes: scikit-learn's estimator checks, and its rule."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator

from metrics.selection.review_band_classifier import ReviewBandClassifier

X = np.linspace(-3, 3, 61)[:, None]
Y = np.where(X[:, 0] + np.sin(5 * X[:, 0]) > 0, "bad", "good")


@pytest.mark.slow  # scikit-learn takes some seconds for it
def test_the_classifier_passes_scikit_learns_estimator_checks() -> None:
    checked = check_estimator(ReviewBandClassifier(LogisticRegression()))
    assert len(checked) > 30  # scikit-learn has run its checks, and not skipped them


@pytest.mark.parametrize("response", ["predict_proba", "decision_function"])
@pytest.mark.parametrize("defect", ["bad", "good"])
def test_a_unit_is_shipped_below_the_lower_and_rejected_from_the_upper_threshold(
    response: str, defect: str
) -> None:
    fitted = LogisticRegression().fit(X, Y)
    scores = np.asarray(getattr(fitted, response)(X))
    if scores.ndim == 2:
        scores = scores[:, fitted.classes_.tolist().index(defect)]
    elif defect == "bad":
        scores = -scores
    low, high = np.sort(scores)[[20, 40]].tolist()
    band = ReviewBandClassifier(
        FrozenEstimator(fitted), ship_below=low, reject_from=high, pos_label=defect,
        response_method=response,
    ).fit(X, Y)  # fmt: skip
    wanted = np.where(scores >= high, 2, np.where(scores < low, 0, 1))
    assert band.predict(X).tolist() == wanted.tolist()
    assert np.bincount(wanted).tolist() == [20, 20, 21]


def test_thresholds_in_the_wrong_order_and_unknown_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="at most reject_from"):
        ReviewBandClassifier(LogisticRegression(), ship_below=0.8, reject_from=0.2).fit(X, Y)
    with pytest.raises(ValueError, match="one of the labels"):
        ReviewBandClassifier(LogisticRegression(), pos_label="odd").fit(X, Y)
