"""Words of the page of a report with the worst misses."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.point_failures import PointFailures
from dashboard.analysis.selection import Selection
from dashboard.words.failures.parts import parts_words
from dashboard.words.failures.units import list_name, list_size_words, parts_of_unit, score_words
from metrics.tally.unit_lists import UnitList
from metrics.tally.units import Unit


def worst_misses_lines(analysis: Analysis, failures: PointFailures, shown: int) -> tuple[str, ...]:
    """Sentences about the worst parts, and about which missed defects are shown."""
    listed = list_size_words(UnitList.MISSED, failures.counts[UnitList.MISSED], shown)
    listed = f"{list_name(analysis, UnitList.MISSED)}: {listed}"
    return *map(parts_words, failures.columns), listed


def missed_unit_lines(selection: Selection, unit: Unit) -> tuple[str, ...]:
    """Score, segments and kind of defect of a missed unit, and whether the current system catches it."""
    analysis = selection.analysis
    parts = parts_of_unit(analysis, unit)
    lines = [f"score {score_words(unit.scores[str(selection.point.model)])}"]
    lines += [", ".join(parts)] if parts else []
    today = analysis.scenario.today
    if today is not None and unit.scores[today.model] >= today.threshold:
        lines.append("caught today")
    return tuple(lines)
