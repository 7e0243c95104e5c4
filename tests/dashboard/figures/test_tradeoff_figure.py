"""Tests of the three curves of a model: every drawn point is one of its operating points."""

from __future__ import annotations

import html
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.analysis.decide.tradeoff import (
    StakeholderCurve,
    TradeoffView,
    along,
    reach,
    stretches,
)
from dashboard.analysis.decide.tradeoff_scales import Scales, is_logarithmic, scales
from dashboard.figures.limit_shades import limit_look, wash
from dashboard.figures.palette import LIGHT
from dashboard.figures.tradeoff_figure import (
    AXIS_TITLES,
    BAND_TITLE,
    LEAST_HEIGHT,
    NAMES_APART,
    tradeoff_figure,
)
from dashboard.figures.tradeoff_range import position_after_leaps
from dashboard.session.choices import STAKEHOLDERS
from dashboard.words.decide.tradeoff import NO_THRESHOLD
from metrics import OBJECTIVES, Bound, Scenario
from metrics.inference.interval_formulas import Interval
from metrics.scenario.inspection import Inspection
from tests.dashboard.tables import made

ROWS = made(rows=300, seed=21)
MODEL = ROWS.models[3]
NAMES = ("false_alarms", "missed_defects", "revenue_impact")
AXES = ("threshold", "flagged", "recall")
POINTS = pd.DataFrame(ROWS.points({*NAMES, "share_flagged"}, Scenario()))
POINTS["recall"] = POINTS["tp"] / (POINTS["tp"] + POINTS["fn"])
OWN = POINTS[POINTS["model"] == MODEL].reset_index(drop=True)
ANY = Scales(log=False)


def seen(axis, chosen, best, today=0.5, log=False, picks=(True,) * 3):
    curves = [
        StakeholderCurve(who, OBJECTIVES[name], OWN[name].to_numpy(), b, today, is_pick=is_pick)
        for who, name, b, is_pick in zip(STAKEHOLDERS, NAMES, best, picks, strict=True)
    ]
    return TradeoffView(
        MODEL,
        OWN["threshold"].to_numpy(),
        along(OWN, axis),
        axis,
        OWN["share_flagged"].to_numpy(),
        1 - OWN["recall"].to_numpy(),
        curves,
        Scales(log),
        chosen,
    )


def figure_of(view, scenario=None):
    return go.Figure(tradeoff_figure(view, LIGHT, "#123456", scenario or Scenario()).as_dict())


POSITIONS = st.integers(0, len(OWN) - 1)


@settings(max_examples=15)
@given(
    st.sampled_from(AXES),
    POSITIONS,
    st.tuples(*[st.none() | POSITIONS] * 3),
    st.tuples(*[st.booleans()] * 3),
)
def test_curves_and_marks_are_operating_points(axis, chosen, best, picks):
    view = seen(axis, chosen, best, picks=picks)
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


@settings(max_examples=15)
@given(st.sampled_from(AXES), POSITIONS, st.tuples(*[st.none() | POSITIONS] * 3), st.booleans())
def test_the_selected_point_and_every_mark_are_visible(axis, chosen, best, log):
    view = seen(axis, chosen, best, log=log)
    fig = figure_of(view)
    low, high = fig.layout.xaxis.range
    assert (fig.layout.xaxis.type == "log") == (log and axis == "threshold")
    if fig.layout.xaxis.type == "log":
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


def test_the_current_system_is_a_line():
    def lines(fig):
        return [s.y0 for s in fig.layout.shapes if s.line.dash == "dot"]

    assert lines(figure_of(seen("threshold", 30, (30, 20, 25)))) == [0.5] * 3
    assert lines(figure_of(seen("threshold", 30, (None, None, None), today=math.nan))) == []


