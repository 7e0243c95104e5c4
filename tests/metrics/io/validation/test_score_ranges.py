"""Tests of warnings about the range of scores."""

from __future__ import annotations

import numpy as np
import pytest

from metrics import open_scores


def test_models_with_finite_log_loss_share_one_warning():
    data = {"label": [1, 0, 1], "a": [1.0, 0.0, 0.5], "b": [0.5, 0.0, 0.5], "c": [0.0, 0.5, 0.5]}
    [infinite, finite] = [
        p for p in open_scores(data).check().problems if p.code == "W_LOGLOSS_INF"
    ]
    assert (infinite.column, infinite.hint) == ("c", None)
    assert infinite.message.startswith("1 score is exactly 0 or 1 on the wrong side")
    assert (finite.column, finite.hint) == (None, "Nothing needs to be done.")
    assert finite.message == (
        "2 models have scores of exactly 0 or 1, all on the right side, so their log loss is finite"
    )


def test_an_infinite_log_loss_of_rounded_scores_names_the_decimals():
    scores = np.linspace(0.001, 0.999, 99)
    labels = np.arange(99) % 2
    labels[0] = 1
    decisions = (np.arange(99) % 3 == 0).astype(float)
    data = {"label": labels, "exact": np.r_[0.0, scores[1:]], "percent_2": scores.round(2)}
    data |= {"tiny": np.r_[0.0, scores[1:] * 1e-9], "few": np.r_[0.0, scores[1:].round(1)]}
    hints = {
        p.column: p.hint
        for p in open_scores(
            data | {"hard": decisions}, models=["exact", "percent_2", "hard", "tiny", "few"]
        )
        .check()
        .problems
        if p.code == "W_LOGLOSS_INF"
    }
    assert hints["exact"] is None
    assert hints["tiny"] is None
    assert hints["few"] is None
    assert hints["hard"] is None
    assert str(hints["percent_2"]).startswith("The scores seem to be rounded to 2 decimals. If so")


def test_warnings_about_joined_files_name_the_file_of_the_scores(tmp_path):
    labels, scores = tmp_path / "labels.csv", tmp_path / "scores.csv"
    labels.write_text("id,label\na,1\nb,0\nc,1\n")
    scores.write_text("id,net,flat\na,0,0.5\nb,0.5,0.5\nc,1,0.5\n")
    found = open_scores([labels, scores], models=["net", "flat"]).check().problems
    files = {p.code: p.file for p in found}
    assert (files["W_LOGLOSS_INF"], files["W_CONSTANT"]) == (str(scores), str(scores))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([0.0, 1.0, 1.0, 0.0, 0.5], "2 scores are exactly 0 or 1 on the wrong side, {inf}"),
        ([0.0, 1.0, 0.2, 0.0, 0.5], "1 score is exactly 0 or 1 on the wrong side, {inf}"),
        ([0.3, 1.0, 0.2, 0.0, 0.5], "2 scores are exactly 0 or 1, all on the right side, {fin}"),
        ([0.3, 1.0, 0.2, 0.1, 0.5], "1 score is exactly 0 or 1, on the right side, {fin}"),
        ([0.3, 0.9, 0.2, 0.1, 0.5], None),
    ],
)  # fmt: skip
def test_log_loss_warning_counts_the_wrong_side(scores, message):
    labels = [1, 1, 0, 0, 1]
    words = {"inf": "so the log loss is infinite", "fin": "so the log loss is finite"}
    message = message and message.format(**words)
    notes = [
        p
        for p in open_scores({"label": labels, "m": scores}).check().problems
        if p.code == "W_LOGLOSS_INF"
    ]
    assert [(p.column, p.message) for p in notes] == ([("m", message)] if message else [])
    data = {"label": labels, "m": [100 * x for x in scores]}
    percent = open_scores(data, scale="percent").check().problems
    infinite = [p.message for p in percent if p.code == "W_LOGLOSS_INF"]
    assert infinite == ([message.replace("0 or 1", "0 or 100")] if message else [])


@pytest.mark.parametrize(
    ("scale", "scores", "doubted"),
    [
        ("percent", [93.1, *[0.5] * 1200], True),  # one slip among probabilities
        ("percent", [93.1, 20.0, *[0.5] * 1200], False),  # defects may be as rare as this
        ("percent", [1.0, 0.0, 0.25], True),
        ("logit", [0.0, 1.0, 0.75], True),
        ("logit", [0.0, 1.0, -0.75], False),
        ("rank", [0.0, 1.0, 0.75], False),
        ("probability", [0.0, 1.0, 0.75], False),
    ],
)
def test_scores_within_0_and_1_on_another_scale_have_a_warning(scale, scores, doubted):
    data = {"label": [1, 0] * (len(scores) // 2) + [1] * (len(scores) % 2), "m": scores}
    problems = {(p.code, p.column) for p in open_scores(data, scale=scale).check().problems}
    assert (("W_SCALE", "m") in problems) == doubted
