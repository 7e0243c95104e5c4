"""Objectives in a scenario: their labels and units, and the inputs of the scenario that they read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from metrics.evaluation.objective import NO_CHECKS, Objective, Unit
from metrics.scenario.scenario import Scenario

_DEFAULTS = {
    name: getattr(Scenario(), name)
    for name in ("miss_cost", "payoff", "today", "serving", "inspection")
}
"""Default values of the scenario inputs that objectives may read besides rate and volume."""


def scenario_read_by(scenario: Scenario, objectives: Iterable[Objective]) -> Scenario:
    """Scenario in which every input that no objective reads has its default value.

    Two scenarios with the same result give the same figures of the objectives.
    """
    read: set[str] = set()
    for o in objectives:
        if not o.is_standard:  # may read any input
            return scenario
        # The start of a band depends on all prices, and every count depends on the start of the band.
        if scenario.inspection is not None and not o.of_model:
            return scenario
        read.update(o.reads)
    if "payoff" in read and scenario.payoffs_follow_from_miss_cost:
        read.add("miss_cost")
    unread = {name: value for name, value in _DEFAULTS.items() if name not in read}
    return replace(scenario, **unread)


def objective_in_scenario(o: Objective, scenario: Scenario) -> Objective:
    """Objective with its label and unit in a scenario.

    Without a current system the label names "no checks" instead of "today". Without payoffs the unit is false
    alarms instead of money.
    """
    if not o.is_against_current or not o.is_standard:
        return o
    reference = NO_CHECKS if scenario.today is None else "today"
    if scenario.payoff is None:
        o = replace(o, change_of="savings", noun="savings")
    subject = f"{o.change_of} against {reference}"
    if scenario.payoff is None and o.unit is Unit.MONEY:
        return replace(o, label=subject, subject=subject, unit=Unit.FALSE_ALARMS)
    if o.needs_serving:  # label contains the cost of serving
        return o
    label = f"{subject}, per cent" if o.unit is Unit.PERCENT else subject
    return replace(o, label=label, subject=subject)
