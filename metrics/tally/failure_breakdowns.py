"""Errors of one operating point: counts by category, pairs of kind and segment, and lists of units.

All results come from one pass over the rows. Memory is needed for one batch, the counts and the lists only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.io.scores import Scores
from metrics.io.validation.read_batches import Batch
from metrics.tally.breakdown import Breakdown, BreakdownColumns, Breakdowns
from metrics.tally.breakdown_counter import BreakdownCounter
from metrics.tally.kernel import Floats
from metrics.tally.unit_lists import MOST_UNITS, FirstUnits, Point, UnitFinder, UnitList

SELECTED, CURRENT, BOTH = "chosen", "today", "both"
"""Model names in the breakdowns of `Failures`: flagged by the point, by the current system, by both."""
FLAGGED_FROM, REJECTED_FROM = 0.5, 1.5
"""Thresholds of these breakdowns: inspected units are above the first, rejected units above both."""
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
        width = len(part.dictionary)
        codes = kind.indices.to_numpy().astype(np.int64) * width + part.indices.to_numpy()
        pairs, positions = np.unique(codes, return_inverse=True)
        sums = np.bincount(6 * positions + cell, mass, minlength=6 * pairs.size).reshape(-1, 2, 3)
        for pair, pair_sums in zip(pairs[: MOST_PAIRS + 1].tolist(), sums, strict=False):
            name = kind.dictionary[pair // width].as_py(), part.dictionary[pair % width].as_py()
            self.counts[name] = self.counts.get(name, 0) + pair_sums
        if len(self.counts) > MOST_PAIRS:
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
        decision = _decisions(batch, point)[rows]
        today = point.is_flagged_today(batch)
        cell = decision if today is None else decision + 3 * today[rows]
        mass = np.ones(rows.size) if batch.weights is None else batch.weights[rows]
        kinds = batch.parts[str(self._kind)].take(rows)
        for column, pairs in self.pairs.items():
            pairs.add(kinds, batch.parts[column].take(rows), cell, mass)


def _decisions(batch: Batch, point: Point) -> NDArray[np.int64]:
    """Decision of a point for each unit: `SHIPPED`, `INSPECTED` or `REJECTED`."""
    return point.is_flagged(batch).astype(np.int64) + point.is_rejected(batch)


@dataclass(frozen=True)
class Failures:
    """Errors of an operating point.

    Attributes
    ----------
    breakdowns : Breakdowns
        For the models `SELECTED` and, if there is a current system, `CURRENT` and `BOTH`. The thresholds are
        `FLAGGED_FROM` and `REJECTED_FROM`; counts at both are equal without inspectors.
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
        See `Scores.labelled_rows`.
    """
    has_current = point.today is not None
    counter = BreakdownCounter(
        scores,
        [FLAGGED_FROM, REJECTED_FROM],
        BreakdownColumns.of(scores.columns, (CURRENT, REJECTED_FROM) if has_current else None),
        buckets=buckets,
        models=[SELECTED, CURRENT, BOTH] if has_current else [SELECTED],
    )
    finder, pair_counter = UnitFinder(point, most), _PairCounter(scores)
    for batch in scores.labelled_rows(
        point.models, ids=buckets > 1 and scores.columns.group is None
    ):
        finder.add(batch)
        pair_counter.add(batch, point)
        chosen = _decisions(batch, point).astype(np.float64)
        today = point.is_flagged_today(batch)
        others = () if today is None else (2.0 * today, chosen * today)
        counter.add(replace(batch, scores=(chosen, *others)))
    return Failures(counter.breakdowns(), finder.lists, pair_counter.pairs)


def failures_from_tally(counted: Breakdowns, point: Point) -> Failures:
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
    rules = [point] if point.today is None else [point, Point(*point.today)]
    is_same = point.today is not None and counted.current_point == point.today
    kinds, today = counted.defect_types, counted.today if is_same else None
    breakdowns = Breakdowns(
        segments={name: _by_decision(s, rules) for name, s in counted.segments.items()},
        defect_types=None if kinds is None else _by_decision(kinds, rules),
        today=None if today is None else _by_decision(today, rules[:1]),
        current_point=None if today is None else point.today,
    )
    return Failures(breakdowns, {}, {})


def _by_decision(breakdown: Breakdown, rules: Sequence[Point]) -> Breakdown:
    """Counts by the decisions of a point and possibly of the current system; see `Failures.breakdowns`."""
    counts = [_decision_sums(breakdown, rule, rows=True).astype(np.int64) for rule in rules]
    weights = None
    if breakdown.weights is not None:
        weights = np.stack([_decision_sums(breakdown, rule) for rule in rules], axis=2)
    return replace(
        breakdown,
        models=(SELECTED, CURRENT)[: len(rules)],
        thresholds=np.tile([FLAGGED_FROM, REJECTED_FROM], (len(rules), 1)),
        counts=np.stack(counts, axis=2),
        weights=weights,
    )


def _decision_sums(breakdown: Breakdown, rule: Point, *, rows: bool = False) -> Floats:
    """Units that are shipped, inspected and rejected, shape (B, C, 3, 2); by weight unless ``rows``."""
    edges = [edge for edge in (rule.lowest, rule.threshold) if edge < np.inf]
    exact = breakdown.of_models([rule.model]).at([np.unique(edges).astype(np.float64)])
    rejected, not_rejected = exact.flagged_and_shipped(rule.model, rule.threshold, rows=rows)
    _, shipped = exact.flagged_and_shipped(rule.model, rule.lowest, rows=rows)
    return np.stack([shipped, not_rejected - shipped, rejected], axis=2).astype(np.float64)


def failures_after_inspection(counted: Breakdown, catches: float, rejects: float) -> Breakdown:
    """Expected counts at `REJECTED_FROM` after people have inspected their units; usually not whole numbers.

    Parameters
    ----------
    counted : Breakdown
        A breakdown of `Failures`.
    catches, rejects : float
        Share of the inspected defects that are found, and of the inspected good units that are rejected.
    """
    shipped, inspected, rejected = np.moveaxis(counted.masses.astype(np.float64), 3, 0)
    rejected_by_people = inspected * (rejects, catches)
    rows = counted.counts
    return replace(
        counted,
        thresholds=np.full((len(counted.models), 1), REJECTED_FROM),
        counts=np.stack([rows[:, :, :, :2].sum(axis=3), rows[:, :, :, 2]], axis=3),
        weights=np.stack(
            [shipped + inspected - rejected_by_people, rejected + rejected_by_people], axis=3
        ),
    )
