"""A further file: how often its figure lies where it was said, counted over pairs of made files."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.inference.interval_formulas import Interval, wilson_interval
from metrics.inference.prediction import further_file_interval


@pytest.mark.parametrize("further", [200, 400, 1600])
@pytest.mark.parametrize("share", [0.6, 0.9])
def test_the_next_file_lies_inside_in_95_of_100_pairs(further, share):
    rng = np.random.default_rng(3)
    here, there = rng.binomial(400, share, 4000), rng.binomial(further, share, 4000) / further
    mean = wilson_interval(here, 400)
    said = further_file_interval(here / 400, mean, 400 / further)
    held = np.mean((said.low <= there) & (there <= said.high))
    assert held == pytest.approx(0.95, abs=0.015)
    if further == 400:  # that of the mean holds the next file far less often
        assert np.mean((mean.low <= there) & (there <= mean.high)) < 0.87


def test_ends_are_1_41_times_as_far_for_files_of_one_size():
    said = further_file_interval(np.array([100.0]), Interval(np.array([90.0]), np.array([120.0])))
    assert said.low == pytest.approx([100 - 10 * 2**0.5])
    assert said.high == pytest.approx([100 + 20 * 2**0.5])
    with pytest.raises(ValueError, match="above 0"):
        further_file_interval(said.low, said, 0.0)
