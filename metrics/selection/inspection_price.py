"""Break-even price of an inspection: the price up to which inspecting doubtful units pays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from metrics.evaluation.evaluation import Evaluation, evaluate
from metrics.evaluation.objective import Objective, Unit
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Scenario

ROUNDS = 30
"""Largest number of iterations of the search, which usually ends after a few."""
CLOSE = 1e-9
"""Relative gain up to which a band counts as worth no more than a single threshold."""


def with_bands_for(evaluation: Evaluation, objective: Objective) -> Evaluation:
    """The evaluation with bands that are optimal for the objective that judges inspecting.

    Parameters
    ----------
    evaluation : Evaluation
        With an `Inspection`.
    objective : Objective
        See `break_even_price`.

    Returns
    -------
    Evaluation
        For an objective in money, the cost of a miss follows from the payoffs instead of the entered value.
    """
    scenario = evaluation.scenario
    implied = scenario.payoffs.miss_cost
    if objective.unit is not Unit.MONEY or not implied > 0:
        return evaluation
    if implied == scenario.miss_cost or scenario.miss_cost_by_type:  # the bands are already optimal
        return evaluation
    return _with_prices(evaluation, replace(scenario, miss_cost=implied))


def _with_prices(evaluation: Evaluation, scenario: Scenario) -> Evaluation:
    """The evaluation under a scenario that differs in prices only, with bands that are optimal for it."""
    return evaluate(
        evaluation.tally,
        scenario,
        curves=evaluation.alone.curves,
        current_tally=evaluation.current_tally,
        figures=evaluation.figures,
    )


def inspection_at_price(inspection: Inspection, objective: Objective, price: float) -> Inspection:
    """The inspection at another price: in money if the objective is in money, else in false alarms."""
    if objective.unit is Unit.MONEY:
        return replace(inspection, price=price, false_alarms=None)
    return replace(inspection, price=None, false_alarms=price)


def break_even_price(
    evaluation: Evaluation, objective: Objective, *, hidden: Collection[str] = ()
) -> float:
    """Price of an inspection up to which the best band is better than the best single threshold.

    Parameters
    ----------
    evaluation : Evaluation
        With an `Inspection`; its price is ignored.
    objective : Objective
        An objective that is a sum over units: revenue, with a price in the currency, or the cost of errors,
        with a price in false alarms.
    hidden : collection of str
        Models that are not to be chosen.

    Returns
    -------
    float
        0 if even free inspections gain nothing.

    Notes
    -----
    At a price p the gain of a band is its gain at price 0 minus p times the number of units inspected. The
    best gain is the upper envelope of lines that fall with p. Dinkelbach's method finds its zero: each
    iteration goes from the best band at a price to the price at which this band breaks even.

    References
    ----------
    Dinkelbach: On nonlinear fractional programming. Management Science 1967.
    """
    evaluation = with_bands_for(evaluation, objective)
    scenario, inspection = evaluation.scenario, evaluation.scenario.inspection
    assert inspection is not None
    single = least_point(evaluation.alone, objective, hidden).loss
    price = 0.0
    for _ in range(ROUNDS):
        priced = replace(scenario, inspection=inspection_at_price(inspection, objective, price))
        band = least_point(_with_prices(evaluation, priced), objective, hidden)
        gain = single - band.loss
        if not band.inspected > 0 or gain <= CLOSE * max(abs(single), abs(band.loss)):
            break
        price += gain / band.inspected
    return price


@dataclass(frozen=True, order=True)
class LeastPoint:
    """The point of least loss among all models.

    Attributes
    ----------
    loss : float
        Loss by an objective; less is better.
    inspected : float
        Number of inspected units in the scenario.
    """

    loss: float
    inspected: float


def least_point(
    evaluation: Evaluation, objective: Objective, hidden: Collection[str]
) -> LeastPoint:
    """Point of least loss of all visible models; ties go to the fewest inspections."""
    points = []
    for m, model_curve in enumerate(evaluation.curves):
        if model_curve.model in hidden:
            continue
        positions = np.flatnonzero(model_curve.distinct)
        counts = model_curve.counts[positions].scaled(*evaluation.factors)
        loss = objective.direction.loss(objective.values(counts, evaluation.context(m)))
        k = int(np.nanargmin(loss))
        inspected = np.broadcast_to(counts.inspected, loss.shape)
        points.append(LeastPoint(float(loss[k]), float(inspected[k])))
    return min(points)
