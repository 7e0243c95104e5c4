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
        On the payroll: who man the posts of `at_once` in every hour of the year, each working full time.
    at_once : int
        Inspectors at the same time in the busiest hour, so that no more than a share waits too long.
    wait : float
        Mean time in hours for which a unit waits there.
    """

    hours: float
    people: int
    at_once: int
    wait: float

    @property
    def busy(self) -> float:
        """People whom the work alone would take, if units never had to be waited for."""
        return self.hours / FULL_TIME


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
    posts = posts_of(scenario)
    if posts is None or not inspected > 0:
        return None
    hours = inspected * posts.hours
    load = posts.busier * hours / HOURS
    at_once = workers_needed(load, posts.hours, posts.wait, posts.in_time)
    wait_there = mean_wait(at_once, load, posts.hours)
    return Staffing(hours, people_for(at_once), at_once, wait_there)


@dataclass(frozen=True)
class Posts:
    """By what the posts of inspectors are counted.

    Attributes
    ----------
    hours : float
        That a unit takes.
    busier : float
        The busiest hour over the mean one, at least 1.
    wait : float
        In hours, for which a unit may wait; infinity: any wait that does not grow for ever.
    in_time : float
        Share of the units that may wait no longer.
    """

    hours: float
    busier: float
    wait: float
    in_time: float


def posts_of(scenario: Scenario) -> Posts | None:
    """By what posts are counted; None where time or volume is not known."""
    people, serving = scenario.inspection, scenario.serving
    if people is None or people.hours is None or scenario.units_per_year is None:
        return None
    busier, in_time = 1.0, IN_TIME
    if serving is not None:
        in_time = serving.in_time
        if serving.peak is not None and serving.requests_per_hour:
            busier = serving.peak / serving.requests_per_hour
    wait = math.inf if people.longest_wait_hours is None else people.longest_wait_hours
    return Posts(people.hours, busier, wait, in_time)


def people_for(posts: int) -> int:
    """Who man so many posts in every hour of the year, full time: rounded up."""
    return math.ceil(posts * HOURS / FULL_TIME)
