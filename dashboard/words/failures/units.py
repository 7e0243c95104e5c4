"""Words for single units: names of lists, description of a unit, and the worst misses of a report."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.counts import has_rows, tallied_point
from dashboard.analysis.failures.point_failures import failures_of
from dashboard.analysis.failures.units import pictures_of, units_of
from dashboard.analysis.selection import Selection
from dashboard.data.dataset import Dataset
from dashboard.data.picture_decoder import Picture
from dashboard.words.failures.counts import against_words, part_name, parts_words
from dashboard.words.numbers.amounts import number
from dashboard.words.numbers.thresholds import exact_threshold
from dashboard.words.safe_text import one_line
from metrics.errors import counted
from metrics.tally.unit_lists import Unit, UnitList


def table_note(dataset: Dataset) -> str:
    """Note above a table of units without pictures."""
    words = "Click the box before a unit to see every model’s score."
    if dataset.pictures is None and dataset.origin == "command line":
        words += " Started with --images FOLDER, the server shows their pictures."
    return words


def no_pictures_sentence(dataset: Dataset, unit: Unit) -> str:
    """Reason why some units have no pictures although others have."""
    if dataset.origin == "sample":
        return (
            "No pictures of these: the sample has them of every defect, and of the good units that a model "
            "finds most suspicious."
        )
    if (column := dataset.picture_column) is None:
        example = f"{one_line(unit.id)}.jpg"
        return f"No pictures of these: each must be called by its unit’s id, such as {example}."
    of = f"“{one_line(column)}” says, such as {one_line(unit.picture) or '(empty)'}"
    return f"No pictures of these: each must lie where {of}, in the folder or archive of --images."


def class_and_parts(unit: Unit) -> str:
    """Class and parts of a unit after its id: ``, a defect; line: 3. ``."""
    parts = [
        f"; {one_line(name)}: {one_line(part_name(part))}" for name, part in unit.parts.items()
    ]
    return f", a {'defect' if unit.is_defect else 'good unit'}{''.join(parts)}. "


def parts_of_unit(analysis: Analysis, unit: Unit) -> list[str]:
    """Names of the parts of a unit, the kind of defect first."""
    kind = analysis.dataset.scores.columns.defect_type
    columns = sorted(unit.parts, key=lambda column: column != kind)
    return [part_name(unit.parts[column]) for column in columns]


def picture_alt(unit: Unit) -> str:
    """Description of the picture of a unit."""
    return f"Picture of {one_line(unit.id)}, a {'defect' if unit.is_defect else 'good unit'}"


def fate_words(selection: Selection, unit: Unit) -> str:
    """Decision on a unit at the selected point."""
    point = tallied_point(selection)
    score, low = unit.scores[point.model], point.ship_below
    if low is None:
        becomes = "rejected" if score >= point.threshold else "shipped"
        return f"At the chosen threshold ({exact_threshold(point.threshold)}) it is {becomes}."
    if score < low:
        return f"It scores less than {exact_threshold(low)} and is shipped."
    if score >= point.threshold:
        return f"It scores {exact_threshold(point.threshold)} or more and is rejected."
    return f"It scores {exact_threshold(low)} or more and goes to an inspector."


MOST_IN_REPORT = 30
"""Largest number of units that a report shows."""
IN_REPORT = 160
"""Longest side of a picture in a report, in pixels."""
MOST_BYTES_IN_REPORT = 1 << 20
"""Largest number of bytes of all pictures in a report. Further units have no picture."""
NO_PICTURE = "no picture"
"""Text in place of a picture."""


@dataclass(frozen=True)
class ReportedUnit:
    """A missed defect as a report shows it.

    Attributes
    ----------
    id : str
    lines : tuple of str
        Score and parts of the unit, and whether the current system catches it.
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
    pictures = pictures_of(analysis, units, IN_REPORT) or (Picture(),) * len(units)
    shown, room = [], MOST_BYTES_IN_REPORT
    for unit, picture in zip(units, pictures, strict=True):
        room -= len(picture.address)
        shown.append(
            ReportedUnit(
                unit.id, _reported_lines(selection, unit), picture.address if room >= 0 else ""
            )
        )
    count = failures.counts[UnitList.MISSED]
    is_inspected = tallied_point(selection).ship_below is not None
    what = counted(count, "shipped defect" if is_inspected else "missed defect")
    listed = "No defect of the file is missed"
    if count:
        listed = f"{what} in the file: " + (
            "all of them" if count == len(shown) else f"the first {len(shown)}"
        )
        listed += ", lowest score first; the surer the model was, the worse the miss"
    lines = *map(parts_words, failures.columns), listed
    return WorstMisses(against_words(analysis, failures), lines, tuple(shown))


