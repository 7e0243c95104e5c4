"""Tests of which columns are models: by name and by values, or asked about."""

from __future__ import annotations

import numpy as np

from metrics import open_scores
from metrics.io.formats.source import HEAD_ROWS, TableSource
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
        assert code_of_refusal({"label": LABEL, "blur": FEATURE, "cnn": SCORE}) == "E_WHICHMODELS"
        assert code_of_refusal({"label": LABEL, "xgb": OTHER, "rf_score": SCORE}) == "E_WHICHMODELS"
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
    assert code_of_refusal(data | {"north": OTHER}) == "E_WHICHMODELS"
    assert code_of_refusal(data | {"vision_v2": FEATURE}) == "E_WHICHMODELS"
    assert open_columns(data | {"north": FEATURE}).models == ("rule_score",)
    assert open_columns({"label": LABEL, "score": SCORE, "north": OTHER}).models == ("score",)


def test_per_cents_that_may_be_a_model_are_asked_about_beside_scores():
    scores = {"label": LABEL, "vendor_score": SCORE}
    percent = [100 * value for value in SCORE]
    assert code_of_refusal(scores | {"north (%)": percent}) == "E_WHICHMODELS"
    assert (
        code_of_refusal(scores | {"legacy_rule": [round(value) for value in percent]})
        == "E_WHICHMODELS"
    )
    # The question does not wait for the value of the label that means the defect.
    words = {"label": ["OK" if bad else "NOK" for bad in LABEL]}
    assert code_of_refusal(scores | words | {"north (%)": percent}) == "E_WHICHMODELS"
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
    assert code_of_refusal({"label": LABEL, "north": commas}, models="north") == "E_DECIMAL_COMMA"
