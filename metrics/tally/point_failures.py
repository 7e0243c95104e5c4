"""Errors of one operating point: counts by category, and lists of the first misclassified units.

All results come from one pass over the rows. Memory is needed for one batch, the counts and the lists only.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.io.scores import Scores
from metrics.io.validation.read_batches import Batch
from metrics.tally.breakdown import Breakdown, BreakdownCounter, Breakdowns
from metrics.tally.kernel import Floats, is_flagged

MOST_UNITS = 300
"""Largest number of units in a list."""
MOST_PARTS = 200
"""Largest number of categories of a column that a list distinguishes, in order of appearance."""


class UnitList(enum.Enum):
    """Kind of unit list, which sets its units and their order."""

    MISSED = "missed"
    """Defects that are shipped, lowest score first: a surer model makes a worse miss."""
    FALSE_ALARMS = "false alarms"
    """Good units that are rejected, highest score first."""
    DOUBTFUL = "doubtful"
    """Units of both classes, nearest to the threshold first; empty if people inspect."""
    INSPECTED = "inspected"
    """Units of both classes that people inspect, highest score first; empty without inspectors."""
    NEWLY_CAUGHT = "newly caught"
    """Defects that the current system passes and the model does not ship, highest score first."""
    NEWLY_MISSED = "newly missed"
    """Defects that the current system flags and the model ships, lowest score first."""
    NEWLY_FLAGGED = "newly flagged"
    """Good units that the current system passes and the model rejects, highest score first."""
    NEWLY_PASSED = "newly passed"
    """Good units that the current system flags and the model ships, lowest score first."""

    @property
    def is_about_today(self) -> bool:
        """Whether the list needs a current system."""
        return self not in (
            UnitList.MISSED,
            UnitList.FALSE_ALARMS,
            UnitList.DOUBTFUL,
            UnitList.INSPECTED,
        )

    @property
    def is_of_both(self) -> bool:
        """Whether the list contains both defects and good units."""
        return self in (UnitList.DOUBTFUL, UnitList.INSPECTED)


@dataclass(frozen=True)
class Unit:
    """One unit as it was read.

    Attributes
    ----------
    id : str
    is_defect : bool
    scores : mapping of str to float
        By model.
    parts : mapping of str to str
        Segments and kind of defect of the unit, by column.
    picture : str
        Address of the unit's picture in the file; empty if the file has none.
    """

    id: str
    is_defect: bool
    scores: Mapping[str, float]
    parts: Mapping[str, str]
    picture: str = ""


@dataclass
class FirstRows:
    """The rows with the smallest keys so far; the earlier row wins a tie."""

    most: int
    keys: Floats
    rows: NDArray[np.int64]
    count: int = 0
    parts: dict[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def empty(cls, most: int) -> FirstRows:
        """No rows yet."""
        return cls(most, np.empty(0), np.empty(0, np.int64))

    @property
    def first(self) -> FirstUnits:
        """The current list."""
        return FirstUnits(self.count, self.rows, self.parts)

    def add_parts(self, parts: Mapping[str, pa.StringArray]) -> None:
        """Count the categories of further rows."""
        for column, texts in parts.items():
            own = self.parts.setdefault(column, Counter())
            for one in pc.value_counts(texts).to_pylist():
                if one["values"] in own or len(own) < MOST_PARTS:
                    own[one["values"]] += one["counts"]

    def add(self, keys: Floats, rows: NDArray[np.int64]) -> None:
        """Add rows that follow the previous rows."""
        self.count += keys.size
        if self.keys.size == self.most:
            better = keys < self.keys[-1]
            keys, rows = keys[better], rows[better]
        if not keys.size:
            return
        keys, rows = np.concatenate([self.keys, keys]), np.concatenate([self.rows, rows])
        if keys.size > self.most:
            last = np.partition(keys, self.most - 1)[self.most - 1]
            keys, rows = keys[keys <= last], rows[keys <= last]
        order = np.argsort(keys, kind="stable")[: self.most]
        self.keys, self.rows = keys[order], rows[order]


@dataclass(frozen=True)
class Point:
    """Decision rule for each unit: of a model at a threshold, and of the current system.

    Attributes
    ----------
    model : str
    threshold : float
        Units at or above it are rejected.
    ship_below : float, optional
        Units below it are shipped, and people inspect the units in between.
    today : (str, float), optional
        Model and threshold of the current system.
    """

    model: str
    threshold: float
    ship_below: float | None = None
    today: tuple[str, float] | None = None

    @property
    def models(self) -> list[str]:
        """Models whose scores the batches must have."""
        return [self.model] if self.today is None else [self.model, self.today[0]]

    def rejected(self, batch: Batch) -> NDArray[np.bool_]:
        """Which units of a batch are rejected without inspection."""
        return is_flagged(batch.scores[0], self.threshold)

    def kept(self, batch: Batch) -> NDArray[np.bool_]:
        """Which units are not shipped at once: rejected or inspected."""
        below = self.threshold if self.ship_below is None else self.ship_below
        return is_flagged(batch.scores[0], below)

    def flagged_today(self, batch: Batch) -> NDArray[np.bool_] | None:
        """Which units the current system flags."""
        return None if self.today is None else is_flagged(batch.scores[1], self.today[1])


class _UnitFinder:
    """Finds the first units of every list, batch by batch."""

    def __init__(self, point: Point, most: int, within: Mapping[str, str] | None = None) -> None:
        self._point, self._before, self._within = point, 0, within or {}
        left_out = UnitList.INSPECTED if point.ship_below is None else UnitList.DOUBTFUL
        self._lists = {
            name: FirstRows.empty(most)
            for name in UnitList
            if name is not left_out and (point.today is not None or not name.is_about_today)
        }

    def add(self, batch: Batch) -> None:
        """Add rows that follow the previous rows."""
        scores, is_defect = batch.scores[0], batch.labels == 1
        rejected, kept = self._point.rejected(batch), self._point.kept(batch)
        today = self._point.flagged_today(batch)
        missed, alarms = is_defect & ~kept, rejected & ~is_defect
        among = np.ones(scores.size, bool)
        for column, part in self._within.items():
            among &= np.asarray(pc.equal(batch.parts[column], part).to_numpy(zero_copy_only=False))

        def keep(name: UnitList, those: NDArray[np.bool_], keys: Floats) -> None:
            rows, first_rows = np.flatnonzero(those & among), self._lists[name]
            first_rows.add(keys[rows], rows + self._before)
            if name is not UnitList.DOUBTFUL and rows.size:  # the doubtful list has no natural end
                first_rows.add_parts(
                    {column: texts.take(rows) for column, texts in batch.parts.items()}
                )

        keep(UnitList.MISSED, missed, scores)
        keep(UnitList.FALSE_ALARMS, alarms, -scores)
        if self._point.ship_below is not None:
            keep(UnitList.INSPECTED, kept & ~rejected, -scores)
        elif np.isfinite(self._point.threshold):
            keep(UnitList.DOUBTFUL, among, np.abs(scores - self._point.threshold))
        if today is not None:
            keep(UnitList.NEWLY_CAUGHT, is_defect & kept & ~today, -scores)
            keep(UnitList.NEWLY_MISSED, missed & today, scores)
            keep(UnitList.NEWLY_FLAGGED, alarms & ~today, -scores)
            keep(UnitList.NEWLY_PASSED, ~is_defect & ~kept & today, scores)
        self._before += scores.size

    @property
    def lists(self) -> dict[UnitList, FirstUnits]:
        return {name: first_rows.first for name, first_rows in self._lists.items()}


@dataclass(frozen=True)
class FirstUnits:
    """The first units of a list, with the size of the whole list.

    Attributes
    ----------
    count : int
        Number of units in the whole list.
    rows : ndarray of int64
        Positions of the first units in the data, from 0, in the order of the list.
    parts : mapping of str to mapping of str to int
        Number of units in the whole list, by column (segments or kinds) and category; empty for
        `UnitList.DOUBTFUL`.
    """

    count: int
    rows: NDArray[np.int64]
    parts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


CHOSEN, TODAY, BOTH = "chosen", "today", "both"
"""Model names in the breakdowns of `Failures`: flagged by the point, by the current system, by both."""
KEPT, YES = 0.5, 1.5
"""Thresholds of these breakdowns: at `KEPT` rejected or inspected, at `YES` rejected."""


MOST_PAIRS = 4096
"""Largest number of pairs of a kind of defect and a category that are counted."""
SHIPPED, INSPECTED, REJECTED = 0, 1, 2
"""Decision for a defect, as counted in `Pairs`."""


@dataclass
class Pairs:
    """Defects by kind and by category of a segment column.

    Attributes
    ----------
    counts : mapping of (str, str) to ndarray of float64, shape (2, 3)
        By kind and category: number of defects (or summed weights), by the current system's decision (passed,
        flagged) and by the point's decision (shipped, inspected, rejected).
    is_whole : bool
        Whether all pairs are counted; with more than `MOST_PAIRS` no pair is.
    """

    counts: dict[tuple[str, str], Floats] = field(default_factory=dict)
    is_whole: bool = True

    def add(
        self,
        kinds: pa.StringArray,
        parts: pa.StringArray,
        cell: NDArray[np.int64],
        mass: Floats,
    ) -> None:
        """Count more defects; ``cell`` is 3 times the current system's decision plus the point's decision."""
        if not self.is_whole:
            return
        kind, part = kinds.dictionary_encode(), parts.dictionary_encode()
        wide = len(part.dictionary)
        of = kind.indices.to_numpy().astype(np.int64) * wide + part.indices.to_numpy()
        pairs, at = np.unique(of, return_inverse=True)
        if pairs.size > MOST_PAIRS:
            self._drop()
            return
        sums = np.bincount(6 * at + cell, mass, minlength=6 * pairs.size).reshape(-1, 2, 3)
        for pair, own in zip(pairs.tolist(), sums, strict=True):
            name = kind.dictionary[pair // wide].as_py(), part.dictionary[pair % wide].as_py()
            if name in self.counts:
                self.counts[name] += own
            elif len(self.counts) < MOST_PAIRS:
                self.counts[name] = own
            else:
                self._drop()
                return

    def _drop(self) -> None:
        self.is_whole = False
        self.counts.clear()


class _PairCounter:
    """Counts defects by kind and category, batch by batch; empty if the kind or segment column is missing."""

    def __init__(self, scores: Scores) -> None:
        self._kind = scores.columns.defect_type
        columns = () if self._kind is None else scores.columns.segments
        self.pairs = {name: Pairs() for name in columns if name != self._kind}

    def add(self, batch: Batch, point: Point) -> None:
        """Add some rows."""
        rows = np.flatnonzero(batch.labels == 1)
        if not self.pairs or not rows.size:
            return
        becomes = point.kept(batch)[rows].astype(np.int64) + point.rejected(batch)[rows]
        today = point.flagged_today(batch)
        cell = becomes if today is None else becomes + 3 * today[rows]
        mass = np.ones(rows.size) if batch.weights is None else batch.weights[rows]
        kinds = batch.parts[str(self._kind)].take(rows)
        for column, own in self.pairs.items():
            own.add(kinds, batch.parts[column].take(rows), cell, mass)


@dataclass(frozen=True)
class Failures:
    """Errors of an operating point.

    Attributes
    ----------
    breakdowns : Breakdowns
        For the models `CHOSEN` and, if there is a current system, `TODAY` and `BOTH`. Counted at `KEPT` and
        `YES`, which are equal without inspectors.
    lists : mapping of UnitList to FirstUnits
    pairs : mapping of str to Pairs
        By segment column; only if there is a column of kinds of defect.
    """

    breakdowns: Breakdowns
    lists: Mapping[UnitList, FirstUnits]
    pairs: Mapping[str, Pairs]


def count_failures(
    scores: Scores, point: Point, *, buckets: int = 1, most: int = MOST_UNITS
) -> Failures:
    """Count the errors of an operating point by all segments and kinds of defect, in one pass.

    Parameters
    ----------
    scores : Scores
    point : Point
    buckets : int
        1 if rows are independent; otherwise the number of buckets of the tally.
    most : int
        Largest number of units in a list.

    Raises
    ------
    ScoreError
        See `Scores.keyed_rows`.
    """
    has_today = point.today is not None
    counter = BreakdownCounter(
        scores,
        [KEPT, YES],
        segments=scores.columns.segments,
        defect_types=True,
        today=(TODAY, YES) if has_today else None,
        buckets=buckets,
        models=[CHOSEN, TODAY, BOTH] if has_today else [CHOSEN],
    )
    finder, crossed = _UnitFinder(point, most), _PairCounter(scores)
    for batch in scores.labelled_rows(
        point.models, ids=buckets > 1 and scores.columns.group is None
    ):
        finder.add(batch)
        crossed.add(batch, point)
        chosen = point.kept(batch).astype(np.float64) + point.rejected(batch)
        today = point.flagged_today(batch)
        beside = () if today is None else (2.0 * today, chosen * today)
        counter.add(batch._replace(scores=(chosen, *beside)))
    return Failures(counter.breakdowns(), finder.lists, crossed.pairs)


def failures_counted(counted: Breakdowns, point: Point) -> Failures:
    """Errors of an operating point from the breakdowns of a tally, without reading rows.

    Parameters
    ----------
    counted : Breakdowns
        Breakdowns of a tally that counts exactly at the thresholds of ``point``.
    point : Point

    Returns
    -------
    Failures
        Without lists and pairs, and without `BOTH`, because the categories of the units that both flag are
        unknown. Changes against the current system are included if the tally was counted against it.
    """
    of_today = counted.today if counted.today_point == point.today else None

    def treated(own: Breakdown, *, with_today: bool) -> Breakdown:
        points = [(point.model, point.ship_below, point.threshold)]
        if with_today and point.today is not None:
            points.append((point.today[0], None, point.today[1]))
        sums = [_by_treatment(own, *one) for one in points]
        return replace(
            own,
            models=(CHOSEN, TODAY)[: len(points)],
            thresholds=np.tile([KEPT, YES], (len(points), 1)),
            counts=np.stack([counts for counts, _ in sums], axis=2),
            weights=None if own.weights is None else np.stack([mass for _, mass in sums], axis=2),
        )

    kinds = counted.defect_types
    found = Breakdowns(
        {name: treated(breakdown, with_today=True) for name, breakdown in counted.segments.items()},
        None if kinds is None else treated(kinds, with_today=True),
        None if of_today is None else treated(of_today, with_today=False),
        None if of_today is None else point.today,
    )
    return Failures(found, {}, {})


def _by_treatment(
    breakdown: Breakdown, model: str, ship_below: float | None, threshold: float
) -> tuple[NDArray[np.int64], Floats]:
    """Rows, and their mass, that are shipped, inspected and rejected, each of shape (B, C, 3, 2)."""
    low = threshold if ship_below is None else ship_below
    finite = np.unique([edge for edge in (low, threshold) if edge < np.inf]).astype(np.float64)
    at = breakdown.of_models([model]).at([finite])

    def three(*, rows: bool) -> NDArray[np.float64]:
        rejected, rest = at.flagged_and_shipped(model, threshold, rows=rows)
        shipped = at.flagged_and_shipped(model, low, rows=rows)[1]
        return np.stack([shipped, rest - shipped, rejected], axis=2)

    return three(rows=True).astype(np.int64), three(rows=False).astype(np.float64)


def failures_after_inspection(counted: Breakdown, catches: float, rejects: float) -> Breakdown:
    """Expected counts at `YES` after people have inspected their units; usually not whole numbers.

    Parameters
    ----------
    counted : Breakdown
        A breakdown of `Failures`.
    catches, rejects : float
        Share of the inspected defects that are found, and of the inspected good units that are rejected.
    """
    shipped, inspected, rejected = np.moveaxis(counted.masses.astype(np.float64), 3, 0)
    found = inspected * (rejects, catches)
    rows = counted.counts
    return replace(
        counted,
        thresholds=np.full((len(counted.models), 1), YES),
        counts=np.stack([rows[:, :, :, :2].sum(axis=3), rows[:, :, :, 2]], axis=3),
        weights=np.stack([shipped + inspected - found, rejected + found], axis=3),
    )


def list_units(
    scores: Scores, point: Point, *, within: Mapping[str, str], most: int = MOST_UNITS
) -> Mapping[UnitList, FirstUnits]:
    """The lists of `count_failures` for some categories only, in one pass.

    Parameters
    ----------
    scores, point, most
        As in `count_failures`.
    within : mapping of str to str
        Category of each column that the units must belong to.

    Raises
    ------
    ScoreError
        See `Scores.keyed_rows`.
    """
    finder = _UnitFinder(point, most, within)
    for batch in scores.labelled_rows(point.models, ids=False):
        finder.add(batch)
    return finder.lists


def units_at(
    scores: Scores, rows: NDArray[np.int64], *, picture: str | None = None
) -> dict[int, Unit]:
    """Units by their positions in the data, read in one pass.

    Parameters
    ----------
    scores : Scores
    rows : ndarray of int64
        Positions, from 0.
    picture : str, optional
        Column with the address of a unit's picture.

    Returns
    -------
    dict of int to Unit
        By position.

    Raises
    ------
    ScoreError
        See `Scores.keyed_rows`.
    """
    wanted, before = np.unique(rows), 0
    found: dict[int, Unit] = {}
    if not wanted.size:
        return found
    parts = scores.columns.parts
    for batch in scores.labelled_rows(also=() if picture is None else (picture,)):
        size = batch.labels.size
        first, last = np.searchsorted(wanted, [before, before + size])
        for row in wanted[first:last]:
            k = int(row) - before
            found[int(row)] = Unit(
                id=str(batch.ids.text[k].as_py()),
                is_defect=bool(batch.labels[k] == 1),
                scores={
                    name: float(own[k])
                    for name, own in zip(scores.models, batch.scores, strict=True)
                },
                parts={name: str(batch.parts[name][k].as_py()) for name in parts},
                picture="" if picture is None else str(batch.parts[picture][k].as_py()).strip(),
            )
        before += size
        if len(found) == wanted.size:
            break
    return found
