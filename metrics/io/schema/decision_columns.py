"""Columns of decisions, such as predicted classes: find them, and find the model of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from metrics.io.formats.cells import Location, text_of
from metrics.io.read_options import ReadOptions
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.label_values import decisions_of_words
from metrics.io.schema.score_meaning import CLEAR_ERRORS, SOME_ROWS, auc, separation
from metrics.io.schema.vocabulary import (
    HARD,
    OTHER,
    is_decision,
    is_predicted,
    is_verdict,
    words_of,
)

FEW_DECISIONS = 5
"""Number of rows of each decision needed to conclude that decisions are a threshold of a score."""
MOST_PAIRS = 400
"""Largest number of pairs of decision and score columns that are compared."""
MOST_DECISIONS = 8
"""Largest number of columns of decisions that are compared with scores."""
FEW_WORDS = 8
"""Largest number of different values of a column of decisions."""


def find_decisions(
    columns: Sequence[ColumnFacts], choices: ReadOptions, label: ColumnFacts | None
) -> list[str]:
    """Find the columns that hold decisions; those with the name of a prediction come first.

    Without such a name, a column must have only 0 and 1, at most two of the label's values, or two words for
    decisions such as OK and NG.
    """
    label_levels = {level.strip().casefold() for level in (label.values if label else ())}
    decisions = []
    for f in columns:
        if f.name in (choices.models or ()) or f.key in OTHER or f.kind in ("nested", "empty"):
            continue
        if is_verdict(f.name):
            continue
        levels = {level.strip().casefold() for level in f.values}
        is_like_label = f.distinct <= FEW_WORDS and (
            f.binary or bool(levels and levels <= label_levels)
        )
        if f.key in HARD or is_predicted(f.words):
            are_words = f.kind == "text" and f.distinct <= FEW_WORDS
            are_two_numbers = f.kind == "number" and f.whole and f.distinct <= 2
            is_decision_column = is_like_label or are_words or are_two_numbers
        else:
            are_words = f.kind == "text" and f.distinct == 2
            are_decisions = are_words and decisions_of_words(f.values, (), choices)
            is_decision_column = f.distinct <= 2 and bool(is_like_label or are_decisions)
        if is_decision_column:
            decisions.append(f)
    return [f.name for f in sorted(decisions, key=lambda f: not is_predicted(f.words))]


def decisions_by_model(
    models: Sequence[str], decisions: Sequence[str], named: str | None
) -> dict[str, str]:
    """Return the column of the predicted class of each model that has one.

    The column that the caller names is used for all models except those that share more words with another
    column.
    """
    candidates = [name for name in decisions if is_decision(name) or name == named]
    found = {}
    for model in models:
        words = set(words_of(model))
        shared = {name: len(words.intersection(words_of(name))) for name in candidates}
        most = max(shared.values(), default=0)
        best = [name for name, count in shared.items() if count == most]
        if named in candidates and (named in best or len(best) > 1):
            best = [str(named)]
        if len(best) == 1:
            found[model] = best[0]
    return found


def decision_words(
    first: FirstRows, models: Sequence[str], label: ColumnFacts | None
) -> dict[str, dict[str, int]]:
    """Return the decision of each word, 1 to reject and 0 to ship, by model whose values are words.

    If not both of two words are understood, the one with clearly more defects in the first rows rejects.
    """
    levels, found = label.values if label else (), {}
    for f in filter(None, map(first.column, models)):
        if f.kind != "text" or f.numbers or f.distinct > FEW_WORDS:
            continue
        words = decisions_of_words(f.values, levels, first.choices)
        if not words and label is not None and len(f.values) == f.distinct == 2:
            labels = first.decisions(label.name, levels)
            texts = text_of(first.source.head()[f.name], Location(first.source, f.name))
            is_second = np.asarray(pc.equal(texts, f.values[1]), np.float64)
            area, error = auc(is_second, labels) if (labels >= 0).all() else (0.5, 1.0)
            if abs(area - 0.5) >= CLEAR_ERRORS * error:
                words = {f.values[0]: int(area < 0.5), f.values[1]: int(area > 0.5)}
        if words:
            found[f.name] = words
    return found


def scores_of_decisions(first: FirstRows, columns: Sequence[ColumnFacts]) -> dict[str, str]:
    """Return the columns of 0 and 1 that are a threshold of another column, with that column."""
    decisions = [f for f in columns if f.binary and f.distinct == 2 and f.rows >= SOME_ROWS]
    if not 0 < len(decisions) * len(columns) <= MOST_PAIRS:
        return {}
    scores = first.scores(f for f in columns if not f.binary)
    score_of: dict[str, str] = {}
    for name, decided in first.scores(decisions if scores else []).items():
        codes = decided.astype(np.int8)
        if min(codes.sum(), codes.size - codes.sum()) < FEW_DECISIONS:
            continue
        separated = (score for score, values in scores.items() if separation(values, codes) == 1)
        if (score := next(separated, None)) is not None:
            score_of[name] = score
    return score_of
