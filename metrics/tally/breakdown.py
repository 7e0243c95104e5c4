"""Counts by category: by segment, by kind of defect, and by the current system's decision.

The counts are exact at the thresholds they were computed for, and they add like the tally. The breakdowns of
a tally (`Tally.breakdowns`) are exact at all its thresholds and are stored in its file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, shown, warning
from metrics.io.checked_columns import Columns
from metrics.io.formats.arrow_arrays import plain
from metrics.io.hashing import bucket_of
from metrics.io.scores import Scores
from metrics.io.validation.read_batches import Batch, as_rows
from metrics.tally.kernel import Floats, is_flagged

MAX_CATEGORIES = 32
"""Largest number of categories of a column that are counted separately, in order of appearance."""
OTHER = "other"
"""Name of the category that collects all later categories."""
FEW_TEXTS = 4096
"""Largest number of texts in a dictionary that are looked up one by one."""
PASSED, FLAGGED = 0, 1
"""Categories of the current system's decision."""
TODAY, ANSWERS = "today", ("passed", "flagged")
"""Name of the column of the current system's decision, and its category names."""
PARTS = 34
"""Number of parts of a tally's rows. The first part orders operating points, the others test them in turn."""


def part_of_buckets(buckets: int) -> NDArray[np.intp]:
    """Part that each bucket belongs to, shape (buckets,); every third bucket is in the first part."""
    places = np.arange(buckets)
    testing = places - places // 3 - 1
    return np.where(places % 3 == 0, 0, 1 + testing % (PARTS - 1))


@dataclass(frozen=True)
class Breakdown:
    """Additive counts of ``M`` models at ``K`` thresholds over ``C`` parts of the rows and ``B`` buckets.

    Attributes
    ----------
    column : str
        Column whose values are the categories.
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
        own = self.thresholds[m]
        k = int(np.searchsorted(own, threshold, side="left"))
        if threshold != np.inf and (k == own.size or own[k] != threshold):
            raise KeyError(threshold)
        bins = (self.counts if rows else self.masses)[:, :, m]
        wide = _wide(bins)
        above, below = bins[:, :, k + 1 :], bins[:, :, : k + 1]
        return above.sum(axis=2, dtype=wide), below.sum(axis=2, dtype=wide)

    def at(self, thresholds: Sequence[Floats]) -> Breakdown:
        """The same counts at some ascending thresholds of each model.

        They are exact at the breakdown's own thresholds. They are also exact if no score lies between a
        threshold and the breakdown's next one: `Tally.is_exact`.
        """
        models, bins = len(self.models), self.counts.shape[3]
        widest = max((own.size for own in thresholds), default=0)
        padded = np.full((models, widest), np.inf)
        edges = np.full((models, widest + 2), bins)
        for m, wanted in enumerate(thresholds):
            padded[m, : wanted.size] = wanted
            edges[m, 0] = 0
            beyond = 1 + np.searchsorted(self.thresholds[m], wanted)
            edges[m, 1 : wanted.size + 1] = np.minimum(beyond, bins)
        return replace(
            self,
            thresholds=padded,
            counts=_between(self.counts, edges),
            weights=None if self.weights is None else _between(self.weights, edges),
        )

    def of_models(self, models: Sequence[str]) -> Breakdown:
        """The breakdown of the given models only, in the given order."""
        at = [self.models.index(model) for model in models]
        return replace(
            self,
            models=tuple(models),
            thresholds=self.thresholds[at],
            counts=self.counts[:, :, at],
            weights=None if self.weights is None else self.weights[:, :, at],
        )

    def __add__(self, other: Breakdown) -> Breakdown:
        """Breakdown of the rows of both; ValueError unless both are counted in the same way.

        A category that one breakdown counts separately may be in the other's `OTHER`. Its total is then
        unknown, and the sum puts it into `OTHER`. The remaining categories equal a count of all rows at once.
        """
        if (self.column, self.models) != (other.column, other.models):
            raise ValueError("breakdowns must be of one column and the same models to add")
        if not np.array_equal(self.thresholds, other.thresholds):
            raise ValueError("breakdowns must have equal thresholds to add")
        if (self.weights is None) != (other.weights is None):
            raise ValueError("breakdowns must both have weights to add")
        known = Categories.of_both(self, other)
        codes = [[known.add(name) for name in breakdown.categories] for breakdown in (self, other)]
        size = len(known.names)
        return replace(
            self,
            categories=tuple(known.names),
            counts=_added([self.counts, other.counts], codes, size),
            weights=(
                None
                if self.weights is None or other.weights is None
                else _added([self.weights, other.weights], codes, size)
            ),
            has_others=known.has_others,
        )


def _wide(bins: NDArray[Any]) -> np.dtype[Any]:
    """Dtype for sums of counts or weights."""
    return np.dtype(np.int64) if bins.dtype.kind in "iu" else bins.dtype


def _between(bins: NDArray[Any], edges: NDArray[np.int64]) -> NDArray[Any]:
    """Sums of each model's bins (axis 3) from one edge to the next; the last edge is the end."""
    out = np.zeros((*bins.shape[:3], edges.shape[1] - 1, 2), _wide(bins))
    for m, own in enumerate(edges):
        # Each range is summed directly: differences of cumulative sums would leave rounding errors.
        boundaries = np.flatnonzero(np.diff(own) > 0)
        out[:, :, m, boundaries] = np.add.reduceat(
            bins[:, :, m], own[boundaries], axis=2, dtype=out.dtype
        )
    return out


