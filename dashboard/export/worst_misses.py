"""Page of a report with the worst misses: the missed defects with the lowest scores."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.analysis.failures.failure_counts import has_rows
from dashboard.analysis.failures.point_failures import failures_of
from dashboard.analysis.failures.units import pictures_of, units_of
from dashboard.analysis.selection import Selection
from dashboard.data.picture_decoder import Picture
from dashboard.words.failures.failure_counts import against_words
from dashboard.words.failures.worst_misses import missed_unit_lines, worst_misses_lines
from metrics.tally.unit_lists import UnitList

MOST_IN_REPORT = 30
"""Largest number of units that a report shows."""
PICTURE_SIDE = 160
"""Longest side of a picture in a report, in pixels."""
MOST_BYTES_IN_REPORT = 1 << 20
"""Largest number of bytes of all pictures in a report. Further units have no picture."""


@dataclass(frozen=True)
class ReportedUnit:
    """A missed defect as a report shows it.

    Attributes
    ----------
    lines : tuple of str
        Score, segments and kind of defect, and whether the current system catches it.
    picture : str
        Picture as a data URL; empty without a picture.
    """

    id: str
    lines: tuple[str, ...]
    picture: str


@dataclass(frozen=True)
class WorstMisses:
    """Page of a report with the worst misses.

    Attributes
    ----------
    finding : str
        Sentence about the defects that the point treats differently from the current system.
    lines : tuple of str
        Sentences about the worst parts, and about which units are shown.
    units : tuple of ReportedUnit
        Missed defects, the lowest score first.
    """

    finding: str
    lines: tuple[str, ...]
    units: tuple[ReportedUnit, ...]

    @property
    def has_pictures(self) -> bool:
        """Whether any unit has a picture."""
        return any(unit.picture for unit in self.units)


def worst_misses(selection: Selection, most: int = MOST_IN_REPORT) -> WorstMisses | None:
    """Missed defects with the lowest scores; `None` for a tally, which has no units.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    analysis = selection.analysis
    if not has_rows(analysis):
        return None
    failures = failures_of(selection)
    units = units_of(selection, UnitList.MISSED)[:most]
    pictures = pictures_of(analysis, units, PICTURE_SIDE) or (Picture(),) * len(units)
    shown, room = [], MOST_BYTES_IN_REPORT
    for unit, picture in zip(units, pictures, strict=True):
        room -= len(picture.address)
        lines = missed_unit_lines(selection, unit)
        shown.append(ReportedUnit(unit.id, lines, picture.address if room >= 0 else ""))
    finding = against_words(analysis, failures)
    return WorstMisses(finding, worst_misses_lines(analysis, failures, len(shown)), tuple(shown))
