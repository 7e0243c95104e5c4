"""Filters that leave out columns which are unlikely to be scores, each with a reason.

Each function takes the candidates for scores and returns those that remain. The reason is recorded in
``roles.unused``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow.compute as pc

from metrics.errors import shown
from metrics.io.column_roles import Roles
from metrics.io.formats.cells import Place, text_of
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.class_columns import scores_in_head
from metrics.io.schema.column_facts import ColumnFacts
from metrics.io.schema.column_words import (
    GROUP,
    ID,
    LABEL,
    MODEL_KEY,
    OTHER,
    SCORE,
    SEGMENT,
    VALUE,
    WEIGHT,
    is_decision,
    is_score,
    spread_of,
)
from metrics.io.schema.label_values import spelling
from metrics.io.schema.roles import agree, rows_of
from metrics.io.schema.score_meaning import SOME_ROWS, separation

FEW_DECISIONS = 5
"""Number of rows of each decision needed to conclude that decisions are a threshold of a score."""
MOST_PAIRS = 400
"""Largest number of pairs of decision and score columns that are compared."""
_OTHER_ROLES = {"id": ID, "weight": WEIGHT, "value": VALUE, "group": GROUP, "segment": SEGMENT}


def leave_out(roles: Roles, facts: ColumnFacts, reason: str) -> None:
    """Record a column as unused, unless it is a model or already has a reason."""
    if facts.name not in roles.models:
        roles.unused.setdefault(facts.name, reason)


def _without(
    scores: Sequence[ColumnFacts],
    roles: Roles,
    unlikely: Sequence[ColumnFacts],
    reason: str | Callable[[ColumnFacts], str],
) -> list[ColumnFacts]:
    """Leave out the unlikely columns with a reason, unless no column would remain."""
    if len(unlikely) == len(scores):
        return [*scores]
    for f in unlikely:
        leave_out(roles, f, reason if isinstance(reason, str) else reason(f))
    return [f for f in scores if f not in unlikely]


def without_other_kinds(
    free: Sequence[ColumnFacts], roles: Roles, choices: ReadOptions
) -> list[ColumnFacts]:
    """Leave out columns that cannot be scores by their kind or name."""
    scores = []
    for f in free:
        if f.name == choices.decision:
            continue
        if f.kind == "nested":
            leave_out(roles, f, f"it holds nested values ({shown(f.type_name, 30)})")
        elif f.name in roles.decisions and _is_text(f):
            leave_out(roles, f, "it holds decisions, by which the scores are checked")
        elif _is_text(f):
            has_numbers = f.numbers and not f.whole
            leave_out(roles, f, "most values are not numbers" if has_numbers else "it is text")
        elif f.key in OTHER:
            leave_out(roles, f, "it is named like a date, a fold or the like")
        else:
            scores.append(f)
    return scores


def _is_text(facts: ColumnFacts) -> bool:
    """Whether a column is text; a column with a score's name is text only if it has no number."""
    return facts.kind == "text" and not (facts.numbers and facts.key in SCORE)


