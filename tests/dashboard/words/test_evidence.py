"""Tests of sentences about evidence, against the rows or a value made by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression

from dashboard.analysis.evidence.model_evidence import (
    MeanError,
    SpreadError,
    calibrations_of,
    evidence_of,
    model_calibrations,
)
from dashboard.words.evidence.model_evidence import (
    calibration_advice,
    calibration_sentence,
    calibration_texts,
)
from metrics.evaluation.calibration import LogisticCalibration
from metrics.inference.calibration_intervals import LogisticCalibrationInterval
from tests.dashboard.pages import FOUR


def evidence_with(evidence_page, bias, fitted, **others):
    """Evidence with another calibration of the selected model."""
    found = evidence_of(evidence_page.selection)
    calibration = replace(found.calibration[0], bias=bias, fitted=fitted, **others)
    return replace(found, calibration=(calibration,))


def fitted_with(p_value, slope, log_loss=0.2):
    """Recalibration that the joint test judges with a p value."""
    figures = LogisticCalibration(0.0, 1.0, log_loss)
    return LogisticCalibrationInterval(figures, (-0.1, 0.1), slope, p_value)


@pytest.mark.parametrize(
    ("bias", "slope", "said"),
    [
        ((-0.01, 0.01), (0.9, 1.1), "No clear miscalibration: {}"),
        ((0.01, 0.02), (0.9, 1.1), "It overestimates: {} (clear)"),
        ((-0.02, -0.01), (0.9, 1.1), "It underestimates: {} (clear)"),
        (
            (-0.02, -0.01),
            (0.5, 0.6),
            "It underestimates: {} (clear); it is also overconfident",
        ),
        (
            (0.01, 0.02),
            (1.2, 1.6),
            "It overestimates: {} (clear); it is also underconfident",
        ),
        (
            (-0.01, 0.01),
            (0.5, 0.6),
            "It is overconfident; on average it {}, which may be chance",
        ),
        (None, (np.nan, np.nan), "It {}"),
    ],
)
def test_errors_of_mean_and_spread_are_named_unless_they_may_be_chance(
    evidence_page, bias, slope, said
):
    fitted = LogisticCalibrationInterval(LogisticCalibration(0.0, 1.0), (-0.1, 0.1), slope)
    found = evidence_with(evidence_page, bias, fitted)
    shares = found.calibration[0].expected, found.rate
    expected, came = (f"{100 * share:.3g}" for share in shares)
    level = f"predicts {expected}% defects, {came}% are"
    assert calibration_sentence(found) == said.format(level)
    named = re.sub("^It ", "svm ", said)
    assert calibration_sentence(found, "svm") == named.format(level)


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


@pytest.mark.parametrize(
    ("expected", "log_loss", "said", "advice"),
    [
        (
            0.092,
            0.203,
            "It slightly underestimates: predicts 9.2% defects, 10% are (clear)",
            "This is good enough to act on",
        ),
        (
            0.089,
            0.203,
            "It underestimates: predicts 8.9% defects, 10% are (clear)",
            "Do not read its scores as probabilities; ranking and thresholds work all the same",
        ),
        (
            0.092,
            0.205,
            "It underestimates: predicts 9.2% defects, 10% are (clear)",
            "Do not read its scores as probabilities; ranking and thresholds work all the same",
        ),
    ],
)
def test_a_clear_error_is_called_slight_unless_it_is_large(
    evidence_page, expected, log_loss, said, advice
):
    # A recalibration to a log loss of 0.2 saves 1.5% of 0.203, and 2.4% of 0.205.
    known = {"expected": expected, "rate": 0.1, "log_loss": log_loss}
    fitted = fitted_with(0.01, (0.9, 1.1))
    found = evidence_with(evidence_page, (-0.02, -0.001), fitted, **known)
    assert calibration_sentence(found) == said
    assert calibration_advice(found) == advice


def test_recalibrated_log_loss_equals_scikit_learns(evidence_page):
    recalibrated = calibrations_of(evidence_page.analysis)
    for model in FOUR.models:
        odds = logit(FOUR.scores[model])[:, None]
        fit = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(odds, FOUR.labels)
        expected = sk.log_loss(FOUR.labels, fit.predict_proba(odds)[:, 1])
        assert recalibrated[model].log_loss == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("bias", "slope", "errors"),
    [
        ((-0.01, 0.01), (0.9, 1.1), "none"),
        ((-0.02, -0.01), (0.5, 0.6), "overconfident, too low"),
        ((0.01, 0.02), (0.9, 1.1), "too high"),
        ((-0.01, 0.01), (1.2, 1.3), "underconfident"),
        (None, (np.nan, np.nan), "–"),
    ],
)
def test_the_calibration_of_a_model_is_a_row(evidence_page, bias, slope, errors):
    figures = LogisticCalibration(0.0, 0.48, log_loss=0.05)
    fitted = LogisticCalibrationInterval(figures, (-0.1, 0.1), slope)
    # The recalibration saves half of the log loss.
    calibration = replace(
        model_calibrations(evidence_page.analysis)[0], bias=bias, fitted=fitted, log_loss=0.1
    )
    texts = calibration_texts(calibration, evidence_page.analysis.scenario)
    assert texts[1:] == ["0.48", "0.0500", errors]
    slight = calibration_texts(
        replace(calibration, log_loss=0.0505, expected=calibration.rate),
        evidence_page.analysis.scenario,
    )
    assert slight[-1] == (errors if errors in ("none", "–") else f"slightly {errors}")


def test_calibrations_are_listed_from_the_lowest_log_loss(evidence_page):
    found = model_calibrations(evidence_page.analysis)
    losses = [sk.log_loss(FOUR.labels, FOUR.scores[one.model]) for one in found]
    assert {one.model for one in found} == set(evidence_page.analysis.models)
    assert losses == sorted(losses)
    for one in found:
        assert one.expected == pytest.approx(float(np.mean(FOUR.scores[one.model])))
    [selected] = [one for one in found if one.model == evidence_page.selection.point.model]
    assert selected == evidence_of(evidence_page.selection).calibration[0]
