"""Units of an objective's figures: the noun, such as "per million", and the period, such as "a year"."""

from __future__ import annotations

from metrics.evaluation.objective import Objective, Unit
from metrics.scenario.scenario import Scenario

MONEYS = (Unit.MONEY, Unit.MONEY_A_YEAR)
APART = (*MONEYS, Unit.MICROSECONDS, Unit.FALSE_ALARMS)
"""Units that are written after the objective's name and a comma."""


def is_money(unit: Unit, scenario: Scenario) -> bool:
    """Whether a figure of this unit is an amount in the scenario's currency."""
    return unit is Unit.MONEY_A_YEAR or (unit is Unit.MONEY and scenario.payoff is not None)


def period_of(scenario: Scenario) -> str:
    """Period of counts: "a year", "in this file" or "in a file of this size"."""
    if scenario.units_per_year is not None:
        return "a year"
    return "in this file" if scenario.defect_rate is None else "in a file of this size"


def unit_period(objective: Objective, scenario: Scenario) -> str:
    """Period of an objective's figures if they are counts or money; otherwise empty."""
    if objective.unit is Unit.MONEY_A_YEAR:
        return "a year"
    in_own_unit = scenario.payoff is None and objective.needs_value
    counted = objective.unit in (Unit.COUNT, Unit.FALSE_ALARMS) or (
        objective.unit is Unit.MONEY and not in_own_unit
    )
    return period_of(scenario) if counted else ""


def unit_noun(objective: Objective, scenario: Scenario, *, one: bool = False) -> str:
    """Unit after a figure, without its period: "false alarms’ worth", "per million" or nothing.

    Parameters
    ----------
    one : bool
        Whether the figure is 1: "false alarm’s worth".
    """
    if is_in_false_alarms(objective, scenario):
        return worth(one=one)
    if objective.unit is Unit.MONEY and scenario.payoff is None:
        return "in the file’s own unit of value"
    if objective.unit is Unit.PER_MILLION:
        return "per million"
    return "µs a unit" if objective.unit is Unit.MICROSECONDS else ""


def is_in_false_alarms(objective: Objective, scenario: Scenario) -> bool:
    """Whether figures are in false alarms' worth: costs, and earnings without payoffs."""
    is_unpriced = objective.unit is Unit.MONEY and scenario.payoff is None
    return objective.unit is Unit.FALSE_ALARMS or (is_unpriced and not objective.needs_value)


def worth(*, one: bool = False) -> str:
    """Unit of a worth without payoffs, such as the worth of a good unit: ``false alarms’ worth``."""
    return "false alarm’s worth" if one else "false alarms’ worth"


def unit_words(objective: Objective, scenario: Scenario) -> str:
    """Unit after a figure: "a year", "per million", "in this file" or nothing."""
    return f"{unit_noun(objective, scenario)} {unit_period(objective, scenario)}".strip()


def is_of_file(objective: Objective, scenario: Scenario) -> bool:
    """Whether a figure is a count or an amount of this file."""
    return scenario.units_per_year is None and bool(unit_period(objective, scenario))


def short_unit(objective: Objective, scenario: Scenario) -> str:
    """Unit after a figure, with "in this file" only after money, which readers else take for a year's."""
    is_counted = is_of_file(objective, scenario) and not is_money(objective.unit, scenario)
    return (unit_noun if is_counted else unit_words)(objective, scenario)


def label_with_unit(objective: Objective, scenario: Scenario) -> str:
    """Label of an objective with its unit, as a heading.

    Examples
    --------
    >>> from metrics import OBJECTIVES
    >>> a_year = Scenario(units_per_year=1e6)
    >>> label_with_unit(OBJECTIVES["missed_defects"], a_year), label_with_unit(OBJECTIVES["log_loss"], a_year)
    ('missed defects a year', 'log loss')
    >>> label_with_unit(OBJECTIVES["cost_of_errors"], a_year)
    'cost of errors a year, counted in false alarms'
    """
    unit = unit_words(objective, scenario)
    if not unit:
        return objective.label
    if objective.unit is Unit.FALSE_ALARMS:  # Without the unit, readers take a cost for money.
        period = unit_period(objective, scenario)
        return f"{objective.label} {period}, counted in false alarms"
    return label_before(objective, unit)


def label_before(objective: Objective, unit: str) -> str:
    """Label of an objective before its unit, with a comma if the two would read as one phrase."""
    return f"{objective.label}{', ' if objective.unit in APART else ' '}{unit}"
