"""Alternatives to the selected point: fair option, half of a figure, cheapest model, other miss costs."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis import counts
from dashboard.analysis.analysis import Analysis, Stakeholder, point_of
from dashboard.analysis.cache import part
from dashboard.analysis.certified import certified, standing_of
from dashboard.analysis.decide.compromises import compromise_of
from dashboard.analysis.differences import difference
from dashboard.analysis.limits import meets_limits
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.picked_points import COST
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Bound, Objective, OperatingPoint, point_at
from metrics.inference.certainty import NOT_KNOWN, LimitsMissed
from metrics.inference.certificates.certification import Standing
from metrics.inference.comparison import Chance, Gap, compare_cheapest
from metrics.selection.cost_curve import LEAST_RATIO, MOST_RATIO, Segment, by_miss_cost
from metrics.selection.limits import meets_all
from metrics.selection.ties import cheapest

ALARMS, MISSED, REVENUE, PERCENT = (
    OBJECTIVES[name]
    for name in ("false_alarms", "missed_defects", "revenue", "revenue_impact_percent")
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


def exchange_for(selection: Selection, point: OperatingPoint) -> Exchange:
    """Exchange of the selected point for another."""
    analysis = selection.analysis
    changes = [_change(selection, s, s.objective, point) for s in analysis.stakeholders]
    if all(s.objective is not ALARMS for s in analysis.stakeholders):
        changes.append(_change(selection, None, ALARMS, point))
    return Exchange(point, tuple(changes), _alarm_price(selection, point))


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
    """Additional false alarms for each miss that a point avoids, if they are more than a miss is worth.

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
    return None if point is None else exchange_for(selection, point)


@dataclass(frozen=True)
class ModelChange:
    """Cheapest point of another model, and of the selected one, at which a figure is at most some value.

    Attributes
    ----------
    other, own : OperatingPoint
    price : Objective
        The revenue if it is decisive (`Scenario.is_revenue_decisive`), otherwise the cost of errors.
    chance : Chance
        Whether the difference between both prices may be chance.
    """

    other: OperatingPoint
    own: OperatingPoint
    price: Objective
    chance: Chance


def _model_change(
    selection: Selection, o: Objective, most: float, other: OperatingPoint
) -> ModelChange | None:
    """Change to a point of another model; `None` if the selected one cannot do the same, or if unknown."""
    analysis, model = selection.analysis, selection.point.model
    if model in (None, other.model):
        return None
    own = _cheapest_within(analysis, o, most, model)
    if own is None or meets_limits(analysis, own) < meets_limits(analysis, other):
        return None
    price = REVENUE if analysis.scenario.is_revenue_decisive else COST
    gap = difference(analysis, price, other, own)
    is_known = gap is not None and gap.chance is not Chance.UNKNOWN
    return ModelChange(other, own, price, gap.chance) if gap is not None and is_known else None


def fair_model_chance(selection: Selection, fair: OperatingPoint) -> Chance:
    """Whether the selected model may miss as few defects as the fair option of another at the same price."""
    change = _model_change(selection, MISSED, fair.figures[MISSED.id], fair)
    return Chance.UNKNOWN if change is None else change.chance


