"""The defect rate from which on, or up to which, a point earns so many per cent more than today's system."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.standard_objectives import payoff_of
from metrics.scenario.scenario import Scenario


def break_even_defect_rate(
    point: Confusion, today: Confusion, scenario: Scenario, percent: float
) -> float:
    """Defect rate at which a point earns just so many per cent more than today's system.

    Parameters
    ----------
    point, today : Confusion of scalars
        Counts of the same units, none of them inspected.
    scenario : Scenario
        With payoffs.
    percent : float

    Returns
    -------
    float
        NaN where there is no such rate between 0 and 1, or today earns nothing there. Where more defects
        still would leave today nothing, no per cent of that are defined.

    Notes
    -----
    A defect rate re-weights the two classes alone, so what is earned beyond (1 + percent / 100) times
    today's is (1 - p) g + p d of the rate p, with g and d what a good unit and a defect earn beyond it on
    average: 0 at p = g / (g - d).

    Examples
    --------
    Each good unit earns 1 and a miss loses 5; today ships every unit.

    >>> from metrics import Payoff
    >>> all_shipped = Confusion(*np.array([0.0, 0.0, 10.0, 90.0]))
    >>> caught = Confusion(*np.array([8.0, 0.0, 2.0, 90.0]))
    >>> scenario = Scenario(payoff=Payoff(ship_defect=-5.0))
    >>> round(break_even_defect_rate(caught, all_shipped, scenario, 100), 4)
    0.1
    """
    beyond, earned = [], []
    for is_defect in (False, True):
        ours, theirs = (_earned_by_a_unit(one, scenario, is_defect) for one in (point, today))
        beyond.append(ours - (1 + percent / 100) * theirs)
        earned.append(theirs)
    good, defect = beyond
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = float(np.float64(good) / (good - defect))
    is_rate = 0 < rate < 1 and (1 - rate) * earned[0] + rate * earned[1] > 0
    return rate if is_rate else np.nan


def _earned_by_a_unit(counts: Confusion, scenario: Scenario, is_defect: bool) -> float:
    """What a unit of a class earns on average."""
    none = np.zeros_like(counts.tp)
    if is_defect:
        of_class, units = replace(counts, fp=none, tn=none), counts.tp + counts.fn
    else:
        of_class, units = replace(counts, tp=none, fn=none), counts.fp + counts.tn
    return float(payoff_of(of_class, scenario) / units) if units else np.nan
