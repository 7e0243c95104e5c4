"""Tests of a row of totals among the units, and of the words of warnings about few or extreme values."""

from __future__ import annotations

from typing import Any

import pytest

from metrics import open_scores
from tests.metrics.opening import refusal

TOTAL = {"id": ["u", "v", "w", "Total"], "label": [1, 0, 1, 2], "a": [0.9, 0.2, 0.7, 1.8]}


@pytest.mark.parametrize("positive", [None, "1", 1])
@pytest.mark.parametrize("sums", [[1.8], [0.5]])
def test_a_row_of_totals_is_named_before_other_errors(positive, sums):
    error = refusal(TOTAL | {"a": [0.9, 0.2, 0.7, *sums]}, positive=positive)
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


def messages(data, **options) -> dict[tuple[str, str | None], str]:
    scores = open_scores(data, **options).check()
    return {(p.code, p.column): p.message for p in scores.problems}


def test_models_with_finite_log_loss_share_one_warning():
    data = {"label": [1, 0, 1], "a": [1.0, 0.0, 0.5], "b": [0.5, 0.0, 0.5], "c": [0.0, 0.5, 0.5]}
    by_code = messages(data)
    assert by_code["W_LOGLOSS_INF", None] == (
        "2 models have scores of exactly 0 or 1, all on the right side, so their log loss is finite"
    )
    assert by_code["W_LOGLOSS_INF", "c"].startswith("1 score is exactly 0 or 1 on the wrong side")
    assert [key for key in by_code if key[0] == "W_LOGLOSS_INF"] == [
        ("W_LOGLOSS_INF", "c"),
        ("W_LOGLOSS_INF", None),
    ]
    hints = {p.column: p.hint for p in open_scores(data).check().problems if "LOGLOSS" in p.code}
    assert (hints[None], hints["c"]) == ("Nothing needs to be done.", None)


@pytest.mark.parametrize(("count", "said"), [(1, "only 1 defect:"), (2, "only 2 defects:")])
def test_messages_use_the_singular_for_one(count, said):
    labels = [1] * count + [0] * 3
    data = {
        "label": labels,
        "batch": [None, *"pqrs"][: len(labels)],
        "a": [0.5, *[0.25] * 4][: len(labels)],
    }
    by_code = messages(data)
    assert by_code["W_FEWPOSITIVES", None].startswith(said)
    assert by_code["W_NOGROUP", "batch"].startswith("1 row has no group")
