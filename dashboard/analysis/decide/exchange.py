"""Exchange of the selected point for another: what changes, the fair option, and half of a figure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.differences import difference
from dashboard.analysis.picked_points import COST
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Objective, OperatingPoint, Scenario
from metrics.inference.comparison.paired_difference import Chance, PairedDifference
from metrics.selection.limits import meets_all
from metrics.selection.ties import cheapest

ALARMS, MISSED = OBJECTIVES["false_alarms"], OBJECTIVES["missed_defects"]


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
    gap : PairedDifference or None
        Figure at the other point minus that at the selected one; `None` if it is unknown or 0.
    """

    stakeholder: Stakeholder | None
    objective: Objective
    selected: float
    other: float
    gap: PairedDifference | None

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
    if not scenario.has_single_miss_cost:
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
    scenario: Scenario, o: Objective, point: OperatingPoint, reference: OperatingPoint
) -> float:
    """Additional false alarms for each miss that a point avoids, if they are more than a miss is worth.

    NaN otherwise, and if a miss has no single price. Also NaN if the price does not matter to the objective
    `o`, because it ranks models or contains the price itself.
    """
    needs_no_price = o.of_model or not {"miss_cost", "payoff"}.isdisjoint(o.reads)
    if needs_no_price or not scenario.has_single_miss_cost:
        return math.nan
    per_miss = _alarms_per_miss(point, reference)
    return per_miss if per_miss > scenario.miss_cost else math.nan


def fair_option(selection: Selection) -> Exchange | None:
    """Exchange of the selected point for the fair option, the compromise with the smallest largest regret.

    `None` if there is no compromise.
    """
    point = fair_option_of(selection.analysis).point
    return None if point is None else exchange_for(selection, point)


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
        Cheapest point with at most half of the current figure. `None` if the selected point already has
        that, if no point has it, if it is the point of `exchange`, or without `exchange`.
    is_half_of_current : bool
        Whether the selected point has at most half of the current figure; False without `exchange`.
    """

    objective: Objective
    selected: float
    exchange: Exchange | None
    half_of_current: HalfOfCurrent | None = None
    is_half_of_current: bool = False


def halving(selection: Selection, o: Objective) -> Halving:
    """Find the cheapest way to halve the figure of an objective.

    The objective must be minimised, and its figure must rise as fewer units are flagged (`question_of`).
    """
    analysis, selected = selection.analysis, selection.point.figures[o.id]
    if selected == 0:
        return Halving(o, selected, None)
    point = _cheapest_within(analysis, o, selected / 2)
    if point is None:
        return Halving(o, selected, None)
    halves = Halving(o, selected, exchange_for(selection, point))
    current = analysis.current.figures.get(o.id, math.nan)
    if analysis.is_current(selection.point) or current == 0:
        return halves
    if selected > current / 2:
        return replace(halves, half_of_current=_half_of_current(selection.analysis, o, point))
    return replace(halves, is_half_of_current=selected <= current / 2)


def _cheapest_within(analysis: Analysis, o: Objective, most: float) -> OperatingPoint | None:
    """Cheapest point whose figure is at most `most`. Only points that meet the limits count, if any do."""
    points = analysis.points
    within = (points[o.id].to_numpy(np.float64) <= most) & analysis.is_ordinary
    position = cheapest(points, within & meets_all(points, analysis.limits))
    if position is None:
        position = cheapest(points, within)
    return None if position is None else OperatingPoint.from_points(points, position)


def _half_of_current(
    analysis: Analysis, o: Objective, half: OperatingPoint
) -> HalfOfCurrent | None:
    """Cheapest point with at most half of the current figure.

    `None` if there is none, or if `half` is the same point.
    """
    current = analysis.current
    point = _cheapest_within(analysis, o, current.figures[o.id] / 2)
    if point is None or point.place == half.place:
        return None
    return HalfOfCurrent(point, _alarms_per_miss(point, current))
