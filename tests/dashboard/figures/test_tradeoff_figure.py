"""Tests of the three curves of a model: every drawn point is one of its operating points."""

from __future__ import annotations

import html
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.figures.limit_shades import limit_look, wash
from dashboard.figures.palette import LIGHT
from dashboard.figures.tradeoff_figure import AXIS_TITLES, BAND_TITLE, LEAST_HEIGHT, NAMES_APART
from dashboard.words.decide.tradeoff import NO_THRESHOLD
from metrics import OBJECTIVES, Bound, Scenario
from metrics.inference.interval_formulas import Interval
from metrics.scenario.inspection import Inspection
from tests.dashboard.figures.tradeoffs import (
    AXES,
    NAMES,
    OWN,
    POSITIONS,
    figure_of,
    figure_with_limits,
    line_levels,
    line_names,
    tradeoff_view,
)


@settings(max_examples=15)
@given(
    st.sampled_from(AXES),
    POSITIONS,
    st.tuples(*[st.none() | POSITIONS] * 3),
    st.tuples(*[st.booleans()] * 3),
)
def test_curves_and_marks_are_operating_points(axis, chosen, best, picks):
    view = tradeoff_view(axis, chosen, best, picks=picks)
    fig = figure_of(view)
    column = {"threshold": "threshold", "flagged": "share_flagged", "recall": "recall"}[axis]
    lines = [t for t in fig.data if t.mode == "lines"]
    assert len(lines) == 3
    for name, line in zip(NAMES, lines, strict=True):
        points = set(zip(*(OWN[c].to_numpy(np.float32) for c in (column, name)), strict=True))
        assert set(zip(line.x, line.y, strict=True)) <= points
        assert np.isfinite(line.x).all()
        # At thresholds that flag few units no point is left out.
        few = OWN[(OWN["share_flagged"] <= 0.4) & (OWN["recall"] >= 0.4) & np.isfinite(OWN[column])]
        assert set(few[column].to_numpy(np.float32)) <= set(line.x)
    dots = [(t.x[0], t.y[0]) for t in fig.data if t.mode == "markers" and t.marker.size == 10]
    expected = [(OWN[column][chosen], OWN[name][chosen]) for name in NAMES]
    assert dots == expected
    # Only a pick has a ring; the best point of this model alone has a tick.
    for symbol, size, is_pick in (("circle", 11, True), ("line-ns", 12, False)):
        shown = [t for t in fig.data if t.mode == "markers" and t.marker.size == size]
        assert all(t.marker.symbol == symbol for t in shown)
        assert [(t.x[0], t.y[0]) for t in shown] == [
            (OWN[column][b], OWN[name][b])
            for name, b, picked in zip(NAMES, best, picks, strict=True)
            if b is not None and picked == is_pick
        ]


def test_the_current_system_is_a_line():
    def lines(fig):
        return [s.y0 for s in fig.layout.shapes if s.line.dash == "dot"]

    assert lines(figure_of(tradeoff_view("threshold", 30, (30, 20, 25)))) == [0.5] * 3
    assert (
        lines(figure_of(tradeoff_view("threshold", 30, (None, None, None), today=math.nan))) == []
    )


@pytest.mark.parametrize(("above", "shaded"), [(True, (40.0, 100.0)), (False, (0.0, 40.0))])
def test_a_limit_is_a_line_with_its_good_side_shaded(above, shaded):
    fig = figure_with_limits(40.0, above=above)
    assert line_levels(fig, "dash") == [40.0]
    assert line_levels(fig, "dot") == [0.5]
    [line] = [s.line for s in fig.layout.shapes if s.line.dash == "dash"]
    assert {name: line[name] for name in limit_look(LIGHT)} == limit_look(LIGHT)
    [area] = [s for s in fig.layout.shapes if s.type == "rect"]
    low, high = fig.layout.yaxis.range
    expected = (shaded[0], max(shaded[1], high)) if above else (min(shaded[0], low), shaded[1])
    assert (area.y0, area.y1) == expected
    assert (area.xref, area.yref, area.fillcolor) == ("x domain", "y", wash(LIGHT))
    assert not any(s.type == "rect" for s in figure_with_limits().layout.shapes)


