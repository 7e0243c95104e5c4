"""Tests of points certified to meet limits: by hand, by slow implementations, and with many or equal rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, binom, norm, t

from metrics.evaluation.evaluation import Evaluation, evaluate
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.evaluation.shares_of_counts import DEFECTS, Share
from metrics.inference.certificates.certification import (
    Needed,
    Standing,
    certification,
    rows_without_failure,
)
from metrics.inference.certificates.guarantee import can_be_guaranteed, guaranteed, is_guaranteed
from metrics.inference.certificates.shares_of_rows import Buckets, SharesOfRows
from metrics.inference.certificates.unit_losses import LossLimit, UnitLosses, independent_units
from metrics.io.hash_buckets import bucket_of
from metrics.scenario.scenario import Looks, Payoff, Scenario, Today
from metrics.selection.limits import parse_limit
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.file.packed_tally import pack_tally, unpack_tally
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally
from tests.metrics.made_rows import Rows
from tests.metrics.samples import units
from tests.metrics.tallied import evaluation_of, tally_of

PLANT = Scenario(
    miss_cost=4,
    defect_rate=0.05,
    units_per_year=10_000,
    payoff=Payoff(2.0, -0.5, -12.0, -0.5),
    today=Today("m1", 0.4),
)


LOSS = Payoff(1.0, 0.0, -90.0, 0.0)
"""Payoffs at which shipping every unit loses money."""


def without_a_miss(defects: int, models: int) -> Tally:
    """Defects that every model scores 0.9, and the same number of good units scored 0.1."""
    labels = np.repeat(np.array([1, 0], np.int8), defects)
    scores = {f"m{k}": np.repeat([0.9, 0.1], defects) for k in range(models)}
    return tally_of(Rows(labels, scores))


def certified_points(
    tally: Tally | Evaluation, *limits: str, confidence: float = 0.95
) -> set[tuple[str, float]]:
    points = guaranteed(tally, limits, confidence=confidence)
    return set(zip(points["model"], points["threshold"], strict=True))


@pytest.mark.parametrize(("models", "needed"), [(1, 29), (11, 52)])
def test_the_number_of_defects_without_a_miss_certifies_a_recall(models: int, needed: int) -> None:
    enough, fewer = without_a_miss(needed, models), without_a_miss(needed - 1, models)
    assert ("m0", 0.9) in certified_points(enough, "recall >= 0.9")
    assert certified_points(fewer, "recall >= 0.9") == set()
    limit = parse_limit("recall >= 0.9")
    evaluation = evaluate(fewer, Scenario())
    assert rows_without_failure(limit, evaluation) == Needed(needed, DEFECTS)
    easier = rows_without_failure(limit, evaluation, 0.5)
    assert easier is not None
    assert easier.count < needed
    either_way = parse_limit("precision >= 0.9")
    assert rows_without_failure(either_way, evaluation) is None


def exact(k: int, n: int, level: float) -> tuple[float, float]:
    """Clopper and Pearson's one-sided limits, each at a level."""
    return (
        float(beta.ppf(level, k, n - k + 1)) if k else 0.0,
        float(beta.ppf(1 - level, k + 1, n - k)) if k < n else 1.0,
    )


def test_a_monotone_limit_is_tested_exactly_at_each_threshold() -> None:
    rows = units(600, 0.2, seed=4, models=3)
    points = operating_points(tally_of(rows), [])

    def twin(level: float, floor: float, ceiling: float | None) -> set[tuple[str, float]]:
        kept = set()
        for p in points.to_dict("records"):
            # Probability of catching at least this number if the recall is the limit, and of flagging so few.
            lucky = binom.sf(p["tp"] - 1, p["tp"] + p["fn"], floor)
            few = 0.0 if ceiling is None else binom.cdf(p["tp"] + p["fp"], 600, ceiling)
            if max(lucky, few) <= level:
                kept.add((p["model"], p["threshold"]))
        return kept

    tally = tally_of(rows)
    assert certified_points(tally, "recall >= 0.7") == twin(0.05 / 3, 0.7, None) != set()
    assert certified_points(tally, "recall >= 0.7", confidence=0.8) == twin(0.2 / 3, 0.7, None)
    # Limits with safe ends on both sides share the error probability.
    both = certified_points(tally, "recall >= 0.6", "share_flagged <= 0.5")
    assert both == twin(0.05 / 6, 0.6, 0.5) != set()
    per_1000 = certified_points(tally, "missed_defects_per_1000_defects <= 300")
    assert per_1000 == certified_points(tally, "recall >= 0.7")


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

    ``variance`` is that of an independent row in the file, and ``mass`` that of a group. There are more
    groups than in the file, which fail whole.
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


