"""Recognition of column roles by name: id, label, weight, value, group, segments.

Names are compared in normalised form (`ColumnFacts.key`, `ColumnFacts.words`). Uncertain roles raise a
question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pyarrow as pa

from metrics.errors import Keyword, Option, ScoreError, Wording, shown, with_option
from metrics.io.column_roles import IS_TEXT, Roles, require
from metrics.io.formats.cells import Location, text_of
from metrics.io.formats.source import HEAD_ROWS, Source
from metrics.io.hash_buckets import hash_text
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.label_values import likely_defect, spelling
from metrics.io.schema.vocabulary import (
    GROUP,
    ID,
    LABEL,
    LABEL_LIKE,
    OTHER,
    SEGMENT,
    SPLIT,
    VALUE,
    WEIGHT,
    is_good_label,
    is_label,
    is_model,
    is_predicted,
    is_score,
    is_training,
    is_true,
    truth_of,
)
from metrics.io.validation.duplicates import RepeatedHashes

_SINGLE: tuple[Keyword, ...] = ("weight", "value", "group", "defect_type")
_NUMBER_OF = re.compile(r"_(no|nr|num|number|key|code|serial)$")
NUMBERED_SPLIT = frozenset("split partition data_split".split())
"""Names of a split whose values may be numbers; the number of a set may be anything."""
MOST_SPLITS = 8
"""Largest number of values of a column that marks training and test rows."""
FEWEST_SERIALS = 20
"""Smallest number of rows at which a column of unique texts is used as the id."""
_MACHINE = frozenset("auto automatic system weak machine ai".split())
"""Words of a label that a machine may have given."""
_INSPECTION = frozenset(
    "inspection inspected inspector teardown audit lab microscope final manual human verified".split()
)
"""Words of a column that holds the result of an inspection."""
_BOX = frozenset("x y h left top height xmin ymin xmax ymax x1 y1 cx cy".split())
"""Names of other sides of a bounding box, whose width may be called ``w``."""


def find_roles(first: FirstRows, *, alone: bool = True) -> Roles:
    """Find the columns of id, label, weight, value, group and segments; `find_models` finds the models.

    Parameters
    ----------
    first : FirstRows
    alone : bool
        True if no other file can hold the label.

    Raises
    ------
    ScoreError
        ``E_COLUMN`` if an option names a missing column; ``E_TWOLABELS`` if several columns may be the label.
    """
    facts, choices = first.facts, first.choices

    def named(role: Keyword) -> tuple[str, ...]:
        known, option = [f.name for f in facts], Option(role)
        return tuple(require(known, name, option, first.file) for name in choices.named(role))

    single: dict[str, Any] = {role: next(iter(named(role)), None) for role in _SINGLE}
    roles = Roles(
        label=next(iter(named("label")), None),
        id=named("id"),
        **single,
        segments=named("segments"),
        decisions=named("decision"),
    )
    models = {*(choices.models or ()), *filter(None, [choices.score])}
    if roles.label is None:
        free = [f for f in facts if f.name not in roles.used() | models]
        roles.label = _find_label(free, first.source)
        if roles.label is None and alone:
            roles.label = _like_label(free, first.source) or _good_label(free)
    if choices.id is None:
        roles.id = _find_id(facts, roles.used() | models)
    for role, words in (("weight", WEIGHT), ("value", VALUE), ("group", GROUP)):
        if getattr(roles, role) is None:
            taken = roles.used() | models | (_widths(facts) if role == "weight" else set())
            setattr(roles, role, _first(facts, words, taken))
    if choices.segments is None:
        taken = roles.used() | models
        roles.segments = tuple(f.name for f in facts if f.key in SEGMENT and f.name not in taken)
    roles.split = _find_split(facts, roles.used() - set(roles.segments) | models)
    return roles


def _find_split(facts: Sequence[ColumnFacts], taken: set[str]) -> str | None:
    """Return the column that marks training and test rows, by its name or by values such as ``train``."""
    few = [f for f in facts if f.distinct <= MOST_SPLITS and f.name not in taken]
    numbered = [f for f in few if f.kind == "text" or (f.whole and f.key in NUMBERED_SPLIT)]
    named = _first(numbered, SPLIT, set())
    marked = (
        f.name
        for f in few
        if (f.kind == "text" and any(map(is_training, f.values)))
        or (f.binary and is_training(f.name) and not is_score(f.words))
    )
    return named or next(marked, None)


def _first(facts: Sequence[ColumnFacts], words: Sequence[str], taken: set[str]) -> str | None:
    """Return the column whose name comes first among ``words``."""
    found = [
        (words.index(f.key), k, f.name)
        for k, f in enumerate(facts)
        if f.key in words and f.name not in taken
    ]
    return min(found)[2] if found else None


def _widths(facts: Sequence[ColumnFacts]) -> set[str]:
    """Return columns called ``w`` or ``weight`` that are a width or a body weight, judged by all columns."""
    keys = {f.key for f in facts}
    # Alone, x is a feature and y the label.
    sides = (_BOX - {"x", "y"}) & keys
    sizes = {"w"} if sides or {"x", "y"} <= keys else set()
    if len(_BOX & keys) > 1 or not {"height", "bmi"}.isdisjoint(keys):
        sizes.add("weight")
    return {f.name for f in facts if f.key in sizes}


def _find_label(free: Sequence[ColumnFacts], source: Source) -> str | None:
    """Find the label by name; fractions and predictions are never labels.

    Names that mark the truth take precedence. Several remaining candidates must be two-valued and must agree.
    """
    named = [f for f in free if _may_be_label(f) and not _is_model_label(f, free)]
    if any(f.key == "x" and f.kind == "number" for f in free):
        # Next to an x, a column y may be a position in a picture or a tray.
        named = [f for f in named if f.key != "y" or (f.distinct <= 2 and len(named) == 1)]
    true = [f for f in named if is_true(f.words)]
    found = true or named
    if len(found) > 1:
        found = [f for f in found if f.distinct <= 2] or found
    found.sort(key=lambda f: LABEL.index(f.key) if f.key in LABEL else len(LABEL))
    if len(found) == 1 and _may_be_machine(found[0]):
        found += [f for f in free if _may_be_truth(f, found[0])]
    if len(found) > 1 and not agree(found, source):
        raise _several_labels_error(found, source.name)
    return found[0].name if found else None


def _may_be_machine(label: ColumnFacts) -> bool:
    """Whether a label may be the class that a machine gave, such as ``class`` or ``auto_label``."""
    return label.key in ("class", "classes") or not _MACHINE.isdisjoint(label.words)


def _may_be_truth(facts: ColumnFacts, label: ColumnFacts) -> bool:
    """Whether a column may be the truth beside a label that a machine may have given.

    It has the name of an inspection. Beside a label named after a machine, two words such as OK and NG do.
    """
    if facts.name == label.name or facts.distinct != 2 or is_predicted(facts.words):
        return False
    are_words = likely_defect(facts.values) is not None
    if _INSPECTION.isdisjoint(facts.words):
        return are_words and not _MACHINE.isdisjoint(label.words)
    return are_words or facts.values == label.values


def _like_label(free: Sequence[ColumnFacts], source: Source) -> str | None:
    """Return a two-valued column that is probably the label.

    Its name is in `LABEL_LIKE`, or another column is named as its prediction.
    """
    predicted = [truth_of(f.words) for f in free if is_predicted(f.words)]
    found = [
        f
        for f in free
        if f.distinct <= 2 and (f.whole or f.kind == "text") and not is_predicted(f.words)
        if f.key in LABEL_LIKE or f.words in predicted
    ]
    if len(found) > 1 and not agree(found, source):
        raise _several_labels_error(found, source.name)
    return found[0].name if found else None


def _may_be_label(facts: ColumnFacts) -> bool:
    """Whether a column has a label's name and a possible kind."""
    if not is_label(facts.name) or facts.kind in ("nested", "empty", "decimal-comma"):
        return False
    return not facts.is_vector and (facts.whole or facts.kind != "number")


