"""Words next to the handle of the threshold, and for a point under the pointer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.cards import StakeholderCard, best_of_all, chance_of_false_alarms
from dashboard.analysis.inspection import is_best_band
from dashboard.analysis.limits import limits_status
from dashboard.analysis.selection import Selection
from dashboard.words.decide.cards import CardWords, comparison_with_current, current_figure_words
from dashboard.words.limits.limits_status import limits_status_words
from dashboard.words.names import Names, threshold_of
from dashboard.words.numbers.amounts import MINUS
from dashboard.words.numbers.figures import figure, in_per_cent
from dashboard.words.numbers.gaps import is_written_alike
from dashboard.words.numbers.thresholds import exact_threshold
from dashboard.words.phrases import CHANCE, CHECKING
from metrics import OBJECTIVES, Evaluation, Objective, OperatingPoint
from metrics.inference.comparison.paired_difference import Chance

MISSED, ALARMS, FLAGGED = (
    OBJECTIVES[name] for name in ("missed_defects", "false_alarms", "share_flagged")
)

THRESHOLD_HELP = {
    "model": "Model",
    "exact": "Exact threshold",
    "exactLower": "Exact lower threshold",
    "pin": "Pin",
    "pinned": "Pinned",
    "pinHelp": "Keep this point beside the one you choose next",
    "missed": "missed",
    "alarms": "false alarms",
    "from": "inspected from",
    "to": "to",
    "band": "Best band",
    "bandHelp": "Both thresholds back to the pair of this model that costs least",
    "upper": "Threshold",
    "upperOfTwo": "Reject from",
    "lower": "Ship below",
}
"""Labels, buttons and tooltips next to the threshold that are the same at every point."""


class ThresholdWords(NamedTuple):
    """Words next to the handle of the threshold.

    Attributes
    ----------
    missed, alarms : str
        Missed defects and false alarms of the scenario.
    is_missed_on_card : bool
        Whether a card already shows the missed defects, so that they are not repeated.
    alarms_help : str
    current : str
        Comparison of the false alarms with the current system, usually in brackets.
    remark : str
        Words after the counts, with their separator: that nothing is flagged, or the meaning of the dashed
        curves. Empty if there are none.
    upper, lower : str
        Description of the point for a screen reader, at each handle.
    upper_field, lower_field : str
        Thresholds in the form that the number fields take; empty if nothing is flagged.
    upper_help : str
        Tooltip of the field, with all digits.
    has_cheaper_band : bool
        Whether inspectors review another pair of thresholds than the model's pair of least cost.
    """

    missed: str
    alarms: str
    is_missed_on_card: bool
    alarms_help: str
    current: str
    remark: str
    upper: str
    lower: str
    upper_field: str
    lower_field: str
    upper_help: str
    has_cheaper_band: bool


def threshold_words(
    selection: Selection, names: Names, point: OperatingPoint, axis: str, *, at_rest: bool
) -> ThresholdWords:
    """Words next to the handle at an operating point.

    Parameters
    ----------
    axis : str
        "threshold", "flagged" or "recall".
    at_rest : bool
        Whether to judge chance. The point must then be the selected one.
    """
    analysis, scenario = selection.analysis, selection.analysis.scenario
    evaluation, model, at = analysis.evaluation, str(point.model), point.threshold
    lower, title = evaluation.inspected_from(*point.place), names.point(evaluation, point)
    field = _field(evaluation, model, at)
    flagged = in_per_cent(point.figures[FLAGGED.id])
    if math.isinf(at):
        remark, exact = " · nothing is flagged", ""
    else:
        is_dashed = point.lower is not None and axis == "threshold"
        remark = " · dashed: with this lower threshold" if is_dashed else ""
        exact = f" Now {exact_threshold(at)}."
    return ThresholdWords(
        missed=figure(MISSED, point.figures[MISSED.id], scenario),
        is_missed_on_card=any(s.objective.id == MISSED.id for s in analysis.stakeholders),
        alarms=figure(ALARMS, point.figures[ALARMS.id], scenario),
        alarms_help="False alarms: good units that are stopped. "
        f"Of all units {flagged} are stopped, good or defective",
        current=_against_current(selection, point, at_rest=at_rest),
        remark=remark,
        upper=title,
        lower=title if lower is None else names.at(evaluation, model, lower, alone=True),
        upper_field=field,
        lower_field=field if lower is None else _field(evaluation, model, lower),
        upper_help=f"The units scored at or above it are flagged.{exact}",
        has_cheaper_band=scenario.inspection is not None and not is_best_band(analysis, point),
    )


def _field(evaluation: Evaluation, model: str, at: float) -> str:
    """A threshold in the form that a number field takes."""
    written = threshold_of(evaluation, model, at) if math.isfinite(at) else ""
    return written.replace(MINUS, "-")


def _against_current(selection: Selection, point: OperatingPoint, *, at_rest: bool) -> str:
    analysis = selection.analysis
    value, of_current = (p.figures[ALARMS.id] for p in (point, analysis.current))
    if analysis.scenario.inspection is not None or not of_current > 0:
        return ""
    if at_rest:
        chance = false_alarms_chance(selection)
    else:
        is_judged = analysis.shows_intervals and analysis.held_out != "training"
        chance = CHECKING if is_judged and value != of_current else ""
    current = current_figure_words(analysis, ALARMS)
    compared = comparison_with_current(analysis, ALARMS, value, current)
    return f" ({', '.join(filter(None, [compared, chance]))})"


def figure_line(o: Objective, written: str, unit: str, interval: str) -> tuple[str, str | None]:
    """Figure with its name and unit, and its 95% interval in brackets; `None` without an interval."""
    return f"{o.label}: {written} {unit}".rstrip(), f"({interval})" if interval else None


def pointed_interval(selection: Selection, card: StakeholderCard, words: CardWords) -> str:
    """95% interval of a card at a point under the pointer; empty if unknown.

    A picked point that is not selected has no interval here, since it would have to allow for the choice.
    """
    if card.is_pick and card.point.place != selection.point.place:
        return ""
    return "" if words.interval == CHECKING else words.interval


def limits_line(selection: Selection, point: OperatingPoint) -> str:
    """Whether a point meets the limits in this file; empty without limits."""
    status = limits_status(selection.analysis, point, at_rest=False)
    return limits_status_words(selection.analysis, status)


def off_front_words(analysis: Analysis, point: OperatingPoint, *, is_shown: bool) -> str:
    """Reason why a point of a curve is not on the front; empty if it is as good as a point on the front.

    Parameters
    ----------
    is_shown : bool
        Whether a point of the model is on the front.
    """
    if any(math.isnan(point.figures[s.objective.id]) for s in analysis.stakeholders):
        return "an objective is undefined here"
    return "" if is_shown else "beaten: another is as good for all, better for one"


def best_of_all_words(
    analysis: Analysis, point: OperatingPoint, shown: Sequence[Objective]
) -> tuple[str, ...]:
    """Objectives that a point is the best by, except the shown ones: ``lowest log loss of all``."""
    return tuple(
        f"{o.superlative} {o.label} of all"
        for o in (stakeholder.objective for stakeholder in analysis.stakeholders)
        if o not in shown and point.figures[o.id] == best_of_all(analysis, o)
    )


def false_alarms_chance(selection: Selection) -> str:
    """Whether the difference in false alarms to the current system may be chance; empty if unknown."""
    analysis, o = selection.analysis, OBJECTIVES["false_alarms"]
    value, reference = (p.figures.get(o.id, math.nan) for p in (selection.point, analysis.current))
    chance = chance_of_false_alarms(selection)
    if chance is Chance.UNKNOWN or is_written_alike(o, value, reference, analysis.scenario):
        return ""
    return CHECKING if chance is None else CHANCE[chance]
