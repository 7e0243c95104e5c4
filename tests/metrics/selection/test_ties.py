"""Tests of the cheapest point against slow code, and of ties between equal costs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.selection.ties import ROUNDING, cheapest, is_equal, is_least
from tests.metrics.made_points import made_points, table

COST = ["cost_of_errors"]


@given(made_points(["log_loss"]), st.data())
def test_the_cheapest_point_equals_that_of_the_oracle(points, draw: st.DataObject) -> None:
    """Costs that differ only by rounding count as equal."""
    base = draw.draw(st.lists(st.integers(1, 2), min_size=len(points), max_size=len(points)))
    hair = draw.draw(
        st.lists(st.sampled_from([0, 1e-14]), min_size=len(points), max_size=len(points))
    )
    points = points.assign(cost_of_errors=np.array(base) * (1 + np.array(hair)))
    some = draw.draw(st.lists(st.booleans(), min_size=len(points), max_size=len(points)))
    found = cheapest(points, np.array(some))
    records = points[["fn", "fp", "model", "threshold"]].itertuples(index=False)
    able = [(b, *r, k) for k, (b, r, ok) in enumerate(zip(base, records, some, strict=True)) if ok]
    assert found == (min(able)[-1] if able else None)


def test_the_minimum_is_found_up_to_rounding_and_among_infinities() -> None:
    assert is_least(np.array([3.0, 3.0 * (1 + ROUNDING / 2), 3.1])).tolist() == [True, True, False]
    assert is_least(np.array([-math.inf, -1e308, -math.inf])).tolist() == [True, False, True]
    assert is_least(np.array([math.inf, math.inf])).tolist() == [True, True]


def test_a_point_without_a_cost_is_never_the_cheapest() -> None:
    points = table(COST, ("a", 0.1, 1, 0, 2, 1, np.nan), ("b", 0.3, 1, 4, 1, 1, 9))
    assert cheapest(points, np.ones(2, bool)) == 1
    assert cheapest(points, np.array([True, False])) is None
    assert is_least(np.array([np.nan, 2.0, 3.0])).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (0.1 + 0.2, 0.3, True),
        (-0.1 - 0.2, -0.3, True),
        (1e15 + 1, 1e15 + 2, True),
        (1e-30, 2e-30, False),
        (1.0, 1.0 + 1e-11, False),
        (0.0, -0.0, True),
        (0.0, 1e-300, False),
        (1e-13, -1e-13, False),
        (math.inf, math.inf, True),
        (math.inf, 1.0, False),
        (math.inf, -math.inf, False),
        (math.nan, math.nan, False),
    ],
)
def test_figures_are_equal_up_to_a_share_of_their_own_size(a, b, equal) -> None:
    assert (bool(is_equal(a, b)), bool(is_equal(b, a))) == (equal, equal)
    assert is_equal(np.array([a, b]), b).tolist() == [equal, not math.isnan(b)]