def _is_model_label(facts: ColumnFacts, free: Sequence[ColumnFacts]) -> bool:
    """Whether a label has a model's name, such as ``rf_label`` next to ``rf_score``."""
    if facts.key in LABEL or not facts.key.endswith(("_label", "_labels")):
        return False
    stem = facts.words[:-1]
    if is_true(stem):
        return False
    return is_model(stem) or any(stem == f.words[:-1] for f in free if is_score(f.words))


def agree(found: Sequence[ColumnFacts], source: Source) -> bool:
    """Whether columns have the same class in every row, in any spelling."""
    names = [f.name for f in found]
    pairs: list[set[tuple[str, str]]] = [set() for _ in names[1:]]
    for arrays in rows_of(names, source):
        texts = [
            text_of(array, Location(source, name)).fill_null("")
            for name, array in zip(names, arrays, strict=True)
        ]
        for joint, other in zip(pairs, texts[1:], strict=True):
            both = pa.table({"first": texts[0], "other": other}).group_by(["first", "other"])
            rows = both.aggregate([]).to_pylist()
            joint |= {(row["first"], row["other"]) for row in rows}
            # Classes are the same if each value has a single counterpart.
            if len(joint) > min(len({a for a, _ in joint}), len({b for _, b in joint})):
                return False
    return True


