"""Tests of the roles of columns: recognised by name and values, or asked about."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metrics import open_scores
from metrics.io.formats.source import HEAD_ROWS
from tests.metrics.io.sixty_units import (
    FEATURE,
    HARD,
    IDS,
    LABEL,
    OTHER,
    ROWS,
    SCORE,
    code_of_refusal,
    open_columns,
)
from tests.metrics.opening import error_of, table_of


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
        assert code_of_refusal({"target": FEATURE}) == "E_NOLABEL"

    def test_labels_that_differ_raise_a_question(self):
        assert code_of_refusal({"a_outcome": LABEL, "b_outcome": HARD, "p": SCORE}) == "E_TWOLABELS"
        assert code_of_refusal({"label": LABEL, "class": HARD, "p": SCORE}) == "E_TWOLABELS"
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
        assert code_of_refusal({name: LABEL, "rf_score": SCORE}) == "E_NOLABEL"
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
        assert code_of_refusal({"x": pixels, "y": pixels[::-1], "score": SCORE}) == "E_NOLABEL"
        assert open_columns({"x": FEATURE, "y": LABEL, "score": SCORE}).columns.label == "y"

    @pytest.mark.parametrize("name", ["passed", "ok", "is_good", "accepted"])
    @pytest.mark.parametrize("values", [("1", "0"), ("yes", "no"), ("true", "false")])
    def test_a_label_named_for_good_units_raises_a_question(self, name, values):
        data = {name: np.where(LABEL, values[1], values[0]), "score": SCORE}
        assert code_of_refusal(data) == "E_LABELSENSE"
        assert code_of_refusal(data, label=name) == "E_LABELSENSE"
        assert open_columns(data, positive=values[1].upper()).positives == LABEL.sum()
        assert open_columns(data, negative=values[0]).positives == LABEL.sum()

    @pytest.mark.parametrize("name", ["not_ok", "passed_pred", "label"])
    def test_other_label_names_raise_no_question(self, name):
        data = {name: LABEL, "p": SCORE}
        assert open_columns(data, label=name).positives == LABEL.sum()


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
