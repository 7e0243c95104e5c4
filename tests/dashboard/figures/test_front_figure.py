"""Tests of the front against comparing each pair of points, and of its drawing against the front."""

from __future__ import annotations

import html
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.decide.front import Acceptable, Mark, discussed, front_view
from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.figures import front_figure as front_figures
from dashboard.figures.front_figure import front_figure
from dashboard.figures.front_names import add_names, is_out_of_sight
from dashboard.figures.front_range import visible_range
from dashboard.figures.model_styles import styles
from dashboard.figures.palette import DARK, LIGHT
from dashboard.words.decide.front import mark_label
from metrics import OBJECTIVES, Bound, Direction, Payoff, Scenario
from metrics.inference.choice.front_band import AttainmentBand
from tests import oracles
from tests.dashboard.tables import NASTY, made

SOME = ["log_loss", "missed_defects", "revenue_impact", "precision", "false_alarms"]
IDS = st.sampled_from(SOME)
# With few values, most examples have ties, duplicates and undefined figures.
FIGURES = st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.5, math.nan])


@st.composite
def tables(draw):
    """Operating points with the figures of five objectives, and their marks."""
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
        Mark("pick", frame["model"][k], frame["threshold"][k], frame[across][k], frame[up][k])
        for k in named
    ]  # fmt: skip
    return frame, [OBJECTIVES[o] for o in three], OBJECTIVES[across], OBJECTIVES[up], marks


@given(tables())
def test_both_fronts_equal_pairwise_comparison(table):
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
    assert view.marks == tuple(m for m in marks if not math.isnan(m.x) and not math.isnan(m.y))


@given(tables())
def test_named_points_are_in_sight_and_figures_grow_up_and_to_the_right(table):
    points, stakeholders, across, up, marks = table
    view = front_view(points, stakeholders, across, up, marks)
    for axis, ends in zip(("x", "y"), visible_range(view), strict=True):
        assert np.isfinite(ends).all()
        low, high = ends
        assert low < high
        assert all(low < getattr(mark, axis) < high for mark in view.marks)
        on_front = view.points.loc[view.points["front"], axis]
        if len({getattr(mark, axis) for mark in view.marks}) < 2:
            assert all(low < value < high for value in on_front)


def test_the_front_is_visible_where_it_beats_the_current_system():
    """The picks may be close together, for instance at a binding limit."""
    points = pd.DataFrame(
        {
            "model": ["a"] * 6,
            "threshold": [0.1, 0.2, 0.3, 0.4, 0.5, math.inf],
            "missed_defects": [0.0, 10.0, 20.0, 30.0, 40.0, 90.0],
            "revenue_impact": [-9e6, 100.0, 200.0, 250.0, 260.0, 0.0],
        }
    )
    across, up = OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]
    marks = [
        Mark("pick", "a", 0.4, 30.0, 250.0),
        Mark("today", None, math.inf, 35.0, 50.0),
    ]
    ranges = visible_range(front_view(points, [across, up], across, up, marks))
    seen = [
        min(ranges[0]) < x < max(ranges[0]) and min(ranges[1]) < y < max(ranges[1])
        for x, y in zip(points["missed_defects"], points["revenue_impact"], strict=True)
    ]
    assert seen == [False, True, True, True, False, False]


def test_a_distant_current_point_has_an_arrow_at_the_edge():
    points = pd.DataFrame(
        {
            "model": ["a"] * 4,
            "threshold": [0.1, 0.2, 0.3, 0.4],
            "missed_defects": [10.0, 20.0, 30.0, 40.0],
            "revenue_impact": [100.0, 200.0, 250.0, 260.0],
        }
    )
    across, up = OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]
    pick = Mark("pick", "a", 0.3, 30.0, 250.0)
    # From 900 all other points are at nearly one place, so the range includes the current system.
    for far, out in ((150.0, True), (45.0, False), (900.0, False)):
        today = Mark("today", None, math.inf, far, 90.0)
        view = front_view(points, [across, up], across, up, [pick, today])
        ranges = visible_range(view)
        assert is_out_of_sight(today, ranges) == out
        assert not is_out_of_sight(pick, ranges)
        fig = chart(view, on_paper=True)
        [note] = (n for n in fig.layout.annotations if "no checks" in n.text)
        assert note.text == ("no checks, at 150 →" if out else "no checks")
        assert ranges[0][0] <= note.x <= ranges[0][1]


