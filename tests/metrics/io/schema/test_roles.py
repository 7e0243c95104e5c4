"""Tests of the roles of columns: recognised by name and values, or asked about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from metrics import Scores, open_scores
from metrics.io.formats.source import HEAD_ROWS, TableSource
from metrics.io.schema.class_columns import class_groups
from metrics.io.schema.vocabulary import (
    is_kind_name,
    is_unchecked,
    normal,
    sense_of_score,
    words_of,
)
from tests.metrics.opening import error_of, table_of

ROWS = 60
LABEL = (np.arange(ROWS) % 3 == 0).astype(int)
_FIRST, _SECOND, _THIRD = np.random.default_rng(5).random((3, ROWS))
SCORE = np.round(0.5 * _FIRST + 0.4 * LABEL, 4)
OTHER = np.round(0.6 * _SECOND + 0.3 * LABEL, 4)
FEATURE = np.round(_THIRD, 4)
HARD = (OTHER > 0.35).astype(int)
IDS = [f"u{k:03d}" for k in range(ROWS)]


def open_columns(columns: dict[str, Any], **options: Any) -> Scores:
    return open_scores({"id": IDS, **columns}, **options).check()


def code(columns: dict[str, Any], **options: Any) -> str:
    error = error_of(open_columns, columns, **options)
    return error.code


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("yTrue", "y_true"),
        ("Unit ID", "unit_id"),
        (".row", "row"),
        ("Confidence (%)", "confidence"),
        ("", ""),
    ],
)
def test_names_are_compared_in_one_form(name, expected):
    assert normal(name) == expected


@pytest.mark.parametrize(
    ("name", "unchecked"),
    [
        ("verdict", True),
        ("Final verdict", False),
        ("reviewed_decisions", False),
        ("decision_v2", True),
        ("new_decision", True),
        ("final_prediction", True),
    ],
)
def test_only_a_judgement_that_is_checked_may_be_a_label(name, unchecked):
    assert is_unchecked(words_of(name)) == unchecked


def test_every_role_is_found_by_name():
    scores = open_columns(
        {
            "label": LABEL, "weight": [2.0] * ROWS, "value": FEATURE,
            "batch": [f"b{k // 6}" for k in range(ROWS)], "line": ["x", "y"] * 30,
            "fold": np.arange(ROWS) % 5, "year": [2024] * ROWS, "sex": ["m", "f"] * 30,
            "a": SCORE, "b": OTHER,
        }
    )  # fmt: skip
    columns = scores.columns
    assert (columns.id, columns.label, columns.weight) == (("id",), "label", "weight")
    assert (columns.value, columns.group, columns.segments) == ("value", "batch", ("line",))
    assert scores.models == ("a", "b")
    assert set(scores.unused) == {"fold", "year", "sex"}


def test_an_option_wins_over_every_name():
    data = {"serial": IDS, "label": LABEL, "truth": HARD, "fold": SCORE, "a": OTHER}
    scores = open_columns(data, id="serial", label="truth", models=["fold"])
    assert (scores.columns.id, scores.columns.label) == (("serial",), "truth")
    assert scores.models == ("fold",)


@pytest.mark.parametrize(
    "options",
    [
        {"label": "x"}, {"id": ("id", "x")}, {"models": ("x",)}, {"weight": "x"}, {"value": "x"},
        {"group": "x"}, {"segments": ("x",)}, {"decision": "x"}, {"scores_of": "x=good"},
    ], ids=str,
)  # fmt: skip
def test_an_option_must_name_a_column(options):
    error = error_of(open_columns, {"label": LABEL, "a": SCORE}, **options)
    assert (error.code, error.column) == ("E_COLUMN", "x")


class TestLabels:
    def test_fractions_are_never_labels(self):
        assert open_columns({"target": FEATURE, "y": LABEL, "a": SCORE}).columns.label == "y"
        assert code({"target": FEATURE}) == "E_NOLABEL"

    def test_labels_that_differ_raise_a_question(self):
        assert code({"a_outcome": LABEL, "b_outcome": HARD, "p": SCORE}) == "E_TWOLABELS"
        assert code({"label": LABEL, "class": HARD, "p": SCORE}) == "E_TWOLABELS"
        assert open_columns({"a_outcome": LABEL, "p": SCORE}).columns.label == "a_outcome"

    def test_labels_that_agree_are_one_label(self):
        words = np.where(LABEL, "bad", "good")
        scores = open_columns({"class": words, "label": LABEL, "p": SCORE})
        assert (scores.columns.label, scores.models) == ("label", ("p",))

    def test_labels_that_agree_only_in_the_first_rows_raise_a_question(self):
        many = 1_500
        label = np.arange(many) % 2
        late = np.where(np.arange(many) < 1_200, label, 1 - label)
        scores = np.random.default_rng(1).random(many)
        data = {"id": range(many), "label": label, "target": late, "p": scores}
        assert error_of(open_scores, data).code == "E_TWOLABELS"

    def test_names_that_mean_truth_win(self):
        assert open_columns({"label": HARD, "y_true": LABEL, "p": SCORE}).columns.label == "y_true"
        assert open_columns({"gt": LABEL, "label": HARD, "p": SCORE}).columns.label == "gt"

    @pytest.mark.parametrize(
        "name", ["Scored Labels", "predicted_label", "pred_class", "most_likely_label", "rf_label"]
    )
    def test_a_prediction_is_not_a_label(self, name):
        assert code({name: LABEL, "rf_score": SCORE}) == "E_NOLABEL"
        assert (
            open_columns({name: HARD, "label": LABEL, "rf_score": OTHER}).columns.label == "label"
        )

    def test_an_outcome_named_after_a_score_is_a_label(self):
        assert open_columns({"probwin": SCORE, "probwin_outcome": LABEL}).columns.label == (
            "probwin_outcome"
        )

    def test_a_coordinate_is_not_a_label(self):
        pixels = np.arange(ROWS) * 7
        scores = open_columns({"x": pixels, "y": pixels[::-1], "class": LABEL, "score": SCORE})
        assert (scores.columns.label, scores.models) == ("class", ("score",))
        assert code({"x": pixels, "y": pixels[::-1], "score": SCORE}) == "E_NOLABEL"
        assert open_columns({"x": FEATURE, "y": LABEL, "score": SCORE}).columns.label == "y"

    @pytest.mark.parametrize("name", ["passed", "ok", "is_good", "accepted"])
    @pytest.mark.parametrize("values", [("1", "0"), ("yes", "no"), ("true", "false")])
    def test_a_label_named_for_good_units_raises_a_question(self, name, values):
        data = {name: np.where(LABEL, values[1], values[0]), "score": SCORE}
        assert code(data) == "E_LABELSENSE"
        assert code(data, label=name) == "E_LABELSENSE"
        assert open_columns(data, positive=values[1].upper()).positives == LABEL.sum()
        assert open_columns(data, negative=values[0]).positives == LABEL.sum()

    @pytest.mark.parametrize("name", ["not_ok", "passed_pred", "label"])
    def test_other_label_names_raise_no_question(self, name):
        data = {name: LABEL, "p": SCORE}
        assert open_columns(data, label=name).positives == LABEL.sum()


class TestModels:
    def test_decisions_are_left_out_only_if_there_are_scores(self):
        assert open_columns({"y": LABEL, "prediction": HARD, "p": SCORE}).models == ("p",)
        assert open_columns({"y": LABEL, "prediction": HARD}).models == ("prediction",)

    def test_a_column_far_from_probabilities_is_left_out_with_a_warning(self):
        data = {"y": LABEL, "a": SCORE, "temperature": 20 + 10 * FEATURE}
        scores = open_columns(data)
        assert scores.models == ("a",)
        unused = [(p.code, p.column) for p in scores.problems if p.code == "W_UNUSED"]
        assert unused == [("W_UNUSED", "temperature")]
        assert open_columns(data, scale="rank").models == ("a", "temperature")
        assert open_columns({"y": LABEL, "temperature": 20 + LABEL}, scale="rank").models

    def test_features_are_not_models_if_there_is_a_score(self):
        scores = open_columns({"y": LABEL, "blur": FEATURE, "shade": OTHER, "pred_proba": SCORE})
        assert (scores.models, set(scores.unused)) == (("pred_proba",), {"blur", "shade"})

    def test_features_may_hold_anything(self):
        data = {"y": LABEL, "shade": np.where(FEATURE > 0.9, 1.2, FEATURE), "score": SCORE}
        assert open_columns(data).models == ("score",)
        data["shade"] = np.where(FEATURE > 0.9, np.nan, FEATURE)
        assert open_columns(data).models == ("score",)

    def test_without_a_scores_name_numbers_are_models(self):
        assert open_columns({"label": LABEL, "rule": FEATURE, "cnn": SCORE}).models == (
            "rule",
            "cnn",
        )

    def test_names_of_models_and_features_together_raise_a_question(self):
        assert code({"label": LABEL, "blur": FEATURE, "cnn": SCORE}) == "E_WHICHMODELS"
        assert code({"label": LABEL, "xgb": OTHER, "rf_score": SCORE}) == "E_WHICHMODELS"
        named = {"label": LABEL, "blur": FEATURE, "cnn": SCORE}
        assert open_columns(named, models=["cnn"]).models == ("cnn",)

    def test_a_copy_of_the_label_or_a_constant_is_not_a_model(self):
        scores = open_columns({"label": LABEL, "copy": LABEL, "same": [0.5] * ROWS, "a": SCORE})
        assert scores.models == ("a",)
        assert scores.unused["copy"] == "it equals the label in every row"
        assert scores.unused["same"] == "it is constant"
        assert open_columns({"label": LABEL, "same": [0.5] * ROWS}).models == ("same",)

    def test_a_model_that_is_constant_in_the_first_rows_is_a_model(self):
        many = 1_500
        first, second = np.random.default_rng(1).random((2, many))
        late = np.where(np.arange(many) < 1_200, 0.5, second)
        data = {"id": range(many), "label": np.arange(many) % 2, "a": first, "b": late}
        assert open_scores(data).models == ("a", "b")

    def test_a_column_of_thresholds_is_not_a_model(self):
        scores = open_columns({"label": LABEL, "PRE_1": OTHER, "PGR_1": HARD})
        assert (scores.models, set(scores.unused)) == (("PRE_1",), {"PGR_1"})
        rule = (FEATURE > 0.5).astype(int)
        assert open_columns({"label": LABEL, "a": OTHER, "rule": rule}).models == ("a", "rule")


class TestRoles:
    def test_a_width_is_not_a_weight(self):
        box = {"x": FEATURE, "h": OTHER, "w": 1 + FEATURE}
        assert open_columns({"label": LABEL, "score": SCORE, **box}).columns.weight is None
        scores = open_columns({"label": LABEL, "score": SCORE, "w": 1 + FEATURE})
        assert scores.columns.weight == "w"
        assert [p.column for p in scores.problems if p.code == "W_WEIGHT"] == ["w"]
        assert (
            open_columns({"label": LABEL, "score": SCORE, **box}, weight="w").columns.weight == "w"
        )
        assert open_columns({"y": LABEL, "score": SCORE, "w": 1 + FEATURE}).columns.weight == "w"
        assert (
            open_columns(
                {"label": LABEL, "score": SCORE, "h": OTHER, "w": 1 + FEATURE}
            ).columns.weight
            is None
        )

    def test_rows_of_several_splits_are_reported(self):
        split = np.where(np.arange(ROWS) < 40, "train", "test")
        scores = open_columns({"label": LABEL, "score": SCORE, "split": split})
        [note] = [p for p in scores.problems if p.code == "W_SPLIT"]
        assert "40 rows 'train'" in note.message
        assert "20 rows 'test'" in note.message
        honest = open_columns({"label": LABEL, "score": SCORE, "split": ["test"] * ROWS})
        assert "W_SPLIT" not in {p.code for p in honest.problems}

    def test_a_column_may_have_two_roles(self, tmp_path):
        path = tmp_path / "f.jsonl"
        splits = np.where(np.arange(ROWS) < 40, "train", "test")
        columns = {"id": IDS, "label": LABEL, "split": splits, "pred": HARD, "score": SCORE}
        pd.DataFrame(columns).to_json(path, orient="records", lines=True)
        assert open_scores(path, segments=["split"]).check().columns.segments == ("split",)
        scores = open_scores(path, segments=["pred"], decision="pred").check()
        np.testing.assert_allclose(table_of(scores)["score"].to_numpy(), SCORE)

    def test_an_id_without_repeats_is_preferred(self):
        data = {"id": ["u"] * ROWS, "row": IDS, "y": LABEL, "a": SCORE}
        assert open_scores(data).columns.id == ("row",)


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
        assert code(data) == "E_COMPLEMENT"
        assert open_columns(data, models=[names[1]]).models == (names[1],)

    def test_numbers_do_not_name_classes_that_are_words(self):
        words = np.where(LABEL, "bad", "good")
        assert code({"label": words, "p0": SCORE, "p1": self.REST}, positive="bad") == (
            "E_COMPLEMENT"
        )

    def test_models_that_often_sum_to_one_are_two_models(self):
        near = np.where(np.arange(ROWS) % 10 == 0, OTHER, self.REST)
        assert open_columns({"label": LABEL, "a": SCORE, "b": near}).models == ("a", "b")

    def test_ranks_are_not_classes(self):
        top = np.maximum(SCORE, 1 - SCORE)
        data = {"label": LABEL, "prob_0": top, "prob_1": 1 - top}
        assert code(data) == "E_TOPK"
        third = {f"score_{k}": np.round((0.9 - 0.2 * k) * (1 - SCORE / 4), 4) for k in range(3)}
        assert code({"label": LABEL, **third}) == "E_TOPK"

    def test_classes_with_low_probabilities_are_recognised(self):
        """No defect is above one half, but the decisions are a threshold of the second column."""
        low = np.round(SCORE / 2, 4)
        data = {"label": LABEL, "p0": 1 - low, "p1": low}
        assert open_columns({**data, "predict": (low > 0.3).astype(int)}).models == ("p1",)
        late = np.concatenate([np.resize(low, 1_200), np.resize(SCORE, 60)])
        label = np.resize(LABEL, 1_260)
        long = {"id": range(1_260), "label": label, "p0": 1 - late, "p1": late}
        assert open_scores(long).models == ("p1",)


@pytest.mark.parametrize(
    ("name", "sense"),
    [
        ("p0", -1), ("p1", 1), ("confidence_0", -1), ("0_p", -1), ("rf_0", 0), ("xgb_1", 0),
        ("good_score", -1), ("not_good", 1), ("no_defect", -1), ("similarity", -1), ("prob_no", -1),
        ("prob_yes", 1), ("score", 0), ("goodnet", 0), ("anomaly_score", 1),
    ],
)  # fmt: skip
def test_the_class_in_the_name_of_a_score(name, sense):
    assert sense_of_score(name) == sense


def test_serial_numbers_are_the_id_if_none_is_known():
    table = {"part": [f"P{k:04d}" for k in range(ROWS)], "label": LABEL, "net": SCORE}
    scores = open_scores(table).check()
    assert scores.columns.id == ("part",)
    assert "part" not in scores.unused
    assert open_scores(table, models=["net"]).check().columns.id == ("part",)
    assert open_scores({"id": IDS, **table}).check().columns.id == ("id",)
    repeated = {**table, "part": ["P0", *table["part"][:-2], "P0"]}
    assert open_scores(repeated).check().columns.id == ()
    few = {name: values[:10] for name, values in table.items()}
    assert open_scores(few).check().columns.id == ()


def test_an_id_that_repeats_is_refused_though_serial_numbers_differ():
    """The rows may be those of several models, each with a serial number of its own."""
    part, row = [f"P{k // 3}" for k in range(ROWS)], [f"R{k}" for k in range(ROWS)]
    table = {"piece": row, "part_id": part, "label": LABEL, "net": SCORE}
    assert error_of(open_scores(table).check).code == "E_DUPID"


def test_serial_numbers_that_repeat_after_the_first_rows_are_no_id():
    rows = 2 * HEAD_ROWS
    part = [f"P{k:04d}" for k in range(rows)]
    table = {"part": part, "label": np.arange(rows) % 3 == 0, "net": np.linspace(0.1, 0.9, rows)}
    assert open_scores(table).check().columns.id == ("part",)
    table["part"] = [*part[:-1], part[-2]]
    assert open_scores(table).check().columns.id == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("defect_type", True), ("Fault", True), ("kind", True), ("kind of defect", True),
        ("failureMode", True), ("type", False), ("product_type", False), ("shift", False), ("", False),
    ],
)  # fmt: skip
def test_names_of_the_defect_type_column(name, expected):
    assert is_kind_name(name) == expected


def test_the_first_rows_are_read_a_few_times_for_any_number_of_columns(monkeypatch):
    def reads_of_first_rows(models):
        reads = 0
        head = TableSource.head

        def counted(self):
            nonlocal reads
            reads += 1
            return head(self)

        monkeypatch.setattr(TableSource, "head", counted)
        scores = np.random.default_rng(1).random((models, ROWS)).round(3)
        open_scores({"id": IDS, "label": LABEL, **{f"m{k}": scores[k] for k in range(models)}})
        monkeypatch.undo()
        return reads

    assert reads_of_first_rows(200) <= reads_of_first_rows(20) + 2


def test_a_column_that_ranks_the_defects_is_asked_about_beside_a_score_named_after_a_model():
    data = {"label": LABEL, "rule_score": SCORE}
    assert code(data | {"north": OTHER}) == "E_WHICHMODELS"
    assert code(data | {"vision_v2": FEATURE}) == "E_WHICHMODELS"
    assert open_columns(data | {"north": FEATURE}).models == ("rule_score",)
    assert open_columns({"label": LABEL, "score": SCORE, "north": OTHER}).models == ("score",)


def test_per_cents_that_may_be_a_model_are_asked_about_beside_scores():
    scores = {"label": LABEL, "vendor_score": SCORE}
    percent = [100 * value for value in SCORE]
    assert code(scores | {"north (%)": percent}) == "E_WHICHMODELS"
    assert code(scores | {"legacy_rule": [round(value) for value in percent]}) == "E_WHICHMODELS"
    # The question does not wait for the value of the label that means the defect.
    words = {"label": ["OK" if bad else "NOK" for bad in LABEL]}
    assert code(scores | words | {"north (%)": percent}) == "E_WHICHMODELS"
    # A feature's name, or no relation to the label, is no model.
    assert open_columns(scores | {"humidity": percent}).models == ("vendor_score",)
    assert open_columns(scores | {"wear (%)": [100 * v for v in FEATURE]}).models == (
        "vendor_score",
    )


def test_probabilities_beside_per_cent_become_per_cent():
    data = {"label": LABEL, "a_score": SCORE, "b_score": 100 * OTHER}
    scores = open_columns(data, scale="percent")
    assert [p.column for p in scores.problems if p.code == "W_SCALE"] == ["a_score"]
    read = table_of(scores)
    np.testing.assert_array_equal(read["a_score"], 100 * SCORE)
    np.testing.assert_array_equal(read["b_score"], 100 * OTHER)
    later = {name: np.resize(values, HEAD_ROWS + 1) for name, values in data.items()}
    later["a_score"][-1] = 37.0
    error = error_of(open_scores({"id": np.arange(HEAD_ROWS + 1), **later}, scale="percent").check)
    assert (error.code, error.problems[0].value) == ("E_RANGE", "37.0")


def test_decimal_commas_of_a_named_model_are_asked_about():
    commas = [str(value).replace(".", ",") for value in SCORE]
    assert code({"label": LABEL, "north": commas}, models="north") == "E_DECIMAL_COMMA"