def without_other_roles(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out columns that have the name of an id, a weight, a value, a group or a segment."""
    others = []
    for f in scores:
        role = next((role for role, names in _OTHER_ROLES.items() if f.key in names), None)
        if role is None and f.key.endswith("_id"):
            role = "id"
        if not f.name.strip():
            leave_out(roles, f, "it has no name")
        elif role is not None:
            leave_out(roles, f, f"it is named like {'an' if role == 'id' else 'a'} {role}")
        else:
            others.append(f)
    return others


def without_model_keys(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out whole numbers with a name like a model key, if there are other scores."""
    keys = [f for f in scores if f.key in MODEL_KEY and f.whole]
    return _without(
        scores, roles, keys, "it holds whole numbers and is named like the model's name"
    )


def without_decisions(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out second labels, and decisions of 0 and 1 next to scores.

    A second label among the models would look like a perfect model.
    """
    labels = [f for f in scores if f.key in LABEL and f.whole and roles.label is not None]
    for f in labels:
        leave_out(roles, f, f"it is named like a label; {roles.label!r} is read as the label")
    scores = [f for f in scores if f not in labels]
    decisions = [
        f
        for f in scores
        if f.whole and f.distinct <= 2 and is_decision(f.name)
        if f.binary or f.name in roles.decisions
    ]
    return _without(
        scores,
        roles,
        decisions,
        lambda f: (
            f"it holds only {'0 and 1' if f.binary else 'two values'} and is named like a decision"
        ),
    )


def without_spreads(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out the spread and the bounds of another column, such as ``a_std`` for ``a``."""
    others = {f.words for f in scores if spread_of(f.words) is None}
    spreads = [
        f
        for f in scores
        if (words := spread_of(f.words)) is not None and _is_another_column(words, others)
    ]
    return _without(
        scores, roles, spreads, "it is named like the spread or a bound of another column"
    )


def _is_another_column(words: tuple[str, ...], others: set[tuple[str, ...]]) -> bool:
    """Whether words are those of another column, possibly with a word for its mean, or begin like one."""
    if words in others or (*words, "mean") in others:
        return True
    return any(words and words[0] == other[0] for other in others if other)


def without_counters(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out columns that number the rows, if there are other columns."""
    counters = [
        f
        for f in scores
        if f.whole and f.rows > 2 and f.distinct == f.rows and f.high - f.low + 1 == f.rows
    ]
    return _without(scores, roles, counters, "it numbers the rows")


def without_copies(
    scores: list[ColumnFacts], roles: Roles, source: Source, label: ColumnFacts | None
) -> list[ColumnFacts]:
    """Leave out columns that equal the label in every row; they would look like perfect models."""
    if label is None or label.name not in source.names:
        return scores
    copies = [
        f
        for f in scores
        if f.binary and f.distinct == 2 and f.rows > 3 and agree([label, f], source)
        if _same_numbers(label, f, source)
    ]
    return _without(scores, roles, copies, "it equals the label in every row")


def _same_numbers(label: ColumnFacts, other: ColumnFacts, source: Source) -> bool:
    """Whether two columns with equal classes also use equal spellings for them."""
    heads = source.head()
    first, other_first = (
        text_of(heads[f.name].slice(0, 1), Place(source, f.name))[0].as_py() or ""
        for f in (label, other)
    )
    return spelling(first)[1] == spelling(other_first)[1]


def without_thresholds(
    scores: list[ColumnFacts], roles: Roles, source: Source, choices: ReadOptions
) -> list[ColumnFacts]:
    """Leave out columns of 0 and 1 that are a threshold of another column: decisions of its model."""
    hard = [f for f in scores if f.binary and f.distinct == 2 and f.rows >= SOME_ROWS]
    if len(hard) * len(scores) > MOST_PAIRS:
        return scores
    soft = scores_in_head([f for f in scores if not f.binary], source, choices)
    if not hard or not soft:
        return scores
    score_of: dict[str, str] = {}
    for name, decided in scores_in_head(hard, source, choices).items():
        codes = decided.astype(np.int8)
        if min(codes.sum(), codes.size - codes.sum()) < FEW_DECISIONS:
            continue
        separated = (score for score, values in soft.items() if separation(values, codes) == 1.0)
        if (score := next(separated, None)) is not None:
            score_of[name] = score
    decisions = [f for f in hard if f.name in score_of]
    return _without(
        scores, roles, decisions, lambda f: f"it is a threshold of {shown(score_of[f.name], 30)!r}"
    )


def without_constants(scores: list[ColumnFacts], roles: Roles, source: Source) -> list[ColumnFacts]:
    """Leave out constant or empty columns without a score's name, if other columns vary."""
    constant = [
        f
        for f in scores
        if f.distinct == 1 and f.rows > 1 and not is_score(f.words) and _never_varies(f, source)
    ]
    return _without(
        scores,
        roles,
        constant,
        lambda f: "it is empty" if f.kind == "empty" else "it is constant",
    )


def _never_varies(facts: ColumnFacts, source: Source) -> bool:
    """Whether a column that is constant in the sample is constant in all rows."""
    first = None
    for [column] in rows_of([facts.name], source):
        levels = pc.unique(text_of(column, Place(source, facts.name)).fill_null("")).to_pylist()
        first = levels[0] if first is None else first
        if levels != [first]:
            return False
    return True


def without_outsiders(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out columns that are mostly outside [0, 1] if others are probabilities."""
    # Texts such as 1.png look like damaged numbers, but none of them is a number.
    texts = [f for f in scores if f.kind == "spoilt" and not f.numbers]
    scores = _without(scores, roles, texts, "none of its values is a number")
    far = [f for f in scores if f.kind == "number" and 2 * f.outside > f.numbers]
    return _without(
        scores,
        roles,
        far,
        lambda f: f"most values lie outside [0, 1] ({f.low:g} to {f.high:g}), unlike other columns",
    )
