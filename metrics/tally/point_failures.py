"""What one operating point gets wrong: counts of the parts of the rows, and the first single units.

One pass over the rows; memory is that of a batch, of the counts and of the lists, whatever their number.
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
"""Units of a list that are kept."""
MOST_PARTS = 200
"""Parts of a column that are told apart in a list, in the order in which they come."""


class UnitList(enum.Enum):
    """Which units, and which of them first."""

    MISSED = "missed"
    """Defects that are shipped, the lowest score first: the surer the model, the worse the miss."""
    FALSE_ALARMS = "false alarms"
    """Good units that are rejected, the highest score first."""
    DOUBTFUL = "doubtful"
    """Units of both classes, the nearest to the threshold first; none where people inspect."""
    INSPECTED = "inspected"
    """Units of both classes that people inspect, the highest score first; none where nobody does."""
    NEWLY_CAUGHT = "newly caught"
    """Defects that today's system passes and the model doesn't ship, the highest score first."""
    NEWLY_MISSED = "newly missed"
    """Defects that today's system flags and the model ships, the lowest score first."""
    NEWLY_FLAGGED = "newly flagged"
    """Good units that today's system passes and the model rejects, the highest score first."""
    NEWLY_PASSED = "newly passed"
    """Good units that today's system flags and the model ships, the lowest score first."""

    @property
    def is_about_today(self) -> bool:
        """Whether there is such a list only where there is a system today."""
        return self not in (
            UnitList.MISSED,
            UnitList.FALSE_ALARMS,
            UnitList.DOUBTFUL,
            UnitList.INSPECTED,
        )

    @property
    def is_of_both(self) -> bool:
        """Whether both defects and good units are in it."""
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
        Its segments and kind of defect, by column.
    picture : str
        Where its picture is, as the file says; empty where it does not.
    """

    id: str
    is_defect: bool
    scores: Mapping[str, float]
    parts: Mapping[str, str]
    picture: str = ""


@dataclass
class FirstRows:
    """The rows with the least keys so far, of equal ones the earlier."""

    most: int
    keys: Floats
    rows: NDArray[np.int64]
    count: int = 0
    parts: dict[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def empty(cls, most: int) -> FirstRows:
        """None yet."""
        return cls(most, np.empty(0), np.empty(0, np.int64))

    @property
    def first(self) -> FirstUnits:
        """The list as it stands."""
        return FirstUnits(self.count, self.rows, self.parts)

    def add_parts(self, parts: Mapping[str, pa.StringArray]) -> None:
        """Count the parts that more rows belong to."""
        for column, texts in parts.items():
            own = self.parts.setdefault(column, Counter())
            for one in pc.value_counts(texts).to_pylist():
                if one["values"] in own or len(own) < MOST_PARTS:
                    own[one["values"]] += one["counts"]

    def add(self, keys: Floats, rows: NDArray[np.int64]) -> None:
        """Look at more rows, which follow those before."""
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
    """What a model does with each unit, and what today's system does.

    Attributes
    ----------
    model : str
    threshold : float
        From which on a unit is rejected.
    ship_below : float, optional
        Below which it is shipped, where people inspect what lies between.
    today : (str, float), optional
        Model and threshold of today's system.
    """

    model: str
    threshold: float
    ship_below: float | None = None
    today: tuple[str, float] | None = None

    @property
    def models(self) -> list[str]:
        """Whose scores its batches have."""
        return [self.model] if self.today is None else [self.model, self.today[0]]

    def rejected(self, batch: Batch) -> NDArray[np.bool_]:
        """Which units of a batch are held back without anybody looking at them."""
        return is_flagged(batch.scores[0], self.threshold)

    def kept(self, batch: Batch) -> NDArray[np.bool_]:
        """Which are not shipped at once: rejected, or inspected."""
        below = self.threshold if self.ship_below is None else self.ship_below
        return is_flagged(batch.scores[0], below)

    def flagged_today(self, batch: Batch) -> NDArray[np.bool_] | None:
        """Which today's system flags."""
        return None if self.today is None else is_flagged(batch.scores[1], self.today[1])


