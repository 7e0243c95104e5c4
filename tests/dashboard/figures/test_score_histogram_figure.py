"""Tests of the distribution of the scores against a histogram of the rows."""

from __future__ import annotations

import re

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.models.score_distributions import (
    BINS,
    ScoreDistribution,
    score_distribution,
)
from dashboard.figures.histogram_labels import LOWER, PLOT, TEXT
from dashboard.figures.palette import LIGHT, styles
from dashboard.figures.score_histogram_figure import distribution_figure
from dashboard.figures.threshold_lines import NamedThreshold
from dashboard.words.models.table import separation_sentence
from dashboard.words.names import Names
from metrics import open_scores, tally_scores
from metrics.evaluation.model_metrics import Bounded
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


def panel(one, *, top=1.0, labelled=True, **more):
    """Chart of one model as Plotly reads it."""
    style = styles([one.model])[one.model]
    figure = distribution_figure(one, LIGHT, style, top=top, labelled=labelled, **more)
    return go.Figure(figure.as_dict())


def model_panels(view):
    top = max(one.shares.max() for one in view)
    return [panel(one, top=top, labelled=k == 0) for k, one in enumerate(view)]


def test_the_line_of_defects_alone_is_dashed(folder):
    [one, *_] = view_of(folder, FOUR)
    good, defects = (line for line in panel(one, dashed=True).data if line.hoverinfo != "skip")
    assert (good.line.dash, defects.line.dash) == ("solid", "dash")