def _reported_lines(selection: Selection, unit: Unit) -> tuple[str, ...]:
    analysis = selection.analysis
    parts = parts_of_unit(analysis, unit)
    lines = [f"score {score_words(unit.scores[str(selection.point.model)])}"]
    lines += [", ".join(parts)] if parts else []
    today = analysis.scenario.today
    if today is not None and unit.scores[today.model] >= today.threshold:
        lines.append("caught today")
    return tuple(lines)


_LISTS = {
    UnitList.MISSED: "Missed defects",
    UnitList.FALSE_ALARMS: "False alarms",
    UnitList.DOUBTFUL: "Nearest to the threshold",
    UnitList.INSPECTED: "Sent to an inspector",
    UnitList.NEWLY_MISSED: "Missed, caught today",
    UnitList.NEWLY_CAUGHT: "Caught, missed today",
    UnitList.NEWLY_FLAGGED: "New false alarms",
    UnitList.NEWLY_PASSED: "False alarms avoided",
}
_ORDER = {
    UnitList.MISSED: "lowest score first: the surer the model was, the worse the miss",
    UnitList.FALSE_ALARMS: "highest score first",
    UnitList.DOUBTFUL: "defects and good units, the nearest first",
    UnitList.INSPECTED: "defects and good units, highest score first",
    UnitList.NEWLY_MISSED: "lowest score first",
    UnitList.NEWLY_CAUGHT: "highest score first",
    UnitList.NEWLY_FLAGGED: "highest score first",
    UnitList.NEWLY_PASSED: "lowest score first",
}

_LISTS_WITH_INSPECTORS = {
    UnitList.MISSED: "Shipped defects",
    UnitList.FALSE_ALARMS: "Rejected good units",
    UnitList.INSPECTED: "Sent to an inspector",
    UnitList.NEWLY_MISSED: "Shipped, caught today",
    UnitList.NEWLY_CAUGHT: "Not shipped, missed today",
    UnitList.NEWLY_FLAGGED: "New rejects",
}
"""Names of the lists with inspectors."""


def list_name(analysis: Analysis, which: UnitList) -> str:
    """Name of a list of units."""
    names = _LISTS if analysis.scenario.inspection is None else _LISTS | _LISTS_WITH_INSPECTORS
    return names[which]


def list_size_words(which: UnitList, count: int, shown: int) -> str:
    """Number of units in a list, how many of them are shown, and their order."""
    if not count:
        return "There is none."
    if count == 1:
        return "the only one in the file"
    some = "all" if count <= shown else f"the first {number(shown)} of"
    return f"{some} {number(count)} in the file, {_ORDER[which]}"


def score_words(score: float) -> str:
    """Score of a unit in three digits."""
    return f"{score:.3g}"


def scores_in_column(scores: Collection[float]) -> list[str]:
    """Format scores with the same number of decimals, which gives the largest four digits."""
    largest = max((abs(score) for score in scores), default=0.0)
    decimals = 4 if largest <= 1 else max(0, 3 - math.floor(math.log10(largest)))
    return [number(score, decimals) for score in scores]


def refused_pictures_sentence(refused: Sequence[str]) -> str:
    """Sentence about pictures that cannot be shown, with the first reason."""
    return f"{counted(len(refused), 'picture')} could not be shown: {refused[0]}."
