"""The front as a value, held to each point compared with each; and the drawing to the value."""

from __future__ import annotations

import html
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.figures.front import front_figure, point_data
from dashboard.figures.front_view import Mark, front_view, line_of, visible_range
from dashboard.figures.look import DARK, LIGHT, styles
from metrics import OBJECTIVES, Direction, Scenario
from metrics.inference.attainment import AttainmentBand
from metrics.inference.statistics import Interval
from metrics.narrative.formatting import figure
from tests import oracles
from tests.dashboard.tables import NASTY, made

SOME = ["log_loss", "missed_defects", "revenue_impact", "precision", "false_alarms"]
IDS = st.sampled_from(SOME)
# Few values, so that ties, duplicates and undefined figures are the rule.
FIGURES = st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.5, math.nan])


@st.composite
def tables(draw):
    """Operating points with the figures of five objectives, and the marks on them."""
    count = draw(st.integers(1, 14))
    frame = pd.DataFrame(
        {
            "model": sorted(draw(st.sampled_from(NASTY)) for _ in range(count)),
            "threshold": [*range(count - 1), math.inf],
        }
        | {o: draw(st.lists(FIGURES, min_size=count, max_size=count)) for o in SOME}
    )
    three = draw(st.lists(IDS, min_size=3, max_size=3))
    across, up = draw(st.lists(st.sampled_from(three), min_size=2, max_size=2))
    named = draw(st.lists(st.integers(0, count - 1), max_size=3))
    marks = [
        Mark(f"mark {k}", frame["model"][k], frame["threshold"][k], frame[across][k], frame[up][k], "pick")
        for k in named
    ]  # fmt: skip
    return frame, [OBJECTIVES[o] for o in three], OBJECTIVES[across], OBJECTIVES[up], marks


@given(tables())
def test_both_fronts_are_those_of_brute_force(table):
    points, stakeholders, across, up, marks = table
    view = front_view(points, stakeholders, across, up, marks)
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
    told = view.points["standing"].to_numpy() != ""
    assert told.tolist() == (~everyone[defined]).tolist()
    assert view.marks == tuple(m for m in marks if not math.isnan(m.x) and not math.isnan(m.y))


@given(tables())
def test_a_win_is_told_only_of_the_best(table):
    points, stakeholders, across, up, marks = table
    view = front_view(points, stakeholders, across, up, marks)
    others = [o for o in stakeholders if o.id not in (across.id, up.id)]
    best = set()
    for o in others:
        column = points[o.id]
        top = column.max() if o.direction is Direction.MAXIMISE else column.min()
        best |= set(points.index[column == top])
    shown = points.index[points[[across.id, up.id]].notna().all(axis=1)]
    assert [bool(w) for w in view.points["wins"]] == [k in best for k in shown]


@given(tables())
def test_what_is_named_is_in_sight_and_better_is_up_and_right(table):
    points, stakeholders, across, up, marks = table
    view = front_view(points, stakeholders, across, up, marks)
    for axis, o, ends in zip(("x", "y"), (across, up), visible_range(view), strict=True):
        assert np.isfinite(ends).all()
        assert (ends[0] < ends[1]) == (o.direction is Direction.MAXIMISE)
        low, high = sorted(ends)
        assert all(low < getattr(mark, axis) < high for mark in view.marks)
        on_front = view.points.loc[view.points["front"], axis]
        if len({getattr(mark, axis) for mark in view.marks}) < 2:
            assert all(low < value < high for value in on_front)


ROWS = made()


def drawn(look=LIGHT, across="missed_defects", up="revenue_impact"):
    """The front of a file with models of awkward names, drawn."""
    names = ["log_loss", across, up]
    points = pd.DataFrame(ROWS.points(set(names), Scenario()))
    marks = [
        Mark(f"pick of {name}", name, points["threshold"][k], points[across][k], points[up][k], kind)
        for k, name, kind in ((3, NASTY[0], "pick"), (len(points) - 4, NASTY[3], "chosen"))
    ]  # fmt: skip
    marks.append(Mark("<i>today</i>", None, math.inf, 36.0, 0.0, "today"))
    stakeholders = [OBJECTIVES[name] for name in names]
    view = front_view(points, stakeholders, OBJECTIVES[across], OBJECTIVES[up], marks)
    return view, front_figure(view, look, styles(ROWS.models), Scenario())


