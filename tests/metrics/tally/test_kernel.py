"""Tests that the inner loop finds the same bin as comparing with every threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.tally.kernel import CALIBRATION_BINS, RANK, Floats, count_rows, empty, lookup
from tests.metrics.strategies import ANY, ANY_CORNERS, PROBABILITIES, neighbours

SCORES = (
    st.lists(ANY, min_size=1, max_size=20)
    | st.lists(st.sampled_from(ANY_CORNERS), min_size=1, max_size=12)
    | neighbours(12, ANY)
    | neighbours(12, PROBABILITIES)
)


def count(scores: Floats, thresholds: Floats) -> tuple[list[int], list[int], list[float]]:
    """Rows in each bin, number of scores that equal no threshold, and highest score of each bin."""
    shape = (1, thresholds.size + 1, 2)
    counts, between = np.zeros(shape, np.uint32), np.zeros(2, np.int64)
    highest = np.full(thresholds.size + 1, -np.inf)
    count_rows(
        scores,
        np.array([0, 0, scores.size]),
        0,
        1,
        empty(),
        empty(),
        thresholds,
        *lookup(thresholds),
        RANK,
        counts,
        np.empty((0, 0, 0)),
        np.empty((0, 0, 0)),
        np.zeros((1, 2, 3)),
        np.zeros((1, 2), np.int64),
        between,
        highest,
        np.zeros((1, CALIBRATION_BINS, 2, 2)),
    )
    assert counts[0, :, 0].sum() == between[0] == 0
    return counts[0, :, 1].tolist(), between.tolist(), highest.tolist()


@given(SCORES, SCORES)
def test_every_row_is_in_the_bin_found_by_comparison(
    drawn: list[float], wanted: list[float]
) -> None:
    scores = np.array(drawn)
    for chosen in ([*wanted], [*drawn], [*wanted, *drawn]):
        thresholds = np.unique(np.array(chosen) + 0.0)
        bins = [sum(t <= s for t in thresholds.tolist()) for s in drawn]
        counts, between, highest = count(scores, thresholds)
        assert counts == [bins.count(b) for b in range(thresholds.size + 1)]
        assert between == [0, sum(s not in thresholds.tolist() for s in drawn)]
        assert highest == [
            max(
                (s for s, its_bin in zip(drawn, bins, strict=True) if its_bin == b), default=-np.inf
            )
            for b in range(thresholds.size + 1)
        ]


@pytest.mark.parametrize(
    "thresholds",
    [
        np.array([-1.7e308, 1.7e308]),
        np.array([0.0, 5e-324, 1e-323]),
        np.append(0.5 + np.arange(5000) * 2.0**-53, 1e12),
        np.linspace(0.0, 1.0, 20_001),
    ],
    ids=["span that overflows", "span too small to divide", "one full cell", "more than cells"],
)
def test_bins_are_right_where_the_lookup_table_cannot_separate_thresholds(
    thresholds: Floats,
) -> None:
    near = [np.nextafter(thresholds, -np.inf), thresholds, np.nextafter(thresholds, np.inf)]
    scores = np.concatenate(near)
    bins = np.searchsorted(thresholds, scores, side="right")
    assert count(scores, thresholds)[0] == np.bincount(bins, minlength=thresholds.size + 1).tolist()


def test_without_thresholds_there_is_one_bin() -> None:
    assert count(np.array([0.1, 0.9]), np.empty(0)) == ([2], [0, 2], [0.9])
