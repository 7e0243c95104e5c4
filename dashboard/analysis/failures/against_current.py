"""Units of a class by the decisions of the selected point and of the current system (2 x 2 table)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from dashboard.analysis.failures.failure_counts import (
    Count,
    after_inspection,
    count_of,
    tallied_point,
)
from dashboard.analysis.selection import Selection
from metrics.tally.breakdown import FLAGGED, PASSED, Breakdown
from metrics.tally.failure_breakdowns import FLAGGED_FROM, REJECTED_FROM, SELECTED


@dataclass(frozen=True)
class AgainstCurrent:
    """Units of one class by the decisions of the selected point and of the current system (2 x 2 table).

    Attributes
    ----------
    of_defects : bool
        True for defects, False for good units.
    both, newly, no_longer, neither : Count
        Units flagged by both; by the selected point only; by the current system only; by neither. Expected
        rejections of inspectors count as flagged.
    treated : two tuples of three Count, or ()
        Units that the model rejects, sends to inspectors and ships: of those that the current system flags,
        and of all others. Empty without inspectors.
    """

    of_defects: bool
    both: Count
    newly: Count
    no_longer: Count
    neither: Count
    treated: tuple[tuple[Count, ...], ...] = ()

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
        if not self.treated:
            return [[self.both, self.no_longer], [self.newly, self.neither]]
        wrong = (self.no_longer, self.neither) if self.of_defects else (self.both, self.newly)
        rows = [[*counts, count] for counts, count in zip(self.treated, wrong, strict=True)]
        return [*rows, [first + second for first, second in zip(*rows, strict=True)]]


def against_current(selection: Selection, today: Breakdown, *, of_defects: bool) -> AgainstCurrent:
    """Units of a class by both decisions, from the breakdown by the current system's decision."""
    label = int(of_defects)

    def counted(units: NDArray[Any], decision: int) -> Count:
        return count_of(selection.analysis, units[:, decision, label], of_defects=of_defects)

    treated: tuple[tuple[Count, ...], ...] = ()
    if tallied_point(selection).ship_below is not None:
        rejected, _ = today.flagged_and_shipped(SELECTED, REJECTED_FROM)
        not_shipped, shipped = today.flagged_and_shipped(SELECTED, FLAGGED_FROM)
        by_model = rejected, not_shipped - rejected, shipped
        treated = tuple(
            tuple(counted(units, decision) for units in by_model) for decision in (FLAGGED, PASSED)
        )
    after = after_inspection(selection, today)
    flagged, shipped = after.flagged_and_shipped(SELECTED, REJECTED_FROM)
    return AgainstCurrent(
        of_defects,
        both=counted(flagged, FLAGGED),
        newly=counted(flagged, PASSED),
        no_longer=counted(shipped, FLAGGED),
        neither=counted(shipped, PASSED),
        treated=treated,
    )
