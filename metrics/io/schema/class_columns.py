"""Columns with the probability of one class each: selection of the defect's column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from metrics.errors import ScoreError, Wording, shown, with_option
from metrics.io.column_roles import Roles
from metrics.io.formats.cells import Place, numbers_of
from metrics.io.formats.source import HEAD_ROWS, Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_facts import ColumnFacts, Floats, make_a_whole, numbers_in_head
from metrics.io.schema.column_words import is_predicted, is_score, normal, sense_of_score, words_of
from metrics.io.schema.label_values import ask_positive, known_positive, known_values, spelling
from metrics.io.schema.score_meaning import complements, never_below, separations


@dataclass
class ClassColumns:
    """Columns with the probability of one class each.

    Attributes
    ----------
    kept : frozenset of str
        Columns with the defect's probability.
    unused : dict of str to str
        The other columns, and the reason why they are not read.
    """

    kept: frozenset[str] = frozenset()
    unused: dict[str, str] = field(default_factory=dict)


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
        Function that tests whether columns add up to 1 in every row.

    Returns
    -------
    list of dict
        Label value to column: one dict for each model, with a column for every value.
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


def find_class_columns(
    scores: Sequence[ColumnFacts],
    roles: Roles,
    label: ColumnFacts | None,
    source: Source,
    choices: ReadOptions,
) -> ClassColumns:
    """Select the defect's column of every model that has a column for each class.

    Parameters
    ----------
    scores : sequence of ColumnFacts
        Candidates for models.
    roles : Roles
        Roles whose decisions distinguish classes from ranks.
    label : ColumnFacts or None
        `None` if another file may hold the label; classes are then recognised only by words such as good and
        bad.
    source : Source
    choices : ReadOptions

    Raises
    ------
    ScoreError
        ``E_MULTICLASS``, ``E_POSLABEL``, ``E_CLASSCOLUMN``, ``E_COMPLEMENT`` or ``E_TOPK`` if names and label
        values do not identify the columns.
    """
    found = ClassColumns()
    values = scores_in_head(scores, source, choices)
    if len(values) < 2:
        return found
    _refuse_ranks(values, roles, label, source, choices)
    levels = [level for level in (label.levels if label else ()) if level]
    meanings = {spelling(level)[1] for level in levels}
    positive = known_positive(levels, choices.positive, choices.negative)
    rest = _take_named_classes(found, list(values), levels, positive, label, source, choices)
    for name, other in _pairs(rest, values, choices):
        defect = _which_is_defect(name, other, levels, positive, meanings)
        if defect is None:
            raise _complement(name, other, label, levels, positive, source.name)
        good = other if defect == name else name
        found.kept |= {defect}
        found.unused[good] = f"it is 1 - {shown(defect, 30)}, the other class of the same model"
        rest = [column for column in rest if column not in (name, other)]
    if len(rest) > 2 and _add_up(rest, source, choices):
        if positive is None:
            raise _ask_positive(label, levels, meanings, choices, source.name)
        raise ScoreError(
            "E_CLASSCOLUMN",
            "columns that add up to 1 must say whose probability they hold, "
            f"got {', '.join(shown(name, 30) for name in rest[:6])}",
            file=source.name,
            column=rest[0],
            hint=Wording(
                "Name the column with the defect's probability ",
                with_option("models", *rest[:4]),
                ".",
            ),
        )
    classes = [name for name in values if name in found.kept or name in found.unused]
    _leave_confidences(found, rest, classes, values)
    return found


def _take_named_classes(
    found: ClassColumns,
    names: Sequence[str],
    levels: Sequence[str],
    positive: str | None,
    label: ColumnFacts | None,
    source: Source,
    choices: ReadOptions,
) -> list[str]:
    """Record the columns that are named by the label's values; return the other columns."""

    def add_up(columns: Sequence[str]) -> bool:
        return _add_up(columns, source, choices, named=True)

    groups = class_groups(names, levels, add_up)
    meanings = {spelling(level)[1] for level in levels}
    if not groups and meanings == {0, 1}:
        # Labels such as true or 1.0 may come with columns such as p0 and p1.
        groups = class_groups(names, ["0", "1"], add_up)
        positive = None if positive is None else str(spelling(positive)[1])
    if groups and positive is None:
        raise _ask_positive(label, levels, meanings, choices, source.name)
    for group in groups:
        for level, name in group.items():
            if level == positive:
                found.kept |= {name}
            else:
                found.unused[name] = f"it holds the probability of the class {shown(level, 30)!r}"
    return [name for name in names if name not in found.kept and name not in found.unused]


