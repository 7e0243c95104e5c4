"""Check of the first rows before the first pass: questions about scores that may not mean P(defect)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metrics.errors import Problem, ScoreError
from metrics.io.formats.cells import Location
from metrics.io.read_options import Scale
from metrics.io.schema.class_columns import ROUNDED_TO_TWO
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.label_map import LabelMap
from metrics.io.schema.label_sense import contradicting_scores
from metrics.io.schema.label_values import levels_of
from metrics.io.schema.score_meaning import (
    LIMITS,
    ROUNDING,
    Codes,
    probability_of_defect,
    separation,
)
from metrics.io.schema.score_meaning_doubts import find_doubts
from metrics.io.schema.score_meaning_sample import SampledRows
from metrics.io.schema.score_reader import ScoreMeaning

_FEW_MODELS = 20
"""Largest number of models compared with each other."""


def check_first_rows(
    first: FirstRows,
    models: Sequence[str],
    meaning: ScoreMeaning,
    label: ColumnFacts | None,
    scale: Scale,
    *,
    title: str | None = None,
) -> None:
    """Raise questions about doubtful scores: ``E_PREDICTED``, ``E_REVERSED``, ``E_LABELSENSE``.

    ``E_POSLABEL`` is added if the defect's value is unknown. ``title`` is the name of the one model of these
    rows in a long file.
    """
    labels, pending = _labels(first, label)
    decided, unordered = _decisions(first, meaning)
    least, most = LIMITS[scale]
    evidence = {
        model: SampledRows(scores, labels, decided, unordered)
        for model, scores in first.numbers(models).items()
        if scores.size and least <= scores.min() and scores.max() <= most + ROUNDING
    }
    problems = find_doubts(evidence, meaning, first.choices, scale, first.file, title=title)
    errors = [p for p in problems if p.severity == "error"]
    if title is None and not errors:
        errors = contradicting_scores(first, label, evidence)
    if errors:
        raise ScoreError.of([*errors, *pending])


def _decisions(first: FirstRows, meaning: ScoreMeaning) -> tuple[dict[str, Codes], frozenset[str]]:
    """Return the decisions of the first rows by column, and the columns with two unknown values."""
    heads = first.source.head()
    decided, unordered = {}, set()
    for name in meaning.decisions:
        if name not in heads:
            continue
        decided[name] = first.decisions(name, meaning.label_levels)
        if (decided[name] < 0).all():
            # Two values that are not understood are still two classes.
            levels, index = levels_of(heads[name], Location(first.source, name))
            if len(levels) == 2 and None not in levels:
                decided[name] = index.astype(np.int8)
                unordered.add(name)
    return decided, frozenset(unordered)


def find_confidences_of_other_models(
    first: FirstRows, models: Sequence[str], meaning: ScoreMeaning, scale: Scale
) -> dict[str, str]:
    """Return the columns with the confidence in the predicted class, each with the column of its P(defect).

    The confidence is ``max(p, 1 - p)``, and the decision turns either column into the other. The column with
    P(defect) is the one from which a threshold reproduces the decision better.
    """
    confidences: dict[str, str] = {}
    choices = first.choices
    if choices.models is not None or choices.scores_of or len(models) > _FEW_MODELS:
        return confidences
    values = first.numbers(models)
    for name in sorted(meaning.named & first.source.head().keys()):
        decided = first.decisions(name, meaning.label_levels)
        if (decided < 0).any() or decided.min() == decided.max():
            continue
        separated = {model: separation(scores, decided) for model, scores in values.items()}
        for model, scores in values.items():
            turned = probability_of_defect(scores, "predicted", scale, decided)
            for other, other_scores in values.items():
                if other in (model, *confidences) or separated[other] <= separated[model]:
                    continue
                if (np.abs(turned - other_scores) <= ROUNDED_TO_TWO).all():
                    confidences[model] = other
    return confidences


def _labels(
    first: FirstRows, label: ColumnFacts | None
) -> tuple[Codes | None, tuple[Problem, ...]]:
    """Return the labels of the first rows (`None` if unknown), and the questions about them."""
    heads = first.source.head()
    if label is None or label.name not in heads:
        return None, ()
    location = Location(first.source, label.name)
    label_map = LabelMap(location, first.choices.positive, first.choices.negative)
    try:
        codes = label_map.codes(*levels_of(heads[label.name], location), "", 0)
        label_map.refuse_unknown(complete=False)
    except ScoreError as error:
        is_question = error.code in ("E_POSLABEL", "E_MULTICLASS")
        return None, error.problems if is_question else ()
    return (codes if (codes >= 0).all() else None), ()
