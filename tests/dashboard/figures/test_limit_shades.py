"""Tests of the shades of limits: the area or the curves that meet them, and their certified parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.analysis.decide.front import Acceptable, discussed
from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.figures.front_range import visible_range
from dashboard.figures.model_styles import styles
from dashboard.figures.palette import LIGHT
from metrics import OBJECTIVES, Bound
from tests.dashboard.figures.fronts import ROWS, chart, view_and_figure

RECALL = Bound(OBJECTIVES["recall"], 0.5)


def test_certified_parts_of_coloured_curves_are_thick():
    view, _ = view_and_figure()
    points = view.points
    mine = sorted(discussed(view))[0]
    other = next(model for model in styles(ROWS.models) if model not in discussed(view))
    certified = np.zeros(len(points) + 50, bool)
    of_model = points.index[points["model"] == mine]
    certified[[*of_model[:3], *of_model[5:7], of_model[8]]] = True
    certified[points.index[points["model"] == other]] = True
    kept = Acceptable(np.ones_like(certified), [], certified)
    [thick] = [t for t in chart(replace(view, acceptable=kept)).data if t.name == "certified"]
    assert thick.line.color == styles(ROWS.models)[mine].color(LIGHT)
    gaps = np.isnan(np.asarray(thick.x, float))
    parts = np.split(np.arange(gaps.size), np.flatnonzero(gaps))
    ends = [points.loc[of_model[[0, 2]]], points.loc[of_model[[5, 6]]]]
    for part, wanted in zip(parts, ends, strict=True):
        both = part[~gaps[part]][[0, -1]]
        for axis, values in (("x", thick.x), ("y", thick.y)):
            shown = np.asarray(values, float)[both]
            np.testing.assert_allclose(shown, wanted[axis].to_numpy(float), rtol=1e-6)
    unknown = replace(kept, certified=None)
    assert "certified" not in {t.name for t in chart(replace(view, acceptable=unknown)).data}


def test_exactly_the_area_that_meets_all_limits_is_filled():
    view, _ = view_and_figure()
    (left, _), (_, top) = visible_range(view)
    x, y = (view.points[axis].to_numpy(float) for axis in ("x", "y"))
    lines = [LimitLine("x", 30.0, RECALL, False), LimitLine("y", 5.0, RECALL, True)]
    keeps = np.ones(len(view.points) + 50, bool)

    def areas(lines, keeps=keeps, **all_limits):
        fig = chart(replace(view, acceptable=Acceptable(keeps, lines, **all_limits)))
        ribbons = [t for t in fig.data if t.name == "meets all limits"]
        return [s for s in fig.layout.shapes if s.type == "rect"], ribbons

    [[area], ribbons] = areas(lines, is_all=True)
    assert not ribbons
    assert (area.x1, area.y0, area.layer) == (30.0, 5.0, "below")
    assert area.x0 == min(left, x.min())
    assert area.y1 == max(top, y.max())
    [[area], _] = areas(lines[1:], is_all=True)
    assert (area.xref, area.x0, area.x1, area.y0) == ("x domain", 0, 1, 5.0)
    assert areas(lines, ~keeps, is_all=True) == ([], [])  # no point exists at this position
    above = LimitLine("x", 31.0, RECALL, True)
    assert areas([*lines, above], is_all=True) == ([], [])
    shapes, ribbons = areas(lines)  # another limit has no line in this chart
    assert not shapes
    assert len(ribbons) == 2
