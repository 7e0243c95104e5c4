"""Words for the comparison of two operating points side by side: figures and differences."""

from __future__ import annotations

import math

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.optimism import range_of
from dashboard.analysis.selection import Selection
from dashboard.words.models.model_against_model import MODEL_AGAINST_MODEL
from dashboard.words.names import Names
from dashboard.words.numbers.gaps import worse_by, written_gap
from dashboard.words.numbers.intervals import ends, gap_interval_ends
from dashboard.words.phrases import CHANCE, CHECKING, MAY_BE_CHANCE, capital, chance_words
from metrics import Objective, OperatingPoint
from metrics.inference.comparison.paired_difference import Chance, PairedDifference
from metrics.selection.ties import is_equal

OTHER_MODELS_TITLE = "If another model were chosen"
MARKS = {"better": "\N{NO-BREAK SPACE}✓", "worse": "\N{NO-BREAK SPACE}✗"}
"""Marks of a better and a worse figure, as on the stakeholders' cards."""
PINNED_HERE = "A point chosen here is pinned: all pages compare with it."
"""Help of the box for the right point."""
UNDEFINED = "There is no such figure of this point."
"""Tooltip of the dash in place of an undefined figure, such as the precision without flagged units."""
ANOTHER_RESAMPLE = f"see “{MODEL_AGAINST_MODEL}” above"
"""Text instead of the chance of a difference that is judged together with those of all models."""


def current_system_words(analysis: Analysis, names: Names) -> str:
    """Current system with its name: ``Today: contrast_rule at 0.5``, or that there are no checks."""
    words = names.point(analysis.evaluation, analysis.current)
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
    return o.is_against_current and analysis.is_current(point)


def difference_words(
    selection: Selection, o: Objective, gap: PairedDifference | None
) -> tuple[str, str, str, str]:
    """Difference between the selected and the compared point: size, side, interval, and chance.

    The side is "better" or "worse", and empty for a tie and a difference that may be chance. All are empty if
    the difference is undefined.
    """
    scenario = selection.analysis.scenario
    value, reference = (point.figures[o.id] for point in (selection.point, selection.compared))
    if math.isnan(value) or math.isnan(reference):
        return "", "", "", ""
    size, worse = written_gap(o, value, reference, scenario), worse_by(o, value, reference)
    side = "" if size.is_same or not worse else "worse" if worse > 0 else "better"
    if gap is None:
        return size.words(), side, "", ""
    chance = "" if math.isnan(gap.low) or gap.low == gap.high else chance_words(gap)
    side = "" if gap.chance is Chance.POSSIBLE else side
    return size.words(), side, gap_interval_ends(gap, scenario, value, reference), chance


def change_words(
    selection: Selection,
    o: Objective,
    point: OperatingPoint,
    gap: PairedDifference | None,
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
            return MAY_BE_CHANCE, False
        words = change.words()
        return f"{words}, {CHECKING}" if words and analysis.is_pending else words, False
    words = f"{change.measure} {'better' if is_better else 'worse'}"
    if gap is not None and gap.chance is not Chance.UNKNOWN:
        chance = Chance.POSSIBLE if is_open else gap.chance
        return f"{words}, {CHANCE[chance]}", is_better and chance is Chance.CLEAR
    return f"{words}, {CHECKING}" if analysis.is_pending else words, False
