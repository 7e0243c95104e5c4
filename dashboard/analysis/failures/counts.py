"""Counts of failures at the selected point: missed defects and false alarms by segment and kind of defect."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.counts import reading_rows
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, TallyFile
from metrics.evaluation.confusion import ratio
from metrics.inference.category_intervals import flagged_share_interval
from metrics.inference.comparison import Chance
from metrics.inference.intervals import count_interval
from metrics.tally.breakdown import FLAGGED, PASSED, Breakdown, Breakdowns
from metrics.tally.categories import OTHER
from metrics.tally.point_failures import (
    BOTH,
    CHOSEN,
    FLAGGED_FROM,
    INSPECTED,
    REJECTED_FROM,
    SHIPPED,
    TODAY,
    Failures,
    count_failures,
    failures_after_inspection,
    failures_counted,
)
from metrics.tally.unit_lists import Point, UnitList

MISSED, ALARMS = OBJECTIVES["missed_defects"], OBJECTIVES["false_alarms"]
Ends = tuple[float, float]
UNKNOWN: Ends = (math.nan, math.nan)
ROUNDING = 1e-9
"""Largest rounding error of sums of weights and of expected counts; smaller differences count as equal."""


@dataclass(frozen=True)
class Count:
    """Number of units of one class, with its interval.

    Attributes
    ----------
    value : float
        Number of units in a year if the scenario has the units of a year, otherwise in the file.
    ends : (float, float)
        95% interval; NaN if unknown.
    in_file : float
        Number of units in the file.
    """

    value: float
    ends: Ends
    in_file: float

    def __add__(self, other: Count) -> Count:
        """Sum of both counts. Its interval is unknown."""
        return Count(self.value + other.value, UNKNOWN, self.in_file + other.in_file)


@dataclass(frozen=True)
class Treated:
    """Numbers of units that the model rejects, sends to inspectors and ships.

    Attributes
    ----------
    rejected, inspected, shipped : Count
    """

    rejected: Count
    inspected: Count
    shipped: Count


@dataclass(frozen=True)
class AgainstToday:
    """Units of one class by the decisions of the selected point and of the current system (2 x 2 table).

    Attributes
    ----------
    of_defects : bool
        True for defects, False for good units.
    both, newly, no_longer, neither : Count
        Units flagged by both; by the selected point only; by the current system only; by neither. Expected
        rejections of inspectors count as flagged.
    treated : (Treated, Treated) or None
        Treatment of the units that the current system flags, and of all other units; `None` without
        inspectors.
    """

    of_defects: bool
    both: Count
    newly: Count
    no_longer: Count
    neither: Count
    treated: tuple[Treated, Treated] | None = None

    @property
    def gained(self) -> Count:
        """Units that the selected point decides rightly, and the current system wrongly."""
        return self.newly if self.of_defects else self.no_longer

    @property
    def lost(self) -> Count:
        """Units that the current system decides rightly, and the selected point wrongly."""
        return self.no_longer if self.of_defects else self.newly

    @property
    def rows(self) -> list[list[Count]]:
        """Counts of a table: decisions of the current system by decisions of the selected point.

        With inspectors the columns are the treatments and the units decided wrongly, and the last row is
        the sum.
        """
        if self.treated is None:
            return [[self.both, self.no_longer], [self.newly, self.neither]]
        wrong = (self.no_longer, self.neither) if self.of_defects else (self.both, self.newly)
        rows = [
            [treated.rejected, treated.inspected, treated.shipped, count]
            for treated, count in zip(self.treated, wrong, strict=True)
        ]
        return [*rows, [first + second for first, second in zip(*rows, strict=True)]]


@dataclass(frozen=True)
class Rate:
    """Share of a class that is flagged in a part of the units.

    Attributes
    ----------
    value : float
        NaN if the part has no unit of the class.
    flagged, of : float
        Flagged units and all units of the class and part, in the file.
    ends : (float, float)
        Simultaneous interval: the intervals of all parts hold together in 95% of samples.
    chance : Chance
        Whether the difference to the share of all units may be chance.
    of_all : float
        Flagged share of all units of the class.
    """

    value: float
    flagged: float
    of: float
    ends: Ends
    chance: Chance
    of_all: float


@dataclass(frozen=True)
class Part:
    """Failures among the units of one segment, or among the defects of one kind.

    Attributes
    ----------
    category : str
    defects : float
        Defects in the file.
    missed : Count
    by_today : Count or None
        Defects that the current system misses; `None` without a current system.
    newly_caught, newly_missed : Count or None
        Defects that only the selected point catches, and those that only the current system catches. `None`
        without a current system, and for a tally.
    lost : Rate or None
        Missed share of the defects that the current system catches. `None` without a current system, and for
        a tally.
    than_today : Chance
        Whether the difference to the misses of the current system may be chance, all parts judged at once.
    recall : Rate
    false_alarms : Count or None
        `None` for a kind of defect, since good units have no kind.
    false_alarm_rate : Rate or None
        `None` for a kind of defect.
    """

    category: str
    defects: float
    missed: Count
    by_today: Count | None
    newly_caught: Count | None
    newly_missed: Count | None
    lost: Rate | None
    than_today: Chance
    recall: Rate
    false_alarms: Count | None
    false_alarm_rate: Rate | None

    @property
    def missed_today(self) -> float:
        """Defects in the file that the current system misses; NaN without a current system."""
        return math.nan if self.by_today is None else self.by_today.in_file

    @property
    def is_worse(self) -> bool:
        """Whether more defects are missed than by the current system."""
        return self.missed.in_file > self.missed_today + ROUNDING


@dataclass(frozen=True)
class Parts:
    """Parts of a column, the lowest recall first.

    Attributes
    ----------
    column : str
    is_kind : bool
        Whether the column is the kind of defect.
    parts : tuple of Part
    has_others : bool
        Whether rare parts are counted together, since there are too many parts.
    """

    column: str
    is_kind: bool
    parts: tuple[Part, ...]
    has_others: bool


@dataclass(frozen=True)
class Cell:
    """Defects of one kind in one part, in the file.

    Attributes
    ----------
    of, missed : float
        Number of all defects, and of the missed defects.
    lost : float
        Number of missed defects that the current system catches; 0 without a current system.
    """

    of: float
    missed: float
    lost: float


@dataclass(frozen=True)
class Crossed:
    """Missed defects by kind and by part of a column (cross table).

    Attributes
    ----------
    column : str
    parts : tuple of str
        Parts, the lowest recall first.
    kinds : tuple of (str, tuple of (Cell or None))
        Kinds, the lowest recall first, with a cell for each part. A cell is `None` if the part has no defect
        of this kind.
    """

    column: str
    parts: tuple[str, ...]
    kinds: tuple[tuple[str, tuple[Cell | None, ...]], ...]


@dataclass(frozen=True)
class FailuresOf:
    """Failures of the selected point, as the Failures page shows them.

    Attributes
    ----------
    defects, goods : AgainstToday or None
        `None` without a current system.
    is_today : bool
        Whether the point is the current system.
    columns : tuple of Parts
        Parts of each column. The column of the kind of defect is first.
    crossed : tuple of Crossed
        Missed defects by kind, for each column of segments.
    counts : mapping of UnitList to int
        Number of units in each list; empty for a tally, which has no units.
    """

    defects: AgainstToday | None
    goods: AgainstToday | None
    is_today: bool
    columns: tuple[Parts, ...]
    crossed: tuple[Crossed, ...]
    counts: Mapping[UnitList, int]


def has_rows(analysis: Analysis) -> bool:
    """Whether the data has rows. A tally has only counts."""
    return not isinstance(analysis.dataset.scores, TallyFile)


def has_parts(analysis: Analysis) -> bool:
    """Whether failures are known by part. They are for rows, and for a tally with breakdowns."""
    scores = analysis.dataset.scores
    return not isinstance(scores, TallyFile) or scores.tally.breakdowns is not None


def knows_flips(analysis: Analysis) -> bool:
    """Whether changes from the current system are known. A tally needs a breakdown by this system."""
    scores = analysis.dataset.scores
    if not isinstance(scores, TallyFile) or analysis.scenario.today is None:
        return True
    counted = scores.tally.breakdowns
    return counted is not None and counted.today_point == _today_of(analysis)


def _today_of(analysis: Analysis) -> tuple[str, float] | None:
    today = analysis.scenario.today
    return None if today is None else (today.model, today.threshold)


def tallied_point(selection: Selection) -> Point:
    """Model, thresholds and current system that failures of the selected point are counted at."""
    analysis = selection.analysis
    model, threshold = str(selection.point.model), selection.point.threshold
    below = analysis.inspected_from(model, threshold, selection.point.lower)
    return Point(model, threshold, below, _today_of(analysis))


@part(reads=lambda selection: tallied_point(selection), kind=Kind.PART)
def counted_failures(selection: Selection) -> Failures:
    """Failures of the selected point, counted from the rows, or from a tally's counts by part.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    analysis = selection.analysis
    scores, tally = analysis.dataset.scores, analysis.evaluation.tally
    if isinstance(scores, TallyFile):
        return failures_counted(scores.tally.breakdowns or Breakdowns({}), tallied_point(selection))
    with reading_rows():
        buckets = 1 if tally.rows_are_independent else len(tally.counts)
        return count_failures(scores, tallied_point(selection), buckets=buckets)


