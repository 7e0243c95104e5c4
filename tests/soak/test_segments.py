"""Tests that intervals of segments hold the truth: those of all segments, and that of the worst segment."""

from __future__ import annotations

import pytest

from tests.soak import segments
from tests.soak.generated_scores import Cell


def test_intervals_of_all_segments_hold_their_truth_at_once():
    held = segments.coverage_by_class(Cell(500, 0.3), 40)
    assert min(held.values()) >= segments.LEAST


def test_the_interval_of_the_worst_segment_holds_after_the_worst_was_picked():
    worst = segments.simulate_worst(*segments.WORST["eight parts alike"], 200)
    # All eight recalls are 0.7. The smallest observed recall is far below, and shrinking corrects that.
    assert worst.value < 0.55
    assert worst.shrunken == pytest.approx(0.7, abs=0.05)
    assert worst.holds >= 95
