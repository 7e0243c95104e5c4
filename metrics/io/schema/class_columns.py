"""Columns with the probability of one class each: selection of the defect's column.

The probabilities of all classes add up to a constant in every row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from metrics.errors import ScoreError, Wording, shown, with_option
from metrics.io.column_roles import Roles
from metrics.io.formats.cells import Location, numbers_of
from metrics.io.formats.source import HEAD_ROWS
from metrics.io.read_options import Scale
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.label_values import known_positive, spelling, unknown_defect_error
from metrics.io.schema.score_meaning import SUM_OF_CLASSES, Floats, separations
from metrics.io.schema.vocabulary import (
    is_predicted,
    is_score,
    normal,
    parts_of,
    sense_of_score,
    words_of,
)

_SUMS: dict[Scale, tuple[float, ...]] = {
    "probability": (1.0,),
    "percent": (100.0,),
    "logit": (1.0,),
    "rank": (1.0, 100.0),
}
"""Possible sums of the probabilities of all classes."""
ROUNDED_TO_TWO = 0.0051
"""Tolerance for a score that was rounded to two decimals."""
SAMPLED_ROWS = 11
"""Number of rows in which two columns are compared first."""


def are_classes(columns: Sequence[Floats], scale: Scale, *, are_named: bool = False) -> bool:
    """Whether columns add up to 1 (or 100 for per cent) in every row.

    If the names already show that each column is of one class (``are_named``), the sums may be less exact,
    and a few rows may deviate; log-odds are then opposites. Rounding to d decimals changes a sum of k columns
    by up to k / 2 units of the last decimal.
    """
    total = np.sum(columns, axis=0)
    if are_named and scale in ("logit", "rank") and len(columns) == 2:
        size = np.maximum(1.0, np.abs(columns[0]))
        if (np.abs(total) <= 0.01 * size).all() and np.any(columns):
            return True
    tolerance, share = (0.005, 0.95) if are_named else (0.0005, 0.99)
    near = [
        np.abs(total / whole - 1.0) <= tolerance * len(columns) + 1e-9 for whole in _SUMS[scale]
    ]
    return any(float(rows.mean()) >= share for rows in near)


def complements(columns: Sequence[Floats], scale: Scale | None) -> list[tuple[int, int]]:
    """Find the positions of pairs of columns with a constant sum: the two classes of one model.

    Without a scale the sum may be 1, 100 or 0. No column is in two pairs. The sum must be constant in 99% of
    the rows. A constant column is in no pair, because it gives no evidence.
    """
    if len(columns) < 2 or not columns[0].size:
        return []
    values = np.stack(columns)
    free = np.flatnonzero(values.min(axis=1) < values.max(axis=1)).tolist()
    pairs = []
    while free:
        first = free.pop(0)
        second = _find_complement(first, free, values, scale)
        if second is not None:
            free.remove(second)
            pairs.append((first, second))
    return pairs


def _find_complement(
    first: int, others: list[int], values: Floats, scale: Scale | None
) -> int | None:
    """Find the position of a column whose sum with the first one is constant."""
    column, rows = values[first], values.shape[1]
    sample = np.linspace(0, rows - 1, min(SAMPLED_ROWS, rows)).astype(int)
    for whole in (1.0, 100.0, 0.0) if scale is None else (SUM_OF_CLASSES[scale],):
        # Detectors with 0 in most rows add up to 0 there, although they are two models.
        if whole == 0.0 and np.count_nonzero(column) <= rows / 2:
            continue
        tolerance = _tolerance(column, whole)
        sums = values[np.ix_(others, sample)] + column[sample]
        is_likely = (np.abs(sums - whole) <= tolerance[sample]).mean(axis=1) >= 0.8
        for other in np.compress(is_likely, others).tolist():
            if (np.abs(values[other] + column - whole) <= tolerance).mean() >= 0.99:
                return int(other)
    return None


def _tolerance(values: Floats, whole: float) -> Floats:
    """Tolerance of a sum for rounding; for probabilities, half a unit of each of two rounded scores.

    Scores with at most three decimals may have been rounded to two. Log-odds have a relative tolerance.
    """
    if whole == 0.0:
        return 0.001 * np.maximum(1.0, np.abs(values))
    class_shares = values / whole
    is_rounded = (np.abs(np.round(class_shares, 3) - class_shares) < 1e-9).all()
    return np.full(values.shape, whole * (0.01001 if is_rounded else 0.0005))


def class_groups(columns: Sequence[str], levels: Sequence[str]) -> list[dict[str, str]]:
    """Find models with a column for each of the label's values, such as p0 and p1; return it by value."""
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for column in columns:
        for level in sorted(levels, key=len, reverse=True):
            name, end = normal(column), normal(level)
            if not end or not name.endswith(end):
                continue
            stem = name[: -len(end)]
            if stem in {"", "p", "prob", "proba", "class"} or stem.endswith("_"):
                groups[stem].setdefault(level, column)
                break
    return [group for group in groups.values() if len(group) == len(levels) > 1]


