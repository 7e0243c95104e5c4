"""How many inspectors it takes, by the queue that also counts a model's workers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metrics.scenario.queueing import mean_wait, workers_needed
from metrics.scenario.scenario import Scenario
from metrics.scenario.serving_load import HOURS, IN_TIME

FULL_TIME = 1700.0
"""Working hours of a person in a year."""


@dataclass(frozen=True)
class Staffing:
    """People who inspect.

    Attributes
    ----------
    hours : float
        Of work a year.
    people : int
        On the payroll: who work full time for these hours, in whole people, and at least those at once.
    at_once : int
        Inspectors at the same time in the busiest hour, so that no more than a share waits too long.
    wait : float
        Mean time in hours for which a unit waits there.
    """

    hours: float
    people: int
    at_once: int
    wait: float


def staffing(scenario: Scenario, inspected: float) -> Staffing | None:
    """Inspectors for a year's inspections; None where time or volume is not known, or nothing is inspected.

    Parameters
    ----------
    scenario : Scenario
        With an `Inspection`; its serving load says how much busier the busiest hour is.
    inspected : float
        Units a year.

    Notes
    -----
    Units come all year round, as requests do, and wait in one line (M/M/c).
    """
    people = scenario.inspection
    if people is None or people.hours is None or scenario.units_per_year is None:
        return None
    if not inspected > 0:
        return None
    serving = scenario.serving
    busier, in_time = 1.0, IN_TIME
    if serving is not None:
        in_time = serving.in_time
        if serving.peak is not None and serving.requests_per_hour:
            busier = serving.peak / serving.requests_per_hour
    hours = inspected * people.hours
    load = busier * hours / HOURS
    wait = math.inf if people.longest_wait_hours is None else people.longest_wait_hours
    at_once = workers_needed(load, people.hours, wait, in_time)
    wait_there = mean_wait(at_once, load, people.hours)
    return Staffing(hours, max(at_once, whole_people(hours)), at_once, wait_there)


def whole_people(hours: float) -> int:
    """Who work full time for so many hours a year: to the nearest, and at least one."""
    return max(1, math.floor(hours / FULL_TIME + 0.5))
