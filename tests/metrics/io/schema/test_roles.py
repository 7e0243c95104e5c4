from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.errors import Option, ScoreError
from metrics.io.column_roles import require
from metrics.io.joins.long_format import long_score, model_key
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_facts import ColumnFacts
from metrics.io.schema.roles_by_name import find_roles, normal
from metrics.io.schema.score_columns import candidates, class_groups


def number(name, **more):
    return ColumnFacts(name, "number", rows=10, distinct=10, numbers=10, **more)


def binary(name):
    return number(name, binary=True, whole=True)


def text(name, distinct=10):
    return ColumnFacts(name, "text", rows=10, distinct=distinct)


def recognise(facts, **options):
    choices = ReadOptions(**options)
    roles = find_roles(facts, choices, "f.csv")
    candidates(facts, roles, choices, "f.csv")
    return roles


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


def test_every_role_is_found_by_name():
    facts = [
        text("id"), binary("label"), number("weight"), number("value"), text("batch", 3), text("line", 2),
        number("fold", whole=True), number("year", whole=True), text("sex", 2), number("a"), number("b"),
    ]  # fmt: skip
    roles = recognise(facts)
    assert (roles.id, roles.label, roles.weight, roles.value) == (
        ("id",),
        "label",
        "weight",
        "value",
    )
    assert (roles.group, roles.segments, roles.models) == ("batch", ("line",), ("a", "b"))


def test_an_option_wins_over_every_name():
    facts = [
        text("id"),
        text("serial"),
        binary("label"),
        binary("truth"),
        number("fold"),
        number("a"),
    ]
    roles = recognise(facts, id=("serial",), label="truth", models=("fold",))
    assert (roles.id, roles.label, roles.models) == (("serial",), "truth", ("fold",))


@pytest.mark.parametrize(
    "options",
    [
        {"label": "x"}, {"id": ("id", "x")}, {"models": ("x",)}, {"weight": "x"}, {"value": "x"},
        {"group": "x"}, {"segments": ("x",)},
    ],
)  # fmt: skip
def test_an_option_must_name_a_column(options):
    with pytest.raises(ScoreError) as caught:
        recognise([text("id"), binary("label"), number("a")], **options)
    assert (caught.value.code, caught.value.column) == ("E_COLUMN", "x")
    assert "id, label, a" in str(caught.value)


def test_fractions_are_never_labels():
    facts = [text("id"), number("target"), binary("y")]
    assert recognise(facts).label == "y"
    assert find_roles(facts[:2], ReadOptions(), "f").label is None


def test_two_outcomes_are_asked_for():
    assert find_roles([binary("a_outcome"), binary("b_outcome")], ReadOptions(), "f").label is None
    assert find_roles([binary("a_outcome"), number("p")], ReadOptions(), "f").label == "a_outcome"


def test_an_id_without_repeats_is_preferred():
    assert recognise([text("id", 5), text("row", 10), binary("y"), number("a")]).id == ("row",)
    assert recognise([text("id", 5), binary("y"), number("a")]).id == ("id",)


def test_decisions_are_left_out_only_beside_scores():
    assert recognise([binary("y"), binary("prediction"), number("p")]).models == ("p",)
    assert recognise([binary("y"), binary("prediction")]).models == ("prediction",)


def test_a_column_far_from_probabilities_is_left_out_aloud():
    facts = [binary("y"), number("p"), number("temperature", outside=10, low=20, high=30)]
    roles = recognise(facts)
    assert roles.models == ("p",)
    assert [(p.code, p.column) for p in roles.problems] == [("W_UNUSED", "temperature")]
    assert recognise(facts, scale="rank").models == ("p", "temperature")
    assert recognise([facts[0], facts[2]]).models == ("temperature",)


def test_lists_are_no_scores_even_beside_decisions():
    with pytest.raises(ScoreError, match="list<double>") as caught:
        recognise(
            [
                binary("y"),
                ColumnFacts("probability", "nested", "list<double>"),
                binary("prediction"),
            ]
        )
    assert caught.value.code == "E_TYPE"


def test_a_second_label_is_never_a_model():
    roles = recognise([text("id"), binary("label"), binary("y_true"), number("p")])
    assert (roles.label, roles.models) == ("label", ("p",))
    assert [(p.code, p.column) for p in roles.problems] == [("W_UNUSED", "y_true")]


def test_decisions_named_after_a_model_are_left_out_aloud():
    facts = [
        binary("label"),
        binary("pred_svm"),
        binary("is_night"),
        number("prob_svm"),
        binary("svm"),
    ]
    roles = recognise(facts)
    assert roles.models == ("prob_svm", "svm")
    assert [p.column for p in roles.problems] == ["pred_svm", "is_night"]
    assert recognise(facts[:3]).models == ("pred_svm", "is_night")


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
    assert class_groups(models, levels, lambda names: True) == groups
    assert class_groups(models, levels, lambda names: False) == []


def test_a_long_file_has_a_model_column_and_one_score():
    facts = [text("id"), text("model", 3), binary("label"), number("score")]
    roles = recognise(facts)
    assert model_key(facts, roles, ReadOptions()) == "model"
    assert model_key(facts, roles, ReadOptions(models=("score",))) is None
    assert long_score(roles) == "score"
    roles.models = ("a", "b")
    assert long_score(roles) is None
    roles.models = ("a", "y_prob")
    assert long_score(roles) == "y_prob"


@given(st.lists(st.text(max_size=8), unique=True, min_size=1, max_size=30), st.data())
def test_require_gives_back_what_is_there(names, data):
    name = data.draw(st.sampled_from(names))
    assert require(names, name, Option("label"), "f") == name
