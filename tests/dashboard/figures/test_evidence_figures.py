"""The chart of net benefit: what stands on it lies on its line and in sight."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.figures.evidence_figures import (
    HIGH,
    LETTER,
    LINE,
    WIDE,
    _name_line,
    decision_figure,
    reliability_figure,
    roc_figure,
)
from dashboard.figures.palette import LIGHT, styles
from dashboard.figures.plotly_json import Drawing
from dashboard.page.evidence import evidence_of
from dashboard.session.choices import Choices
from metrics import Scenario, Today
from tests.dashboard.built import built_table
from tests.dashboard.pages import FOUR, POINT
from tests.dashboard.tables import NASTY


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    scenario = Scenario(today=Today(NASTY[0], 0.4), miss_cost=4.0)
    folder = tmp_path_factory.mktemp("evidence")
    page = built_table(folder, FOUR, scenario, Choices(point=POINT), resampled=True)
    return evidence_of(page)


@pytest.fixture(scope="module")
def drawn(evidence):
    shown, everything = evidence.shown, evidence.everything
    fig = decision_figure(shown, everything, str, LIGHT, styles(list(FOUR.scores)))
    return go.Figure(fig.as_dict())


def test_a_dearer_miss_is_to_the_right_and_the_price_of_now_in_the_middle(drawn):
    low, high = drawn.layout.xaxis.range
    assert low < high
    assert 10 ** ((low + high) / 2) == pytest.approx(4)


@pytest.mark.parametrize("name", ["chosen", "beside"])
def test_a_point_lies_on_its_own_line_and_in_sight(drawn, name):
    traces = {trace.name: trace for trace in drawn.data}
    line, point = traces[name], traces[f"point {name}"]
    prices = np.asarray(line.x)[::-1]
    assert np.interp(point.x[0], prices, np.asarray(line.y)[::-1]) == pytest.approx(point.y[0])
    low, high = drawn.layout.yaxis.range
    assert low < point.y[0] < high


def test_no_band_is_cut_but_where_harm_has_no_end(drawn):
    [band] = (trace for trace in drawn.data if trace.name == "band")
    low, high = drawn.layout.yaxis.range
    assert max(band.y) < high
    assert min(band.y) > low or low < -0.7 * high


def test_names_of_what_needs_no_model_are_in_sight(drawn):
    [low, high], ends = drawn.layout.xaxis.range, drawn.layout.yaxis.range
    names = [
        note for note in drawn.layout.annotations if note.text in ("hold back all", "ship all")
    ]
    assert names
    for note in names:
        assert low < note.x < high
        assert ends[0] < note.y < ends[1]


def test_the_whole_of_a_lines_name_is_off_other_lines_and_off_upright_ones():
    fig, shares = Drawing(), np.linspace(0, 1, 101)
    # Near the middle both sides are free, but for an upright line; elsewhere other lines are near.
    near = shares + np.where(np.abs(shares - 0.5) < 0.3, 0.35, 0.03)
    under = 2 * shares - near
    _name_line(fig, LIGHT, shares, shares, [near, under], (0.0, 1.0), "comes true", [0.5])
    [note] = go.Figure(fig.as_dict()).layout.annotations
    wide, high = LETTER * len(note.text) / WIDE, LINE / HIGH
    left = note.x + note.xshift / WIDE - (wide if note.xanchor == "right" else 0)
    low = note.y - (high if note.yanchor == "top" else 0)
    assert not left - 0.01 < 0.5 < left + wide + 0.01
    along = np.linspace(left, left + wide, 50)
    for other in (near, under, shares):
        heights = np.interp(along, shares, other)
        assert ((heights <= low + 1e-9) | (heights >= low + high - 1e-9)).all()


@pytest.mark.parametrize("at", np.linspace(0.02, 0.98, 9))
def test_a_lines_name_is_off_the_names_of_both_thresholds_on_a_narrow_screen_too(evidence, at):
    one, other = evidence.shown
    pair = [replace(one, probability=at), replace(other, probability=at + 0.02)]
    names = "chosen threshold", "Data scientist’s threshold"
    drawing = reliability_figure(pair, LIGHT, styles(list(FOUR.scores)), names)
    fig = go.Figure(drawing.as_dict())
    for wide in (WIDE, 270):
        boxes = {}
        for note in fig.layout.annotations:
            long, x = LETTER * len(note.text), wide * note.x + note.xshift
            left = x - (long if note.xanchor == "right" else 0)
            low = HIGH * note.y - (LINE if note.yanchor == "top" else 0)
            boxes[note.text] = left, left + long, low, low + LINE
        left, right, low, high = boxes.pop("comes true")
        assert 0 <= left < right <= wide
        assert len(boxes) == 2
        for begun, end, bottom, top in boxes.values():
            assert right <= begun or end <= left or high <= bottom or top <= low


def test_what_is_told_of_a_place_names_its_model_and_writes_shares_as_the_page_does(evidence):
    fig = roc_figure(evidence.shown, LIGHT, styles(list(FOUR.scores)), lambda name: f"<{name}>")
    curves = {trace.name: trace for trace in go.Figure(fig.as_dict()).data}
    model, line = evidence.shown[0].model, evidence.shown[0].roc
    told = curves["chosen"].text[0].split("<br>")
    assert told[0] == f"<b>&lt;{html.escape(model)}&gt;</b>"
    assert told[1:] == ["100.0\xa0% of the defects caught", "100.0\xa0% of the good units flagged"]
    x, y = np.array([0.0, 0.0004, 1.0]), np.array([0.0, 0.9996, 1.0])
    rare = replace(evidence.shown[0], roc=replace(line, x=x, y=y, band=None))
    drawn = roc_figure([rare], LIGHT, styles(list(FOUR.scores)), str).as_dict()
    [text] = [trace.text[1] for trace in go.Figure(drawn).data if trace.name == "chosen"]
    assert text.split("<br>")[1:] == [
        "99.96\xa0% of the defects caught",
        "0.040\xa0% of the good units flagged",
    ]
    [at] = curves["point chosen"].text
    assert f"{100 * line.point[1]:.1f}\xa0% of the defects caught" in at
