"""Tests that compromises are the best points of the front by the definition of each method."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES, Direction
from metrics.selection.compromise import (
    LEAST_REGRET,
    NASH,
    NONE_BETTER,
    UNDEFINED_TODAY,
    Compromise,
    compromises,
    least_regret,
    nash,
)
from metrics.selection.regrets import NO_FRONT, NO_PICKS, UNDEFINED_AT_PICKS, regret_matrix
from tests import oracles
from tests.metrics.made_points import identity, made_points, worsened

IDS = ["log_loss", "missed_defects", "revenue_impact"]
STAKEHOLDERS = [OBJECTIVES[name] for name in IDS]
UP = [o.direction is Direction.MAXIMISE for o in STAKEHOLDERS]
LOSS = np.array([-1.0 if up else 1.0 for up in UP])
WEIGHTS = st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=3, max_size=3).filter(any)


@st.composite
def cases(draw: st.DrawFn) -> tuple[pd.DataFrame, list[int], list[float]]:
    """Points, the rows of the stakeholders' picks, and the figures of a current system."""
    points = draw(made_points(IDS))
    picks = draw(st.lists(st.sampled_from(points.index.tolist()), max_size=3))
    today = [draw(st.sampled_from([*points[name].tolist(), 4.0, 1e6])) for name in IDS]
    return points, picks, today


def regrets(points: pd.DataFrame, picks: list[int]) -> list[list[float]] | None:
    """Regret of every point and stakeholder; `None` if a stakeholder has no scale.

    Log losses count with the four decimals that are shown.
    """
    points = points.assign(log_loss=points["log_loss"].round(4))
    columns = []
    for name, sign in zip(IDS, LOSS.tolist(), strict=True):
        losses = [sign * x for x in points[name].loc[picks].tolist() if math.isfinite(x)]
        if not losses:
            return None
        size = max(abs(x) for x in losses)
        apart = max(losses) - min(losses)
        unit = apart if apart > 1e-12 * size else size or 1.0
        columns.append([(sign * x - min(losses)) / unit for x in points[name].tolist()])
    return [list(each) for each in zip(*columns, strict=True)]


def candidates(points: pd.DataFrame, regret: list[list[float]] | None) -> list[int]:
    """Positions of the points on the front with finite regrets that flag neither everything nor nothing."""
    front = oracles.front(points[IDS].to_numpy(), UP)
    out = []
    for k, p in enumerate(points.to_dict("records")):
        some = p["tp"] + p["fp"] > 0 and p["fn"] + p["tn"] > 0
        if front[k] and some and regret and all(map(math.isfinite, regret[k])):
            out.append(k)
    return out


def best_candidate(
    points: pd.DataFrame, able: list[int], regret: list[list[float]], loss, weights
) -> int:
    """Position of the candidate with the smallest loss, after all rules for ties."""
    total = sum(weights)
    sums = {k: sum(w * r for w, r in zip(weights, regret[k], strict=True)) / total for k in able}
    for value in (loss, sums):
        least = min(value[k] for k in able)
        slack = 1e-12 * abs(least) if math.isfinite(least) else 0.0
        able = [k for k in able if value[k] <= least + slack]
    ties = points.iloc[able].sort_values(["fn", "fp", "model", "threshold"], kind="stable")
    return points.index.tolist().index(ties.index[0])


def weighted_regret(weight: float, regret: float) -> float:
    """Weighted regret of a stakeholder; a negative regret counts less the higher the weight."""
    if not weight:
        return -math.inf
    return weight * regret if regret >= 0 else regret / weight


def assert_compromise(found: Compromise, points: pd.DataFrame, position: int, regret) -> None:
    assert found.point is not None
    point = points.iloc[position]
    assert identity(found.point) == (
        int(points.index[position]),
        point["model"],
        point["threshold"],
        None,
    )
    assert found.missing == ""
    assert found.regrets.tolist() == pytest.approx(regret[position])


@given(cases(), WEIGHTS)
def test_the_least_regret_is_the_minimum_over_the_front(case, weights: list[float]) -> None:
    points, picks, _ = case
    before = points.copy()
    found = least_regret(regret_matrix(points, STAKEHOLDERS, picks, weights))
    pd.testing.assert_frame_equal(points, before, check_exact=True)
    assert found.method is LEAST_REGRET
    regret = regrets(points, picks)
    able = candidates(points, regret)
    if not able or regret is None:
        assert (found.point, found.regrets.size) == (None, 0)
        wanted = NO_FRONT if regret else UNDEFINED_AT_PICKS if picks else NO_PICKS
        assert found.missing == wanted
        return
    counts = [3 * w / sum(weights) for w in weights]
    largest = {k: max(map(weighted_regret, counts, regret[k])) for k in able}
    assert_compromise(found, points, best_candidate(points, able, regret, largest, weights), regret)


