"""Tests of samples of a figure on new data, which are spread like its interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from metrics.inference.samples_on_new_data import samples_in_interval


def test_samples_have_the_spread_of_the_interval_and_the_order_of_the_replicates() -> None:
    drawn = np.random.default_rng(1).exponential(size=1000)
    samples = samples_in_interval(drawn, 7.0, 4.0, 16.0)
    assert (np.argsort(samples) == np.argsort(drawn)).all()
    for value, end in ((3.0, 4.0), (5.5, 4.0), (7.0, 4.0), (11.5, 16.0), (20.0, 16.0)):
        away = 1.959964 * (value - 7.0) / abs(end - 7.0)
        assert np.mean(samples <= value) == pytest.approx(norm.cdf(away), abs=1e-3)


def test_replicates_that_do_not_vary_are_spread_as_an_interval_that_allows_for_more() -> None:
    """If the file has no miss, no resample has one."""
    samples = samples_in_interval(np.zeros(1000), 0.0, 0.0, 3.7)
    assert np.mean(samples > 3.7) == pytest.approx(0.025, abs=1e-3)
    assert samples.min() == 0


def test_undefined_replicates_stay_undefined_and_without_an_interval_all_stay() -> None:
    drawn = np.array([3.0, np.nan, 1.0, 2.0])
    samples = samples_in_interval(drawn, 0.0, -1.0, np.inf)
    np.testing.assert_array_equal(np.isnan(samples), np.isnan(drawn))
    assert samples[2] < samples[3] == 0.0 < samples[0] == np.inf
    assert samples_in_interval(drawn, 0.0, np.nan, np.nan) is drawn