def _add_up(
    columns: Sequence[str], source: Source, choices: ReadOptions, *, named: bool = False
) -> bool:
    """Whether columns add up to 1 in every row; see `make_a_whole`."""
    scale, decimal = choices.scale or "probability", choices.decimal or "."
    return make_a_whole(source, columns, scale=scale, decimal=decimal, named=named)


def scores_in_head(
    scores: Sequence[ColumnFacts], source: Source, choices: ReadOptions
) -> dict[str, Floats]:
    """Return the sample's values of the columns that have only numbers."""
    signs = {"number": choices.decimal or ".", "decimal-comma": ","}
    return numbers_in_head(
        source, {f.name: signs[f.kind] for f in scores if f.kind in signs and not f.missing}
    )


def _pairs(
    names: Sequence[str], values: dict[str, Floats], choices: ReadOptions
) -> list[tuple[str, str]]:
    pairs = complements([values[name] for name in names], choices.scale)
    return [(names[k], names[j]) for k, j in pairs]


def _parts(name: str) -> list[str]:
    """Return the words of a name; a number at the end of a word becomes a separate word."""
    return [part for word in words_of(name) for part in re.findall(r"[a-z]+|[0-9]+", word)]


def _which_is_defect(
    name: str, other: str, levels: Sequence[str], positive: str | None, meanings: set[int]
) -> str | None:
    """Return which of two complementary columns is the defect's, by the words in which they differ."""
    first, second = _parts(name), _parts(other)
    words = ["_".join(w for w in first if w not in second)]
    words.append("_".join(w for w in second if w not in first))
    is_numbered = all(word.isdigit() for word in words)
    if positive is not None:
        named = [next((v for v in levels if normal(v) and normal(v) == w), None) for w in words]
        if all(named) or (any(named) and not is_numbered):
            is_first = named[0] == positive if named[0] is not None else named[1] != positive
            return name if is_first else other
    if set(words) == {"0", "1"}:
        # A class number alone corresponds to the label only if the label is a number.
        if meanings == {0, 1} and positive is not None:
            return (name, other)[words.index(str(spelling(positive)[1]))]
        return None
    if is_numbered:
        return None
    senses = [sense_of_score("p_" + word) if word else 0 for word in words]
    if senses[0] == senses[1]:
        senses = [sense_of_score(name), sense_of_score(other)]
    if senses[0] == senses[1] or (meanings == {0, 1} and _is_swapped(levels, positive)):
        return None
    return name if senses[0] > senses[1] else other


def _is_swapped(levels: Sequence[str], positive: str | None) -> bool:
    """Whether the caller's option makes the usual value of a good unit the defect."""
    return positive is not None and positive in levels and spelling(positive)[1] == 0


def _complement(
    name: str,
    other: str,
    label: ColumnFacts | None,
    levels: Sequence[str],
    positive: str | None,
    file: str,
) -> ScoreError:
    text = "the two classes of one model must be told apart, got two columns that add up to a constant: "
    error = ScoreError(
        "E_COMPLEMENT",
        f"{text}{shown(name, 30)!r} and {shown(other, 30)!r}",
        file=file,
        column=name,
        hint=Wording(
            "Name the one that holds the defect's probability ",
            with_option("models", name, other),
            ".",
        ),
    )
    if positive is not None or label is None or len(levels) != 2:
        return error
    return ScoreError.of(
        [*error.problems, *_ask_positive(label, levels, {-1}, None, file).problems]
    )