@pytest.mark.parametrize(
    "limits", [("recall >= 0.6",), ("cost_of_errors <= 700",), ("revenue_impact >= 0",)]
)
def test_cached_shares_of_other_limits_and_scenarios_change_nothing(
    limits: tuple[str, ...],
) -> None:
    rows = units(600, 0.2, seed=9, models=2)
    tally = tally_of(replace(rows, groups=tuple(f"{k % 90}" for k in range(600))))
    first = evaluate(tally, Scenario())
    shares = SharesOfRows(tally, first.curves)
    for scenario in (Scenario(), PLANT, replace(PLANT, today=Today("m0", 0.6))):
        evaluation = evaluate(tally, scenario)
        read = [parse_limit(one) for one in limits]
        kept = is_guaranteed(evaluation, read, shares=shares)
        anew = is_guaranteed(evaluation, read)
        assert kept.tolist() == anew.tolist()
        assert len(guaranteed(evaluation, limits)) == np.count_nonzero(kept)


def test_a_limit_is_certified_or_met_here_or_not_met() -> None:
    evaluation = evaluation_of(units(600, 0.2, seed=4, models=3))
    points = operating_points(evaluation, [OBJECTIVES["recall"], OBJECTIVES["share_flagged"]])
    limits = [parse_limit("recall >= 0.7"), parse_limit("share_flagged <= 0.4")]
    found = certification(evaluation, limits)
    of_each = [is_guaranteed(evaluation, [limit]).tolist() for limit in limits]
    together = is_guaranteed(evaluation, limits).tolist()
    seen = set()
    for k, point in enumerate(points.to_dict("records")):
        met = [limit.holds(point[limit.objective.id]) for limit in limits]
        for j in (0, 1):
            wanted = Standing.CERTIFIED if of_each[j][k] else Standing.MET
            standing = found.standing(j, k, is_met=met[j])
            assert standing is (wanted if met[j] else Standing.NOT_MET)
            seen.add(standing)
        of_both = found.standing_of_all(k, are_met=all(met))
        wanted = Standing.CERTIFIED if together[k] else Standing.MET
        assert of_both is (wanted if all(met) else Standing.NOT_MET)
    assert seen == set(Standing)
    # A limit without a test is never certified, nor is a combination with it.
    mixed = certification(evaluation, [limits[0], parse_limit("log_loss <= 5")])
    assert mixed.each[1] is None
    assert mixed.together is mixed.each[0] is not None
    first = of_each[0].index(True)
    assert mixed.standing(0, first, is_met=True) is Standing.CERTIFIED
    assert mixed.standing_of_all(first, are_met=True) is Standing.MET
    assert certification(evaluation, [parse_limit("log_loss <= 5")]).together is None


