"""Single units that the selected point gets wrong: lists of them and their pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.counts.dataset_counts import reading_rows
from dashboard.analysis.failures.failure_counts import counted_failures, tallied_point
from dashboard.analysis.failures.point_failures import failures_of
from dashboard.analysis.selection import Selection
from dashboard.data.picture_decoder import Picture
from dashboard.data.pictures import Pictures
from metrics import TallyFile
from metrics.tally.unit_lists import FirstUnits, UnitList, list_units
from metrics.tally.units import Unit, units_at

Within = tuple[tuple[str, str], ...]
"""Selected part of each column. All parts of the other columns are selected."""


def lists_within(selection: Selection, within: Within) -> Mapping[UnitList, FirstUnits]:
    """Lists of units in the selected parts. The rows are read once for each choice of parts.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    return _lists_within(selection, within) if within else counted_failures(selection).lists


@part(reads=lambda selection, within: (within, tallied_point(selection)), kind=Kind.PART)
def _lists_within(selection: Selection, within: Within) -> Mapping[UnitList, FirstUnits]:
    scores = selection.analysis.dataset.scores
    assert not isinstance(scores, TallyFile)
    with reading_rows():
        return list_units(scores, tallied_point(selection), within=dict(within))


def parts_listed(
    selection: Selection, which: UnitList, column: str, within: Within
) -> dict[str, int | None]:
    """Number of units by part of a column, within the selected parts of the other columns.

    The largest part is first. Doubtful units are not counted by part: their numbers are `None`.
    """
    others = tuple(pair for pair in within if pair[0] != column)
    if which is UnitList.DOUBTFUL:
        columns = [parts for parts in failures_of(selection).columns if parts.column == column]
        return dict.fromkeys(sorted(part.category for parts in columns for part in parts.parts))
    counts = lists_within(selection, others)[which].parts.get(column, {})
    return {part: counts[part] for part in sorted(counts, key=lambda part: (-counts[part], part))}


def units_of(selection: Selection, which: UnitList, within: Within = ()) -> tuple[Unit, ...]:
    """First units of a list, in the order of the list. The rows are read once for all lists.

    Raises
    ------
    ScoreError
        If the files changed since they were opened.
    """
    lists = lists_within(selection, within)
    by_row = _units_by_row(selection, within)
    return tuple(by_row[row] for row in lists[which].rows.tolist()) if which in lists else ()


@part(reads=lambda selection, within: (within, tallied_point(selection)), kind=Kind.PART)
def _units_by_row(selection: Selection, within: Within) -> dict[int, Unit]:
    dataset = selection.analysis.dataset
    assert not isinstance(dataset.scores, TallyFile)
    lists = lists_within(selection, within)
    with reading_rows():
        return units_at(
            dataset.scores,
            np.concatenate([first_units.rows for first_units in lists.values()]),
            picture=dataset.picture_column,
        )


def pictures_of(analysis: Analysis, units: Sequence[Unit], side: int) -> tuple[Picture, ...]:
    """Pictures of units, with sides of at most ``side`` pixels; empty if this data has no pictures."""
    source = analysis.dataset.pictures
    if source is None:
        return ()
    by_id = analysis.dataset.picture_column is None
    picture_names = tuple(unit.id if by_id else unit.picture for unit in units)
    try:
        return _pictures(analysis, source, picture_names, side)
    except OSError:  # for example, an archive was deleted, or no process can be started
        return ()


@part(reads=lambda analysis, *of: of, kind=Kind.PART)
def _pictures(
    analysis: Analysis, source: Pictures, names: tuple[str, ...], side: int
) -> tuple[Picture, ...]:
    return tuple(source.pictures(names, side))


def lists_of(selection: Selection) -> tuple[UnitList, ...]:
    """Lists of units that exist at the selected point."""
    lists = counted_failures(selection).lists
    is_current = failures_of(selection).is_current
    return tuple(name for name in lists if not (is_current and name.is_about_today))