def test_a_threshold_within_the_axis_is_a_line_at_its_score(folder):
    [one, *_] = view_of(folder, FOUR)
    low, high = one.edges[0], one.edges[-1]
    within, beyond = low + 0.3 * (high - low), high + 0.1
    marked = [NamedThreshold(within, "chosen", "#000"), NamedThreshold(beyond, "today", "#777")]
    bare, both, none = (
        panel(one, top=0.1, labelled=False, thresholds=own, room=bool(own)).layout
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
def test_a_figure_draws_shares_to_the_edges_and_labels_cut_columns(folder, rows):
    view = view_of(folder, rows)
    for one, figure in zip(view, model_panels(view), strict=True):
        lines = [line for line in figure.data if line.hoverinfo != "skip"]
        assert len(lines) == 2
        for klass, line in enumerate(lines):
            drawn = np.asarray(line.y)
            seen = np.minimum(one.shares[:, klass], 0.25)
            np.testing.assert_allclose(drawn[1:-1], seen, atol=1e-12)
            assert (drawn[0], drawn[-1]) == (drawn[1], drawn[-2])
            assert (line.x[0], line.x[-1]) == (one.edges[0], one.edges[-1])
            said = np.asarray(line.customdata)[1:-1]
            np.testing.assert_array_equal(said[:, 0], one.shares[:, klass])
            np.testing.assert_array_equal(said[:, 1:], np.stack([one.edges[:-1], one.edges[1:]], 1))
        assert figure.layout.yaxis.range[1] >= max(max(line.y) for line in lines)
        cut = one.shares[one.shares > 0.25]
        notes = " ".join(note.text for note in figure.layout.annotations)
        percents = [int(percent) for percent in re.findall(r"(\d+)%", notes)]
        assert sorted(percents) == sorted(int(f"{100 * share:.0f}") for share in cut)
        named = [float(text.strip("%")) / 100 for text in figure.layout.yaxis.ticktext]
        np.testing.assert_allclose(figure.layout.yaxis.tickvals, named)
    assert len({figure.layout.yaxis.range for figure in model_panels(view)}) == 1


def test_a_cut_column_has_a_gap_below_its_top(folder):
    view = view_of(folder, Rows(np.array([0, 0, 1, 1]), {"flat": np.array([0.1, 0.1, 0.9, 0.5])}))
    [figure] = model_panels(view)
    slants = [line for line in figure.data if line.line.color == LIGHT.paper]
    assert len(slants) == (view[0].shares > 0.25).sum() == 3
    for slant in slants:
        low, high = slant.y
        assert 0 < low < high < 0.25
    # Texts of the good units are below the line of the defects.
    order = [line.line.color for line in figure.data]
    defects = order.index(styles(["flat"])["flat"].color(LIGHT))
    assert order[:defects].count(LIGHT.paper) == (view[0].shares[:, 0] > 0.25).sum() == 1


def scored(**auc):
    edges, shares = np.linspace(0, 1, BINS + 1), np.full((BINS, 2), 1 / BINS)
    return [
        ScoreDistribution(
            model, edges, shares, Bounded(*value) if isinstance(value, tuple) else Bounded(value, 0)
        )
        for model, value in auc.items()
    ]


@pytest.mark.parametrize(
    ("auc", "said"),
    [
        ({"a": 0.981, "b": 0.979}, "a tells D best (ROC AUC 0.981)"),
        ({"a": 0.98, "b": 0.9, "c": 0.9}, "a tells D best (ROC AUC 0.980)"),
        ({"a": 0.9, "b": 0.9, "c": 0.8}, "a and <b> tell D best (ROC AUC 0.900)"),
        ({"a": 0.9, "b": (0.88, 0.03), "c": 0.5}, "a and <b> tell D best (ROC AUC 0.900)"),
        ({"a": 0.9, "b": 0.9, "c": 0.9, "d": 0.3}, "a, <b> and c tell D best (ROC AUC 0.900)"),
        ({"a": 0.9, "b": 0.9, "c": 0.9}, "All three models tell D equally well (ROC AUC 0.900)"),
        ({"a": 0.99999, "b": 0.5}, "a tells D best (ROC AUC above 0.999)"),
        ({"a": 0.4, "b": 0.5}, "No model tells D (ROC AUC 0.500 or less)"),
    ],
)  # fmt: skip
def test_models_that_tie_share_the_finding(auc, said):
    assert separation_sentence(scored(**auc), Names((("b", "<b>"),))) == said.replace(
        "D", "defects from good units"
    )


def test_a_share_is_written_clear_of_other_columns():
    """The text is next to its column, or above it if the other class is equally high there."""
    shares = np.zeros((BINS, 2))
    shares[6, 0], shares[20, 0] = 0.9, 0.1
    shares[[7, 8, 16], 1] = 0.24, 0.24, 0.52
    edges = np.linspace(0, 1, BINS + 1)

    def written():
        [figure] = model_panels([ScoreDistribution("m", edges, shares, Bounded(0.8, 0.0))])
        [cut] = [note for note in figure.layout.annotations if "90" in note.text]
        return cut.xanchor, cut.yanchor, cut.x

    assert written() == ("left", "bottom", edges[6])
    shares[[7, 8], 1] = 0.0
    beside = written()
    assert beside[:2] == ("left", "top")
    assert beside[2] > edges[7]
    # Columns on both sides of the middle share one text, next to both.
    shares[:] = 0.0
    shares[[11, 12], 0], shares[23, 1] = (0.9, 0.3), 1.0
    assert written()[2] > edges[13]


def test_a_share_above_its_column_avoids_the_threshold():
    shares = np.zeros((BINS, 2))
    shares[[8, 9], 0], shares[[9, 10, 11, 12], 1] = (0.5, 0.45), 0.24
    edges = np.linspace(0, 1, BINS + 1)
    one = ScoreDistribution("m", edges, shares, Bounded(0.8, 0.0))

    def written(*at):
        marked = [NamedThreshold(threshold, "chosen", "#000") for threshold in at]
        notes = panel(one, labelled=False, thresholds=marked).layout.annotations
        [cut] = [note for note in notes if "50" in note.text]
        assert cut.yanchor == "bottom"
        return cut.xanchor, cut.x, cut.bgcolor is not None

    assert written() == ("left", edges[8], False)
    assert written(edges[10] + 0.01) == ("right", edges[10], False)
    # With lines on both sides, the text has an opaque background.
    assert written(edges[8] - 0.01, edges[10] + 0.01) == ("left", edges[8], True)


def test_no_text_reaches_below_the_axis():
    """The name of the defects moves below that of the good units, unless it is already low."""
    shares = np.zeros((BINS, 2))
    shares[4, 0], shares[6, 1] = 0.2, 0.02
    distribution = ScoreDistribution("m", np.linspace(0, 1, BINS + 1), shares, Bounded(0.8, 0.0))
    layout = panel(distribution).layout
    pixels = PLOT / layout.yaxis.range[1]
    for text in layout.annotations:
        height = TEXT if text.yanchor == "top" else 0
        assert text.y * pixels + text.yshift - height >= -1e-9
    assert {text.yshift for text in layout.annotations} == {0}
    shares[6, 1] = 0.2
    assert {text.yshift for text in panel(distribution).layout.annotations} == {0, -LOWER}
