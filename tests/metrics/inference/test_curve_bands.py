"""Tests of bands of curves against scikit-learn's curves on every replicate of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from metrics.evaluation.decision_curve import positions_at
from metrics.inference.curve_bands import net_benefit_band, precision_recall_band, roc_band
from metrics.inference.interval_formulas import percentile_interval
from metrics.scenario.scenario import Scenario
from tests import oracles
from tests.metrics.calibrated_rows import spread
from tests.metrics.samples import resampled

N = 400
DATA = spread(N, seed=21)
BUCKET = np.array([oracles.bucket(f"unit-{k}") for k in range(N)])


def resample_data(scenario: Scenario | None = None):
    """Bootstrap of the data, and all positions on the curve of its model."""
    bootstrap = resampled(DATA, scenario, replicates=60)
    return bootstrap, np.arange(bootstrap.evaluation.curves[0].thresholds.size)


def assert_percentiles(found, drawn, bootstrap):
    ends = percentile_interval(np.array(drawn), blocks=bootstrap.blocks)
    assert found.low == pytest.approx(ends.low)
    assert found.high == pytest.approx(ends.high)


def test_the_roc_band_has_the_percentiles_of_scikit_learns_curves():
    bootstrap, every = resample_data()
    rates = np.array([0.03, 0.2, 0.55])
    drawn = []
    for weights in bootstrap.drawn.weights:
        rate, caught, _ = roc_curve(
            DATA.labels, DATA.scores["m"], sample_weight=weights[BUCKET], drop_intermediate=False
        )
        drawn.append(np.interp(rates, rate, caught))
    assert_percentiles(roc_band(bootstrap, 0, every, rates), drawn, bootstrap)


@pytest.mark.parametrize("rate", [None, 0.05])
def test_the_precision_recall_band_has_the_percentiles_of_scikit_learns_curves(rate):
    bootstrap, every = resample_data(Scenario(defect_rate=rate))
    recalls = np.array([0.3, 0.6, 0.95])
    drawn = []
    for weights in bootstrap.drawn.weights:
        mass = oracles.weighted_rows(DATA.labels, weights[BUCKET], rate, None)
        right, caught, _ = precision_recall_curve(DATA.labels, DATA.scores["m"], sample_weight=mass)
        drawn.append(np.interp(recalls, caught[:-1][::-1], right[:-1][::-1]))
    assert_percentiles(precision_recall_band(bootstrap, 0, every, recalls), drawn, bootstrap)


@pytest.mark.parametrize("fixed", [None, 7])
def test_the_net_benefit_band_has_the_percentiles_of_curves_by_hand(fixed):
    """One curve acts at each probability, the other at a fixed threshold."""
    bootstrap, _ = resample_data()
    at = np.array([0.1, 0.5])
    if fixed is None:
        positions, thresholds = positions_at(bootstrap.evaluation, 0, at), at
    else:
        positions = np.array([fixed])
        thresholds = bootstrap.evaluation.curves[0].thresholds[positions]
    flagged = DATA.scores["m"][:, None] >= thresholds
    drawn = []
    for weights in bootstrap.drawn.weights:
        mass = weights[BUCKET]
        caught, false = (mass @ (flagged & (DATA.labels[:, None] == kind)) for kind in (1, 0))
        drawn.append((caught - false * at / (1 - at)) / mass.sum())
    assert_percentiles(net_benefit_band(bootstrap, 0, positions, at), drawn, bootstrap)