ROWS = made()
RECALL = Bound(OBJECTIVES["recall"], 0.5)


def limit(label, value):
    """Limit on an objective that equals the false alarms under another name."""
    return Bound(replace(OBJECTIVES["false_alarms"], label=label), value)


def view_and_figure(palette=LIGHT, across="missed_defects", up="revenue_impact"):
    """Drawn front of a file with models of awkward names."""
    names = ["log_loss", across, up]
    points = pd.DataFrame(ROWS.points(set(names), Scenario()))

    def place(k: int) -> tuple[float, float, float]:
        return float(points["threshold"][k]), float(points[across][k]), float(points[up][k])

    marks = [
        Mark("pick", NASTY[0], *place(3), stakeholders=("data",)),
        Mark("chosen", NASTY[3], *place(len(points) - 4)),
        Mark("today", None, math.inf, 36.0, 0.0),
    ]
    stakeholders = [OBJECTIVES[name] for name in names]
    view = front_view(points, stakeholders, OBJECTIVES[across], OBJECTIVES[up], marks)
    return view, chart(view, palette)


def chart(view, palette=LIGHT, scenario=None, *, on_paper=False):
    """Front as Plotly reads it; `on_paper` includes the names."""
    scenario, style = scenario or Scenario(), styles((*NASTY, "a"))
    fig = front_figure(view, palette, style, scenario)
    if on_paper:
        names = [mark_label(mark, scenario) for mark in view.marks]
        add_names(fig, view, names, scenario)
    return go.Figure(fig.as_dict())


def markers(fig):
    """Markers of the models' points by trace; named points are larger."""
    return [t for t in fig.data if t.mode == "markers" and t.marker.size in (6, 8)]


def curves(fig):
    return [t for t in fig.data if (t.name or "").startswith("curve ")]


def test_every_corner_and_marker_carries_its_threshold():
    view, fig = view_and_figure()
    places = view.points.set_index(["model", "threshold"])
    style = styles(ROWS.models)

    def of(trace):
        """Points that a trace draws."""
        model = trace.name.removeprefix("curve ")
        return places.loc[[(model, at) for at in np.asarray(trace.customdata)]]

    for trace in (*markers(fig), *curves(fig)):
        of_trace = of(trace)
        assert np.array_equal(np.asarray(trace.x), of_trace["x"].to_numpy(np.float32))
        assert np.array_equal(np.asarray(trace.y), of_trace["y"].to_numpy(np.float32))
    for trace in markers(fig):
        assert of(trace)["front"].all()
        look = style[trace.name]
        color = look.light if trace.name in discussed(view) else LIGHT.beaten
        assert (trace.marker.symbol, trace.marker.color) == (look.symbol, color)
    on_front = set(view.points.loc[view.points["front"], "model"])
    assert {t.name for t in markers(fig)} == on_front
    assert {t.name.removeprefix("curve ") for t in curves(fig)} == set(NASTY)


def test_models_on_the_shortlist_or_with_a_mark_have_colour():
    view, fig = view_and_figure()
    on_front = set(view.points.loc[view.points["front"], "model"])
    assert discussed(view) == on_front | {NASTY[0], NASTY[3]}
    # The current system is no candidate, so its position does not decide a model's colour.
    today = Mark("today", NASTY[1], 0.5, 1.0, 1.0)
    assert discussed(replace(view, marks=(today,))) == on_front
    for palette in (LIGHT, DARK):
        _, fig = view_and_figure(palette)
        style = styles(ROWS.models)
        for trace in curves(fig):
            model = trace.name.removeprefix("curve ")
            has_colour = model in discussed(view)
            assert (trace.line.color == style[model].color(palette)) == has_colour
            assert (trace.line.color == palette.beaten) != has_colour


def test_markers_do_not_overlap():
    view, fig = view_and_figure()
    wide, high = (abs(b - a) for a, b in visible_range(view))
    for trace in markers(fig):
        gaps = [
            max(abs(x1 - x0) / wide, abs(y1 - y0) / high)
            for x0, x1, y0, y1 in zip(trace.x, trace.x[1:], trace.y, trace.y[1:], strict=False)
        ]
        assert min(gaps, default=1) >= 0.02


