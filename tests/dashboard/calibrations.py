"""Calibrations of the selected model with given intervals, for tests of their errors."""

from __future__ import annotations

from dataclasses import replace

from dashboard.analysis.evidence.model_evidence import evidence_of
from metrics.evaluation.calibration import LogisticCalibration
from metrics.inference.calibration_intervals import LogisticCalibrationInterval


def evidence_with(evidence_page, bias, fitted, **others):
    """Evidence with another calibration of the selected model."""
    found = evidence_of(evidence_page.selection)
    calibration = replace(found.calibration[0], bias=bias, fitted=fitted, **others)
    return replace(found, calibration=(calibration,))


def fitted_with(p_value, slope, log_loss=0.2):
    """Recalibration that the joint test judges with a p value."""
    figures = LogisticCalibration(0.0, 1.0, log_loss)
    return LogisticCalibrationInterval(figures, (-0.1, 0.1), slope, p_value)