def _added(
    arrays: Sequence[NDArray[Any]], codes: Sequence[Sequence[int]], size: int
) -> NDArray[Any]:
    """Sum of arrays over their second axis, where each array has its own positions in the result."""
    first = arrays[0]
    out = np.zeros((first.shape[0], size, *first.shape[2:]), _wide(first))
    for own, places in zip(arrays, codes, strict=True):
        for c, place in enumerate(places):
            out[:, place] += own[:, c]
    return out


def _widened(own: NDArray[Any], size: int) -> NDArray[Any]:
    """A copy that is padded with zeros at the end of the second axis."""
    out = np.zeros((own.shape[0], size, *own.shape[2:]), own.dtype)
    out[:, : own.shape[1]] = own
    return out


@dataclass
class Categories:
    """Categories in order of appearance; if they are fixed, any other category is in `OTHER`."""

    names: list[str] = field(default_factory=list)
    has_others: bool = False
    are_fixed: bool = False

    @classmethod
    def of_both(cls, breakdown: Breakdown, other: Breakdown) -> Categories:
        """Categories whose rows are all known in two breakdowns, plus `OTHER`."""
        of_one, of_other = {*breakdown.categories}, {*other.categories}
        if breakdown.has_others:
            of_other &= of_one
        if other.has_others:
            of_one &= of_other
        known = cls()
        for name in dict.fromkeys([*breakdown.categories, *other.categories]):
            if name in of_one | of_other:
                known.add(name)
        known.has_others |= breakdown.has_others or other.has_others
        known.are_fixed = True
        return known

    @classmethod
    def fixed(cls, names: Sequence[str] | None) -> Categories:
        """Fixed categories, to which none is added; if `None`, categories are added as they appear."""
        return cls() if names is None else cls(list(names), are_fixed=True)

    @property
    def _is_full(self) -> bool:
        return self.are_fixed or self.has_others or len(self.names) >= MAX_CATEGORIES

    @property
    def most(self) -> int:
        """Largest possible number of categories after all rows; `OTHER` adds one to the named ones."""
        return len(self.names) + 1 if self.are_fixed else max(len(self.names), MAX_CATEGORIES) + 1

    def add(self, name: str) -> int:
        """Position of a category; that of `OTHER` if there are too many categories."""
        if name in self.names:
            return self.names.index(name)
        if self._is_full:
            self.has_others = True
            if OTHER in self.names:
                return self.names.index(OTHER)
            name = OTHER
        self.names.append(name)
        return len(self.names) - 1

    def codes(self, texts: pa.StringArray | pa.DictionaryArray) -> NDArray[np.uint8]:
        """Position of each text's category."""
        if pa.types.is_dictionary(texts.type):
            if len(texts.dictionary) <= FEW_TEXTS:
                return self._codes_of_few(texts)
            texts = plain(texts)
        if not self._is_full:
            for name in pc.unique(texts).to_pylist():
                self.add(name)
                if self.has_others:
                    break
        found = pc.index_in(texts, value_set=pa.array(self.names, pa.string()))
        if found.null_count:
            # Every new category would have been added, so a text without a position belongs to `OTHER`.
            first = texts.filter(pc.is_null(found))[0].as_py()
            found = found.fill_null(self.add(first))
        return np.asarray(found.to_numpy(zero_copy_only=False), np.uint8)

    def _codes_of_few(self, texts: pa.DictionaryArray) -> NDArray[np.uint8]:
        """Position of each text's category, from a dictionary array whose texts are looked up once each."""
        names: list[str] = texts.dictionary.to_pylist()
        places: NDArray[np.integer[Any]] = texts.indices.to_numpy()
        # NumPy keeps the last value written to a repeated index. Writing backwards keeps the first one.
        first = np.full(len(names), places.size)
        first[places[::-1]] = np.arange(places.size)[::-1]
        there = np.flatnonzero(first < places.size)
        known = {name: k for k, name in enumerate(self.names)}
        codes = np.zeros(len(names), np.uint8)
        for k in there[np.argsort(first[there])].tolist():
            code = known.get(names[k])
            if code is None:
                code = known[OTHER] if self.has_others and OTHER in known else self.add(names[k])
                known[self.names[code]] = code
            codes[k] = code
        return codes.take(places)


