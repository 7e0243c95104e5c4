"""Tests of the charts and calibrations of evidence against the rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import logit
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression

from dashboard.analysis.evidence.model_calibration import (
    MeanError,
    SpreadError,
    calibrations_of,
    model_calibrations,
)
from dashboard.analysis.evidence.model_evidence import evidence_of
from dashboard.session.choices import Choices, Point
from metrics import Scenario, Today
from tests.dashboard.built import built_table
from tests.dashboard.calibrations import evidence_with, fitted_with
from tests.dashboard.pages import FILES, FOUR, POINT
from tests.dashboard.tables import NASTY

TODAY = Today(NASTY[0], 0.4)


def test_points_equal_counts_of_the_rows_and_are_on_their_curves(evidence_page):
    found = evidence_of(evidence_page.selection)
    assert [(one.model, one.threshold) for one in found.shown] == [
        (POINT.model, POINT.threshold),
        (TODAY.model, evidence_page.analysis.current.threshold),
    ]
    for one in found.shown:
        assert one.threshold is not None
        counts = FOUR.counts(one.model, one.threshold)
        tp, fp, fn, tn = (counts[name] for name in ("tp", "fp", "fn", "tn"))
        units = tp + fp + fn + tn
        assert one.roc.point == pytest.approx((fp / (fp + tn), tp / (tp + fn)))
        assert one.precision_recall.point == pytest.approx((tp / (tp + fn), tp / (tp + fp)))
        assert one.decision.point == pytest.approx((0.2, (tp - fp / 4) / units))
        assert one.roc.point[0] in one.roc.x
        assert one.probability == one.threshold


def test_curves_equal_scikit_learns(evidence_page):
    one = evidence_of(evidence_page.selection).shown[0]
    rate, caught, _ = sk.roc_curve(FOUR.labels, FOUR.scores[one.model], drop_intermediate=False)
    drawn = {(x, y) for x, y in zip(one.roc.x.round(9), one.roc.y.round(9), strict=True)}
    assert drawn <= set(zip(rate.round(9), caught.round(9), strict=True))
    assert len(drawn) > 20


def test_a_ranking_has_neither_calibration_nor_a_decision_curve(tmp_path):
    rows = FILES["rank"]
    page = built_table(tmp_path, rows, Scenario(), Choices(), resampled=True)
    found = evidence_of(page.selection)
    [calibration] = found.calibration
    assert math.isnan(calibration.expected)
    assert (calibration.mean_error, calibration.spread_error) == (None, None)
    assert model_calibrations(page.analysis) == ()
    assert np.isnan(found.shown[0].decision_curve).all()
    # The curve of a fixed threshold needs no probabilities.
    assert np.isfinite(found.shown[0].decision.y).all()
    assert math.isnan(calibration.fitted.figures.slope)
    assert math.isnan(found.shown[0].probability)


def test_a_model_without_a_threshold_has_curves_and_no_point(tmp_path):
    scenario = Scenario(miss_cost=4.0)
    chosen = Point(NASTY[0], FOUR.thresholds(NASTY[0])[40])
    page = built_table(tmp_path, FOUR, scenario, Choices(point=chosen, compare="data"))
    assert page.selection.is_compared_with_a_model
    _, other = evidence_of(page.selection).shown
    assert (other.model, other.threshold) == (page.selection.compared.model, None)
    for line in (other.roc, other.precision_recall, other.decision):
        assert np.isnan(line.point).all()
        assert np.isfinite(line.y).any()
    assert math.isnan(other.probability)
    assert other.decision.y == pytest.approx(other.decision_curve)


@pytest.mark.parametrize(
    ("p_value", "bias", "slope", "errors"),
    [
        (0.06, (0.001, 0.021), (0.5, 0.9), (None, None)),
        (0.04, (0.001, 0.021), (0.9, 1.1), (MeanError.TOO_HIGH, None)),
        (0.04, (0.001, 0.021), (0.5, 0.9), (MeanError.TOO_HIGH, SpreadError.TOO_EXTREME)),
        # No interval excludes the ideal value, so the larger error is named.
        (0.04, (-0.021, 0.001), (0.95, 1.06), (MeanError.TOO_LOW, None)),
        (0.04, (-0.01, 0.012), (0.99, 1.3), (None, SpreadError.TOO_CAUTIOUS)),
        # Without a joint test only the mean is judged.
        (np.nan, (-0.021, -0.001), (np.nan, np.nan), (MeanError.TOO_LOW, None)),
        (np.nan, (-0.021, 0.001), (np.nan, np.nan), (None, None)),
    ],
)
def test_mean_and_slope_are_named_only_if_the_joint_test_rejects(
    evidence_page, p_value, bias, slope, errors
):
    [found] = evidence_with(evidence_page, bias, fitted_with(p_value, slope)).calibration
    assert (found.mean_error, found.spread_error) == errors


def test_recalibrated_log_loss_equals_scikit_learns(evidence_page):
    recalibrated = calibrations_of(evidence_page.analysis)
    for model in FOUR.models:
        odds = logit(FOUR.scores[model])[:, None]
        fit = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(odds, FOUR.labels)
        expected = sk.log_loss(FOUR.labels, fit.predict_proba(odds)[:, 1])
        assert recalibrated[model].log_loss == pytest.approx(expected, abs=1e-6)


def test_calibrations_are_listed_from_the_lowest_log_loss(evidence_page):
    found = model_calibrations(evidence_page.analysis)
    losses = [sk.log_loss(FOUR.labels, FOUR.scores[one.model]) for one in found]
    assert {one.model for one in found} == set(evidence_page.analysis.models)
    assert losses == sorted(losses)
    for one in found:
        assert one.expected == pytest.approx(float(np.mean(FOUR.scores[one.model])))
    [selected] = [one for one in found if one.model == evidence_page.selection.point.model]
    assert selected == evidence_of(evidence_page.selection).calibration[0]
