"""Tests of warnings about a small sample, against Kish's effective numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metrics.inference.scarcity import (
    FEW_DEFECTS,
    FEW_GROUPS,
    Scarce,
    Scarcity,
    estimated_groups,
    scarcities,
)
from tests.metrics.made_rows import Rows
from tests.metrics.samples import units
from tests.metrics.tallied import tally_of


def rows_in_groups(count: int, size: int = 4) -> Rows:
    data = units(count * size, 0.3, 7)
    return Rows(
        data.labels, data.scores, groups=tuple(f"g{k // size}" for k in range(count * size))
    )


def test_scarce_data_is_reported() -> None:
    few = tally_of(units(FEW_DEFECTS * 3, 0.2, 1))
    assert few.rows[1] < FEW_DEFECTS
    assert scarcities(few) == (Scarcity(Scarce.DEFECTS, few.rows[1]),)
    many = tally_of(units(1000, 0.3, 1))
    assert many.rows[1] >= FEW_DEFECTS
    assert scarcities(many) == ()
    grouped = tally_of(rows_in_groups(FEW_GROUPS // 2, size=20))
    (scarcity,) = scarcities(grouped)
    assert scarcity.of is Scarce.GROUPS
    assert scarcity.count == pytest.approx(FEW_GROUPS // 2, abs=5)  # estimated from filled buckets
    assert scarcities(replace(grouped, grouped=False)) == ()
    assert scarcities(tally_of(rows_in_groups(4 * FEW_GROUPS))) == ()


def test_groups_of_unequal_size_count_as_fewer() -> None:
    """One of 201 groups holds 30% of the units: by Kish the groups have the information of 11 groups."""
    data = units(2010, 0.3, 7)
    lots = [k if k < 200 else 200 for k in [*np.repeat(np.arange(200), 7), *[200] * 610]]
    tally = tally_of(Rows(data.labels, data.scores, groups=tuple(f"g{k}" for k in lots)))
    (scarcity,) = scarcities(tally)
    kish = 2010**2 / (610**2 + 200 * 7**2)
    assert scarcity.of is Scarce.GROUPS
    assert scarcity.count == pytest.approx(kish, rel=0.35)


def test_defects_of_unequal_value_or_weight_count_as_fewer() -> None:
    """One of thirty defects weighs 100 times as much as another: by Kish 300 defects count as about 15."""
    data = units(1000, 0.3, 3)
    defects = np.flatnonzero(data.labels)
    uneven = np.ones(data.labels.size)
    uneven[defects[::30]] = 100.0
    kish = uneven[defects].sum() ** 2 / (uneven[defects] ** 2).sum()
    valued = tally_of(replace(data, values=uneven))
    assert scarcities(valued) == ()
    (scarcity,) = scarcities(valued, of_values=True)
    assert scarcity.of is Scarce.VALUES
    assert scarcity.count == pytest.approx(kish, rel=0.35)
    even = tally_of(replace(data, values=np.full(data.labels.size, 7.0)))
    assert scarcities(even, of_values=True) == ()
    (scarcity,) = scarcities(tally_of(replace(data, weights=uneven)))
    assert scarcity.of is Scarce.WEIGHTS
    assert scarcity.count == pytest.approx(kish, rel=0.35)


@pytest.mark.parametrize("seed", range(4))
def test_defects_of_equal_weight_count_in_full(seed: int) -> None:
    data = units(60, 0.3, seed)
    alike, defects = np.full(60, 0.3), int(data.labels.sum())
    expected = (Scarcity(Scarce.DEFECTS, defects),)
    tally = tally_of(replace(data, weights=alike, values=alike))
    assert scarcities(tally, of_values=True) == expected
    # With one defect per bucket, Kish's number is exact; otherwise it is approximate.
    uneven = np.where(np.cumsum(data.labels) == 1, 30.0, 1.0)
    of_defects = uneven[data.labels == 1]
    few, weights = scarcities(tally_of(replace(data, weights=uneven)))
    assert (few, weights.of) == (expected[0], Scarce.WEIGHTS)
    assert weights.count == pytest.approx(of_defects.sum() ** 2 / (of_defects**2).sum(), rel=0.1)


def test_the_number_of_groups_is_estimated_within_the_stated_error() -> None:
    """The buckets give the number of fifty groups to within 4."""
    tally = tally_of(rows_in_groups(1))
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        of_bucket = np.bincount(rng.integers(0, 100, 50), minlength=100)
        counts = np.tile(of_bucket[:, None, None, None], (1, 1, 1, 2)).astype(np.uint32)
        found.append(estimated_groups(replace(tally, counts=counts)))
    assert np.mean(found) == pytest.approx(50, rel=0.03)
    assert np.std(found) == pytest.approx(4, rel=0.15)
    full = replace(tally, counts=np.ones((100, 1, 1, 2), np.uint32))
    assert estimated_groups(full) == float("inf")
