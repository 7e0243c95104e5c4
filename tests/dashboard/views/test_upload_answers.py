"""Tests that files of real tools which raise a question can be opened with one answer in the form."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from metrics import ScoreError, open_scores
from metrics.io.preview import preview
from tests.metrics.layout_cases import FOLDER, cases, differences, keywords, read

BY_NAME = {case["name"]: case for case in cases()}
ASKED = (
    "predicted_class_confidence",
    "keras_argmax_words",
    "pycaret_3",
    "hf_pipeline_words",
    "two_models_confidence",
    "reversed_similarity",
    "reversed_two",
    "long_confidence",
    "complement_without_words",
    "two_labels",
    "label_passed",
    "mvtec_folders",
    "timm_topk",
    "late_confidence",
    "lookout_for_vision_01",
    "rapidminer_words",
)
"""One or two layouts of each family that raises a question."""


def page(draft):
    from dashboard.views.data.upload_questions import draw_questions, draw_settings

    draft["said"] = draw_settings(draft, *draw_questions(draft))


def tried(files: list[str], options: dict[str, Any]) -> tuple[Any, tuple[Any, ...]]:
    """Open files as an upload does; return the scores or the problems."""
    try:
        return open_scores(files, **options).check(), ()
    except ScoreError as error:
        return None, error.problems


def answer(app: AppTest, truth: dict[str, Any]) -> None:
    """Answer the questions of the form."""
    asked = {box.key for box in (*app.radio, *app.main.selectbox, *app.multiselect)}
    asked -= {box.key for own in app.expander for box in own.selectbox}
    for radio in [box for box in app.radio if box.key in asked]:
        of = str(truth["scores_of"]).rpartition("=")[2]
        column = str(radio.key).removeprefix("answer_scores_of_")
        words = {
            "defect": "probability of a defect",
            "good": "score of the good class",
            "predicted": f"confidence in the predicted class “{truth.get('decision')}”",
        }[of]
        if column not in truth.get("models", [column]):
            words = "not used"
        radio.set_value(radio.options.index(plainly(radio, words)))
    if "answer_positive" in asked:
        value = truth.get("positive") or f"all but {truth['negative']}"
        app.selectbox(key="answer_positive").select(value)
    if "answer_label" in asked:
        app.selectbox(key="answer_label").select(truth["label"])
    if "answer_models" in asked:
        box = app.multiselect(key="answer_models")
        box.set_value([o for o in box.options if o.partition(" · ")[0] in truth["models"]])


def plainly(radio: Any, words: str) -> str:
    """Option of a radio whose Markdown reads as these words."""
    [found] = [o for o in radio.options if o.replace("\\", "").replace("\u2060", "") == words]
    return str(found)


@pytest.mark.parametrize("name", ASKED)
def test_one_round_of_answers_opens_a_file_with_its_true_meaning(name: str) -> None:
    case = BY_NAME[name]
    files = [str(FOLDER / file) for file in case["files"]]
    wanted = case["answers"][0]
    scores, problems = tried(files, {})
    assert scores is None
    seen = json.loads(json.dumps(asdict(preview(files)) | {"problems": []}))
    draft: dict[str, Any] = {"problems": problems, "preview": seen}
    app = AppTest.from_function(page, kwargs={"draft": draft}, default_timeout=240).run()
    for _ in range(2):  # an answer may show the next question at once
        answer(app, keywords(wanted["options"]))
        app.run()
    assert list(app.exception) == []
    said = json.loads(json.dumps(draft["said"]))  # as sent to the upload process
    scores, problems = tried(files, said)
    assert [str(p) for p in problems] == []
    assert differences(wanted["reading"], read(scores)) == []
