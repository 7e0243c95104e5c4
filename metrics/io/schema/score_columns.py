"""Which columns of one table are scores of models, and what is left out aloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from metrics.errors import Option, ScoreError, Wording, shown, warning, with_option
from metrics.io.column_roles import Roles, require
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_facts import ColumnFacts, make_a_whole
from metrics.io.schema.label_values import known_positive, spelling
from metrics.io.schema.roles_by_name import (
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
    normal,
)

_SIDE = {"id": ID, "weight": WEIGHT, "value": VALUE, "group": GROUP, "segment": SEGMENT}
_PERCENT = re.compile(r"per_?cent|(^|_)pct($|_)")
_DECISION = re.compile(
    r"(pred|predicted|predict|decision|class|yhat|is|has|was)_.+"
    r"|.+_(pred|predicted|prediction|class|decision|flag|label|hat)"
)


def candidates(facts: Sequence[ColumnFacts], roles: Roles, choices: ReadOptions, file: str) -> None:
    """Set ``roles.models`` to the columns that can be scores and note what was left out.

    Raises
    ------
    ScoreError
        ``E_COLUMN``, ``E_DECIMAL_COMMA``, ``E_TYPE``, ``E_RANGE`` where a name says per cent.
    """
    names = [f.name for f in facts]
    if choices.models is not None:
        roles.models = tuple(
            require(names, name, Option("models"), file) for name in choices.models
        )
        return
    free = [f for f in facts if f.name not in roles.used()]
    plain = [f for f in free if normal(f.name) not in OTHER and not _is_text(f)]
    for f in free:
        if _is_text(f) and f.numbers and not f.whole:
            _note(roles, f, "most values are not numbers", file)
    nested = [f for f in plain if f.kind == "nested"]
    scores = _without_side([f for f in plain if f not in nested], roles, file)
    scores = _without_keys(scores, roles, file)
    scores = _without_decisions(scores, roles, file)
    if nested and all(normal(f.name) in HARD and f.binary for f in scores):
        raise ScoreError(
            "E_TYPE",
            f"scores must be plain numbers, got {nested[0].type_name}",
            file=file,
            column=nested[0].name,
            hint="Write the defect's score as a column of its own.",
        )
    for f in scores:
        if f.kind == "decimal-comma":
            refuse_comma(f, file)
        if choices.scale is None and ("%" in f.name or _PERCENT.search(normal(f.name))):
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
        scores = _without_outsiders(scores, roles, file)
    roles.models = tuple(f.name for f in scores)


def lone_score(facts: Sequence[ColumnFacts], roles: Roles, choices: ReadOptions) -> str | None:
    """Return the only column of fractions that is named like a date or the like; nothing else is a score."""
    if choices.models is not None:
        return None
    scores = [
        f.name
        for f in facts
        if normal(f.name) in OTHER and f.name not in roles.used()
        if f.kind == "number" and not f.whole and (choices.scale or 2 * f.outside <= f.numbers)
    ]
    return scores[0] if len(scores) == 1 else None


def _note(roles: Roles, facts: ColumnFacts, why: str, file: str) -> None:
    roles.problems.append(
        warning(
            "W_NOTSCORE",
            f"left out, since {why}",
            file=file,
            column=facts.name,
            hint=Wording("Name the models ", with_option("models"), " if it is one."),
        )
    )


def _is_text(facts: ColumnFacts) -> bool:
    """Say whether a column is text; one named like a score is not while any of it is a number."""
    return facts.kind == "text" and not (facts.numbers and normal(facts.name) in SCORE)


def _without_side(scores: list[ColumnFacts], roles: Roles, file: str) -> list[ColumnFacts]:
    """Leave out what is named like an id, a weight, a value, a group or a segment."""
    kept = []
    for f in scores:
        name = normal(f.name)
        if not f.name.strip():
            _note(roles, f, "it has no name", file)
            continue
        like = [role for role, words in _SIDE.items() if name in words]
        if not like and name.endswith("_id"):
            like = ["id"]
        if like:
            _note(roles, f, f"it is named like {'an' if like[0] == 'id' else 'a'} {like[0]}", file)
        else:
            kept.append(f)
    return kept


def _without_keys(scores: list[ColumnFacts], roles: Roles, file: str) -> list[ColumnFacts]:
    """Leave out whole numbers that are named like a model's name, where there are scores beside them."""
    keys = [f for f in scores if normal(f.name) in MODEL_KEY and f.whole]
    if len(keys) == len(scores):
        return scores
    for f in keys:
        _note(roles, f, "it holds whole numbers and is named like the model's name", file)
    return [f for f in scores if f not in keys]


