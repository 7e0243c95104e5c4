"""Inspection bands: units below a lower threshold are shipped, units from an upper threshold on rejected.

People inspect the units between the two thresholds. They find a given share of the defects, so the expected
counts of a band lie between the counts at its two thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import LEAST_RECALLS, OF_GOODS, Confusion, ConfusionCurve
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Scenario
from metrics.tally.kernel import Floats

SEED = 0
"""Seed for drawing the inspectors' rates, independent of the seed for drawing rows."""


@dataclass(frozen=True)
class Rates:
    """Shares of inspected defects found and of inspected good units rejected; arrays for replicates."""

    catches: float | Floats
    rejects: float | Floats


def draw_rates(inspection: Inspection, replicates: int, first: int = 0) -> Inspection | Rates:
    """Inspectors' rates of some replicates, each of shape (R, 1); the fixed rates if no range is given.

    Parameters
    ----------
    inspection : Inspection
    replicates : int
        R.
    first : int
        Number of replicates before these.

    Notes
    -----
    Each replicate draws one pair of rates for all points, so that comparisons stay paired. Half of the draws
    are uniform between the lowest and the stated rate, half between the stated and the highest rate. The
    stated rate is therefore the median.
    """
    if inspection.ends is None:
        return inspection
    uniforms = np.random.default_rng(SEED).random((first + replicates, 2))[first:]
    return Rates(
        _rates_from_uniforms(inspection.catches, inspection.catches_range, uniforms[:, 0]),
        _rates_from_uniforms(inspection.rejects, inspection.rejects_range, uniforms[:, 1]),
    )


def _rates_from_uniforms(rate: float, ends: tuple[float, ...] | None, uniform: Floats) -> Floats:
    """Convert uniform numbers to rates between the ends, with the stated rate as the median."""
    low, high = ends or (rate, rate)
    return np.interp(uniform, (0.0, 0.5, 1.0), (low, rate, high))[:, None]


def inspected_between(
    lower: Confusion, upper: Confusion, inspection: Inspection | Rates
) -> Confusion:
    """Expected counts if people inspect the units between two thresholds.

    Parameters
    ----------
    lower, upper : Confusion
        Of one shape, at the lower and at the upper threshold.
    inspection : Inspection or Rates
        Share of inspected defects found, and of inspected good units rejected.

    Returns
    -------
    Confusion
        ``tp`` and ``fp`` count the units that the model or an inspector rejects.
    """
    lower, upper = (side.each(lambda n: np.asarray(n, np.float64)) for side in (lower, upper))
    expected = {}
    for name, at_lower in vars(lower).items():
        if at_lower is not None and name not in LEAST_RECALLS:
            at_upper = getattr(upper, name)
            share = inspection.rejects if name in OF_GOODS else inspection.catches
            # If both counts are equal, this formula gives exactly the same count.
            expected[name] = at_upper + share * (at_lower - at_upper)
    inspected_defects = upper.fn - lower.fn
    return Confusion(
        **expected,
        inspected_defects=inspected_defects,
        inspected_goods=upper.tn - lower.tn,
        overlooked_defects=(1 - inspection.catches) * inspected_defects,
    )


def band_curve(
    model_curve: ConfusionCurve, scenario: Scenario, factors: tuple[float, float]
) -> ConfusionCurve:
    """Curve of bands: each threshold of a model is an upper threshold, with the best lower one.

    Parameters
    ----------
    model_curve : ConfusionCurve
        Curve of the model without inspectors, K thresholds.
    scenario : Scenario
        With an `Inspection`. Its capacity limits the number of units between the two thresholds.
    factors : (float, float)
        Factors on defects and good units, from `Scenario.factors`.

    Returns
    -------
    ConfusionCurve
        Curve with the same thresholds, as upper ones, and the counts of the bands.

    Notes
    -----
    Ties are broken as in `best_lower`. The result includes the best of all bands.
    """
    assert scenario.inspection is not None
    share = scenario.inspection.largest_share(scenario.units_per_year)
    counts = model_curve.counts.scaled(*factors)
    alarms = scenario.inspection_alarms
    lower = best_lower(counts, scenario.inspection, scenario.miss_cost, alarms, share)
    # Thresholds with no row in between have the same units below them.
    distinct = np.flatnonzero(model_curve.distinct)
    lower = distinct[np.searchsorted(distinct, lower)]
    return band_of(model_curve, lower, scenario)


