"""Point of generated rows in the form that the oracles take."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from metrics.scenario.scenario import Scenario
from metrics.scenario.serving import Worker
from tests import oracles
from tests.metrics.made_rows import Rows


def case(data: Rows, scenario: Scenario, model: str, threshold: float) -> oracles.Case:
    today, pay = scenario.today, scenario.payoffs
    nothing = np.zeros(data.labels.size, bool)
    return oracles.Case(
        labels=data.labels,
        scores=data.scores[model],
        scale=data.scale,
        weights=oracles.weighted_rows(
            data.labels, data.mass(), scenario.defect_rate, scenario.units_per_year
        ),
        values=data.values,
        flagged=data.scores[model] >= threshold,
        today=nothing if today is None else data.scores[today.model] >= today.threshold,
        miss_cost=scenario.miss_cost,
        payoffs=(pay.ship_good, pay.reject_good, float(pay.ship_defect or 0), pay.reject_defect),
        yearly=scenario.units_per_year is not None,
        priced=scenario.payoff is not None,
        serving=serving_of(scenario, model),
    )


def serving_of(scenario: Scenario, model: str) -> oracles.Served | None:
    """Serving data of a model in the scenario; NaN for unknown values."""
    serving = scenario.serving
    if serving is None:
        return None

    def alone(name: str) -> oracles.Served:
        worker = serving.models.get(name, Worker())
        of_worker, load = worker.price_per_worker_hour, serving.requests_per_hour
        price = serving.price_per_worker_hour if of_worker is None else of_worker
        return oracles.Served(
            seconds=math.nan if worker.seconds_per_unit is None else worker.seconds_per_unit,
            price=math.nan if price is None else price,
            requests=math.nan if load is None else load,
            utilisation=serving.utilisation,
        )

    today = scenario.today
    return replace(alone(model), today=0.0 if today is None else alone(today.model).cost)
