"""Tests of bands of curves against scikit-learn's curves on every replicate of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from metrics.evaluation.decision_curve import positions_at
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.curve_bands import net_benefit_band, precision_recall_band, roc_band
from metrics.inference.interval_formulas import percentile_interval
from metrics.scenario.scenario import Scenario
from tests import oracles
from tests.metrics.calibrated_rows import rows_with_slope
from tests.metrics.made_rows import Rows
from tests.metrics.samples import resample


@pytest.fixture(scope="module")
def data() -> Rows:
    return rows_with_slope(400, seed=21)


def row_weights(data: Rows, bootstrap: Bootstrap) -> np.ndarray:
    """Number of times that each replicate draws each row, shape (R, rows)."""
    return np.asarray(bootstrap.drawn.weights[:, data.buckets])


def all_positions(bootstrap: Bootstrap) -> np.ndarray:
    return np.arange(bootstrap.evaluation.curves[0].thresholds.size)


def assert_percentiles(found, drawn, bootstrap):
    ends = percentile_interval(np.array(drawn), blocks=bootstrap.blocks)
    assert found.low == pytest.approx(ends.low)
    assert found.high == pytest.approx(ends.high)


def test_the_roc_band_has_the_percentiles_of_scikit_learns_curves(data):
    bootstrap = resample(data, replicates=60)
    rates = np.array([0.03, 0.2, 0.55])
    drawn = []
    for weights in row_weights(data, bootstrap):
        rate, caught, _ = roc_curve(
            data.labels, data.scores["m"], sample_weight=weights, drop_intermediate=False
        )
        drawn.append(np.interp(rates, rate, caught))
    assert_percentiles(roc_band(bootstrap, 0, all_positions(bootstrap), rates), drawn, bootstrap)


@pytest.mark.parametrize("rate", [None, 0.05])
def test_the_precision_recall_band_has_the_percentiles_of_scikit_learns_curves(data, rate):
    bootstrap = resample(data, Scenario(defect_rate=rate), replicates=60)
    recalls = np.array([0.3, 0.6, 0.95])
    drawn = []
    for weights in row_weights(data, bootstrap):
        mass = oracles.weighted_rows(data.labels, weights, rate, None)
        right, caught, _ = precision_recall_curve(data.labels, data.scores["m"], sample_weight=mass)
        drawn.append(np.interp(recalls, caught[:-1][::-1], right[:-1][::-1]))
    assert_percentiles(
        precision_recall_band(bootstrap, 0, all_positions(bootstrap), recalls), drawn, bootstrap
    )


@pytest.mark.parametrize("fixed", [None, 7])
def test_the_net_benefit_band_has_the_percentiles_of_curves_by_hand(data, fixed):
    """One curve acts at each probability, the other at a fixed threshold."""
    bootstrap = resample(data, replicates=60)
    at = np.array([0.1, 0.5])
    if fixed is None:
        positions, thresholds = positions_at(bootstrap.evaluation, 0, at), at
    else:
        positions = np.array([fixed])
        thresholds = bootstrap.evaluation.curves[0].thresholds[positions]
    flagged = data.scores["m"][:, None] >= thresholds
    drawn = []
    for weights in row_weights(data, bootstrap):
        caught, false = (weights @ (flagged & (data.labels[:, None] == kind)) for kind in (1, 0))
        drawn.append((caught - false * at / (1 - at)) / weights.sum())
    assert_percentiles(net_benefit_band(bootstrap, 0, positions, at), drawn, bootstrap)
