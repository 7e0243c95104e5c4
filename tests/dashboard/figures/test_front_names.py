"""Tests of the names of points and limits that a front on paper has."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.analysis.decide.front import Acceptable
from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.figures.front_range import visible_range
from metrics import OBJECTIVES, Bound
from tests.dashboard.figures.fronts import chart, limit, view_and_figure


def test_names_cannot_write_markup_into_the_chart():
    fig = chart(view_and_figure()[0], on_paper=True)
    said = [fig.layout.xaxis.title.text, *(a.text for a in fig.layout.annotations)]
    assert "Data scientist" in said
    assert not re.findall(r"</?\w+>", " ".join(said))


def test_a_limit_is_a_line_and_on_paper_has_a_label():
    view, _ = view_and_figure()
    lines = [
        LimitLine("x", 30.0, limit("<b>", 30.0), False),
        LimitLine("y", 5.0, Bound(OBJECTIVES["recall"], 0.5), True),
    ]
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
