"""Tests of the reliability diagram and the logistic recalibration against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from metrics.evaluation.calibration import (
    expected_and_observed_rate,
    logistic_calibration,
    probabilities,
    reliability,
)
from metrics.scenario.scenario import Scenario
from tests import oracles
from tests.metrics.calibrated_rows import rows_with_slope
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of


def refit(data: Rows, weights: np.ndarray | None = None) -> tuple[float, float]:
    """Intercept and slope fitted by scikit-learn on the rows."""
    p = oracles.probabilities(data.scores["m"], data.scale)
    fit = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000)
    fit.fit(logit(p)[:, None], data.labels, sample_weight=weights)
    return float(fit.intercept_[0]), float(fit.coef_[0, 0])


@pytest.mark.parametrize("scale", ["probability", "percent", "logit"])
def test_slope_and_intercept_equal_a_regression_on_the_rows(scale):
    data = rows_with_slope(1500, seed=3, slope=0.7, scale=scale)
    found = logistic_calibration(evaluation_of(data), 0)
    assert (found.intercept, found.slope) == pytest.approx(refit(data), abs=1e-5)
    assert found.slope < 0.9
    a, b = refit(data)
    p = oracles.probabilities(data.scores["m"], data.scale)
    recalibrated = expit(a + b * logit(p))
    assert found.log_loss == pytest.approx(log_loss(data.labels, recalibrated), rel=1e-8)
    assert found.log_loss < log_loss(data.labels, p)


def test_a_defect_rate_reweights_the_classes():
    data = rows_with_slope(1500, seed=4)
    weights = oracles.weighted_rows(data.labels, np.ones(1500), 0.02, None)
    found = logistic_calibration(evaluation_of(data, Scenario(defect_rate=0.02)), 0)
    assert (found.intercept, found.slope) == pytest.approx(refit(data, weights), abs=1e-4)


def test_few_thresholds_give_nearly_the_same_slope_and_intercept():
    data = rows_with_slope(4000, seed=5)
    exact, coarse = (
        logistic_calibration(evaluation_of(data, max_thresholds=n), 0) for n in (4096, 64)
    )
    assert coarse.slope == pytest.approx(exact.slope, abs=0.02)
    assert coarse.intercept == pytest.approx(exact.intercept, abs=0.02)


@pytest.mark.parametrize(
    "data",
    [
        rows_with_slope(200, seed=6, scale="rank"),
        Rows(np.array([0, 0, 1, 1], np.int8), {"m": np.array([0.1, 0.2, 0.7, 0.9])}),
        Rows(np.array([0, 1, 0, 1], np.int8), {"m": np.array([0.5, 0.5, 0.5, 0.5])}),
    ],
    ids=["a ranking", "classes apart", "one score"],
)
def test_slope_and_intercept_are_undefined_without_a_best_slope(data):
    found = logistic_calibration(evaluation_of(data), 0)
    assert np.isnan([found.intercept, found.slope]).all()


@pytest.mark.parametrize("scale", ["probability", "percent", "logit"])
def test_the_reliability_diagram_equals_scikit_learns(scale):
    data = rows_with_slope(2000, seed=7, slope=0.6, scale=scale)
    p = oracles.probabilities(data.scores["m"], scale)
    observed, predicted = calibration_curve(data.labels, p, n_bins=15)
    found = reliability(evaluation_of(data), 0)
    filled = found.units > 0
    assert found.predicted[filled] == pytest.approx(predicted)
    assert found.observed[filled] == pytest.approx(observed)
    assert found.units.sum() == 2000


def test_a_defect_rate_reweights_the_classes_in_each_bin_and_in_the_mean():
    """Odds are 1 to 3 instead of 1 to 1, so a defect weighs 0.5 and a good unit 1.5."""
    labels, scores = np.array([1, 0, 1, 0], np.int8), np.array([0.51, 0.52, 0.53, 0.99])
    evaluation = evaluation_of(Rows(labels, {"m": scores}), Scenario(defect_rate=0.25))
    found = reliability(evaluation, 0)
    [middle, last] = np.flatnonzero(found.units > 0)
    assert found.units[[middle, last]] == pytest.approx([2.5, 1.5])
    assert found.observed[middle] == pytest.approx(1 / 2.5)
    assert found.predicted[middle] == pytest.approx((0.5 * (0.51 + 0.53) + 1.5 * 0.52) / 2.5)
    assert found.observed[last] == 0
    mean = (0.5 * (0.51 + 0.53) + 1.5 * (0.52 + 0.99)) / 4
    assert expected_and_observed_rate(evaluation, 0) == pytest.approx((mean, 0.25))


def test_logits_become_probabilities_and_ranks_do_not():
    assert probabilities(np.array([0.0, 2.0]), "logit") == pytest.approx([0.5, expit(2.0)])
    assert np.isnan(probabilities(np.array([1.0]), "rank")).all()
