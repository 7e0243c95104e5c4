"""Tests of the same layouts under many names, so that rules do not depend on a name."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

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
# Only the values of the added columns show that they are decisions.
MORE_DECISIONS = (
    DECISIONS
    + "result answer output verdict best_class top1 model_output assigned winner flag".split()
)
THRESHOLDS = (0.2, 0.35, 0.5, 0.7)
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


UNITS = units(1001)
LESS_KNOWN = {"actual_class", "label.true"}
"""Names of label columns that are not recognised in every file, so that the user may be asked for them."""


class Example(NamedTuple):
    """File without its id, codes of the questions that it may raise, and the reading if it opens."""

    columns: Mapping[Any, Any]
    codes: str
    reading: Reading | None
    options: Sequence[str] = ()

    def outcome(self) -> Outcome:
        return outcome_of(pa.table({"id": UNITS.id, **self.columns}), self.options)

    def error_in(self, outcome: Outcome) -> str | None:
        """Error in an outcome: a refusal with another code, or a wrong reading."""
        if outcome.error is not None:
            return None if outcome.error.code in self.codes.split() else outcome.words
        assert outcome.reading is not None
        if self.reading is None:
            return f"opens: {outcome.words}"
        apart = differences(self.reading.written(), outcome.reading)
        return f"{', '.join(apart)}: {outcome.words}" if apart else None


def sample_combinations(seed: int, *parts: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Tested combinations, the same in every run."""
    return random.Random(seed).sample(list(product(*parts)), TRIED)


def allowed_questions(label: str, code: str = "") -> str:
    """Codes of questions that a file with this label may raise."""
    return f"{code} E_NOLABEL" if label in LESS_KNOWN else code


def confidences(u: Units) -> Iterator[Example]:
    for label, decision, score, at in sample_combinations(
        1, LABELS, MORE_DECISIONS, SCORES, THRESHOLDS
    ):
        columns = {label: u.y, decision: u.decided(at), score: u.confidence(at)}
        yield Example(columns, allowed_questions(label, "E_PREDICTED"), None)


def confidences_answered(u: Units) -> Iterator[Example]:
    for label, decision, score, at in sample_combinations(
        2, LABELS, MORE_DECISIONS, SCORES, (0.35, 0.5)
    ):
        columns = {label: u.y, decision: u.decided(at), score: u.confidence(at)}
        options = ["--scores-of", "predicted", "--decision", decision, "--label", label]
        yield Example(columns, "", Reading(u.y, label, "1", {score: u.p}), options)


def probabilities_beside_decisions(u: Units) -> Iterator[Example]:
    for label, decision, score, at in sample_combinations(3, LABELS, DECISIONS, SCORES, THRESHOLDS):
        columns = {label: u.y, decision: u.decided(at), score: u.p}
        right = Reading(u.y, label, "1", {score: u.p})
        yield Example(columns, allowed_questions(label), right)


def low_is_flagged(u: Units) -> Iterator[Example]:
    for label, decision, score, at in sample_combinations(4, LABELS, DECISIONS, SCORES, THRESHOLDS):
        columns = {label: u.y, decision: u.decided(at), score: rests(u.p)}
        yield Example(columns, allowed_questions(label, "E_REVERSED"), None)


def good_by_name(u: Units) -> Iterator[Example]:
    for label, style, word, level in sample_combinations(5, LABELS, STYLES, WORDS, GOOD):
        columns = {label: u.y, style(word, level): rests(u.p)}
        yield Example(columns, allowed_questions(label, "E_REVERSED"), None)


def bad_by_name(u: Units) -> Iterator[Example]:
    for label, style, word, level in sample_combinations(6, LABELS, STYLES, WORDS, BAD):
        name = style(word, level)
        right = Reading(u.y, label, "1", {name: u.p})
        yield Example({label: u.y, name: u.p}, allowed_questions(label), right)


def both_classes(u: Units) -> Iterator[Example]:
    for style, word, (good, bad), more in sample_combinations(
        7, STYLES, [*WORDS, "rf", "cnn"], PAIRS, (False, True)
    ):
        first, second = style(word, good), style(word, bad)
        models = {second: u.p, **({"gbm": u.q} if more else {})}
        # Next to a column with the name of a score, another column may count as a feature.
        right = Reading(u.y, "label", "1", models, may_lack_models=more)
        codes = "E_COMPLEMENT E_CLASSCOLUMN E_REVERSED E_WHICHMODELS"
        yield Example({"label": u.y, first: rests(u.p), **models}, codes, right)


def features(u: Units) -> Iterator[Example]:
    for label, one, other, score in sample_combinations(8, LABELS, FEATURES, FEATURES, SCORE_NAMES):
        columns = {one: numbers(9), other: numbers(10), label: u.y, score: u.p}
        right = Reading(u.y, label, "1", {score: u.p})
        yield Example(columns, allowed_questions(label, "E_WHICHMODELS"), right)


def predicted_labels(u: Units) -> Iterator[Example]:
    ends = "label labels target outcome truth".split()
    starts = "pred predicted scored response likely resnet model cnn decision".split()
    for start, end, style, truth in sample_combinations(
        11, starts, ends, STYLES[:4], ("label", "y_true", "ground_truth", "defect", "gt")
    ):
        columns = {truth: u.y, style(start, end): u.decided(0.4), "score": u.p}
        right = Reading(u.y, truth, "1", {"score": u.p})
        yield Example(columns, "E_TWOLABELS E_NOLABEL", right)


LEAST_READ = {
    confidences: 0,
    confidences_answered: TRIED,
    probabilities_beside_decisions: TRIED,
    low_is_flagged: 0,
    good_by_name: 0,
    bad_by_name: TRIED,
    both_classes: 16,
    features: TRIED,
    predicted_labels: 37,
}
"""Kinds of layouts, and how many of their files must be read without a question."""


@pytest.mark.parametrize("kind", LEAST_READ, ids=lambda kind: kind.__name__)
def test_a_layout_is_read_the_same_under_all_names(kind):
    examples = [(example, example.outcome()) for example in kind(UNITS)]
    errors = [(list(e.columns), e.options, e.error_in(outcome)) for e, outcome in examples]
    assert [error for error in errors if error[-1] is not None] == []
    assert sum(outcome.error is None for _, outcome in examples) >= LEAST_READ[kind]
