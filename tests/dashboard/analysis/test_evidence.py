"""Tests of the charts of evidence against the rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as sk

from dashboard.analysis.evidence.model_evidence import evidence_of, model_calibrations
from dashboard.session.choices import Choices, Point
from metrics import Scenario, Today
from tests.dashboard.built import built_table
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
