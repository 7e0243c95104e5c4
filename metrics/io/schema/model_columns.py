"""Selection of the score columns of models, by name and by values, with reasons for unused columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow.compute as pc

from metrics.errors import Option, ScoreError, Wording, shown, with_option
from metrics.io.column_roles import Roles, require
from metrics.io.formats.cells import Place, text_of
from metrics.io.formats.nested import unreadable_scores
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.class_columns import find_class_columns, scores_in_head
from metrics.io.schema.column_facts import ColumnFacts
from metrics.io.schema.column_words import (
    GROUP,
    HARD,
    ID,
    LABEL,
    MODEL_KEY,
    OTHER,
    SCORE,
    SEGMENT,
    VALUE,
    WEIGHT,
    is_decision,
    is_error,
    is_feature,
    is_model,
    is_predicted,
    is_score,
    is_verdict,
    spread_of,
    words_of,
)
from metrics.io.schema.label_values import spelling
from metrics.io.schema.roles import agree, rows_of
from metrics.io.schema.score_meaning import SOME_ROWS, separation

_SIDE = {"id": ID, "weight": WEIGHT, "value": VALUE, "group": GROUP, "segment": SEGMENT}
_PERCENT = re.compile(r"per_?cent|(^|_)pct($|_)")
FEW_DECISIONS = 5
"""Number of rows of each decision needed to conclude that decisions are a threshold of a score."""
_MOST_DECISIONS, _MOST_PAIRS = 8, 400
"""Largest number of decision columns, and of pairs of decision and score columns, that are compared."""


def find_models(
    facts: Sequence[ColumnFacts],
    roles: Roles,
    choices: ReadOptions,
    source: Source,
    label: ColumnFacts | None = None,
) -> None:
    """Set ``roles.models`` to the columns that can be scores, and record unused columns with reasons.

    Parameters
    ----------
    facts : sequence of ColumnFacts
    roles : Roles
    choices : ReadOptions
    source : Source
    label : ColumnFacts, optional
        Facts of the label, which may be in another file; without them no class is recognised by its name.

    Raises
    ------
    ScoreError
        ``E_COLUMN``, ``E_DECIMAL_COMMA``, ``E_TYPE``, ``E_RANGE`` if a name implies per cent;
        ``E_WHICHMODELS`` if some columns may be features; see also
        `metrics.io.schema.class_columns.find_class_columns`.
    """
    names, file = [f.name for f in facts], source.name
    free = [f for f in facts if f.name not in roles.used()]
    roles.decisions = tuple(
        dict.fromkeys([*roles.decisions, *_decisions(free, roles, choices, label)])
    )[:_MOST_DECISIONS]
    if choices.models is not None:
        roles.models = tuple(
            require(names, name, Option("models"), file) for name in choices.models
        )
        roles.decision_of = decisions_by_model(roles.models, roles.decisions, choices.decision)
        for f in free:
            if f.name not in roles.decisions:
                _leave(roles, f, "other columns are named as the models")
        return
    scores = _plain(free, roles, choices)
    nested = [f for f in free if f.kind == "nested"]
    scores = _without_side(scores, roles)
    scores = _without_keys(scores, roles)
    scores = _without_decisions(scores, roles)
    nested_scores = set(unreadable_scores(source))
    if unread := [f for f in free if f.name in nested_scores]:
        raise ScoreError(
            "E_NESTED",
            f"scores must be plain numbers, or a score for each class, got {_kind_of(unread[0])}",
            file=file,
            column=unread[0].name,
            hint=Wording(
                "Write the defect's score as a column of its own, or name the models ",
                with_option("models"),
                ".",
            ),
        )
    if nested and not scores:
        raise ScoreError(
            "E_TYPE",
            f"scores must be plain numbers, got {_kind_of(nested[0])}",
            file=file,
            column=nested[0].name,
            hint="Write the defect's score as a column of its own.",
        )
    scores = _without_spreads(scores, roles)
    scores = _without_counters(scores, roles)
    scores = _without_copies(scores, roles, source, label)
    scores = _without_constants(scores, roles, source)
    classes = find_class_columns(scores, roles, label, source, choices)
    roles.of_defect_class = tuple(classes.kept)
    for name, why in classes.unused.items():
        roles.unused[name] = why
    scores = [f for f in scores if f.name not in classes.unused]
    scores = _without_thresholds(scores, roles, source, choices)
    scores = _named_scores(scores, classes.kept, roles, choices, file)
    for f in scores:
        if f.kind == "decimal-comma":
            raise comma_error(f, file)
        if choices.scale is None and ("%" in f.name or _PERCENT.search(f.key)):
            raise ScoreError(
                "E_RANGE",
                "scores must be probabilities unless it is said otherwise, the name says per cent",
                file=file,
                column=f.name,
                hint=Wording(
                    "Say ",
                    Option("scale", ("percent",)),
                    ", or ",
                    Option("scale", ("probability",)),
                    " if they lie between 0 and 1.",
                ),
            )
    if choices.scale is None:
        scores = _without_outsiders(scores, roles)
    roles.models = tuple(f.name for f in scores)
    roles.decision_of = decisions_by_model(roles.models, roles.decisions, choices.decision)
    roles.decisions = roles.decisions[: max(1, _MOST_PAIRS // max(1, len(scores)))]


def _kind_of(facts: ColumnFacts) -> str:
    return shown(facts.type_name if facts.kind == "nested" else facts.levels[-1], 40)


def decisions_by_model(
    models: Sequence[str], decisions: Sequence[str], named: str | None
) -> dict[str, str]:
    """Return the column of the predicted class of each model that has one.

    Parameters
    ----------
    models, decisions : sequence of str
    named : str or None
        Column that the caller names; used for all models except those that share more words with another
        column.
    """
    own = [name for name in decisions if is_decision(name) or name == named]
    found = {}
    for model in models:
        words = set(words_of(model))
        shared = {name: len(words.intersection(words_of(name))) for name in own}
        most = max(shared.values(), default=0)
        best = [name for name, count in shared.items() if count == most]
        if named in own and (named in best or len(best) > 1):
            best = [str(named)]
        if len(best) == 1:
            found[model] = best[0]
    return found


def lone_score(facts: Sequence[ColumnFacts], roles: Roles, choices: ReadOptions) -> str | None:
    """Return the only column of fractions in a table without scores; its name suggests a date or similar."""
    if choices.models is not None:
        return None
    scores = [
        f.name
        for f in facts
        if f.key in OTHER and f.name not in roles.used()
        if f.kind == "number" and not f.whole and (choices.scale or 2 * f.outside <= f.numbers)
    ]
    return scores[0] if len(scores) == 1 else None


def _leave(roles: Roles, facts: ColumnFacts, why: str) -> None:
    if facts.name not in roles.models:
        roles.unused.setdefault(facts.name, why)


def _without(
    scores: Sequence[ColumnFacts],
    roles: Roles,
    left: Sequence[ColumnFacts],
    why: str | Callable[[ColumnFacts], str],
) -> list[ColumnFacts]:
    """Leave out some columns with a reason, unless no column would remain."""
    if len(left) == len(scores):
        return [*scores]
    for f in left:
        _leave(roles, f, why if isinstance(why, str) else why(f))
    return [f for f in scores if f not in left]


def _plain(free: Sequence[ColumnFacts], roles: Roles, choices: ReadOptions) -> list[ColumnFacts]:
    """Leave out columns that cannot be scores by their kind or name."""
    kept = []
    for f in free:
        if f.name == choices.decision:
            continue
        if f.kind == "nested":
            _leave(roles, f, f"it holds nested values ({shown(f.type_name, 30)})")
        elif f.name in roles.decisions and _is_text(f):
            _leave(roles, f, "it holds decisions, by which the scores are checked")
        elif _is_text(f):
            mostly = "most values are not numbers" if f.numbers and not f.whole else "it is text"
            _leave(roles, f, mostly)
        elif f.key in OTHER:
            _leave(roles, f, "it is named like a date, a fold or the like")
        else:
            kept.append(f)
    return kept


def _is_text(facts: ColumnFacts) -> bool:
    """Whether a column is text; a column with a score's name is text only if it has no number."""
    return facts.kind == "text" and not (facts.numbers and facts.key in SCORE)


