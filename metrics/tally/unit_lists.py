"""Lists of the units at an operating point, such as missed defects and false alarms."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.io.scores import Scores
from metrics.io.validation.read_batches import Batch
from metrics.tally.kernel import Floats, is_flagged

MOST_UNITS = 300
"""Largest number of units in a list."""
MOST_PARTS = 200
"""Largest number of categories of a column that a list distinguishes, in order of appearance."""


class UnitList(enum.Enum):
    """Kind of unit list: the units in it, and their order."""

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


@dataclass
class SmallestKeys:
    """Collects the ``most`` rows with the smallest keys; of equal keys, the earlier row comes first."""

    most: int
    keys: Floats
    rows: NDArray[np.int64]
    count: int = 0
    parts: dict[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def empty(cls, most: int) -> SmallestKeys:
        """No rows yet."""
        return cls(most, np.empty(0), np.empty(0, np.int64))

    @property
    def first(self) -> FirstUnits:
        """The current list."""
        return FirstUnits(self.count, self.rows, self.parts)

    def add_parts(self, parts: Mapping[str, pa.StringArray]) -> None:
        """Count the categories of further rows."""
        for column, texts in parts.items():
            counter = self.parts.setdefault(column, Counter())
            for entry in pc.value_counts(texts).to_pylist():
                if entry["values"] in counter or len(counter) < MOST_PARTS:
                    counter[entry["values"]] += entry["counts"]

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
    """Decision rules of an operating point and of the current system.

    Attributes
    ----------
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
        """Models of the scores that the batches must have."""
        return [self.model] if self.today is None else [self.model, self.today[0]]

    def is_rejected(self, batch: Batch) -> NDArray[np.bool_]:
        """Mask of the units that are rejected without inspection."""
        return is_flagged(batch.scores[0], self.threshold)

    @property
    def lowest(self) -> float:
        """Lowest score that is not shipped at once."""
        return self.threshold if self.ship_below is None else self.ship_below

    def is_flagged(self, batch: Batch) -> NDArray[np.bool_]:
        """Mask of the units that are not shipped at once: rejected or inspected."""
        return is_flagged(batch.scores[0], self.lowest)

    def is_flagged_today(self, batch: Batch) -> NDArray[np.bool_] | None:
        """Mask of the units that the current system flags; `None` if there is no current system."""
        return None if self.today is None else is_flagged(batch.scores[1], self.today[1])


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


class UnitFinder:
    """Finds the first units of every list, batch by batch."""

    def __init__(self, point: Point, most: int, within: Mapping[str, str] | None = None) -> None:
        self._point, self._rows, self._within = point, 0, within or {}
        unused = UnitList.INSPECTED if point.ship_below is None else UnitList.DOUBTFUL
        self._lists = {
            name: SmallestKeys.empty(most)
            for name in UnitList
            if name is not unused and (point.today is not None or not name.is_about_today)
        }

    def add(self, batch: Batch) -> None:
        """Add rows that follow the previous rows."""
        scores, is_defect = batch.scores[0], batch.labels == 1
        rejected, flagged = self._point.is_rejected(batch), self._point.is_flagged(batch)
        missed, alarms = is_defect & ~flagged, rejected & ~is_defect
        self._add(UnitList.MISSED, batch, missed, scores)
        self._add(UnitList.FALSE_ALARMS, batch, alarms, -scores)
        if self._point.ship_below is not None:
            self._add(UnitList.INSPECTED, batch, flagged & ~rejected, -scores)
        elif np.isfinite(self._point.threshold):
            distance = np.abs(scores - self._point.threshold)
            self._add(UnitList.DOUBTFUL, batch, np.ones(scores.size, bool), distance)
        today = self._point.is_flagged_today(batch)
        if today is not None:
            self._add(UnitList.NEWLY_CAUGHT, batch, is_defect & flagged & ~today, -scores)
            self._add(UnitList.NEWLY_MISSED, batch, missed & today, scores)
            self._add(UnitList.NEWLY_FLAGGED, batch, alarms & ~today, -scores)
            self._add(UnitList.NEWLY_PASSED, batch, ~is_defect & ~flagged & today, scores)
        self._rows += scores.size

    def _add(
        self, name: UnitList, batch: Batch, is_listed: NDArray[np.bool_], keys: Floats
    ) -> None:
        """Add rows to one list; the rows with the smallest keys come first."""
        for column, category in self._within.items():
            is_inside = pc.equal(batch.parts[column], category)
            is_listed = is_listed & np.asarray(is_inside.to_numpy(zero_copy_only=False))
        rows, smallest = np.flatnonzero(is_listed), self._lists[name]
        smallest.add(keys[rows], rows + self._rows)
        if name is not UnitList.DOUBTFUL and rows.size:  # the doubtful list has no natural end
            smallest.add_parts({column: texts.take(rows) for column, texts in batch.parts.items()})

    @property
    def lists(self) -> dict[UnitList, FirstUnits]:
        """Lists of all rows added so far."""
        return {name: smallest.first for name, smallest in self._lists.items()}


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
        See `Scores.labelled_rows`.
    """
    finder = UnitFinder(point, most, within)
    for batch in scores.labelled_rows(point.models, ids=False):
        finder.add(batch)
    return finder.lists
