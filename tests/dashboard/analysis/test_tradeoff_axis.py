"""Tests of the axis of thresholds: when it is logarithmic, and its intervals that meet the limits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.analysis.decide.tradeoff import stretches
from dashboard.analysis.decide.tradeoff_scales import is_logarithmic


def test_the_axis_is_logarithmic_for_skewed_positive_scores():
    for shift, low, log in ((0.0, 0.3, False), (0.0, 0.001, True), (-2.0, 0.001, False)):
        points = pd.DataFrame(
            {
                "model": ["a"] * 4 + ["b"] * 4,
                "threshold": np.array([low, 0.4, 0.8, np.inf] * 2) + shift,
                "tp": [30.0, 10.0, 5.0, 0.0, 10.0, 9.0, 9.0, 0.0],
                "fp": [20.0, 20.0, 5.0, 0.0, 40.0, 20.0, 1.0, 0.0],
                "fn": [0.0, 20.0, 25.0, 30.0, 20.0, 21.0, 21.0, 30.0],
                "tn": [50.0, 50.0, 65.0, 70.0, 30.0, 50.0, 69.0, 70.0],
            }
        )
        assert is_logarithmic(points) == log


def test_ranges_of_thresholds_are_separate_and_start_at_the_previous_threshold():
    x = np.array([0.1, 0.2, 0.4, 0.7, np.inf])
    kept = np.array([True, False, True, True, False])
    assert stretches(x, kept, "threshold") == ((-np.inf, 0.1), (0.2, 0.7))
    assert stretches(x, ~kept, "threshold") == ((0.1, 0.2), (0.7, np.inf))
    flagged = np.array([1.0, 0.6, 0.5, 0.2, 0.0])
    assert stretches(flagged, kept, "flagged") == ((1.0, 1.0), (0.2, 0.5))
    assert stretches(np.full(5, np.nan), kept, "recall") == ()
