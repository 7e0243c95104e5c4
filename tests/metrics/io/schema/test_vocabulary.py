"""Tests of what a column's name suggests: one form of all spellings, judgements, classes and kinds."""

from __future__ import annotations

import pytest

from metrics.io.schema.vocabulary import (
    is_kind_name,
    is_unchecked,
    normal,
    sense_of_score,
    words_of,
)


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


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("defect_type", True), ("Fault", True), ("kind", True), ("kind of defect", True),
        ("failureMode", True), ("type", False), ("product_type", False), ("shift", False), ("", False),
    ],
)  # fmt: skip
def test_names_of_the_defect_type_column(name, expected):
    assert is_kind_name(name) == expected
