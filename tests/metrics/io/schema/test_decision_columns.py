"""Tests of decisions in words as a model: known words, words learnt from the label, and others."""

from __future__ import annotations

import numpy as np
import pytest

from metrics import open_scores
from metrics.evaluation.calibration import probabilities
from tests.metrics.opening import refusal

DECIDED = {"label": [1, 0, 1, 0], "net": [0.9, 0.2, 0.4, 0.3], "today_decision": []}


@pytest.mark.parametrize(
    "decisions",
    [
        ["reject", "ship", "reject", "ship"],
        ["NOK", "OK", "NOK", "OK"],
        ["hold", "release", "Hold", "release"],
        ["no ship", "ship", "no ship", "ship"],
    ],
    ids=lambda words: words[0],
)
def test_decisions_in_words_are_a_model_if_the_caller_says_so(decisions):
    data = DECIDED | {"today_decision": decisions}
    (batch,) = open_scores(data, models=["net", "today_decision"]).batches()
    assert batch.column("today_decision").to_pylist() == [1.0, 0.0, 1.0, 0.0]
    assert open_scores(data).models == ("net",)


@pytest.mark.parametrize("scale", ["percent", "logit"])
def test_decisions_in_words_are_certain_on_every_scale(scale):
    data = DECIDED | {"today_decision": ["OK", "NG", "NG", "OK"]}
    scores = open_scores(data, models=["net", "today_decision"], scale=scale)
    (batch,) = scores.batches()
    decided = probabilities(batch.column("today_decision").to_numpy(), scale)
    np.testing.assert_allclose(decided, [0, 1, 1, 0], atol=1e-15)


@pytest.mark.parametrize(
    ("bad", "good"), [("B", "A"), ("second quality", "to customer"), ("sorted out", "released")]
)
def test_unknown_words_mean_what_goes_with_the_defects(bad, good):
    labels = [int(k % 4 == 0) for k in range(80)]
    words = [bad if k % 4 == 0 or k % 9 == 1 else good for k in range(80)]
    data = {"label": labels, "net": [k / 80 for k in range(80)], "by_hand": words}
    scores = open_scores(data, models=["net", "by_hand"])
    (batch,) = scores.batches()
    assert batch.column("by_hand").to_pylist() == [float(word == bad) for word in words]
    notes = {p.code: p.message for p in scores.check().problems}
    assert notes["W_DECISIONS"] == f"{bad!r} is read as the decision to reject a unit"
    # Words that have nothing to do with the defects are not guessed.
    data["by_hand"] = [(bad, good)[k // 4 % 2] for k in range(80)]
    assert refusal(data, models=["net", "by_hand"]).code == "E_NUMBER"


@pytest.mark.parametrize(
    ("value", "code"), [("", "E_SCORE_NA"), ("maybe", "E_NUMBER"), ("0.4", "E_NUMBER")]
)
def test_a_word_that_is_no_decision_is_refused_with_its_row(value, code):
    data = DECIDED | {"today_decision": ["reject", "ship", value, "ship"]}
    error = refusal(data, models=["net", "today_decision"])
    assert (error.code, error.column) == (code, "today_decision")
    assert error.row == (1 if value == "0.4" else 3)