def limited(*values, today=0.5, above=True):
    """One curve of figures from 0 to 100, drawn with limits."""
    view = seen("threshold", 30, (None, None, None), today)
    o, steps = OBJECTIVES["revenue_impact"], np.linspace(0, 100, len(OWN))
    lines = [LimitLine("y", value, Bound(o, 3.0), above) for value in values]
    curve = StakeholderCurve("data", o, steps, None, today, limits=lines)
    return figure_of(replace(view, curves=[curve], scales=Scales(False, {o.id: (0.0, 100.0)})))


def level(fig, dash):
    return [s.y0 for s in fig.layout.shapes if s.type == "line" and s.line.dash == dash]


def names(fig):
    """Labels at the ends of lines, from the top: figure, words, and upward shift."""
    said = [(a.y, a.text.strip(), a.yshift) for a in fig.layout.annotations if a.name != "title"]
    return sorted(said, key=lambda one: (-one[0], -one[2]))


@pytest.mark.parametrize(("above", "shaded"), [(True, (40.0, 100.0)), (False, (0.0, 40.0))])
def test_a_limit_is_a_line_with_its_good_side_shaded(above, shaded):
    fig = limited(40.0, above=above)
    assert level(fig, "dash") == [40.0]
    assert level(fig, "dot") == [0.5]
    [line] = [s.line for s in fig.layout.shapes if s.line.dash == "dash"]
    assert {name: line[name] for name in limit_look(LIGHT)} == limit_look(LIGHT)
    [area] = [s for s in fig.layout.shapes if s.type == "rect"]
    low, high = fig.layout.yaxis.range
    expected = (shaded[0], max(shaded[1], high)) if above else (min(shaded[0], low), shaded[1])
    assert (area.y0, area.y1) == expected
    assert (area.xref, area.yref, area.fillcolor) == ("x domain", "y", wash(LIGHT))
    assert not any(s.type == "rect" for s in limited().layout.shapes)


def test_a_limit_is_shaded_and_named_in_the_row_of_its_curve():
    view = seen("threshold", 30, (30, 20, 25))
    line = LimitLine("y", float(OWN[NAMES[1]].median()), Bound(OBJECTIVES["recall"], 0.5), False)
    curves = [view.curves[0], replace(view.curves[1], limits=[line]), view.curves[2]]
    fig = figure_of(replace(view, curves=curves))
    shapes = [s for s in fig.layout.shapes if s.type == "rect" or s.line.dash == "dash"]
    assert [(s.type, s.xref, s.yref) for s in shapes] == [
        ("rect", "x2 domain", "y2"),
        ("line", "x2 domain", "y2"),
    ]
    assert [a.yref for a in fig.layout.annotations if a.text == " limit"] == ["y2"]


def test_a_near_limit_is_visible_and_a_far_one_has_an_arrow():
    for near in (130.0, -30.0):
        low, high = limited(near).layout.yaxis.range
        assert low < near < high
    assert limited(130.0).layout.yaxis.range[0] == limited().layout.yaxis.range[0]
    for far in (1_000.0, -1_000.0):
        fig = limited(far)
        assert fig.layout.yaxis.range == limited().layout.yaxis.range
        assert not level(fig, "dash")
        assert not any(s.type == "rect" for s in fig.layout.shapes)
        end = fig.layout.yaxis.range[far > 0]
        arrow = "↑" if far > 0 else "↓"
        assert (end, f"target {arrow}") in [(y, words) for y, words, _ in names(fig)]
        assert fig.layout.margin.r >= limited(130.0).layout.margin.r


def test_only_names_of_close_lines_are_moved_apart():
    assert names(limited(90.0)) == [(90.0, "target", 0), (0.5, "no checks", 0)]
    for value, today in ((5.0, 0.5), (5.0, 9.0), (9.0, 9.0), (9.0, 1.0)):
        fig = limited(value, today=today)
        low, high = fig.layout.yaxis.range
        first, second = names(fig)
        assert (first[0], second[0]) == (max(value, today), min(value, today))
        assert first[2] == -second[2] > 0
        pixels = LEAST_HEIGHT / (high - low)
        assert (first[0] - second[0]) * pixels + first[2] - second[2] == pytest.approx(NAMES_APART)
    # The middle one of three names has no space.
    assert [y for y, _, _ in names(limited(5.0, 13.0, today=9.0))] == [13.0, 5.0]


