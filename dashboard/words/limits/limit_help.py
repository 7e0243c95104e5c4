"""Help of the inputs of limits: amount of a target in per cent, and a count on an average day."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis
from dashboard.words.limits.limit_names import is_unpriced, limit_word
from dashboard.words.limits.limits_status import PERCENT_TARGET
from dashboard.words.names import current_title
from dashboard.words.numbers.amounts import number
from dashboard.words.phrases import capital, figure_with_unit
from dashboard.words.target_risk import percent_of_words
from metrics import OBJECTIVES, Bound, Objective, Scenario, Unit
from metrics.scenario.inspection import DAYS


def limit_help(analysis: Analysis, o: Objective, value: float | None) -> str:
    """Help for the value of a limit, or of a target that is not set."""
    about = f"{capital(percent_of_words(analysis))}. " if o.id == PERCENT_TARGET else ""
    if is_unpriced(o, analysis.scenario) and o.id != PERCENT_TARGET:
        cost = OBJECTIVES["cost_of_errors"]
        words = figure_with_unit(cost, analysis.current.figures[cost.id], analysis.scenario)
        about = f"The errors of {current_title(analysis.scenario)} cost {words}. "
    if value is None:
        return f"{about}A {limit_word(Bound(o, 0.0))} that binds every choice."
    return (
        f"{about}{_limit_a_day(Bound(o, value), analysis.scenario)}Clear it to take the limit away."
    )


def _limit_a_day(bound: Bound, scenario: Scenario) -> str:
    """Limit on a count a year, in counts on an average day; empty for any other limit."""
    if bound.objective.unit is not Unit.COUNT or scenario.units_per_year is None:
        return ""
    return f"That is {number(bound.value / DAYS, 0 if bound.value >= 10 * DAYS else 1)} a day. "
