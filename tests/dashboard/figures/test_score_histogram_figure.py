"""Tests of the histogram of a model's scores: its lines have the shares of the bins."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings

from dashboard.figures.model_styles import styles
from dashboard.figures.palette import LIGHT
from dashboard.figures.score_histogram_figure import distribution_figure
from dashboard.figures.threshold_lines import NamedThreshold
from tests.dashboard.any_scores import any_rows, distributions_of
from tests.dashboard.pages import FOUR


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("distribution")


def panel(one, *, top=1.0, **more):
    """Chart of one model as Plotly reads it."""
    figure = distribution_figure(one, LIGHT, styles([one.model])[one.model], top=top, **more)
    return go.Figure(figure.as_dict())


def test_the_line_of_defects_alone_is_dashed(folder):
    [one, *_] = distributions_of(folder, FOUR)
    good, defects = panel(one, dashed=True).data
    assert (good.line.dash, defects.line.dash) == ("solid", "dash")


def test_a_threshold_within_the_axis_is_a_line_at_its_score(folder):
    [one, *_] = distributions_of(folder, FOUR)
    low, high = one.edges[0], one.edges[-1]
    within, beyond = low + 0.3 * (high - low), high + 0.1
    marked = [NamedThreshold(within, "chosen", "#000"), NamedThreshold(beyond, "today", "#777")]
    bare, both, none = (
        panel(one, top=0.1, thresholds=own, room=bool(own)).layout
        for own in ((), marked, marked[1:])
    )
    lines = [(line.x0, line.x1) for line in both.shapes if line.yref == "paper"]
    assert lines == [(within, within)]
    said = [note.text for note in both.annotations]
    assert "chosen" in said
    assert "today" not in said
    assert none.shapes == bare.shapes
    assert both.height == none.height > bare.height  # charts side by side have equal heights


@given(rows=any_rows())
@settings(max_examples=15)
def test_a_figure_draws_the_roots_of_the_shares_to_the_edges(folder, rows):
    view = distributions_of(folder, rows)
    top = max(one.shares.max() for one in view)
    for one in view:
        figure = panel(one, top=top)
        for klass, line in enumerate(figure.data):
            drawn = np.asarray(line.y)
            np.testing.assert_allclose(drawn[1:-1] ** 2, one.shares[:, klass], atol=1e-12)
            assert (drawn[0], drawn[-1]) == (drawn[1], drawn[-2])
            assert (line.x[0], line.x[-1]) == (one.edges[0], one.edges[-1])
            said = np.asarray(line.customdata)[1:-1]
            np.testing.assert_array_equal(said[:, 0], one.shares[:, klass])
            np.testing.assert_array_equal(said[:, 1:], np.stack([one.edges[:-1], one.edges[1:]], 1))
        assert figure.layout.yaxis.range[1] ** 2 >= top
        named = [float(text.strip("%")) / 100 for text in figure.layout.yaxis.ticktext]
        np.testing.assert_allclose(np.asarray(figure.layout.yaxis.tickvals) ** 2, named)
