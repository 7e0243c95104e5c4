"""Tests of the smallest share of any category: its interval by hand, and its lead after shrinking."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta

from metrics.inference.category_intervals import flagged_share_interval, worst_share
from metrics.tally.breakdown import Breakdown


def breakdown_of(caught: list[int], defects: list[int]) -> Breakdown:
    """Breakdown with given numbers of defects, and of defects caught at 0.5, and ten good units per part."""
    counts = np.zeros((1, len(caught), 1, 2, 2), np.int64)
    counts[0, :, 0, 0, 0] = 10
    counts[0, :, 0, 1, 1] = caught
    counts[0, :, 0, 0, 1] = np.subtract(defects, caught)
    names = tuple(f"part {k}" for k in range(len(caught)))
    return Breakdown("part", names, ("a",), np.array([[0.5]]), counts)


def test_the_interval_of_the_worst_part_allows_for_the_selection() -> None:
    """Each lower limit fails with a probability of 2.5%. The upper limits share 2.5%."""
    caught, defects = [6, 15, 70], [12, 20, 100]
    found = worst_share([breakdown_of(caught, defects)], "a", 0.5, independent=True)
    low = [beta.ppf(0.025, k, n - k + 1) for k, n in zip(caught, defects, strict=True)]
    high = [beta.ppf(1 - 0.025 / 3, k + 1, n - k) for k, n in zip(caught, defects, strict=True)]
    assert found.value == 0.5
    assert found.low == pytest.approx(min(low))
    assert found.high == pytest.approx(min(high))
    assert found.high < beta.ppf(1 - 0.025 / 3, 7, 6)  # the large part also limits the worst one


def test_parts_of_several_columns_are_one_family() -> None:
    first, second = breakdown_of([6, 15], [12, 20]), breakdown_of([9, 12], [16, 16])
    found = worst_share([first, second], "a", 0.5, independent=True)
    whole = worst_share(
        [breakdown_of([6, 15, 9, 12], [12, 20, 16, 16])], "a", 0.5, independent=True
    )
    assert (found.value, found.low, found.high) == (whole.value, whole.low, whole.high)


def test_shrinking_removes_a_chance_lead_and_keeps_a_clear_one() -> None:
    alike = worst_share([breakdown_of([13, 14, 15], [20, 20, 20])], "a", 0.5, independent=True)
    assert alike.value == 0.65
    assert alike.shrunken == pytest.approx(0.7)
    # By hand: mean 0.5, Q = 1000 (0.3^2 + 0.3^2) / 0.25 = 720, spread (720 - 1) 0.25 / 1000 = 0.17975.
    clear = worst_share([breakdown_of([200, 800], [1000, 1000])], "a", 0.5, independent=True)
    assert clear.shrunken == pytest.approx(0.5 - 0.3 * 0.17975 / (0.17975 + 0.00025))


def test_parts_without_a_defect_are_skipped() -> None:
    some = worst_share([breakdown_of([6, 0], [12, 0])], "a", 0.5, independent=True)
    alone = worst_share([breakdown_of([6], [12])], "a", 0.5, independent=True)
    assert some == alone
    none = worst_share([breakdown_of([0], [0])], "a", 0.5, independent=True)
    assert math.isnan(none.value)
    assert math.isnan(none.high)


def test_rows_in_groups_give_wider_intervals() -> None:
    """Every bucket is a group that is caught or missed completely."""
    counts = np.zeros((100, 2, 1, 2, 2), np.int64)
    caught = np.random.default_rng(1).random((100, 2)) < 0.7
    counts[:, :, 0, 1, 1], counts[:, :, 0, 0, 1] = 5 * caught, 5 * ~caught
    grouped = Breakdown("part", ("x", "y"), ("a",), np.array([[0.5]]), counts)
    apart = worst_share([grouped], "a", 0.5, independent=True)
    found = worst_share([grouped], "a", 0.5, independent=False)
    assert found.low < apart.low
    assert found.high > apart.high
    both = flagged_share_interval(grouped, "a", 0.5, 1, independent=False)
    assert found.low >= both.low.min()
    assert found.high == pytest.approx(both.high.min())
