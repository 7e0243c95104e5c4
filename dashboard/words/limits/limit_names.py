"""Names and values of limits and conditions: alone, together, and within a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.undefined_objectives import needs_prices
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import capital, figure_with_unit
from metrics import Bound, Direction, Scenario, Unit
from metrics.evaluation.objective import NO_CHECKS

TARGET = "target"
"""Name of a limit on a change from the current system."""

NEEDS_CURRENT_REVENUE = "A target in per cent needs today’s revenue."
"""Why no target in per cent of revenue can be set if no system was entered."""


def limit_noun(limits: Sequence[Bound]) -> str:
    """Name of a limit alone, or of all limits together: ``target``, ``limit`` or ``limits``."""
    if len(limits) > 1:
        return "limits"
    return TARGET if limits[0].objective.is_against_current else "limit"


def within_noun(limits: Sequence[Bound]) -> str:
    """Phrase for a point that meets the limits: ``on target``, ``within the limits``."""
    noun = limit_noun(limits)
    return "on target" if noun == TARGET else f"within the {noun}"


def misses_words(limits: Sequence[Bound]) -> str:
    """Phrase for a point that breaks a limit: ``misses target``, ``misses the limit``, ``misses a limit``."""
    noun = limit_noun(limits)
    return "misses target" if noun == TARGET else _misses(limits)


def misses_in_file(limits: Sequence[Bound]) -> str:
    """Remark on a model that meets the limits at no threshold: ``misses the target in this file``."""
    return f"{_misses(limits)} in this file"


def _misses(limits: Sequence[Bound]) -> str:
    """Phrase for a point that breaks at least one of the limits."""
    return "misses a limit" if len(limits) > 1 else f"misses the {limit_noun(limits)}"


def ignoring_limits(limits: Sequence[Bound]) -> str:
    """Phrase for a figure that ignores the limits: ``ignoring the limits``; empty without limits."""
    return f"ignoring the {limit_noun(limits)}" if limits else ""


def within_limits(limits: Sequence[Bound], scenario: Scenario) -> str:
    """End of a sentence about the best within the limits; empty without limits.

    A single limit is named with its value: ``on target +30% in this file``.
    """
    if not limits:
        return ""
    if len(limits) > 1:
        return " within the limits"
    [bound] = limits
    if bound.objective.is_against_current and bound.value:
        return f" on target {limit_figure(bound, scenario)} in this file"
    return f" {bound_clause(bound, scenario)}"


def limit_figure(bound: Bound, scenario: Scenario) -> str:
    """Value of a limit; whole percentages have no decimals: ``+30%``."""
    is_whole = bound.objective.unit is Unit.PERCENT and bound.value.is_integer()
    return figure(bound.objective, bound.value, scenario, 0 if is_whole else None)


def limit_name(bound: Bound, scenario: Scenario) -> str:
    """A limit in one line: ``Target +30%``, or ``Recall at least 80%``."""
    if bound.asks_for_current_level:
        current = "with no checks" if scenario.today is None else "today"
        if needs_prices(bound.objective, scenario):
            return f"Errors cost no more than {current}"
        return f"No less {bound.objective.change_of} than {current}"
    if bound.objective.is_against_current:
        current = NO_CHECKS if scenario.today is None else "today"
        against = "" if bound.objective.unit is Unit.PERCENT else f" against {current}"
        return f"Target {limit_figure(bound, scenario)}{against}"
    return capital(limit_with_value(bound, scenario))


def limit_with_value(bound: Bound, scenario: Scenario) -> str:
    """A limit with its value, within a sentence: ``recall at least 80%``."""
    return f"{bound.objective.subject} {limit_value(bound, scenario)}"


def limit_value(bound: Bound, scenario: Scenario, *, in_file: bool = True) -> str:
    """Words for the value of a limit: ``at least 80%``. `in_file` is as in `figure_with_unit`."""
    least = bound.objective.direction is Direction.MAXIMISE
    value = figure_with_unit(bound.objective, bound.value, scenario, in_file=in_file)
    return f"at {'least' if least else 'most'} {value}"


def condition_clause(stakeholder: Stakeholder, scenario: Scenario) -> str:
    """A stakeholder's condition as the end of a sentence; empty if the limits already imply it."""
    bound = stakeholder.bound
    return "" if bound is None or stakeholder.is_bound_implied else bound_clause(bound, scenario)


def bound_clause(bound: Bound, scenario: Scenario) -> str:
    """A condition as the end of a sentence: ``while revenue is not below today’s``."""
    if bound.asks_for_current_level:
        if needs_prices(bound.objective, scenario):
            than = "with no checks" if scenario.today is None else "today’s"
            return f"while errors cost no more than {than}"
        than = "that with no checks" if scenario.today is None else "today’s"
        return f"while {bound.objective.change_of} is not below {than}"
    least = bound.objective.direction is Direction.MAXIMISE
    limit = figure(bound.objective, bound.value, scenario)
    return f"with {bound.objective.label} at {'least' if least else 'most'} {limit}"
