"""Words for the figure of the current system, and for another figure compared with it."""

from __future__ import annotations

import math

from dashboard.analysis.analysis import Analysis
from dashboard.words.numbers.amounts import money
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.gaps import is_written_alike, worse_by
from metrics import Objective
from metrics.evaluation.objective import NO_CHECKS


def comparison_with_current(analysis: Analysis, o: Objective, value: float, current: str) -> str:
    """Comparison of a figure with that of the current system: ``beats today’s 19,620``.

    Parameters
    ----------
    current : str
        Figure of the current system (`current_figure_words`).
    """
    reference = analysis.current.figures.get(o.id, math.nan)
    if math.isnan(reference):
        return ""
    if math.isnan(value):
        return current
    if is_written_alike(o, value, reference, analysis.scenario):
        return f"the same as {current}"
    better, worse = ("better than" if o.is_against_current else "beats"), "worse than"
    if o.is_against_current and analysis.scenario.payoff is not None:
        # A change from the current system is described as added to the current revenue.
        better, worse = "added to", "below"
    return f"{worse if worse_by(o, value, reference) > 0 else better} {current}"


def current_figure_words(analysis: Analysis, o: Objective) -> str:
    """Figure of the current system: ``today’s 19,620``, or ``400 with no checks``.

    For an objective that is a change from the current system, this is the current revenue, if there are
    prices.
    """
    if o.is_against_current:
        earned = analysis.current_revenue
        text = "" if math.isnan(earned) else money(earned, analysis.scenario.currency)
    else:
        text = figure(o, analysis.current.figures.get(o.id, math.nan), analysis.scenario)
    if analysis.scenario.today is None:
        return f"{text} with {NO_CHECKS}" if text else NO_CHECKS
    return f"today’s {text}" if text else "today"
