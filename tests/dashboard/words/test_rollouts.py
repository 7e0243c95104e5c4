"""Tests of the words about what went live."""

from __future__ import annotations

import math

import pytest

from dashboard.decisions.decision import Spot
from dashboard.decisions.rollouts import Step
from dashboard.decisions.signature import Rollout
from dashboard.words.decisions.rollouts import signed_threshold, step_rows
from tests.dashboard.signatures import signature


@pytest.mark.parametrize(
    ("at", "words", "signed"),
    [
        (0.500173, "boosting at 0.5", "0.5"),
        (-1.23456789, "boosting at −1.23", "−1.23"),
        (0.123456789, "boosting at 0.123456", "0.123456789"),  # six digits may flag other units
        (0.62, "boosting, inspected from 0.3 to 0.62", "0.62"),
        (math.inf, "boosting, flag nothing", "flag nothing"),
    ],
)
def test_another_threshold_than_the_signed_one_is_marked(at, words, signed):
    spot = Spot("boosting", at, words)
    assert signed_threshold(spot) == signed

    def written(threshold: float, superseded_by: int | None = None) -> str:
        rollout = Rollout("line 3", "v1", threshold, 0)
        step = Step(signature("0" * 64, "goes live", rollout=rollout), rollout, superseded_by)
        return step_rows([step], spot)[0][4]

    assert written(0.9) == f"0.9, signed: {signed}"
    assert written(0.9, superseded_by=2) == "0.9"  # signed on decision 2
    if math.isfinite(at):
        assert written(at) == str(at).replace("-", "−")
        assert written(float(signed.replace("−", "-"))) == signed
