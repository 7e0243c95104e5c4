"""Counts by category: by segment, by kind of defect, and by the current system's decision.

The counts are exact at the thresholds they were computed for, and they add like the tally. The breakdowns of
a tally (`Tally.breakdowns`) are exact at all its thresholds and are stored in its file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.errors import Problem, warning
from metrics.io.checked_columns import Columns
from metrics.tally.bins import bin_edges, merge_bins, sum_dtype, sum_or_none
from metrics.tally.categories import MAX_CATEGORIES, OTHER, Categories
from metrics.tally.kernel import Floats

TODAY, ANSWERS = "today", ("passed", "flagged")
"""Name of the column of the current system's decision, and its category names."""
PASSED, FLAGGED = 0, 1
"""Positions of these categories."""


@dataclass(frozen=True)
class Breakdown:
    """Additive counts of ``M`` models at ``K`` thresholds over ``C`` parts of the rows and ``B`` buckets.

    Attributes
    ----------
    column : str
        Column that has the categories.
    categories : tuple of str, length C
        In order of appearance; an empty cell is "".
    models : tuple of str, length M
    thresholds : ndarray of float64, shape (M, K)
        Ascending for each model, padded with infinity.
    counts : ndarray of an integer type, shape (B, C, M, K + 1, 2)
        Rows of each class (0 good, 1 defect) with exactly ``bin`` thresholds at or below their score. Counts
        from a file have the file's narrow type. Sums are int64.
    weights : ndarray of float64 like counts, or None
        Summed weights; `None` if rows are not weighted.
    has_others : bool
        Whether there were more than `MAX_CATEGORIES` categories, so that later ones are in `OTHER`.
    """

    column: str
    categories: tuple[str, ...]
    models: tuple[str, ...]
    thresholds: Floats
    counts: NDArray[Any]
    weights: Floats | None = None
    has_others: bool = False

    @property
    def masses(self) -> NDArray[Any]:
        """Basis of rates: summed weights if rows are weighted, otherwise counts."""
        return self.counts if self.weights is None else self.weights

    def flagged_and_shipped(
        self, model: str, threshold: float, *, rows: bool = False
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Rows at or above a threshold, and rows below it, by bucket, category and class.

        Parameters
        ----------
        model : str
        threshold : float
            One of the model's `thresholds`, or infinity.
        rows : bool
            Whether to count each row as 1, regardless of its weight.

        Returns
        -------
        (ndarray, ndarray), each of shape (B, C, 2)

        Raises
        ------
        KeyError
            If there is no such model, or if the threshold was not counted.
        """
        if model not in self.models:
            raise KeyError(model)
        m = self.models.index(model)
        thresholds = self.thresholds[m]
        k = int(np.searchsorted(thresholds, threshold, side="left"))
        if threshold != np.inf and (k == thresholds.size or thresholds[k] != threshold):
            raise KeyError(threshold)
        bins = (self.counts if rows else self.masses)[:, :, m]
        flagged, shipped = bins[:, :, k + 1 :], bins[:, :, : k + 1]
        dtype = sum_dtype(bins)
        return flagged.sum(axis=2, dtype=dtype), shipped.sum(axis=2, dtype=dtype)

    def at(self, thresholds: Sequence[Floats]) -> Breakdown:
        """The same counts at other ascending thresholds of each model.

        Counts are exact at each threshold of the breakdown. Elsewhere they are exact if no score lies between
        the new threshold and the next higher threshold of the breakdown; see `Tally.is_exact`.
        """
        padded, edges = bin_edges(self.thresholds, thresholds)
        return replace(
            self,
            thresholds=padded,
            counts=merge_bins(self.counts, edges),
            weights=None if self.weights is None else merge_bins(self.weights, edges),
        )

    def of_models(self, models: Sequence[str]) -> Breakdown:
        """The breakdown of the given models only, in the given order."""
        positions = [self.models.index(model) for model in models]
        return replace(
            self,
            models=tuple(models),
            thresholds=self.thresholds[positions],
            counts=self.counts[:, :, positions],
            weights=None if self.weights is None else self.weights[:, :, positions],
        )

    def __add__(self, other: Breakdown) -> Breakdown:
        """Breakdown of the rows of both; ValueError unless both are counted in the same way.

        If one breakdown counts a category separately and the other has it in `OTHER`, its total is unknown.
        The sum then has it in `OTHER`. All other categories equal a count of all rows at once.
        """
        if (self.column, self.models) != (other.column, other.models):
            raise ValueError("breakdowns must be of one column and the same models to add")
        if not np.array_equal(self.thresholds, other.thresholds):
            raise ValueError("breakdowns must have equal thresholds to add")
        if (self.weights is None) != (other.weights is None):
            raise ValueError("breakdowns must both have weights to add")
        categories = self._common_categories(other)
        codes = [[categories.add(name) for name in b.categories] for b in (self, other)]
        size = len(categories.names)
        return replace(
            self,
            categories=tuple(categories.names),
            counts=_add_categories([self.counts, other.counts], codes, size),
            weights=(
                None
                if self.weights is None or other.weights is None
                else _add_categories([self.weights, other.weights], codes, size)
            ),
            has_others=categories.has_others,
        )

    def _common_categories(self, other: Breakdown) -> Categories:
        """Categories with a known total in both breakdowns, plus `OTHER`."""
        names, other_names = {*self.categories}, {*other.categories}
        if self.has_others:
            other_names &= names
        if other.has_others:
            names &= other_names
        common = Categories()
        for name in dict.fromkeys([*self.categories, *other.categories]):
            if name in names | other_names:
                common.add(name)
        common.has_others |= self.has_others or other.has_others
        common.are_fixed = True
        return common


def _add_categories(
    arrays: Sequence[NDArray[Any]], codes: Sequence[Sequence[int]], size: int
) -> NDArray[Any]:
    """Sum of arrays by category (axis 1); category ``c`` of an array goes to position ``codes[c]``."""
    first = arrays[0]
    out = np.zeros((first.shape[0], size, *first.shape[2:]), sum_dtype(first))
    for array, positions in zip(arrays, codes, strict=True):
        for c, position in enumerate(positions):
            out[:, position] += array[:, c]
    return out


@dataclass(frozen=True)
class BreakdownColumns:
    """Columns, and the current system, by which rows are counted separately.

    Attributes
    ----------
    defect_type : str or None
        Column of the kinds of defect.
    today : (str, float) or None
        Model and threshold of the current system.
    segment_categories : mapping of str to tuple of str
        Fixed categories of a segment; any other category is in `OTHER`.
    kind_categories : tuple of str or None
        Fixed kinds of defect; any other kind is in `OTHER`.
    """

    segments: tuple[str, ...] = ()
    defect_type: str | None = None
    today: tuple[str, float] | None = None
    segment_categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kind_categories: tuple[str, ...] | None = None

    @classmethod
    def of(cls, columns: Columns, today: tuple[str, float] | None = None) -> BreakdownColumns:
        """All segments and kinds of defect of a table, and the current system's decision."""
        return cls(columns.segments, columns.defect_type, today)

    def with_categories_of(self, like: Breakdowns | None) -> BreakdownColumns:
        """The same columns; a column that is in ``like`` gets the fixed categories of ``like``."""
        if like is None:
            return self
        shared = like.only(self)
        return replace(
            self,
            segment_categories={
                name: breakdown.categories for name, breakdown in shared.segments.items()
            },
            kind_categories=(
                None if shared.defect_types is None else shared.defect_types.categories
            ),
        )

    def __bool__(self) -> bool:
        """Whether there is any column or system to count by."""
        return bool(self.segments or self.defect_type is not None or self.today is not None)


@dataclass(frozen=True)
class Breakdowns:
    """Breakdowns of the same rows by all their columns.

    Attributes
    ----------
    defect_types : Breakdown or None
        Breakdown of the defective units only.
    today : Breakdown or None
        Its categories are `PASSED` and `FLAGGED`.
    current_point : (str, float) or None
        Model and threshold of the current system.
    flagged_today : ndarray, shape (PARTS, M, K + 1, 2), or None
        Rows (weight if rows are weighted) that the current system flags, by `part_of_buckets`; `None` if
        parts were not counted separately.
    """

    segments: Mapping[str, Breakdown]
    defect_types: Breakdown | None = None
    today: Breakdown | None = None
    current_point: tuple[str, float] | None = None
    flagged_today: NDArray[Any] | None = None

    @property
    def all(self) -> list[Breakdown]:
        """All breakdowns in one list."""
        return [b for b in (*self.segments.values(), self.defect_types, self.today) if b]

    @property
    def columns(self) -> BreakdownColumns:
        """Columns and system by which the rows were counted."""
        kind = None if self.defect_types is None else self.defect_types.column
        return BreakdownColumns(tuple(self.segments), kind, self.current_point)

    def paired_with(self, today: tuple[str, float]) -> NDArray[Any] | None:
        """`flagged_today` if ``today`` is the system that was counted, otherwise `None`."""
        return self.flagged_today if self.current_point == today else None

    def each(self, change: Callable[[Breakdown], Breakdown]) -> Breakdowns:
        """The breakdowns with a function applied to each."""
        return replace(
            self,
            segments={name: change(breakdown) for name, breakdown in self.segments.items()},
            defect_types=None if self.defect_types is None else change(self.defect_types),
            today=None if self.today is None else change(self.today),
            flagged_today=None,
        )

    def only(self, columns: BreakdownColumns) -> Breakdowns:
        """The breakdowns by some columns; the current system's decision only if the system is the same."""
        kinds = self.defect_types
        is_same = self.current_point is not None and self.current_point == columns.today
        return Breakdowns(
            segments={s: self.segments[s] for s in columns.segments if s in self.segments},
            defect_types=kinds if kinds and kinds.column == columns.defect_type else None,
            today=self.today if is_same else None,
            current_point=self.current_point if is_same else None,
            flagged_today=self.flagged_today if is_same else None,
        )

    def __add__(self, other: Breakdowns) -> Breakdowns:
        """Breakdowns of the rows of both, by the columns that both have."""
        breakdowns, others = self.only(other.columns), other.only(self.columns)
        segments = breakdowns.segments.items()
        return Breakdowns(
            segments={name: segment + others.segments[name] for name, segment in segments},
            defect_types=sum_or_none(breakdowns.defect_types, others.defect_types),
            today=sum_or_none(breakdowns.today, others.today),
            current_point=breakdowns.current_point,
            flagged_today=sum_or_none(breakdowns.flagged_today, others.flagged_today),
        )


def others_warnings(
    breakdowns: Breakdowns, like: Breakdowns | None = None, name: str = ""
) -> tuple[Problem, ...]:
    """A warning for each column with categories that are counted in `OTHER`.

    If the categories are those of another tally, ``like`` and ``name`` are its breakdowns and its name.
    """
    fixed = set() if like is None else {breakdown.column for breakdown in like.all}

    def reason(breakdown: Breakdown) -> str:
        if breakdown.column in fixed:
            return f"values that {name} does not have are counted together as {OTHER!r}"
        if len(breakdown.categories) > MAX_CATEGORIES:
            return (
                f"more than {MAX_CATEGORIES} different values: the later ones are counted together as "
                f"{OTHER!r}"
            )
        return f"values that are not counted apart here are counted together as {OTHER!r}"

    return tuple(
        warning(
            "W_OTHERS",
            reason(breakdown),
            column=breakdown.column,
            hint="Write fewer, wider categories into a column of their own.",
        )
        for breakdown in breakdowns.all
        if breakdown.has_others
    )
