"""Figures on the stakeholders' cards: figure with interval, and best figure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder, opening_point
from dashboard.analysis.cache import part
from dashboard.analysis.decide.exchange import unaccepted_alarms
from dashboard.analysis.differences import difference
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.optimism import range_of, ranges_of_curve
from dashboard.analysis.picked_points import points_like_picks
from dashboard.analysis.points_table import point_of
from dashboard.analysis.rankings import places
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Direction, Objective, OperatingPoint, Pick
from metrics.evaluation.objective import Extreme
from metrics.inference.certainty import NOT_KNOWN, LimitsMissed
from metrics.inference.comparison.paired_difference import Chance
from metrics.inference.interval_formulas import Interval


@dataclass(frozen=True)
class BestShown:
    """Best figure on a stakeholder's card.

    Attributes
    ----------
    pick : Pick
        The stakeholder's pick, or the best point if limits are ignored (`Stakeholder.best_shown`).
    is_own : bool
        Whether the stakeholder's pick within the limits has the same model.
    missed : LimitsMissed
        How often the resamples miss the limits at the pick; unknown if no limit binds.
    is_broken : bool
        Whether the model of `pick` misses the limits in this file at every threshold.
    """

    pick: Pick
    is_own: bool
    missed: LimitsMissed = NOT_KNOWN
    is_broken: bool = False


class StakeholderCard(NamedTuple):
    """Figures of a stakeholder's card at an operating point.

    Attributes
    ----------
    stakeholder : Stakeholder
    point : OperatingPoint
    reference : OperatingPoint
        Pinned point, or the current system.
    is_pinned : bool
        Whether the reference is a pinned point.
    interval : (float, float)
        95% interval of the figure on new data; NaN if unknown.
    chance : Chance or None
        Whether the difference to the reference may be chance; `None` if it is not judged yet.
    place : (int, int) or None
        First and last place that the model may have, if the objective ranks models.
    ranked : int
        Number of models with a place.
    best : BestShown or None
        `None` if no point meets the stakeholder's condition and the limits.
    unaccepted_alarms : float
        False alarms for each miss that the best avoids, if they are more than a miss is worth; NaN otherwise.
    is_pick : bool
        Whether the interval allows for the choice of the point, once it is selected.
    is_pending : bool
        Whether interval and chance are not computed yet.
    """

    stakeholder: Stakeholder
    point: OperatingPoint
    reference: OperatingPoint
    is_pinned: bool
    interval: tuple[float, float]
    chance: Chance | None
    place: tuple[int, int] | None
    ranked: int
    best: BestShown | None
    unaccepted_alarms: float
    is_pick: bool
    is_pending: bool

    @property
    def value(self) -> float:
        """Figure of the point."""
        return self.point.figures[self.stakeholder.objective.id]

    @property
    def reference_value(self) -> float:
        """Figure of the reference; NaN if unknown."""
        return self.reference.figures.get(self.stakeholder.objective.id, math.nan)


@dataclass(frozen=True)
class CardBasis:
    """Parts of a stakeholder's card that are the same at every operating point.

    Attributes
    ----------
    stakeholder : Stakeholder
    best : BestShown or None
    best_point : OperatingPoint or None
        Point of `best`.
    places : dict of str to (int, int)
        First and last place of each model, if the objective ranks models.
    picks : frozenset
        Places of the points whose intervals allow for a choice; empty until intervals are computed.
    ranges : callable
        Function of a model that returns the intervals at its points (`ranges_of_curve`).
    """

    stakeholder: Stakeholder
    best: BestShown | None
    best_point: OperatingPoint | None
    places: dict[str, tuple[int, int]]
    picks: frozenset[tuple[str | None, float, float | None]]
    ranges: Callable[[str], Interval | None]


def card_basis(analysis: Analysis, stakeholder: Stakeholder) -> CardBasis:
    """Parts of a stakeholder's card that are the same at every operating point."""
    o, best = stakeholder.objective, best_on_card(analysis, stakeholder)
    picks = points_like_picks(analysis) if analysis.has_intervals else ()
    return CardBasis(
        stakeholder,
        best,
        None if best is None else point_of_best(analysis, o, best.pick),
        places(analysis, o),
        frozenset((pick.model, pick.threshold, pick.below) for pick in picks),
        cache(partial(ranges_of_curve, analysis, o)),
    )


def stakeholder_card(
    selection: Selection,
    basis: CardBasis,
    point: OperatingPoint,
    *,
    at_rest: bool = False,
    is_pointed: bool = False,
) -> StakeholderCard:
    """Figures of a stakeholder's card at an operating point.

    Parameters
    ----------
    at_rest : bool
        Whether to judge chance. True for the selected point while it is not dragged.
    is_pointed : bool
        Whether the point is only under the pointer. Otherwise a point of another model, or with a lower
        threshold, has no interval until it is selected.
    """
    analysis, o = selection.analysis, basis.stakeholder.objective
    is_elsewhere = point.lower is not None or point.model != selection.point.model
    has_own = o.has_interval and not o.of_model
    is_awaited = has_own and is_elsewhere and not (at_rest or is_pointed)
    interval = (math.nan, math.nan) if is_awaited else _interval_shown(analysis, o, point, basis)
    ranked = basis.places
    return StakeholderCard(
        stakeholder=basis.stakeholder,
        point=point,
        reference=selection.reference,
        is_pinned=selection.is_pinned,
        interval=interval,
        chance=_chance(selection, o, selection.reference) if at_rest else None,
        place=ranked.get(str(point.model)),
        ranked=len(ranked),
        best=basis.best,
        unaccepted_alarms=math.nan
        if basis.best_point is None
        else unaccepted_alarms(analysis.scenario, o, basis.best_point, point),
        is_pick=point.place in basis.picks and not o.of_model,
        is_pending=(analysis.is_pending and o.has_interval)
        or (is_awaited and analysis.shows_intervals),
    )


