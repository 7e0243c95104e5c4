"""Failures of the selected point, as the Failures page shows them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from dashboard.analysis.cache import part
from dashboard.analysis.failures.against_current import AgainstCurrent, against_current
from dashboard.analysis.failures.failure_counts import counted_failures, current_of, tallied_point
from dashboard.analysis.failures.kinds_by_segment import Crossed, crossed_of
from dashboard.analysis.failures.parts import Parts, parts_of
from dashboard.analysis.selection import Selection
from metrics.tally.unit_lists import UnitList


@dataclass(frozen=True)
class PointFailures:
    """Failures of the selected point by class, segment and kind of defect.

    Attributes
    ----------
    defects, goods : AgainstCurrent or None
        `None` without a current system.
    columns : tuple of Parts
        Parts of each column. The column of the kind of defect is first.
    crossed : tuple of Crossed
        Missed defects by kind, for each column of segments.
    counts : mapping of UnitList to int
        Number of units in each list; empty for a tally, which has no units.
    """

    defects: AgainstCurrent | None
    goods: AgainstCurrent | None
    is_current: bool
    columns: tuple[Parts, ...]
    crossed: tuple[Crossed, ...]
    counts: Mapping[UnitList, int]


def _failures_read(selection: Selection) -> Hashable:
    analysis = selection.analysis
    return tallied_point(selection), analysis.intervals_key, analysis.shows_intervals


@part(reads=_failures_read)
def failures_of(selection: Selection) -> PointFailures:
    """Failures of the selected point.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    analysis, failures = selection.analysis, counted_failures(selection)
    today, kinds = failures.breakdowns.today, failures.breakdowns.defect_types
    parts_by_column = [] if kinds is None else [parts_of(selection, kinds, is_kind=True)]
    parts_by_column += [
        parts_of(selection, breakdown, is_kind=False)
        for breakdown in failures.breakdowns.segments.values()
    ]
    point = str(selection.point.model), selection.point.threshold
    parts_by_column = [parts for parts in parts_by_column if parts.parts]
    return PointFailures(
        defects=None if today is None else against_current(selection, today, of_defects=True),
        goods=None if today is None else against_current(selection, today, of_defects=False),
        is_current=point == current_of(analysis) and tallied_point(selection).ship_below is None,
        columns=tuple(parts_by_column),
        crossed=crossed_of(analysis, failures, parts_by_column),
        counts={name: first_units.count for name, first_units in failures.lists.items()},
    )
