"""Words for counts of failures: changes from the current system, and parts that fail most often."""

from __future__ import annotations

import math
from functools import partial

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.against_today import AgainstToday
from dashboard.analysis.failures.failure_counts import (
    ALARMS,
    MISSED,
    ROUNDING,
    Count,
    tallied_point,
)
from dashboard.analysis.failures.kinds_by_segment import Cell, Crossed
from dashboard.analysis.failures.parts import Part, Parts, Rate
from dashboard.analysis.failures.point_failures import PointFailures
from dashboard.analysis.selection import Selection
from dashboard.safe_text import one_line
from dashboard.words.names import threshold_of
from dashboard.words.numbers.amounts import rate_words
from dashboard.words.numbers.figures import figure, in_per_cent
from dashboard.words.numbers.gaps import CHANCE
from dashboard.words.numbers.intervals import labelled_ends
from dashboard.words.numbers.objective_units import period_of
from dashboard.words.numbers.unit_counts import plain_count, so_many_of
from dashboard.words.phrases import first_of
from metrics import OBJECTIVES, Scenario
from metrics.errors import counted
from metrics.inference.comparison.paired_difference import Chance

NO_ROWS = (
    "This is a tally: it holds counts and no rows, so nobody can say here which units are missed. Open the "
    "score files themselves to see them."
)
NO_INTERVALS = (
    "How sure these counts are is not known: the rows of this tally come in groups, or have "
    "weights."
)
NOT_AGAINST_TODAY = (
    "This tally was not counted against today’s system, so nobody can say here what is "
    "treated differently."
)
"""Reasons why a part of the page is not known."""
RANGES = (
    "Line on a bar: the 95% range of its share, which holds for all rows of the table at once. Mark across "
    "it: the share of all. The range of a count is for as many new units, and holds for its row alone."
)
"""Key of the bars, and the reason why the intervals of shares and counts differ."""
COUNTED_TOGETHER = (
    "There are more parts than are counted apart: the later ones are counted together as “other”."
)
MOST_ACROSS = 8
"""Number of parts that the table of kinds by parts shows."""


def inspectors_words(selection: Selection) -> str:
    """Sentences about inspectors, and about the misses that remain with them; empty without inspectors."""
    analysis = selection.analysis
    point, inspection = tallied_point(selection), analysis.scenario.inspection
    if inspection is None or point.ship_below is None:
        return ""
    written = partial(threshold_of, analysis.figures)
    low = written(point.model, point.ship_below)
    high = f" to {written(point.model, point.threshold)}" if point.threshold < math.inf else " on"
    catches, rejects = map(rate_words, (inspection.catches, inspection.rejects))
    return (
        f"What scores from {low}{high} goes to an inspector, who finds {catches} of its defects and "
        f"rejects {rejects} of its good units by mistake. Missed is what is shipped, and what inspectors "
        "are expected to overlook."
    )


def file_counts_sentences(selection: Selection) -> str:
    """Sentences about the counts of the file, and about how to compare them with the current system."""
    caught, missed, alarms = (
        plain_count(selection.point.counts[key]) for key in ("tp", "fn", "fp")
    )
    return (
        f"In this file: {caught} defects caught, {missed} missed, {alarms} good units rejected. Enter "
        "today’s system above to compare with it."
    )


def parts_title(parts: Parts) -> str:
    """Title of the table of the kinds of defect, or of the parts of a column."""
    what = "Kinds of defect" if parts.is_kind else f"Parts of “{one_line(parts.column)}”"
    return f"{what}, worst first"


def unnamed_columns_sentence(analysis: Analysis) -> str:
    """Sentence about how to name further columns, so that the page can show their parts; else empty."""
    columns = analysis.dataset.scores.columns
    unnamed = [
        *(["kind of defect"] if columns.defect_type is None else []),
        *([] if columns.segments else ["segment"]),
    ]
    if not unnamed:
        return ""
    unused = [one_line(c.name) for c in analysis.dataset.column_uses if c.use == "ignore"]
    which = f" Not used so far: {first_of(unused, 3)}." if unused else ""
    return (
        f"No column is taken for the {' or the '.join(unnamed)}: choose it in the table on the Data page, or "
        f"when you open the data, and the worst come first here.{which}"
    )


def flip_heads(flips: AgainstToday) -> tuple[list[str], list[str]]:
    """Heads of the columns and rows of the table of units by the model and by the current system."""
    yes, no = ("caught", "missed") if flips.of_defects else ("rejected", "shipped")
    rows = [f"{yes} today", f"{no} today"]
    if not flips.treated:
        return [f"{yes} by this model", f"{no} by this model"], rows
    lost = f"{'missed' if flips.of_defects else 'rejected'} in all"
    return ["rejected", "to an inspector", "shipped", lost], [*rows, "all"]