def test_a_limit_is_shaded_and_named_in_the_row_of_its_curve():
    view = tradeoff_view("threshold", 30, (30, 20, 25))
    line = LimitLine("y", float(OWN[NAMES[1]].median()), Bound(OBJECTIVES["recall"], 0.5), False)
    curves = [view.curves[0], replace(view.curves[1], limits=[line]), view.curves[2]]
    fig = figure_of(replace(view, curves=curves))
    shapes = [s for s in fig.layout.shapes if s.type == "rect" or s.line.dash == "dash"]
    assert [(s.type, s.xref, s.yref) for s in shapes] == [
        ("rect", "x2 domain", "y2"),
        ("line", "x2 domain", "y2"),
    ]
    assert [a.yref for a in fig.layout.annotations if a.text == " limit"] == ["y2"]


def test_only_names_of_close_lines_are_moved_apart():
    assert line_names(figure_with_limits(90.0)) == [(90.0, "target", 0), (0.5, "no checks", 0)]
    for value, today in ((5.0, 0.5), (5.0, 9.0), (9.0, 9.0), (9.0, 1.0)):
        fig = figure_with_limits(value, today=today)
        low, high = fig.layout.yaxis.range
        first, second = line_names(fig)
        assert (first[0], second[0]) == (max(value, today), min(value, today))
        assert first[2] == -second[2] > 0
        pixels = LEAST_HEIGHT / (high - low)
        assert (first[0] - second[0]) * pixels + first[2] - second[2] == pytest.approx(NAMES_APART)
    # The middle one of three names has no space.
    assert [y for y, _, _ in line_names(figure_with_limits(5.0, 13.0, today=9.0))] == [13.0, 5.0]


def test_an_objective_that_ranks_models_has_a_line_and_no_curve():
    view = tradeoff_view("threshold", 30, (30, 20, 25))
    apart = replace(view, curves=view.curves[1:], apart=[("data", OBJECTIVES["log_loss"])])
    fig = figure_of(apart)
    assert len([t for t in fig.data if t.mode == "lines"]) == 2
    said = [a.text for a in fig.layout.annotations]
    assert f"<b>Data scientist</b>  log loss {NO_THRESHOLD}" in said


@pytest.mark.parametrize("axis", AXES)
def test_names_cannot_write_markup_into_the_chart(axis):
    view = tradeoff_view(axis, 5, (1, 2, 3))
    named = replace(OBJECTIVES["missed_defects"], label="<u>missed_defects</u>")
    fig = figure_of(replace(view, curves=[replace(view.curves[1], objective=named)]))
    titles = " ".join(a.text for a in fig.layout.annotations)
    assert html.escape("<u>missed_defects</u>") in titles
    assert "<u>" not in titles


def test_intervals_are_bands_around_their_curves():
    view = tradeoff_view("threshold", None, (None, None, None))
    curves = [replace(c, ends=Interval(c.values - 1, c.values + 2)) for c in view.curves]
    fig = figure_of(replace(view, curves=curves))
    for k, name in enumerate(NAMES):
        low, high, line = fig.data[3 * k : 3 * k + 3]
        assert line.name == OBJECTIVES[name].id
        assert np.allclose(low.y[1:], line.y[1:] - 1)
        assert np.allclose(high.y[1:], line.y[1:] + 2)
        assert (low.y[0], high.y[0]) == (low.y[1], high.y[1])
        assert (low.fill, high.fill) == (None, "tonexty")


@pytest.mark.parametrize("log", [False, True])
def test_the_bar_of_thresholds_that_meet_the_limits_is_below_the_lowest_curve(log):
    view = tradeoff_view("threshold", 5, (1, 2, 3), log=log)

    def bars(view):
        shapes = figure_of(view).layout.shapes
        return [
            (bar.x0, bar.x1, bar.xref) for bar in shapes if bar.yref == "y3 domain" and not bar.y1
        ]

    assert bars(view) == []
    assert bars(replace(view, within_limits=((0.1, 0.2), (0.3, 0.31), (0.9, 0.95)))) == [
        (0.1, 0.2, "x3"),
        (0.3, 0.31, "x3"),
    ]
    [(first, last, _)] = bars(replace(view, within_limits=((-math.inf, math.inf),)))
    ends = np.array(figure_of(view).layout.xaxis.range)
    assert [first, last] == pytest.approx(list(10**ends if log else ends))


def test_with_inspectors_the_axis_names_two_thresholds():
    view = tradeoff_view("threshold", 5, (1, 2, 3))
    fig = figure_of(view, Scenario(inspection=Inspection(false_alarms=0.1)))
    assert fig.layout.xaxis3.title.text == BAND_TITLE
    assert figure_of(view).layout.xaxis3.title.text == AXIS_TITLES["threshold"]
