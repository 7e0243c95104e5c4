"""Tests of a threshold on other data: its figures, and which objections are reported."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.transfer import (
    CarriedPoint,
    Transfer,
    assess_transfers,
    comparable_scenario,
)
from metrics.scenario.scenario import Scenario, Today
from metrics.selection.limits import Bound
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of, tally_of

COST, RECALL, LOSS = (OBJECTIVES[name] for name in ("cost_of_errors", "recall", "log_loss"))


def draw_rows(n: int, seed: int, shift: float = 0.0, apart: float = 2.5) -> Rows:
    """Two models of the same units; ``shift`` is added to all scores."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.2).astype(np.int8)
    logits = rng.normal(apart * labels - 2.0 + shift)
    other = rng.normal(1.5 * labels - 2.0 + shift)
    return Rows(labels, {"a": 1 / (1 + np.exp(-logits)), "b": 1 / (1 + np.exp(-other))})


def draw_bootstrap(rows: Rows, scenario: Scenario, **options: object) -> Bootstrap:
    evaluation = evaluation_of(rows, scenario, **options)
    return Bootstrap.draw(evaluation, replicates=400)


def cost(
    rows: Rows, model: str, threshold: float, units: float, rate: float | None = None
) -> float:
    """Cost of errors in a number of units, at the defect rate of the rows or another rate."""
    flagged, defective = rows.scores[model] >= threshold, rows.labels == 1
    rate = defective.mean() if rate is None else rate
    missed, alarms = (~flagged)[defective].mean(), flagged[~defective].mean()
    return float(units * (5 * rate * missed + (1 - rate) * alarms))


def judge(
    here: Rows,
    there: Rows,
    threshold: float,
    bound: Bound | None = None,
    limits: Sequence[Bound] = (),
) -> Transfer:
    scenario = Scenario()
    first = draw_bootstrap(here, scenario)
    both = comparable_scenario(scenario, first.evaluation, ("a", "b"))
    assert both is not None
    first, second = draw_bootstrap(here, both), draw_bootstrap(there, both)
    point = CarriedPoint(COST, "a", threshold, bound)
    [found] = assess_transfers([point], first, second, limits=limits)
    return found


def cheapest_threshold(
    rows: Rows, model: str, units: float, rate: float | None = None
) -> tuple[float, float]:
    """Cheapest threshold, found by trying all thresholds, and its cost."""
    tried = [(cost(rows, model, t, units, rate), t) for t in np.unique(rows.scores[model])]
    return min(tried)[::-1]


@pytest.mark.parametrize("seed", range(3))
def test_counts_of_both_data_sets_equal_those_of_the_rows(seed: int) -> None:
    here, there = draw_rows(900, seed), draw_rows(400, seed + 50, shift=1.0)
    threshold = cheapest_threshold(here, "a", 900)[0]
    found = judge(here, there, threshold)
    rate = float(here.labels.mean())
    assert found.here == pytest.approx(cost(here, "a", threshold, 900))
    assert found.there == pytest.approx(cost(there, "a", threshold, 900, rate))
    at, least = cheapest_threshold(there, "a", 900, rate)
    assert found.best_threshold == pytest.approx(at)
    assert found.best == pytest.approx(least)
    assert found.here_range[0] <= found.here <= found.here_range[1]


def test_a_threshold_holds_on_data_of_the_same_process_only() -> None:
    held, moved = 0, 0
    for seed in range(8):
        here = draw_rows(1500, seed)
        threshold = cheapest_threshold(here, "a", 1500)[0]
        held += not judge(here, draw_rows(1500, seed + 100), threshold).worse
        found = judge(here, draw_rows(1500, seed + 100, shift=2.5), threshold)
        moved += found.worse and found.misplaced and not found.holds
    assert held >= 7
    assert moved == 8


def with_fewer_good_units(rows: Rows, keeps: float) -> Rows:
    """Same rows with fewer good units, which changes only the defect rate."""
    rng = np.random.default_rng(9)
    return rows.take(np.flatnonzero((rows.labels == 1) | (rng.random(rows.labels.size) < keeps)))


def test_a_higher_defect_rate_alone_contradicts_no_threshold() -> None:
    here, there = draw_rows(3000, 4), with_fewer_good_units(draw_rows(3000, 104), 0.5)
    threshold = cheapest_threshold(here, "a", 3000)[0]
    assert cost(there, "a", threshold, 3000) > 1.3 * cost(here, "a", threshold, 3000)
    found = judge(here, there, threshold)
    assert found.holds
    assert found.prior is not None
    assert found.prior.is_significant
    assert (found.prior.here, found.prior.there) == (here.labels.mean(), there.labels.mean())
    same = judge(here, draw_rows(3000, 104), threshold)
    assert same.holds
    assert same.prior is not None
    assert not same.prior.is_significant


def test_misses_and_false_alarms_are_tested_separately() -> None:
    here, other = draw_rows(3000, 4), draw_rows(3000, 104)
    threshold = cheapest_threshold(here, "a", 3000)[0]
    rng = np.random.default_rng(9)
    lost = np.where((other.labels == 1) & (rng.random(3000) < 0.4), 0.01, other.scores["a"])
    missed = judge(here, replace(other, scores=other.scores | {"a": lost}), threshold)
    assert (missed.misses_more, missed.flags_more) == (True, False)
    assert missed.fails
    raised = np.where((other.labels == 0) & (rng.random(3000) < 0.2), 0.99, other.scores["a"])
    flagged = judge(here, replace(other, scores=other.scores | {"a": raised}), threshold)
    assert (flagged.misses_more, flagged.flags_more) == (False, True)
    assert flagged.fails


