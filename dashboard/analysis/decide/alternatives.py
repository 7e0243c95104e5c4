"""Alternatives to the selected point: the fair option, half of a figure, other models, other prices."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder, point_of, points_of_model
from dashboard.analysis.cache import part
from dashboard.analysis.decide.cards import needs_prices
from dashboard.analysis.decide.compromises import compromise_of
from dashboard.analysis.limits import LimitAt, limit_at, meets_limits
from dashboard.analysis.optimism import gap_against, samples_of, share_above
from dashboard.analysis.resampled_figures import gap, replicates
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Objective, OperatingPoint, Pick, pick
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.comparison import Chance, Gap, compare_cheapest
from metrics.inference.interval_formulas import TAIL
from metrics.selection.cost_curve import LEAST_RATIO, MOST_RATIO, Segment, by_miss_cost
from metrics.selection.limits import keeps_all
from metrics.selection.picks import cheapest

COST, ALARMS, MISSED = (
    OBJECTIVES[name] for name in ("cost_of_errors", "false_alarms", "missed_defects")
)


@dataclass(frozen=True)
class Change:
    """Change of a figure from the selected point to another.

    Attributes
    ----------
    stakeholder : Stakeholder or None
        Stakeholder whose figure it is; `None` if no stakeholder has the objective.
    objective : Objective
    selected, other : float
        Figure at either point.
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
        """Whether the change could be chance."""
        return Chance.UNKNOWN if self.gap is None else self.gap.chance


GapTo = Callable[[Objective], Gap | None]
"""Function that returns the gap from the selected point to another by an objective."""


def _change(
    selection: Selection,
    stakeholder: Stakeholder | None,
    o: Objective,
    point: OperatingPoint,
    gap_to: GapTo,
) -> Change:
    selected, other = selection.point.figures[o.id], point.figures[o.id]
    is_unknown = selected == other or math.isnan(other - selected) or not o.has_interval
    return Change(stakeholder, o, selected, other, None if is_unknown else gap_to(o))


@dataclass(frozen=True)
class FairOption:
    """The fair option instead of the selected point.

    Attributes
    ----------
    point : OperatingPoint
    changes : tuple of Change
        Changes of the stakeholders' objectives. A figure that ranks models is left out if the model stays,
        and a figure in money is left out without prices.
    alarms : Change or None
        Increase of the false alarms; `None` if they are an objective, or if there are no more of them.
    is_selected : bool
        Whether the fair option is the selected point.
    """

    point: OperatingPoint
    changes: tuple[Change, ...]
    alarms: Change | None
    is_selected: bool


def fair_option(selection: Selection) -> FairOption | None:
    """The fair option; `None` if there is no compromise."""
    analysis = selection.analysis
    point = compromise_of(analysis).point
    if point is None:
        return None
    is_same_model = point.model == selection.point.model
    stakeholders: dict[Objective, Stakeholder] = {}
    for s in analysis.stakeholders:
        if not (s.objective.of_model and is_same_model):
            stakeholders.setdefault(s.objective, s)
    gap_to = _gap_to_fair(selection, point)
    alarms = None
    if ALARMS not in stakeholders and point.figures[ALARMS.id] > selection.point.figures[ALARMS.id]:
        alarms = _change(selection, None, ALARMS, point, gap_to)
    changes = tuple(
        _change(selection, s, o, point, gap_to)
        for o, s in stakeholders.items()
        if not needs_prices(o, analysis.scenario)
    )
    return FairOption(point, changes, alarms, point.place == selection.point.place)


def _gap_to_fair(selection: Selection, point: OperatingPoint) -> GapTo:
    """Gaps to the fair option, as the cards show them once it is selected."""
    return lambda o: gap_against(selection.at(point), o, selection.point)


@dataclass(frozen=True)
class AlarmPrice:
    """False alarms that are paid for each avoided miss.

    Attributes
    ----------
    per_miss : float
    is_worth_it : bool or None
        Whether this is at most the price of a miss; `None` if a miss has no single price.
    chance : Chance
        Whether the change of the cost of errors could be chance.
    """

    per_miss: float
    is_worth_it: bool | None
    chance: Chance


@dataclass(frozen=True)
class Exchange:
    """Another point instead of the selected one.

    Attributes
    ----------
    point : OperatingPoint
    changes : tuple of Change
        Changes of the stakeholders' figures, then of the false alarms if they are not among these. Without
        prices the false alarms replace a figure in money.
    alarm_price : AlarmPrice or None
        `None` unless misses are exchanged for false alarms.
    limits : tuple of LimitAt
        Each limit at the point.
    """

    point: OperatingPoint
    changes: tuple[Change, ...]
    alarm_price: AlarmPrice | None
    limits: tuple[LimitAt, ...]


