"""Words for the parts that fail most often: kinds of defect, segments, and kinds by segment."""

from __future__ import annotations

import math

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.kinds_by_segment import Cell, Crossed
from dashboard.analysis.failures.parts import Part, Parts, Rate
from dashboard.safe_text import one_line
from dashboard.words.failures.failure_counts import plain_count, so_many_of
from dashboard.words.numbers.figures import in_per_cent
from dashboard.words.numbers.intervals import labelled_ends
from dashboard.words.numbers.objective_units import period_of
from dashboard.words.phrases import CHANCE, first_of
from metrics import OBJECTIVES, Scenario
from metrics.errors import counted
from metrics.inference.comparison.paired_difference import Chance

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
    if first.by_current is not None:
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
    sure = "" if part.than_current is Chance.UNKNOWN else f", {CHANCE[part.than_current]}"
    return f"today misses fewer{sure}"
