"""Tests of the ranking of models by a figure without a threshold: every dot is its model's figure."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.analysis.decide.model_ranking import RankingView
from dashboard.figures.model_styles import styles
from dashboard.figures.palette import DARK, LIGHT
from dashboard.figures.ranking_figure import NONE_QUALIFIES, ranking_figure
from dashboard.figures.texts import LETTER, LINE
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


def figure_of(ranking, name=str, palette=LIGHT, **more):
    """Figure of a ranking as Plotly reads it, with models named by a function."""
    style = styles((*ranking.models, *ranking.without))
    return go.Figure(ranking_figure(ranking, palette, style, Scenario(), name, **more).as_dict())


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_each_model_has_a_dot_with_the_best_at_the_top(palette):
    style = styles(MODELS)
    fig = figure_of(view("log_loss"), str.upper, palette)
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
    fig = figure_of(view("log_loss"), str.upper, marked=marked)
    first, chosen, today = fig.layout.yaxis.ticktext
    assert (first, chosen) == ("A", "<b>◉ &lt;B&gt;</b>")
    assert re.fullmatch("◇ C+…C+", today)


def test_the_axis_shows_every_interval_and_grows_to_the_right():
    for name, better in (("log_loss", "← better"), ("roc_auc", "better →")):
        ranking = view(name, today=0.3)
        low, high = ranking.visible_range
        assert figure_of(ranking).layout.xaxis.title.text.endswith(better)
        assert 0 <= low < 0.07
        assert high > 0.3


def test_each_interval_is_in_the_row_of_its_model():
    shown = {}
    for bar in (t for t in figure_of(view("log_loss")).data if t.mode == "lines"):
        for k in range(0, len(bar.x), 3):
            shown[int(bar.y[k])] = (bar.x[k], bar.x[k + 1])
    assert [shown[k] for k in range(3)] == [
        (np.float32(v - 0.03), np.float32(v + 0.05)) for v in (0.1, 0.2, 0.25)
    ]


def test_a_figure_out_of_sight_is_an_arrow_at_the_edge():
    far = replace(view("log_loss", today=9.0), values=np.array([0.1, 0.2, 4.0]))
    low, high = far.visible_range
    assert low < 0.07
    assert 0.25 < high < 1
    fig = figure_of(far)
    assert not fig.layout.shapes
    dots = [t for t in fig.data if t.mode == "markers"]
    assert [t.marker.symbol == "triangle-right-open" for t in dots] == [False, False, True]
    assert low < dots[2].x[0] < high


def test_a_long_name_keeps_its_end():
    ranking = replace(view("log_loss"), models=("a", "b", "gradient_boosting_final_run_FINAL(3)"))
    assert figure_of(ranking).layout.yaxis.ticktext[2] == "gradient_boo…un_FINAL(3)"


def test_a_model_has_a_hover_text():
    words = [("a", "1"), ("<b>", "2", "<3>"), ("c",)]
    fig = figure_of(view("log_loss"), words=words, height=123)
    dots = [t for t in fig.data if t.mode == "markers"]
    assert [t.hovertemplate.removesuffix("<extra></extra>") for t in dots] == [
        "<b>a</b><br>1", "<b>&lt;b&gt;</b><br>2<br>&lt;3&gt;", "<b>c</b>"
    ]  # fmt: skip
    assert fig.layout.height == 123


def test_models_without_a_figure_have_a_row():
    ranking = replace(view("log_loss"), without=("<none>",))
    fig = figure_of(ranking)
    assert fig.layout.yaxis.ticktext[-1] == "&lt;none&gt;"
    notes = {note.text: note for note in fig.layout.annotations}
    assert notes[NONE_QUALIFIES].y == len(ranking.models)
    assert fig.layout.yaxis.range[0] > len(ranking.models)


def test_the_current_system_has_a_name():
    low, high = view("log_loss").visible_range
    for today, text, lines in (
        ((low + high) / 2, "today", [(low + high) / 2]),
        (high + 1.0, f"today, at {high + 1:.4f} →", []),
        (math.nan, "", []),
    ):
        fig = figure_of(view("log_loss", today))
        assert [note.text for note in fig.layout.annotations] == ([text] if text else [])
        assert [line.x0 for line in fig.layout.shapes] == lines


def test_a_ranking_without_intervals_has_only_dots():
    fig = figure_of(view("brier", ends=False))
    assert [t.mode for t in fig.data] == ["markers"] * 3


def test_a_mark_at_zero_is_completely_visible():
    ranking = replace(view("log_loss"), values=np.array([0.0, 0.0, 0.3]))
    fig = figure_of(ranking)
    low, high = fig.layout.xaxis.range
    # Half of a 10 pixel mark on a chart of 300 pixels.
    assert low < -5 / 300 * (high - low)


@pytest.mark.parametrize("limit", [0.07, 0.1, 0.19, 0.28])
@pytest.mark.parametrize("today", [0.08, 0.18, 0.27, 9.0, math.nan])
def test_a_limit_is_a_line_whose_label_does_not_overlap(today, limit):
    bound = Bound(replace(OBJECTIVES["recall"], label="r"), 0.0)
    line = LimitLine("x", limit, bound, above=True)
    ranking = replace(view("log_loss", today=today), limits=(line, replace(line, value=0.2)))
    fig = figure_of(ranking)
    assert {limit, 0.2} <= {shape.x0 for shape in fig.layout.shapes}
    words = limit_line_words(bound, Scenario())
    notes = fig.layout.annotations
    assert [note.x for note in notes if note.text == words] == [pytest.approx(limit)]
    assert len(notes) == 1 + math.isfinite(today)
    low, high = fig.layout.xaxis.range
    boxes = []
    for note in notes:
        long = LETTER * len(note.text)
        at = NARROW * (note.x - low) / (high - low) + (note.xshift or 0)
        left = at - {"left": 0, "center": long / 2, "right": long}[note.xanchor]
        boxes.append((left, left + long, note.yshift))
        assert fig.layout.margin.t >= note.yshift + LINE
    for (begin, end, height), (other, last, level) in itertools.combinations(boxes, 2):
        assert end <= other or last <= begin or abs(height - level) >= LINE