def test_an_objective_that_ranks_models_has_a_line_and_no_curve():
    view = seen("threshold", 30, (30, 20, 25))
    apart = replace(view, curves=view.curves[1:], apart=[("data", OBJECTIVES["log_loss"])])
    fig = figure_of(apart)
    assert len([t for t in fig.data if t.mode == "lines"]) == 2
    said = [a.text for a in fig.layout.annotations]
    assert f"<b>Data scientist</b>  log loss {NO_THRESHOLD}" in said


def test_scales_follow_the_data_and_not_the_model():
    o = OBJECTIVES["missed_defects"]
    best = POINTS.groupby("model")["missed_defects"].idxmin().tolist()
    one = scales(POINTS, {o: best}, {o.id: [7.0]}, log=False)
    low, high = one.ends[o.id]
    assert low < min(7.0, *POINTS["missed_defects"][best])
    assert high > max(7.0, *POINTS["missed_defects"][best])
    # The range grows for a curve beyond it, but not so far that the other curves become flat.
    ranges = []
    for model in POINTS["model"].unique():
        of_model = POINTS[POINTS["model"] == model].reset_index(drop=True)
        at = int(of_model["missed_defects"].idxmin())
        curve = StakeholderCurve("data", o, of_model[o.id].to_numpy(), at, 7.0)
        view = TradeoffView(
            str(model), of_model["threshold"].to_numpy(), of_model["threshold"].to_numpy(), "threshold",
            of_model["share_flagged"].to_numpy(), 1 - of_model["recall"].to_numpy(), [curve], one, None
        )  # fmt: skip
        fig = figure_of(view)
        ranges.append(fig.layout.yaxis.range)
        first, last = fig.layout.yaxis.range
        assert first <= min(fig.data[0].y)
        assert max(fig.data[0].y) <= last or last == pytest.approx(high + 0.6 * (high - low))
    assert {first for first, _ in ranges} == {low}
    assert high <= min(last for _, last in ranges)


def test_the_axis_is_logarithmic_for_skewed_positive_scores():
    for shift, low, log in ((0.0, 0.3, False), (0.0, 0.001, True), (-2.0, 0.001, False)):
        points = pd.DataFrame(
            {
                "model": ["a"] * 4 + ["b"] * 4,
                "threshold": np.array([low, 0.4, 0.8, np.inf] * 2) + shift,
                "tp": [30.0, 10.0, 5.0, 0.0, 10.0, 9.0, 9.0, 0.0],
                "fp": [20.0, 20.0, 5.0, 0.0, 40.0, 20.0, 1.0, 0.0],
                "fn": [0.0, 20.0, 25.0, 30.0, 20.0, 21.0, 21.0, 30.0],
                "tn": [50.0, 50.0, 65.0, 70.0, 30.0, 50.0, 69.0, 70.0],
            }
        )
        assert is_logarithmic(points) == log


def test_the_axis_includes_every_mark_and_is_otherwise_fixed():
    view = seen("threshold", None, (20, 25, 30))
    ranges = {
        tuple(figure_of(replace(view, chosen=chosen)).layout.xaxis.range)
        for chosen in np.flatnonzero((view.flagged <= 0.4) & (view.missed <= 0.6))
    }
    assert len(ranges) == 1
    for far in np.flatnonzero(np.isfinite(view.x) & ((view.flagged > 0.4) | (view.missed > 0.6))):
        least = reach([view.flagged[far]], [view.missed[far]])
        low, high = figure_of(replace(view, least=least)).layout.xaxis.range
        assert low < view.x[far] < high
    shares: tuple[list[float], ...] = ([], [math.nan], [0.4, 0.1], [0.41], [0.79, 0.2], [0.99])
    assert [reach(curve, []).flagged for curve in shares] == [0.4, 0.4, 0.4, 0.6, 0.8, 1.0]
    assert [reach([], curve).missed for curve in shares] == [0.6, 0.6, 0.6, 0.6, 0.8, 1.0]