def in_order_until_the_first_failure(
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
            tested.append((margin, exact(tp, tp + fp, 0.05)[0] >= 0.5, name, threshold))
    kept = in_order_until_the_first_failure(tested)
    assert certified_points(tally, "precision >= 0.5") == kept != set()


NORMAL = NormalDist()


def bet_on(rows: list[list[float]], most: float, variance: float, highest: float) -> bool:
    """True if the capital reaches 20 while losses of some units arrive, computed step by step."""
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
    kept = in_order_until_the_first_failure(tested)
    points = guaranteed(tally, [limit], scenario=scenario)
    assert set(zip(points["model"], points["threshold"], strict=True)) == kept != set()
    of_file = guaranteed(unpack_tally(pack_tally(tally)), [limit], scenario=scenario)
    pd.testing.assert_frame_equal(of_file, points)
    # Without the units flagged by both systems, fewer points pass, and no additional point passes.
    apart = guaranteed(replace(tally, breakdowns=None), [limit], scenario=scenario)
    less = set(zip(apart["model"], apart["threshold"], strict=True))
    assert less < kept if limit.startswith("revenue") else less == kept


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


def test_the_error_probability_is_divided_among_the_looks() -> None:
    tally = tally_of(units(900, 0.3, seed=5, models=2))
    limits = ["recall >= 0.7"]
    once = guaranteed(tally, limits, confidence=1 - 0.05 / 4)
    of_four = guaranteed(tally, limits, looks=4)
    pd.testing.assert_frame_equal(of_four, once)
    pd.testing.assert_frame_equal(
        of_four, guaranteed(tally, limits, scenario=Scenario(looks=Looks(4)))
    )
    assert len(of_four) < len(guaranteed(tally, limits))
    evaluation = evaluate(tally, Scenario(looks=Looks(10, 3)))
    needed = rows_without_failure(parse_limit("recall >= 0.9"), evaluation)
    assert needed == Needed(57, DEFECTS)  # 0.9 ** 57 <= 0.05 / 20 < 0.9 ** 56


EVERY = [
    ("recall", "missed_defects_per_1000_defects", "precision", "share_flagged"),
    ("missed_defects_per_1000_units", "shipped_defects_per_million", "missed_defects"),
    ("false_alarms", "misclassified_units", "cost_of_errors", "flagged_per_day"),
    ("revenue", "revenue_impact", "revenue_impact_percent"),
]


@pytest.mark.parametrize("objective", [name for row in EVERY for name in row])
@pytest.mark.parametrize("scenario", [PLANT, replace(PLANT, defect_rate=None)], ids=["set", "own"])
def test_with_very_many_rows_the_guarantee_equals_the_figures_of_the_file(
    objective: str, scenario: Scenario
) -> None:
    """With 2 ** 20 copies of each row chance is negligible, so this tests the algebra of each limit."""
    few = tally_of(units(900, 0.2, seed=1, models=2))
    many = replace(few, counts=(few.counts << 20).astype(np.uint32))
    # The tested buckets must have the same figures as all buckets.
    first = many.counts.sum(axis=0, keepdims=True) // 100
    many = replace(many, counts=np.repeat(first, 100, axis=0).astype(np.uint32))
    evaluation = evaluate(many, scenario)
    of_limit = OBJECTIVES[objective]
    points = operating_points(evaluation, [of_limit])
    figures = points[objective].to_numpy()
    ordered = np.sort(figures[np.isfinite(figures)])
    middle = ordered[ordered.size * 3 // 10 : ordered.size * 7 // 10]
    widest = int(np.argmax(np.diff(middle)))  # a value to which no figure is equal, up to rounding
    value = float(middle[widest : widest + 2].mean())
    for compare in ("<=", ">="):
        kept = certified_points(evaluation, f"{objective} {compare} {value!r}")
        truly = figures <= value if compare == "<=" else figures >= value
        wanted = points[truly]
        assert kept == set(zip(wanted["model"], wanted["threshold"], strict=True)) != set()


NO_RATE = "a limit to guarantee must be on a rate of counts.*got '{}'"


@pytest.mark.parametrize(
    ("limits", "options", "message"),
    [
        (["log_loss <= 1"], {}, NO_RATE.format("log_loss <= 1")),
        (["missed_value <= 3"], {}, NO_RATE.format("missed_value <= 3")),
        (["f1 >= 0.2"], {}, NO_RATE.format("f1 >= 0.2")),
        (["recall"], {}, "a limit must read like 'recall >= 0.8', got 'recall'"),
        (["nothing >= 1"], {}, "an objective must be one of .*, got 'nothing'"),
        ([], {}, "there must be a limit to guarantee, got none"),
        (["recall >= 0.7"], {"looks": 0}, "number of looks must be 1 or more"),
        *(
            (["recall >= 0.5"], {"confidence": share}, "confidence must be above 0 and below 1")
            for share in (0.0, 1.0, 95.0)
        ),
    ],
    ids=str,
)
def test_limits_that_cannot_be_certified_are_refused(
    limits: list[str], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        guaranteed(without_a_miss(5, 1), limits, **options)


def test_a_limit_per_day_without_a_volume_cannot_be_guaranteed() -> None:
    evaluation = evaluate(without_a_miss(5, 1), Scenario())
    assert not can_be_guaranteed(parse_limit("flagged_per_day <= 3"), evaluation)
    assert can_be_guaranteed(parse_limit("false_alarms <= 3"), evaluation)


@pytest.mark.parametrize(
    ("limit", "payoff"),
    [
        # The current system loses money here, so that no change is a share of its earnings.
        pytest.param("revenue_impact_percent >= 10", LOSS, id="at least, in per cent of a loss"),
        pytest.param("revenue_impact_percent <= 10", LOSS, id="at most, in per cent of a loss"),
        pytest.param("revenue >= 0", None, id="without payoffs"),
    ],
)
def test_an_undefined_revenue_is_never_certified(limit: str, payoff: Payoff | None) -> None:
    evaluation = evaluate(without_a_miss(500, 1), Scenario(payoff=payoff))
    revenue = parse_limit(limit).objective
    assert operating_points(evaluation, [revenue])[revenue.id].isna().all()
    assert certified_points(evaluation, limit) == set()


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