@dataclass(frozen=True)
class HalfOfCurrent:
    """Cheapest point with at most half of the current figure of an objective.

    Attributes
    ----------
    point : OperatingPoint
    change : ModelChange or None
        As in `Halving`.
    alarms_per_miss : float
        Additional false alarms for each miss that the point avoids, both compared with the current system.
        NaN unless the point has fewer misses and more false alarms.
    """

    point: OperatingPoint
    change: ModelChange | None
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
    change : ModelChange or None
        If another model is the cheapest. It is proposed only if it is clearly cheaper.
    half_of_current : HalfOfCurrent or None
        The cheapest point with at most half of the current figure; `None` if it is no other point.
    is_half_of_current : bool
        Whether the selected point has at most half of the current figure.
    """

    objective: Objective
    selected: float
    exchange: Exchange | None
    change: ModelChange | None = None
    half_of_current: HalfOfCurrent | None = None
    is_half_of_current: bool = False


def halving(selection: Selection, o: Objective) -> Halving:
    """Find the cheapest way to halve the figure of an objective."""
    analysis, selected = selection.analysis, selection.point.figures[o.id]
    if selected == 0:
        return Halving(o, selected, None)
    point, change = _cheapest_way(selection, o, selected / 2)
    if point is None:
        return Halving(o, selected, None)
    current = analysis.current.figures.get(o.id, math.nan)
    is_other = not analysis.is_current(selection.point)
    return Halving(
        o,
        selected,
        exchange_for(selection, point),
        change,
        _half_of_current(selection, o, point) if is_other and selected > current / 2 else None,
        is_half_of_current=is_other and selected <= current / 2,
    )


def _cheapest_way(
    selection: Selection, o: Objective, most: float
) -> tuple[OperatingPoint | None, ModelChange | None]:
    """Cheapest point whose figure is at most `most`; of another model only if that is clearly cheaper."""
    point = _cheapest_within(selection.analysis, o, most)
    change = None if point is None else _model_change(selection, o, most, point)
    is_chance = change is not None and change.chance is Chance.POSSIBLE
    return (change.own if change is not None and is_chance else point), change


def _cheapest_within(
    analysis: Analysis, o: Objective, most: float, model: str | None = None
) -> OperatingPoint | None:
    """Cheapest point whose figure is at most `most`. Only points that meet the limits count, if any do.

    Parameters
    ----------
    model : str or None
        Model of the point; `None` for any model.
    """
    points = analysis.points
    within = (points[o.id].to_numpy(np.float64) <= most) & analysis.is_ordinary
    if model is not None:
        within &= (points["model"] == model).to_numpy()
    position = cheapest(points, within & meets_all(points, analysis.limits))
    if position is None:
        position = cheapest(points, within)
    return None if position is None else OperatingPoint.from_points(points, position)


def _half_of_current(
    selection: Selection, o: Objective, half: OperatingPoint
) -> HalfOfCurrent | None:
    """Cheapest point with at most half of the current figure; `None` if it is that with half the selected."""
    current = selection.analysis.current
    point, change = _cheapest_way(selection, o, current.figures[o.id] / 2)
    if point is None or point.place == half.place:
        return None
    return HalfOfCurrent(point, change, _alarms_per_miss(point, current))


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
        Whether its lead may be chance, with all models judged at once or with the next one alone.
    """

    point: OperatingPoint
    rivals: tuple[str, ...]
    tied: tuple[str, ...]
    chance: Chance


@part(reads=lambda analysis, limits=(): (analysis.choices_key, limits))
def cheapest_model(analysis: Analysis, limits: tuple[Bound, ...] = ()) -> CheapestModel | None:
    """Model with the lowest cost of errors within some limits.

    `None` without intervals, and if a single model meets the limits.

    Also `None` if the models were trained on the rows: each then looks too good by a different amount.
    """
    if not analysis.judges_chance:
        return None
    points = analysis.points[meets_all(analysis.points, limits)]
    comparison = compare_cheapest(points, analysis.bootstrap, limits)
    if comparison is None:
        return None
    point = point_of(points, comparison.best.row)
    # Tables judge the two points alone, and allow for the choice of both.
    alone = difference(analysis, COST, point, point_of(points, comparison.rival.row))
    is_even = alone is not None and alone.chance is Chance.POSSIBLE
    chance = Chance.CLEAR if comparison.is_clear and not is_even else Chance.POSSIBLE
    rivals = comparison.open or (comparison.rival.model,)
    return CheapestModel(point, rivals, comparison.tied, chance)


def is_cheapest_clear(analysis: Analysis) -> bool:
    """Whether the cheapest model is clearly ahead of all others, or the only one."""
    cheapest = cheapest_model(analysis)
    return len(analysis.models) == 1 or (cheapest is not None and cheapest.chance is Chance.CLEAR)


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
    cost, current_cost : float
        Cost of errors of the point and of the current system at this price, in false alarms.
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
        return by_miss_cost(points, evaluation, least=least, most=most).at(price)

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
    )


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
    offered = counts.scenario_figures(analysis.dataset, scenario).objectives
    limits = (
        Bound(offered[b.objective.id], b.value)
        for b in analysis.limits
        if b.objective.id in offered
    )
    return replace(analysis, scenario=scenario, limits=tuple(limits))
