"""Tests of which column is the defect's: by name, or by columns that sum to one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores
from tests.metrics.opening import error_of

LABELS = [k % 2 for k in range(50)]
SCORES = np.random.default_rng(5).random(50).round(4)


def chosen(path, header: str, rows: list[list[str]], **options: Any) -> tuple[str, ...]:
    sep = ";" if options.get("decimal") == "," else ","
    lines = [sep.join([f"u{k}", *row]) + "\n" for k, row in enumerate(rows)]
    path.write_text(header.replace(",", sep) + "\n" + "".join(lines))
    return open_scores(path, **options).check().models


@pytest.mark.parametrize(
    ("whole", "sign", "options"),
    [
        (1.0, ".", {}),
        (1.0, ",", {"decimal": ","}),
        (100.0, ".", {"scale": "percent"}),
        (100.0, ",", {"scale": "percent", "decimal": ","}),
        (100.0, ".", {"scale": "rank"}),
        (1.0, ".", {"scale": "rank"}),
        (0.0, ".", {"scale": "logit"}),
    ],
)
@pytest.mark.parametrize("names", ["p0,p1", "cnn_0,cnn_1"])
def test_the_column_of_the_good_class_is_not_a_candidate(tmp_path, names, whole, sign, options):
    size = whole or 1.0
    rows = [
        [str(label), *(f"{x:.4f}".replace(".", sign) for x in (whole - s * size, s * size))]
        for label, s in zip(LABELS, SCORES, strict=True)
    ]
    if whole == 0.0 and names == "p0,p1":
        names = "proba_0,proba_1"
    models = chosen(tmp_path / "f.csv", f"id,label,{names}", rows, **options)
    assert models == (names.split(",")[1],)


def test_one_row_that_is_off_does_not_make_the_good_class_a_candidate(tmp_path):
    rows = [[str(a), f"{1 - s:.3f}", f"{s:.3f}"] for a, s in zip(LABELS, SCORES, strict=True)]
    rows[7][2] = f"{float(rows[7][2]) + 0.001:.3f}"
    assert chosen(tmp_path / "f.csv", "id,label,p0,p1", rows) == ("p1",)
    rows[7][2] = "0.999"
    assert chosen(tmp_path / "f.csv", "id,label,p0,p1", rows) == ("p1",)


@given(st.integers(1, 3), st.lists(st.tuples(*[st.floats(0.01, 1)] * 3), min_size=30, max_size=40))
def test_rounded_probabilities_of_three_classes_are_recognised_by_name(
    tmp_path_factory, digits, raw
):
    weights = np.array(raw) / np.sum(raw, axis=1, keepdims=True)
    rows = [["abc"[k % 3], *(f"{x:.{digits}f}" for x in row)] for k, row in enumerate(weights)]
    if digits == 1:  # sums of 0.9 and 1.1 are common then
        rows = [[label, "0.3", "0.3", "0.4"] for label, *_ in rows]
    path = tmp_path_factory.mktemp("classes") / "f.csv"
    models = chosen(path, "id,label,p_a,p_b,p_c", rows, positive="b")
    assert models == ("p_b",)


@pytest.mark.parametrize(("decimal", "scale", "whole"), [(",", None, 1.0), (".", "percent", 100.0)])
def test_columns_without_a_known_name_that_sum_to_one_raise_a_question(
    tmp_path, decimal, scale, whole
):
    rows = [
        [str(a), *(f"{x:.3f}".replace(".", decimal) for x in (whole - whole * s, whole * s))]
        for a, s in zip(LABELS, SCORES, strict=True)
    ]
    error = error_of(chosen, tmp_path / "f.csv", "id,label,x,z", rows, decimal=decimal, scale=scale)
    assert error.code == "E_COMPLEMENT"


def test_joined_files_keep_the_class_column(tmp_path):
    (tmp_path / "lab.csv").write_text(
        "id,label\n" + "".join(f"u{k},{a}\n" for k, a in enumerate(LABELS))
    )
    rows = "".join(f"u{k};{1 - s:.4f};{s:.4f}\n" for k, s in enumerate(SCORES)).replace(".", ",")
    (tmp_path / "cnn.csv").write_text("id;cnn_0;cnn_1\n" + rows)
    files = [str(tmp_path / "lab.csv"), str(tmp_path / "cnn.csv")]
    scores = open_scores(files, decimal=",")
    assert scores.models == ("cnn_1",)
    (batch,) = scores.batches()
    assert batch.column(2).to_pylist() == SCORES.tolist()
    assert open_scores(files, decimal=",", models=["cnn_0"]).models == ("cnn_0",)


def test_a_decimal_comma_is_shown_at_its_first_row(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text('id,label,a\nu,1,0\nv,0,"0,25"\nw,1,"0,125"\n')
    with pytest.raises(ScoreError) as caught:
        open_scores(path)
    error = caught.value
    assert (error.code, error.row, error.value) == ("E_DECIMAL_COMMA", 2, "0,25")
