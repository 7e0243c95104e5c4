"""Words for single units: names of lists, and description of a unit."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.failure_counts import tallied_point
from dashboard.analysis.selection import Selection
from dashboard.data.dataset import Dataset
from dashboard.safe_text import one_line
from dashboard.words.failures.parts import part_name
from dashboard.words.numbers.amounts import number
from dashboard.words.numbers.thresholds import exact_threshold
from metrics.errors import counted
from metrics.tally.unit_lists import UnitList
from metrics.tally.units import Unit

NO_PICTURE = "no picture"
"""Text in place of a picture."""
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
    UnitList.NEWLY_MISSED: "Shipped, caught today",
    UnitList.NEWLY_CAUGHT: "Not shipped, missed today",
    UnitList.NEWLY_FLAGGED: "New rejects",
    UnitList.NEWLY_PASSED: "Rejects avoided",
}
"""Names of the lists that have another name with inspectors."""


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
    return (
        f"No pictures of these: “{one_line(column)}” must give the place of each picture in the folder or "
        f"archive of --images, such as {one_line(unit.picture) or '(empty)'}."
    )


def class_and_parts(unit: Unit) -> str:
    """Class and parts of a unit: ``a defect; line: 3``."""
    parts = [
        f"; {one_line(name)}: {one_line(part_name(part))}" for name, part in unit.parts.items()
    ]
    return f"a {'defect' if unit.is_defect else 'good unit'}{''.join(parts)}"


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
        return f"At the chosen threshold it is {becomes}."
    if score < low:
        return f"It scores less than {exact_threshold(low)} and is shipped."
    if score >= point.threshold:
        return f"It scores {exact_threshold(point.threshold)} or more and is rejected."
    return f"It scores {exact_threshold(low)} or more and goes to an inspector."


def list_name(analysis: Analysis, which: UnitList) -> str:
    """Name of a list of units."""
    names = _LISTS if analysis.scenario.inspection is None else _LISTS | _LISTS_WITH_INSPECTORS
    return names[which]


def list_size_words(which: UnitList, count: int, shown: int) -> str:
    """Number of units in a list, how many of them are shown, and their order."""
    if not count:
        return "none in the file"
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
