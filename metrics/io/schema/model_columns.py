"""Selection of the score columns of models, by name and by values, with reasons for unused columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metrics.errors import Option, ScoreError, Wording, shown, with_option
from metrics.io.column_roles import Roles, require
from metrics.io.formats.nested import unreadable_scores
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.class_columns import find_class_columns
from metrics.io.schema.column_facts import ColumnFacts
from metrics.io.schema.column_words import (
    HARD,
    OTHER,
    SCORE,
    is_decision,
    is_error,
    is_feature,
    is_model,
    is_predicted,
    is_score,
    is_verdict,
    words_of,
)
from metrics.io.schema.unlikely_scores import (
    MOST_PAIRS,
    leave_out,
    without_constants,
    without_copies,
    without_counters,
    without_decisions,
    without_model_keys,
    without_other_kinds,
    without_other_roles,
    without_outsiders,
    without_spreads,
    without_thresholds,
)

_PERCENT = re.compile(r"per_?cent|(^|_)pct($|_)")
_MOST_DECISIONS = 8
"""Largest number of columns of decisions that are compared with scores."""


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
    file = source.name
    free = [f for f in facts if f.name not in roles.used()]
    decisions = [*roles.decisions, *_decisions(free, roles, choices, label)]
    roles.decisions = tuple(dict.fromkeys(decisions))[:_MOST_DECISIONS]
    if choices.models is not None:
        names, option = [f.name for f in facts], Option("models")
        roles.models = tuple(require(names, name, option, file) for name in choices.models)
        roles.decision_of = decisions_by_model(roles.models, roles.decisions, choices.decision)
        for f in free:
            if f.name not in roles.decisions:
                leave_out(roles, f, "other columns are named as the models")
        return
    scores = without_other_kinds(free, roles, choices)
    scores = without_other_roles(scores, roles)
    scores = without_model_keys(scores, roles)
    scores = without_decisions(scores, roles)
    _refuse_nested(free, scores, source)
    scores = without_spreads(scores, roles)
    scores = without_counters(scores, roles)
    scores = without_copies(scores, roles, source, label)
    scores = without_constants(scores, roles, source)
    classes = find_class_columns(scores, roles, label, source, choices)
    roles.of_defect_class = tuple(classes.kept)
    roles.unused |= classes.unused
    scores = [f for f in scores if f.name not in classes.unused]
    scores = without_thresholds(scores, roles, source, choices)
    scores = _named_scores(scores, classes.kept, roles, choices, file)
    _check_numbers(scores, choices, file)
    if choices.scale is None:
        scores = without_outsiders(scores, roles)
    roles.models = tuple(f.name for f in scores)
    roles.decision_of = decisions_by_model(roles.models, roles.decisions, choices.decision)
    roles.decisions = roles.decisions[: max(1, MOST_PAIRS // max(1, len(scores)))]


def _refuse_nested(
    free: Sequence[ColumnFacts], scores: Sequence[ColumnFacts], source: Source
) -> None:
    """Raise for nested scores that are not understood, or if there are only nested columns."""
    nested_scores = set(unreadable_scores(source))
    if unread := [f for f in free if f.name in nested_scores]:
        raise ScoreError(
            "E_NESTED",
            f"scores must be plain numbers, or a score for each class, got {_kind_of(unread[0])}",
            file=source.name,
            column=unread[0].name,
            hint=Wording(
                "Write the defect's score as a column of its own, or name the models ",
                with_option("models"),
                ".",
            ),
        )
    nested = [f for f in free if f.kind == "nested"]
    if nested and not scores:
        raise ScoreError(
            "E_TYPE",
            f"scores must be plain numbers, got {_kind_of(nested[0])}",
            file=source.name,
            column=nested[0].name,
            hint="Write the defect's score as a column of its own.",
        )


def _check_numbers(scores: Sequence[ColumnFacts], choices: ReadOptions, file: str) -> None:
    """Raise for decimal commas, and for a name that implies per cent without a scale."""
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


def _decisions(
    free: Sequence[ColumnFacts], roles: Roles, choices: ReadOptions, label: ColumnFacts | None
) -> list[str]:
    """Return columns of two values in the label's spelling, or with a prediction's name."""
    label_levels = {level.strip().casefold() for level in (label.levels if label else ()) if level}
    decisions = []
    for f in free:
        if f.name in (choices.models or ()) or f.key in OTHER or f.kind in ("nested", "empty"):
            continue
        if is_verdict(f.name):
            continue
        levels = {level.strip().casefold() for level in f.levels if level}
        is_like_label = f.distinct <= 8 and (f.binary or bool(levels and levels <= label_levels))
        is_named = f.key in HARD or is_predicted(f.words)
        are_words = f.kind == "text" and f.distinct <= 8
        are_two_numbers = f.kind == "number" and f.whole and f.distinct <= 2
        if (is_like_label and (f.distinct <= 2 or is_named)) or (
            is_named and (are_words or are_two_numbers)
        ):
            decisions.append(f)
    return [f.name for f in sorted(decisions, key=lambda f: not is_predicted(f.words))]


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
        named = [f for f in scores if f.name in classes or _is_model(f)]
        for f in scores:
            if f not in named:
                leave_out(roles, f, "other columns hold the probabilities of classes")
        return named
    named = [f for f in scores if f in named or f.name in classes]
    rest = [f for f in scores if f not in named]
    fractions = [f for f in rest if f.kind == "number" and not f.whole and not f.outside]
    if not named:
        return _without_features(rest, fractions, roles, choices, file)
    features = [f for f in named if is_feature(f.words)]
    if features and len(features) < len(named):
        raise _which_models(features, [f for f in named if f not in features], file)
    # Next to columns with a score's name, columns with a model's name make the selection uncertain.
    if models := [f for f in fractions if _is_model(f)]:
        raise _which_models(models, named, file)
    for f in rest:
        leave_out(roles, f, "other columns are named like scores")
    return named


def _is_model(facts: ColumnFacts) -> bool:
    return is_model(facts.words) and not is_feature(facts.words)


def _without_features(
    scores: list[ColumnFacts],
    fractions: list[ColumnFacts],
    roles: Roles,
    choices: ReadOptions,
    file: str,
) -> list[ColumnFacts]:
    """Leave out features outside [0, 1] if no column has a score's name; raise a question about others."""
    features = [f for f in scores if is_feature(f.words) or is_error(f.words)]
    models = [f for f in fractions if is_model(f.words) and f not in features]
    flags = [f for f in scores if f.binary and f.distinct == 2 and not is_model(f.words)]
    doubted = [*(f for f in features if f in fractions), *flags]
    if models and doubted:
        raise _which_models(doubted, models, file)
    outside = [f for f in features if f.outside and choices.scale is None]
    if len(outside) == len(scores):
        return scores
    for f in outside:
        leave_out(roles, f, "it is named like a feature and some values lie outside [0, 1]")
    return [f for f in scores if f not in outside]


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
