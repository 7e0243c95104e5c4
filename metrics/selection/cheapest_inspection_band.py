"""Two thresholds: below the lower a unit is shipped, from the upper on rejected, between them inspected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.evaluation.confusion import ConfusionCurve
from metrics.evaluation.inspection_band_counts import first_within, inspection_part, least_over
from metrics.scenario.inspection import Inspection
from metrics.selection.picks import is_least

CLOSE = 1e-9
"""Share of the least cost by which another may lie above it and still count as equal."""


@dataclass(frozen=True)
class InspectionBand:
    """A lower and an upper threshold of a model, and what they come to.

    Attributes
    ----------
    ship_below, reject_from : float
        A unit is shipped when its score is below the one, rejected when it is at or above the other, else
        inspected; equal where no unit is.
    cost : float
        Of misses, false alarms and inspections, in false alarms.
    fn, fp : float
        Expected defects shipped and good units rejected, with those of the inspectors.
    inspected : float
        Units inspected.
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
    """The band of least cost among all pairs of a model's thresholds.

    Parameters
    ----------
    curve : ConfusionCurve
        Of K thresholds.
    inspection : Inspection
        With its price in false alarms.
    miss_cost : float
        False alarms that a missed defect is worth.
    at_most : float
        Largest share of the units (of their weight) that may be inspected.
    factors : (float, float)
        On defects and good units, as `Scenario.factors` gives them.

    Returns
    -------
    InspectionBand
        Of equal costs (within 1e-9 of the least) the one with the fewest misses, then the fewest
        inspections, then the smaller lower threshold.

    Notes
    -----
    With D, G and N the defects, good units and units below a threshold, q what inspectors catch and r what
    they reject, the cost of the pair (a, b) is a sum of a function of each::

        miss (q D_a + (1 - q) D_b) + G - G_b + r (G_b - G_a) + cost (N_b - N_a)

    so that the least over all lower thresholds that are allowed at an upper one is a minimum over a range,
    looked up in a table of minima over ranges of powers of two: O(K log K) for all pairs.

    References
    ----------
    Chow: On optimum recognition error and reject tradeoff. IEEE Transactions on Information Theory 1970.
    """
    counts = curve.counts[curve.distinct].scaled(*factors)
    thresholds = curve.thresholds[curve.distinct]
    defects, goods = np.asarray(counts.fn, np.float64), np.asarray(counts.tn, np.float64)
    units = defects + goods
    q, r, cost = inspection.catches, inspection.rejects, inspection.false_alarms or 0.0
    # What shipping all defects below a threshold costs: each at its kind's price where kinds have one.
    missed = miss_cost * defects if counts.missed_price is None else counts.missed_price
    lower = inspection_part(missed, goods, units, inspection, cost)
    upper = (1 - q) * missed + np.asarray(counts.fp) + r * goods + cost * units
    total = float(counts.tp[0] + counts.fp[0] + units[0])
    first = first_within(units, at_most, total)
    costs = least_over(lower, first) + upper
    least = float(costs.min())
    bound = least + CLOSE * abs(least)
    lows, highs = [], []
    for k in np.flatnonzero(costs <= bound):
        own = first[k] + np.flatnonzero(lower[first[k] : k + 1] + upper[k] <= bound)
        lows.append(own)
        highs.append(np.full(own.size, k))
    low, high = np.concatenate(lows), np.concatenate(highs)
    fewest = is_least(defects[low] + (1 - q) * (defects[high] - defects[low]))
    low, high = low[fewest], high[fewest]
    fewest = is_least(units[high] - units[low])
    low, high = low[fewest], high[fewest]
    one = np.lexsort((high, low))[0]
    a, b = int(low[one]), int(high[one])
    return InspectionBand(
        ship_below=float(thresholds[a]),
        reject_from=float(thresholds[b]),
        cost=float(lower[a] + upper[b]),
        fn=float(defects[a] + (1 - q) * (defects[b] - defects[a])),
        fp=float(counts.fp[b] + r * (goods[b] - goods[a])),
        inspected=float(units[b] - units[a]),
    )
