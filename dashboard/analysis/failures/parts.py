"""Failures by segment and by kind of defect, compared with all units and with the current system."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.failure_counts import (
    ROUNDING,
    Count,
    Ends,
    after_inspection,
    count_of,
    is_known_how_sure,
    tallied_point,
)
from dashboard.analysis.selection import Selection
from metrics.evaluation.confusion import ratio
from metrics.inference.category_intervals import flagged_share_interval
from metrics.inference.comparison.paired_difference import Chance
from metrics.tally.breakdown import Breakdown
from metrics.tally.failure_breakdowns import BOTH, CURRENT, REJECTED_FROM, SELECTED


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
    by_current : Count or None
        Defects that the current system misses; `None` without a current system.
    newly_missed : Count or None
        Defects that only the current system catches. `None` without a current system, and for a tally.
    than_current : Chance
        Whether the difference to the misses of the current system may be chance, all parts judged at once.
    false_alarms, false_alarm_rate : Count or None, Rate or None
        `None` for a kind of defect, since good units have no kind.
    """

    category: str
    missed: Count
    by_current: Count | None
    newly_missed: Count | None
    than_current: Chance
    recall: Rate
    false_alarms: Count | None
    false_alarm_rate: Rate | None

    @property
    def is_worse(self) -> bool:
        """True if the selected point misses more defects than the current system."""
        today = math.inf if self.by_current is None else self.by_current.in_file
        return self.missed.in_file > today + ROUNDING


@dataclass(frozen=True)
class Parts:
    """Parts of a column, the lowest recall first.

    Attributes
    ----------
    has_others : bool
        Whether rare parts are counted together, since there are too many parts.
    """

    column: str
    is_kind: bool
    parts: tuple[Part, ...]
    has_others: bool


def parts_of(selection: Selection, breakdown: Breakdown, *, is_kind: bool) -> Parts:
    """Failures in each part of a column."""
    analysis, breakdown = selection.analysis, after_inspection(selection, breakdown)
    flagged, shipped = breakdown.flagged_and_shipped(SELECTED, REJECTED_FROM)
    today, both = (
        breakdown.flagged_and_shipped(name, REJECTED_FROM)[0] if name in breakdown.models else None
        for name in (CURRENT, BOTH)
    )
    rates = {label: _rates(analysis, breakdown, label) for label in ((1,) if is_kind else (1, 0))}
    than_current = _chance_against_current(selection, breakdown)
    by_current = newly_missed = None
    if today is not None:
        by_current = flagged + shipped - today
        if both is not None:
            newly_missed = today - both

    def defects(units: NDArray[Any] | None, c: int) -> Count | None:
        return None if units is None else count_of(analysis, units[:, c, 1], of_defects=True)

    parts = [
        Part(
            category,
            missed=count_of(analysis, shipped[:, c, 1], of_defects=True),
            by_current=defects(by_current, c),
            newly_missed=defects(newly_missed, c),
            than_current=than_current[c],
            recall=rates[1][c],
            false_alarms=None
            if is_kind
            else count_of(analysis, flagged[:, c, 0], of_defects=False),
            false_alarm_rate=None if is_kind else rates[0][c],
        )
        for c, category in enumerate(breakdown.categories)
    ]
    parts.sort(key=lambda part: (math.isnan(part.recall.value), part.recall.value, part.category))
    return Parts(breakdown.column, is_kind, tuple(parts), breakdown.has_others)


def _rates(analysis: Analysis, breakdown: Breakdown, label: int) -> list[Rate]:
    """Flagged share of a class by category, each compared with the share of all units."""
    flagged, shipped = (
        n.sum(axis=0)[:, label].astype(np.float64)
        for n in breakdown.flagged_and_shipped(SELECTED, REJECTED_FROM)
    )
    shares = ratio(flagged, flagged + shipped)
    overall = float(ratio(flagged.sum(keepdims=True), (flagged + shipped).sum(keepdims=True))[0])
    low, high = (np.full(shares.size, math.nan) for _ in range(2))
    has_intervals = analysis.shows_intervals and is_known_how_sure(analysis)
    if has_intervals:
        ends = flagged_share_interval(
            breakdown,
            SELECTED,
            REJECTED_FROM,
            label,
            independent=analysis.evaluation.tally.rows_are_independent,
        )
        low, high = ends.low, ends.high
    has_ends = has_intervals & ~np.isnan(shares)
    is_near = (low <= overall) & (overall <= high)
    return [
        Rate(
            value=float(shares[c]),
            flagged=float(flagged[c]),
            of=float(flagged[c] + shipped[c]),
            ends=(float(low[c]), float(high[c])),
            chance=_chance(is_near[c]) if has_ends[c] else Chance.UNKNOWN,
            of_all=overall,
        )
        for c in range(shares.size)
    ]


def _chance(is_near: bool) -> Chance:
    return Chance.POSSIBLE if is_near else Chance.CLEAR


def _chance_against_current(selection: Selection, breakdown: Breakdown) -> list[Chance]:
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
    flips = _flips(breakdown)
    ends = flagged_share_interval(flips, SELECTED, REJECTED_FROM, 1, independent=independent)
    # The interval is NaN if nothing flips. The difference is then not significant.
    is_clear = (ends.low > 0.5) | (ends.high < 0.5)
    return [_chance(not clear) for clear in is_clear.tolist()]


def _flips(breakdown: Breakdown) -> Breakdown:
    """Breakdown of the units that flip: flagged only by the selected point, or only by the current system."""

    def flipped_counts(*, rows: bool) -> NDArray[Any]:
        names = SELECTED, CURRENT, BOTH
        chosen, today, both = (
            breakdown.flagged_and_shipped(name, REJECTED_FROM, rows=rows)[0] for name in names
        )
        return np.stack((chosen - both, today - both), axis=2)[:, :, None]

    return replace(
        breakdown,
        models=(SELECTED,),
        thresholds=np.array([[REJECTED_FROM]]),
        counts=flipped_counts(rows=True),
        weights=flipped_counts(rows=False).astype(np.float64),
    )