def _without_side(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out columns that have the name of an id, a weight, a value, a group or a segment."""
    kept = []
    for f in scores:
        if not f.name.strip():
            _leave(roles, f, "it has no name")
            continue
        like = [role for role, words in _SIDE.items() if f.key in words]
        if not like and f.key.endswith("_id"):
            like = ["id"]
        if like:
            _leave(roles, f, f"it is named like {'an' if like[0] == 'id' else 'a'} {like[0]}")
        else:
            kept.append(f)
    return kept


def _without_keys(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out whole numbers with a name like a model key, if there are other scores."""
    keys = [f for f in scores if f.key in MODEL_KEY and f.whole]
    return _without(
        scores, roles, keys, "it holds whole numbers and is named like the model's name"
    )


def _decisions(
    free: Sequence[ColumnFacts], roles: Roles, choices: ReadOptions, label: ColumnFacts | None
) -> list[str]:
    """Return columns of two values in the label's spelling, or with a prediction's name."""
    levels = {level.strip().casefold() for level in (label.levels if label else ()) if level}
    found = []
    for f in free:
        if f.name in (choices.models or ()) or f.key in OTHER or f.kind in ("nested", "empty"):
            continue
        if is_verdict(f.name):
            continue
        own = {level.strip().casefold() for level in f.levels if level}
        like_label = f.distinct <= 8 and (f.binary or bool(own and own <= levels))
        named = f.key in HARD or is_predicted(f.words)
        words = f.kind == "text" and f.distinct <= 8
        two = f.kind == "number" and f.whole and f.distinct <= 2
        if (like_label and (f.distinct <= 2 or named)) or (named and (words or two)):
            found.append(f.name)
    found.sort(key=lambda name: not is_predicted(next(f.words for f in free if f.name == name)))
    return found


def _without_decisions(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out second labels, and decisions of 0 and 1 next to scores.

    A second label among the models would look like a perfect model.
    """
    labels = [f for f in scores if f.key in LABEL and f.whole and roles.label is not None]
    for f in labels:
        _leave(roles, f, f"it is named like a label; {roles.label!r} is read as the label")
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


def _without_spreads(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out the spread and the bounds of another column, such as ``a_std`` for ``a``."""
    stems = {f.words for f in scores if spread_of(f.words) is None}
    spreads = [f for f in scores if (own := spread_of(f.words)) is not None and _has(own, stems)]
    return _without(
        scores, roles, spreads, "it is named like the spread or a bound of another column"
    )


def _has(own: tuple[str, ...], stems: set[tuple[str, ...]]) -> bool:
    """Whether a column's words are those of another column, possibly with a word for its mean."""
    return (
        own in stems or (*own, "mean") in stems or any(own and own[0] == s[0] for s in stems if s)
    )


def _without_counters(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
    """Leave out columns that number the rows, if there are other columns."""
    counters = [
        f
        for f in scores
        if f.whole and f.rows > 2 and f.distinct == f.rows and f.high - f.low + 1 == f.rows
    ]
    return _without(scores, roles, counters, "it numbers the rows")


def _without_copies(
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
    one = text_of(heads[label.name], Place(source, label.name)).slice(0, 1)[0].as_py()
    two = text_of(heads[other.name], Place(source, other.name)).slice(0, 1)[0].as_py()
    return spelling(one or "")[1] == spelling(two or "")[1]


def _without_thresholds(
    scores: list[ColumnFacts], roles: Roles, source: Source, choices: ReadOptions
) -> list[ColumnFacts]:
    """Leave out columns of 0 and 1 that are a threshold of another column: decisions of its model."""
    hard = [f for f in scores if f.binary and f.distinct == 2 and f.rows >= SOME_ROWS]
    if len(hard) * len(scores) > _MOST_PAIRS:
        return scores
    soft = scores_in_head([f for f in scores if not f.binary], source, choices)
    if not hard or not soft:
        return scores
    score_of: dict[str, str] = {}
    for name, decided in scores_in_head(hard, source, choices).items():
        codes = decided.astype(np.int8)
        if min(codes.sum(), codes.size - codes.sum()) < FEW_DECISIONS:
            continue
        found = (score for score, own in soft.items() if separation(own, codes) == 1.0)
        if (score := next(found, None)) is not None:
            score_of[name] = score
    left = [f for f in hard if f.name in score_of]
    return _without(
        scores, roles, left, lambda f: f"it is a threshold of {shown(score_of[f.name], 30)!r}"
    )


def _without_constants(
    scores: list[ColumnFacts], roles: Roles, source: Source
) -> list[ColumnFacts]:
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
        different = pc.unique(text_of(column, Place(source, facts.name)).fill_null("")).to_pylist()
        first = different[0] if first is None else first
        if different != [first]:
            return False
    return True


def _named_scores(
    scores: list[ColumnFacts],
    classes: frozenset[str],
    roles: Roles,
    choices: ReadOptions,
    file: str,
) -> list[ColumnFacts]:
    """Return the columns with a score's name, or all if there is none; raise a question about features."""
    named = [f for f in scores if is_score(f.words) or (f.key in SCORE and not f.binary)]
    if not named and classes:
        # Columns of one class each are models because of their sum, other columns because of a model's name.
        named = [
            f
            for f in scores
            if f.name in classes or (is_model(f.words) and not is_feature(f.words))
        ]
        for f in scores:
            if f not in named:
                _leave(roles, f, "other columns hold the probabilities of classes")
        return named
    named = [f for f in scores if f in named or f.name in classes]
    rest = [f for f in scores if f not in named]
    numbers = [f for f in rest if f.kind == "number" and not f.whole and not f.outside]
    features = [f for f in named if is_feature(f.words)]
    if named and features and len(features) < len(named):
        raise _which_models(features, [f for f in named if f not in features], file)
    if named:
        # If columns with a model's name exist next to columns with a score's name, the selection is
        # uncertain.
        models = [f for f in numbers if is_model(f.words) and not is_feature(f.words)]
        if models:
            raise _which_models(models, named, file)
        for f in rest:
            _leave(roles, f, "other columns are named like scores")
        return named
    features = [f for f in rest if is_feature(f.words) or is_error(f.words)]
    models = [f for f in numbers if is_model(f.words) and f not in features]
    flags = [f for f in rest if f.binary and f.distinct == 2 and not is_model(f.words)]
    doubted = [*(f for f in features if f in numbers), *flags]
    if models and doubted:
        raise _which_models(doubted, models, file)
    outside = [f for f in features if f.outside and choices.scale is None]
    if len(outside) < len(rest):
        for f in outside:
            _leave(roles, f, "it is named like a feature and some values lie outside [0, 1]")
        return [f for f in rest if f not in outside]
    return rest


def _which_models(
    doubted: Sequence[ColumnFacts], scores: Sequence[ColumnFacts], file: str
) -> ScoreError:
    names = [f.name for f in [*scores, *doubted]]
    listed = ", ".join(repr(shown(f.name, 30)) for f in [*scores[:4], *doubted[:4]])
    return ScoreError(
        "E_WHICHMODELS",
        f"the score columns must be known, and some of these may be features: {listed}",
        file=file,
        column=doubted[0].name,
        hint=Wording("Name each model's score ", with_option("models", *names[:4]), "."),
    )


def _without_outsiders(scores: list[ColumnFacts], roles: Roles) -> list[ColumnFacts]:
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


def comma_error(facts: ColumnFacts, file: str) -> ScoreError:
    """Return the ``E_DECIMAL_COMMA`` error of a column."""
    row, value = facts.comma or (None, None)
    return ScoreError(
        "E_DECIMAL_COMMA",
        f"numbers must have a decimal point, got {value!r}",
        file=file,
        row=row,
        column=facts.name,
        value=value,
        hint=Wording("Say ", Option("decimal", (",",)), " if the comma is the decimal sign."),
    )
