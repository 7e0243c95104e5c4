"""Tests of rates of confusion counts against their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation import rates
from metrics.evaluation.confusion import Confusion

COUNTS = st.integers(0, 50)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_rates_equal_their_formulas_and_are_undefined_for_a_division_by_zero(
    tp: int, fp: int, fn: int, tn: int
) -> None:
    def over(part: float, whole: float) -> float:
        return part / whole if whole else math.nan

    counts = Confusion(*(np.array([x]) for x in (tp, fp, fn, tn)))
    wanted = {
        rates.recall: over(tp, tp + fn),
        rates.precision: over(tp, tp + fp),
        rates.share_flagged: over(tp + fp, tp + fp + fn + tn),
        rates.false_alarm_rate: over(fp, fp + tn),
        rates.shipped_defect_rate: over(fn, fn + tn),
        rates.f1: over(2 * tp, 2 * tp + fp + fn),
        rates.youden_j: over(tp, tp + fn) - over(fp, fp + tn),
        rates.mcc: over(
            tp * tn - fp * fn, math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
        ),
    }
    for rate, value in wanted.items():
        assert rate(counts)[0] == pytest.approx(value, nan_ok=True)