def _exchange(
    selection: Selection, point: OperatingPoint, gap_to: GapTo, *, reduced: Objective
) -> Exchange:
    """Exchange of the selected point for another at which an objective's figure is reduced."""
    analysis = selection.analysis
    shown = [
        (s, ALARMS if needs_prices(s.objective, analysis.scenario) else s.objective)
        for s in analysis.stakeholders
    ]
    changes = [_change(selection, s, o, point, gap_to) for s, o in shown]
    if all(o is not ALARMS for _, o in shown):
        changes.append(_change(selection, None, ALARMS, point, gap_to))
    return Exchange(
        point,
        tuple(changes),
        _alarm_price(selection, point, gap_to) if reduced is MISSED else None,
        tuple(limit_at(selection, bound, point) for bound in analysis.limits),
    )


def _alarm_price(selection: Selection, point: OperatingPoint, gap_to: GapTo) -> AlarmPrice | None:
    scenario = selection.analysis.scenario
    more = point.figures[ALARMS.id] - selection.point.figures[ALARMS.id]
    fewer = selection.point.figures[MISSED.id] - point.figures[MISSED.id]
    if not (more > 0 and fewer > 0):
        return None
    if scenario.miss_cost_by_type or scenario.inspection is not None:
        return AlarmPrice(more / fewer, None, Chance.UNKNOWN)
    cost = gap_to(COST)
    chance = Chance.UNKNOWN if cost is None else cost.chance
    return AlarmPrice(more / fewer, more / fewer <= scenario.miss_cost, chance)


def fair_exchange(selection: Selection, fair: FairOption) -> Exchange:
    """Exchange of the selected point for the fair option."""
    return _exchange(selection, fair.point, _gap_to_fair(selection, fair.point), reduced=MISSED)


@dataclass(frozen=True)
class Halving:
    """Exchange of the selected point for the cheapest one at which an objective's figure is halved.

    Attributes
    ----------
    objective : Objective
    selected : float
        Figure of the selected point.
    exchange : Exchange or None
        Exchange for the cheapest point with at most half of the figure, among those that meet the limits if
        any does. `None` if there is none, or nothing to halve.
    current_halved : Chance or None
        Whether it could be chance that the selected point has at most half of the current figure; `None` if
        it has more.
    half_of_current : OperatingPoint or None
        Cheapest point with at most half of the current figure, if that is another point.
    """

    objective: Objective
    selected: float
    exchange: Exchange | None
    current_halved: Chance | None = None
    half_of_current: OperatingPoint | None = None


def halving(selection: Selection, o: Objective) -> Halving:
    """Find the cheapest way to halve the figure of an objective."""
    analysis, selected = selection.analysis, selection.point.figures[o.id]
    if selected == 0:
        return Halving(o, selected, None)
    point = _cheapest_within(analysis, o, selected / 2)
    current_halved = _current_halved(selection, o)
    if point is None:
        return Halving(o, selected, None, current_halved)

    def gap_to(o: Objective) -> Gap | None:
        return gap_to_cheapest(selection, o, point)

    return Halving(
        o,
        selected,
        _exchange(selection, point, gap_to, reduced=o),
        current_halved,
        _half_of_current(selection, o, point),
    )


def _cheapest_within(analysis: Analysis, o: Objective, most: float) -> OperatingPoint | None:
    """Cheapest point with at most a figure, among those that meet the limits if any does."""
    values = analysis.points[o.id].to_numpy(np.float64)
    within = (values <= most) & is_ordinary(analysis.points)
    position = cheapest(analysis.points, within & keeps_all(analysis.points, analysis.limits))
    if position is None:
        position = cheapest(analysis.points, within)
    return None if position is None else OperatingPoint.from_points(analysis.points, position)


def _half_of_current(
    selection: Selection, o: Objective, half: OperatingPoint
) -> OperatingPoint | None:
    """Cheapest point with at most half of the current figure, if the selected one has more."""
    analysis = selection.analysis
    current = analysis.current.figures.get(o.id, math.nan)
    if analysis.is_current(selection.point) or not selection.point.figures[o.id] > current / 2:
        return None
    point = _cheapest_within(analysis, o, current / 2)
    return None if point is None or point.place == half.place else point


def _current_halved(selection: Selection, o: Objective) -> Chance | None:
    analysis = selection.analysis
    if (
        analysis.is_current(selection.point)
        or not selection.point.figures[o.id] <= analysis.current.figures[o.id] / 2
    ):
        return None
    samples = samples_of(selection, o, selection.point)
    if samples is None:
        return Chance.UNKNOWN
    share = share_above(samples - replicates(analysis, o, analysis.current) / 2)
    return Chance.CLEAR if share <= TAIL else Chance.POSSIBLE


def gap_to_cheapest(selection: Selection, o: Objective, point: OperatingPoint) -> Gap | None:
    """Gap from the selected point to one that is the cheapest of its kind; `None` if it is unknown.

    Both may be picks, so the optimism of neither is corrected.
    """
    analysis = selection.analysis
    if analysis.uncertainty is None or not o.has_interval:
        return None
    return gap(analysis, o, point, selection.point)


@dataclass(frozen=True)
class OtherModel:
    """A model at its cheapest threshold, within the limits if it can meet them.

    Attributes
    ----------
    point : OperatingPoint
    meets_limits : bool
    gaps : tuple of (Gap or None)
        Gap from the selected point to this one, by each of `compared_objectives`; `None` if it is unknown.
    """

    point: OperatingPoint
    meets_limits: bool
    gaps: tuple[Gap | None, ...]


