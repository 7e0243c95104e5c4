"""Tests of the drawing of a front: curves, markers, line and band have the points of the front."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from dashboard.analysis.decide.front import Mark, discussed, front_view
from dashboard.figures import front_figure
from dashboard.figures.front_range import visible_range
from dashboard.figures.model_styles import styles
from dashboard.figures.palette import DARK, LIGHT
from dashboard.words.decide.front import mark_label
from metrics import OBJECTIVES, Payoff, Scenario
from metrics.inference.choice.front_band import AttainmentBand
from tests.dashboard.figures.fronts import ROWS, chart, front_inputs, view_and_figure
from tests.dashboard.tables import NASTY

SIZES = 6, 8
"""Sizes of the markers of beaten models, and of others."""


def markers(fig):
    """Traces with the models' markers, without the larger markers of named points."""
    return [t for t in fig.data if t.mode == "markers" and t.marker.size in SIZES]


def curves(fig):
    return [t for t in fig.data if (t.name or "").startswith("curve ")]


def test_every_corner_and_marker_carries_its_threshold():
    view, fig = view_and_figure()
    places = view.points.set_index(["model", "threshold"])
    style = styles(ROWS.models)

    def points_of_trace(trace):
        """Points that a trace draws."""
        model = trace.name.removeprefix("curve ")
        return places.loc[[(model, at) for at in np.asarray(trace.customdata)]]

    for trace in (*markers(fig), *curves(fig)):
        of_trace = points_of_trace(trace)
        assert np.array_equal(np.asarray(trace.x), of_trace["x"].to_numpy(np.float32))
        assert np.array_equal(np.asarray(trace.y), of_trace["y"].to_numpy(np.float32))
    for trace in markers(fig):
        assert points_of_trace(trace)["front"].all()
        look = style[trace.name]
        color = look.light if trace.name in discussed(view) else LIGHT.beaten
        assert (trace.marker.symbol, trace.marker.color) == (look.symbol, color)
    on_front = set(view.points.loc[view.points["front"], "model"])
    assert {t.name for t in markers(fig)} == on_front
    assert {t.name.removeprefix("curve ") for t in curves(fig)} == set(NASTY)


def test_models_on_the_shortlist_or_with_a_mark_have_colour():
    view, _ = view_and_figure()
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
    """Each corner that is left out is within 2% of the chart of the corner before it."""
    monkeypatch.setattr(front_figure, "MOST_STEPS", 0)
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


@settings(max_examples=20)
@given(front_inputs())
def test_any_front_can_be_drawn(inputs):
    view = front_view(*inputs)
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
