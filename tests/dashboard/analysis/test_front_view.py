"""Test of a front's points: those that no other point beats, by comparing each pair."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given

from dashboard.analysis.decide.front import front_view
from metrics import OBJECTIVES, Direction
from tests import oracles
from tests.dashboard.figures.fronts import front_inputs


@given(front_inputs())
def test_both_fronts_equal_pairwise_comparison(inputs):
    points, stakeholders, across, up, marks = inputs
    view = front_view(*inputs)
    judged = [o for o in dict.fromkeys(o.id for o in stakeholders) if points[o].notna().any()]

    def brute(names):
        best = [OBJECTIVES[name].direction is Direction.MAXIMISE for name in names]
        return np.array(oracles.front(points[list(names)], best), bool)

    defined = points[[across.id, up.id]].notna().all(axis=1).to_numpy()
    everyone = brute(judged) if judged else np.zeros(len(points), bool)
    assert view.points["front"].tolist() == everyone[defined].tolist()
    assert view.points["line"].tolist() == brute((across.id, up.id))[defined].tolist()
    assert view.points["model"].tolist() == points["model"][defined].tolist()
    assert view.points["threshold"].tolist() == points["threshold"][defined].tolist()
    assert view.points["x"].tolist() == points[across.id][defined].tolist()
    assert view.points["y"].tolist() == points[up.id][defined].tolist()
    asked = (
        list(dict.fromkeys([*judged, across.id, up.id])) if judged else [o.id for o in stakeholders]
    )
    complete = points[asked].notna().all(axis=1)
    assert view.undefined == len(points) - complete.sum()
    assert view.marks == tuple(m for m in marks if not math.isnan(m.x) and not math.isnan(m.y))
