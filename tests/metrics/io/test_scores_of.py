"""Tests that scores of the good or predicted class become scores of the defect, however rows are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from metrics import open_scores
from metrics.errors import ScoreError
from metrics.io.convert import convert
from tests.metrics.opening import refusal

ROWS = 80
LABEL = (np.arange(ROWS) % 4 == 0).astype(int)
_FIRST, _SECOND = np.random.default_rng(8).random((2, ROWS))
A = np.round(0.05 + 0.5 * _FIRST + 0.4 * LABEL, 4)
B = np.round(0.05 + 0.6 * _SECOND + 0.3 * LABEL, 4)
IDS = [f"u{k:02d}" for k in range(ROWS)]


def decisions_and_confidences(p):
    return (p >= 0.5).astype(int), np.round(np.where(p >= 0.5, p, 1 - p), 4)


def scores_by_model(scores):
    frames = [batch.to_pandas() for batch in scores.batches()]
    table = pd.concat(frames)
    return {model: table[model].to_numpy() for model in scores.models}


def code_of_refusal(source: Any, **options: Any) -> str:
    return refusal(source, **options).code


def wide_frame():
    (dec_a, conf_a), (dec_b, conf_b) = decisions_and_confidences(A), decisions_and_confidences(B)
    return pd.DataFrame(
        {
            "id": IDS, "label": LABEL, "a_pred": dec_a, "a_conf": conf_a, "b_pred": dec_b, "b_conf": conf_b,
        }
    )  # fmt: skip


def long_frame():
    parts = [
        pd.DataFrame({"id": IDS, "label": LABEL, "model": name, "pred": d, "score": c})
        for name, (d, c) in (("a", decisions_and_confidences(A)), ("b", (np.zeros(ROWS, int), B)))
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet"])
def test_each_model_is_paired_with_its_own_predicted_class(tmp_path, ending):
    path = tmp_path / f"f.{ending}"
    frame = wide_frame()
    if ending == "parquet":
        frame.to_parquet(path)
    elif ending == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False)
    assert refusal(path).code == "E_PREDICTED"
    scores = open_scores(path, scores_of="predicted")
    first, again = scores_by_model(scores), scores_by_model(scores)
    for found in (first, again):
        np.testing.assert_allclose(found["a_conf"], A, atol=1e-12)
        np.testing.assert_allclose(found["b_conf"], B, atol=1e-12)
    keyed = list(scores.labelled_rows())
    np.testing.assert_allclose(np.concatenate([rows.scores[0] for rows in keyed]), A, atol=1e-12)
    labelled = list(scores.labelled_rows(["b_conf"], ids=False))
    np.testing.assert_allclose(np.concatenate([r.scores[0] for r in labelled]), B, atol=1e-12)


def test_a_converted_file_holds_the_converted_scores(tmp_path):
    target = tmp_path / "out.parquet"
    convert(open_scores(wide_frame(), scores_of="predicted"), target)
    found = scores_by_model(open_scores(target))
    np.testing.assert_allclose(found["a_conf"], A, atol=1e-12)


def test_scores_of_a_long_file_are_converted_by_model(tmp_path):
    path = tmp_path / "f.csv"
    long_frame().to_csv(path, index=False)
    error = refusal(path)
    assert (error.code, "a=predicted" in str(error)) == ("E_PREDICTED", True)
    found = scores_by_model(
        open_scores(path, scores_of=["a=predicted", "b=defect"], decision="pred")
    )
    np.testing.assert_allclose(found["a"], A, atol=1e-12)
    np.testing.assert_allclose(found["b"], B, atol=1e-12)
    turned = scores_by_model(
        open_scores(path, scores_of=["a=predicted", "b=good"], decision="pred")
    )
    np.testing.assert_allclose(turned["b"], 1 - B, atol=1e-12)
    assert code_of_refusal(path, scores_of=["a=defect", "c=good"]) == "E_COLUMN"


def test_joined_files_may_have_predicted_classes_of_one_name(tmp_path):
    labels = tmp_path / "labels.csv"
    wide_frame()[["id", "label"]].to_csv(labels, index=False)
    files = [str(labels)]
    for name, p in (("cnn", A), ("svm", B)):
        decided, confidence = decisions_and_confidences(p)
        frame = pd.DataFrame({"id": IDS, "pred": decided, "conf": confidence})
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        files.append(str(tmp_path / f"{name}.csv"))
    found = scores_by_model(open_scores(files, scores_of="predicted", decision="pred"))
    np.testing.assert_allclose(found["cnn"], A, atol=1e-12)
    np.testing.assert_allclose(found["svm"], B, atol=1e-12)


def test_contradictory_options_are_refused():
    data = wide_frame()
    assert code_of_refusal(data, scores_of=["a_conf=good", "a_conf=predicted"]) == "E_OPTION"
    assert code_of_refusal(data, scores_of=["good", "defect"]) == "E_OPTION"
    assert code_of_refusal(data, scores_of="bad") == "E_OPTION"
    assert code_of_refusal(data, positive="1", negative="0") == "E_OPTION"
    assert code_of_refusal(data, decision="label", label="label") == "E_OPTION"
    both = {"models": ["a_conf", "a_pred"], "scores_of": "a_conf=predicted", "decision": "a_pred"}
    assert code_of_refusal(data, **both) == "E_OPTION"


def test_a_row_without_a_predicted_class_is_named():
    data = wide_frame()[["id", "label", "a_pred", "a_conf"]].astype({"a_pred": "str"})
    data.loc[4, "a_pred"] = ""
    with pytest.raises(ScoreError, match="every row must have a predicted class") as caught:
        open_scores(data, scores_of="predicted", decision="a_pred").check()
    assert (caught.value.code, caught.value.row) == ("E_PREDICTED", 5)


def codes_of_warnings(source: Any, **options: Any) -> set[str]:
    return {problem.code for problem in open_scores(source, **options).check().problems}


def test_a_named_meaning_wins_over_predicted_classes_with_a_warning():
    data = wide_frame()[["id", "label", "a_pred", "a_conf"]]
    assert "W_PREDICTED" in codes_of_warnings(data, scores_of="defect")
    assert code_of_refusal(data, models=["a_conf"]) == "E_PREDICTED"


def test_converted_scores_are_reported():
    data = wide_frame()[["id", "label", "a_pred", "a_conf"]]
    assert "W_TURNED" in codes_of_warnings(data, scores_of="predicted", decision="a_pred")


def test_a_named_model_may_fall_with_the_defect_with_a_warning():
    data = {"id": IDS, "label": LABEL, "similarity": 1 - A}
    assert code_of_refusal(data) == "E_REVERSED"
    assert "W_REVERSED" in codes_of_warnings(data, models=["similarity"])


def test_a_model_that_falls_with_the_defect_has_a_warning():
    assert "W_REVERSED" in codes_of_warnings({"id": IDS, "label": LABEL, "m": 1 - A})


def test_a_model_unrelated_to_the_label_has_no_warning():
    unrelated = np.random.default_rng(1).random(ROWS)
    warnings = codes_of_warnings({"id": IDS, "label": LABEL, "m": unrelated})
    assert warnings <= {"W_FEWPOSITIVES"}


@pytest.mark.parametrize("order", [["m1", "m2"], ["m2", "m1"]])
def test_the_confidence_beside_a_probability_of_defect_is_unused_in_any_order(order):
    decided, confidence = decisions_and_confidences(A)
    columns = {"id": IDS, "label": LABEL, "prediction": decided, "m1": A, "m2": confidence}
    scores = open_scores(pd.DataFrame(columns)[["id", "label", "prediction", *order]])
    assert scores.models == ("m1",)
    assert ("W_UNUSED", "m2") in {(p.code, p.column) for p in scores.problems}