def band_of(
    model_curve: ConfusionCurve, lower: NDArray[np.intp], scenario: Scenario
) -> ConfusionCurve:
    """Curve of bands: every threshold is an upper one; ``lower`` has the positions of the lower ones."""
    assert scenario.inspection is not None
    counts = inspected_between(model_curve.counts[lower], model_curve.counts, scenario.inspection)
    return replace(model_curve, counts=counts, lower=lower, uninspected=model_curve)


def best_lower(
    counts: Confusion, inspection: Inspection, miss_cost: float, alarms: float, at_most: float
) -> NDArray[np.intp]:
    """Position of the lower threshold of least cost for each upper threshold, shape (K,).

    Parameters
    ----------
    counts : Confusion
        Counts of a model without inspectors at K thresholds.
    inspection : Inspection
        Inspectors' rates.
    miss_cost : float
        Cost of a missed defect in false alarms, if kinds of defect have no prices.
    alarms : float
        Price of an inspection in false alarms. Nothing is inspected if it is infinite.
    at_most : float
        Largest share of the units that may be inspected.

    Notes
    -----
    Let D, G and N be the defects, good units and units below a threshold. With the inspectors' rates q
    (defects caught) and r (good units rejected), the cost of the pair (a, b) is a sum of a function of each::

        miss (q D_a + (1 - q) D_b) + G - G_b + r (G_b - G_a) + alarms (N_b - N_a)

    The best lower threshold is therefore a minimum over a range: O(K log K). Ties go to the band with the
    fewest misses, then the fewest inspections.

    References
    ----------
    Chow: On optimum recognition error and reject tradeoff. IEEE Transactions on Information Theory 1970.
    """
    positions = np.arange(counts.fn.size)
    if not np.isfinite(alarms):
        return positions
    defects, goods = np.asarray(counts.fn, np.float64), np.asarray(counts.tn, np.float64)
    units = defects + goods
    missed = miss_cost * defects if counts.missed_price is None else counts.missed_price
    cost = inspection.catches * missed - inspection.rejects * goods - alarms * units
    order = np.lexsort((-units, inspection.catches * defects, cost))
    rank = np.empty(order.size)
    rank[order] = positions
    all_units = float(counts.tp[0] + counts.fp[0] + units[0])
    room = (
        at_most * all_units * (1 + 1e-12)
    )  # rounding must not exclude a band of exactly this size
    lowest_within_capacity = np.searchsorted(units, units - room, side="left")
    return order[least_over(rank, lowest_within_capacity).astype(np.intp)]


def least_over(values: Floats, first: NDArray[np.intp]) -> Floats:
    """Minimum of ``values[first[k] : k + 1]`` for each k, shape of ``values``.

    References
    ----------
    Bender, Farach-Colton: The LCA problem revisited. LATIN 2000 (minima over ranges).
    """
    position = np.arange(values.size)
    length = position - first + 1
    level = np.log2(length).astype(np.intp)
    out = np.empty_like(values)
    table = values  # table[k]: minimum of the 2 ** step values up to k
    for step in range(int(level.max()) + 1):
        is_at_level = level == step
        # Two such ranges, which may overlap, cover the whole range.
        head = first[is_at_level] + (1 << step) - 1
        out[is_at_level] = np.minimum(table[position[is_at_level]], table[head])
        shifted = table[: -(1 << step)]
        table = np.concatenate([table[: 1 << step], np.minimum(table[1 << step :], shifted)])
    return out