def _without_decisions(scores: list[ColumnFacts], roles: Roles, file: str) -> list[ColumnFacts]:
    """Leave out second labels, and decisions of 0 and 1 beside scores.

    A second label among the models would look like a perfect model.
    """
    labels = [f for f in scores if normal(f.name) in LABEL and f.whole and roles.label is not None]
    for f in labels:
        _note(roles, f, f"it is named like a label; {roles.label!r} is read as the label", file)
    scores = [f for f in scores if f not in labels]
    decisions = [
        f
        for f in scores
        if f.binary and (normal(f.name) in HARD or _DECISION.fullmatch(normal(f.name)))
    ]
    if all(f in decisions for f in scores):
        return scores
    for f in decisions:
        if normal(f.name) not in HARD:
            _note(roles, f, "it holds only 0 and 1 and is named like a decision", file)
    return [f for f in scores if f not in decisions]


def _without_outsiders(scores: list[ColumnFacts], roles: Roles, file: str) -> list[ColumnFacts]:
    """Leave out columns that are mostly outside [0, 1] where others are probabilities."""
    inside = [f for f in scores if f.kind != "number" or 2 * f.outside <= f.numbers]
    if not inside or len(inside) == len(scores):
        return scores
    for f in scores:
        if f not in inside:
            why = f"most values lie outside [0, 1] ({f.low:g} to {f.high:g}), unlike other columns"
            _note(roles, f, why, file)
    return inside


def refuse_comma(facts: ColumnFacts, file: str) -> None:
    """Raise ``E_DECIMAL_COMMA``."""
    row, value = facts.comma or (None, None)
    raise ScoreError(
        "E_DECIMAL_COMMA",
        f"numbers must have a decimal point, got {value!r}",
        file=file,
        row=row,
        column=facts.name,
        value=value,
        hint=Wording("Say ", Option("decimal", (",",)), " if the comma is the decimal sign."),
    )


def class_groups(
    models: Sequence[str], levels: Sequence[str], adds_up: Callable[[Sequence[str]], bool]
) -> list[dict[str, str]]:
    """Find columns that hold the probability of one class each, such as p0 and p1.

    Parameters
    ----------
    models : sequence of str
        Column names.
    levels : sequence of str
        Values of the label.
    adds_up : callable
        Says whether columns add up to 1 in every row.

    Returns
    -------
    list of dict
        Label value to column, one dict per model, each with a column for every value.
    """
    groups: dict[str, dict[str, str]] = {}
    for model in models:
        for level in sorted(levels, key=len, reverse=True):
            name, end = normal(model), normal(level)
            if not end or not name.endswith(end):
                continue
            stem = name[: -len(end)]
            if stem in {"", "p", "prob", "proba", "class"} or stem.endswith("_"):
                groups.setdefault(stem, {}).setdefault(level, model)
                break
    return [
        group
        for group in groups.values()
        if len(levels) > 1 and len(group) == len(levels) and adds_up(list(group.values()))
    ]


def keep_class_column(
    roles: Roles, label: ColumnFacts, source: Source, choices: ReadOptions
) -> None:
    """Where columns hold the probability of one class each, keep the defect's of every model.

    Raises
    ------
    ScoreError
        ``E_MULTICLASS``, ``E_POSLABEL`` or ``E_CLASSCOLUMN`` where names and label values do not say
        which it is.
    """
    if choices.models is not None or len(roles.models) < 2:
        return
    levels = [level for level in label.levels if level]
    positive = known_positive(levels, choices.positive)
    scale, decimal = choices.scale or "probability", choices.decimal or "."

    def named_whole(several: Sequence[str]) -> bool:
        return make_a_whole(source, several, scale=scale, decimal=decimal, named=True)

    groups = class_groups(roles.models, levels, named_whole)
    meanings = {spelling(level)[1] for level in levels}
    if not groups and meanings == {0, 1}:
        # Labels such as true or 1.0 beside columns such as p0 and p1.
        groups = class_groups(roles.models, ["0", "1"], named_whole)
        positive = None if positive is None else str(spelling(positive)[1])
    classes = {name for group in groups for name in group.values()}
    rest = [name for name in roles.models if name not in classes]
    unnamed = len(rest) > 1 and make_a_whole(source, rest, scale=scale, decimal=decimal)
    if not groups and not unnamed:
        return
    levels_words = ", ".join(repr(shown(level, 30)) for level in levels)
    if len(levels) > 2 and meanings != {0, 1} and choices.positive is None:
        raise ScoreError(
            "E_MULTICLASS",
            f"the label must have two values, got {levels_words}",
            file=source.name,
            column=label.name,
            hint=Wording("Say which one is the defect ", with_option("positive"), "."),
        )
    if positive is None:
        raise ScoreError(
            "E_POSLABEL",
            f"which label value is the defect must be known, got {levels_words}",
            file=source.name,
            column=label.name,
            hint=Wording("Say it ", with_option("positive"), "."),
        )
    if unnamed:
        raise ScoreError(
            "E_CLASSCOLUMN",
            "columns that add up to 1 must say whose probability they hold, "
            f"got {', '.join(shown(name, 30) for name in rest[:6])}",
            file=source.name,
            column=rest[0],
            hint=Wording(
                "Name the column with the defect's probability ", with_option("models"), "."
            ),
        )
    kept = {group[positive] for group in groups}
    roles.models = tuple(name for name in roles.models if name not in classes or name in kept)