@pytest.mark.parametrize("axis", AXES)
def test_names_cannot_write_markup_into_the_chart(axis):
    view = seen(axis, 5, (1, 2, 3))
    named = replace(OBJECTIVES["missed_defects"], label="<u>missed_defects</u>")
    fig = figure_of(replace(view, curves=[replace(view.curves[1], objective=named)]))
    titles = " ".join(a.text for a in fig.layout.annotations)
    assert html.escape("<u>missed_defects</u>") in titles
    assert "<u>" not in titles


def test_intervals_are_bands_around_their_curves():
    view = seen("threshold", None, (None, None, None))
    curves = [replace(c, ends=Interval(c.values - 1, c.values + 2)) for c in view.curves]
    fig = figure_of(replace(view, curves=curves))
    for k, name in enumerate(NAMES):
        low, high, line = fig.data[3 * k : 3 * k + 3]
        assert line.name == OBJECTIVES[name].id
        assert np.allclose(low.y[1:], line.y[1:] - 1)
        assert np.allclose(high.y[1:], line.y[1:] + 2)
        assert (low.y[0], high.y[0]) == (low.y[1], high.y[1])
        assert (low.fill, high.fill) == (None, "tonexty")


def test_a_model_with_one_threshold_can_be_drawn():
    ends = OWN.iloc[[len(OWN) - 2, len(OWN) - 1]].reset_index(drop=True)
    curves = [
        StakeholderCurve("data", OBJECTIVES[n], ends[n].to_numpy(), None, math.nan) for n in NAMES
    ]
    for axis in AXES:
        at, flagged = ends["threshold"].to_numpy(), ends["share_flagged"].to_numpy()
        missed = 1 - ends["recall"].to_numpy()
        view = TradeoffView(MODEL, at, along(ends, axis), axis, flagged, missed, curves, ANY, 0)
        assert np.isfinite(figure_of(view).layout.xaxis.range).all()


def test_a_band_starts_after_the_jump_at_the_end_of_the_curve():
    wide = np.full(200, 2.0)
    assert position_after_leaps(-wide, wide) == 0
    wide[:3] = 90.0, 40.0, np.nan
    assert position_after_leaps(-wide, wide) == 3
    # A band that is wide along much of the curve is mentioned.
    wide[:100] = np.linspace(90.0, 2.0, 100)
    assert position_after_leaps(-wide, wide) == 0
    assert position_after_leaps(np.full(5, np.nan), np.full(5, np.nan)) == 0


def test_ranges_of_thresholds_are_separate_and_start_at_the_previous_threshold():
    x = np.array([0.1, 0.2, 0.4, 0.7, np.inf])
    kept = np.array([True, False, True, True, False])
    assert stretches(x, kept, "threshold") == ((-np.inf, 0.1), (0.2, 0.7))
    assert stretches(x, ~kept, "threshold") == ((0.1, 0.2), (0.7, np.inf))
    flagged = np.array([1.0, 0.6, 0.5, 0.2, 0.0])
    assert stretches(flagged, kept, "flagged") == ((1.0, 1.0), (0.2, 0.5))
    assert stretches(np.full(5, np.nan), kept, "recall") == ()


@pytest.mark.parametrize("log", [False, True])
def test_the_bar_of_thresholds_that_meet_the_limits_is_below_the_lowest_curve(log):
    view = seen("threshold", 5, (1, 2, 3), log=log)

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
    view = seen("threshold", 5, (1, 2, 3))
    fig = figure_of(view, Scenario(inspection=Inspection(false_alarms=0.1)))
    assert fig.layout.xaxis3.title.text == BAND_TITLE
    assert figure_of(view).layout.xaxis3.title.text == AXIS_TITLES["threshold"]
