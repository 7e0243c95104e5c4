"""Break-even defect rate: the rate at which a point earns a given percentage more than the current system."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.standard_objectives import payoff_of
from metrics.scenario.scenario import Scenario


def break_even_defect_rate(
    point: Confusion, current: Confusion, scenario: Scenario, percent: float
) -> float:
    """Defect rate at which a point earns exactly ``percent`` per cent more than the current system.

    Parameters
    ----------
    point, current : Confusion of scalars
        Counts of the same units at the point and of the current system, none of them inspected.
    scenario : Scenario
        With payoffs.
    percent : float
        Gain over the current system's earnings, such as 30.

    Returns
    -------
    float
        NaN if there is no such rate between 0 and 1, or if the current system earns nothing or makes a loss
        at that rate. A percentage is only defined if the current system earns something.

    Notes
    -----
    A defect rate only re-weights the two classes. Let g and d be the mean earnings of a good unit and of a
    defect, minus (1 + percent / 100) times those of the current system. At the rate p the difference is (1 -
    p) g + p d, which is 0 at p = g / (g - d).

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
    current_good, current_defect = (_earned_by_a_unit(current, scenario, c) for c in (False, True))
    point_good, point_defect = (_earned_by_a_unit(point, scenario, c) for c in (False, True))
    good = point_good - (1 + percent / 100) * current_good
    defect = point_defect - (1 + percent / 100) * current_defect
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = float(np.float64(good) / (good - defect))
    is_rate = 0 < rate < 1 and (1 - rate) * current_good + rate * current_defect > 0
    return rate if is_rate else np.nan


def _earned_by_a_unit(counts: Confusion, scenario: Scenario, is_defect: bool) -> float:
    """Mean earnings of a unit of a class."""
    zero = np.zeros_like(counts.tp)
    if is_defect:
        of_class, units = replace(counts, fp=zero, tn=zero), counts.tp + counts.fn
    else:
        of_class, units = replace(counts, tp=zero, fn=zero), counts.fp + counts.tn
    return float(payoff_of(of_class, scenario) / units) if units else np.nan
