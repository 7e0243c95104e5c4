"""Tests of sentences about evidence, against the rows or a value made by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis.evidence.model_calibration import model_calibrations
from dashboard.words.evidence.model_evidence import (
    calibration_advice,
    calibration_sentence,
    calibration_texts,
)
from metrics.evaluation.calibration import LogisticCalibration
from metrics.inference.calibration_intervals import LogisticCalibrationInterval
from tests.dashboard.calibrations import evidence_with, fitted_with


@pytest.mark.parametrize(
    ("bias", "slope", "said"),
    [
        ((-0.01, 0.01), (0.9, 1.1), "No clear miscalibration: {}"),
        ((0.01, 0.02), (0.9, 1.1), "It overestimates: {} (clear)"),
        ((-0.02, -0.01), (0.9, 1.1), "It underestimates: {} (clear)"),
        (
            (-0.02, -0.01),
            (0.5, 0.6),
            "It underestimates: {} (clear), and is overconfident (slope 1.00, best 1)",
        ),
        (
            (0.01, 0.02),
            (1.2, 1.6),
            "It overestimates: {} (clear), and is underconfident (slope 1.00, best 1)",
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
    assert calibration_sentence(found.calibration[0]) == said.format(level)
    named = re.sub("^It ", "svm ", said)
    assert calibration_sentence(found.calibration[0], "svm") == named.format(level)


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
    assert calibration_sentence(found.calibration[0]) == said
    assert calibration_advice(found.calibration[0]) == advice


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
def test_a_row_of_the_table_names_the_errors_of_a_models_calibration(
    evidence_page, bias, slope, errors
):
    figures = LogisticCalibration(0.0, 0.48, log_loss=0.05)
    fitted = LogisticCalibrationInterval(figures, (-0.1, 0.1), slope)
    # The recalibration saves half of the log loss.
    calibration = replace(
        model_calibrations(evidence_page.analysis)[0], bias=bias, fitted=fitted, log_loss=0.1
    )
    texts = calibration_texts(calibration, evidence_page.analysis.scenario)
    assert [*texts[:2], *texts[3:]] == ["0.1000", "0.0500", "0.48", errors]
    slight = calibration_texts(
        replace(calibration, log_loss=0.0505, expected=calibration.rate),
        evidence_page.analysis.scenario,
    )
    assert slight[-1] == (errors if errors in ("none", "–") else f"slightly {errors}")
