"""How many inspectors it takes, by the queue that also counts a model's workers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metrics.scenario.queueing import mean_wait, workers_needed
from metrics.scenario.scenario import Scenario
from metrics.scenario.serving_load import IN_TIME

FULL_TIME = 1700.0
"""Working hours of a person in a year."""
MOST_BUSY = 0.95
"""Share of the hours at a post that is work at most, where nobody says how long a unit may wait."""


@dataclass(frozen=True)
class Staffing:
    """People who inspect.

    Attributes
    ----------
    hours : float
        Of work a year.
    people : int
        On the payroll: who man the posts of `at_once` in every hour that the plant runs, each full time.
    at_once : int
        Inspectors at the same time in the busiest hour, so that no more than a share waits too long.
    wait : float
        Mean time in hours for which a unit waits there.
    hours_a_year : float
        For which the plant runs.
    """

    hours: float
    people: int
    at_once: int
    wait: float
    hours_a_year: float

    @property
    def at_posts(self) -> float:
        """Hours a year at all posts, with work or without."""
        return self.at_once * self.hours_a_year

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
    Units come in every hour that the plant runs, and wait in one line (M/M/c).
    """
    posts = posts_of(scenario)
    if posts is None or not inspected > 0:
        return None
    hours = inspected * posts.hours
    load = posts.busier * hours / posts.hours_a_year
    at_once = posts.needed(load)
    wait_there = mean_wait(at_once, load, posts.hours)
    people = people_for(at_once, posts.hours_a_year)
    return Staffing(hours, people, at_once, wait_there, posts.hours_a_year)


def most_inspected(posts: Posts, at_once: int) -> float:
    """Units a year that so many posts look at, without any waiting longer than it may.

    Parameters
    ----------
    posts : Posts
    at_once : int
        At least 1.

    Returns
    -------
    float
        The most, to 1 in 10^9, for which `Posts.needed` is no more than ``at_once``.
    """
    low, high = 0.0, float(at_once)
    while high - low > 1e-9 * at_once:
        middle = (low + high) / 2
        low, high = (middle, high) if posts.needed(middle) <= at_once else (low, middle)
    return low * posts.hours_a_year / (posts.busier * posts.hours)


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
        In hours, for which a unit may wait; infinity: any, with posts no busier than `MOST_BUSY`.
    in_time : float
        Share of the units that may wait no longer.
    hours_a_year : float
        For which the plant runs.
    """

    hours: float
    busier: float
    wait: float
    in_time: float
    hours_a_year: float

    def needed(self, load: float) -> int:
        """Fewest posts for so many that are busy in the busiest hour."""
        if math.isinf(self.wait):
            return math.floor(load / MOST_BUSY) + 1
        return workers_needed(load, self.hours, self.wait, self.in_time)


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
    return Posts(people.hours, busier, wait, in_time, people.hours_a_year)


def people_for(posts: int, hours_a_year: float) -> int:
    """Who man so many posts in so many hours of the year, full time: rounded up."""
    return math.ceil(posts * hours_a_year / FULL_TIME)
