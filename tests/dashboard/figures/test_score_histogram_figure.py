"""Tests of the distribution of the scores against a histogram of the rows."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.models.score_distributions import (
    BINS,
    score_distribution,
)
from dashboard.figures.model_styles import styles
from dashboard.figures.palette import LIGHT
from dashboard.figures.score_histogram_figure import distribution_figure
from dashboard.figures.threshold_lines import NamedThreshold
from metrics import open_scores, tally_scores
from tests.dashboard.pages import FOUR
from tests.dashboard.tables import NASTY, Rows, made


@st.composite
def tables(draw):
    """Few rows of one or two models; scores are probabilities and edges of bins, or any ranks."""
    scale = draw(st.sampled_from(["probability", "rank"]))
    values = (
        st.sampled_from([0.0, 1 / BINS, 0.25, 0.5, 1.0]) | st.floats(0, 1)
        if scale == "probability"
        else st.sampled_from([-3.0, 0.0, 2.0, 21.0]) | st.floats(-1e6, 1e6)
    )
    count = draw(st.integers(2, 30))
    labels = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    labels[:2] = 0, 1
    scores = {
        model: np.array(draw(st.lists(values, min_size=count, max_size=count)))
        for model in NASTY[: draw(st.integers(1, 2))]
    }
    return Rows(np.array(labels), scores, scale=scale)


def view_of(folder, rows, **limit):
    path = rows.write(folder / "scores.csv")
    # Models are named explicitly, because two columns may add up to 1 by chance, like two classes.
    scores = open_scores(path, scale=rows.scale, models=list(rows.models))
    tally = tally_scores(scores, **limit)
    return [score_distribution(tally, m) for m in range(len(tally.models))]


def shares(rows, model, edges):
    """Share of each class by bin, computed from the rows."""
    counts = [np.histogram(rows.scores[model][rows.labels == klass], edges)[0] for klass in (0, 1)]
    return np.stack([c / (rows.labels == klass).sum() for klass, c in enumerate(counts)], axis=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("distribution")


@given(rows=tables())
@settings(max_examples=30)
def test_a_view_equals_the_histogram_of_the_rows(folder, rows):
    view = view_of(folder, rows)
    assert [one.model for one in view] == list(rows.models)
    for one in view:
        scores = rows.scores[one.model]
        if rows.scale == "probability":
            assert (one.edges[0], one.edges[-1]) == (0, 1)
        elif np.ptp(scores) > 0:
            assert (one.edges[0], one.edges[-1]) == (scores.min(), scores.max())
        np.testing.assert_allclose(np.diff(one.edges), np.ptp(one.edges) / BINS, rtol=1e-6)
        np.testing.assert_allclose(one.shares, shares(rows, one.model, one.edges), atol=1e-12)
        np.testing.assert_allclose(one.shares.sum(axis=0), 1)


def test_a_constant_model_fills_one_bin(folder):
    labels = np.array([0, 0, 1, 0])
    for scale, score in (("rank", 40.0), ("probability", 0.3), ("probability", 1.0)):
        [one] = view_of(folder, Rows(labels, {"flat": np.full(4, score)}, scale=scale))
        assert one.edges[0] <= score <= one.edges[-1]
        assert (one.shares == 1).sum(axis=0).tolist() == [1, 1]
        assert (one.shares[:, 0] == one.shares[:, 1]).all()


def test_with_fewer_thresholds_than_scores_shares_are_off_by_at_most_a_threshold(folder):
    """With fewer thresholds than scores, a row counts in the bin of the next lower threshold."""
    rows = made(("only",), rows=3_000, seed=5, scale="rank")
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, 3_000)
    rows = Rows(rows.labels, {"only": rows.scores["only"] + noise}, scale="rank")
    [one] = view_of(folder, rows, max_thresholds=1_000)
    np.testing.assert_allclose(one.shares.sum(axis=0), 1)
    exact = shares(rows, "only", one.edges)
    assert np.abs(one.shares - exact).max() < 0.02
    # Every defect's score is a threshold, so shares of defects are exact except at the lowest bound.
    np.testing.assert_allclose(one.shares[1:, 1], exact[1:, 1], atol=2 / (rows.labels == 1).sum())


def panel(one, *, top=1.0, **more):
    """Chart of one model as Plotly reads it."""
    figure = distribution_figure(one, LIGHT, styles([one.model])[one.model], top=top, **more)
    return go.Figure(figure.as_dict())


def test_the_line_of_defects_alone_is_dashed(folder):
    [one, *_] = view_of(folder, FOUR)
    good, defects = panel(one, dashed=True).data
    assert (good.line.dash, defects.line.dash) == ("solid", "dash")


def test_a_threshold_within_the_axis_is_a_line_at_its_score(folder):
    [one, *_] = view_of(folder, FOUR)
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


@given(rows=tables())
@settings(max_examples=15)
def test_a_figure_draws_the_roots_of_the_shares_to_the_edges(folder, rows):
    view = view_of(folder, rows)
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
