"""Tests of losses, calibration and ranking of models against scikit-learn and slow implementations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from metrics.evaluation.confusion import confusion_curve
from metrics.evaluation.model_metrics import UNINFORMED, ModelFigures, model_figures
from metrics.scenario.scenario import Scenario
from tests import oracles
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import MODERATE, many_rows, rows_on
from tests.metrics.tallied import tally_of

SCALED = rows_on("probability", "percent", "logit", weights=MODERATE)
RATE = st.none() | st.floats(0.001, 0.9)
VOLUME = st.none() | st.sampled_from([100.0, 2.4e6])


def figures_of(data: Rows, scenario: Scenario | None = None, **options) -> list[ModelFigures]:
    tally = tally_of(data, **options)
    scenario = scenario or Scenario()
    return [
        model_figures(tally, confusion_curve(tally, m), scenario) for m in range(len(tally.models))
    ]


def close(value: float) -> object:
    """A value up to rounding."""
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@given(SCALED, RATE, VOLUME)
def test_figures_equal_those_of_rows_reweighted_to_the_defect_rate(
    data: Rows, rate: float | None, volume: float | None
) -> None:
    weights = oracles.weighted_rows(data.labels, data.mass(), rate, volume)
    scenario = Scenario(defect_rate=rate, units_per_year=volume)
    for found, scores in zip(figures_of(data, scenario), data.scores.values(), strict=True):
        p = oracles.probabilities(scores, data.scale)
        weighted = {"sample_weight": weights}
        assert found.log_loss_clipped == close(
            sk.log_loss(data.labels, p, labels=[0, 1], **weighted)
        )
        assert found.log_loss == close(
            oracles.unclipped_log_loss(data.labels, scores, weights, data.scale)
        )
        certain = 0 if data.scale == "logit" else oracles.wrong_with_certainty(data.labels, p)
        assert found.infinite_rows == certain
        assert math.isinf(found.log_loss) == (certain > 0)
        assert found.brier == close(sk.brier_score_loss(data.labels, p, **weighted))
        assert found.calibration_error == close(oracles.calibration_error(data.labels, p, weights))
        assert found.roc_auc.value == close(sk.roc_auc_score(data.labels, scores, **weighted))
        assert found.average_precision.value == close(
            sk.average_precision_score(data.labels, scores, **weighted)
        )


@given(many_rows(), st.integers(2, 20))
def test_losses_do_not_depend_on_the_thresholds(data: Rows, limit: int) -> None:
    for one, few in zip(figures_of(data), figures_of(data, max_thresholds=limit), strict=True):
        for name in ("log_loss", "log_loss_clipped", "brier", "calibration_error"):
            assert getattr(one, name) == getattr(few, name)


@pytest.mark.parametrize("defects", [1, 7, 30])
def test_a_constant_model_has_scikit_learns_figures(defects: int) -> None:
    labels = np.arange(60) < defects
    scores = np.full(60, labels.mean())
    wanted = {
        "log_loss": sk.log_loss(labels, scores),
        "brier": sk.brier_score_loss(labels, scores),
        "roc_auc": sk.roc_auc_score(labels, scores),
        "average_precision": sk.average_precision_score(labels, scores),
    }
    assert {name: of(labels.mean()) for name, of in UNINFORMED.items()} == pytest.approx(wanted)
