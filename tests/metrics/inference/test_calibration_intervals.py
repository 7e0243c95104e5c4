"""Tests of calibration intervals against refits of every replicate and Wilson's interval on the rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import binomtest, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from metrics.evaluation.calibration import reliability
from metrics.inference.calibration_intervals import (
    calibration_in_the_large,
    logistic_calibration_interval,
    reliability_interval,
)
from metrics.inference.interval_formulas import percentile_interval
from metrics.scenario.scenario import Scenario
from tests import oracles
from tests.metrics.calibrated_rows import rows_with_slope
from tests.metrics.made_rows import Rows
from tests.metrics.samples import resample


def test_one_newton_step_gives_the_interval_of_full_refits():
    data = rows_with_slope(1200, seed=11, slope=0.8)
    bootstrap = resample(data, replicates=200)
    found = logistic_calibration_interval(bootstrap, 0)
    at, buckets = logit(data.scores["m"])[:, None], data.buckets
    refits = []
    for weights in bootstrap.drawn.weights:
        fit = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky")
        fit.fit(at, data.labels, sample_weight=weights[buckets])
        refits.append((fit.intercept_[0], fit.coef_[0, 0]))
    ends = percentile_interval(np.array(refits), blocks=bootstrap.blocks)
    wide = ends.high - ends.low
    for k, interval in enumerate((found.intercept, found.slope)):
        assert interval[0] == pytest.approx(ends.low[k], abs=0.05 * wide[k])
        assert interval[1] == pytest.approx(ends.high[k], abs=0.05 * wide[k])
    assert found.slope[0] < found.figures.slope < found.slope[1]


@pytest.mark.parametrize("slope", [0.85, 0.9, 1.0])
def test_the_joint_test_agrees_with_the_likelihood_ratio(slope):
    data = rows_with_slope(3000, seed=21, slope=slope)
    at = logit(data.scores["m"])[:, None]
    fit = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky").fit(at, data.labels)
    losses = [log_loss(data.labels, p) for p in (data.scores["m"], fit.predict_proba(at)[:, 1])]
    expected = chi2.sf(2 * 3000 * (losses[0] - losses[1]), 2)
    found = logistic_calibration_interval(resample(data), 0).p_value
    assert chi2.isf(found, 2) == pytest.approx(chi2.isf(expected, 2), rel=0.3, abs=0.3)


def test_five_of_a_hundred_calibrated_models_are_called_miscalibrated():
    rejected, in_group = [], 3
    for seed in range(200):
        data = rows_with_slope(500, seed=seed)
        # Equal rows of a group count as one.
        rows = Rows(
            np.repeat(data.labels, in_group),
            {"m": np.repeat(data.scores["m"], in_group)},
            groups=tuple(f"group-{k // in_group}" for k in range(500 * in_group)),
        )
        found = logistic_calibration_interval(resample(rows, replicates=300), 0)
        rejected.append(found.p_value < 0.05)
    # The standard error of a share of 5% in 200 files is 1.5%.
    assert 0.01 <= np.mean(rejected) <= 0.085


@pytest.mark.parametrize("rate", [None, 0.02])
def test_on_average_is_the_mean_of_every_replicate(rate):
    data = rows_with_slope(600, seed=13)
    bootstrap = resample(data, Scenario(defect_rate=rate), replicates=100)
    buckets = data.buckets
    excess = data.scores["m"] - data.labels
    drawn = [
        np.average(excess, weights=oracles.weighted_rows(data.labels, w[buckets], rate, None))
        for w in bootstrap.drawn.weights
    ]
    ends = percentile_interval(np.array(drawn)[:, None], blocks=bootstrap.blocks)
    found = calibration_in_the_large(bootstrap, 0)
    assert found == pytest.approx((ends.low[0], ends.high[0]))


def test_undefined_figures_have_no_interval():
    found = logistic_calibration_interval(resample(rows_with_slope(100, seed=1, scale="rank")), 0)
    assert np.isnan([*found.intercept, *found.slope, found.figures.slope, found.p_value]).all()


@pytest.mark.parametrize("rate", [None, 0.02])
def test_the_interval_of_a_bin_is_wilsons_at_the_defect_rate(rate):
    data = rows_with_slope(800, seed=12)
    bootstrap = resample(data, Scenario(defect_rate=rate))
    found = reliability_interval(bootstrap, 0)
    shown = reliability(bootstrap.evaluation, 0)
    place = np.minimum((data.scores["m"] * 15).astype(int), 14)
    defects, goods = bootstrap.evaluation.factors
    for k in range(15):
        in_bin = data.labels[place == k]
        if not 0 < in_bin.sum() < in_bin.size:
            continue
        low, high = binomtest(int(in_bin.sum()), in_bin.size).proportion_ci(method="wilson")
        expected = [e * defects / (e * defects + (1 - e) * goods) for e in (low, high)]
        assert [found.low[k], found.high[k]] == pytest.approx(expected)
        assert found.low[k] < shown.observed[k] < found.high[k]
