"""Alternatives to the selected point: fair option, half of a figure, cheapest model, other miss costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis, Stakeholder, point_of
from dashboard.analysis.cache import part
from dashboard.analysis.decide.compromises import compromise_of
from dashboard.analysis.differences import difference
from dashboard.analysis.picked_points import COST
from dashboard.analysis.scenario_figures import visible
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Evaluation, Objective, OperatingPoint, point_at
from metrics.evaluation.operating_points import figures_at_points, is_ordinary
from metrics.inference.comparison import Chance, Gap, compare_cheapest
from metrics.selection.cost_curve import LEAST_RATIO, MOST_RATIO, CostCurve, Segment, by_miss_cost
from metrics.selection.limits import meets_all
from metrics.selection.ties import cheapest

ALARMS, MISSED, REVENUE = (
    OBJECTIVES[name] for name in ("false_alarms", "missed_defects", "revenue")
)
MULTIPLES = (0.5, 1.0, 2.0)
"""Prices of a miss to compare, as multiples of the entered price."""


@dataclass(frozen=True)
class Change:
    """Change of a figure from the selected point to another.

    Attributes
    ----------
    stakeholder : Stakeholder or None
        Stakeholder whose figure it is; `None` if no stakeholder has the objective.
    objective : Objective
    selected, other : float
        Figure at the selected point, and at the other.
    gap : Gap or None
        Figure at the other point minus that at the selected one; `None` if it is unknown or 0.
    """

    stakeholder: Stakeholder | None
    objective: Objective
    selected: float
    other: float
    gap: Gap | None

    @property
    def chance(self) -> Chance:
        """Whether the change may be chance."""
        return Chance.UNKNOWN if self.gap is None else self.gap.chance


def _change(
    selection: Selection, stakeholder: Stakeholder | None, o: Objective, point: OperatingPoint
) -> Change:
    selected, other = selection.point.figures[o.id], point.figures[o.id]
    is_unknown = selected == other or math.isnan(other - selected)
    gap = None if is_unknown else difference(selection.analysis, o, point, selection.point)
    return Change(stakeholder, o, selected, other, gap)


@dataclass(frozen=True)
class AlarmPrice:
    """Number of additional false alarms for each avoided miss.

    Attributes
    ----------
    per_miss : float
    is_worth_it : bool or None
        Whether `per_miss` is at most the price of a miss; `None` if a miss has no single price.
    chance : Chance
        Whether the change of the cost of errors may be chance.
    """

    per_miss: float
    is_worth_it: bool | None
    chance: Chance


@dataclass(frozen=True)
class Exchange:
    """Comparison of another point with the selected one.

    Attributes
    ----------
    point : OperatingPoint
    changes : tuple of Change
        Changes of the stakeholders' figures. The change of the false alarms follows if it is not among them.
    alarm_price : AlarmPrice or None
        `None` unless the other point has fewer misses and more false alarms.
    """

    point: OperatingPoint
    changes: tuple[Change, ...]
    alarm_price: AlarmPrice | None


def _exchange(selection: Selection, point: OperatingPoint, *, reduced: Objective) -> Exchange:
    """Exchange of the selected point for another with a lower figure of an objective."""
    analysis = selection.analysis
    changes = [_change(selection, s, s.objective, point) for s in analysis.stakeholders]
    if all(s.objective is not ALARMS for s in analysis.stakeholders):
        changes.append(_change(selection, None, ALARMS, point))
    return Exchange(
        point,
        tuple(changes),
        _alarm_price(selection, point) if reduced is MISSED else None,
    )


def _alarm_price(selection: Selection, point: OperatingPoint) -> AlarmPrice | None:
    scenario = selection.analysis.scenario
    per_miss = _alarms_per_miss(point, selection.point)
    if math.isnan(per_miss):
        return None
    if scenario.miss_cost_by_type or scenario.inspection is not None:
        return AlarmPrice(per_miss, None, Chance.UNKNOWN)
    cost = difference(selection.analysis, COST, point, selection.point)
    chance = Chance.UNKNOWN if cost is None else cost.chance
    return AlarmPrice(per_miss, per_miss <= scenario.miss_cost, chance)


def _alarms_per_miss(point: OperatingPoint, reference: OperatingPoint) -> float:
    """Additional false alarms for each miss that a point avoids; NaN unless it has both."""
    more = point.figures[ALARMS.id] - reference.figures[ALARMS.id]
    fewer = reference.figures[MISSED.id] - point.figures[MISSED.id]
    return more / fewer if more > 0 and fewer > 0 else math.nan


def unaccepted_alarms(
    analysis: Analysis, o: Objective, point: OperatingPoint, reference: OperatingPoint
) -> float:
    """Additional false alarms for each miss that a point avoids, if a miss is worth fewer of them.

    NaN otherwise, and if a miss has no single price. Also NaN if the price does not matter to the objective
    `o`, because it ranks models or contains the price itself.
    """
    scenario = analysis.scenario
    if o.of_model or not {"miss_cost", "payoff"}.isdisjoint(o.reads):
        return math.nan
    if scenario.miss_cost_by_type or scenario.inspection is not None:
        return math.nan
    per_miss = _alarms_per_miss(point, reference)
    return per_miss if per_miss > scenario.miss_cost else math.nan


def fair_option(selection: Selection) -> Exchange | None:
    """Exchange of the selected point for the fair option, the compromise with the smallest largest regret.

    `None` if there is no compromise.
    """
    point = compromise_of(selection.analysis).point
    return None if point is None else _exchange(selection, point, reduced=MISSED)


@dataclass(frozen=True)
class HalfOfCurrent:
    """Cheapest point with at most half of the current figure of an objective.

    Attributes
    ----------
    point : OperatingPoint
    alarms_per_miss : float
        Additional false alarms for each miss that the point avoids, both compared with the current system.
        NaN unless the point has fewer misses and more false alarms.
    """

    point: OperatingPoint
    alarms_per_miss: float


@dataclass(frozen=True)
class Halving:
    """Exchange of the selected point for the cheapest one at which an objective's figure is halved.

    Attributes
    ----------
    objective : Objective
    selected : float
        Figure of the selected point.
    exchange : Exchange or None
        Exchange for the cheapest point with at most half of the figure. Only points that meet the limits
        count, if there are any. `None` if there is no such point, or if the figure is 0.
    half_of_current : HalfOfCurrent or None
        The cheapest point with at most half of the current figure; `None` if it is no other point.
    """

    objective: Objective
    selected: float
    exchange: Exchange | None
    half_of_current: HalfOfCurrent | None = None


def halving(selection: Selection, o: Objective) -> Halving:
    """Find the cheapest way to halve the figure of an objective."""
    analysis, selected = selection.analysis, selection.point.figures[o.id]
    if selected == 0:
        return Halving(o, selected, None)
    point = _cheapest_within(analysis, o, selected / 2)
    if point is None:
        return Halving(o, selected, None)
    return Halving(
        o,
        selected,
        exchange=_exchange(selection, point, reduced=o),
        half_of_current=_half_of_current(selection, o, point),
    )


def _cheapest_within(analysis: Analysis, o: Objective, most: float) -> OperatingPoint | None:
    """Cheapest point whose figure is at most `most`. Only points that meet the limits count, if any do."""
    values = analysis.points[o.id].to_numpy(np.float64)
    within = (values <= most) & is_ordinary(analysis.points)
    position = cheapest(analysis.points, within & meets_all(analysis.points, analysis.limits))
    if position is None:
        position = cheapest(analysis.points, within)
    return None if position is None else OperatingPoint.from_points(analysis.points, position)


def _half_of_current(
    selection: Selection, o: Objective, half: OperatingPoint
) -> HalfOfCurrent | None:
    """Cheapest point with at most half of the current figure; `None` if the selected point has it."""
    analysis = selection.analysis
    current = analysis.current.figures.get(o.id, math.nan)
    if analysis.is_current(selection.point) or not selection.point.figures[o.id] > current / 2:
        return None
    point = _cheapest_within(analysis, o, current / 2)
    if point is None or point.place == half.place:
        return None
    return HalfOfCurrent(point, _alarms_per_miss(point, analysis.current))


@dataclass(frozen=True)
class CheapestModel:
    """Model with the lowest cost of errors, and whether its lead may be chance.

    Attributes
    ----------
    point : OperatingPoint
        Cheapest point of the model.
    rivals : tuple of str
        Models that could be the cheapest, the least surely beaten first; the next model if its lead is clear.
    tied : tuple of str
        Models with the same cost.
    chance : Chance
        Whether its lead may be chance, with all models judged at once.
    """

    point: OperatingPoint
    rivals: tuple[str, ...]
    tied: tuple[str, ...]
    chance: Chance


@part(reads=lambda analysis: analysis.intervals_key)
def cheapest_model(analysis: Analysis) -> CheapestModel | None:
    """Model with the lowest cost of errors; `None` without intervals, and if there is a single model.

    Also `None` if the models were trained on the rows: each model then looks better by another amount.
    """
    if not analysis.judges_chance:
        return None
    comparison = compare_cheapest(analysis.points, analysis.bootstrap)
    if comparison is None:
        return None
    chance = Chance.CLEAR if comparison.is_clear else Chance.POSSIBLE
    point = point_of(analysis.points, comparison.best.row)
    rivals = comparison.open or (comparison.rival.model,)
    return CheapestModel(point, rivals, comparison.tied, chance)


def is_cheapest_clear(analysis: Analysis) -> bool:
    """Whether the cheapest model is clearly ahead of all others, or the only one."""
    cheapest = cheapest_model(analysis)
    return len(analysis.models) == 1 or (cheapest is not None and cheapest.chance is Chance.CLEAR)


@dataclass(frozen=True)
class CheapestAt:
    """Cheapest point at a price of a miss.

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
    revenue, current_revenue : float
        Revenue of the point and of the current system at this price; NaN unless the payoffs imply the price.
    """

    price: float
    point: OperatingPoint
    meets_limits: bool
    is_undefined: bool
    revenue: float
    current_revenue: float


@dataclass(frozen=True)
class OtherMissCosts:
    """Cheapest points at other prices of a miss.

    Attributes
    ----------
    cheapest : tuple of CheapestAt
        By ascending price.
    holds : Segment or None
        Prices between which the cheapest point at the entered price stays the cheapest; `None` if a limit
        depends on the price.
    """

    cheapest: tuple[CheapestAt, ...]
    holds: Segment | None


@part(reads=lambda analysis: analysis.picks_key)
def other_miss_costs(analysis: Analysis) -> OtherMissCosts | None:
    """Cheapest points within the limits at half and at twice the price of a miss.

    Prices by kind of defect are all multiplied. At each price the limits have the figures of that price. A
    limit that is undefined there does not count, and limits that no point meets there are ignored.

    Returns
    -------
    OtherMissCosts or None
        `None` with inspectors, if a limit depends on prices by kind, if no point meets the limits at the
        entered price, or if it is cheapest to flag all units or none.
    """
    scenario, evaluation = analysis.scenario, analysis.evaluation
    if scenario.inspection is not None:
        return None
    read = {name for bound in analysis.limits for name in bound.objective.reads}
    is_moved = not read.isdisjoint(("miss_cost", "payoff"))
    if is_moved and scenario.miss_cost_by_type:
        return None
    prices = [evaluation.miss_cost * multiple for multiple in MULTIPLES]
    least, most = min(LEAST_RATIO, prices[0]), max(MOST_RATIO, prices[-1])

    def curve_among(mask: NDArray[np.bool_]) -> CostCurve:
        return by_miss_cost(analysis.points[mask], evaluation, least=least, most=most)

    within = meets_all(analysis.points, analysis.limits)
    if not within.any():
        return None
    entered = curve_among(within)
    if (holds := entered.at(evaluation.miss_cost)).point.extreme is not None:
        return None
    found = []
    for multiple, price in zip(MULTIPLES, prices, strict=True):
        curve, meets_limits, is_undefined = entered, True, False
        if is_moved and multiple != 1.0:
            within, is_undefined = _meets_limits_at(analysis, multiple)
            meets_limits = bool(within.any())
            # The page then also proposes the cheapest point that flags some units and not all.
            curve = curve_among(within if meets_limits else is_ordinary(analysis.points))
        earned = _earned_at(analysis, multiple, curve.at(price).point)
        found.append(CheapestAt(price, curve.at(price).point, meets_limits, is_undefined, *earned))
    return OtherMissCosts(tuple(found), None if is_moved else holds)


def _earned_at(analysis: Analysis, multiple: float, point: OperatingPoint) -> tuple[float, float]:
    """Revenue of a point and of the current system at a multiple of the price of a miss.

    NaN unless the payoffs imply the price.
    """
    scenario = analysis.scenario
    if scenario.miss_cost_by_type or math.isnan(scenario.implied_miss_cost):
        return math.nan, math.nan
    priced = _priced(analysis, multiple)
    earned, current = (
        point_at(priced, [REVENUE], p.model, p.threshold).figures[REVENUE.id]
        for p in (point, analysis.current)
    )
    return earned, current


def _priced(analysis: Analysis, multiple: float) -> Evaluation:
    """Evaluation at a multiple of the price of a miss."""
    scenario = analysis.scenario
    alarms = multiple * scenario.miss_cost / scenario.miss_weight
    return replace(
        analysis.evaluation, scenario=scenario.with_miss_cost(alarms, scenario.miss_weight)
    )


def _meets_limits_at(analysis: Analysis, multiple: float) -> tuple[NDArray[np.bool_], bool]:
    """Whether each visible point meets the defined limits at a multiple of the price of a miss.

    Returns
    -------
    (ndarray of bool, bool)
        The second is true if a limit is undefined at all points. The mask is then for the other limits.
    """
    columns = figures_at_points(
        _priced(analysis, multiple), [bound.objective for bound in analysis.limits]
    )
    figures = pd.DataFrame({"model": analysis.figures.points["model"], **columns})
    defined = [b for b in analysis.limits if not figures[b.objective.id].isna().all()]
    within = meets_all(visible(figures, analysis.hidden), defined)
    return within, len(defined) < len(analysis.limits)
