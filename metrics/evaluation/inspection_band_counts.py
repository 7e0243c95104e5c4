"""Two thresholds of a model: below the lower a unit is shipped, from the upper on rejected, else inspected.

What a band does is a sum of what each of its thresholds does: of the defects, inspectors find those between
the two with a chance, so that the counts of a band lie between those of its thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import LEAST_RECALLS, OF_GOODS, Confusion, ConfusionCurve
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Scenario
from metrics.tally.kernel import Floats

SEED = 0
"""Of the rates of replicates, whatever the seed of the rows that they draw."""


@dataclass(frozen=True)
class ThresholdPair:
    """A model's threshold, or the two of a band; `lower` is `upper` where nothing is inspected.

    Attributes
    ----------
    model : int
        Position among the models.
    lower, upper : float
    """

    model: int
    lower: float
    upper: float


@dataclass(frozen=True)
class Rates:
    """What inspectors find and what they reject by mistake, each a share or, of replicates, an array."""

    catches: float | Floats
    rejects: float | Floats


def drawn_rates(inspection: Inspection, replicates: int, first: int = 0) -> Inspection | Rates:
    """The rates of some replicates, each of shape (R, 1); as they are where no range is known of them.

    Parameters
    ----------
    inspection : Inspection
    replicates : int
        R.
    first : int
        How many replicates lie before these.

    Notes
    -----
    Each replicate draws its rates, the same at every point, so that comparisons stay paired: half of them
    evenly from the lowest to the rate that was said, half from there to the highest: their median is that.
    """
    if inspection.ends is None:
        return inspection
    uniforms = np.random.default_rng(SEED).random((first + replicates, 2))[first:]

    def of(rate: float, ends: tuple[float, ...] | None, at: Floats) -> Floats:
        low, high = ends or (rate, rate)
        return np.interp(at, (0.0, 0.5, 1.0), (low, rate, high))[:, None]

    return Rates(
        of(inspection.catches, inspection.catches_range, uniforms[:, 0]),
        of(inspection.rejects, inspection.rejects_range, uniforms[:, 1]),
    )


def inspected_between(
    lower: Confusion, upper: Confusion, inspection: Inspection | Rates
) -> Confusion:
    """Expected counts where people inspect what lies between two thresholds.

    Parameters
    ----------
    lower, upper : Confusion
        Of one shape, at the lower and at the upper threshold.
    inspection : Inspection or Rates
        What inspectors find, and what they reject by mistake.

    Returns
    -------
    Confusion
        ``tp`` and ``fp`` are what is rejected, by the model or by an inspector.
    """
    a, b = (side.each(lambda n: np.asarray(n, np.float64)) for side in (lower, upper))
    above, mixed = vars(b), {}
    for name, whole in vars(a).items():
        if whole is not None and name not in LEAST_RECALLS:
            share = inspection.rejects if name in OF_GOODS else inspection.catches
            # To the bit where both are equal.
            mixed[name] = above[name] + share * (whole - above[name])
    return Confusion(
        **mixed,
        inspected_defects=b.fn - a.fn,
        inspected_goods=b.tn - a.tn,
        overlooked_defects=(1 - inspection.catches) * (b.fn - a.fn),
    )


def band_curve(
    model_curve: ConfusionCurve, scenario: Scenario, factors: tuple[float, float]
) -> ConfusionCurve:
    """A model's thresholds, each with the lower one from which on inspecting up to it costs least.

    Parameters
    ----------
    model_curve : ConfusionCurve
        Of the model alone, K thresholds.
    scenario : Scenario
        With an `Inspection`, whose capacity bounds what lies between the two.
    factors : (float, float)
        On defects and good units, as `Scenario.factors` gives them.

    Returns
    -------
    ConfusionCurve
        With the same thresholds, which are the upper ones, and the counts of the bands.

    Notes
    -----
    The cost of a band is a sum of a function of each threshold (`cheapest_inspection_band` of the selection),
    so the best lower one for each upper one is a minimum over a range: O(K log K). Of equal costs the one
    with the fewest misses, then the fewest inspections. The best of all bands is among them.
    """
    lower = best_lower(model_curve.counts.scaled(*factors), scenario)
    # The same units lie below a threshold that no row tells from the next.
    own_point = np.flatnonzero(model_curve.distinct)
    lower = own_point[np.searchsorted(own_point, lower)]
    return band_of(model_curve, lower, scenario)


def band_of(
    model_curve: ConfusionCurve, lower: NDArray[np.intp], scenario: Scenario
) -> ConfusionCurve:
    """A model's thresholds with given lower ones, by position."""
    assert scenario.inspection is not None
    counts = inspected_between(model_curve.counts[lower], model_curve.counts, scenario.inspection)
    return replace(model_curve, counts=counts, lower=lower, uninspected=model_curve)


def counts_of_band(
    band: ThresholdPair, curves: Sequence[ConfusionCurve], scenario: Scenario
) -> Confusion:
    """Observed counts of a band under a scenario with an `Inspection`, each of shape (1,)."""
    assert scenario.inspection is not None
    model_curve = curves[band.model].alone
    lower, upper = (
        model_curve.counts[model_curve.positions([at])] for at in (band.lower, band.upper)
    )
    return inspected_between(lower, upper, scenario.inspection)


def best_lower(counts: Confusion, scenario: Scenario) -> NDArray[np.intp]:
    """Position of the lower threshold of least cost for each upper one, shape (K,)."""
    assert scenario.inspection is not None
    every = np.arange(counts.fn.size)
    if not np.isfinite(scenario.inspection_alarms):
        return every
    defects, goods = np.asarray(counts.fn, np.float64), np.asarray(counts.tn, np.float64)
    units = defects + goods
    missed = scenario.miss_cost * defects if counts.missed_price is None else counts.missed_price
    part = inspection_part(missed, goods, units, scenario.inspection, scenario.inspection_alarms)
    share = scenario.inspection.most(scenario.units_per_year)
    total = float(counts.tp[0] + counts.fp[0] + units[0])
    order = np.lexsort((-units, scenario.inspection.catches * defects, part))
    rank = np.empty(order.size)
    rank[order] = every
    return order[least_over(rank, first_within(units, share, total)).astype(np.intp)]


def inspection_part(
    missed: Floats, goods: Floats, units: Floats, inspection: Inspection, alarms: float
) -> Floats:
    """What a lower threshold adds to the cost of a band, in false alarms; ``missed`` is of what is below."""
    return inspection.catches * missed - inspection.rejects * goods - alarms * units


def first_within(units: Floats, share: float, total: float) -> NDArray[np.intp]:
    """Position of the lowest threshold from which on so few units lie below an upper one, shape (K,)."""
    room = share * total * (1 + 1e-12)
    return np.searchsorted(units, units - room, side="left")


def least_over(values: Floats, first: NDArray[np.intp]) -> Floats:
    """Least of ``values[first[k] : k + 1]`` for each k, shape of ``values``.

    References
    ----------
    Bender, Farach-Colton: The LCA problem revisited. LATIN 2000 (minima over ranges).
    """
    position = np.arange(values.size)
    length = position - first + 1
    level = np.log2(length).astype(np.intp)
    out = np.empty_like(values)
    table = values  # table[k]: least of the 2 ** step values up to k
    for step in range(int(level.max()) + 1):
        here = level == step
        # Two such ranges, that may overlap, are the whole one.
        head = first[here] + (1 << step) - 1
        out[here] = np.minimum(table[position[here]], table[head])
        shifted = table[: -(1 << step)]
        table = np.concatenate([table[: 1 << step], np.minimum(table[1 << step :], shifted)])
    return out
