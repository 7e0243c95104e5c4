"""Tests of the charts of evidence: points are on their lines, and names are visible."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.analysis.evidence.model_evidence import evidence_of
from dashboard.figures.evidence_figures import PLOT_HEIGHT, EvidenceFigures, Named
from dashboard.figures.front_figure import MARKS
from dashboard.figures.model_styles import styles
from dashboard.figures.palette import LIGHT, POINT_MARKS
from dashboard.figures.texts import LETTER, LINE
from dashboard.words.names import STAKEHOLDER_TITLES
from tests.dashboard.pages import FOUR

STYLES = styles(list(FOUR.scores))
WIDE, NARROWEST = 400, 0.65
"""Width of the plot area in pixels, and the share of it that a telephone has."""
NAMED = Named("chosen", "chosen", "chosen"), Named("today", "today", "today")


def words(model, at):
    return model if at is None else f"{model} at {at:.3g}"


def figures_of(evidence, named=NAMED):
    return EvidenceFigures(evidence, named, LIGHT, STYLES, words)


@pytest.fixture(scope="module")
def evidence(evidence_page):
    return evidence_of(evidence_page.selection)


@pytest.fixture(scope="module")
def cost_figure(evidence):
    return go.Figure(figures_of(evidence).decision().as_dict())


def test_higher_prices_are_to_the_right_and_the_present_one_in_the_middle(cost_figure):
    low, high = cost_figure.layout.xaxis.range
    assert low < high
    assert 10 ** ((low + high) / 2) == pytest.approx(4)


@pytest.mark.parametrize(("name", "point"), [("chosen", "chosen"), ("beside", "today")])
def test_a_point_is_on_its_own_line_and_visible(cost_figure, name, point):
    traces = {trace.name: trace for trace in cost_figure.data}
    line, point = traces[name], traces[f"point {point}"]
    prices = np.asarray(line.x)[::-1]
    assert np.interp(point.x[0], prices, np.asarray(line.y)[::-1]) == pytest.approx(point.y[0])
    low, high = cost_figure.layout.yaxis.range
    assert low < point.y[0] < high


def test_only_bands_of_unlimited_harm_are_cut(cost_figure):
    [band] = (trace for trace in cost_figure.data if trace.name == "band")
    low, high = cost_figure.layout.yaxis.range
    assert max(band.y) < high
    assert min(band.y) > low or low < -0.7 * high


def test_names_of_reference_lines_are_visible(cost_figure):
    [low, high], ends = cost_figure.layout.xaxis.range, cost_figure.layout.yaxis.range
    names = [
        note for note in cost_figure.layout.annotations if note.text in ("reject all", "ship all")
    ]
    assert names
    for note in names:
        assert low <= note.x < high
        assert ends[0] < note.y < ends[1]


AT = (0.0, 0.02, 0.05, 0.2, 0.45, 0.5, 0.55, 0.8, 0.95, 0.98, 1.0)
"""Thresholds at both ends, in the middle, close together and far apart."""


def test_names_of_thresholds_are_above_the_chart_without_overlap(evidence):
    named = NAMED[0], Named("today", "today", max(STAKEHOLDER_TITLES.values(), key=len))
    for one, two in itertools.product(AT, AT):
        pair = tuple(
            replace(shown, probability=at)
            for shown, at in zip(evidence.shown, (one, two), strict=True)
        )
        fig = go.Figure(figures_of(replace(evidence, shown=pair), named).reliability().as_dict())
        names = [note for note in fig.layout.annotations if note.text != "perfectly calibrated"]
        assert sorted(note.text for note in names) == sorted(
            f"{POINT_MARKS[name.kind]} {name.short}" for name in named
        )
        tops: dict[float, float] = {}
        for line in fig.layout.shapes:
            tops[line.x0] = max(tops.get(line.x0, 0), (line.y1 - 1) * PLOT_HEIGHT)
        margin = fig.layout.margin
        for wide in (WIDE, NARROWEST * WIDE):
            boxes = []
            for note in names:
                assert (note.yref, note.y, note.yanchor) == ("paper", 1, "bottom")
                long, x = LETTER * len(note.text) + 6, wide * note.x + note.xshift
                left = x - {"left": 0, "center": long / 2, "right": long}[note.xanchor]
                low = note.yshift
                assert -margin.l <= left
                assert left + long <= wide + margin.r
                assert low + LINE <= margin.t
                boxes.append((left, left + long, low, low + LINE))
                # The line reaches its name, and no other line crosses the name.
                assert tops[note.x] >= low
                for at, top in tops.items():
                    beside = not left < wide * at < left + long
                    assert beside or top <= low + 2, (one, two, wide)
            (left, right, low, high), (begun, end, bottom, top) = boxes
            assert right <= begun or end <= left or high <= bottom or top <= low, (one, two, wide)


def test_a_name_at_a_threshold_is_never_markup(evidence):
    named = NAMED[0], Named("beside", "best model for <b>wear</b>", "<b>wear</b>")
    fig = figures_of(evidence, named).reliability()
    written = [note["text"] for note in fig.layout["annotations"]]
    assert f"{POINT_MARKS['beside']} &lt;b&gt;wear&lt;/b&gt;" in written


@pytest.mark.parametrize("kind", ["today", "pick", "beside"])
def test_a_point_has_the_same_mark_as_on_the_front(evidence, kind):
    named = NAMED[0], Named(kind, "it", "it")
    fig = figures_of(evidence, named).roc()
    traces = {trace.name: trace for trace in go.Figure(fig.as_dict()).data}
    assert traces["point it"].marker.symbol == MARKS[kind][1]
    chosen = traces["point chosen"].marker
    assert chosen.symbol == ("circle-open", "circle")
    assert chosen.color == LIGHT.ink


def test_tips_name_the_point_and_give_its_shares(evidence):
    draw, one = figures_of(evidence), evidence.shown[0]
    title = words(one.model, one.threshold)
    counts = FOUR.counts(one.model, one.threshold)
    tp, fp, fn, tn = (counts[name] for name in ("tp", "fp", "fn", "tn"))
    lines_of_hover = [
        f"{100 * tp / (tp + fn):.3g}% of defects are caught",
        f"{100 * tp / (tp + fp):.3g}% of flagged units are defects",
        f"{100 * fp / (fp + tn):.3g}% of good units are flagged",
    ]
    for fig in (draw.roc(), draw.precision_recall()):
        curves = {trace.name: trace for trace in go.Figure(fig.as_dict()).data}
        k = one.thresholds.tolist().index(one.threshold)
        assert curves["chosen"].customdata[k] == [title, *lines_of_hover]
        for lines in curves["point chosen"].customdata:
            assert lines == [f"Chosen: {title}", *lines_of_hover]
        # A threshold that flags no unit has no precision.
        assert curves["chosen"].customdata[-1][1:] == [
            "0% of defects are caught",
            "0% of good units are flagged",
        ]
