"""The three curves of a model: every drawn point is one of its operating points."""

from __future__ import annotations

import html
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.figures.look import LIGHT
from dashboard.figures.tradeoff import tradeoff_figure
from dashboard.figures.tradeoff_view import StakeholderCurve, TradeoffView, along
from metrics import OBJECTIVES, Scenario
from metrics.inference.statistics import Interval
from metrics.narrative.formatting import figure
from tests.dashboard.tables import made

ROWS = made(rows=900, seed=21)
MODEL = ROWS.models[3]
NAMES = ("log_loss", "missed_defects", "revenue_impact")
AXES = ("threshold", "flagged", "recall")
OWN = pd.DataFrame(ROWS.points({*NAMES, "share_flagged", "recall"}, Scenario()))
OWN = OWN[OWN["model"] == MODEL].reset_index(drop=True)


def seen(axis, chosen, best, today=0.5, implied=0.2):
    curves = [
        StakeholderCurve(f"<u>{name}</u>", OBJECTIVES[name], OWN[name].to_numpy(), b, today)
        for name, b in zip(NAMES, best, strict=True)
    ]
    return TradeoffView(
        MODEL,
        OWN["threshold"].to_numpy(),
        along(OWN, axis),
        axis,
        OWN["share_flagged"].to_numpy(),
        curves,
        chosen,
        implied,
    )


def drawn(view):
    return tradeoff_figure(view, LIGHT, "#123456", Scenario())


POSITIONS = st.integers(0, len(OWN) - 1)


@settings(max_examples=15)
@given(st.sampled_from(AXES), POSITIONS, st.tuples(*[st.none() | POSITIONS] * 3))
def test_curves_and_marks_are_operating_points(axis, chosen, best):
    view = seen(axis, chosen, best)
    fig = drawn(view)
    column = {"threshold": "threshold", "flagged": "share_flagged", "recall": "recall"}[axis]
    lines = [t for t in fig.data if t.mode == "lines"]
    assert len(lines) == 3
    for name, line in zip(NAMES, lines, strict=True):
        points = set(zip(OWN[column], OWN[name], strict=True))
        assert set(zip(line.x, line.y, strict=True)) <= points
        assert np.isfinite(line.x).all()
        # Where few units are flagged no point is left out.
        few = OWN[(OWN["share_flagged"] <= 0.6) & np.isfinite(OWN[column])]
        assert set(few[column]) <= set(line.x)
    dots = [(t.x[0], t.y[0]) for t in fig.data if t.mode == "markers" and t.marker.size == 10]
    expected = [(OWN[column][chosen], OWN[name][chosen]) for name in NAMES]
    assert dots == expected
    rings = [(t.x[0], t.y[0]) for t in fig.data if t.mode == "markers" and t.marker.size == 11]
    assert rings == [
        (OWN[column][b], OWN[name][b]) for name, b in zip(NAMES, best, strict=True) if b is not None
    ]


@settings(max_examples=15)
@given(st.sampled_from(AXES), POSITIONS, st.tuples(*[st.none() | POSITIONS] * 3))
def test_the_chosen_point_and_every_mark_are_in_sight(axis, chosen, best):
    view = seen(axis, chosen, best)
    fig = drawn(view)
    low, high = fig.layout.xaxis.range
    if fig.layout.xaxis.type == "log":
        # As many ticks as powers of ten; where they lie must follow a reader who zooms in.
        assert 3 <= fig.layout.xaxis.nticks <= max(3, min(6, math.ceil(high - low)))
        assert fig.layout.xaxis.dtick is None
        low, high = 10**low, 10**high
    marks = [view.x[k] for k in (chosen, *best) if k is not None]
    drawn_x = fig.data[0].x
    assert all(low <= x <= high for x in marks if math.isfinite(x) and x in drawn_x)
    for k, name in enumerate(NAMES):
        low, high = fig.layout[f"yaxis{k + 1 if k else ''}"].range
        assert low < OWN[name][chosen] < high
        assert low < 0.5 < high
        if best[k] is not None:
            assert low < OWN[name][best[k]] < high


def shapes(fig, dash):
    return [s for s in fig.layout.shapes if s.line.dash == dash]


def test_today_and_the_implied_threshold_are_lines():
    fig = drawn(seen("threshold", 30, (30, 20, 25)))
    assert [s.y0 for s in shapes(fig, "dot")] == [0.5] * 3
    # Only the objective of a whole model has no threshold of its own.
    assert [s.x0 for s in shapes(fig, "dash")] == [0.2]
    assert shapes(drawn(seen("recall", 30, (30, 20, 25))), "dash") == []
    fig = drawn(seen("threshold", 30, (None, None, None), today=math.nan, implied=math.nan))
    assert shapes(fig, "dot") == shapes(fig, "dash") == []


@pytest.mark.parametrize("axis", AXES)
def test_names_cannot_write_markup_into_the_chart(axis):
    fig = drawn(seen(axis, 5, (1, 2, 3)))
    titles = " ".join(a.text for a in fig.layout.annotations)
    assert html.escape("<u>log_loss</u>") in titles
    assert "<u>" not in titles


def test_every_figure_under_the_pointer_has_its_interval():
    view = seen("threshold", None, (None, None, None))
    spread = {name: np.abs(OWN[name].to_numpy()) / 7 for name in NAMES}
    curves = [
        replace(
            c, ends=Interval(c.values - spread[c.objective.id], c.values + spread[c.objective.id])
        )
        for c in view.curves
    ]
    for known, curve_set in ((False, view.curves), (True, curves)):
        fig = drawn(replace(view, curves=curve_set))
        lines = [t for t in fig.data if t.mode == "lines" and t.text is not None]
        for name, line in zip(NAMES, lines, strict=True):
            by_place = dict(zip(OWN["threshold"], OWN[name], strict=True))
            for x, text in zip(line.x, line.text, strict=True):
                o, value = OBJECTIVES[name], by_place[x]
                low, high = (
                    figure(o, end, Scenario())
                    for end in (value - abs(value) / 7, value + abs(value) / 7)
                )
                told = known and low != high
                assert figure(o, value, Scenario()) in text
                assert (f"(95 %: {low} to {high})" in text) == told


def test_a_model_of_one_threshold_can_be_drawn():
    own = OWN.iloc[[len(OWN) - 2, len(OWN) - 1]].reset_index(drop=True)
    curves = [
        StakeholderCurve("s", OBJECTIVES[n], own[n].to_numpy(), None, math.nan) for n in NAMES
    ]
    for axis in AXES:
        at, flagged = own["threshold"].to_numpy(), own["share_flagged"].to_numpy()
        view = TradeoffView(MODEL, at, along(own, axis), axis, flagged, curves, 0, 0.1)
        fig = tradeoff_figure(view, LIGHT, "#123456", Scenario())
        assert np.isfinite(fig.layout.xaxis.range).all()