def test_a_thinned_curve_keeps_every_visible_corner(monkeypatch):
    """Between consecutive corners, no point is farther from them than they are from each other."""
    monkeypatch.setattr(front_figures, "MOST_STEPS", 0)
    view, fig = view_and_figure()
    (left, right), (low, high) = (sorted(ends) for ends in visible_range(view))
    size = np.array([right - left, high - low])
    for trace in curves(fig):
        of_model = view.points[view.points["model"] == trace.name.removeprefix("curve ")]
        shares = (of_model[["x", "y"]].to_numpy() - [left, low]) / size
        seen = ((shares > -0.1) & (shares < 1.1)).all(axis=1)
        kept = np.isin(of_model["threshold"], trace.customdata)
        assert kept[[0, -1]].all()
        before = np.maximum.accumulate(np.where(kept, np.arange(len(of_model)), 0))
        away = np.abs(shares - shares[before]).max(axis=1)
        assert away[seen & seen[before]].max(initial=0) <= 0.02


@pytest.mark.parametrize(("defects", "is_stepped"), [(25, True), (400, False)])
def test_the_curve_of_few_defects_is_a_staircase_of_the_best_points(defects, is_stepped):
    rng = np.random.default_rng(25)
    missed = np.sort(rng.integers(0, defects, 900))
    gained = np.round(20 * np.sqrt(missed) + rng.integers(0, 5, 900))
    points = pd.DataFrame({"model": "a", "threshold": np.arange(900) / 900})
    points = points.assign(missed_defects=missed * 1.0, revenue_impact=gained)
    across, up = OBJECTIVES["missed_defects"], OBJECTIVES["revenue_impact"]
    view = front_view(points, [across, up], across, up, [])
    [curve] = curves(chart(view))
    assert curve.line.shape == ("hv" if is_stepped else "linear")
    best = {x: max(gained[missed == x]) for x in set(missed)}
    beside = [y for x, y in zip(curve.x, curve.y, strict=True) if y != best[int(x)]]
    assert bool(beside) != is_stepped
    assert list(curve.x) == sorted(curve.x)


def test_the_line_joins_the_front_of_the_axes_in_order():
    view, fig = view_and_figure()
    [line] = [t for t in fig.data if t.name == "front"]
    expected = view.points[view.points["line"]][["x", "y"]].drop_duplicates()
    joined = list(zip(line.x, line.y, strict=True))
    assert sorted(joined) == sorted(map(tuple, expected.to_numpy(np.float32)))
    assert list(line.x) == sorted(line.x)
    assert list(line.y) == sorted(line.y)


def test_a_currency_sign_is_on_the_ticks_and_a_code_in_the_title():
    view, _ = view_and_figure()
    for currency, sign, unit in (("€", "€", ""), ("EUR", "", "EUR "), ("<", "", "&lt; ")):
        fig = chart(view, scenario=Scenario(payoff=Payoff(), currency=currency))
        [title] = [note.text for note in fig.layout.annotations]
        assert {
            text.lstrip("\N{MINUS SIGN}").startswith("€") for text in fig.layout.yaxis.ticktext
        } == {bool(sign)}
        assert title == f"{view.up.label}, {unit}in this file, better ↑"
        assert not any("€" in text for text in fig.layout.xaxis.ticktext)


def test_names_cannot_write_markup_into_the_chart():
    fig = chart(view_and_figure()[0], on_paper=True)
    said = [fig.layout.xaxis.title.text, *(a.text for a in fig.layout.annotations)]
    assert "Data scientist" in said
    assert not re.findall(r"</?\w+>", " ".join(said))


def test_every_named_point_has_a_mark_and_on_paper_a_label():
    view, fig = view_and_figure(DARK)
    assert [a.name for a in fig.layout.annotations] == ["title"]  # the page places the names itself
    for k, mark in enumerate(view.marks):
        [trace] = [t for t in fig.data if (t.meta or {}).get("mark") == k]
        assert (trace.x[0], trace.y[0], trace.name) == (
            mark.x,
            mark.y,
            mark_label(mark, Scenario()),
        )
    colors = {s.dark for s in styles(NASTY).values()} | {DARK.beaten}
    assert {t.marker.color for t in markers(fig)} <= colors
    fig = chart(view, DARK, on_paper=True)
    labels = {html.unescape(a.text): (a.x, a.y) for a in fig.layout.annotations}
    for mark in view.marks:
        assert labels[mark_label(mark, Scenario())] == (mark.x, mark.y)


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


