"""Tests of columns of one class each: which is the defect's, by name or by their constant sum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import open_scores
from metrics.io.schema.class_columns import class_groups, complements, never_below
from tests.metrics.io.sixty_units import (
    LABEL,
    OTHER,
    ROWS,
    SCORE,
    code_of_refusal,
    open_columns,
)
from tests.metrics.opening import error_of

LABELS = [k % 2 for k in range(50)]
SCORES = np.random.default_rng(5).random(50).round(4)


def models_of_file(path, header: str, rows: list[list[str]], **options: Any) -> tuple[str, ...]:
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
    models = models_of_file(tmp_path / "f.csv", f"id,label,{names}", rows, **options)
    assert models == (names.split(",")[1],)


def test_one_row_that_is_off_does_not_make_the_good_class_a_candidate(tmp_path):
    rows = [[str(a), f"{1 - s:.3f}", f"{s:.3f}"] for a, s in zip(LABELS, SCORES, strict=True)]
    rows[7][2] = f"{float(rows[7][2]) + 0.001:.3f}"
    assert models_of_file(tmp_path / "f.csv", "id,label,p0,p1", rows) == ("p1",)
    rows[7][2] = "0.999"
    assert models_of_file(tmp_path / "f.csv", "id,label,p0,p1", rows) == ("p1",)


@given(st.integers(1, 3), st.lists(st.tuples(*[st.floats(0.01, 1)] * 3), min_size=30, max_size=40))
def test_rounded_probabilities_of_three_classes_are_recognised_by_name(
    tmp_path_factory, digits, raw
):
    weights = np.array(raw) / np.sum(raw, axis=1, keepdims=True)
    rows = [["abc"[k % 3], *(f"{x:.{digits}f}" for x in row)] for k, row in enumerate(weights)]
    if digits == 1:  # sums of 0.9 and 1.1 are common then
        rows = [[label, "0.3", "0.3", "0.4"] for label, *_ in rows]
    path = tmp_path_factory.mktemp("classes") / "f.csv"
    models = models_of_file(path, "id,label,p_a,p_b,p_c", rows, positive="b")
    assert models == ("p_b",)


@pytest.mark.parametrize(("decimal", "scale", "whole"), [(",", None, 1.0), (".", "percent", 100.0)])
def test_columns_without_a_known_name_that_sum_to_one_raise_a_question(
    tmp_path, decimal, scale, whole
):
    rows = [
        [str(a), *(f"{x:.3f}".replace(".", decimal) for x in (whole - whole * s, whole * s))]
        for a, s in zip(LABELS, SCORES, strict=True)
    ]
    error = error_of(
        models_of_file, tmp_path / "f.csv", "id,label,x,z", rows, decimal=decimal, scale=scale
    )
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


@pytest.mark.parametrize(
    ("models", "levels", "groups"),
    [
        (["p0", "p1"], ["0", "1"], [{"0": "p0", "1": "p1"}]),
        (["0", "1"], ["0", "1"], [{"0": "0", "1": "1"}]),
        (
            [".pred_Defect", ".pred_OK"],
            ["Defect", "OK"],
            [{"Defect": ".pred_Defect", "OK": ".pred_OK"}],
        ),
        (["ok", "not_ok"], ["ok", "not_ok"], [{"ok": "ok", "not_ok": "not_ok"}]),
        (["c", "b", "a"], ["a", "b", "c"], [{"c": "c", "b": "b", "a": "a"}]),
        (
            ["svm_0", "svm_1", "knn_0", "knn_1", "x"],
            ["0", "1"],
            [{"0": "svm_0", "1": "svm_1"}, {"0": "knn_0", "1": "knn_1"}],
        ),
        (["prob1", "prob2"], ["0", "1"], []),
        (["x_1", "y_0"], ["0", "1"], []),
        (["p0", "p1"], ["1"], []),
        (["p0", "p1"], ["0", "1", "2"], []),
    ],
)
def test_columns_that_hold_one_class_each(models, levels, groups):
    assert class_groups(models, levels) == groups


class TestClassColumns:
    REST = np.round(1 - SCORE, 4)

    @pytest.mark.parametrize(
        ("good", "bad"),
        [("rf_good", "rf_bad"), ("p0", "p1"), ("prob.neg", "prob.pos"), ("ok", "not_ok"),
         ("probability_normal", "probability_anomaly")],
    )  # fmt: skip
    def test_complementary_scores_are_distinguished_by_their_words(self, good, bad):
        for data in ({good: self.REST, bad: SCORE}, {bad: SCORE, good: self.REST}):
            assert open_columns({"label": LABEL, **data}).models == (bad,)

    def test_the_column_of_the_defect_is_kept_for_several_models(self):
        two = {"rf_good": self.REST, "rf_bad": SCORE, "lr_good": 1 - OTHER, "lr_bad": OTHER}
        assert open_columns({"label": LABEL, **two}).models == ("rf_bad", "lr_bad")

    @pytest.mark.parametrize("names", [("x", "z"), ("class_a", "class_b"), ("p1", "p2")])
    def test_other_complementary_scores_raise_a_question(self, names):
        data = {"label": LABEL, names[0]: self.REST, names[1]: SCORE}
        assert code_of_refusal(data) == "E_COMPLEMENT"
        assert open_columns(data, models=[names[1]]).models == (names[1],)

    def test_numbers_do_not_name_classes_that_are_words(self):
        words = np.where(LABEL, "bad", "good")
        assert code_of_refusal({"label": words, "p0": SCORE, "p1": self.REST}, positive="bad") == (
            "E_COMPLEMENT"
        )

    def test_models_that_often_sum_to_one_are_two_models(self):
        near = np.where(np.arange(ROWS) % 10 == 0, OTHER, self.REST)
        assert open_columns({"label": LABEL, "a": SCORE, "b": near}).models == ("a", "b")

    def test_ranks_are_not_classes(self):
        top = np.maximum(SCORE, 1 - SCORE)
        data = {"label": LABEL, "prob_0": top, "prob_1": 1 - top}
        assert code_of_refusal(data) == "E_TOPK"
        third = {f"score_{k}": np.round((0.9 - 0.2 * k) * (1 - SCORE / 4), 4) for k in range(3)}
        assert code_of_refusal({"label": LABEL, **third}) == "E_TOPK"

    def test_classes_with_low_probabilities_are_recognised(self):
        """No defect is above one half, but the decisions are a threshold of the second column."""
        low = np.round(SCORE / 2, 4)
        data = {"label": LABEL, "p0": 1 - low, "p1": low}
        assert open_columns({**data, "predict": (low > 0.3).astype(int)}).models == ("p1",)
        late = np.concatenate([np.resize(low, 1_200), np.resize(SCORE, 60)])
        label = np.resize(LABEL, 1_260)
        long = {"id": range(1_260), "label": label, "p0": 1 - late, "p1": late}
        assert open_scores(long).models == ("p1",)


@pytest.mark.parametrize(("digits", "scale"), [(2, None), (5, None), (5, "percent"), (5, "logit")])
def test_complements_are_found_among_models(digits, scale):
    rng = np.random.default_rng(4)
    whole = {None: 1.0, "percent": 100.0, "logit": 0.0}[scale]
    p, q = (rng.normal(size=200) if scale == "logit" else (whole * rng.random(200)) for _ in "pq")
    models = [q, np.round(p, digits), np.round(whole - p, digits), rng.random(200) * (whole or 1)]
    assert complements(models, scale) == [(1, 2)]
    assert complements([q, p, models[3]], scale) == []


def test_constant_columns_are_not_complements():
    sparse = np.zeros(200)
    one, two = sparse.copy(), sparse.copy()
    one[:3], two[5:8] = 0.5, 0.5
    assert complements([one, two], None) == []
    assert complements([np.full(9, 0.25), np.full(9, 0.75)], None) == []


def test_ranks_fall_in_every_row():
    first, second = np.array([0.5, 0.9, 0.4]), np.array([0.5, 0.1, 0.3])
    assert never_below(first, second)
    assert not never_below(second, first)
    assert not never_below(first, first)