@dataclass
class _Counter:
    """Counts of one axis, updated batch by batch."""

    column: str
    categories: Categories
    counts: NDArray[np.int64]
    weights: Floats | None

    def add(
        self,
        batch: Batch,
        codes: NDArray[np.uint8],
        buckets: NDArray[np.intp],
        bins: Sequence[NDArray[np.intp]],
        among: NDArray[np.bool_] | slice,
    ) -> None:
        """Count the rows ``among`` of a batch; ``codes`` belong to these rows."""
        size = len(self.categories.names)
        if size > self.counts.shape[1]:  # new categories appeared
            self.counts = _widened(self.counts, size)
            self.weights = None if self.weights is None else _widened(self.weights, size)
        width = self.counts.shape[3]
        places = (buckets[among] * self.counts.shape[1] + codes) * width
        weights = None if batch.weights is None else batch.weights[among]
        for m, own in enumerate(bins):
            cells = 2 * (places + own[among]) + batch.labels[among]
            shape = self.counts[:, :, m].shape
            length = int(np.prod(shape))
            self.counts[:, :, m] += np.bincount(cells, minlength=length).reshape(shape)
            if self.weights is not None:
                self.weights[:, :, m] += np.bincount(cells, weights, length).reshape(shape)

    def breakdown(self, models: tuple[str, ...], thresholds: Floats) -> Breakdown:
        names, has_others = tuple(self.categories.names), self.categories.has_others
        alike = np.tile(thresholds, (len(models), 1))
        return Breakdown(self.column, names, models, alike, self.counts, self.weights, has_others)


@dataclass(frozen=True)
class Axes:
    """Columns and system by which rows are counted separately.

    Attributes
    ----------
    segments : tuple of str
    defect_type : str or None
        Column of the kinds of defect.
    today : (str, float) or None
        Model and threshold of the current system.
    of_segments : mapping of str to tuple of str
        Fixed categories of a segment; any other category is in `OTHER`.
    of_kinds : tuple of str or None
        Fixed kinds of defect; any other kind is in `OTHER`.
    """

    segments: tuple[str, ...] = ()
    defect_type: str | None = None
    today: tuple[str, float] | None = None
    of_segments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of_kinds: tuple[str, ...] | None = None

    @classmethod
    def of(cls, columns: Columns, today: tuple[str, float] | None = None) -> Axes:
        """All segments and kinds of defect of a table, and the current system's decision."""
        return cls(columns.segments, columns.defect_type, today)

    def kept(self, like: Breakdowns | None) -> Axes:
        """The same axes with the categories of other rows' breakdowns, for columns that these have."""
        breakdowns = Breakdowns({}) if like is None else like.only(self)
        return replace(
            self,
            of_segments={
                name: breakdown.categories for name, breakdown in breakdowns.segments.items()
            },
            of_kinds=None
            if breakdowns.defect_types is None
            else breakdowns.defect_types.categories,
        )

    def __bool__(self) -> bool:
        """Whether there is any axis."""
        return bool(self.segments or self.defect_type is not None or self.today is not None)


