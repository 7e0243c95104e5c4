"""Tests of limits at every operating point, of the nearest points, and of the smallest relaxation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES, Direction, Extreme
from metrics.evaluation.operating_points import OperatingPoint
from metrics.selection.feasibility import Feasibility, feasibility
from metrics.selection.limits import Bound
from tests.metrics.made_points import identity, made_points, table, worsened

IDS = ["log_loss", "recall", "false_alarms", "revenue_impact"]
UP = [OBJECTIVES[name].direction is Direction.MAXIMISE for name in IDS]
LARGEST = float(np.finfo(float).max)


@st.composite
def cases(draw: st.DrawFn) -> tuple[pd.DataFrame, list[Bound], list[int]]:
    """Points, limits at or near some of their figures, and rows of the stakeholders' picks."""
    points = draw(made_points(IDS))
    limits = []
    for name in draw(st.lists(st.sampled_from(IDS), max_size=4)):
        known = [x for x in points[name].tolist() if math.isfinite(x)]
        value = draw(st.sampled_from([*known, 0.0, 0.5, -1.0, 2.5]))
        limits.append(Bound(OBJECTIVES[name], value))
    picks = draw(st.lists(st.sampled_from(points.index.tolist()), max_size=3))
    return points, limits, picks


def meets(point: Mapping[Any, Any], bound: Bound) -> bool:
    """Whether the figure of a point meets a limit."""
    figure = float(point[bound.objective.id])
    if bound.objective.direction is Direction.MAXIMISE:
        return figure >= bound.value
    return figure <= bound.value


def shortfall(point: Mapping[Any, Any], bound: Bound) -> float:
    """Distance by which the figure of a point misses a limit; infinite for an undefined figure."""
    figure = float(point[bound.objective.id])
    if math.isnan(figure):
        return math.inf
    if meets(point, bound):
        return 0.0
    return abs(figure - bound.value)


def scale_of(points: pd.DataFrame, bound: Bound, picks: list[int]) -> float:
    """Range of the picks' figures; the size of the figures or of the limit if there is no range."""
    figures = points[bound.objective.id].loc[picks].tolist()
    figures = [x for x in figures if math.isfinite(x)]
    size = max([abs(x) for x in [*figures, bound.value]])
    if figures and max(figures) - min(figures) > 1e-12 * size:
        return float(max(figures) - min(figures))
    return float(size) or 1.0


def extreme_of(point: Mapping[Any, Any]) -> Extreme | None:
    """Extreme of a point that flags everything or nothing."""
    if point["fn"] + point["tn"] == 0:
        return Extreme.FLAG_EVERYTHING
    return Extreme.FLAG_NOTHING if point["tp"] + point["fp"] == 0 else None


def assert_among(found: OperatingPoint, points: pd.DataFrame, among: np.ndarray) -> None:
    """Assert that a point is among some, and flags all or nothing only if all of them do."""
    point = points.loc[found.row]
    assert (found.model, found.threshold) == (point["model"], point["threshold"])
    assert found.extreme == extreme_of(point.to_dict())
    some = [extreme_of(p) for p in points[among].to_dict("records")]
    assert among[points.index.get_loc(found.row)]
    assert (found.extreme is None) == (None in some)


@given(cases())
def test_each_limit_is_checked_at_each_point(case) -> None:
    points, limits, picks = case
    before = points.copy()
    found = feasibility(points, limits, picks)
    pd.testing.assert_frame_equal(points, before, check_exact=True)
    records = points.to_dict("records")
    kept = [all(meets(p, bound) for bound in limits) for p in records]
    assert found.meets.tolist() == kept
    some = {extreme_of(p) for p, ok in zip(records, kept, strict=True) if ok}
    assert found.is_feasible == (None in some)
    assert set(found.extremes) == some - {None}
    for attained, bound in zip(found.attainability, limits, strict=True):
        assert attained.bound is bound
        met = [p for p in records if meets(p, bound)]
        assert set(attained.models) == {p["model"] for p in met if extreme_of(p) is None}
        known = [x for p in records if not math.isnan(x := p[bound.objective.id])]
        if not known:
            assert attained.point is None
            assert math.isnan(attained.best)
            continue
        best = max if bound.objective.direction is Direction.MAXIMISE else min
        assert attained.best == best(known)
        assert attained.point is not None
        assert_among(
            attained.point, points, (points[bound.objective.id] == attained.best).to_numpy()
        )


