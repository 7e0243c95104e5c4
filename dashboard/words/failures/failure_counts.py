"""Words for counts of units and of failures, and for their changes from the current system."""

from __future__ import annotations

import math
from functools import partial

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.against_current import AgainstCurrent
from dashboard.analysis.failures.failure_counts import (
    ALARMS,
    MISSED,
    ROUNDING,
    Count,
    tallied_point,
)
from dashboard.analysis.failures.point_failures import PointFailures
from dashboard.analysis.selection import Selection
from dashboard.words.names import threshold_of
from dashboard.words.numbers.amounts import number, rate_words
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.intervals import labelled_ends
from dashboard.words.numbers.objective_units import period_of

NO_ROWS = (
    "This is a tally: it holds counts and no rows, so it does not show which units are missed. Open the "
    "score files to see them."
)
NO_INTERVALS = (
    "How sure these counts are is not known: the rows of this tally come in groups, or have "
    "weights."
)
NOT_AGAINST_TODAY = (
    "This tally was not counted against today’s system, so it does not show which units are "
    "treated differently."
)
"""Reasons why a part of the page is not known."""


def inspectors_words(selection: Selection) -> str:
    """Sentences about inspectors, and about the misses that remain with them; empty without inspectors."""
    analysis = selection.analysis
    point, inspection = tallied_point(selection), analysis.scenario.inspection
    if inspection is None or point.ship_below is None:
        return ""
    written = partial(threshold_of, analysis.evaluation)
    low = written(point.model, point.ship_below)
    high = f" to {written(point.model, point.threshold)}" if point.threshold < math.inf else " on"
    catches, rejects = map(rate_words, (inspection.catches, inspection.rejects))
    return (
        f"Units that score from {low}{high} go to an inspector, who finds {catches} of the defects and "
        f"rejects {rejects} of the good units by mistake. Missed defects are those shipped, and those that "
        "inspectors are expected to overlook."
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


def flip_heads(flips: AgainstCurrent) -> tuple[list[str], list[str]]:
    """Heads of the columns and rows of the table of units by the model and by the current system."""
    yes, no = ("caught", "missed") if flips.of_defects else ("rejected", "shipped")
    rows = [f"{yes} today", f"{no} today"]
    if not flips.treated:
        return [f"{yes} by this model", f"{no} by this model"], rows
    lost = f"{'missed' if flips.of_defects else 'rejected'} in all"
    return ["rejected", "to an inspector", "shipped", lost], [*rows, "all"]


def count_words(
    analysis: Analysis, count: Count, *, of_defects: bool = True, most: float = math.inf
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


def in_file_words(analysis: Analysis, count: Count) -> str:
    """Format a count in the file. A count that is not whole because of inspectors is called expected."""
    is_whole = abs(count.in_file - round(count.in_file)) < ROUNDING
    expected = "" if is_whole or analysis.scenario.inspection is None else "expected "
    return f"{plain_count(count.in_file)} {expected}in the file"


def against_words(analysis: Analysis, failures: PointFailures) -> str:
    """Sentence about the defects that the point treats differently from the current system."""
    if failures.is_current:
        return "The chosen point is today’s system: no unit is treated differently"
    defects = failures.defects
    if defects is None:
        return "Compared with no checks, every caught defect and every false alarm is new"
    if defects.newly.value == defects.no_longer.value == 0:
        return "It catches the same defects as today’s system"
    caught, missed = (
        figure(MISSED, count.value, analysis.scenario) if count.value else ""
        for count in (defects.newly, defects.no_longer)
    )
    period = period_of(analysis.scenario)
    return (
        f"Catches {caught or 'no'} {'defect' if caught == '1' else 'defects'} {period} that today misses, "
        f"misses {missed or 'none'} that today catches"
    )


FEW = 100
"""Smallest number of units for which a share is written in per cent."""


def plain_count(count: float) -> str:
    """Format whole units without decimals, and summed weights and expected counts with one."""
    if ROUNDING < count < 0.05:
        return "fewer than 0.1"
    return number(count, 0 if round(count, 1).is_integer() else 1)


def share_words(part: float, of: float) -> str:
    """Format a share as two counts, or in per cent of many units: ``8 of 13``, ``75.2%``."""
    if of < FEW:
        return so_many_of(part, of)
    return rate_words(part / of)


def so_many_of(part: float, of: float) -> str:
    """Format a part of a count: ``8 of 13``. An incomplete part never reads as ``13 of 13``."""
    words, of_all = plain_count(part), plain_count(of)
    if words == of_all and part < of - ROUNDING:
        words = f"over {number(of - 0.1, 1)}"
    return f"{words} of {of_all}"