def _chance(selection: Selection, o: Objective, other: OperatingPoint) -> Chance | None:
    """Whether the selected point's difference may be chance; `None` until intervals are computed."""
    if selection.analysis.is_pending:
        return None
    size = selection.point.figures.get(o.id, math.nan) - other.figures.get(o.id, math.nan)
    if selection.analysis.uncertainty is None or math.isnan(size) or size == 0:
        return Chance.UNKNOWN
    gap = difference(selection.analysis, o, selection.point, other)
    return Chance.UNKNOWN if gap is None else gap.chance


def chance_of_false_alarms(selection: Selection) -> Chance | None:
    """Whether the difference in false alarms to the current system may be chance.

    `None` until intervals are computed. It is not judged with inspectors.
    """
    if selection.analysis.scenario.inspection is not None:
        return Chance.UNKNOWN
    return _chance(selection, OBJECTIVES["false_alarms"], selection.analysis.current)


def _interval_shown(
    analysis: Analysis, o: Objective, point: OperatingPoint, basis: CardBasis
) -> tuple[float, float]:
    """95% interval of a card's figure on new data; NaN if unknown.

    It allows for the choice of a picked point of the model. A distant point has a smaller allowance.
    """
    model = str(point.model)
    if o.is_against_current and point.figures[o.id] == 0:
        return math.nan, math.nan  # the current system has no difference to itself
    if point.lower is not None and not o.of_model:
        return range_of(analysis, o, point)
    ends = basis.ranges(model)
    if ends is None:
        return math.nan, math.nan
    k = analysis.evaluation.curve_of(model).row(point.threshold)
    return float(ends.low[k]), float(ends.high[k])


class Question(Enum):
    """Question that a card answers in place."""

    HALVING = auto()
    """What would it cost to halve the figure?"""
    RISK = auto()
    """How likely does the figure miss its target, and by how much?"""
    CALIBRATION = auto()
    """Are the model's probabilities calibrated?"""


def question_of(objective: Objective) -> Question:
    """Question that a card answers about an objective."""
    if objective.of_model:
        return Question.CALIBRATION
    # A figure that falls as fewer units are flagged is excluded: flagging none would halve it.
    can_be_halved = (
        objective.direction is Direction.MINIMISE and objective.extreme is Extreme.FLAG_EVERYTHING
    )
    return Question.HALVING if can_be_halved else Question.RISK


TYPICAL_OBJECTIVES = {
    "data": ("log_loss", "brier", "roc_auc", "average_precision", "calibration_error", "f1", "mcc"),
    "product": (
        "missed_defects",
        "missed_defects_per_1000_defects",
        "missed_defects_per_1000_units",
        "shipped_defects_per_million",
        "missed_value",
        "recall",
        "false_alarms",
        "precision",
        "flagged_per_day",
        "share_flagged",
    ),
    "executive": (
        "revenue_impact",
        "revenue_impact_percent",
        "revenue",
        "revenue_impact_net",
        "cost_of_errors",
        "serving_cost",
        "workers_at_peak",
        "scoring_time",
    ),
}
"""Objectives that the menu of a stakeholder offers first, by the stakeholder's name."""


def offered_objectives(analysis: Analysis, stakeholder: str) -> dict[str, Objective]:
    """Objectives that this data can answer. Those typical of the stakeholder are first."""
    ids = dict.fromkeys([*TYPICAL_OBJECTIVES[stakeholder], *analysis.objectives])
    return {name: analysis.objectives[name] for name in ids if name in analysis.objectives}


def best_on_card(analysis: Analysis, stakeholder: Stakeholder) -> BestShown | None:
    """Best figure on a stakeholder's card, with how often it misses the limits."""
    best, picked = stakeholder.best_shown, stakeholder.pick
    if best is None:
        return None
    is_own = picked is not None and best.model == picked.model
    shown = BestShown(best, is_own, is_broken=not is_own and bool(analysis.limits))
    # Training rows do not show what may be chance.
    if shown.is_broken or analysis.is_pending or analysis.held_out == "training":
        return shown
    if is_own and stakeholder.limits_bind:
        return replace(shown, missed=_missed_at_pick(analysis, stakeholder))
    return shown


@part(reads=lambda analysis, objective, best: (analysis.picks_key, objective, best))
def point_of_best(analysis: Analysis, objective: Objective, best: Pick) -> OperatingPoint:
    """Point of a card's best. The best model of a ranking is shown at its opening threshold."""
    opening = opening_point(analysis, best.model) if objective.of_model else None
    return opening or point_of(analysis.points, best.row)


@part(reads=lambda analysis, stakeholder: (analysis.choices_key, stakeholder.name))
def _missed_at_pick(analysis: Analysis, stakeholder: Stakeholder) -> LimitsMissed:
    """How often the limits are missed at a stakeholder's pick."""
    assert stakeholder.pick is not None
    return limits_missed(analysis, analysis.limits, point_of(analysis.points, stakeholder.pick.row))


@part(reads=lambda analysis, objective: (analysis.picks_key, objective))
def best_of_all(analysis: Analysis, objective: Objective) -> float:
    """Best figure of an objective over the operating points of all visible models; NaN if undefined."""
    figures = analysis.points[objective.id].to_numpy(np.float64)
    losses = objective.direction.loss(figures[np.isfinite(figures)])
    return float(objective.direction.loss(losses.min())) if losses.size else math.nan