@dataclass(frozen=True)
class Breakdowns:
    """Result of `count_breakdowns`.

    Attributes
    ----------
    segments : mapping of str to Breakdown
    defect_types : Breakdown or None
        Breakdown of the defective units only.
    today : Breakdown or None
        Its categories are `PASSED` and `FLAGGED`.
    today_point : (str, float) or None
        Model and threshold of the current system.
    flagged_today : ndarray, shape (PARTS, M, K + 1, 2), or None
        Rows (weight if rows are weighted) that the current system flags, by `part_of_buckets`; `None` if
        parts were not counted separately.
    """

    segments: Mapping[str, Breakdown]
    defect_types: Breakdown | None = None
    today: Breakdown | None = None
    today_point: tuple[str, float] | None = None
    flagged_today: NDArray[Any] | None = None

    @property
    def all(self) -> list[Breakdown]:
        """All breakdowns in one list."""
        return [b for b in (*self.segments.values(), self.defect_types, self.today) if b]

    @property
    def axes(self) -> Axes:
        """Axes by which the rows were counted."""
        kind = None if self.defect_types is None else self.defect_types.column
        return Axes(tuple(self.segments), kind, self.today_point)

    def paired_with(self, today: tuple[str, float]) -> NDArray[Any] | None:
        """Rows that the current system flags, if it is the system that was counted; see `flagged_today`."""
        return self.flagged_today if self.today_point == today else None

    def each(self, change: Callable[[Breakdown], Breakdown]) -> Breakdowns:
        """The breakdowns with a function applied to each."""
        return replace(
            self,
            segments={name: change(breakdown) for name, breakdown in self.segments.items()},
            defect_types=None if self.defect_types is None else change(self.defect_types),
            today=None if self.today is None else change(self.today),
            flagged_today=None,
        )

    def only(self, axes: Axes) -> Breakdowns:
        """The breakdowns by the given axes; the current system's decision only if the system is the same."""
        kinds = self.defect_types
        is_same = self.today_point is not None and self.today_point == axes.today
        return Breakdowns(
            {name: self.segments[name] for name in axes.segments if name in self.segments},
            kinds if kinds is not None and kinds.column == axes.defect_type else None,
            self.today if is_same else None,
            self.today_point if is_same else None,
            self.flagged_today if is_same else None,
        )

    def __add__(self, other: Breakdowns) -> Breakdowns:
        """Breakdowns of the rows of both, by the axes that both have."""
        breakdowns, others = self.only(other.axes), other.only(self.axes)
        return Breakdowns(
            {
                name: breakdown + others.segments[name]
                for name, breakdown in breakdowns.segments.items()
            },
            _both(breakdowns.defect_types, others.defect_types),
            _both(breakdowns.today, others.today),
            breakdowns.today_point,
            _both(breakdowns.flagged_today, others.flagged_today),
        )


def _both(one: Any, other: Any) -> Any:
    return None if one is None or other is None else one + other


def must_be_today(model: str, models: Sequence[str], file: str = "") -> None:
    """Raise unless the model of the current system is one of the counted models.

    Raises
    ------
    ScoreError
        ``E_TODAY`` if it is not.
    """
    if model not in models:
        known = ", ".join(shown(name) for name in models[:12])
        raise ScoreError(
            "E_TODAY",
            f"today's model must be one of {known}, got {shown(model)!r}",
            file=file,
            value=model,
            hint="Name one of the file's models as today's system, or leave it out.",
        )


def others_warnings(
    breakdowns: Breakdowns, like: Breakdowns | None = None, name: str = ""
) -> tuple[Problem, ...]:
    """A warning for each column with categories that are counted in `OTHER`, or that another tally lacks."""
    fixed = set() if like is None else {breakdown.column for breakdown in like.all}
    return tuple(
        warning(
            "W_OTHERS",
            f"values that {name} does not have are counted together as {OTHER!r}"
            if breakdown.column in fixed
            else f"more than {MAX_CATEGORIES} different values: the later ones are counted together as "
            f"{OTHER!r}"
            if len(breakdown.categories) > MAX_CATEGORIES
            else f"values that are not counted apart here are counted together as {OTHER!r}",
            column=breakdown.column,
            hint="Write fewer, wider categories into a column of their own.",
        )
        for breakdown in breakdowns.all
        if breakdown.has_others
    )