def never_below(first: Floats, second: Floats) -> bool:
    """Whether one column is at least another in every row, as in a list sorted by score."""
    return bool((first >= second).all()) and bool((first > second).any())


class ClassColumns:
    """The defect's column of every model that has a column for each class.

    Decisions among the roles distinguish classes from ranks. The label may be in another file; classes are
    then recognised only by words such as good and bad. Raise ``E_MULTICLASS``, ``E_POSLABEL``,
    ``E_CLASSCOLUMN``, ``E_COMPLEMENT`` or ``E_TOPK`` if names and label values do not identify the columns.

    Attributes
    ----------
    kept : list of str
        Columns with the defect's probability.
    unused : dict of str to str
        The other columns, and the reason why they are not read.
    """

    def __init__(
        self,
        first: FirstRows,
        scores: Sequence[ColumnFacts],
        roles: Roles,
        label: ColumnFacts | None,
    ) -> None:
        self._first, self._label = first, label
        self.kept: list[str] = []
        self.unused: dict[str, str] = {}
        self._values = first.scores(scores)
        if len(self._values) < 2:
            return
        self._levels = label.values if label else ()
        self._meanings = {spelling(level)[1] for level in self._levels}
        choices = first.choices
        self._positive = known_positive(self._levels, choices.positive, choices.negative)
        self._refuse_ranks(roles)
        self._take_named_classes()
        self._take_pairs()
        rest = self._rest()
        if len(rest) > 2 and self._are_classes(rest):
            raise (
                self._unknown_defect_error()
                if self._positive is None
                else self._unnamed_error(rest)
            )
        self._leave_confidences(rest)

    def _rest(self) -> list[str]:
        """Return the columns that are not known to be of one class."""
        return [name for name in self._values if name not in (*self.kept, *self.unused)]

    def _take_named_classes(self) -> None:
        """Record the columns that are named by the label's values."""
        positive = self._positive
        groups = self._class_groups(self._levels)
        if not groups and self._meanings == {0, 1}:
            # Labels such as true or 1.0 may come with columns such as p0 and p1.
            groups = self._class_groups(["0", "1"])
            positive = None if positive is None else str(spelling(positive)[1])
        if groups and positive is None:
            raise self._unknown_defect_error()
        for group in groups:
            for level, name in group.items():
                if level == positive:
                    self.kept.append(name)
                else:
                    reason = f"it holds the probability of the class {shown(level, 30)!r}"
                    self.unused[name] = reason

    def _class_groups(self, levels: Sequence[str]) -> list[dict[str, str]]:
        """Find the columns that are named by the label's values and add up to a constant, by model."""
        groups = class_groups([*self._values], levels)
        return [group for group in groups if self._are_classes([*group.values()], are_named=True)]

    def _are_classes(self, names: Sequence[str], *, are_named: bool = False) -> bool:
        """Whether all columns are numbers, and add up to a constant in every row."""
        columns = [*self._first.numbers(names).values()]
        scale = self._first.choices.assumed_scale
        return len(columns) == len(names) and are_classes(columns, scale, are_named=are_named)

    def _take_pairs(self) -> None:
        """Record the columns that are the two classes of one model, because their sum is constant."""
        rest = self._rest()
        pairs = complements([self._values[name] for name in rest], self._first.choices.scale)
        for name, other in ((rest[k], rest[j]) for k, j in pairs):
            defect = self._which_is_defect(name, other)
            if defect is None:
                raise self._complement_error(name, other)
            good = other if defect == name else name
            self.kept.append(defect)
            self.unused[good] = f"it is 1 - {shown(defect, 30)}, the other class of the same model"

    def _which_is_defect(self, name: str, other: str) -> str | None:
        """Return which of two complementary columns is the defect's, by the words in which they differ."""
        levels, positive = self._levels, self._positive
        first, second = parts_of(name), parts_of(other)
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
            if self._meanings == {0, 1} and positive is not None:
                return (name, other)[words.index(str(spelling(positive)[1]))]
            return None
        if is_numbered:
            return None
        senses = [sense_of_score("p_" + word) if word else 0 for word in words]
        if senses[0] == senses[1]:
            senses = [sense_of_score(name), sense_of_score(other)]
        # The caller's option may make the usual value of a good unit the defect.
        is_swapped = positive in levels and spelling(str(positive))[1] == 0
        if senses[0] == senses[1] or (self._meanings == {0, 1} and is_swapped):
            return None
        return name if senses[0] > senses[1] else other

    def _complement_error(self, name: str, other: str) -> ScoreError:
        option = with_option("models", name, other)
        error = ScoreError(
            "E_COMPLEMENT",
            "the two classes of one model must be told apart, got two columns that add up to a constant: "
            f"{shown(name, 30)!r} and {shown(other, 30)!r}",
            file=self._first.file,
            column=name,
            hint=Wording("Name the one that holds the defect's probability ", option, "."),
        )
        if self._positive is not None or self._label is None or len(self._levels) != 2:
            return error
        return ScoreError.of([*error.problems, *self._unknown_defect_error().problems])

    def _unnamed_error(self, rest: Sequence[str]) -> ScoreError:
        option = with_option("models", *rest[:4])
        return ScoreError(
            "E_CLASSCOLUMN",
            "columns that add up to 1 must say whose probability they hold, "
            f"got {', '.join(shown(name, 30) for name in rest[:6])}",
            file=self._first.file,
            column=rest[0],
            hint=Wording("Name the column with the defect's probability ", option, "."),
        )

    def _unknown_defect_error(self) -> ScoreError:
        words = [repr(shown(level, 30)) for level in self._levels]
        file, column = self._first.file, None if self._label is None else self._label.name
        is_named = self._first.choices.positive is not None
        if len(words) > 2 and self._meanings != {0, 1} and not is_named:
            return ScoreError(
                "E_MULTICLASS",
                f"the label must have two values, got {', '.join(words)}",
                file=file,
                column=column,
                hint=Wording("Say which one is the defect ", with_option("positive"), "."),
            )
        return unknown_defect_error(words, file=file, column=column)

    def _refuse_ranks(self, roles: Roles) -> None:
        """Raise ``E_TOPK`` if numbered columns decrease from one to the next in every row.

        Such columns are ranks, not classes.
        """
        for names in self._numbered_columns():
            columns = [self._values[name] for name in names]
            are_classes = len(names) == 2 and bool(complements(columns, self._first.choices.scale))
            if columns[0].size < (20 if are_classes else 5):
                continue
            if not all(never_below(a, b) for a, b in pairwise(columns)):
                continue
            if are_classes and (self._flags_second(names[1], roles) or self._rises(names)):
                continue
            option = with_option("models", *names[:4])
            raise ScoreError(
                "E_TOPK",
                "each column must hold the scores of one class, got columns that are sorted by score in "
                f"every row, as a list of the most likely classes is: {', '.join(map(repr, names[:4]))}",
                file=self._first.file,
                column=names[0],
                hint=Wording(
                    "Write the defect's score as a column of its own, or name it ",
                    option,
                    " if one of them is.",
                ),
            )

    def _numbered_columns(self) -> list[list[str]]:
        """Return the columns whose names differ only in a number and are numbered without gaps, in order."""
        by_class: frozenset[str] = getattr(self._first.source, "class_columns", frozenset())
        stems: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
        for name in self._values:
            parts = parts_of(name)
            numbers = [k for k, part in enumerate(parts) if part.isdigit()]
            if numbers and name not in by_class:
                k = numbers[-1]
                stems[(*parts[:k], "#", *parts[k + 1 :])].append((int(parts[k]), name))
        sequences = []
        for numbered in map(sorted, stems.values()):
            first, size = numbered[0][0], len(numbered)
            if size > 1 and [number for number, _ in numbered] == [*range(first, first + size)]:
                sequences.append([name for _, name in numbered])
        return sequences

    def _flags_second(self, second: str, roles: Roles) -> bool:
        """Whether decisions are a threshold of the second class's scores, so that the columns are classes."""
        heads, scale = self._first.source.head(), self._first.choices.assumed_scale
        for name in roles.decisions:
            if name not in heads:
                continue
            codes = self._first.decisions(name, self._levels)
            is_known, scores = codes >= 0, self._values[second]
            if (
                is_known.any()
                and separations(scores[is_known], codes[is_known], scale).reading() == "defect"
            ):
                return True
        return False

    def _rises(self, names: Sequence[str]) -> bool:
        """Whether the second column exceeds the first in a row after the first rows."""
        source = self._first.source
        if source.rows_claimed is not None and source.rows_claimed <= HEAD_ROWS:
            return False
        before = 0
        for arrays in source.batches(names, frozenset(names), 65_536):
            first, second = (
                numbers_of(array, Location(source, name, before))
                for name, array in zip(names, arrays, strict=True)
            )
            if (first < second).any():
                return True
            before += first.size
        return False

    def _leave_confidences(self, rest: Sequence[str]) -> None:
        """Leave out a column that repeats the defect's, or the largest, of a model's class probabilities."""
        classes = [self._values[name] for name in (*self.kept, *self.unused)]
        if len(classes) < 2:
            return
        largest = np.max(classes, axis=0)
        for name in rest:
            values = self._values[name]
            same = [kept for kept in self.kept if np.array_equal(self._values[kept], values)]
            if same:
                self.unused[name] = f"it repeats {shown(same[0], 30)!r}"
                continue
            close = np.abs(values - largest) <= ROUNDED_TO_TWO
            if close.mean() >= 0.99 and (is_predicted(words_of(name)) or is_score(words_of(name))):
                self.unused[name] = "it is the confidence in the predicted class"
