"""Tests of the strip of the cheapest models: names do not overlap the line of the present value."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.figures.cost_strip_figure import Strip, strip_figure
from dashboard.figures.model_styles import styles
from dashboard.figures.palette import LIGHT
from metrics import OperatingPoint
from metrics.inference.comparison.cost_curve_stability import CostCurveStability
from metrics.selection.cost_curve import Axis, CostCurve, Segment

LONG = "m" * 40


def strip_of(name, now, shares=None):
    """Strip on which one model is the cheapest at any price, in given shares of the resamples."""
    point = OperatingPoint(name, 0.5, 1.0, 1.0, 1.0, 1.0, {})
    curve = CostCurve(Axis.MISS_COST, (Segment(0.01, 100.0, point, ()),))
    often = shares and CostCurveStability(shares[0], (point,) * len(shares[0]), shares[1])
    style, words = styles([name]), "{} at {}".format
    strip = Strip("cost", curve, now, "", str, "here", often)
    fig = strip_figure(strip, LIGHT, style, words, str)
    return go.Figure(fig.as_dict())


@pytest.mark.parametrize(
    ("name", "now", "middle"), [("model", 10.0, -0.5), ("model", 100.0, 0), (LONG, 1.0, 0)]
)
def test_a_name_is_next_to_the_line_of_the_present_value_if_there_is_space(name, now, middle):
    fig = strip_of(name, now)
    assert [note.x for note in fig.layout.annotations if note.text == name] == [middle]
    lines = [(line.x0, line.line.color) for line in fig.layout.shapes]
    assert lines == [(now, LIGHT.paper), (now, LIGHT.accent)]


@pytest.mark.parametrize(
    ("now", "side"), [(1.0, "center"), (0.01, "left"), (100.0, "right"), (300.0, "right")]
)
def test_the_text_at_the_present_value_is_inside_the_strip(now, side):
    along = np.unique([0.01, 10.0, min(now, 100.0), 100.0])
    shares = np.where(along == min(now, 100.0), 0.34, 0.5)
    fig = strip_of("model", now, (along, shares))
    [note] = [note for note in fig.layout.annotations if note.text.startswith("now")]
    assert (note.text, note.xanchor) == ("now here", side)