def is_known_how_sure(analysis: Analysis) -> bool:
    """Whether counts of parts have intervals. A tally counts parts by category, not by bucket."""
    return has_rows(analysis) or analysis.evaluation.tally.rows_are_independent


def _failures_read(selection: Selection) -> Hashable:
    analysis = selection.analysis
    return tallied_point(selection), analysis.intervals_key, analysis.shows_intervals


@part(reads=_failures_read)
def failures_of(selection: Selection) -> FailuresOf:
    """Failures of the selected point by class, segment and kind of defect.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    analysis, failures = selection.analysis, counted_failures(selection)
    today, kinds = failures.breakdowns.today, failures.breakdowns.defect_types
    columns = (
        []
        if kinds is None
        else [_parts(selection, _after_inspection(selection, kinds), is_kind=True)]
    )
    columns += [
        _parts(selection, _after_inspection(selection, breakdown), is_kind=False)
        for breakdown in failures.breakdowns.segments.values()
    ]
    point = str(selection.point.model), selection.point.threshold
    columns = [parts for parts in columns if parts.parts]
    return FailuresOf(
        defects=None if today is None else _against_today(selection, today, of_defects=True),
        goods=None if today is None else _against_today(selection, today, of_defects=False),
        is_today=point == _today_of(analysis) and tallied_point(selection).ship_below is None,
        columns=tuple(columns),
        crossed=_crossed(analysis, failures, columns),
        counts={name: first_units.count for name, first_units in failures.lists.items()},
    )


def _crossed(
    analysis: Analysis, failures: Failures, columns: Sequence[Parts]
) -> tuple[Crossed, ...]:
    """Missed defects by kind, for each column of segments. Kinds and parts have the order of `columns`."""
    kinds = [parts for parts in columns if parts.is_kind]
    tables = []
    for parts in columns:
        pairs = failures.pairs.get(parts.column)
        if parts.is_kind or not kinds or pairs is None or not pairs.is_whole:
            continue
        rows = [part.category for part in kinds[0].parts]
        across = [part.category for part in parts.parts]
        sums: dict[tuple[str, str], NDArray[np.float64]] = {}
        for (kind, category), counts in pairs.counts.items():
            pair = (
                kind if kind in rows else OTHER,
                category if category in across else OTHER,
            )
            sums[pair] = sums.get(pair, 0.0) + counts
        known = _cells(analysis, sums)
        cells = [(kind, tuple(known.get((kind, part)) for part in across)) for kind in rows]
        tables.append(Crossed(parts.column, tuple(across), tuple(cells)))
    return tuple(tables)


def _cells(
    analysis: Analysis, counts: Mapping[tuple[str, str], NDArray[np.float64]]
) -> dict[tuple[str, str], Cell]:
    """Cells of the defects by kind and part, from the counts of `Pairs`."""
    inspection = analysis.scenario.inspection
    overlooked = 1.0 if inspection is None else 1 - inspection.catches
    cells = {}
    for pair, defects in counts.items():
        missed = defects[:, SHIPPED] + overlooked * defects[:, INSPECTED]
        lost = 0.0 if analysis.scenario.today is None else float(missed[FLAGGED])
        cells[pair] = Cell(float(defects.sum()), float(missed.sum()), lost)
    return cells


def _after_inspection(selection: Selection, breakdown: Breakdown) -> Breakdown:
    """Breakdown with the expected counts of flagged and shipped units after inspection."""
    inspection = selection.analysis.scenario.inspection
    if inspection is None or tallied_point(selection).ship_below is None:
        return breakdown
    return failures_after_inspection(breakdown, inspection.catches, inspection.rejects)


def _against_today(selection: Selection, today: Breakdown, *, of_defects: bool) -> AgainstToday:
    analysis = selection.analysis
    flagged, shipped = _after_inspection(selection, today).flagged_and_shipped(
        CHOSEN, REJECTED_FROM
    )
    label, treated = int(of_defects), None
    if tallied_point(selection).ship_below is not None:
        rejected, _ = today.flagged_and_shipped(CHOSEN, REJECTED_FROM)
        not_shipped, shipped_uninspected = today.flagged_and_shipped(CHOSEN, FLAGGED_FROM)
        first, second = (
            Treated(
                *(
                    _count(analysis, n[:, c, label], of_defects)
                    for n in (rejected, not_shipped - rejected, shipped_uninspected)
                )
            )
            for c in (FLAGGED, PASSED)
        )
        treated = first, second
    return AgainstToday(
        of_defects,
        both=_count(analysis, flagged[:, FLAGGED, label], of_defects),
        newly=_count(analysis, flagged[:, PASSED, label], of_defects),
        no_longer=_count(analysis, shipped[:, FLAGGED, label], of_defects),
        neither=_count(analysis, shipped[:, PASSED, label], of_defects),
        treated=treated,
    )


def _count(analysis: Analysis, by_bucket: NDArray[Any], of_defects: bool) -> Count:
    """Number of units of the scenario, with its interval if intervals are computed."""
    factor = float(analysis.evaluation.factors[0 if of_defects else 1])
    count = float(by_bucket.sum())
    if analysis.uncertainty is None or not is_known_how_sure(analysis):
        return Count(count * factor, UNKNOWN, count)
    b = analysis.bootstrap
    ends = count_interval(
        b,
        np.array([count]),
        np.empty((0, 1)) if b.rows_are_independent else b.drawn.sums(by_bucket[:, None]),
        of_defects=of_defects,
        within_class=analysis.scenario.defect_rate is not None,
    )
    return Count(count * factor, (float(ends.low[0] * factor), float(ends.high[0] * factor)), count)


def _parts(selection: Selection, breakdown: Breakdown, *, is_kind: bool) -> Parts:
    analysis = selection.analysis
    flagged, shipped = breakdown.flagged_and_shipped(CHOSEN, REJECTED_FROM)
    today, both = (
        breakdown.flagged_and_shipped(name, REJECTED_FROM)[0] if name in breakdown.models else None
        for name in (TODAY, BOTH)
    )
    rates = {label: _rates(analysis, breakdown, label) for label in ((1,) if is_kind else (1, 0))}
    than_today, lost = _chance_against_today(selection, breakdown), _lost(selection, breakdown)
    parts = []
    for c, category in enumerate(breakdown.categories):
        by_today = newly_caught = newly_missed = None
        if today is not None:
            by_today = _count(analysis, (flagged + shipped - today)[:, c, 1], True)
        if today is not None and both is not None:
            newly_caught = _count(analysis, (flagged - both)[:, c, 1], True)
            newly_missed = _count(analysis, (today - both)[:, c, 1], True)
        parts.append(
            Part(
                category,
                defects=float((flagged + shipped)[:, c, 1].sum()),
                missed=_count(analysis, shipped[:, c, 1], True),
                by_today=by_today,
                newly_caught=newly_caught,
                newly_missed=newly_missed,
                lost=lost[c],
                than_today=than_today[c],
                recall=rates[1][c],
                false_alarms=None if is_kind else _count(analysis, flagged[:, c, 0], False),
                false_alarm_rate=None if is_kind else rates[0][c],
            )
        )
    parts.sort(key=lambda part: (math.isnan(part.recall.value), part.recall.value, part.category))
    return Parts(breakdown.column, is_kind, tuple(parts), breakdown.has_others)


def _rates(
    analysis: Analysis, breakdown: Breakdown, label: int, *, is_known: bool = True
) -> list[Rate]:
    """Flagged share of a class by category, each compared with the share of all units.

    Parameters
    ----------
    is_known : bool
        Whether the counts are known by bucket. Intervals need such counts.
    """
    flagged, shipped = (
        n.sum(axis=0)[:, label].astype(np.float64)
        for n in breakdown.flagged_and_shipped(CHOSEN, REJECTED_FROM)
    )
    shares = ratio(flagged, flagged + shipped)
    whole = float(ratio(flagged.sum(keepdims=True), (flagged + shipped).sum(keepdims=True))[0])
    low, high = (np.full(shares.size, math.nan) for _ in range(2))
    has_intervals = is_known and analysis.shows_intervals and is_known_how_sure(analysis)
    if has_intervals:
        ends = flagged_share_interval(
            breakdown,
            CHOSEN,
            REJECTED_FROM,
            label,
            independent=analysis.evaluation.tally.rows_are_independent,
        )
        low, high = ends.low, ends.high
    has_ends = has_intervals & ~np.isnan(shares)
    is_near = (low <= whole) & (whole <= high)
    return [
        Rate(
            value=float(shares[c]),
            flagged=float(flagged[c]),
            of=float(flagged[c] + shipped[c]),
            ends=(float(low[c]), float(high[c])),
            chance=_chance(is_near[c]) if has_ends[c] else Chance.UNKNOWN,
            of_all=whole,
        )
        for c in range(shares.size)
    ]


def _chance(is_near: bool) -> Chance:
    return Chance.POSSIBLE if is_near else Chance.CLEAR


def _chance_against_today(selection: Selection, breakdown: Breakdown) -> list[Chance]:
    """Whether each part's difference to the misses of the current system may be chance.

    Units that flip are compared with one half: without a difference, half of them are new misses.
    """
    analysis = selection.analysis
    if BOTH not in breakdown.models or not analysis.shows_intervals:
        return [Chance.UNKNOWN] * len(breakdown.categories)
    independent = analysis.evaluation.tally.rows_are_independent
    if tallied_point(selection).ship_below is not None and not independent:
        # It is known which rows the model rejects, but not which rows inspectors reject.
        return [Chance.POSSIBLE] * len(breakdown.categories)
    flips = _flips(breakdown, lambda chosen, today, both: (chosen - both, today - both))
    ends = flagged_share_interval(flips, CHOSEN, REJECTED_FROM, 1, independent=independent)
    # The interval is NaN if nothing flips. The difference is then not significant.
    is_clear = (ends.low > 0.5) | (ends.high < 0.5)
    return [_chance(not clear) for clear in is_clear.tolist()]


def _lost(selection: Selection, breakdown: Breakdown) -> Sequence[Rate | None]:
    """Missed share of the defects that the current system catches, by category."""
    analysis = selection.analysis
    if BOTH not in breakdown.models:
        return [None] * len(breakdown.categories)
    flips = _flips(breakdown, lambda chosen, today, both: (both, today - both))
    # It is unknown which rows inspectors reject (`_chance_against_today`).
    is_inspected = tallied_point(selection).ship_below is not None
    is_known = analysis.evaluation.tally.rows_are_independent or not is_inspected
    return _rates(analysis, flips, 1, is_known=is_known)


def _flips(
    breakdown: Breakdown, split: Callable[..., tuple[NDArray[Any], NDArray[Any]]]
) -> Breakdown:
    """Breakdown of the units that flip between the current system and the selected point.

    Parameters
    ----------
    split : callable
        Takes the counts of units flagged by the point, by the current system and by both. Returns the counts
        that the new breakdown has as flagged and as shipped.
    """

    def flipped_counts(*, rows: bool) -> NDArray[Any]:
        names = CHOSEN, TODAY, BOTH
        flagged = (
            breakdown.flagged_and_shipped(name, REJECTED_FROM, rows=rows)[0] for name in names
        )
        return np.stack(split(*flagged), axis=2)[:, :, None]

    return replace(
        breakdown,
        models=(CHOSEN,),
        thresholds=np.array([[REJECTED_FROM]]),
        counts=flipped_counts(rows=True),
        weights=flipped_counts(rows=False).astype(np.float64),
    )
