"""Words for the comparison of two operating points side by side: figures, differences and counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.optimism import range_of
from dashboard.analysis.selection import Selection
from dashboard.words.decide.cards import compared_title
from dashboard.words.names import Names
from dashboard.words.numbers.gaps import CHANCE, chance_words, worse_by, written_gap
from dashboard.words.numbers.intervals import ends, gap_ends
from dashboard.words.numbers.unit_counts import count_difference, plain_count
from dashboard.words.phrases import capital
from metrics import Objective, OperatingPoint
from metrics.inference.comparison import Chance, Gap
from metrics.selection.ties import is_equal

OTHER_MODELS_TITLE = "If another model were chosen"
MARKS = {"better": "\N{NO-BREAK SPACE}✓", "worse": "\N{NO-BREAK SPACE}✗"}
"""Marks of a better and a worse figure, as on the stakeholders' cards."""
PINNED_HERE = "A point chosen here is pinned: all pages compare with it."
"""Help of the box for the right point."""
UNDEFINED = "There is no such figure of this point."
"""Tooltip of the dash in place of an undefined figure, such as the precision without flagged units."""
ANOTHER_RESAMPLE = "see “Model against model” above"
"""Text instead of the chance of a difference that is judged together with those of all models."""
COUNTED = {
    "fn": "Missed defects in the file",
    "fp": "False alarms in the file",
    "tp": "Defects caught in the file",
}
"""Labels of the counts of the file."""


def same_point_sentences(selection: Selection) -> str:
    """Sentences about two equal points."""
    return (
        f"{capital(compared_title(selection))} and the chosen point are the same. Choose another point to "
        "compare with."
    )


def current_system_words(analysis: Analysis, names: Names) -> str:
    """Current system with its name: ``Today: contrast_rule at 0.5``, or that there are no checks."""
    words = names.point(analysis, analysis.current, alone=True)
    return capital(words) if analysis.current.model is None else f"Today: {words}"


def interval_below(selection: Selection, o: Objective, point: OperatingPoint) -> str:
    """Interval of a figure; empty if it is undefined or unknown."""
    analysis, value = selection.analysis, point.figures[o.id]
    if math.isnan(value):
        return ""
    if is_reference(analysis, o, point):
        return "the reference"
    if analysis.uncertainty is None:
        return ""
    return ends(o, value, *range_of(analysis, o, point), analysis.scenario)


def is_reference(analysis: Analysis, o: Objective, point: OperatingPoint) -> bool:
    """Whether a figure is the change of the current system from itself."""
    return o.is_against_today and analysis.is_current(point)


@dataclass(frozen=True)
class DifferenceWords:
    """Words of the difference between two points.

    Attributes
    ----------
    size : str
        Empty if it is undefined.
    side : {"better", "worse", ""}
        Empty for a tie, and for a difference that may be chance.
    interval, chance : str
    """

    size: str
    side: str = ""
    interval: str = ""
    chance: str = ""


def difference_words(selection: Selection, o: Objective, gap: Gap | None) -> DifferenceWords:
    """Words of the difference between the selected and the compared point."""
    scenario = selection.analysis.scenario
    value, reference = (point.figures[o.id] for point in (selection.point, selection.compared))
    if math.isnan(value) or math.isnan(reference):
        return DifferenceWords("")
    worse, could_be_chance = worse_by(o, value, reference), False
    interval = chance = ""
    if gap is not None:
        could_be_chance = gap.chance is Chance.POSSIBLE
        interval = gap_ends(gap, scenario, value, reference)
        chance = "" if math.isnan(gap.low) or gap.low == gap.high else chance_words(gap)
    size = written_gap(o, value, reference, scenario)
    side = "better" if worse < 0 else "worse" if worse > 0 else ""
    return DifferenceWords(
        size.words(),
        "" if size.is_same or could_be_chance else side,
        interval,
        chance,
    )


def count_comparison(selection: Selection, key: str) -> tuple[str, str, str]:
    """A count of the file at the selected and at the compared point, and their difference."""
    here, there = (point.counts[key] for point in (selection.point, selection.compared))
    return plain_count(here), plain_count(there), count_difference(here - there)


def change_words(
    selection: Selection,
    o: Objective,
    point: OperatingPoint,
    gap: Gap | None,
    *,
    is_open: bool,
) -> tuple[str, bool]:
    """Change of a figure from that of the selected point, and whether it is a clear gain.

    Parameters
    ----------
    is_open : bool
        Whether the difference may be chance if all models are judged at once.
    """
    analysis = selection.analysis
    value, selected = point.figures[o.id], selection.point.figures[o.id]
    change = written_gap(o, value, selected, analysis.scenario)
    if not change.is_defined:
        return "", False
    is_better = worse_by(o, value, selected) < 0
    if change.is_same:
        may_be_chance = gap is not None and gap.chance is Chance.POSSIBLE
        if may_be_chance and not is_equal(value, selected):
            return CHANCE[Chance.POSSIBLE], False
        words = change.words()
        return f"{words}, checking" if words and analysis.is_pending else words, False
    words = f"{change.measure} {'better' if is_better else 'worse'}"
    if gap is not None and gap.chance is not Chance.UNKNOWN:
        chance = Chance.POSSIBLE if is_open else gap.chance
        return f"{words}, {CHANCE[chance]}", is_better and chance is Chance.CLEAR
    return f"{words}, checking" if analysis.is_pending else words, False
