"""What would be cheapest if a missed defect cost more, or less, than is entered."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis
from metrics import OperatingPoint
from metrics.selection.cost_curve import (
    LEAST_RATIO,
    MOST_RATIO,
    Segment,
    by_miss_cost,
)
from metrics.selection.limits import keeps_all

TIMES = (0.5, 1.0, 2.0)
"""How dear a miss is, of what is entered."""


@dataclass(frozen=True)
class OtherMissCosts:
    """The cheapest point at the price of a miss that is entered, and at others.

    Attributes
    ----------
    cheapest : tuple of (float, OperatingPoint)
        By the price of a miss in false alarms, on average over all kinds, ascending.
    holds : Segment
        From which to which price the cheapest of now stays so, as far as prices were tried.
    """

    cheapest: tuple[tuple[float, OperatingPoint], ...]
    holds: Segment


def other_miss_costs(analysis: Analysis) -> OtherMissCosts | None:
    """What is cheapest within the limits at half the price of a miss, and at twice; None where that is open.

    Where inspectors or a limit follow from the price, or nothing keeps the limits. Kinds of defect with
    prices of their own are all taken at half of them, and at twice.
    """
    if analysis.scenario.inspection is not None:
        return None
    if any("miss_cost" in bound.objective.reads for bound in analysis.limits):
        return None
    key = analysis.keyed("other miss costs", analysis.picks_key)
    return cache.STORE.get(key, lambda: _other_miss_costs(analysis))


def _other_miss_costs(analysis: Analysis) -> OtherMissCosts | None:
    points, now = (
        analysis.points[keeps_all(analysis.points, analysis.limits)],
        analysis.evaluation.miss_cost,
    )
    if points.empty:
        return None
    prices = [now * times for times in TIMES]
    least, most = min(LEAST_RATIO, prices[0]), max(MOST_RATIO, prices[-1])
    curve = by_miss_cost(points, analysis.evaluation, least=least, most=most)
    here = curve.at(now)
    if here.point.extreme is not None:
        return None
    return OtherMissCosts(
        tuple((price, curve.at(price).point) for price in prices),
        here,
    )
