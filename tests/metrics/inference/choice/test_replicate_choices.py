"""Tests of the choices in resamples, against computing one replicate after another by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.inference.bootstrap import FOR_A_MEAN, Bootstrap
from metrics.inference.choice.optimism import (
    mean_optimism,
    optimism_of_choice,
    optimism_of_choices,
)
from metrics.inference.choice.replicate_choices import (
    ReplicateChoices,
    choose_in_replicates,
    figures_in_both,
)
from metrics.scenario.scenario import Payoff, Scenario, Today
from metrics.selection.choice import Choice, CompromiseChoice
from metrics.selection.limits import Bound, as_margin
from metrics.selection.picks import pick
from tests import oracles
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of

COST, RECALL, MISSED, ALARMS, LOSS = (
    OBJECTIVES[name]
    for name in ("cost_of_errors", "recall", "missed_defects", "false_alarms", "log_loss")
)
MISS = 5.137
"""Cost of a miss with which two sums of misses and alarms are equal only if their counts are."""
LEAST = Bound(RECALL, 0.6)
FEW = Bound(OBJECTIVES["share_flagged"], 0.45)
PICKS = (Choice(MISSED, FEW), Choice(ALARMS, LEAST), Choice(COST))
MISSES_NONE = (Choice(MISSED, Bound(OBJECTIVES["share_flagged"], 0.99)), *PICKS[1:])
"""Picks of which the first catches all defects in every replicate."""


@pytest.fixture(scope="module")
def rows() -> Rows:
    rng = np.random.default_rng(11)
    labels = (rng.random(300) < 0.2).astype(np.int8)
    scores = {
        f"m{k}": np.round(1 / (1 + np.exp(2 - 1.6 * labels - rng.normal(size=300))), 2)
        for k in range(4)
    }
    return Rows(labels, scores)


@pytest.fixture(scope="module")
def bootstrap(rows: Rows) -> Bootstrap:
    evaluation = evaluation_of(rows, Scenario(miss_cost=MISS))
    return Bootstrap.draw(evaluation, replicates=150, seed=4)


Point = tuple[str, float]
Figures = dict[str, float]


def by_hand(rows: Rows, weights: np.ndarray) -> dict[Point, Figures]:
    """Figures of all points that flag some units but not all, on the rows that a replicate draws."""
    n = rows.labels.size
    bucket = np.array([oracles.bucket(f"unit-{k}") for k in range(n)])
    times = weights[bucket] * n / weights[bucket].sum()
    defects, out = times[rows.labels == 1].sum(), {}
    for model, scores in rows.scores.items():
        for threshold in np.unique(scores).tolist():
            flagged = scores >= threshold
            caught, alarms = (times[flagged & (rows.labels == kind)].sum() for kind in (1, 0))
            if 1e-9 < caught + alarms < n - 1e-9:
                out[model, threshold] = {
                    "cost_of_errors": MISS * (defects - caught) + alarms,
                    "missed_defects": defects - caught,
                    "false_alarms": alarms,
                    "recall": caught / defects,
                    "share_flagged": (caught + alarms) / n,
                }
    return out


def point_of(bootstrap: Bootstrap, found: ReplicateChoices, r: int) -> Point:
    curve = bootstrap.evaluation.curves[found.models[r]]
    return curve.model, float(curve.thresholds[found.positions[r]])


def best_by_hand(points: dict[Point, Figures], choice: Choice) -> Point | None:
    objective = choice.objective.id
    able = {
        point: tuple(
            round(figures[name], 9) for name in (objective, "missed_defects", "false_alarms")
        )
        for point, figures in points.items()
        if choice.bound is None
        or (
            figures["recall"] >= 0.6 - 1e-12
            if choice.bound is LEAST
            else figures["share_flagged"] <= 0.45 + 1e-12
        )
    }
    return min(able, key=able.__getitem__) if able else None


def regret_by_hand(
    points: dict[Point, Figures],
    point: Point,
    choices: tuple[Choice, ...],
    picks: list[Point],
    weights: list[float],
) -> float:
    most = -math.inf
    for choice, weight in zip(choices, weights, strict=True):
        name = choice.objective.id
        theirs = [points[picked][name] for picked in picks]
        regret = (points[point][name] - min(theirs)) / (max(theirs) - min(theirs))
        most = max(most, regret * weight if regret > 0 else regret / weight)
    return most


@pytest.mark.parametrize("choice", PICKS, ids=lambda choice: choice.objective.id)
def test_choices_in_replicates_equal_choices_by_hand(
    rows: Rows, bootstrap: Bootstrap, choice: Choice
) -> None:
    [found] = choose_in_replicates(bootstrap, [choice])
    whole = by_hand(rows, np.ones(bootstrap.drawn.weights.shape[1]))
    optimism = optimism_of_choice(bootstrap, choice, [choice.objective])[choice.objective.id]
    for r in range(0, bootstrap.replicates, 7):
        points = by_hand(rows, bootstrap.drawn.weights[r])
        wanted = best_by_hand(points, choice)
        assert wanted is not None
        here = point_of(bootstrap, found, r)
        name = choice.objective.id
        # If all three figures are equal, either point is correct.
        for figure in (name, "missed_defects", "false_alarms"):
            assert points[here][figure] == pytest.approx(points[wanted][figure])
        assert optimism[r] == pytest.approx(points[here][name] - whole[here][name])


@pytest.mark.parametrize(
    ("choices", "weights"),
    [(PICKS, (1.0, 1.0, 1.0)), (PICKS, (1.0, 3.0, 0.5)), (MISSES_NONE, (0.2, 5.0, 0.2))],
)
def test_compromises_in_replicates_equal_compromises_by_hand(
    rows: Rows, bootstrap: Bootstrap, choices: tuple[Choice, ...], weights: tuple[float, ...]
) -> None:
    found, *chosen = choose_in_replicates(
        bootstrap, [CompromiseChoice(choices, (LEAST,), weights), *choices]
    )
    shares = [3 * weight / sum(weights) for weight in weights]
    for r in range(0, bootstrap.replicates, 7):
        points = by_hand(rows, bootstrap.drawn.weights[r])
        # Another test allows any of equal points.
        picks = [point_of(bootstrap, one, r) for one in chosen]
        able = [point for point, figures in points.items() if figures["recall"] >= 0.6 - 1e-12]
        wanted = min(regret_by_hand(points, point, choices, picks, shares) for point in able)
        here = point_of(bootstrap, found, r)
        assert regret_by_hand(points, here, choices, picks, shares) == pytest.approx(wanted)


def test_a_limit_that_no_point_meets_leaves_no_choice(bootstrap: Bootstrap) -> None:
    [none] = choose_in_replicates(bootstrap, [Choice(COST, limits=(Bound(RECALL, 1.1),))])
    assert (none.models == -1).all()
    # Replicates have no segments and choose no such point, so its optimism is unknown instead of 0.
    segments = Bound(OBJECTIVES["worst_segment_recall"], 0.1)
    unknown = mean_optimism(bootstrap, Choice(COST, limits=(segments,)), [COST])
    assert np.isnan(unknown[COST.id])


def test_the_optimism_changes_smoothly_towards_a_limit_that_no_replicate_meets(
    bootstrap: Bootstrap,
) -> None:
    """The optimism does not jump between a limit met by one replicate and a limit met by none."""
    [chosen] = choose_in_replicates(bootstrap, [Choice(COST)])
    costs, _ = figures_in_both(bootstrap, chosen, [COST])[COST.id]
    few = bootstrap.part(0, FOR_A_MEAN)
    found = []
    for limit in np.sort(costs[:FOR_A_MEAN])[:2] - 1e-6:
        [chosen] = choose_in_replicates(few, [choice := Choice(COST, limits=(Bound(COST, limit),))])
        found.append(
            (int((chosen.models >= 0).sum()), mean_optimism(bootstrap, choice, [COST])[COST.id])
        )
    (none, beyond), (one, before) = found
    assert (none, one) == (0, 1)
    assert beyond == before == mean_optimism(bootstrap, Choice(COST), [COST])[COST.id] < 0


def test_the_optimism_excludes_the_noise_of_the_chosen_point(
    bootstrap: Bootstrap,
) -> None:
    """Linear regression removes this noise: the rest varies less and has the same mean."""
    choice, evaluation = Choice(COST), bootstrap.evaluation
    best = pick(operating_points(evaluation, [COST]), COST, evaluation)
    assert best is not None
    m = evaluation.tally.index(best.model)
    k = evaluation.curves[m].position(best.threshold)
    plain, paired = (
        optimism_of_choice(bootstrap, choice, [COST], at=at)[COST.id] for at in (None, (m, k))
    )
    noise = bootstrap.values(COST, m, np.array([k]))[:, 0] - best.value
    slope = np.polyfit(noise, plain, 1)[0]
    np.testing.assert_allclose(paired, plain - slope * noise, atol=1e-9)
    assert 0 < paired.std() < plain.std()
    assert abs(paired.mean() - plain.mean()) < 3 * plain.std() / math.sqrt(bootstrap.replicates)
    # If only one point can be chosen, the optimism is 0.
    [fixed] = choose_in_replicates(bootstrap, [Choice(LOSS, models=(best.model,))])
    at = m, int(fixed.positions[0])
    [left] = optimism_of_choices(bootstrap, [fixed], [COST, RECALL], [at])
    for o in (COST, RECALL):
        np.testing.assert_allclose(left[o.id], 0, atol=1e-9)


def test_a_relative_limit_becomes_one_in_money_if_the_current_system_earns_nothing(
    rows: Rows,
) -> None:
    """The share changes its sign with the current revenue and is undefined at 0; the margin is continuous."""
    scenario = Scenario(payoff=Payoff(1.0, -3.8, -3.0, 0.0), today=Today("m0", 0.3))
    evaluation = evaluation_of(rows, scenario)
    bootstrap = Bootstrap.draw(evaluation, replicates=150, seed=4)
    share, gain, revenue = (
        OBJECTIVES[name] for name in ("revenue_impact_percent", "revenue_impact", "revenue")
    )
    margin = as_margin(Bound(share, 30.0))
    assert as_margin(LEAST) is LEAST
    earned = bootstrap.of_current(revenue)
    assert 0.1 < np.mean(earned <= 0) < 0.9
    at = np.arange(0, evaluation.curves[1].thresholds.size, 5)
    gained, said = (bootstrap.values(o, 1, at) for o in (gain, share))
    kept = margin.within(bootstrap.values(margin.objective, 1, at))
    np.testing.assert_array_equal(kept, gained >= 0.3 * np.maximum(earned, 0))
    above = np.broadcast_to(earned > 0, kept.shape)
    np.testing.assert_array_equal(kept[above], said[above] >= 30)
    assert np.isnan(said[~above]).all()
    assert 0 < kept[~above].mean() < 1
    # The replicates differ only in the sign of the current revenue.
    [found] = choose_in_replicates(bootstrap, [Choice(COST, limits=(Bound(share, 30.0),))])
    assert (found.models[earned[:, 0] <= 0] >= 0).any()


def test_a_replicate_chooses_without_a_limit_that_no_point_meets(
    bootstrap: Bootstrap,
) -> None:
    free = Choice(COST)
    [chosen] = choose_in_replicates(bootstrap, [free])
    costs, _ = figures_in_both(bootstrap, chosen, [COST])[COST.id]
    limited = Choice(COST, limits=(Bound(COST, float(np.median(costs))),))
    [chosen] = choose_in_replicates(bootstrap, [limited])
    none = chosen.models < 0
    assert 0.3 < none.mean() < 0.7
    drawn, in_file = figures_in_both(bootstrap, chosen, [COST])[COST.id]
    alone = drawn - in_file
    assert np.isnan(alone[none]).all()
    found = optimism_of_choice(bootstrap, limited, [COST])[COST.id]
    # The cheapest point is also the cheapest within a limit on the cost.
    np.testing.assert_array_equal(found, optimism_of_choice(bootstrap, free, [COST])[COST.id])
    np.testing.assert_array_equal(found[~none], alone[~none])
    assert np.nanmean(alone) < found.mean() < 0  # otherwise the truncation would count as optimism


def test_whether_a_limit_can_be_met_does_not_depend_on_the_order_of_models(
    rows: Rows,
) -> None:
    """A model with one score for all units has an undefined precision where it flags none."""
    flat = {"flat": np.full(rows.labels.size, 0.2)}
    never = Choice(COST, limits=(Bound(OBJECTIVES["precision"], 1.01),))
    found = []
    for scores in ({**rows.scores, **flat}, {**flat, **rows.scores}):
        evaluation = evaluation_of(replace(rows, scores=scores))
        bootstrap = Bootstrap.draw(evaluation, replicates=100, seed=4)
        found.append(mean_optimism(bootstrap, never, [COST])[COST.id])
    assert found[0] == pytest.approx(found[1])
    assert found[0] < 0
    # Nor does it depend on the current revenue in the first draw: per cent of a loss is undefined.
    scenario = Scenario(payoff=Payoff(1.0, -3.8, -3.0, 0.0), today=Today("m0", 0.3))
    evaluation = evaluation_of(rows, scenario)
    beyond = Bound(OBJECTIVES["revenue_impact_percent"], 1e5)
    every = Bootstrap.draw(evaluation, replicates=100, seed=4)
    earns = every.of_current(OBJECTIVES["revenue"])[:, 0] > 0
    at = int(np.flatnonzero(~earns)[0])
    assert not earns[at]
    gone = every.part(at, at + 60)
    # With a second limit no point meets both in any replicate.
    none = Choice(COST, limits=(beyond, Bound(COST, -1.0)))
    assert np.isfinite(mean_optimism(gone, none, [COST])[COST.id])


def test_a_compromise_ignores_limits_that_no_point_meets(bootstrap: Bootstrap) -> None:
    [chosen] = choose_in_replicates(bootstrap, [CompromiseChoice(PICKS, (), (1.0,) * 3)])
    costs, _ = figures_in_both(bootstrap, chosen, [COST])[COST.id]
    limits = (Bound(COST, float(np.median(costs))),)
    limited = tuple(replace(one, limits=limits) for one in PICKS)
    found = optimism_of_choice(bootstrap, CompromiseChoice(limited, limits, (1.0,) * 3), [COST])[
        COST.id
    ]
    free = optimism_of_choice(bootstrap, CompromiseChoice(PICKS, (), (1.0,) * 3), [COST])[COST.id]
    [chosen] = choose_in_replicates(bootstrap, [CompromiseChoice(limited, limits, (1.0,) * 3)])
    none = chosen.models < 0
    assert 0 < none.mean() < 1
    np.testing.assert_array_equal(found[none], free[none])


def test_a_ranking_chooses_a_model_and_its_implied_threshold(bootstrap: Bootstrap) -> None:
    [found] = choose_in_replicates(bootstrap, [Choice(LOSS)])
    losses = np.column_stack([bootstrap.values(LOSS, m, np.array([0]))[:, 0] for m in range(4)])
    assert found.models.tolist() == losses.argmin(axis=1).tolist()
    for m in range(4):
        at = bootstrap.evaluation.curves[m].positions([1 / (1 + MISS)])
        assert set(found.positions[found.models == m].tolist()) <= set(at.tolist())


def test_a_ranking_within_a_limit_moves_to_the_next_threshold_that_meets_the_limit(
    rows: Rows, bootstrap: Bootstrap
) -> None:
    """A pick takes the implied threshold, or the first threshold above it that meets the limit."""
    few = Bound(OBJECTIVES["share_flagged"], 0.2001)
    [found] = choose_in_replicates(bootstrap, [Choice(LOSS, limits=(few,))])
    losses = np.column_stack([bootstrap.values(LOSS, m, np.array([0]))[:, 0] for m in range(4)])
    for r in range(0, bootstrap.replicates, 7):
        points = by_hand(rows, bootstrap.drawn.weights[r])
        able = [point for point, figures in points.items() if figures["share_flagged"] <= 0.2001]
        best = min({model for model, _ in able}, key=lambda model: losses[r, int(model[1])])
        thresholds = [threshold for model, threshold in able if model == best]
        wanted = min(threshold for threshold in thresholds if threshold >= 1 / (1 + MISS))
        assert point_of(bootstrap, found, r) == (best, wanted)
    assert found.positions.max() > max(
        bootstrap.evaluation.curves[m].positions([1 / (1 + MISS)]).item() for m in range(4)
    )