@given(cases())
def test_the_nearest_points_are_the_least_short(case) -> None:
    points, limits, picks = case
    found = feasibility(points, limits, picks)
    if found.meets.any():
        assert found.nearest is None
        assert found.relaxations == ()
        return
    records = points.to_dict("records")
    sizes = [scale_of(points, bound, picks) for bound in limits]
    scaled = [
        [shortfall(p, bound) / size for bound, size in zip(limits, sizes, strict=True)]
        for p in records
    ]
    largest = [max(each) for each in scaled]
    if all(math.isinf(x) for x in largest):
        assert found.nearest is None
        return
    near = found.nearest
    assert near is not None
    least = min(largest)
    among = np.array([x <= least + 1e-12 * least for x in largest])
    assert_among(near, points, _nearest_of_all(among, scaled))


def _nearest_of_all(among: np.ndarray, scaled: list[list[float]]) -> np.ndarray:
    """Mask of the equally near points with the smallest sum, up to the order of adding."""
    sums = np.where(among, [sum(each) for each in scaled], np.inf)
    return np.asarray(sums <= sums.min() * (1 + 1e-15))


@settings(max_examples=60)
@given(cases())
def test_a_relaxed_limit_admits_exactly_the_named_point(case) -> None:
    points, limits, picks = case
    found = feasibility(points, limits, picks)
    if not found.relaxations:
        assert found.meets.any()
        return
    assert len(found.relaxations) == len(limits)
    for k, way in enumerate(found.relaxations):
        objective = limits[k].objective
        up = objective.direction is Direction.MAXIMISE

        def admitted(value: float, k: int = k) -> np.ndarray:
            loosened = [*limits[:k], Bound(limits[k].objective, value), *limits[k + 1 :]]
            return feasibility(points, loosened, picks).meets

        if way is None:
            assert not admitted(-LARGEST if up else LARGEST).any()
            continue
        value = way.bound.value
        assert way.bound.objective is objective
        assert value < limits[k].value if up else value > limits[k].value
        assert admitted(value).any()
        assert not admitted(float(np.nextafter(value, np.inf if up else -np.inf))).any()
        assert_among(way.point, points, admitted(value))
        assert points.loc[way.point.row, objective.id] == value


def results_for(found: Feasibility, n: int) -> list[object]:
    """Results that must not depend on points after the first ``n``, nor on their order if ``n`` is 0."""
    return [
        found.meets[:n].tolist(),
        [(r.best, r.point) for r in found.attainability],
        found.nearest,
        found.relaxations,
    ]


@given(cases(), st.sampled_from([0.0, 1e-9, 3.0]))
def test_adding_a_dominated_model_changes_nothing(case, by: float) -> None:
    points, limits, picks = case
    more = worsened(points, UP, IDS, by)
    before, after = feasibility(points, limits, picks), feasibility(more, limits, picks)
    np.testing.assert_equal(results_for(after, len(points)), results_for(before, len(points)))


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(case, random) -> None:
    points, limits, picks = case
    labels = points.index.tolist()
    random.shuffle(labels)
    before = results_for(feasibility(points, limits, picks), 0)
    np.testing.assert_equal(results_for(feasibility(points.loc[labels], limits, picks), 0), before)


# Of 10 defects and 90 good units: recall, false alarms, money.
HAND = table(
    ["recall", "false_alarms", "revenue_impact"],
    ("a", 0.0, 10, 90, 0, 0, 1.0, 90, -80),
    ("a", 0.3, 9, 20, 1, 70, 0.9, 20, 40),
    ("a", 0.6, 6, 5, 4, 85, 0.6, 5, 60),
    ("a", np.inf, 0, 0, 10, 90, 0.0, 0, 0),
    ("b", 0.0, 10, 90, 0, 0, 1.0, 90, -80),
    ("b", 0.5, 8, 10, 2, 80, 0.8, 10, 55),
    ("b", np.inf, 0, 0, 10, 90, 0.0, 0, 0),
)


def test_the_lowest_cost_decides_between_equal_points() -> None:
    """A limit on a figure of a whole model admits all its points. The cheapest represents them."""
    points = HAND.assign(log_loss=0.1, cost_of_errors=[90, 25, 25, 50, 90, 20, 50])
    [way] = feasibility(points, [Bound(OBJECTIVES["log_loss"], 0.05)]).relaxations
    assert way is not None
    assert identity(way.point) == (5, "b", 0.5, None)
    [plain] = feasibility(points.drop(columns="cost_of_errors"), [way.bound]).attainability
    assert identity(plain.point) == (1, "a", 0.3, None)  # the fewest misses
