"""Tests of a row of totals among the units."""

from __future__ import annotations

from typing import Any

import pytest

from metrics import open_scores
from tests.metrics.opening import refusal

TOTAL = {"id": ["u", "v", "w", "Total"], "label": [1, 0, 1, 2], "a": [0.9, 0.2, 0.7, 1.8]}


@pytest.mark.parametrize("positive", [None, "1", 1])
@pytest.mark.parametrize("score", [1.8, 0.5])
def test_a_row_of_totals_is_named_before_other_errors(positive, score):
    error = refusal(TOTAL | {"a": [0.9, 0.2, 0.7, score]}, positive=positive)
    assert (error.code, error.row, error.value) == ("E_LABEL", 4, "2")
    assert "Remove the row" in (error.hint or "")


def test_a_third_class_is_not_a_row_of_totals():
    others: list[dict[str, Any]] = [
        TOTAL | {"id": ["u", "v", "w", "x"], "a": [0.9, 0.2, 0.7, 0.8]},
        TOTAL | {"label": [1, 0, 2, 2], "a": [0.9, 0.2, 0.7, 0.8]},
        TOTAL | {"label": [1, 0, 0, 0], "a": [0.9, 0.2, 0.7, 0.8]},
    ]
    for data in others:
        scores = open_scores(data, positive="1").check()
        assert scores.positives == data["label"].count(1)
    assert refusal(TOTAL | {"id": ["u", "v", "w", "x"]}, positive="1").code == "E_RANGE"