def count_breakdowns(
    scores: Scores,
    thresholds: Sequence[float],
    *,
    segments: Sequence[str] = (),
    defect_types: bool = False,
    today: tuple[str, float] | None = None,
    buckets: int = 1,
) -> Breakdowns:
    """Count rows by category in one pass over the rows.

    Parameters
    ----------
    scores : Scores
    thresholds : sequence of float
        Thresholds of the counts.
    segments : sequence of str
        Some of the segment columns of `scores`.
    defect_types : bool
        Whether to count by the kind of defect.
    today : (str, float), optional
        Model and threshold of the current system.
    buckets : int
        1 if no intervals are needed; otherwise the number of buckets of the tally.

    Raises
    ------
    ScoreError
        See `Scores.keyed_rows`.

    Notes
    -----
    Memory is needed for one batch and the counts only, for any number of rows or distinct texts.
    """
    counter = BreakdownCounter(
        scores,
        thresholds,
        segments=segments,
        defect_types=defect_types,
        today=today,
        buckets=buckets,
    )
    for batch in scores.labelled_rows():
        counter.add(batch)
    return counter.breakdowns()


def count_defect_types(scores: Scores) -> dict[str, int]:
    """Number of defects of each kind, most frequent first; with very many kinds later ones are in `OTHER`.

    Parameters
    ----------
    scores : Scores
        With a column of kinds of defect.

    Raises
    ------
    ScoreError
        See `Scores.keyed_rows`.
    """
    models = scores.models[:1]
    counter = BreakdownCounter(scores, [], defect_types=True, models=models)
    for batch in scores.labelled_rows(models, ids=False):
        counter.add(batch)
    breakdown = counter.breakdowns().defect_types
    if breakdown is None:
        return {}
    counts = breakdown.counts.sum(axis=(0, 2, 3, 4)).tolist()
    found = dict(zip(breakdown.categories, counts, strict=True))
    return {name: found[name] for name in sorted(found, key=lambda name: (-found[name], name))}


class BreakdownCounter:
    """Incremental version of `count_breakdowns`: counts rows by category, batch by batch.

    Parameters
    ----------
    scores : Scores
        Source of the rows.
    thresholds, segments, defect_types, today, buckets
        As in `count_breakdowns`.
    models : sequence of str, optional
        Models whose scores the batches have, in this order; by default all.
    """

    def __init__(
        self,
        scores: Scores,
        thresholds: Sequence[float],
        *,
        segments: Sequence[str] = (),
        defect_types: bool = False,
        today: tuple[str, float] | None = None,
        buckets: int = 1,
        models: Sequence[str] | None = None,
    ) -> None:
        finite = [t for t in thresholds if t < np.inf]
        self._thresholds: Floats = np.unique(np.asarray(finite, np.float64))
        self._models = scores.models if models is None else tuple(models)
        self._today, self._buckets = today, buckets
        is_weighted = scores.layout.weight is not None

        def counter(column: str, *names: str) -> _Counter:
            shape = (buckets, len(names), len(self._models), self._thresholds.size + 1, 2)
            weights = np.zeros(shape) if is_weighted else None
            return _Counter(column, Categories(list(names)), np.zeros(shape, np.int64), weights)

        self._by_segment = {name: counter(name) for name in segments}
        kind = scores.columns.defect_type
        self._by_type = counter(kind) if defect_types and kind is not None else None
        self._by_today = None if today is None else counter(TODAY, *ANSWERS)

    def add(self, batch: Batch) -> None:
        """Count some rows."""
        rows = np.zeros(batch.labels.size, np.intp)
        if self._buckets > 1:
            rows = bucket_of(as_rows(batch).keys, self._buckets).astype(np.intp)
        bins = [np.searchsorted(self._thresholds, own, side="right") for own in batch.scores]
        every = slice(None)
        for name, counter in self._by_segment.items():
            codes = counter.categories.codes(batch.parts[name])
            counter.add(batch, codes, rows, bins, every)
        if self._by_type is not None:
            counter, defects = self._by_type, batch.labels == 1
            codes = counter.categories.codes(batch.parts[counter.column].filter(pa.array(defects)))
            counter.add(batch, codes, rows, bins, defects)
        if self._by_today is not None and self._today is not None:
            scored = batch.scores[self._models.index(self._today[0])]
            codes = is_flagged(scored, self._today[1]).astype(np.uint8)
            self._by_today.add(batch, codes, rows, bins, every)

    def breakdowns(self) -> Breakdowns:
        """Counts of all rows added so far."""
        of = self._models, self._thresholds
        return Breakdowns(
            {name: counter.breakdown(*of) for name, counter in self._by_segment.items()},
            None if self._by_type is None else self._by_type.breakdown(*of),
            None if self._by_today is None else self._by_today.breakdown(*of),
            self._today,
        )
