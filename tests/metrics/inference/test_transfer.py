"""A threshold carried to other data: counted row by row, and told from chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.transfer import Transfer, assess_transfer, comparable_scenario
from metrics.scenario.scenario import Scenario, Today
from metrics.selection.picks import Bound
from metrics.tally.counting import tally_scores
from tests.metrics.strategies import Rows, as_scores

COST, RECALL, LOSS = (OBJECTIVES[name] for name in ("cost_of_errors", "recall", "log_loss"))


def made(n: int, seed: int, shift: float = 0.0, apart: float = 2.5) -> Rows:
    """Two models of the same units; ``shift`` moves all scores up."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.2).astype(np.int8)
    logits = rng.normal(apart * labels - 2.0 + shift)
    other = rng.normal(1.5 * labels - 2.0 + shift)
    return Rows(labels, {"a": 1 / (1 + np.exp(-logits)), "b": 1 / (1 + np.exp(-other))})


def resampled(rows: Rows, scenario: Scenario, **options: object) -> Bootstrap:
    evaluation = evaluate(tally_scores(as_scores(rows), **options), scenario)  # type: ignore[arg-type]
    return Bootstrap.draw(evaluation, replicates=400)


def cost(rows: Rows, model: str, threshold: float, units: float) -> float:
    flagged = rows.scores[model] >= threshold
    missed, alarms = (rows.labels == 1) & ~flagged, (rows.labels == 0) & flagged
    return float((5 * missed.sum() + alarms.sum()) * units / len(rows.labels))


def judge(
    here: Rows,
    there: Rows,
    threshold: float,
    bound: Bound | None = None,
    limits: Sequence[Bound] = (),
) -> Transfer:
    scenario = Scenario()
    first = resampled(here, scenario)
    both = comparable_scenario(scenario, first.evaluation, ("a", "b"))
    assert both is not None
    first, second = resampled(here, both), resampled(there, both)
    return assess_transfer(COST, "a", threshold, first, second, bound=bound, limits=limits)


def best(rows: Rows, model: str, units: float) -> tuple[float, float]:
    """Cheapest threshold by trying each, and its cost."""
    tried = [(cost(rows, model, t, units), t) for t in np.unique(rows.scores[model])]
    return min(tried)[::-1]


@pytest.mark.parametrize("seed", range(3))
def test_both_sides_are_counted_as_the_rows_say(seed: int) -> None:
    here, there = made(900, seed), made(400, seed + 50, shift=1.0)
    threshold = best(here, "a", 900)[0]
    found = judge(here, there, threshold)
    assert found.here == pytest.approx(cost(here, "a", threshold, 900))
    assert found.there == pytest.approx(cost(there, "a", threshold, 900))
    at, least = best(there, "a", 900)
    assert found.best_threshold == pytest.approx(at)
    assert found.best == pytest.approx(least)
    assert found.regret is not None
    assert found.regret.size == pytest.approx(found.there - least)
    assert found.here_range[0] <= found.here <= found.here_range[1]


def test_the_same_process_holds_and_another_does_not() -> None:
    held, moved = 0, 0
    for seed in range(20):
        here = made(1500, seed)
        threshold = best(here, "a", 1500)[0]
        held += not judge(here, made(1500, seed + 100), threshold).worse
        found = judge(here, made(1500, seed + 100, shift=2.5), threshold)
        moved += found.worse and found.misplaced and not found.holds
    assert held >= 18
    assert moved == 20


def test_worse_is_what_the_difference_of_two_independent_figures_says() -> None:
    """MOVER by hand: 100 [90, 110] against 120 [112, 129] is 20 less sqrt(8^2 + 10^2) = 7.19 above 0."""
    from metrics.inference.transfer import _is_worse

    assert _is_worse(COST, 100, (90, 110), 120, (112, 129))
    assert not _is_worse(COST, 100, (90, 110), 112, (104, 121))
    assert not _is_worse(RECALL, 0.7, (0.6, 0.8), 0.9, (0.8, 0.95))
    assert _is_worse(RECALL, 0.9, (0.85, 0.95), 0.7, (0.6, 0.8))
    assert not _is_worse(COST, math.nan, (90, 110), 120, (112, 129))


def test_a_figure_of_the_whole_model_has_no_threshold_of_its_own() -> None:
    here, there = made(800, 1), made(800, 2)
    first, second = (resampled(rows, Scenario()) for rows in (here, there))
    found = assess_transfer(LOSS, "a", 0.3, first, second)
    p = np.where(there.labels == 1, there.scores["a"], 1 - there.scores["a"])
    assert found.there == pytest.approx(-np.log(p).mean())
    assert found.regret is None
    assert math.isnan(found.best)
    assert found.kept


def test_a_limit_is_judged_on_the_other_data() -> None:
    here, there = made(800, 1), made(800, 2, shift=-3.0)
    threshold = best(here, "a", 800)[0]
    found = judge(here, there, threshold, bound=Bound(RECALL, 0.5))
    caught = (there.scores["a"] >= threshold)[there.labels == 1].mean()
    assert caught < 0.5
    assert not found.kept
    assert not found.holds


def test_shared_limits_break_where_they_were_kept_before() -> None:
    here, there = made(800, 1), made(800, 2, shift=-3.0)
    threshold = best(here, "a", 800)[0]
    recalls = [(d.scores["a"] >= threshold)[d.labels == 1].mean() for d in (here, there)]
    assert recalls[0] > recalls[1]
    between = Bound(RECALL, sum(recalls) / 2)
    never, always = Bound(RECALL, recalls[0] + 0.01), Bound(RECALL, recalls[1])
    found = judge(here, there, threshold, limits=[never, between, always])
    assert found.broken == (between,)
    assert found.fails


def test_where_thresholds_are_fewer_than_scores_the_exact_count_is_used() -> None:
    here, there = made(800, 1), made(700, 2)
    scenario = replace(Scenario(), units_per_year=800.0)
    threshold = 0.123456
    first, coarse = resampled(here, scenario), resampled(there, scenario, max_thresholds=8)
    alone = resampled(there, scenario, thresholds=[np.array([threshold])] * 2)
    found = assess_transfer(COST, "a", threshold, first, coarse, exact=alone)
    assert found.there == pytest.approx(cost(there, "a", threshold, 800))


def test_the_scenario_that_is_carried_over() -> None:
    rows = made(500, 1)
    of = evaluate(tally_scores(as_scores(rows)), Scenario())
    same = comparable_scenario(Scenario(miss_cost=3), of, ("a",))
    assert same == Scenario(miss_cost=3, units_per_year=500.0)
    given = Scenario(units_per_year=1e6, defect_rate=0.03)
    assert comparable_scenario(given, of, ("a",)) == given
    assert comparable_scenario(Scenario(today=Today("b", 0.5)), of, ("a",)) is None


def test_a_limit_on_the_threshold_is_exact_where_the_objective_is_the_models() -> None:
    here, there = made(800, 1), made(700, 2)
    scenario = replace(Scenario(), units_per_year=800.0)
    threshold = 0.123456
    caught = float((there.scores["a"] >= threshold)[there.labels == 1].mean())
    first, coarse = resampled(here, scenario), resampled(there, scenario, max_thresholds=8)
    alone = resampled(there, scenario, thresholds=[np.array([threshold])] * 2)
    bound = Bound(RECALL, caught - 1e-9)
    found = assess_transfer(LOSS, "a", threshold, first, coarse, exact=alone, bound=bound)
    assert found.kept
    p = np.where(there.labels == 1, there.scores["a"], 1 - there.scores["a"])
    assert found.there == pytest.approx(-np.log(p).mean())
