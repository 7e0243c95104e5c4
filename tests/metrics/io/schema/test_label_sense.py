"""Tests that a file is refused with a question if its label, or its predicted label, may be the wrong one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from metrics import ScoreError, open_scores

ROWS = 400
RNG = np.random.default_rng(8)
DEFECT = (RNG.random(ROWS) < 0.2).astype(int)
P = np.round(1 / (1 + np.exp(-(RNG.normal(size=ROWS) + 3 * DEFECT - 2.5))), 4)
"""Probability of the defect."""
GOOD = 1 - DEFECT
IDS = [f"u{k}" for k in range(ROWS)]


def words(is_bad: NDArray[np.int_], bad: str, good: str) -> list[str]:
    return [bad if b else good for b in is_bad]


def codes_of(columns: Mapping[str, object], **options: object) -> set[str]:
    """Codes of the errors, or of the warnings, of a file with these columns and an id."""
    frame = pd.DataFrame({"id": IDS, **columns})
    try:
        scores = open_scores(frame, **options)  # type: ignore[arg-type]
        list(scores.batches())
    except ScoreError as error:
        return {problem.code for problem in error.problems}
    return {problem.code for problem in scores.problems}


INVERTED = {
    "class name": {"label": GOOD, "class_name": words(DEFECT, "def_front", "ok_front"), "s": 1 - P},
    "kind": {"label": GOOD, "label_name": words(DEFECT, "scratch", "good"), "s": 1 - P},
    "folder": {"label": GOOD, "file": words(DEFECT, "test/ng/a.png", "test/ok/a.png"), "s": 1 - P},
    "label called normal": {"normal_label": GOOD, "score": P},
    "score of good units rises": {"label": GOOD, "prob_good": 1 - P},
    "score of the defect falls": {"label": GOOD, "prob_defect": P},
}  # fmt: skip


@pytest.mark.parametrize("columns", INVERTED.values(), ids=INVERTED.keys())
def test_a_label_whose_1_may_be_a_good_unit_is_asked_about(columns: Mapping[str, object]) -> None:
    assert codes_of(columns) == {"E_LABELSENSE"}
    assert "E_LABELSENSE" not in codes_of(columns, positive="0")


@pytest.mark.parametrize(
    "name", ["no_defect", "defect_free", "non_defective", "Gutteil", "conforme"]
)
def test_a_named_label_that_sounds_like_a_good_unit_is_asked_about(name: str) -> None:
    assert codes_of({name: GOOD, "score": P}, label=name) == {"E_LABELSENSE"}


CONSISTENT = {
    "class name": {"label": DEFECT, "class_name": words(DEFECT, "def_front", "ok_front"), "s": P},
    "fine-tuned model": {"label": DEFECT, "fine_tuned_score": P},
    "current system": {"label": DEFECT, "vision": words((P > 0.3).astype(int), "NG", "OK"), "s": P},
}


@pytest.mark.parametrize("columns", CONSISTENT.values(), ids=CONSISTENT.keys())
def test_a_label_that_nothing_contradicts_is_not_asked_about(columns: Mapping[str, object]) -> None:
    assert {code for code in codes_of(columns) if code.startswith("E_")} == set()


def test_mostly_defects_give_a_warning_unless_the_defect_is_named() -> None:
    columns = {"label": GOOD, "score": 1 - P}
    assert "W_MOSTDEFECTS" in codes_of(columns)
    assert "W_MOSTDEFECTS" not in codes_of(columns, positive="1")


def test_a_class_that_a_machine_may_have_given_is_asked_about_beside_an_inspection() -> None:
    old = (P > 0.3).astype(int)
    inspections = {"inspector": words(DEFECT, "NG", "OK"), "final_inspection": DEFECT}
    for name in ("class", "auto_label"):
        for other, truth in inspections.items():
            assert codes_of({name: old, other: truth, "score": P}) == {"E_TWOLABELS"}
    assert "E_TWOLABELS" not in codes_of(
        {"label": DEFECT, "inspector": words(old, "NG", "OK"), "score": P}
    )


def test_an_actual_class_is_the_label_beside_the_predicted_one() -> None:
    frame = pd.DataFrame(
        {"id": IDS, "defect": (P > 0.5).astype(int), "defect_actual": DEFECT, "score": P}
    )
    assert open_scores(frame).columns.label == "defect_actual"


@pytest.mark.parametrize("decision", [None, "ai_result", "KI_Ergebnis"])
def test_confidences_of_half_defects_are_asked_about_by_the_right_decision(
    decision: str | None,
) -> None:
    rows = np.concatenate([np.flatnonzero(k == DEFECT)[:70] for k in (0, 1)])
    p = P[rows]
    predicted = (p >= 0.5).astype(int)
    frame = pd.DataFrame(
        {
            "id": np.array(IDS)[rows],
            "true_label": DEFECT[rows],
            "night_shift": RNG.integers(0, 2, rows.size),
            "confidence": np.maximum(p, 1 - p),
        }
    )
    if decision is not None:
        frame[decision] = words(predicted, "NG", "OK")
    with pytest.raises(ScoreError, match="confidence in the predicted class") as error:
        list(open_scores(frame).batches())
    assert [problem.code for problem in error.value.problems] == ["E_PREDICTED"]
    assert "night_shift" not in str(error.value)
    assert decision is None or f"--decision {decision}" in str(error.value)


SPLITS = {
    "is_train": (np.arange(ROWS) % 2).tolist(),
    "partition": (np.arange(ROWS) % 2 + 1).tolist(),
    "phase": words(np.arange(ROWS) % 2, "train", "test"),
}


@pytest.mark.parametrize("name", SPLITS)
def test_rows_of_training_are_warned_about_by_a_column_of_any_name(name: str) -> None:
    assert "W_SPLIT" in codes_of({"label": DEFECT, "score": P, name: SPLITS[name]})


NAMES = [
    "prob_undamaged",
    "prob_no_flaw",
    "defect_free_prob",
    "fehlerfrei_score",
    "Gutteil_Prob",
    "prob_bon",
]


@pytest.mark.parametrize("name", [*NAMES, "良品確率", "정상확률"])
def test_the_score_of_the_good_class_is_known_by_its_name_in_a_small_file(name: str) -> None:
    few = pd.DataFrame({"id": IDS, "label": DEFECT, name: 1 - P})[:30]
    with pytest.raises(ScoreError, match="score of the good class, by its name"):
        list(open_scores(few).batches())
