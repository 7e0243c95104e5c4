"""What it takes and costs to run a model in production."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metrics.scenario.capacity import HOURS
from metrics.scenario.queueing import wait_quantile, workers_needed
from metrics.scenario.scenario import Scenario
from metrics.scenario.serving_load import Serving

NAN = math.nan


@dataclass(frozen=True)
class ServingCost:
    """A model under the scenario's load; NaN where undefined.

    Attributes
    ----------
    model : str
    seconds_per_unit : float
    load : float
        Workers that would be busy on average: requests a second times seconds a unit.
    workers : float
        A whole number: the fewest with which the share of the requests waits no longer than is acceptable
        in the busiest hour.
    busy, busy_at_peak : float
        Share of the workers' time that goes into scoring, on average and in the busiest hour.
    wait_ms : float
        What the share of the requests stays within in the busiest hour, in milliseconds.
    cost_a_year : float
        Of these workers, kept all year, in the scenario's currency.
    cost_per_1000 : float
        The same for every 1,000 requests.
    missing : str
        Why something is undefined; nothing where all is known.
    """

    model: str
    seconds_per_unit: float = NAN
    load: float = NAN
    workers: float = NAN
    busy: float = NAN
    busy_at_peak: float = NAN
    wait_ms: float = NAN
    cost_a_year: float = NAN
    cost_per_1000: float = NAN
    missing: str = ""


def cost_of_serving(scenario: Scenario, model: str) -> ServingCost:
    """What it takes and costs to serve a model.

    Notes
    -----
    Workers are kept all year, at the number that the busiest hour needs: fewer at quiet times would cost
    less, but no less than the mean load, ``load * HOURS * price``. One request is one unit, and a worker
    scores one at a time.
    """
    serving = scenario.serving or Serving()
    seconds, requests, peak = serving.seconds_of(model), serving.requests_per_hour, serving.peak
    if seconds is None:
        return ServingCost(model, missing="its scoring time is not known")
    if requests is None or peak is None:
        return ServingCost(model, seconds, missing="the requests an hour are not known")
    load, most = requests / 3600 * seconds, peak / 3600 * seconds
    wait = math.inf if serving.longest_wait_ms is None else serving.longest_wait_ms / 1000
    workers = workers_needed(most, seconds, wait, serving.in_time)
    price = serving.price_of(model)
    cost = NAN if price is None else workers * HOURS * price
    return ServingCost(
        model=model,
        seconds_per_unit=seconds,
        load=load,
        workers=float(workers),
        busy=load / workers,
        busy_at_peak=most / workers,
        wait_ms=1000 * wait_quantile(workers, most, seconds, serving.in_time),
        cost_a_year=cost,
        cost_per_1000=cost / (requests * HOURS) * 1000,
        missing="the price of its worker hour is not known" if price is None else "",
    )


def extra_cost(scenario: Scenario, model: str | None) -> float:
    """What serving a model costs a year above today's system; NaN where either cost is not known.

    Without a model, as without today's, every unit is shipped, which needs no worker.
    """
    cost = 0.0 if model is None else cost_of_serving(scenario, model).cost_a_year
    today = scenario.today
    return cost - (0.0 if today is None else cost_of_serving(scenario, today.model).cost_a_year)


def net_missing(scenario: Scenario, model: str) -> str:
    """Why the revenue net of serving is undefined for a model; nothing where it is defined."""
    if scenario.payoff is None:
        return "nobody has said what a unit earns"
    if scenario.units_per_year is None:
        return "the units a year are not known"
    missing = cost_of_serving(scenario, model).missing
    if missing or scenario.today is None:
        return missing
    of_today = cost_of_serving(scenario, scenario.today.model).missing
    return f"of today’s system, {of_today}" if of_today else ""
