"""Words on the least cost of errors of the selected model, and on the threshold at which it has it."""

from __future__ import annotations

import math

from dashboard.analysis.decide.least_cost import LeastCost
from dashboard.analysis.picked_points import COST
from dashboard.analysis.selection import Selection
from dashboard.words.names import Names, threshold_of
from dashboard.words.numbers.amounts import digits
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.intervals import ends
from dashboard.words.numbers.objective_units import unit_period
from metrics import Scenario


def least_cost_sentence(selection: Selection, names: Names, best: LeastCost | None) -> str:
    """Sentence about the threshold at which the errors of the selected model cost least."""
    model = str(selection.point.model)
    if best is None:
        return f"No threshold of {names.model(model)} flags some units and not all"
    return f"Errors cost least at {threshold_of(selection.analysis.figures, model, best.threshold)}"


def least_cost_figure(scenario: Scenario, best: LeastCost | None) -> str:
    """Sentence about the least cost of errors; empty if there is none."""
    if best is None:
        return ""
    words = f"Cost of errors there, in false alarms: {figure(COST, best.cost, scenario)}"
    period = unit_period(COST, scenario)
    words += f" {period}" if period else ""
    interval = ends(COST, best.cost, *best.interval, scenario)
    return words + (f" ({interval} on new data)." if interval else ".")


def implied_threshold_note(best: LeastCost | None) -> str:
    """Sentence about the threshold that the probabilities imply; empty for a ranking."""
    if best is None or math.isnan(best.implied_threshold):
        return ""
    advice = ": look at its calibration" if best.is_far_from_implied else ""
    return f"Its probabilities alone would say {digits(best.implied_threshold)}{advice}."
