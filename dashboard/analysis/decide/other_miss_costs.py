"""Points that the page proposes at half and at twice the price of a miss."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import part
from dashboard.analysis.certified import certified, standing_of
from dashboard.analysis.counts.figures_by_scenario import scenario_figures
from dashboard.analysis.limits import meets_limits
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.picked_points import COST
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Bound, OperatingPoint, point_at
from metrics.inference.certainty import NOT_KNOWN, LimitsMissed
from metrics.inference.certificates.certification import Standing
from metrics.selection.cost_curve import LEAST_RATIO, MOST_RATIO, Segment, cost_curve_by_miss_cost
from metrics.selection.limits import meets_all

REVENUE, PERCENT = OBJECTIVES["revenue"], OBJECTIVES["revenue_impact_percent"]
MULTIPLES = (0.5, 1.0, 2.0)
"""Prices of a miss to compare, as multiples of the entered price."""


@dataclass(frozen=True)
class Earned:
    """Revenue of a point, and its change from the current system in per cent; NaN if undefined."""

    revenue: float
    percent: float


@dataclass(frozen=True)
class CheapestAt:
    """Point that the page proposes at a price of a miss, and what the selected point earns there.

    Attributes
    ----------
    price : float
        Price of a miss in false alarms, on average over all kinds.
    point : OperatingPoint
        Cheapest point of all if no point meets the limits at this price.
    meets_limits : bool
        Whether the point meets the limits that are defined at this price.
    is_undefined : bool
        Whether a limit is undefined at this price, since the current system earns nothing or makes a loss.
    missed : LimitsMissed
        How often the point misses the defined limits on new data.
    is_certified : bool
        Whether the point is certified to meet the limits; money limits only at the entered price of a miss.
    earned : Earned or None
        `None` unless the payoffs imply the price.
    current_revenue : float
        Revenue of the current system at this price; NaN unless the payoffs imply the price.
    selected : Earned or None
        Revenue of the selected point at this price; `None` if it has the counts of the proposed point or of
        the current system.
    cost, current_cost, selected_cost : float
        Cost of errors of the point, the current system and the selected point at this price, in false alarms.
        That of the selected point is NaN if it has the counts of one of the other two.
    """

    price: float
    point: OperatingPoint
    meets_limits: bool
    is_undefined: bool
    missed: LimitsMissed
    is_certified: bool
    earned: Earned | None
    current_revenue: float
    selected: Earned | None
    cost: float
    current_cost: float
    selected_cost: float


@dataclass(frozen=True)
class OtherMissCosts:
    """Cheapest points at other prices of a miss.

    Attributes
    ----------
    cheapest : tuple of CheapestAt
        Points by ascending price.
    holds : Segment or None
        Prices between which the cheapest point at the entered price stays the cheapest; `None` if a limit
        depends on the price.
    do_limits_decide : bool
        Whether the point stays the cheapest between half and twice the price only because of the limits.
    """

    cheapest: tuple[CheapestAt, ...]
    holds: Segment | None
    do_limits_decide: bool

    @property
    def is_current_hurt_more(self) -> bool:
        """Whether revenue falls as misses get dearer: the current system's more than the proposal's."""
        low, high = self.cheapest[0], self.cheapest[-1]
        if low.earned is None or high.earned is None:
            return False
        fall = low.earned.revenue - high.earned.revenue
        return 0 < fall < low.current_revenue - high.current_revenue


def _selected_reads(selection: Selection) -> Hashable:
    return selection.analysis.choices_key, selection.place


@part(reads=_selected_reads)
def other_miss_costs(selection: Selection) -> OtherMissCosts | None:
    """Points that the page proposes at half and at twice the price of a miss.

    Prices by kind of defect are all multiplied. At each price the limits have the figures of that price. A
    limit that is undefined there does not count, and limits that no point meets there are ignored.

    Returns
    -------
    OtherMissCosts or None
        `None` with inspectors, if a limit depends on prices by kind, or if it is cheapest to flag all units
        or none.
    """
    analysis = selection.analysis
    scenario, price = analysis.scenario, analysis.evaluation.miss_cost
    if scenario.inspection is not None:
        return None
    read = {name for bound in analysis.limits for name in bound.objective.reads}
    is_moved = not read.isdisjoint(("miss_cost", "payoff"))
    if is_moved and scenario.miss_cost_by_type:
        return None

    def segment_among(mask: NDArray[np.bool_]) -> Segment:
        least, most = min(LEAST_RATIO, MULTIPLES[0] * price), max(MOST_RATIO, MULTIPLES[-1] * price)
        points, evaluation = analysis.points[mask], analysis.evaluation
        return cost_curve_by_miss_cost(points, evaluation, least=least, most=most).at(price)

    all_points = np.ones(len(analysis.points), np.bool_)
    within = meets_all(analysis.points, analysis.limits)
    holds = segment_among(within if within.any() else all_points)
    if holds.point.extreme is not None:
        return None
    do_limits_decide = _is_everywhere(holds, price) and not _is_everywhere(
        segment_among(all_points), price
    )
    return OtherMissCosts(
        tuple(_cheapest_at(selection, multiple, is_moved=is_moved) for multiple in MULTIPLES),
        None if is_moved else holds,
        do_limits_decide and not is_moved,
    )


def _is_everywhere(holds: Segment, price: float) -> bool:
    """Whether the cheapest point stays the cheapest at all prices that are compared."""
    return holds.low <= MULTIPLES[0] * price and MULTIPLES[-1] * price < holds.high


def _cheapest_at(selection: Selection, multiple: float, *, is_moved: bool) -> CheapestAt:
    """Point that the page proposes at a multiple of the price of a miss.

    Parameters
    ----------
    is_moved : bool
        Whether a limit depends on the price.
    """
    analysis, selected = _priced(selection.analysis, multiple), selection.point
    point, scenario = analysis.proposed, analysis.scenario
    is_implied = not (scenario.miss_cost_by_type or math.isnan(scenario.implied_miss_cost))
    is_other = selected.counts not in (point.counts, analysis.current.counts)
    # Another price gives money limits another certification, which takes long.
    certification = certified(analysis) if multiple == 1 or not is_moved else None
    is_certified = (
        certification is not None
        and standing_of(analysis, certification, analysis.limits, point) is Standing.CERTIFIED
    )
    return CheapestAt(
        selection.analysis.evaluation.miss_cost * multiple,
        point,
        meets_limits(analysis, point),
        len(analysis.limits) < len(selection.analysis.limits),
        # A limit that does not depend on the price is missed as often at any price.
        limits_missed(analysis if is_moved else selection.analysis, analysis.limits, point)
        if analysis.limits and analysis.judges_chance
        else NOT_KNOWN,
        is_certified,
        _earned(analysis, point) if is_implied else None,
        analysis.current_revenue if is_implied else math.nan,
        _earned(analysis, selected) if is_implied and is_other else None,
        point.figures[COST.id],
        analysis.current.figures.get(COST.id, math.nan),
        _selected_cost(analysis, selected) if is_other else math.nan,
    )


def _selected_cost(analysis: Analysis, point: OperatingPoint) -> float:
    """Cost of errors of a point of an analysis that may have another price of a miss, in false alarms."""
    return point_at(analysis.evaluation, [COST], point.model, point.threshold).figures[COST.id]


def _earned(analysis: Analysis, point: OperatingPoint) -> Earned:
    """Revenue of a point of an analysis that may have another price of a miss."""
    at = point_at(analysis.evaluation, [REVENUE, PERCENT], point.model, point.threshold)
    return Earned(at.figures[REVENUE.id], at.figures[PERCENT.id])


def _priced(analysis: Analysis, multiple: float) -> Analysis:
    """The analysis at a multiple of the price of a miss, without the limits that are undefined there."""
    scenario, weight = analysis.scenario, analysis.scenario.miss_weight
    by_type = {k: multiple * v for k, v in (scenario.miss_cost_by_type or {}).items()}
    scenario = scenario.with_miss_cost(multiple * scenario.miss_cost / weight, weight)
    scenario = replace(scenario, miss_cost_by_type=by_type or None)
    offered = scenario_figures(analysis.dataset, scenario).objectives
    limits = (
        Bound(offered[b.objective.id], b.value)
        for b in analysis.limits
        if b.objective.id in offered
    )
    return replace(analysis, scenario=scenario, limits=tuple(limits))
