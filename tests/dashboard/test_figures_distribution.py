"""The spread of the scores, held to a histogram of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.figures.distribution import BINS, distribution_figure, distribution_view
from dashboard.figures.look import LIGHT, styles
from metrics import open_scores, tally_scores
from tests.dashboard.tables import NASTY, Rows, made


@st.composite
def tables(draw):
    """Few rows of one or two models; probabilities and bounds of bins among the scores, or any rank."""
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
    # Named, since two of them may happen to add up to 1 as the probabilities of two classes do.
    scores = open_scores(path, scale=rows.scale, models=list(rows.models))
    tally = tally_scores(scores, **limit)
    return [distribution_view(tally, m) for m in range(len(tally.models))]


def shares(rows, model, edges):
    """Share of each class by bin, from the rows."""
    counts = [np.histogram(rows.scores[model][rows.labels == klass], edges)[0] for klass in (0, 1)]
    return np.stack([c / (rows.labels == klass).sum() for klass, c in enumerate(counts)], axis=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("distribution")


@given(rows=tables())
@settings(max_examples=60)
def test_a_view_is_the_histogram_of_the_rows(folder, rows):
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


def test_a_model_that_always_says_the_same_fills_one_bin(folder):
    labels = np.array([0, 0, 1, 0])
    for scale, score in (("rank", 40.0), ("probability", 0.3), ("probability", 1.0)):
        [one] = view_of(folder, Rows(labels, {"flat": np.full(4, score)}, scale=scale))
        assert one.edges[0] <= score <= one.edges[-1]
        assert (one.shares == 1).sum(axis=0).tolist() == [1, 1]
        assert (one.shares[:, 0] == one.shares[:, 1]).all()


def test_of_many_scores_each_lies_no_farther_off_than_its_threshold(folder):
    """Where thresholds are fewer than scores, a row counts in the bin of the threshold below it."""
    rows = made(("only",), rows=3_000, seed=5, scale="rank")
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, 3_000)
    rows = Rows(rows.labels, {"only": rows.scores["only"] + noise}, scale="rank")
    [one] = view_of(folder, rows, max_thresholds=1_000)
    np.testing.assert_allclose(one.shares.sum(axis=0), 1)
    exact = shares(rows, "only", one.edges)
    assert np.abs(one.shares - exact).max() < 0.02
    # Every defect's score is a threshold, so theirs are exact but for the lowest bound.
    np.testing.assert_allclose(one.shares[1:, 1], exact[1:, 1], atol=2 / (rows.labels == 1).sum())


def test_the_figure_draws_the_view_under_the_names_given(folder):
    rows = made()
    view = view_of(folder, rows)
    figure = distribution_figure(view, LIGHT, styles(rows.models), {NASTY[0]: "<i>new</i>"})
    titles = [note.text for note in figure.layout.annotations]
    assert titles == ["&lt;i&gt;new&lt;/i&gt;", NASTY[1], NASTY[2], "&lt;b&gt;rule&lt;/b&gt;"]
    assert len(figure.data) == 2 * len(view)
    for k, one in enumerate(view):
        for klass in (0, 1):
            np.testing.assert_array_equal(figure.data[2 * k + klass].y, one.shares[:, klass])