def compared_objectives(analysis: Analysis) -> tuple[Objective, ...]:
    """Objectives that models are compared by: those of the stakeholders, and the cost of errors."""
    return tuple(dict.fromkeys([*(s.objective for s in analysis.stakeholders), COST]))


def other_models(selection: Selection, judged_by: Objective) -> tuple[OtherModel, ...]:
    """All models but the selected one, ordered by an objective.

    Models that cannot meet the limits are last if the objective is the cost of errors, since thresholds are
    chosen by that.
    """

    def order(one: OtherModel) -> tuple[bool, float, float]:
        loss = float(judged_by.direction.loss(np.array(one.point.figures[judged_by.id])))
        is_last = judged_by is COST and not one.meets_limits
        return is_last, loss, one.point.figures[COST.id]

    return tuple(sorted(_other_models(selection), key=order))


@part(reads=lambda selection: (selection.analysis.intervals_key, selection.place))
def _other_models(selection: Selection) -> tuple[OtherModel, ...]:
    analysis = selection.analysis
    found = []
    for model in analysis.points["model"].unique():
        if model == selection.point.model:
            continue
        points = points_of_model(analysis.points, str(model))
        within = pick(points, COST, analysis.evaluation, limits=analysis.limits)
        best = within or pick(points, COST, analysis.evaluation)
        if best is None:
            continue
        point = point_of(points, best.row)
        gaps = tuple(gap_to_cheapest(selection, o, point) for o in compared_objectives(analysis))
        found.append(OtherModel(point, within is not None, gaps))
    return tuple(found)


def current_as_other_model(selection: Selection) -> OtherModel:
    """The current system as one of the other models, with the gaps that the cards show."""
    analysis = selection.analysis
    gaps = (gap_against(selection, o, analysis.current) for o in compared_objectives(analysis))
    return OtherModel(
        analysis.current,
        meets_limits(analysis, analysis.current),
        tuple(gap and gap.reversed() for gap in gaps),
    )


@dataclass(frozen=True)
class CheapestModel:
    """Model with the lowest cost of errors, and whether it could be so by chance.

    Attributes
    ----------
    pick : Pick
        Its cheapest point.
    next : str
        Model with the second lowest cost.
    tied : tuple of str
        Models with the same cost.
    chance : Chance
        All models are judged at once.
    """

    pick: Pick
    next: str
    tied: tuple[str, ...]
    chance: Chance

    def is_at(self, point: OperatingPoint) -> bool:
        """Whether a point is the cheapest one."""
        return (self.pick.model, self.pick.threshold, None) == point.place


def cheapest_model(analysis: Analysis) -> CheapestModel | None:
    """Model with the lowest cost of errors; `None` without intervals and for a single model.

    Also `None` if the models were trained on the rows, which flatters each of them differently.
    """
    return None if analysis.held_out == "training" else _cheapest_model(analysis)


@part(reads=lambda analysis: analysis.intervals_key)
def _cheapest_model(analysis: Analysis) -> CheapestModel | None:
    if analysis.uncertainty is None:
        return None
    found = compare_cheapest(analysis.points, analysis.bootstrap)
    if found is None:
        return None
    chance = Chance.CLEAR if found.is_clear else Chance.POSSIBLE
    return CheapestModel(found.best, found.rival.model, found.tied, chance)


MULTIPLES = (0.5, 1.0, 2.0)
"""Other prices of a miss, as multiples of the entered one."""


@dataclass(frozen=True)
class OtherMissCosts:
    """Cheapest points at other prices of a miss.

    Attributes
    ----------
    cheapest : tuple of (float, OperatingPoint)
        Cheapest point by the price of a miss in false alarms, on average over all kinds, ascending.
    holds : Segment
        Prices between which the cheapest point at the entered price stays the cheapest.
    """

    cheapest: tuple[tuple[float, OperatingPoint], ...]
    holds: Segment


@part(reads=lambda analysis: analysis.picks_key)
def other_miss_costs(analysis: Analysis) -> OtherMissCosts | None:
    """Cheapest points within the limits at half and at twice the price of a miss.

    Prices by kind of defect are all multiplied.

    Returns
    -------
    OtherMissCosts or None
        `None` if inspectors or a limit depend on the price, if nothing meets the limits, and if it is
        cheapest to flag all units or none.
    """
    if analysis.scenario.inspection is not None:
        return None
    if any("miss_cost" in bound.objective.reads for bound in analysis.limits):
        return None
    points = analysis.points[keeps_all(analysis.points, analysis.limits)]
    if points.empty:
        return None
    entered = analysis.evaluation.miss_cost
    prices = [entered * multiple for multiple in MULTIPLES]
    least, most = min(LEAST_RATIO, prices[0]), max(MOST_RATIO, prices[-1])
    curve = by_miss_cost(points, analysis.evaluation, least=least, most=most)
    holds = curve.at(entered)
    if holds.point.extreme is not None:
        return None
    return OtherMissCosts(tuple((price, curve.at(price).point) for price in prices), holds)
