"""Test of the operating point at a requested threshold."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.analysis.points_table import at_or_above, points_of_model
from dashboard.session.choices import Point
from metrics import Scenario, evaluate, operating_points, tally_scores
from tests.metrics.made_rows import Rows


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=6, unique=True).map(sorted),
    st.floats(allow_nan=False),
)
def test_a_point_with_two_thresholds_has_the_higher_one(thresholds, wanted):
    """It flags the same units, whose score is at least the requested threshold."""
    scores = np.repeat(thresholds, 2)
    labels = np.tile(np.array([0, 1], np.int8), len(thresholds))
    rows = Rows(labels, {"other": -scores, "m": scores}, scale="logit")
    evaluation = evaluate(tally_scores(rows), Scenario())
    points = operating_points(evaluation, [])
    found = at_or_above(points, evaluation, Point("m", wanted))
    assert found is not None
    assert found.model == "m"
    assert found.threshold == min(t for t in [*thresholds, math.inf] if t >= wanted)
    assert at_or_above(points, evaluation, Point("nobody", wanted)) is None
    assert list(points_of_model(points, "m").index) == list(range(len(thresholds) + 1))
