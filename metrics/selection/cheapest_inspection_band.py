"""Search for the cheapest inspection band: two thresholds between which people inspect units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import ConfusionCurve
from metrics.evaluation.inspection_band_counts import first_within, inspection_part, least_over
from metrics.scenario.inspection import Inspection
from metrics.selection.ties import is_least
from metrics.tally.kernel import Floats

Position = NDArray[np.intp] | int
CLOSE = 1e-9
"""Relative difference up to which costs count as equal to the least cost."""


@dataclass(frozen=True)
class InspectionBand:
    """A lower and an upper threshold of a model, with cost and counts.

    Attributes
    ----------
    ship_below, reject_from : float
        A unit is shipped if its score is below the first, rejected if it is at or above the second, otherwise
        inspected. Both are equal if no unit is inspected.
    cost : float
        Cost of misses, false alarms and inspections, in false alarms.
    fn, fp : float
        Expected number of defects shipped and of good units rejected, including the inspectors' errors.
    inspected : float
        Number of units inspected.
    """

    ship_below: float
    reject_from: float
    cost: float
    fn: float
    fp: float
    inspected: float


def cheapest_band(
    curve: ConfusionCurve,
    inspection: Inspection,
    *,
    miss_cost: float,
    at_most: float = 1.0,
    factors: tuple[float, float] = (1.0, 1.0),
) -> InspectionBand:
    """Band of least cost among all pairs of a model's thresholds.

    Parameters
    ----------
    curve : ConfusionCurve
        Curve with K thresholds.
    inspection : Inspection
        Inspectors' rates, and price in false alarms.
    miss_cost : float
        Cost of a missed defect in false alarms.
    at_most : float
        Largest share of the units (of their weight) that may be inspected.
    factors : (float, float)
        Factors on defects and good units, from `Scenario.factors`.

    Returns
    -------
    InspectionBand
        Ties (within 1e-9 of the least cost) go to the band with the fewest misses, then the fewest
        inspections, then the smaller lower threshold.

    Notes
    -----
    Let D, G and N be the defects, good units and units below a threshold. With the inspectors' rates q
    (defects caught) and r (good units rejected), the cost of the pair (a, b) is a sum of a function of each::

        miss (q D_a + (1 - q) D_b) + G - G_b + r (G_b - G_a) + cost (N_b - N_a)

    The best lower threshold for an upper one is therefore a minimum over a range. A table of minima over
    ranges of powers of two gives all pairs in O(K log K).

    References
    ----------
    Chow: On optimum recognition error and reject tradeoff. IEEE Transactions on Information Theory 1970.
    """
    counts = curve.counts[curve.distinct].scaled(*factors)
    thresholds = curve.thresholds[curve.distinct]
    defects, goods = np.asarray(counts.fn, np.float64), np.asarray(counts.tn, np.float64)
    units = defects + goods
    q, r, cost = inspection.catches, inspection.rejects, inspection.false_alarms or 0.0
    # Cost of shipping all defects below a threshold, at the prices of their kinds if there are any.
    missed = miss_cost * defects if counts.missed_price is None else counts.missed_price
    lower = inspection_part(missed, goods, units, inspection, cost)
    upper = (1 - q) * missed + np.asarray(counts.fp) + r * goods + cost * units
    total = float(counts.tp[0] + counts.fp[0] + units[0])
    first = first_within(units, at_most, total)

    def missed_defects(low: Position, high: Position) -> Floats:
        return np.asarray(defects[low] + (1 - q) * (defects[high] - defects[low]))

    def inspected(low: Position, high: Position) -> Floats:
        return np.asarray(units[high] - units[low])

    low, high = _cheapest_pairs(lower, upper, first)
    for number in (missed_defects, inspected):
        fewest = is_least(number(low, high))
        low, high = low[fewest], high[fewest]
    k = np.lexsort((high, low))[0]
    a, b = int(low[k]), int(high[k])
    return InspectionBand(
        ship_below=float(thresholds[a]),
        reject_from=float(thresholds[b]),
        cost=float(lower[a] + upper[b]),
        fn=float(missed_defects(a, b)),
        fp=float(counts.fp[b] + r * (goods[b] - goods[a])),
        inspected=float(inspected(a, b)),
    )


def _cheapest_pairs(
    lower: Floats, upper: Floats, first: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of a lower and an upper threshold of least cost, which is the sum of both parts."""
    costs = least_over(lower, first) + upper
    least = float(costs.min())
    most = least + CLOSE * abs(least)
    highs = np.flatnonzero(costs <= most)
    lows = [first[k] + np.flatnonzero(lower[first[k] : k + 1] + upper[k] <= most) for k in highs]
    return np.concatenate(lows), np.repeat(highs, [low.size for low in lows])