def _ask_positive(
    label: ColumnFacts | None,
    levels: Sequence[str],
    meanings: set[int],
    choices: ReadOptions | None,
    file: str,
) -> ScoreError:
    words = ", ".join(repr(shown(level, 30)) for level in levels)
    column = None if label is None else label.name
    if len(levels) > 2 and meanings != {0, 1} and (choices is None or choices.positive is None):
        return ScoreError(
            "E_MULTICLASS",
            f"the label must have two values, got {words}",
            file=file,
            column=column,
            hint=Wording("Say which one is the defect ", with_option("positive"), "."),
        )
    return ask_positive(words, file=file, column=column)


def _refuse_ranks(
    values: dict[str, Floats],
    roles: Roles,
    label: ColumnFacts | None,
    source: Source,
    choices: ReadOptions,
) -> None:
    """Raise if numbered columns decrease from one to the next in every row: these are ranks, not classes.

    Raises
    ------
    ScoreError
        ``E_TOPK``.
    """
    for names in _numbered_columns(values, source):
        columns = [values[name] for name in names]
        are_classes = len(names) == 2 and bool(complements(columns, choices.scale))
        if columns[0].size < (20 if are_classes else 5):
            continue
        if not all(never_below(a, b) for a, b in pairwise(columns)):
            continue
        if are_classes and (
            _flags_second(columns[1], roles, label, source, choices) or _rises(names, source)
        ):
            continue
        raise ScoreError(
            "E_TOPK",
            "each column must hold the scores of one class, got columns that are sorted by score in "
            f"every row, as a list of the most likely classes is: {', '.join(map(repr, names[:4]))}",
            file=source.name,
            column=names[0],
            hint=Wording(
                "Write the defect's score as a column of its own, or name it ",
                with_option("models", *names[:4]),
                " if one of them is.",
            ),
        )


def _numbered_columns(names: Iterable[str], source: Source) -> list[list[str]]:
    """Return the columns whose names differ only in a number and are numbered without gaps, in order."""
    by_class: frozenset[str] = getattr(source, "class_columns", frozenset())
    stems: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
    for name in names:
        parts = _parts(name)
        numbers = [k for k, part in enumerate(parts) if part.isdigit()]
        if numbers and name not in by_class:
            k = numbers[-1]
            stems[(*parts[:k], "#", *parts[k + 1 :])].append((int(parts[k]), name))
    found = []
    for numbered in map(sorted, stems.values()):
        first, size = numbered[0][0], len(numbered)
        if size > 1 and [number for number, _ in numbered] == list(range(first, first + size)):
            found.append([name for _, name in numbered])
    return found


def _flags_second(
    second: Floats,
    roles: Roles,
    label: ColumnFacts | None,
    source: Source,
    choices: ReadOptions,
) -> bool:
    """Whether decisions are a threshold of the second class's scores, so that the columns are classes."""
    heads = source.head()
    for name in roles.decisions:
        if name not in heads:
            continue
        codes = known_values(heads[name], Place(source, name), label, choices)
        is_known = codes >= 0
        if not is_known.any():
            continue
        scale = choices.scale or "probability"
        if separations(second[is_known], codes[is_known], scale).reading() == "defect":
            return True
    return False


def _rises(names: Sequence[str], source: Source) -> bool:
    """Whether the second column exceeds the first in a row after the sample."""
    if source.rows_claimed is not None and source.rows_claimed <= HEAD_ROWS:
        return False
    before = 0
    for first, second in source.batches(names, frozenset(names), 65_536):
        first_scores = numbers_of(first, Place(source, names[0], before))
        if (first_scores < numbers_of(second, Place(source, names[1], before))).any():
            return True
        before += len(first)
    return False


def _leave_confidences(
    found: ClassColumns, rest: Sequence[str], classes: Sequence[str], values: dict[str, Floats]
) -> None:
    """Leave out a column that repeats the defect's, or the largest, of a model's class probabilities."""
    if len(classes) < 2:
        return
    largest = np.max([values[name] for name in classes], axis=0)
    for name in rest:
        same = [kept for kept in found.kept if np.array_equal(values[kept], values[name])]
        if same:
            found.unused[name] = f"it repeats {shown(same[0], 30)!r}"
            continue
        close = np.abs(values[name] - largest) <= 0.0051
        if close.mean() >= 0.99 and (is_predicted(words_of(name)) or is_score(words_of(name))):
            found.unused[name] = "it is the confidence in the predicted class"
