"""Objectives about running a model in production: its time, its workers, their cost, what is left."""

from __future__ import annotations

from typing import Any

import numpy as np

from metrics.confusion import Confusion
from metrics.objective import Context, Direction, Unit, objective
from metrics.objectives import revenue_impact
from metrics.serving import Served, extra_cost, served

MINIMISE, MAXIMISE = Direction.MINIMISE, Direction.MAXIMISE


def _served(context: Context) -> Served:
    return Served("") if context.name is None else served(context.scenario, context.name)


@objective(
    "scoring time",
    term="microseconds from input to score, a unit on one worker",
    unit=Unit.MICROSECONDS,
    direction=MINIMISE,
    superlative="shortest",
    of_model=True,
)
def scoring_time(counts: Confusion, context: Context) -> float:
    """Time that a worker takes for a unit; undefined where it is not known."""
    return 1e6 * _served(context).seconds_per_unit


@objective(
    "workers at peak",
    term="fewest workers that keep the longest wait in the busiest hour, M/M/c queue",
    unit=Unit.WORKERS,
    direction=MINIMISE,
    superlative="fewest",
    of_model=True,
)
def workers_at_peak(counts: Confusion, context: Context) -> float:
    """Workers that the busiest hour needs; undefined without requests an hour and a scoring time."""
    return _served(context).workers


@objective(
    "serving cost",
    term="workers at peak x 8,760 hours x price of a worker hour",
    unit=Unit.MONEY_A_YEAR,
    direction=MINIMISE,
    of_model=True,
)
def serving_cost(counts: Confusion, context: Context) -> float:
    """Cost of a model's workers a year; undefined where time, load or price is not known."""
    return _served(context).cost_a_year


@objective(
    "revenue net of serving",
    term="revenue against today minus what serving costs more than today's system",
    unit=Unit.MONEY,
    direction=MAXIMISE,
    signed=True,
)
def revenue_impact_net(counts: Confusion, context: Context) -> Any:
    """Revenue against today less the further cost of serving; undefined without payoffs and a volume."""
    scenario = context.scenario
    if scenario.payoff is None or scenario.units_per_year is None:
        return np.nan
    if context.model is not None and context.name is None:
        return np.nan
    return revenue_impact(counts, context) - extra_cost(scenario, context.name)