def count_words(
    analysis: Analysis,
    count: Count,
    *,
    of_defects: bool,
    most: float = math.inf,
) -> tuple[str, str, str]:
    """A count of the scenario, its interval, and the count in the file if the two differ.

    Parameters
    ----------
    most : float
        Units of the class and part in the file; the upper end of the interval is at most this number.
    """
    objective = MISSED if of_defects else ALARMS
    factor = float(analysis.evaluation.factors[0 if of_defects else 1])
    low, high = (min(end, most * factor) for end in count.ends)
    if count.value == count.in_file and float(count.in_file).is_integer() and not math.isnan(low):
        low, high = math.floor(low), math.ceil(high)  # Whole units, rounded outwards.
    in_file = "" if count.value == count.in_file else in_file_words(analysis, count)
    text = figure(objective, count.value, analysis.scenario)
    return text, labelled_ends(objective, count.value, low, high, analysis.scenario), in_file


def part_rate_words(rate: Rate, *, is_few: bool) -> tuple[str, str, str]:
    """Share of a part, its interval, and whether it differs from the share of all units."""
    if math.isnan(rate.value):
        return "none there", "", ""
    text = so_many_of(rate.flagged, rate.of)
    if not is_few:
        is_all_but = rate.value < 1 and round(100 * rate.value, 1) >= 100
        text = "over 99.9%" if is_all_but else in_per_cent(rate.value)
    if rate.chance is Chance.UNKNOWN:
        return text, "", ""
    low, high = rate.ends
    interval = f"95%: {in_per_cent(low)} to {in_per_cent(high)}"
    if rate.value:
        interval = labelled_ends(OBJECTIVES["recall"], rate.value, low, high, Scenario())
    differs = f"clearly {'more' if rate.value > rate.of_all else 'fewer'} than of all"
    return text, interval, CHANCE[rate.chance] if rate.chance is Chance.POSSIBLE else differs


def part_heads(analysis: Analysis, parts: Parts) -> list[str]:
    """Heads of the table of parts."""
    period, first = period_of(analysis.scenario), parts.parts[0]
    heads = ["Kind" if parts.is_kind else parts.column, "Defects caught", f"Missed {period}"]
    if first.newly_missed is not None:
        heads.append("of these, caught today")
    if first.by_today is not None:
        heads.append(f"Missed today {period}")
    if not parts.is_kind:
        heads += ["Good units rejected", f"False alarms {period}"]
    return heads


def crossed_title(crossed: Crossed) -> str:
    """Title of the table of missed defects by kind and part."""
    parts_left_out = len(crossed.parts) - MOST_ACROSS
    more = f"; {counted(parts_left_out, 'other part')} not shown" if parts_left_out > 0 else ""
    return f"Missed in the file, by kind and “{one_line(crossed.column)}”{more}"


def crossed_words(cell: Cell | None) -> tuple[str, str]:
    """Missed defects of a kind in a part, and how many of them the current system catches."""
    if cell is None:
        return "–", ""
    words = f"{plain_count(cell.lost)} caught today" if cell.lost > 0 else ""
    return so_many_of(cell.missed, cell.of), words


def in_file_words(analysis: Analysis, count: Count) -> str:
    """Format a count in the file. A count that is not whole because of inspectors is called expected."""
    is_whole = abs(count.in_file - round(count.in_file)) < ROUNDING
    expected = "" if is_whole or analysis.scenario.inspection is None else "expected "
    return f"{plain_count(count.in_file)} {expected}in the file"


def against_words(analysis: Analysis, failures: PointFailures) -> str:
    """Sentence about the defects that the point treats differently from the current system."""
    period = period_of(analysis.scenario)
    if failures.is_today:
        return "The chosen point is today’s system: no unit is treated differently"
    defects = failures.defects
    if defects is None:
        return "Against no checks, every caught defect and every false alarm is new"
    if defects.newly.value == defects.no_longer.value == 0:
        return "It catches the same defects as today’s system"
    caught, missed = (
        figure(MISSED, count.value, analysis.scenario) if count.value else ""
        for count in (defects.newly, defects.no_longer)
    )
    return (
        f"Catches {caught or 'no'} {'defect' if caught == '1' else 'defects'} {period} that today misses, "
        f"misses {missed or 'none'} that today catches"
    )


def part_name(category: str) -> str:
    """Name of a part."""
    return category or "(empty)"


def parts_words(parts: Parts) -> str:
    """Sentence about the worst part, and whether the difference may be chance."""
    what = "kind of defect" if parts.is_kind else f"part of “{parts.column}”"
    defined = [part for part in parts.parts if not math.isnan(part.recall.value)]
    if not defined:
        return f"No {what} has a defect"
    worst, other_parts = defined[0], defined[1:]
    caught = so_many_of(worst.recall.flagged, worst.recall.of)
    if not other_parts:
        return f"All defects are of one {what}, {part_name(worst.category)}: {caught} are caught"
    words = f"Caught least often: {part_name(worst.category)}, {caught} defects"
    if worst.recall.chance is Chance.UNKNOWN:
        return words
    is_clear = worst.recall.chance is Chance.CLEAR
    return f"{words}, which {'is ' if is_clear else ''}{CHANCE[worst.recall.chance]}"


def against_current_words(part: Part) -> str:
    """Words if a part has more misses than the current system: ``today misses fewer, clear``; else empty."""
    if not part.is_worse:
        return ""
    sure = "" if part.than_today is Chance.UNKNOWN else f", {CHANCE[part.than_today]}"
    return f"today misses fewer{sure}"
