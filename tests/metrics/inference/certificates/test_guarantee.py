"""Tests of limits on rates that are certified at each threshold, with few, many and identical rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.evaluation.shares_of_counts import DEFECTS
from metrics.inference.certificates.certification import Needed, rows_without_failure
from metrics.inference.certificates.guarantee import can_be_guaranteed, guaranteed, is_guaranteed
from metrics.inference.certificates.shares_of_rows import SharesOfRows
from metrics.scenario.scenario import Looks, Payoff, Scenario, Today
from metrics.selection.limits import parse_limit
from metrics.tally.tally import Tally
from tests.metrics.inference.certificates.certified_points import certified_points
from tests.metrics.made_rows import Rows
from tests.metrics.samples import units
from tests.metrics.tallied import tally_of

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


def test_a_monotone_limit_is_tested_exactly_at_each_threshold() -> None:
    rows = units(600, 0.2, seed=4, models=3)
    points = operating_points(tally_of(rows), [])

    def passing(level: float, floor: float, ceiling: float | None) -> set[tuple[str, float]]:
        """Points that pass an exact binomial test of the recall and of the share flagged."""
        kept = set()
        for p in points.to_dict("records"):
            # Probabilities of at least so many catches and of at most so many flagged units, at the limits.
            lucky = binom.sf(p["tp"] - 1, p["tp"] + p["fn"], floor)
            few = 0.0 if ceiling is None else binom.cdf(p["tp"] + p["fp"], 600, ceiling)
            if max(lucky, few) <= level:
                kept.add((p["model"], p["threshold"]))
        return kept

    tally = tally_of(rows)
    assert certified_points(tally, "recall >= 0.7") == passing(0.05 / 3, 0.7, None) != set()
    assert certified_points(tally, "recall >= 0.7", confidence=0.8) == passing(0.2 / 3, 0.7, None)
    # One limit is safest at low thresholds, the other at high ones. Each gets half of the error probability.
    both = certified_points(tally, "recall >= 0.6", "share_flagged <= 0.5")
    assert both == passing(0.05 / 6, 0.6, 0.5) != set()
    per_1000 = certified_points(tally, "missed_defects_per_1000_defects <= 300")
    assert per_1000 == certified_points(tally, "recall >= 0.7")


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
        from_cache = is_guaranteed(evaluation, read, shares=shares)
        assert from_cache.tolist() == is_guaranteed(evaluation, read).tolist()
        assert len(guaranteed(evaluation, limits)) == np.count_nonzero(from_cache)


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


@pytest.mark.parametrize(
    "objective",
    ["recall", "missed_defects_per_1000_defects", "precision", "share_flagged", "missed_defects",
     "missed_defects_per_1000_units", "shipped_defects_per_million", "false_alarms", "flagged_per_day",
     "misclassified_units", "cost_of_errors", "revenue", "revenue_impact", "revenue_impact_percent"],
)  # fmt: skip
@pytest.mark.parametrize("scenario", [PLANT, replace(PLANT, defect_rate=None)], ids=["set", "own"])
def test_with_very_many_rows_the_guarantee_equals_the_figures_of_the_file(
    objective: str, scenario: Scenario
) -> None:
    """With 2 ** 20 copies of each row chance is negligible, so this tests the algebra of each limit."""
    few = tally_of(units(900, 0.2, seed=1, models=2))
    many = replace(few, counts=(few.counts << 20).astype(np.uint32))
    # Only some buckets are tested, so all are made equal.
    mean_bucket = many.counts.sum(axis=0, keepdims=True) // 100
    many = replace(many, counts=np.repeat(mean_bucket, 100, axis=0).astype(np.uint32))
    evaluation = evaluate(many, scenario)
    of_limit = OBJECTIVES[objective]
    points = operating_points(evaluation, [of_limit])
    figures = points[objective].to_numpy()
    ordered = np.sort(figures[np.isfinite(figures)])
    middle = ordered[ordered.size * 3 // 10 : ordered.size * 7 // 10]
    widest = int(np.argmax(np.diff(middle)))  # in the widest gap, rounding cannot decide
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
