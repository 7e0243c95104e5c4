"""Single units that the chosen point gets wrong: lists of them, their pictures, a report's worst misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.selection import Selection
from dashboard.data.pictures import Picture
from dashboard.data.tally_job import TURNS
from dashboard.page.failure_counts import (
    counted_failures,
    failures_key,
    failures_of,
    has_rows,
    tallied_point,
)
from dashboard.page.failure_words import against_words, lost_words, part_name, parts_words
from dashboard.words.numbers import exact_threshold
from metrics import TallyFile
from metrics.errors import counted
from metrics.tally.point_failures import (
    FirstUnits,
    Unit,
    UnitList,
    list_units,
    units_at,
)

Within = tuple[tuple[str, str], ...]
"""The part of each column that is looked at; columns that are not named are looked at whole."""


def lists_within(selection: Selection, within: Within = ()) -> Mapping[UnitList, FirstUnits]:
    """The lists of units, of some parts alone; the rows are read once for each choice of parts.

    Raises
    ------
    ScoreError
        Where the files are no longer what they were.
    """
    analysis = selection.analysis
    if not within:
        return counted_failures(selection).lists

    def find() -> Mapping[UnitList, FirstUnits]:
        scores = analysis.dataset.scores
        assert not isinstance(scores, TallyFile)
        with TURNS:
            return list_units(scores, tallied_point(selection), within=dict(within))

    return cache.STORE.get(
        analysis.keyed("failures within", within, failures_key(selection).of), find
    )


def parts_listed(
    selection: Selection, which: UnitList, column: str, within: Within = ()
) -> dict[str, int | None]:
    """The parts of a column that a list has within the other columns' parts, and units of each.

    The largest first; None where units of this list are not counted by part.
    """
    others = tuple(pair for pair in within if pair[0] != column)
    if which is UnitList.DOUBTFUL:  # whose parts are not counted
        own = [parts for parts in failures_of(selection).columns if parts.column == column]
        return dict.fromkeys(sorted(part.category for parts in own for part in parts.parts))
    counts = lists_within(selection, others)[which].parts.get(column, {})
    return {part: counts[part] for part in sorted(counts, key=lambda part: (-counts[part], part))}


def units_of(selection: Selection, which: UnitList, within: Within = ()) -> tuple[Unit, ...]:
    """The first units of a list, in its order; the rows are read for them once.

    Raises
    ------
    ScoreError
        Where the files are no longer what they were.
    """
    analysis = selection.analysis
    lists = lists_within(selection, within)

    def read() -> dict[int, Unit]:
        scores = analysis.dataset.scores
        assert not isinstance(scores, TallyFile)
        with TURNS:
            return units_at(
                scores,
                np.concatenate([first_units.rows for first_units in lists.values()]),
                picture=analysis.dataset.picture_column,
            )

    key = analysis.keyed("failures' units", within, failures_key(selection).of)
    by_row = cache.STORE.get(key, read)
    return tuple(by_row[row] for row in lists[which].rows.tolist()) if which in lists else ()


def pictures_of(analysis: Analysis, units: Sequence[Unit], side: int) -> tuple[Picture, ...]:
    """Pictures of some units, no side longer than so many pixels; empty where this data has none."""
    source = analysis.dataset.pictures
    if source is None:
        return ()
    by_id = analysis.dataset.picture_column is None
    names = tuple(unit.id if by_id else unit.picture for unit in units)
    key = analysis.keyed("pictures", source, names, side)
    try:
        return cache.STORE.get(key, lambda: tuple(source.pictures(names, side)))
    except OSError:  # such as an archive that is gone, or no process to be had
        return ()


def lists_of(selection: Selection) -> tuple[UnitList, ...]:
    """The lists of units that this point has."""
    lists = counted_failures(selection).lists
    same = failures_of(selection).is_today
    return tuple(name for name in lists if not (same and name.is_about_today))


def fate_words(selection: Selection, unit: Unit) -> str:
    """What becomes of a unit at the chosen point."""
    point = tallied_point(selection)
    score, low = unit.scores[point.model], point.ship_below
    if low is None:
        becomes = "held back" if score >= point.threshold else "shipped"
        return f"At the chosen threshold ({exact_threshold(point.threshold)}) it is {becomes}."
    if score < low:
        return f"It scores less than {exact_threshold(low)} and is shipped."
    if score >= point.threshold:
        return f"It scores {exact_threshold(point.threshold)} or more and is rejected."
    return f"It scores {exact_threshold(low)} or more and goes to an inspector."


MOST_IN_REPORT = 30
"""Units that a report shows."""


IN_REPORT = 160
"""Longest side of their pictures, in pixels."""


MOST_BYTES_IN_REPORT = 1 << 20
"""Of all their pictures; what comes after that has none."""


@dataclass(frozen=True)
class ReportedUnit:
    """A missed defect as a report shows it.

    Attributes
    ----------
    id : str
    lines : tuple of str
        Its score, its parts, and whether today's system catches it.
    picture : str
        As the address of an image; empty where there is none.
    """

    id: str
    lines: tuple[str, ...]
    picture: str


@dataclass(frozen=True)
class WorstMisses:
    """A report's page of the worst misses.

    Attributes
    ----------
    finding : str
        What flips against today's system.
    lines : tuple of str
        Which parts are worst, and which units are shown.
    units : tuple of ReportedUnit
        The lowest score first.
    """

    finding: str
    lines: tuple[str, ...]
    units: tuple[ReportedUnit, ...]

    @property
    def has_pictures(self) -> bool:
        """Whether any unit has one."""
        return any(unit.picture for unit in self.units)


def worst_misses(selection: Selection, most: int = MOST_IN_REPORT) -> WorstMisses | None:
    """The missed defects that the model was surest of; None where only a tally is at hand.

    Raises
    ------
    ScoreError
        Where the files are no longer what they were.
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
    lines = [
        *lost_words(analysis, failures)[:1],
        *map(parts_words, failures.columns),
        listed,
    ]
    return WorstMisses(against_words(analysis, failures), tuple(lines), tuple(shown))


def _reported_lines(selection: Selection, unit: Unit) -> tuple[str, ...]:
    analysis = selection.analysis
    kind = analysis.dataset.scores.columns.defect_type
    first = sorted(unit.parts.items(), key=lambda pair: pair[0] != kind)
    lines = [f"score {unit.scores[str(selection.point.model)]:.3g}"]
    lines += [", ".join(part_name(part) for _, part in first)] if first else []
    today = analysis.scenario.today
    if today is not None and unit.scores[today.model] >= today.threshold:
        lines.append("caught today")
    return tuple(lines)