def rows_of(names: Sequence[str], source: Source) -> Iterator[list[pa.Array]]:
    """Yield columns of the first rows, then of all rows if there are more."""
    heads = source.head()
    first = [heads[name] for name in names]
    yield first
    if len(first[0]) == HEAD_ROWS:
        yield from source.batches(names, frozenset(), 65_536)


def _several_labels_error(found: Sequence[ColumnFacts], file: str) -> ScoreError:
    names = [f.name for f in found]
    return ScoreError(
        "E_TWOLABELS",
        "one column must be the label, got several that differ: "
        + ", ".join(repr(shown(name, 30)) for name in names[:6]),
        file=file,
        column=found[0].name,
        hint=Wording("Name the true label ", with_option("label", *names[:4]), "."),
    )


def _good_label(free: Sequence[ColumnFacts]) -> str | None:
    """Return the only two-valued column with the name of a good unit, such as ``passed``."""
    found = [
        f.name
        for f in free
        if is_good_label(f.words) and f.distinct <= 2 and not is_score(f.words)
        if all(spelling(level)[1] >= 0 for level in f.levels if level)
    ]
    return found[0] if len(found) == 1 else None


def _find_id(facts: Sequence[ColumnFacts], taken: set[str]) -> tuple[str, ...]:
    """Find the id: by name, otherwise the index of a pandas frame, or a nameless first column."""
    free = [f for f in facts if f.name not in taken]
    index = [f for f in free if f.key == "index_level_0"]
    nameless = [f for f in facts[:1] if not f.name.strip() or f.key == "unnamed_0"]
    found = [*_named_ids(free), *index, *nameless]
    return tuple(f.name for f in found if f.name not in taken)[:1]


def _named_ids(free: Sequence[ColumnFacts]) -> list[ColumnFacts]:
    """Return the columns with the name of an id; only those without repeats, if there are any."""
    named = sorted((f for f in free if f.key in ID), key=lambda f: ID.index(f.key))
    named += [f for f in free if f.key.endswith("_id") and f.key not in ID]
    # A repeating value, such as a camera's number, is not the id if another column is unique.
    numbers = [f for f in free if _NUMBER_OF.search(f.key)] if named else []
    unique = [[f for f in columns if f.distinct == f.rows] for columns in (named, numbers)]
    return unique[0] or unique[1] or named


def unique_text(first: FirstRows, roles: Roles) -> str | None:
    """Return the first unused column of texts that differ in every row, such as serial numbers.

    A table of few rows gives no such column, because few values may differ by chance.
    """
    for f in first.facts:
        is_free = roles.unused.get(f.name) == IS_TEXT and f.key not in OTHER and not f.is_vector
        is_unique = f.distinct == f.rows >= FEWEST_SERIALS and not f.missing
        if is_free and is_unique and not _repeats(f, first.source):
            return f.name
    return None


def _repeats(facts: ColumnFacts, source: Source) -> bool:
    """Whether a column that is unique in the first rows repeats a value in a later row."""
    if facts.rows < HEAD_ROWS:
        return False
    with closing(RepeatedHashes()) as hashes:
        for [column] in source.batches([facts.name], frozenset(), 65_536):
            hashes.add(hash_text(text_of(column, Location(source, facts.name)).fill_null("")))
        return bool(hashes.repeated().size)
