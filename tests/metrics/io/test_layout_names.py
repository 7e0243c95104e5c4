"""Tests of the same layouts under many names, so that rules do not depend on a name."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pyarrow as pa
import pytest

from tests.metrics.io.known_units import Reading, Units, numbers, rests, units
from tests.metrics.layout_cases import Outcome, differences, outcome_of

TRIED = 40
LABELS = (
    "label y_true target ground_truth gt actual truth class is_defect true_label gt_label actual_class "
    "Label Target groundTruth label.true"
).split()
DECISIONS = (
    "predicted prediction pred y_pred predicted_class pred_label decision yhat class_pred predictedLabel "
    "Prediction pred.class prediction_label hard_prediction"
).split()
# Only the values of such a column show that it is a decision.
UNTOLD = "result answer output verdict best_class top1 model_output assigned winner flag".split()
SCORES = (
    "confidence score prob probability max_prob certainty conf prediction_score pred_conf p_max softmax "
    "cnn Confidence Score predProb resnet50"
).split()
FEATURES = (
    "blur contrast humidity ratio area entropy roundness gloss brightness sharpness overlap coverage "
    "saturation texture edge_density fill_factor eccentricity solidity"
).split()
SCORE_NAMES = (
    "score pred_proba probability prob_defect defect_score anomaly_score y_score y_prob prob defect_prob "
    "probability_defect Score predProba"
).split()
WORDS = "p prob proba probability score conf confidence".split()
GOOD, BAD = "good ok normal 0".split(), "bad nok defect anomaly abnormal 1 defective ng".split()
PAIRS = (
    ("good", "bad"), ("ok", "nok"), ("normal", "abnormal"), ("0", "1"), ("no", "yes"), ("good", "defect"),
    ("ok", "ng"), ("normal", "anomaly"), ("False", "True"), ("OK", "NOK"),
)  # fmt: skip
STYLES: tuple[Callable[[str, str], str], ...] = (
    lambda word, level: f"{word}_{level}",
    lambda word, level: f"{word}.{level}",
    lambda word, level: f"{word}({level})",
    lambda word, level: f"{word} {level}",
    lambda word, level: f"{level}_{word}",
    lambda word, level: f"{word}{level.capitalize()}",
    lambda word, level: f"{word}-{level}",
    lambda word, level: f"{word}[{level}]",
)


def some(seed: int, *parts: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Tested combinations, the same in every run."""
    return random.Random(seed).sample(list(product(*parts)), TRIED)


def tried(columns: Mapping[Any, Any], options: Sequence[str] = ()) -> Outcome:
    return outcome_of(pa.table({"id": UNITS.id, **columns}), options)


UNITS = units(1001)
LESS_KNOWN = {"actual_class", "label.true"}
"""Labels by names that the reader may have to state first."""


def asked(label: str, code: str = "") -> str:
    """Codes of questions that a file with this label may raise."""
    return f"{code} E_NOLABEL" if label in LESS_KNOWN else code


def wrong(outcome: Outcome, codes: str, reading: Reading | None) -> str | None:
    """Error in an outcome: a refusal with another code, or a wrong reading."""
    if outcome.error is not None:
        return None if outcome.error.code in codes.split() else outcome.words
    assert outcome.reading is not None
    if reading is None:
        return f"opens: {outcome.words}"
    apart = differences(reading.written(), outcome.reading)
    return f"{', '.join(apart)}: {outcome.words}" if apart else None


def confidences(u: Units) -> Iterator[tuple[str, str | None]]:
    for label, decision, score, at in some(
        1, LABELS, DECISIONS + UNTOLD, SCORES, (0.2, 0.35, 0.5, 0.7)
    ):
        columns = {label: u.y, decision: u.decided(at), score: u.confidence(at)}
        yield f"{list(columns)} at {at}", wrong(tried(columns), asked(label, "E_PREDICTED"), None)


