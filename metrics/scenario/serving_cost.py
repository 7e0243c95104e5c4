"""What it takes and costs to run a model in production."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metrics.scenario.capacity import HOURS, round_up
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
    workers : float
        A whole number.
    cost_a_year : float
        Cost of these workers in the scenario's currency, in all hours of the year.
    missing : str
        Why something is undefined; empty if all is known.
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
