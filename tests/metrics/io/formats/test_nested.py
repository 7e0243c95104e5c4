"""Tests of scores of several classes in one cell, in each form that tools write."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import open_scores
from metrics.io.formats.nested_cells import scores_in, value_of
from tests.metrics.opening import refusal

ROWS = 40
LABEL = np.arange(ROWS) % 4 == 0
SCORE = np.round(0.2 + 0.5 * LABEL + 0.2 * np.random.default_rng(2).random(ROWS), 4)
BOTH = [[round(1 - s, 4), s] for s in SCORE.tolist()]


def scores_of(path):
    scores = open_scores(path).check()
    [model] = scores.models
    [batch] = scores.batches()
    return model, batch.columns[-1].to_pylist()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[0.9, 0.1]", [0.9, 0.1]),
        ("[0.9 0.1]", [0.9, 0.1]),
        ("[9.0e-01  1.e-1]", [0.9, 0.1]),
        ("DenseVector([0.9, 0.1])", [0.9, 0.1]),
        ("(2,[1],[0.1])", [0.0, 0.1]),
        ("array([0.9, 0.1], dtype=float32)", [0.9, 0.1]),
        ("{'0': 0.9, '1': 0.1}", {"0": 0.9, "1": 0.1}),
        ("['ok', 'nok']", ["ok", "nok"]),
        ("0.9", None),
        ("[0.9", None),
        ("[a]", None),
        ("[__import__('os')]", None),
    ],
)
def test_texts_of_vectors_are_parsed(text, value):
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([0.9, 0.1], {"0": 0.9, "1": 0.1}),
        ([[0.9, 0.1]], {"0": 0.9, "1": 0.1}),
        ([0.9], {"0": 0.9}),
        ({"classes": ["a", "b"], "scores": [0.9, 0.1]}, {"a": 0.9, "b": 0.1}),
        ({"displayNames": ["b", "a"], "confidences": [0.1, 0.9]}, {"b": 0.1, "a": 0.9}),
        ([{"label": "a", "prob": 0.9}, {"label": "b", "prob": 0.1}], {"a": 0.9, "b": 0.1}),
        ({"class": "a", "probability": {"a": 0.9, "b": 0.1}}, {"a": 0.9, "b": 0.1}),
        ({"type": 1, "values": [0.9, 0.1]}, {"0": 0.9, "1": 0.1}),
        ({"type": 0, "size": 3, "indices": [2], "values": [0.1]}, {"0": 0.0, "1": 0.0, "2": 0.1}),
        ({"label": "a", "score": 0.9}, {"label": "a", "score": 0.9}),
        ({"predictions": [{"score": 0.9, "predicted_label": 1}]}, {"label": "1", "score": 0.9}),
        ({"classes": ["a"], "scores": [0.9, 0.1]}, None),
        ([{"label": "a", "prob": 0.9}, {"label": "a", "prob": 0.1}], None),
        ([], None),
        (["a", "b"], None),
        ([[[[[[0.1, 0.9], 1]]]]], None),
        ({"type": 0, "size": 10**9, "indices": [2], "values": [0.1]}, None),
    ],
)
def test_nested_values_are_understood_as_scores(value, found):
    assert scores_in(value) == found


JSONS = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers(-3, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "size", "indices", "values", "label", "score", "classes", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)  # fmt: skip


@given(JSONS)
def test_unusual_cells_never_crash(value):
    for read in (value, value_of(json.dumps(value)), value_of(repr(value))):
        scores = scores_in(read)
        assert scores is None or isinstance(scores, dict)


@pytest.mark.parametrize(
    "text", ["(2,[1.5],[0.5])", "{[]: 1}", "(2,[1],['x'])", "(99999999,[1],[1])"]
)
def test_unusual_texts_of_vectors_never_crash(text):
    assert not scores_in(value_of(text))


@pytest.mark.parametrize("form", ["list", "spark", "vertex", "classes beside"])
def test_nested_scores_in_json_lines_are_read(tmp_path, form):
    def cell(both):
        if form == "spark":
            return {"type": 1, "size": None, "indices": None, "values": both}
        return {"classes": ["0", "1"], "scores": both} if form == "vertex" else both

    path = tmp_path / "f.jsonl"
    lines = []
    for k, both in enumerate(BOTH):
        row = {"id": f"u{k}", "label": int(LABEL[k]), "blur": 0.5, "prediction": cell(both)}
        row |= {"classes": ["0", "1"]} if form == "classes beside" else {}
        lines.append(json.dumps(row))
    path.write_text("\n".join(lines) + "\n")
    assert scores_of(path) == ("prediction_1", SCORE.tolist())


def test_structs_and_lists_in_parquet_are_read(tmp_path):
    path = tmp_path / "f.parquet"
    both = pa.array(BOTH, pa.list_(pa.float64()))
    pq.write_table(pa.table({"label": LABEL, "x": SCORE[::-1], "probability": both}), path)
    assert scores_of(path) == ("probability_1", SCORE.tolist())
    named = [[{"label": "1", "prob": b}, {"label": "0", "prob": a}] for a, b in BOTH]
    pq.write_table(pa.table({"label": LABEL, "predicted_label_probs": named}), path)
    assert scores_of(path) == ("predicted_label_probs_1", SCORE.tolist())


def test_nested_text_in_csv_is_read_after_the_first_rows(tmp_path):
    path = tmp_path / "f.csv"
    times = 50
    cells = [str(both) for both in BOTH * times]
    frame = pd.DataFrame({"label": [*LABEL.astype(int)] * times, "probability": cells})
    frame.to_csv(path, index=False)
    model, values = scores_of(path)
    assert (model, values) == ("probability_1", SCORE.tolist() * times)
    frame.loc[1_500, "probability"] = "[0.5]"
    frame.to_csv(path, index=False)
    error = refusal(path)
    assert (error.code, error.row, error.column) == ("E_NESTED", 1_501, "probability")


def test_nested_scores_that_are_not_understood_are_refused(tmp_path):
    path = tmp_path / "f.jsonl"
    rows = [
        {"label": int(a), "blur": s, "prediction": {"boxes": [[1, 2], [3, 4]], "at": "x"}}
        for a, s in zip(LABEL, SCORE.tolist(), strict=True)
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    error = refusal(path)
    assert (error.code, error.column) == ("E_NESTED", "prediction")
    assert open_scores(path, models=["blur"]).models == ("blur",)


def test_other_nested_columns_are_left_out_with_a_warning(tmp_path):
    path = tmp_path / "f.jsonl"
    rows = [
        {"label": int(a), "score": s, "features": [0.1, 0.2]}
        for a, s in zip(LABEL, SCORE.tolist(), strict=True)
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    scores = open_scores(path)
    assert (scores.models, set(scores.unused)) == (("score",), {"features"})


def test_classes_of_ranks_are_asked_about(tmp_path):
    path = tmp_path / "f.csv"
    top = [[max(both), min(both)] for both in BOTH]
    frame = pd.DataFrame({"label": LABEL.astype(int), "prob": [str(both) for both in top]})
    frame.to_csv(path, index=False)
    assert refusal(path).code == "E_TOPK"
