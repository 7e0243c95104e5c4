"""Tests of the visible part of a trade-off: marks, near limits and the common scale of all models."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.decide.tradeoff import StakeholderCurve, TradeoffView, along, reach
from dashboard.analysis.decide.tradeoff_scales import scales
from dashboard.figures.tradeoff_range import position_after_leaps
from metrics import OBJECTIVES
from tests.dashboard.figures.tradeoffs import (
    ANY,
    AXES,
    MODEL,
    NAMES,
    OWN,
    POINTS,
    POSITIONS,
    figure_of,
    figure_with_limits,
    line_levels,
    line_names,
    tradeoff_view,
)


@settings(max_examples=15)
@given(st.sampled_from(AXES), POSITIONS, st.tuples(*[st.none() | POSITIONS] * 3), st.booleans())
def test_the_selected_point_and_every_mark_are_visible(axis, chosen, best, log):
    view = tradeoff_view(axis, chosen, best, log=log)
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


def test_a_near_limit_is_visible_and_a_far_one_has_an_arrow():
    for near in (130.0, -30.0):
        low, high = figure_with_limits(near).layout.yaxis.range
        assert low < near < high
    assert (
        figure_with_limits(130.0).layout.yaxis.range[0]
        == figure_with_limits().layout.yaxis.range[0]
    )
    for far in (1_000.0, -1_000.0):
        fig = figure_with_limits(far)
        assert fig.layout.yaxis.range == figure_with_limits().layout.yaxis.range
        assert not line_levels(fig, "dash")
        assert not any(s.type == "rect" for s in fig.layout.shapes)
        end = fig.layout.yaxis.range[far > 0]
        arrow = "↑" if far > 0 else "↓"
        assert (end, f"target {arrow}") in [(y, words) for y, words, _ in line_names(fig)]
        assert fig.layout.margin.r >= figure_with_limits(130.0).layout.margin.r


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


def test_the_axis_includes_every_mark_and_is_otherwise_fixed():
    view = tradeoff_view("threshold", None, (20, 25, 30))
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