class _UnitFinder:
    """Finds the first units of every list while rows come."""

    def __init__(self, point: Point, most: int, within: Mapping[str, str] | None = None) -> None:
        self._point, self._before, self._within = point, 0, within or {}
        left_out = UnitList.INSPECTED if point.ship_below is None else UnitList.DOUBTFUL
        self._lists = {
            name: FirstRows.empty(most)
            for name in UnitList
            if name is not left_out and (point.today is not None or not name.is_about_today)
        }

    def add(self, batch: Batch) -> None:
        """Look at some rows, which follow those before."""
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
            if name is not UnitList.DOUBTFUL and rows.size:  # which ends nowhere
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
    """The head of a list of units.

    Attributes
    ----------
    count : int
        Units of the whole list.
    rows : ndarray of int64
        Positions of the first of them in the data, from 0, in the order of the list.
    parts : mapping of str to mapping of str to int
        Units of the whole list by column of segments or kinds and by part; none of `UnitList.DOUBTFUL`.
    """

    count: int
    rows: NDArray[np.int64]
    parts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


CHOSEN, TODAY, BOTH = "chosen", "today", "both"
"""Models of the breakdowns of `Failures`: what the point flags, what today's system does, what both do."""
KEPT, YES = 0.5, 1.5
"""Thresholds of their counts: what is rejected or inspected, and what is rejected."""


MOST_PAIRS = 4096
"""Pairs of a kind of defect and a part that are told apart."""
SHIPPED, INSPECTED, REJECTED = 0, 1, 2
"""What becomes of a defect, as `Pairs` counts it."""


@dataclass
class Pairs:
    """Defects by kind and by part of a column of segments.

    Attributes
    ----------
    counts : mapping of (str, str) to ndarray of float64, shape (2, 3)
        By kind and part: defects, or their summed weights, that today's system passes or flags, by what
        becomes of them.
    is_whole : bool
        Whether all pairs are there; of more than `MOST_PAIRS` none is.
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
        """Count more defects; ``cell`` is 3 times today's answer plus what becomes of each."""
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
    """Counts defects by kind and part while rows come; nothing where one of both is not named."""

    def __init__(self, scores: Scores) -> None:
        self._kind = scores.columns.defect_type
        columns = () if self._kind is None else scores.columns.segments
        self.pairs = {name: Pairs() for name in columns if name != self._kind}

    def add(self, batch: Batch, point: Point) -> None:
        """Look at some rows."""
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
    """What an operating point gets wrong.

    Attributes
    ----------
    breakdowns : Breakdowns
        Of the models `CHOSEN` and, where there is a system today, `TODAY` and `BOTH`, counted at `KEPT` and
        `YES`, which are the same where nobody inspects.
    lists : mapping of UnitList to FirstUnits
    pairs : mapping of str to Pairs
        By column of segments, where the kind of defect is named as well.
    """

    breakdowns: Breakdowns
    lists: Mapping[UnitList, FirstUnits]
    pairs: Mapping[str, Pairs]


def count_failures(
    scores: Scores, point: Point, *, buckets: int = 1, most: int = MOST_UNITS
) -> Failures:
    """Count what an operating point gets wrong, by all segments and kinds of defect, in one pass.

    Parameters
    ----------
    scores : Scores
    point : Point
    buckets : int
        1 where rows stand alone; else as many as the tally has.
    most : int
        Units of a list that are kept.

    Raises
    ------
    ScoreError
        As `Scores.keyed_rows`.
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
    """What an operating point gets wrong, from the counts of a tally by part: no row is read.

    Parameters
    ----------
    counted : Breakdowns
        Of a tally, which counts exactly at the thresholds of ``point``.
    point : Point

    Returns
    -------
    Failures
        Without lists and pairs, and without `BOTH`: of which parts the rows are that both flag is not
        known. What flips against today's system is, if the tally was counted against it.
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
    """Counts at `YES` once people have looked at what is left to them: expected ones, seldom whole.

    Parameters
    ----------
    counted : Breakdown
        Of `Failures`.
    catches, rejects : float
        Share of the inspected defects that is found, and of the inspected good units that is rejected.
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
    """The lists of `count_failures` of some parts of the rows alone, in one pass.

    Parameters
    ----------
    scores, point, most
        As in `count_failures`.
    within : mapping of str to str
        The part of each column that the units must belong to.

    Raises
    ------
    ScoreError
        As `Scores.keyed_rows`.
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
        From 0.
    picture : str, optional
        The column that says where a unit's picture is.

    Returns
    -------
    dict of int to Unit
        By position.

    Raises
    ------
    ScoreError
        As `Scores.keyed_rows`.
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
