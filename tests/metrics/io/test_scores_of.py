"""Tests that scores of the good or predicted class become scores of the defect, however rows are read."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import open_scores
from metrics.errors import ScoreError
from metrics.io.convert import convert
from metrics.io.formats.nested_cells import scores_in, value_of
from metrics.io.formats.source import TableSource
from tests.metrics.opening import refusal

ROWS = 80
RNG = np.random.default_rng(8)
LABEL = (np.arange(ROWS) % 4 == 0).astype(int)
A = np.round(0.05 + 0.5 * RNG.random(ROWS) + 0.4 * LABEL, 4)
B = np.round(0.05 + 0.6 * RNG.random(ROWS) + 0.3 * LABEL, 4)
IDS = [f"u{k:02d}" for k in range(ROWS)]


def confident(p):
    return (p >= 0.5).astype(int), np.round(np.where(p >= 0.5, p, 1 - p), 4)


def values(scores):
    frames = [batch.to_pandas() for batch in scores.batches()]
    table = pd.concat(frames)
    return {model: table[model].to_numpy() for model in scores.models}


def code(source: Any, **options: Any) -> str:
    error = refusal(source, **options)
    return error.code


def wide():
    (dec_a, conf_a), (dec_b, conf_b) = confident(A), confident(B)
    return pd.DataFrame(
        {
            "id": IDS, "label": LABEL, "a_pred": dec_a, "a_conf": conf_a, "b_pred": dec_b, "b_conf": conf_b,
        }
    )  # fmt: skip


def long():
    parts = [
        pd.DataFrame({"id": IDS, "label": LABEL, "model": name, "pred": d, "score": c})
        for name, (d, c) in (("a", confident(A)), ("b", (np.zeros(ROWS, int), B)))
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet"])
def test_each_model_is_paired_with_its_own_predicted_class(tmp_path, ending):
    path = tmp_path / f"f.{ending}"
    frame = wide()
    if ending == "parquet":
        frame.to_parquet(path)
    elif ending == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False)
    assert refusal(path).code == "E_PREDICTED"
    scores = open_scores(path, scores_of="predicted")
    first, again = values(scores), values(scores)
    for found in (first, again):
        np.testing.assert_allclose(found["a_conf"], A, atol=1e-12)
        np.testing.assert_allclose(found["b_conf"], B, atol=1e-12)
    keyed = list(scores.keyed_rows())
    np.testing.assert_allclose(np.concatenate([rows.scores[0] for rows in keyed]), A, atol=1e-12)
    unkeyed = list(scores.unkeyed_rows())
    np.testing.assert_allclose(np.concatenate([rows.scores[1] for rows in unkeyed]), B, atol=1e-12)
    labelled = list(scores.labelled_rows(["b_conf"], ids=False))
    np.testing.assert_allclose(np.concatenate([r.scores[0] for r in labelled]), B, atol=1e-12)


def test_a_converted_file_holds_the_converted_scores(tmp_path):
    target = tmp_path / "out.parquet"
    convert(open_scores(wide(), scores_of="predicted"), target)
    found = values(open_scores(target))
    np.testing.assert_allclose(found["a_conf"], A, atol=1e-12)


def test_scores_of_a_long_file_are_converted_by_model(tmp_path):
    path = tmp_path / "f.csv"
    long().to_csv(path, index=False)
    error = refusal(path)
    assert (error.code, "a=predicted" in str(error)) == ("E_PREDICTED", True)
    found = values(open_scores(path, scores_of=["a=predicted", "b=defect"], decision="pred"))
    np.testing.assert_allclose(found["a"], A, atol=1e-12)
    np.testing.assert_allclose(found["b"], B, atol=1e-12)
    turned = values(open_scores(path, scores_of=["a=predicted", "b=good"], decision="pred"))
    np.testing.assert_allclose(turned["b"], 1 - B, atol=1e-12)
    assert code(path, scores_of=["a=defect", "c=good"]) == "E_COLUMN"


def test_joined_files_may_have_predicted_classes_of_one_name(tmp_path):
    labels = tmp_path / "labels.csv"
    wide()[["id", "label"]].to_csv(labels, index=False)
    files = [str(labels)]
    for name, p in (("cnn", A), ("svm", B)):
        decided, confidence = confident(p)
        frame = pd.DataFrame({"id": IDS, "pred": decided, "conf": confidence})
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        files.append(str(tmp_path / f"{name}.csv"))
    found = values(open_scores(files, scores_of="predicted", decision="pred"))
    np.testing.assert_allclose(found["cnn"], A, atol=1e-12)
    np.testing.assert_allclose(found["svm"], B, atol=1e-12)


def test_a_column_may_have_two_roles(tmp_path):
    path = tmp_path / "f.jsonl"
    frame = wide().assign(split=np.where(np.arange(ROWS) < 40, "train", "test"))
    frame["score"] = A
    frame[["id", "label", "split", "a_pred", "score"]].to_json(path, orient="records", lines=True)
    scores = open_scores(path, segments=["split"]).check()
    assert scores.columns.segments == ("split",)
    scores = open_scores(path, segments=["a_pred"], decision="a_pred").check()
    np.testing.assert_allclose(values(scores)["score"], A)


def test_a_score_slightly_above_one_is_clipped_on_every_pass():
    data = {"id": IDS, "label": LABEL, "a": np.where(LABEL, 1.0000001, A)}
    scores = open_scores(data).check()
    assert max(rows.scores[0].max() for rows in scores.keyed_rows()) == 1.0
    assert max(rows.scores[0].max() for rows in scores.unkeyed_rows()) == 1.0


def test_contradictory_options_are_refused():
    data = wide()
    assert code(data, scores_of=["a_conf=good", "a_conf=predicted"]) == "E_OPTION"
    assert code(data, scores_of=["good", "defect"]) == "E_OPTION"
    assert code(data, scores_of="bad") == "E_OPTION"
    assert code(data, positive="1", negative="0") == "E_OPTION"
    assert code(data, decision="label", label="label") == "E_OPTION"
    both = {"models": ["a_conf", "a_pred"], "scores_of": "a_conf=predicted", "decision": "a_pred"}
    assert code(data, **both) == "E_OPTION"


def test_a_row_without_a_predicted_class_is_named():
    data = wide()[["id", "label", "a_pred", "a_conf"]].astype({"a_pred": "str"})
    data.loc[4, "a_pred"] = ""
    with pytest.raises(ScoreError, match="every row must have a predicted class") as caught:
        open_scores(data, scores_of="predicted", decision="a_pred").check()
    assert (caught.value.code, caught.value.row) == ("E_PREDICTED", 5)


def test_options_win_over_the_data_with_a_warning():
    data = wide()[["id", "label", "a_pred", "a_conf"]]
    said = open_scores(data, scores_of="defect").check()
    assert "W_PREDICTED" in {p.code for p in said.problems}
    assert code(data, models=["a_conf"]) == "E_PREDICTED"
    similar = {"id": IDS, "label": LABEL, "similarity": 1 - A}
    assert code(similar) == "E_REVERSED"
    named = open_scores(similar, models=["similarity"]).check()
    assert "W_REVERSED" in {p.code for p in named.problems}
    turned = open_scores(data, scores_of="predicted", decision="a_pred").check()
    assert "W_TURNED" in {p.code for p in turned.problems}
    good = open_scores({"id": IDS, "label": LABEL, "m": 1 - A}).check()
    assert "W_REVERSED" in {p.code for p in good.problems}
    poor = open_scores({"id": IDS, "label": LABEL, "m": RNG.random(ROWS)}).check()
    assert {p.code for p in poor.problems} <= {"W_FEWPOSITIVES"}


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
        found = scores_in(read)
        assert found is None or isinstance(found, dict)


@pytest.mark.parametrize(
    "text", ["(2,[1.5],[0.5])", "{[]: 1}", "(2,[1],['x'])", "(99999999,[1],[1])"]
)
def test_unusual_texts_of_vectors_never_crash(text):
    assert not scores_in(value_of(text))


def test_the_first_rows_are_read_a_few_times_for_any_number_of_columns(monkeypatch):
    def heads(columns):
        count = 0
        head = TableSource.head

        def counted(self):
            nonlocal count
            count += 1
            return head(self)

        monkeypatch.setattr(TableSource, "head", counted)
        data = {f"m{k}": np.round(RNG.random(ROWS), 3) for k in range(columns)}
        open_scores({"id": IDS, "label": LABEL, **data})
        monkeypatch.undo()
        return count

    assert heads(200) <= heads(20) + 2
