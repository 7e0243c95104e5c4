"""Tests of the best pair of thresholds against all pairs, with ties, weights and limited inspection."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.confusion import confusion_curve
from metrics.scenario.inspection import Inspection
from metrics.selection.cheapest_inspection_band import InspectionBand, cheapest_band
from tests.metrics.made_rows import Rows
from tests.metrics.samples import tenths, units
from tests.metrics.tallied import tally_of

Key = tuple[float, float, float, float, float]
"""Cost, misses, inspected units, and both thresholds of a band."""


def cheapest_of_all_pairs(
    data: Rows, inspection: Inspection, price: np.ndarray, at_most: float
) -> Key:
    """Best band of all pairs of thresholds; ``price`` is each row's cost of a miss."""
    scores = next(iter(data.scores.values()))
    mass = np.ones(scores.size) if data.weights is None else data.weights
    bad = data.labels == 1
    pairs = []
    thresholds = [*np.unique(scores).tolist(), np.inf]
    for k, low in enumerate(thresholds):
        for high in thresholds[k:]:
            shipped, rejected = scores < low, scores >= high
            seen = ~shipped & ~rejected
            inspected = mass[seen].sum()
            if inspected > at_most * mass.sum() + 1e-9:
                continue
            missed = mass * bad * (shipped + seen * (1 - inspection.catches))
            fp = mass[~bad & rejected].sum() + inspection.rejects * mass[~bad & seen].sum()
            cost = float(price @ missed) + fp + inspection.false_alarms * inspected
            pairs.append((cost, missed.sum(), inspected, low, high))
    least = min(p[0] for p in pairs)
    equal = [p for p in pairs if p[0] <= least + 1e-9 * abs(least) + 1e-12]
    return min(equal, key=lambda p: (round(p[1], 7), round(p[2], 7), p[3], p[4]))


def key_of(band: InspectionBand) -> Key:
    """A band as `cheapest_of_all_pairs` gives it."""
    return band.cost, band.fn, band.inspected, band.ship_below, band.reject_from


@given(
    scores=st.lists(st.integers(1, 9), min_size=2, max_size=14),
    defects=st.integers(0, 2**14 - 1),
    weighted=st.booleans(),
    cost=st.sampled_from([0.0, 0.25, 0.5, 2.0]),
    catches=st.sampled_from([0.0, 0.5, 0.75, 1.0]),
    rejects=st.sampled_from([0.0, 0.125, 1.0]),
    prices=st.lists(st.sampled_from([0.5, 2.0, 9.0]), min_size=14, max_size=14)
    | st.sampled_from([1.0, 4.0]),
    at_most=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
)
def test_the_band_is_the_cheapest_of_all_pairs_of_thresholds(
    scores: list[int],
    defects: int,
    weighted: bool,
    cost: float,
    catches: float,
    rejects: float,
    prices: list[float] | float,
    at_most: float,
) -> None:
    data = tenths(scores, defects, weighted=weighted)
    inspection = Inspection(false_alarms=cost, catches=catches, rejects=rejects)
    curve = confusion_curve(tally_of(data), 0)
    price = (
        np.full(data.labels.size, prices)
        if isinstance(prices, float)
        else np.array(prices)[: data.labels.size]
    )
    miss_cost = prices if isinstance(prices, float) else np.nan
    if isinstance(prices, list):  # kinds with prices: summed below each threshold
        lost = np.where(data.labels == 1, price * data.mass(), 0)
        below = np.array([lost[data.scores["a"] < t].sum() for t in curve.thresholds])
        curve = replace(curve, counts=replace(curve.counts, missed_price=below))
    band = cheapest_band(curve, inspection, miss_cost=miss_cost, at_most=at_most)
    wanted = cheapest_of_all_pairs(data, inspection, price, at_most)
    assert key_of(band) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_a_scenario_reweights_the_classes() -> None:
    """Counts times their factors equal the counts of weighted rows."""
    data = units(120, 0.3, seed=5)
    curve = confusion_curve(tally_of(data), 0)
    weighted = Rows(data.labels, data.scores, weights=np.where(data.labels == 1, 2.0, 3.0))
    inspection = Inspection(false_alarms=0.2, catches=0.9, rejects=0.05)
    scaled = cheapest_band(curve, inspection, miss_cost=5, factors=(2.0, 3.0))
    wanted = cheapest_of_all_pairs(weighted, inspection, np.full(120, 5.0), 1.0)
    assert key_of(scaled) == pytest.approx(wanted, rel=1e-9)
