"""The strip of who is cheapest: a name and the line of now stand clear of each other."""

from __future__ import annotations

import pytest

from dashboard.figures.cost_strip_figure import strip_figure
from dashboard.figures.palette import LIGHT, styles
from metrics import OperatingPoint
from metrics.selection.cost_curve import Axis, CostCurve, Segment

LONG = "m" * 40


@pytest.mark.parametrize(
    ("name", "now", "middle"), [("model", 10.0, -0.5), ("model", 100.0, 0), (LONG, 1.0, 0)]
)
def test_a_name_stands_beside_the_line_of_now_where_there_is_room(name, now, middle):
    point = OperatingPoint(name, 0.5, 1.0, 1.0, 1.0, 1.0, {})
    curve = CostCurve(Axis.MISS_COST, (Segment(0.01, 100.0, point, ()),))
    fig = strip_figure(
        curve,
        now,
        LIGHT,
        styles([name]),
        "{} at {}".format,
        str,
        title="",
        value=str,
        now_words="here",
    )
    assert [note.x for note in fig.layout.annotations if note.text == name] == [middle]
    lines = [(line.x0, line.line.color) for line in fig.layout.shapes]
    assert lines == [(now, LIGHT.paper), (now, LIGHT.accent)]
