"""Tests of the ranking of models by a figure without a threshold: every dot is its model's figure."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.analysis.decide.front import RankingView
from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.figures.chart_text import LETTER, LINE
from dashboard.figures.palette import DARK, LIGHT, styles
from dashboard.figures.ranking_figure import NONE_QUALIFIES, ranking_figure
from dashboard.figures.threshold_lines import NARROW
from dashboard.words.limits.limits_status import limit_line_words
from metrics import OBJECTIVES, Bound, Scenario
from metrics.inference.interval_formulas import Interval

MODELS = ("a", "<b>", "c" * 60)


def view(name, today=math.nan, ends=True):
    values = np.array([0.1, 0.2, 0.25])
    return RankingView(
        objective=OBJECTIVES[name],
        models=MODELS,
        rows=np.array([4, 0, 9], np.int32),
        values=values,
        coloured=frozenset({"a"}),
        today=today,
        undefined=0,
        ends=Interval(values - 0.03, values + 0.05) if ends else None,
    )


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_each_model_has_a_dot_with_the_best_at_the_top(palette):
    style = styles(MODELS)
    fig = go.Figure(
        ranking_figure(view("log_loss"), palette, style, Scenario(), str.upper).as_dict()
    )
    dots = [t for t in fig.data if t.mode == "markers"]
    assert [(t.name, t.x[0], t.y[0], t.customdata[0]) for t in dots] == [
        ("a", 0.1, 0, 4),
        ("<b>", 0.2, 1, 0),
        ("c" * 60, 0.25, 2, 9),
    ]
    assert [t.marker.color == style[t.name].color(palette) for t in dots] == [True, False, False]
    top, bottom = fig.layout.yaxis.range[::-1]
    assert top < 0 < 2 < bottom
    names = fig.layout.yaxis.ticktext
    assert names[:2] == ("A", "&lt;B&gt;")
    assert len(names[2]) < 30


def test_the_selected_model_is_bold_and_both_marks_are_shown():
    marked = {"c" * 60: "today", "<b>": "chosen"}
    fig = ranking_figure(
        view("log_loss"), LIGHT, styles(MODELS), Scenario(), str.upper, marked=marked
    )
    first, chosen, today = fig.layout["yaxis"]["ticktext"]
    assert (first, chosen) == ("A", "<b>◉ &lt;B&gt;</b>")
    assert re.fullmatch("◇ C+…C+", today)


def test_every_interval_is_visible_and_figures_grow_to_the_right():
    for name, better in (("log_loss", "← better"), ("roc_auc", "better →")):
        one = view(name, today=0.3)
        low, high = one.visible_range
        title = ranking_figure(one, LIGHT, styles(MODELS), Scenario(), str).layout["xaxis"]["title"]
        assert title["text"].endswith(better)
        assert 0 <= low < 0.07
        assert high > 0.3
    fig = go.Figure(
        ranking_figure(view("log_loss"), LIGHT, styles(MODELS), Scenario(), str).as_dict()
    )
    bars = [t for t in fig.data if t.mode == "lines"]
    drawn = {}
    for bar in bars:
        for k in range(0, len(bar.x), 3):
            drawn[int(bar.y[k])] = (bar.x[k], bar.x[k + 1])
    assert [drawn[k] for k in range(3)] == [
        (np.float32(v - 0.03), np.float32(v + 0.05)) for v in (0.1, 0.2, 0.25)
    ]


def test_a_figure_out_of_sight_is_an_arrow_at_the_edge():
    far = replace(view("log_loss", today=9.0), values=np.array([0.1, 0.2, 4.0]))
    low, high = far.visible_range
    assert low < 0.07
    assert 0.25 < high < 1
    fig = go.Figure(ranking_figure(far, LIGHT, styles(MODELS), Scenario(), str).as_dict())
    assert not fig.layout.shapes
    dots = [t for t in fig.data if t.mode == "markers"]
    assert [t.marker.symbol == "triangle-right-open" for t in dots] == [False, False, True]
    assert low < dots[2].x[0] < high


def test_the_current_system_is_a_line_if_it_has_a_figure():
    for today, lines in ((0.3, [0.3]), (math.nan, [])):
        fig = go.Figure(
            ranking_figure(
                view("log_loss", today), LIGHT, styles(MODELS), Scenario(), str
            ).as_dict()
        )
        assert [s.x0 for s in fig.layout.shapes] == lines
    alone = go.Figure(
        ranking_figure(view("brier", ends=False), LIGHT, styles(MODELS), Scenario(), str).as_dict()
    )
    assert [t.mode for t in alone.data] == ["markers"] * 3


def test_a_long_name_keeps_its_end():
    one = replace(view("log_loss"), models=("a", "b", "gradient_boosting_final_run_FINAL(3)"))
    fig = go.Figure(ranking_figure(one, LIGHT, styles(one.models), Scenario(), str).as_dict())
    assert fig.layout.yaxis.ticktext[2] == "gradient_boo…un_FINAL(3)"


def test_a_model_has_a_hover_text():
    one = view("log_loss")
    words = [("a", "1"), ("<b>", "2", "<3>"), ("c",)]
    fig = go.Figure(
        ranking_figure(
            one, LIGHT, styles(MODELS), Scenario(), str, words=words, height=123
        ).as_dict()
    )
    dots = [t for t in fig.data if t.mode == "markers"]
    assert [t.hovertemplate.removesuffix("<extra></extra>") for t in dots] == [
        "<b>a</b><br>1", "<b>&lt;b&gt;</b><br>2<br>&lt;3&gt;", "<b>c</b>"
    ]  # fmt: skip
    assert fig.layout.height == 123


def test_models_without_a_figure_have_a_row_and_the_current_system_a_name():
    one = replace(view("log_loss"), without=("<none>",))
    fig = go.Figure(
        ranking_figure(one, LIGHT, styles((*MODELS, "<none>")), Scenario(), str).as_dict()
    )
    assert fig.layout.yaxis.ticktext[-1] == "&lt;none&gt;"
    notes = {note.text: note for note in fig.layout.annotations}
    assert notes[NONE_QUALIFIES].y == len(one.models)
    assert fig.layout.yaxis.range[0] > len(one.models)
    low, high = one.visible_range
    for today, text, lines in (
        ((low + high) / 2, "today", 1),
        (high + 1.0, f"today, at {high + 1:.4f} →", 0),
        (math.nan, "", 0),
    ):
        fig = go.Figure(
            ranking_figure(
                replace(view("log_loss"), today=today), LIGHT, styles(MODELS), Scenario(), str
            ).as_dict()
        )
        assert [note.text for note in fig.layout.annotations] == ([text] if text else [])
        assert len(fig.layout.shapes) == lines


def test_a_mark_at_zero_is_completely_visible():
    one = replace(view("log_loss"), values=np.array([0.0, 0.0, 0.3]))
    fig = go.Figure(ranking_figure(one, LIGHT, styles(MODELS), Scenario(), str).as_dict())
    low, high = fig.layout.xaxis.range
    # Half a mark of 10 pixels on a chart of 300.
    assert low < -5 / 300 * (high - low)


@pytest.mark.parametrize("limit", [0.07, 0.1, 0.19, 0.28])
@pytest.mark.parametrize("today", [0.08, 0.18, 0.27, 9.0, math.nan])
def test_a_limit_is_a_line_whose_label_does_not_overlap(today, limit):
    bound = Bound(replace(OBJECTIVES["recall"], label="r"), 0.0)
    line = LimitLine("x", limit, bound, above=True)
    one = replace(view("log_loss", today=today), limits=(line, replace(line, value=0.2)))
    fig = go.Figure(ranking_figure(one, LIGHT, styles(MODELS), Scenario(), str).as_dict())
    assert {limit, 0.2} <= {shape.x0 for shape in fig.layout.shapes}
    words = limit_line_words(bound, Scenario())
    notes = {note.text == words: note for note in fig.layout.annotations}
    assert notes[True].x == pytest.approx(limit)
    assert len(notes) == 1 + math.isfinite(today)
    low, high = fig.layout.xaxis.range
    boxes = []
    for note in notes.values():
        long = LETTER * len(note.text)
        at = NARROW * (note.x - low) / (high - low) + (note.xshift or 0)
        left = at - {"left": 0, "center": long / 2, "right": long}[note.xanchor]
        boxes.append((left, left + long, note.yshift))
        assert fig.layout.margin.t >= note.yshift + LINE
    for (begin, end, height), (other, last, level) in itertools.pairwise(boxes):
        assert end <= other or last <= begin or abs(height - level) >= LINE