def markers(fig):
    """Markers of the models' points, trace by trace; named points have an outline besides."""
    return [t for t in fig.data if t.mode == "markers" and t.marker.size in (6, 8)]


def test_a_marker_carries_the_point_that_it_shows():
    view, fig = drawn()
    places = {
        point_data(p["model"], p["threshold"]): (p["x"], p["y"], p["front"])
        for p in view.points.to_dict("records")
    }
    style = styles(ROWS.models)
    seen = set()
    for trace in markers(fig):
        for x, y, data in zip(trace.x, trace.y, trace.customdata, strict=True):
            filled = trace.marker.symbol == style[data[0]].symbol
            assert places[tuple(data)] == (x, y, filled)
            assert filled or trace.marker.symbol == style[data[0]].symbol + "-open"
            assert trace.marker.color == style[data[0]].light
            seen.add(data[0])
    assert seen == set(NASTY)
    on_front = set(view.points.loc[view.points["front"], "model"])
    filled = {t.name for t in markers(fig) if not t.marker.symbol.endswith("-open")}
    assert filled == on_front


@given(st.sampled_from(NASTY), st.floats(allow_nan=False))
def test_a_carried_point_is_text_that_reads_back_exactly(model, at):
    name, text = point_data(model, at)
    assert (name, float(text)) == (model, at)
    assert point_data(None, at)[0] == ""


def test_markers_do_not_lie_on_top_of_each_other():
    view, fig = drawn()
    wide, high = (abs(b - a) for a, b in visible_range(view))
    for trace in markers(fig):
        gaps = [
            max(abs(x1 - x0) / wide, abs(y1 - y0) / high)
            for x0, x1, y0, y1 in zip(trace.x, trace.x[1:], trace.y, trace.y[1:], strict=False)
        ]
        assert min(gaps, default=1) >= 0.02


def test_the_line_joins_the_front_of_the_axes_in_order():
    view, fig = drawn()
    [line] = [t for t in fig.data if t.name == "front"]
    expected = view.points[view.points["line"]][["x", "y"]].drop_duplicates()
    joined = list(zip(line.x, line.y, strict=True))
    assert sorted(joined) == sorted(map(tuple, expected.to_numpy()))
    assert list(line.x) == sorted(line.x)
    assert list(line.y) == sorted(line.y)


def texts(fig):
    hovers = [text for trace in fig.data for text in (trace.text or ())]
    return [*hovers, fig.layout.xaxis.title.text, *(a.text for a in fig.layout.annotations)]


def test_names_cannot_write_markup_into_the_chart():
    _, fig = drawn()
    hovers = " ".join(texts(fig))
    assert html.escape("<b>rule</b>") in hovers
    assert html.escape("<i>today</i>") in hovers
    tags = set(
        re.findall(r"</?\w+>", hovers.replace("<b>" + html.escape("<b>rule</b>") + "</b>", ""))
    )
    assert tags <= {"<b>", "</b>", "<br>"}
    assert "<b>rule</b>" not in hovers
    assert "<i>" not in hovers


def told(stands, ranges):
    """Hover texts of the models' points, by whether the marker is filled."""
    names = ["log_loss", "missed_defects", "revenue_impact"]
    points = pd.DataFrame(ROWS.points(set(names), Scenario()))
    stakeholders = [OBJECTIVES[name] for name in names]
    view = front_view(
        points, stakeholders, stakeholders[1], stakeholders[2], [], np.full(len(points), stands)
    )
    view = replace(view, ranges={name: ranges(points[name].to_numpy()) for name in names})
    fig = front_figure(view, LIGHT, styles(ROWS.models), Scenario())
    return [
        (not trace.marker.symbol.endswith("-open"), x, y, text)
        for trace in markers(fig)
        for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)
    ]


