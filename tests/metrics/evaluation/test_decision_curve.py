"""Tests of the net benefit against hand calculations and against the rows."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.decision_curve import decision_curve, net_benefit
from metrics.scenario.scenario import Scenario
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of

TEN = Rows(
    np.array([0, 0, 0, 0, 0, 0, 1, 0, 1, 1], np.int8),
    {"m": np.array([0.05, 0.05, 0.1, 0.1, 0.2, 0.3, 0.3, 0.6, 0.7, 0.9])},
)


def curve_of(data: Rows, at: list[float], scenario: Scenario | None = None):
    return decision_curve(evaluation_of(data, scenario or Scenario()), 0, np.array(at))


def test_net_benefit_of_ten_units_by_hand():
    found = curve_of(TEN, [0.2, 0.5, 0.65])
    # At 0.2: flagged 0.2 to 0.9, 3 defects and 3 good units at odds of 1 to 4. At 0.5 the odds are 1 to 1.
    assert found.net_benefit == pytest.approx([(3 - 3 / 4) / 10, (2 - 1) / 10, 2 / 10])
    assert found.flag_everything == pytest.approx(
        [(3 - 7 / 4) / 10, (3 - 7) / 10, (3 - 7 * 0.65 / 0.35) / 10]
    )


def test_a_unit_whose_score_equals_the_threshold_is_flagged():
    below, on, above = curve_of(TEN, [0.59, 0.6, 0.61]).net_benefit
    assert below == pytest.approx((2 - 0.59 / 0.41) / 10)
    assert on == pytest.approx((2 - 0.6 / 0.4) / 10)
    assert above == pytest.approx(2 / 10)


def test_a_defect_rate_reweights_the_classes():
    """3 defects in 10 units represent 1 in 10: a defect weighs 1 / 3, a good unit 9 / 7."""
    found = curve_of(TEN, [0.5], Scenario(defect_rate=0.1))
    assert found.net_benefit == pytest.approx([(2 / 3 - 9 / 7) / 10])
    assert found.flag_everything == pytest.approx([(1 - 9) / 10])


def test_per_cent_and_log_odds_are_converted_to_probabilities():
    at = [0.08, 0.25, 0.65]
    p = TEN.scores["m"]
    for scale, scores in (("percent", 100 * p), ("logit", np.log(p / (1 - p)))):
        data = Rows(TEN.labels, {"m": scores}, scale=scale)  # type: ignore[arg-type]
        assert curve_of(data, at).net_benefit == pytest.approx(curve_of(TEN, at).net_benefit)


def test_a_ranking_has_no_decision_curve():
    found = curve_of(Rows(TEN.labels, TEN.scores, scale="rank"), [0.2])
    assert np.isnan(found.net_benefit).all()
    assert found.flag_everything == pytest.approx([(3 - 7 / 4) / 10])


def test_net_benefit_without_units_is_undefined():
    none = Confusion(*(np.zeros(1) for _ in range(4)))
    assert np.isnan(net_benefit(none, 0.2)).all()
