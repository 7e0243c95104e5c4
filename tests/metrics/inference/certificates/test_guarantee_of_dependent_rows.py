"""Tests that rows in groups or with weights certify limits with their effective number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta, norm, t

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.operating_points import operating_points
from metrics.evaluation.shares_of_counts import DEFECTS, Share
from metrics.inference.certificates.shares_of_rows import Buckets, SharesOfRows
from metrics.inference.certificates.unit_losses import LossLimit, UnitLosses, independent_units
from metrics.io.hash_buckets import bucket_of
from metrics.scenario.scenario import Scenario, Today
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.kernel import Floats
from tests.metrics.inference.certificates.certified_points import certified_points
from tests.metrics.samples import units
from tests.metrics.tallied import evaluation_of, tally_of


def group_mass(of: Floats) -> float:
    """Mean mass of a row's own group, from the spread of the buckets' masses."""
    return float(of.size / (of.size - 1) * ((of - of.mean()) ** 2).sum() / of.sum())


def slow_trials(
    values: Sequence[tuple[float, float]],
    variance: float,
    unseen: float,
    mass: float,
    level: float,
    blocks: int,
) -> float:
    """Number of independent rows that give the mean as precisely as buckets, each with a mass and a mean.

    ``variance`` is the variance of an independent row in the file, and ``mass`` the mass of a group. The file
    may lack groups in which every row has the value ``unseen``.
    """
    whole = sum(n for n, _ in values)
    mean = sum(n * x for n, x in values) / whole
    seen = sum((n * (x - mean)) ** 2 for n, x in values) * blocks / (blocks - 1)
    seen *= (t.ppf(level, blocks - 1) / norm.ppf(level)) ** 2
    more = -math.log(level)  # groups that may be missing from the file
    total = whole + more * mass
    shifted = (whole * mean + more * mass * unseen) / total
    row = (
        whole * (variance + (mean - shifted) ** 2) + more * mass * (unseen - shifted) ** 2
    ) / total
    groups = whole / mass * (mass * (mean - shifted)) ** 2 + more * (mass * (unseen - shifted)) ** 2
    return whole * total * row / (seen + groups)


def test_rows_in_groups_are_tested_with_their_effective_number() -> None:
    rows = units(600, 0.3, seed=8, models=2)
    of_four = tuple(np.repeat(np.arange(150), 4).astype(str).tolist())
    tally = tally_of(replace(rows, groups=of_four))
    level, wanted = 0.05 / 2, 0.6
    kept = set()
    for m, name in enumerate(tally.models):
        thresholds = [*tally.finite_thresholds(m), np.inf]
        by_bucket = tally.counts[:, m, :, 1].astype(float)
        of = by_bucket.sum(axis=1)
        for k, threshold in enumerate(thresholds):
            caught = by_bucket[:, k + 1 :].sum(axis=1)
            p = caught.sum() / of.sum()
            values = [(n, x / n) for n, x in zip(of, caught, strict=True) if n]
            trials = slow_trials(values, p * (1 - p), 0.0, group_mass(of), level, 100)
            trials = min(trials, of.sum())
            if beta.ppf(level, max(p * trials, 1e-300), (1 - p) * trials + 1) < wanted:
                break
            kept.add((name, threshold))
    everything = operating_points(tally, [])
    distinct = set(zip(everything["model"], everything["threshold"], strict=True))
    assert certified_points(tally, "recall >= 0.6") == kept & distinct != set()


@pytest.mark.parametrize("by_class", [False, True])
def test_a_mean_over_groups_uses_the_spread_of_group_sums(by_class: bool) -> None:
    """Each point has as many independent units as give its variance over the buckets."""
    data = units(900, 0.3, seed=8, models=2)
    groups = tuple(np.repeat(np.arange(225), 4).astype(str).tolist())
    data = replace(data, groups=groups, weights=np.random.default_rng(1).uniform(0.5, 2, 900))
    today = Today("m0", 0.6)
    tally = tally_of(data, by=BreakdownColumns(today=("m0", 0.6)), also=[0.6])
    evaluation = evaluate(tally, Scenario(today=today))
    shares = SharesOfRows(tally, evaluation.curves)
    misses, alarms = np.array([[0.0, 0.0], [5.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 0.0]])
    limit = LossLimit(misses + alarms, 0.0, -(misses + alarms), by_class)
    testing = UnitLosses.of(limit, evaluation, shares).part(Buckets.TESTING)
    samples = independent_units(testing, evaluation, shares, 0.05, slice(None))
    bucket = bucket_of(next(data.labelled_rows()).keys, 100).astype(int)
    weights, of_current = data.mass(), data.scores["m0"] >= 0.6
    for classes, found in zip(limit.samples, samples, strict=True):
        assert found is not None
        tests = (bucket % 3 > 0) & np.isin(data.labels, classes)
        mass = np.bincount(bucket[tests], weights[tests], minlength=100)
        together = group_mass(mass[np.arange(100) % 3 > 0])
        # The worst unit is one that only the current system classifies correctly.
        worst = 5.0 if 1 in classes else 1.0
        wanted = []
        for m, name in enumerate(tally.models):
            for threshold in [*tally.finite_thresholds(m), np.inf]:
                flagged = data.scores[name] >= threshold
                cost = [
                    np.where(data.labels == 1, 5.0 * ~f, 1.0 * f) for f in (flagged, of_current)
                ]
                loss = cost[0] - cost[1]
                sums = np.bincount(bucket[tests], (weights * loss)[tests], minlength=100)
                mean = sums.sum() / mass.sum()
                variance = np.average((loss - mean)[tests] ** 2, weights=weights[tests])
                values = [(n, x / n) for n, x in zip(mass, sums, strict=True) if n]
                wanted.append(slow_trials(values, variance, worst, together, 0.05, 66))
        np.testing.assert_allclose(found, np.minimum(wanted, tests.sum()), rtol=1e-9)


def test_weighted_rows_count_with_their_effective_number() -> None:
    """Kish's effective number follows from the buckets' masses, not from the spread of a share."""
    data = units(1500, 0.3, 3)
    weights = np.exp(0.8 * np.random.default_rng(2).standard_normal(data.labels.size))
    evaluation = evaluation_of(replace(data, weights=weights))
    tally = evaluation.tally
    mass, rows = tally.bucket_mass[:, 1], float(tally.rows[1])
    kish = mass.sum() ** 2 / (mass.size * mass.var(ddof=1))
    assert kish < 0.8 * rows
    shares = SharesOfRows(tally, evaluation.curves)
    trials = shares.share(Share(("tp",), DEFECTS), Buckets.ALL).trials(0.05, is_upper=False)
    assert np.all(trials <= kish + 1e-9)
