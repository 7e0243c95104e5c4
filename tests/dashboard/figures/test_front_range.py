"""Tests of the initial range of a front: named points and points that beat the current system are visible."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from hypothesis import given

from dashboard.analysis.decide.front import Mark, front_view
from dashboard.figures.front_names import is_out_of_sight
from dashboard.figures.front_range import visible_range
from metrics import OBJECTIVES
from tests.dashboard.figures.fronts import chart, front_inputs


@given(front_inputs())
def test_named_points_are_in_sight_and_figures_grow_up_and_to_the_right(inputs):
    view = front_view(*inputs)
    for axis, ends in zip(("x", "y"), visible_range(view), strict=True):
        assert np.isfinite(ends).all()
        low, high = ends
        assert low < high
        assert all(low < getattr(mark, axis) < high for mark in view.marks)
        on_front = view.points.loc[view.points["front"], axis]
        if len({getattr(mark, axis) for mark in view.marks}) < 2:
            assert all(low < value < high for value in on_front)


def test_the_front_is_visible_where_it_beats_the_current_system():
    """The picks may be close together, for instance at a binding limit."""
    points = pd.DataFrame(
        {
            "model": ["a"] * 6,
            "threshold": [0.1, 0.2, 0.3, 0.4, 0.5, math.inf],
            "missed_defects": [0.0, 10.0, 20.0, 30.0, 40.0, 90.0],
            "revenue_impact": [-9e6, 100.0, 200.0, 250.0, 260.0, 0.0],
        }
    )
    across, up = OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]
    marks = [
        Mark("pick", "a", 0.4, 30.0, 250.0),
        Mark("today", None, math.inf, 35.0, 50.0),
    ]
    ranges = visible_range(front_view(points, [across, up], across, up, marks))
    seen = [
        min(ranges[0]) < x < max(ranges[0]) and min(ranges[1]) < y < max(ranges[1])
        for x, y in zip(points["missed_defects"], points["revenue_impact"], strict=True)
    ]
    assert seen == [False, True, True, True, False, False]


def test_a_distant_current_point_has_an_arrow_at_the_edge():
    points = pd.DataFrame(
        {
            "model": ["a"] * 4,
            "threshold": [0.1, 0.2, 0.3, 0.4],
            "missed_defects": [10.0, 20.0, 30.0, 40.0],
            "revenue_impact": [100.0, 200.0, 250.0, 260.0],
        }
    )
    across, up = OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]
    pick = Mark("pick", "a", 0.3, 30.0, 250.0)
    # From 900 all other points are at nearly one place, so the range includes the current system.
    for far, out in ((150.0, True), (45.0, False), (900.0, False)):
        today = Mark("today", None, math.inf, far, 90.0)
        view = front_view(points, [across, up], across, up, [pick, today])
        ranges = visible_range(view)
        assert is_out_of_sight(today, ranges) == out
        assert not is_out_of_sight(pick, ranges)
        fig = chart(view, on_paper=True)
        [note] = (n for n in fig.layout.annotations if "no checks" in n.text)
        assert note.text == ("no checks, at 150 →" if out else "no checks")
        assert ranges[0][0] <= note.x <= ranges[0][1]
