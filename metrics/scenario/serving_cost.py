"""Cost of running a model in production: number of workers and yearly cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metrics.scenario.capacity import HOURS, round_up
from metrics.scenario.scenario import Scenario
from metrics.scenario.serving import Serving

NAN = math.nan


@dataclass(frozen=True)
class ServingCost:
    """Workers and cost of a model under the scenario's load; NaN if undefined.

    Attributes
    ----------
    workers : float
        A whole number.
    cost_a_year : float
        Cost of these workers in the scenario's currency, for all hours of the year.
    missing : str
        Reason why a figure is undefined; empty if all are defined.
    """

    model: str
    seconds_per_unit: float = NAN
    workers: float = NAN
    cost_a_year: float = NAN
    missing: str = ""


def cost_of_serving(scenario: Scenario, model: str) -> ServingCost:
    """Number of workers that a model needs under the scenario's load, and their cost.

    Notes
    -----
    ``workers = requests an hour * seconds a request / (3600 * utilisation)``, rounded up. A request is one
    unit.
    """
    serving = scenario.serving or Serving()
    seconds, requests = serving.seconds_of(model), serving.requests_per_hour
    if seconds is None:
        return ServingCost(model, missing="its scoring time is not known")
    if requests is None:
        return ServingCost(model, seconds, missing="the requests an hour are not known")
    workers = float(round_up(requests * seconds / (3600 * serving.utilisation)))
    price = serving.price_of(model)
    if price is None:
        return ServingCost(
            model, seconds, workers, missing="the price of its worker hour is not known"
        )
    return ServingCost(model, seconds, workers, workers * price * HOURS)


def extra_cost(scenario: Scenario, model: str | None) -> float:
    """Additional yearly cost of serving a model over the current system; NaN if either is unknown.

    Without a model, and without a current system, every unit is shipped, which needs no worker.
    """
    cost = 0.0 if model is None else cost_of_serving(scenario, model).cost_a_year
    today = scenario.today
    return cost - (0.0 if today is None else cost_of_serving(scenario, today.model).cost_a_year)


def net_missing(scenario: Scenario, model: str) -> str:
    """Reason why the revenue net of serving is undefined for a model; empty if it is defined."""
    if scenario.payoff is None:
        return "what a unit earns is not specified"
    if scenario.units_per_year is None:
        return "the units a year are not known"
    missing = cost_of_serving(scenario, model).missing
    if missing or scenario.today is None:
        return missing
    of_current = cost_of_serving(scenario, scenario.today.model).missing
    return f"of today’s system, {of_current}" if of_current else ""
