"""Tests of opened scores: canonical batches, scale, positive class, side columns and fingerprint."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores
from metrics.io import ids as reader_ids
from tests.metrics.opening import error_of, refusal

COLUMNS = {
    "label": [1, 0, 1, 0],
    "id": ["a", "b", "c", "d"],
    "weight": [1.0, 2.0, 0.5, 3.0],
    "value": [10.0, -2.0, 0.0, 7.5],
    "batch": ["p", "p", "q", "q"],
    "segment": ["s", "t", "s", "t"],
    "one": [0.9, 0.1, 0.8, 0.2],
    "two": [0.5, 0.4, 0.3, 0.2],
}


def test_a_batch_has_every_column_with_a_role():
    scores = open_scores(COLUMNS)
    (batch,) = scores.batches()
    assert batch.schema == scores.schema
    assert batch.column("id").to_pylist() == COLUMNS["id"]
    assert batch.column("label").type == pa.int8()
    assert batch.column("weight").to_pylist() == COLUMNS["weight"]
    assert batch.column("value").to_pylist() == COLUMNS["value"]
    assert batch.column("group").to_pylist() == COLUMNS["batch"]
    for name in ("segment", "one", "two"):
        assert batch.column(name).to_pylist() == COLUMNS[name]
    assert batch.schema.names == [
        "id",
        "label",
        "weight",
        "value",
        "group",
        "segment",
        "one",
        "two",
    ]


def test_counts_are_known_after_a_pass():
    scores = open_scores(COLUMNS, rows="held-out")
    assert (scores.rows, scores.positives, scores.held_out) == (None, None, "held-out")
    assert scores.check() is scores
    assert (scores.rows, scores.positives) == (4, 2)
    assert scores.columns.positive == "1"


@given(st.integers(1, 9))
def test_batches_of_any_size_hold_the_same_rows(size):
    parts = list(open_scores(COLUMNS).batches(size))
    assert all(0 < part.num_rows <= size for part in parts)
    whole = pa.Table.from_batches(parts)
    assert whole["one"].to_pylist() == COLUMNS["one"]


def test_a_model_may_have_the_name_of_a_canonical_column():
    scores = open_scores(
        {"y": [0, 1], "serial": ["u", "v"], "label2": [0.1, 0.2], "group": ["g", "h"]}
    )
    assert scores.models == ("label2",)
    data = {"y": [0, 1], "serial": ["u", "v"], "label": [0.1, 0.2]}
    scores = open_scores(data, label="y", models=["label"])
    (batch,) = scores.batches()
    assert batch.schema.names == ["id", "label", "label"]
    assert batch.column(2).to_pylist() == [0.1, 0.2]


def test_rows_without_an_id_are_numbered_across_batches():
    scores = open_scores({"label": [0, 1, 0], "m": [0.1, 0.2, 0.3]})
    ids = [text for batch in scores.batches(2) for text in batch.column(0).to_pylist()]
    assert (ids, scores.columns.id) == (["1", "2", "3"], ())


@pytest.mark.parametrize(
    ("scale", "good", "bad"),
    [
        ("probability", [0.0, 1.0], [0.5, 1.0 + 3e-7]),
        ("percent", [0.0, 100.0], [-5e-324, 50.0]),
        ("logit", [-745.0, 30.0], None),
        ("rank", [-1e300, 1e300], None),
    ],
)
def test_scores_are_checked_against_their_scale_and_not_transformed(scale, good, bad):
    data = {"id": ["u", "v"], "label": [0, 1]}
    scores = open_scores(data | {"m": good}, scale=scale)
    (batch,) = scores.batches()
    assert (scores.scale, batch.column(2).to_pylist()) == (scale, good)
    if bad is not None:
        with pytest.raises(ScoreError, match=f"on the {scale} scale"):
            open_scores(data | {"m": bad}, scale=scale).check()


def test_a_score_slightly_above_one_is_clipped_on_every_pass():
    scores = open_scores(COLUMNS | {"one": [1.0000001, 0.1, 0.8, 0.2]}).check()
    assert max(rows.scores[0].max() for rows in scores.labelled_rows()) == 1.0


@pytest.mark.parametrize(
    ("labels", "positive", "codes"),
    [
        (["nok", "ok", "nok"], "nok", [1, 0, 1]),
        (["nok", "ok", "nok"], "ok", [0, 1, 0]),
        ([1, 2, 1], "2", [0, 1, 0]),
        ([1.0, 0.0, 1.0], "0", [0, 1, 0]),
        (["a", "b", "c"], "c", [0, 0, 1]),
        (["0", "1", "1"], "0", [1, 0, 0]),
    ],
)
def test_the_named_value_is_the_defect(labels, positive, codes):
    scores = open_scores(
        {"id": list("uvw"), "label": labels, "m": [0.1, 0.2, 0.3]}, positive=positive
    )
    (batch,) = scores.batches()
    assert batch.column(1).to_pylist() == codes
    assert scores.columns.positive == positive
    assert ("W_ONEVSREST" in {p.code for p in scores.problems}) == (len(set(labels)) > 2)


@pytest.mark.parametrize(
    ("labels", "positive", "chosen"),
    [
        ([1, 0], None, "p1"), ([1.0, 0.0], None, "p1"), ([True, False], None, "p1"), ([1, 0], "0", "p0"),
        ([True, False], "false", "p0"), (["1.0", "0.0"], "0.0", "p0"), ([1, -1], None, "p1"),
    ],
)  # fmt: skip
def test_the_column_of_the_positive_class_is_kept(labels, positive, chosen):
    data = {"label": labels, "p0": [0.25, 0.5], "p1": [0.75, 0.5]}
    assert open_scores(data, positive=positive).check().models == (chosen,)


def test_the_named_value_must_occur():
    with pytest.raises(ScoreError, match="'x'") as caught:
        open_scores({"id": ["u", "v"], "label": ["a", "b"], "m": [0.1, 0.2]}, positive="x").check()
    assert caught.value.code == "E_POSLABEL"


def test_no_batch_has_an_invalid_label():
    count = 300
    labels = [str(k % 2) for k in range(count)]
    labels[150] = "7"
    data = {"id": [str(k) for k in range(count)], "label": labels, "m": [0.5] * count}
    seen: list[pa.RecordBatch] = []
    error = error_of(lambda: seen.extend(open_scores(data).batches(50)))
    assert (error.code, error.row) == ("E_LABEL", 151)
    assert {label for batch in seen for label in batch.column(1).to_pylist()} == {0, 1}
    assert len(seen) == 3


def test_equal_hashes_of_different_ids_are_not_duplicates(monkeypatch):
    monkeypatch.setattr(reader_ids, "hash_text", lambda ids: np.zeros(len(ids), np.uint64))
    assert open_scores(COLUMNS).check().rows == 4
    error = refusal(COLUMNS | {"id": ["a", "b", "c", "b"]})
    assert (error.code, error.value, error.row) == ("E_DUPID", "b", 4)


def test_columns_named_like_a_side_column_are_never_models_unless_named():
    side = {
        "w": [0.5, 0.6],
        "cost": [0.1, 0.2],
        "lot": [0.3, 0.4],
        "camera": [0, 1],
        "image_id": [1, 0],
    }
    data = {"label": [1, 0], "id": ["u", "v"], "m": [0.7, 0.2], **side}
    taken = {"weight": [1, 2], "price": [1.5, 2.5], "batch": ["p", "q"], "line": ["x", "y"]}
    scores = open_scores(
        data | taken, segments=["line"], weight="weight", value="price", group="batch"
    )
    assert scores.models == ("m",)
    left = {p.column: p.message for p in scores.problems if p.code == "W_UNUSED"}
    assert set(left) == set(side)
    assert left["w"] == "left out, since it is named like a weight"
    assert left["image_id"] == "left out, since it is named like an id"
    assert open_scores(data | taken, models=["m", "cost"], value="price").models == ("m", "cost")


def test_decisions_and_rows_without_a_group_are_reported():
    data = {
        "label": [1, 0, 1],
        "batch": ["p", None, ""],
        "hard": [1, 0, 0],
        "soft": [1.0, 0.5, 0.0],
    }
    notes = {(p.code, p.column): p.message for p in open_scores(data).check().problems}
    assert ("W_HARD", "hard") in notes
    assert ("W_HARD", "soft") not in notes
    assert notes["W_NOGROUP", "batch"].startswith("2 rows")


@pytest.mark.parametrize(
    "option", [{"scale": "rank"}, {"positive": "1"}, {"models": ["one"]}, {"id": "id"}], ids=str
)
def test_options_change_the_fingerprint(option):
    assert open_scores(COLUMNS, **option).fingerprint != open_scores(COLUMNS).fingerprint
    assert open_scores(COLUMNS).fingerprint.startswith("sha256:")


def test_whether_rows_were_held_out_does_not_change_the_fingerprint():
    assert open_scores(COLUMNS, rows="training").fingerprint == open_scores(COLUMNS).fingerprint


@pytest.mark.parametrize("name", ["weight", "value"])
def test_side_columns_must_be_finite_numbers(name):
    error = refusal(COLUMNS | {name: [1.0, 2.0, None, 3.0]})
    assert (error.code, error.row, error.column) == ("E_SCORE_NA", 3, name)