def test_both_figures_of_a_point_have_their_interval():
    for _, x, y, text in told(0.5, lambda values: Interval(values - 3, values + 4)):
        for value, name in ((x, "missed_defects"), (y, "revenue_impact")):
            o = OBJECTIVES[name]
            ends = [figure(o, value + off, Scenario()) for off in (-3, 4)]
            assert f"(95 %: {ends[0]} to {ends[1]})" in text
            assert f"{o.label}: {figure(o, value, Scenario())}" in text
    # Ends that read the same say nothing; nor does what is not known.
    for width in (0, np.nan):
        texts = [text for *_, text in told(0.5, lambda v, w=width: Interval(v - w, v + w))]
        assert not any("95 %" in text or "none seen" in text for text in texts)


def test_only_points_of_the_front_say_how_often_no_other_model_beats_them():
    for filled, _, _, text in told(0.93, lambda values: Interval(values, values)):
        assert ("no other model beats it in 93 of 100 resamples" in text) == filled
        assert ("another point is at least as good for every stakeholder" in text) != filled
    assert not any("resamples" in text for *_, text in told(np.nan, lambda v: Interval(v, v)))


def test_every_named_point_is_marked_and_labelled():
    view, fig = drawn(DARK)
    labels = [html.unescape(a.text) for a in fig.layout.annotations]
    for mark in view.marks:
        [trace] = [t for t in fig.data if t.name == mark.label]
        assert (trace.x[0], trace.y[0]) == (mark.x, mark.y)
        assert tuple(trace.customdata[0]) == point_data(mark.model, mark.threshold)
        assert any(mark.label in label for label in labels)
    assert {t.marker.color for t in markers(fig)} <= {s.dark for s in styles(NASTY).values()}


@settings(max_examples=20)
@given(tables())
def test_any_front_can_be_drawn(table):
    points, stakeholders, across, up, marks = table
    view = front_view(points, stakeholders, across, up, marks)
    fig = front_figure(view, LIGHT, styles(NASTY), Scenario(units_per_year=1e6))
    assert (list(fig.layout.xaxis.range), list(fig.layout.yaxis.range)) == visible_range(view)
    shown = {t.name for t in markers(fig)}
    # A model without a single defined point has nothing to show; every other has a marker.
    assert shown == set(view.points["model"])


def test_the_band_ends_where_the_line_of_the_front_ends():
    view, _ = drawn()
    line = line_of(view)
    assert len(line) == 2
    corners = line[["x", "y"]].to_numpy(float)
    wider = corners + np.array([3.0, 40.0])
    band = AttainmentBand(easily=corners - np.array([3.0, 40.0]), hardly=wider)
    fig = front_figure(replace(view, band=band), LIGHT, styles(ROWS.models), Scenario())
    [shade] = [trace for trace in fig.data if trace.name == "band"]
    worst = [
        values[np.argmax(o.direction.loss(values))]
        for o, values in ((view.across, corners[:, 0]), (view.up, corners[:, 1]))
    ]
    for o, end, values in zip((view.across, view.up), worst, (shade.x, shade.y), strict=True):
        assert max(o.direction.loss(np.asarray(values))) == o.direction.loss(end)


def test_a_front_of_one_point_has_its_band_to_the_ends_of_the_chart():
    view, _ = drawn()
    points = view.points.assign(line=False)
    points.loc[points.index[view.points["line"]][0], "line"] = True
    alone = points[points["line"]][["x", "y"]].to_numpy(float)
    band = AttainmentBand(easily=alone - 1.0, hardly=alone + 1.0)
    one = replace(view, points=points, band=band)
    fig = front_figure(one, LIGHT, styles(ROWS.models), Scenario())
    [shade] = [trace for trace in fig.data if trace.name == "band"]
    far = points["x"].to_numpy(float)
    assert max(view.across.direction.loss(np.asarray(shade.x))) == max(
        view.across.direction.loss(far)
    )
