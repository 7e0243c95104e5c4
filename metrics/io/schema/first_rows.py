"""Questions about doubtful scores that the first rows of a file raise, before the first pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metrics.errors import Problem, ScoreError
from metrics.io.formats.cells import Place
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions, Scale
from metrics.io.schema.column_facts import ColumnFacts, numbers_in_head
from metrics.io.schema.declared_meaning import ScoreMeaning
from metrics.io.schema.doubts import find_doubts
from metrics.io.schema.label_map import LabelMap
from metrics.io.schema.label_values import known_values, levels_of
from metrics.io.schema.score_meaning import (
    LIMITS,
    ROUNDING,
    Codes,
    Evidence,
    probability_of_defect,
)

_FEW_MODELS, _ROUNDED = 20, 0.0051
"""Largest number of models compared with each other; tolerance for rounding to two decimals."""


def check_first_rows(
    source: Source,
    models: Sequence[str],
    meaning: ScoreMeaning,
    label: ColumnFacts | None,
    choices: ReadOptions,
    scale: Scale,
    *,
    title: str | None = None,
) -> None:
    """Raise questions about doubtful scores, from the first rows, before the first pass.

    Parameters
    ----------
    source : Source
    models : sequence of str
    meaning : ScoreMeaning
    label : ColumnFacts or None
    choices : ReadOptions
    scale : {"probability", "percent", "logit", "rank"}
    title : str, optional
        Name of the one model whose scores these are, in a long file.

    Raises
    ------
    ScoreError
        ``E_PREDICTED``, ``E_REVERSED``; also ``E_POSLABEL`` if the defect's value is unknown.
    """
    labels, pending = _labels(source, label, choices)
    decided, unordered = _decisions(source, meaning, choices)
    least, most = LIMITS[scale]
    decimals = dict.fromkeys(models, choices.decimal or ".")
    evidence = {
        model: Evidence(scores, labels, decided, meaning.named, unordered)
        for model, scores in numbers_in_head(source, decimals).items()
        if scores.size and least <= scores.min() and scores.max() <= most + ROUNDING
    }
    problems = find_doubts(evidence, meaning, choices, scale, source.name, title=title)
    if errors := [p for p in problems if p.severity == "error"]:
        raise ScoreError.of([*errors, *pending])


def _decisions(
    source: Source, meaning: ScoreMeaning, choices: ReadOptions
) -> tuple[dict[str, Codes], frozenset[str]]:
    """Return the decisions of the first rows by column, and the columns of two classes in unknown order."""
    heads = source.head()
    decided, unordered = {}, set()
    for name in meaning.decisions:
        if name not in heads:
            continue
        decided[name] = known_values(heads[name], Place(source, name), meaning, choices)
        if (decided[name] < 0).all():
            # Two values that are not understood are still two classes.
            levels, index = levels_of(heads[name], Place(source, name))
            if len(levels) == 2 and None not in levels:
                decided[name] = index.astype(np.int8)
                unordered.add(name)
    return decided, frozenset(unordered)


def confidences_beside(
    source: Source, models: Sequence[str], meaning: ScoreMeaning, choices: ReadOptions, scale: Scale
) -> dict[str, str]:
    """Return models whose scores are the confidence in a class that another model's scores also predict.

    Returns
    -------
    dict of str to str
        By model the other model, whose scores are the defect's probability.
    """
    confidences: dict[str, str] = {}
    if choices.models is not None or choices.scores_of or len(models) > _FEW_MODELS:
        return confidences
    heads = source.head()
    values = numbers_in_head(source, dict.fromkeys(models, choices.decimal or "."))
    for name in sorted(meaning.named & heads.keys()):
        decided = known_values(heads[name], Place(source, name), meaning, choices)
        if (decided < 0).any() or decided.min() == decided.max():
            continue
        for model, scores in values.items():
            turned = probability_of_defect(scores, "predicted", scale, decided)
            for other, other_scores in values.items():
                if other in (model, *confidences) or np.array_equal(other_scores, scores):
                    continue
                if (np.abs(turned - other_scores) <= _ROUNDED).all():
                    confidences[model] = other
    return confidences


def _labels(
    source: Source, label: ColumnFacts | None, choices: ReadOptions
) -> tuple[Codes | None, tuple[Problem, ...]]:
    """Return the labels of the first rows (`None` if unknown), and the questions about them."""
    heads = source.head()
    if label is None or label.name not in heads:
        return None, ()
    place = Place(source, label.name)
    label_map = LabelMap(place, choices.positive, choices.negative)
    try:
        codes = label_map.codes(*levels_of(heads[label.name], place), "", 0)
        label_map.refuse_unknown(complete=False)
    except ScoreError as error:
        is_question = error.code in ("E_POSLABEL", "E_MULTICLASS")
        return None, error.problems if is_question else ()
    return (codes if (codes >= 0).all() else None), ()
