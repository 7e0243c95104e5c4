"""Tests of the Pareto front against comparing each point with every other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.objective import Direction
from metrics.selection.pareto import is_on_front
from tests import oracles
from tests.metrics.strategies import MOST, TINY

MINIMISE, MAXIMISE = Direction.MINIMISE, Direction.MAXIMISE
COARSE = st.sampled_from([0.0, -0.0, 1.0, 2.0, 3.0])
HARD = st.sampled_from(
    [np.nan, np.inf, -np.inf, 0.0, -0.0, TINY, -TINY, MOST, -MOST, 1.0, 1 + 2**-52]
)
FREE = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def clouds(draw: st.DrawFn) -> tuple[np.ndarray, list[Direction]]:
    """Points of one to four objectives, with ties and duplicates, and a direction for each objective."""
    d = draw(st.integers(1, 4))
    value = draw(st.sampled_from([COARSE, HARD, FREE]))
    points = draw(st.lists(st.lists(value, min_size=d, max_size=d), max_size=25))
    if points:
        points += draw(st.lists(st.sampled_from(points), max_size=5))
    ways = draw(st.lists(st.sampled_from(Direction), min_size=d, max_size=d))
    return np.array(points, np.float64).reshape(-1, d), ways


@given(clouds())
def test_the_front_equals_pairwise_comparison(cloud: tuple[np.ndarray, list[Direction]]) -> None:
    points, ways = cloud
    before = points.copy()
    wanted = oracles.front(points, [way is MAXIMISE for way in ways])
    assert is_on_front(points, ways).tolist() == wanted
    np.testing.assert_array_equal(points, before)


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
@pytest.mark.parametrize("d", [2, 3, 4])
def test_infinite_figures_are_compared(d: int, infinity: float) -> None:
    """With infinities, moocore alone is wrong in a tenth of such small clouds with few levels."""
    clouds_of_five = np.random.default_rng(3).choice([0.0, 1.0, infinity], (200, 5, d))
    for points in clouds_of_five:
        wanted = oracles.front(points, [False] * d)
        assert is_on_front(points, [MINIMISE] * d).tolist() == wanted