def confidences_answered(u: Units) -> Iterator[tuple[str, str | None]]:
    for label, decision, score, at in some(2, LABELS, DECISIONS + UNTOLD, SCORES, (0.35, 0.5)):
        columns = {label: u.y, decision: u.decided(at), score: u.confidence(at)}
        options = ["--scores-of", "predicted", "--decision", decision, "--label", label]
        right = Reading(u.y, label, "1", {score: u.p})
        yield f"{list(columns)} {options}", wrong(tried(columns, options), "", right)


def honest(u: Units) -> Iterator[tuple[str, str | None]]:
    for label, decision, score, at in some(3, LABELS, DECISIONS, SCORES, (0.2, 0.35, 0.5, 0.7)):
        columns = {label: u.y, decision: u.decided(at), score: u.p}
        right = Reading(u.y, label, "1", {score: u.p})
        yield f"{list(columns)} at {at}", wrong(tried(columns), asked(label), right)


def low_is_flagged(u: Units) -> Iterator[tuple[str, str | None]]:
    for label, decision, score, at in some(4, LABELS, DECISIONS, SCORES, (0.2, 0.35, 0.5, 0.7)):
        columns = {label: u.y, decision: u.decided(at), score: rests(u.p)}
        yield f"{list(columns)} at {at}", wrong(tried(columns), asked(label, "E_REVERSED"), None)


def good_by_name(u: Units) -> Iterator[tuple[str, str | None]]:
    for label, style, word, level in some(5, LABELS, STYLES, WORDS, GOOD):
        columns = {label: u.y, style(word, level): rests(u.p)}
        yield str(list(columns)), wrong(tried(columns), asked(label, "E_REVERSED"), None)


def bad_by_name(u: Units) -> Iterator[tuple[str, str | None]]:
    for label, style, word, level in some(6, LABELS, STYLES, WORDS, BAD):
        name = style(word, level)
        columns = {label: u.y, name: u.p}
        right = Reading(u.y, label, "1", {name: u.p})
        yield str(list(columns)), wrong(tried(columns), asked(label), right)


def both_classes(u: Units) -> Iterator[tuple[str, str | None]]:
    for style, word, (good, bad), more in some(
        7, STYLES, [*WORDS, "rf", "cnn"], PAIRS, (False, True)
    ):
        first, second = style(word, good), style(word, bad)
        columns = {"label": u.y, first: rests(u.p), second: u.p, **({"gbm": u.q} if more else {})}
        models = {second: u.p, **({"gbm": u.q} if more else {})}
        right = Reading(u.y, "label", "1", models)
        codes = "E_COMPLEMENT E_CLASSCOLUMN E_REVERSED E_WHICHMODELS"
        # Next to a column with the name of a score, another column may count as a feature.
        right.some = more
        yield str(list(columns)), wrong(tried(columns), codes, right)


def features(u: Units) -> Iterator[tuple[str, str | None]]:
    for label, one, other, score in some(8, LABELS, FEATURES, FEATURES, SCORE_NAMES):
        columns = {one: numbers(9), other: numbers(10)}
        columns |= {label: u.y, score: u.p}
        right = Reading(u.y, label, "1", {score: u.p})
        yield str(list(columns)), wrong(tried(columns), asked(label, "E_WHICHMODELS"), right)


def predicted_labels(u: Units) -> Iterator[tuple[str, str | None]]:
    ends = "label labels target outcome truth".split()
    starts = "pred predicted scored response likely resnet model cnn decision".split()
    for start, end, style, truth in some(
        11, starts, ends, STYLES[:4], ("label", "y_true", "ground_truth", "defect", "gt")
    ):
        decision = style(start, end)
        columns = {truth: u.y, decision: u.decided(0.4), "score": u.p}
        right = Reading(u.y, truth, "1", {"score": u.p})
        codes = "E_TWOLABELS E_NOLABEL"
        yield str(list(columns)), wrong(tried(columns), codes, right)


KINDS = (
    confidences,
    confidences_answered,
    honest,
    low_is_flagged,
    good_by_name,
    bad_by_name,
    both_classes,
    features,
    predicted_labels,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_layout_is_read_the_same_under_all_names(
    kind: Callable[[Units], Iterator[tuple[str, str | None]]],
) -> None:
    assert [f"{names}: {what}" for names, what in kind(UNITS) if what is not None] == []
