"""Search for the cheapest inspection band: two thresholds between which people inspect units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.evaluation.confusion import ConfusionCurve, cost_of_errors
from metrics.evaluation.inspection_band_counts import best_lower, inspected_between
from metrics.scenario.inspection import Inspection
from metrics.selection.ties import is_least

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
    `best_lower` gives the best lower threshold for each upper threshold. The cheapest of these bands wins.
    """
    counts = curve.counts[curve.distinct].scaled(*factors)
    thresholds = curve.thresholds[curve.distinct]
    lower = best_lower(counts, inspection, miss_cost, inspection.false_alarms or 0.0, at_most)
    bands = inspected_between(counts[lower], counts, inspection)
    units_below = np.asarray(counts.fn + counts.tn, np.float64)
    inspected = units_below - units_below[lower]
    cost = cost_of_errors(bands, miss_cost) + (inspection.false_alarms or 0.0) * inspected
    highs = np.flatnonzero(cost <= cost.min() + CLOSE * abs(cost.min()))
    for fewest in (bands.fn, inspected):
        highs = highs[is_least(fewest[highs])]
    high = int(highs[0])
    return InspectionBand(
        ship_below=float(thresholds[lower[high]]),
        reject_from=float(thresholds[high]),
        cost=float(cost[high]),
        fn=float(bands.fn[high]),
        fp=float(bands.fp[high]),
        inspected=float(inspected[high]),
    )