def test_the_rival_threshold_is_chosen_on_other_rows_than_it_is_judged_on() -> None:
    """By hand: the cheapest threshold on every other bucket, evaluated on the other rows, and vice versa."""
    here, there = draw_rows(900, 1), draw_rows(500, 51, shift=1.0)
    threshold = cheapest_threshold(here, "a", 900)[0]
    found = judge(here, there, threshold)
    assert found.regret is not None
    tally = tally_of(there)
    filled = np.flatnonzero(tally.counts.sum(axis=(1, 2, 3)))
    rate, total = here.labels.mean(), 0.0
    weights = rate / there.labels.mean(), (1 - rate) / (1 - there.labels.mean())
    for chooses, counts in ((filled[::2], filled[1::2]), (filled[1::2], filled[::2])):
        costs = []
        for buckets in (chooses, counts):
            good, defect = tally.counts[buckets, 0].sum(axis=0).T.astype(float)
            size = tally.finite_thresholds(0).size + 1
            fn, tn = defect[:size].cumsum(), good[:size].cumsum()
            costs.append(weights[0] * 5 * fn + weights[1] * (good[:size].sum() - tn))
        total += costs[1][np.argmin(costs[0][1:-1]) + 1]
    assert found.regret.size == pytest.approx(found.there - total * 900 / 500)
    assert found.misplaced
    assert found.best <= found.there - found.regret.size


def test_a_pick_within_a_condition_has_no_rival_threshold() -> None:
    here, there = draw_rows(800, 1), draw_rows(800, 2)
    threshold = cheapest_threshold(here, "a", 800)[0]
    assert judge(here, there, threshold).regret is not None
    limit = Bound(RECALL, 0.3)
    assert judge(here, there, threshold, bound=limit).regret is None
    assert judge(here, there, threshold, limits=[limit]).regret is None


def test_a_limit_broken_by_chance_does_not_count_as_broken() -> None:
    here, there = draw_rows(800, 1), draw_rows(800, 3)
    threshold = cheapest_threshold(here, "a", 800)[0]
    recalls = [(d.scores["a"] >= threshold)[d.labels == 1].mean() for d in (here, there)]
    assert 0 < recalls[0] - recalls[1] < 0.08, recalls
    found = judge(here, there, threshold, limits=[Bound(RECALL, recalls[0])])
    assert found.broken == ()


def test_a_figure_of_the_whole_model_has_no_threshold_of_its_own() -> None:
    here, there = draw_rows(800, 1), draw_rows(800, 2)
    first, second = (draw_bootstrap(rows, Scenario()) for rows in (here, there))
    [found] = assess_transfers([CarriedPoint(LOSS, "a", 0.3)], first, second)
    p = np.where(there.labels == 1, there.scores["a"], 1 - there.scores["a"])
    assert found.there == pytest.approx(-np.log(p).mean())
    assert found.regret is None
    assert math.isnan(found.best)
    assert found.meets_condition


def test_a_limit_is_judged_on_the_other_data() -> None:
    here, there = draw_rows(800, 1), draw_rows(800, 2, shift=-3.0)
    threshold = cheapest_threshold(here, "a", 800)[0]
    found = judge(here, there, threshold, bound=Bound(RECALL, 0.5))
    caught = (there.scores["a"] >= threshold)[there.labels == 1].mean()
    assert caught < 0.5
    assert not found.meets_condition
    assert not found.holds


def test_shared_limits_can_break_only_if_they_were_met_before() -> None:
    here, there = draw_rows(800, 1), draw_rows(800, 2, shift=-3.0)
    threshold = cheapest_threshold(here, "a", 800)[0]
    recalls = [(d.scores["a"] >= threshold)[d.labels == 1].mean() for d in (here, there)]
    assert recalls[0] > recalls[1]
    between = Bound(RECALL, sum(recalls) / 2)
    never, always = Bound(RECALL, recalls[0] + 0.01), Bound(RECALL, recalls[1])
    found = judge(here, there, threshold, limits=[never, between, always])
    assert found.broken == (between,)
    assert found.fails


def test_the_exact_count_is_used_if_thresholds_are_fewer_than_scores() -> None:
    here, there = draw_rows(800, 1), draw_rows(700, 2)
    scenario = replace(Scenario(), units_per_year=800.0)
    threshold = 0.123456
    first, coarse = (
        draw_bootstrap(here, scenario),
        draw_bootstrap(there, scenario, max_thresholds=8),
    )
    alone = draw_bootstrap(there, scenario, thresholds=[np.array([threshold])] * 2)
    point = CarriedPoint(COST, "a", threshold)
    [found] = assess_transfers([point], first, coarse, exact=alone)
    assert found.there == pytest.approx(cost(there, "a", threshold, 800))
    of = alone.evaluation
    same = Bootstrap(of, replace(coarse.drawn, tally=of.tally, curves=of.curves))
    [again] = assess_transfers([point], first, coarse, exact=same)
    assert again.there_range == found.there_range


def test_the_scenario_for_other_data_keeps_the_rate_and_volume() -> None:
    rows = draw_rows(500, 1)
    of = evaluation_of(rows)
    same = comparable_scenario(Scenario(miss_cost=3), of, ("a",))
    rate = float(rows.labels.mean())
    assert same == Scenario(miss_cost=3, units_per_year=500.0, defect_rate=rate)
    given = Scenario(units_per_year=1e6, defect_rate=0.03)
    assert comparable_scenario(given, of, ("a",)) == given
    assert comparable_scenario(Scenario(today=Today("b", 0.5)), of, ("a",)) is None
