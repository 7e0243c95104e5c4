"""Exchange of the selected point for another: what changes, and false alarms for each avoided miss."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.differences import difference
from dashboard.analysis.picked_points import COST
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Objective, OperatingPoint, Scenario
from metrics.inference.comparison.paired_difference import Chance, PairedDifference

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
    per_miss = alarms_per_miss(point, selection.point)
    if math.isnan(per_miss):
        return None
    if not scenario.has_single_miss_cost:
        return AlarmPrice(per_miss, None, Chance.UNKNOWN)
    cost = difference(selection.analysis, COST, point, selection.point)
    chance = Chance.UNKNOWN if cost is None else cost.chance
    return AlarmPrice(per_miss, per_miss <= scenario.miss_cost, chance)


def alarms_per_miss(point: OperatingPoint, reference: OperatingPoint) -> float:
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
    per_miss = alarms_per_miss(point, reference)
    return per_miss if per_miss > scenario.miss_cost else math.nan