def test_a_limit_is_a_line_and_on_paper_has_a_label():
    view, _ = view_and_figure()
    lines = [LimitLine("x", 30.0, limit("<b>", 30.0), False), LimitLine("y", 5.0, RECALL, True)]
    keeps = np.zeros(len(view.points) + 50, bool)
    limited = replace(view, acceptable=Acceptable(keeps, lines))
    fig = chart(limited, on_paper=True)
    assert [(s.x0, s.y0) for s in fig.layout.shapes] == [(30.0, 0), (0, 5.0)]
    said = [html.unescape(a.text) for a in fig.layout.annotations]
    assert said[-2:] == ["<b> at most 30 in this file", "recall at least 50.0%"]


def test_on_paper_an_arrow_points_to_a_limit_out_of_sight():
    view, _ = view_and_figure()
    ends = dict(zip("xy", visible_range(view), strict=True))
    it = "it at most 3 in this file"
    beyond = {"x": (f"← {it}", f"{it} →"), "y": (f"{it} ↓", f"{it} ↑")}
    for axis, said in beyond.items():
        low, high = ends[axis]
        long = high - low
        for value, words, at in (
            (low - long, said[0], low),
            (low + 0.3 * long, it, low + 0.3 * long),
            (high + long, said[1], high),
        ):
            line = LimitLine(axis, value, limit("it", 3.0), True)
            keeps = np.zeros(len(view.points) + 50, bool)
            limited = replace(view, acceptable=Acceptable(keeps, [line]))
            note = chart(limited, on_paper=True).layout.annotations[-1]
            assert (note.text, note[axis]) == (words, pytest.approx(at))


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


@settings(max_examples=20)
@given(tables())
def test_any_front_can_be_drawn(table):
    points, stakeholders, across, up, marks = table
    view = front_view(points, stakeholders, across, up, marks)
    fig = chart(view, scenario=Scenario(units_per_year=1e6))
    assert (list(fig.layout.xaxis.range), list(fig.layout.yaxis.range)) == visible_range(view)
    # Every model with a defined point has a curve.
    shown = {t.name.removeprefix("curve ") for t in curves(fig)}
    assert shown == set(view.points["model"])
    assert {t.name for t in markers(fig)} == set(view.points.loc[view.points["front"], "model"])


def test_the_band_ends_with_the_line_of_the_front():
    view, _ = view_and_figure()
    line = view.line
    assert len(line) == 2
    corners = line[["x", "y"]].to_numpy(float)
    wider = corners + np.array([3.0, 40.0])
    band = AttainmentBand(easily=corners - np.array([3.0, 40.0]), hardly=wider)
    [shade] = [trace for trace in chart(replace(view, band=band)).data if trace.name == "band"]
    worst = [
        values[np.argmax(o.direction.loss(values))]
        for o, values in ((view.across, corners[:, 0]), (view.up, corners[:, 1]))
    ]
    for o, end, values in zip((view.across, view.up), worst, (shade.x, shade.y), strict=True):
        assert max(o.direction.loss(np.asarray(values))) == o.direction.loss(end)


def test_a_front_of_one_point_has_its_band_to_the_ends_of_the_chart():
    view, _ = view_and_figure()
    points = view.points.assign(line=False)
    points.loc[points.index[view.points["line"]][0], "line"] = True
    alone = points[points["line"]][["x", "y"]].to_numpy(float)
    band = AttainmentBand(easily=alone - 1.0, hardly=alone + 1.0)
    one = replace(view, points=points, line=points[points["line"]], band=band)
    [shade] = [trace for trace in chart(one).data if trace.name == "band"]
    far = points["x"].to_numpy(float)
    assert max(view.across.direction.loss(np.asarray(shade.x))) == max(
        view.across.direction.loss(far)
    )
