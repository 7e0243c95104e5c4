"""Tests of limits that are certified point by point, in an order from other rows, until the first failure."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from metrics.inference.certificates.guarantee import guaranteed
from metrics.io.hash_buckets import bucket_of
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.file.packed_tally import pack_tally, unpack_tally
from tests.metrics.inference.certificates.certified_points import certified_points
from tests.metrics.samples import units
from tests.metrics.tallied import tally_of


def clopper_pearson(k: int, n: int, level: float) -> tuple[float, float]:
    """Clopper and Pearson's one-sided limits, each at a level."""
    return (
        float(beta.ppf(level, k, n - k + 1)) if k else 0.0,
        float(beta.ppf(1 - level, k + 1, n - k)) if k < n else 1.0,
    )


def passing_before_the_first_failure(
    tested: list[tuple[float, bool, str, float]],
) -> set[tuple[str, float]]:
    """Points by decreasing margin, up to the first point that fails its test."""
    kept = set()
    for _, passes, name, threshold in sorted(tested, key=lambda one: -one[0]):
        if not passes:
            break
        kept.add((name, threshold))
    return kept


def test_precision_is_tested_in_an_order_from_other_rows() -> None:
    tally = tally_of(units(800, 0.2, seed=7, models=2))
    orders_it = np.arange(len(tally.counts)) % 3 == 0
    of_both = {orders: tally.counts[orders_it == orders].sum(axis=0) for orders in (True, False)}

    def counted(m: int, k: int, *, orders: bool) -> tuple[int, int]:
        fp, tp = of_both[orders][m].astype(int)[k + 1 :].sum(axis=0)
        return int(tp), int(fp)

    tested = []
    for m, name in enumerate(tally.models):
        for k, threshold in enumerate([*tally.finite_thresholds(m), np.inf]):
            tp, fp = counted(m, k, orders=True)
            p = (tp + 0.5) / (tp + fp + 1)
            share = tp / (tp + fp) if tp + fp else 0.0
            margin = (share - 0.5) / (p * (1 - p) / (tp + fp + 1)) ** 0.5
            tp, fp = counted(m, k, orders=False)
            tested.append((margin, clopper_pearson(tp, tp + fp, 0.05)[0] >= 0.5, name, threshold))
    kept = passing_before_the_first_failure(tested)
    assert certified_points(tally, "precision >= 0.5") == kept != set()


NORMAL = NormalDist()


def bet_on(rows: list[list[float]], most: float, variance: float, highest: float) -> bool:
    """Whether the capital reaches 20 as the losses of the units arrive step by step."""
    log, left = 0.0, sum(map(len, rows))
    for step in rows:
        # Probability that the normal test finally passes, given the capital so far.
        chance = min(0.05 * math.exp(log), 1 - 1e-12)
        density = NORMAL.pdf(NORMAL.inv_cdf(chance)) / chance
        bet = min(density / (variance * left) ** 0.5 if left else math.inf, 0.9 / (highest - most))
        log += sum(math.log(1 + bet * (most - loss)) for loss in step)
        if log >= math.log(20):
            return True
        left -= len(step)
    return False


@pytest.mark.parametrize("limit", ["cost_of_errors <= 450", "revenue_impact_percent >= 5"])
def test_means_are_tested_unit_by_unit_in_an_order_from_other_rows(limit: str) -> None:
    data = units(800, 0.2, seed=7, models=2, shift=2.0)
    today = Today("m0", 0.8)
    scenario = Scenario(payoff=Payoff(2.0, -0.5, -6.0, -0.5), today=today, miss_cost=5)
    by = BreakdownColumns(today=(today.model, today.threshold))
    tally = tally_of(data, by=by, also=[today.threshold])
    bucket = bucket_of(next(data.labelled_rows()).keys, 100).astype(int)
    of_current = data.scores["m0"] >= 0.8
    tests = [b for b in range(100) if b % 3]
    steps = [tests[k::33] for k in range(33)]
    earned = {(0, 0): 2.0, (0, 1): -0.5, (1, 0): -6.0, (1, 1): -0.5}
    every = itertools.product((0, 1), repeat=3)
    most, possible = 0.0, [1.05 * earned[y, c] - earned[y, f] for y, f, c in every]
    if limit.startswith("cost"):
        most, possible = 450 / 800, [0.0, 1.0, 5.0]

    def losses(flagged: np.ndarray) -> np.ndarray:
        if limit.startswith("cost"):
            return np.where(data.labels == 1, 5.0 * ~flagged, 1.0 * flagged)
        pay = [
            np.where(data.labels == 1, np.where(f, -0.5, -6.0), np.where(f, -0.5, 2.0))
            for f in (flagged, of_current)
        ]
        return 1.05 * pay[1] - pay[0]

    which = [np.flatnonzero(np.isin(bucket, step)) for step in steps]
    tested = []
    for m, name in enumerate(tally.models):
        for threshold in [*tally.finite_thresholds(m), np.inf]:
            loss = losses(data.scores[name] >= threshold)
            ordering = loss[bucket % 3 == 0]
            spread = ((ordering - ordering.mean()) ** 2).sum()
            variance = (spread + (np.ptp(possible) / 2) ** 2) / (ordering.size + 1)
            margin = (most - ordering.mean()) / (variance / ordering.size) ** 0.5
            rows = [loss[at].tolist() for at in which]
            passes = bet_on(rows, most, variance, max(possible))
            tested.append((margin, passes, name, threshold))
    kept = passing_before_the_first_failure(tested)
    points = guaranteed(tally, [limit], scenario=scenario)
    assert set(zip(points["model"], points["threshold"], strict=True)) == kept != set()
    of_file = guaranteed(unpack_tally(pack_tally(tally)), [limit], scenario=scenario)
    pd.testing.assert_frame_equal(of_file, points)
    # Without the units flagged by both systems, fewer points pass, and no additional point passes.
    apart = guaranteed(replace(tally, breakdowns=None), [limit], scenario=scenario)
    less = set(zip(apart["model"], apart["threshold"], strict=True))
    assert less < kept if limit.startswith("revenue") else less == kept