@given(cases(), WEIGHTS)
def test_bargaining_maximises_the_product_of_gains(case, weights: list[float]) -> None:
    points, picks, today = case
    found = nash(regret_matrix(points, STAKEHOLDERS, picks, weights), today)
    assert found.method is NASH
    regret = regrets(points, picks)
    able = candidates(points, regret)
    if not able or regret is None:
        assert found.point is None
        return
    if not all(map(math.isfinite, today)):
        assert (found.point, found.missing) == (None, UNDEFINED_TODAY)
        return
    gains = {
        k: [
            s * (now - x)
            for s, now, x in zip(LOSS.tolist(), today, points[IDS].iloc[k].tolist(), strict=True)
        ]
        for k in able
    }
    better = [k for k in able if all(g > 0 for g in gains[k])]
    sizes = [max(1.0, float(points[name].abs().max())) for name in IDS]
    tiny = any(0 < g < 1e-6 * size for k in able for g, size in zip(gains[k], sizes, strict=True))
    if tiny:
        return  # the stakeholders' ranges decide whether this is a gain or rounding
    if not better:
        assert (found.point, found.missing) == (None, NONE_BETTER)
        return
    product = {
        k: -sum(w * math.log(g) for w, g in zip(weights, gains[k], strict=True)) for k in better
    }
    if any(math.isinf(x) for x in product.values()) or max(map(abs, product.values())) > 100:
        return
    assert found.point is not None
    at = points.index.get_loc(found.point.row)
    assert at in better
    assert product[at] == pytest.approx(min(product.values()), rel=1e-9, abs=1e-9)


def comparable(found: tuple[Compromise, ...]) -> list[object]:
    """Compromises as lists, which compare arrays by value."""
    return [(one.method, one.point, one.missing, one.regrets.tolist()) for one in found]


@given(cases(), st.sampled_from([0.0, 1e-9, 3.0]))
def test_adding_or_hiding_a_dominated_model_changes_nothing(case, by: float) -> None:
    points, picks, today = case
    more = worsened(points, UP, IDS, by)
    before = comparable(compromises(points, STAKEHOLDERS, picks, today=today))
    np.testing.assert_equal(comparable(compromises(more, STAKEHOLDERS, picks, today=today)), before)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(case, random) -> None:
    points, picks, today = case
    labels = points.index.tolist()
    random.shuffle(labels)
    before = comparable(compromises(points, STAKEHOLDERS, picks, today=today))
    after = comparable(compromises(points.loc[labels], STAKEHOLDERS, picks, today=today))
    np.testing.assert_equal(after, before)


def test_a_larger_weight_helps_even_if_all_picks_are_dominated() -> None:
    """All pick (5, 1, -1). Other points beat it: (0, 0, 0), and (1, -1, 0), the best for the second."""
    table = [[5.0, 1.0, -1.0], [0.0, 0.0, 0.0], [1.0, -1.0, 0.0]]
    points = pd.DataFrame(table, columns=IDS).assign(
        model="a", threshold=[0.1, 0.2, 0.3], tp=0, fp=1, fn=0, tn=1
    )
    for weights, best in [((1, 1, 1), 0.2), ((4, 1, 1), 0.2), ((1, 4, 1), 0.3)]:
        found = least_regret(regret_matrix(points, STAKEHOLDERS, [0], weights)).point
        assert found is not None
        assert found.threshold == best, weights


@given(cases(), WEIGHTS, st.integers(0, 2))
def test_a_stakeholder_with_a_larger_weight_gives_up_no_more(
    case, weights: list[float], stakeholder: int
) -> None:
    points, picks, today = case
    heavier = [w * (4 if k == stakeholder else 1) for k, w in enumerate(weights)]
    for method in (least_regret, lambda stakeholders: nash(stakeholders, today)):
        first = method(regret_matrix(points, STAKEHOLDERS, picks, weights))
        second = method(regret_matrix(points, STAKEHOLDERS, picks, heavier))
        scaled = method(regret_matrix(points, STAKEHOLDERS, picks, [8 * w for w in weights]))
        assert scaled.point == first.point
        assert (second.point is None) == (first.point is None)
        if first.point is not None and np.isfinite(first.regrets).all():
            most = first.regrets[stakeholder]
            assert second.regrets[stakeholder] <= most + 1e-9 * (1 + abs(most))
