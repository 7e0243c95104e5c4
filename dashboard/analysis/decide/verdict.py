"""Verdict on the selected point: advice to ship or keep, who would prefer another point, and how surely."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import pandas as pd

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import part
from dashboard.analysis.decide.cards import best_on_card
from dashboard.analysis.decide.cheapest_model import CheapestModel, cheapest_model
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.differences import chance_of_difference, differences_within_chance
from dashboard.analysis.limits import LimitsStatus, limits_status
from dashboard.analysis.picked_points import COST, GAIN
from dashboard.analysis.points_table import point_of
from dashboard.analysis.scarcity import scarcities_of
from dashboard.analysis.selection import Selection
from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import OperatingPoint, is_ordinary
from metrics.inference.certainty import NOT_KNOWN, RARELY, LimitsMissed
from metrics.inference.certificates.certification import Standing
from metrics.inference.certificates.guarantee import clearly_better
from metrics.inference.comparison.paired_difference import Chance
from metrics.inference.scarcity import Scarce, Scarcity
from metrics.io.read_options import RowsHeldOut
from metrics.selection.feasibility import cheapest_among
from metrics.selection.limits import Bound, meets_all
from metrics.selection.ties import is_equal


class Advice(Enum):
    """Recommended action."""

    SHIP = auto()
    SHIP_IF_ACCEPTED = auto()
    DO_NOT_SHIP = auto()
    KEEP_CURRENT = auto()
    REPLACE_CURRENT = auto()


class Objection(Enum):
    """Reason to reject a point, regardless of its other figures."""

    TRAINED_ON = auto()
    FLAGS_EVERYTHING = auto()
    FLAGS_NOTHING = auto()
    NONE_MEETS_LIMITS = auto()
    BREAKS_LIMITS = auto()
    OFTEN_BREAKS_LIMITS = auto()
    NONE_EARNS_MORE = auto()
    EARNS_NO_MORE = auto()
    CLEARLY_BEATEN = auto()


NO_GAIN = (Objection.EARNS_NO_MORE, Objection.NONE_EARNS_MORE)
"""Objections to a point that brings no more than the current system."""


class Risk(Enum):
    """Risk that must be accepted when a point without objections is shipped."""

    MAY_BREAK_LIMITS = auto()
    GAIN_MAY_BE_CHANCE = auto()
    BEATEN_HERE = auto()
    FEW_UNITS = auto()


@dataclass(frozen=True)
class StakeholderFacts:
    """A stakeholder's pick next to the selected point.

    Attributes
    ----------
    name : str
    objective : Objective
    condition : Bound or None
        Condition that the stakeholder's pick must meet.
    pick : OperatingPoint or None
        Best point that the stakeholder's card shows; `None` if no point meets the condition and the limits.
    chance : Chance
        Whether the selected point may be worse than the pick by chance alone.
    missed : LimitsMissed
        How often the resamples miss the limits at the pick; unknown if no limit binds it.
    is_broken : bool
        Whether the pick's model misses the limits in this file.
    """

    name: str
    objective: Objective
    condition: Bound | None
    pick: OperatingPoint | None
    chance: Chance
    missed: LimitsMissed = NOT_KNOWN
    is_broken: bool = False


@dataclass(frozen=True)
class ObjectionFacts:
    """Facts that decide whether there is an objection to a point.

    Attributes
    ----------
    selected : OperatingPoint
    limits : tuple of Bound
    better : OperatingPoint or None
        If the current system is selected, the point that is clearly better. Otherwise the cheapest point with
        fewer misses and fewer false alarms in the file.
    gain : Objective
        Objective of the gain over the current system.
    best_gain : float
        Largest gain of a point that meets the limits.
    are_reachable : bool
        Whether some point meets all limits.
    missed : LimitsMissed
        How often the resamples miss a limit at the selected point.
    is_certified : bool
        Whether the selected point is certified to meet the limits.
    is_current : bool
        Whether the selected point is the current system.
    held_out : RowsHeldOut
    """

    selected: OperatingPoint
    limits: tuple[Bound, ...]
    better: OperatingPoint | None
    gain: Objective
    best_gain: float
    are_reachable: bool
    missed: LimitsMissed
    is_certified: bool
    is_current: bool
    held_out: RowsHeldOut

    @property
    def objection(self) -> Objection | None:
        """First objection to the selected point; `None` if there is no objection."""
        point = self.selected
        if self.held_out == "training":
            return Objection.TRAINED_ON
        if not point.tp + point.fp:
            return Objection.FLAGS_NOTHING
        if not point.fn + point.tn:
            return Objection.FLAGS_EVERYTHING
        if self.limits:
            if not self.are_reachable:
                return Objection.NONE_MEETS_LIMITS
            if self.broken:
                return Objection.BREAKS_LIMITS
            if self.missed.exceeds(0.5) and not self.is_certified:
                return Objection.OFTEN_BREAKS_LIMITS
        if self.is_current:
            return Objection.CLEARLY_BEATEN if self.better is not None else None
        gain = point.figures.get(self.gain.id, math.nan)
        if gain < 0 or is_equal(gain, 0.0):  # false for NaN as well
            return Objection.EARNS_NO_MORE if self.best_gain > 0 else Objection.NONE_EARNS_MORE
        return None

    @property
    def broken(self) -> tuple[Bound, ...]:
        """Limits that the selected point does not meet in the file."""
        return tuple(bound for bound in self.limits if not bound.is_met_at(self.selected))


@dataclass(frozen=True)
class VerdictFacts(ObjectionFacts):
    """Facts that the sentences of a verdict depend on, besides those of `ObjectionFacts`.

    Attributes
    ----------
    ties : tuple of OperatingPoint
        One point of each other model that does as well as the selected one in the file.
    stakeholders : tuple of StakeholderFacts
    fair : OperatingPoint or None
        The fair option; `None` if the stakeholders pick the same point.
    cheapest : CheapestModel or None
        The cheapest model, ignoring the limits.
    gain_may_be_chance : bool
    scarce : tuple of Scarcity
        Numbers of defects and of groups, if they are too small.
    has_current : bool
        Whether a current system is known. If not, every unit is shipped today.
    has_intervals : bool
    """

    ties: tuple[OperatingPoint, ...]
    stakeholders: tuple[StakeholderFacts, ...]
    fair: OperatingPoint | None
    cheapest: CheapestModel | None
    gain_may_be_chance: bool
    scarce: tuple[Scarcity, ...]
    has_current: bool
    has_intervals: bool

    @property
    def risks(self) -> tuple[Risk, ...]:
        """Risks that must be accepted with the selected point."""
        is_present = {
            Risk.MAY_BREAK_LIMITS: self.missed.exceeds(RARELY) and not self.is_certified,
            Risk.GAIN_MAY_BE_CHANCE: self.gain_may_be_chance,
            Risk.BEATEN_HERE: not self.is_current and self.better is not None,
            Risk.FEW_UNITS: bool(self.scarce),
        }
        return tuple(risk for risk, applies in is_present.items() if applies)

    @property
    def advice(self) -> Advice:
        """Recommendation for the selected point.

        Notes
        -----
        The current system is kept unless there is an objection to it. Any other point is then shipped, on
        the condition that its risks are accepted.
        """
        if self.is_current:
            return Advice.KEEP_CURRENT if self.objection is None else Advice.REPLACE_CURRENT
        if self.objection is not None:
            return Advice.DO_NOT_SHIP
        return Advice.SHIP_IF_ACCEPTED if self.risks else Advice.SHIP

    @property
    def is_fair(self) -> bool:
        """Whether the selected point is the fair option."""
        return self.fair is not None and self.fair.place == self.selected.place


def best_gain(points: pd.DataFrame, limits: tuple[Bound, ...], gain: Objective) -> float:
    """Largest gain over the current system of the points that meet the limits; -inf if none does."""
    gains = points[gain.id].to_numpy(np.float64)[meets_all(points, limits)]
    return float(np.nanmax(gains, initial=-math.inf))


def better_in_both(
    points: pd.DataFrame, selected: OperatingPoint, limits: tuple[Bound, ...]
) -> OperatingPoint | None:
    """Cheapest point within the limits with fewer misses and fewer false alarms than the selected point."""
    fewer = (points["fn"] < selected.fn) & (points["fp"] < selected.fp)
    return cheapest_among(points, fewer.to_numpy() & meets_all(points, limits))


def best_clearly_better(
    points: pd.DataFrame, evaluation: Evaluation, limits: tuple[Bound, ...], gain: Objective
) -> OperatingPoint | None:
    """Point within the limits with the largest gain, among points clearly better than the current system."""
    keys, better_keys = (
        pd.MultiIndex.from_frame(frame[["model", "threshold"]])
        for frame in (points, clearly_better(evaluation.alone))
    )
    allowed = keys.isin(better_keys) & is_ordinary(points) & meets_all(points, limits)
    if not allowed.any():
        return None
    gains = np.nan_to_num(points[gain.id].to_numpy(np.float64), nan=-math.inf)
    return OperatingPoint.from_points(points, int(np.argmax(np.where(allowed, gains, -math.inf))))


def equally_good(
    points: pd.DataFrame, selected: OperatingPoint, objectives: Iterable[Objective]
) -> tuple[OperatingPoint, ...]:
    """One point of each other model with the same errors and figures as the selected point, if it has one.

    Objectives of a whole model, such as the log loss, are not compared.
    """
    figures = {**selected.figures, **selected.counts}
    compared = [COST.id, *(o.id for o in objectives if not o.of_model)]
    same = points["model"].array != selected.model
    for name in dict.fromkeys(["fn", "fp", *compared]):
        same &= is_equal(points[name].to_numpy(np.float64), figures[name])
    equal = points[same]
    first = equal[is_ordinary(equal)].drop_duplicates("model").index
    return tuple(
        OperatingPoint.from_points(points, int(k)) for k in points.index.get_indexer(first)
    )


def objection_to(
    analysis: Analysis, point: OperatingPoint, status: LimitsStatus
) -> Objection | None:
    """Why not to ship a point, which has this status of the limits; `None` if it may be shipped."""
    if analysis.is_current(point):
        return None
    return _objection_facts(analysis, point, status, None).objection


def _objection_facts(
    analysis: Analysis, point: OperatingPoint, status: LimitsStatus, better: OperatingPoint | None
) -> ObjectionFacts:
    points, limits = analysis.points, analysis.limits
    gain = analysis.objectives.get(GAIN.id, GAIN)
    return ObjectionFacts(
        selected=point,
        limits=limits,
        better=better,
        gain=gain,
        best_gain=best_gain(points, limits, gain),
        are_reachable=bool((meets_all(points, limits) & analysis.is_ordinary).any()),
        missed=status.missed,
        is_certified=status.standing is Standing.CERTIFIED,
        is_current=analysis.is_current(point),
        held_out=analysis.held_out,
    )


@part(reads=lambda selection: (selection.analysis.key, selection.place))
def verdict_facts(selection: Selection) -> VerdictFacts:
    """Facts of the verdict on the selected point."""
    analysis, selected = selection.analysis, selection.point
    points, limits, better = analysis.points, analysis.limits, None
    gain = analysis.objectives.get(GAIN.id, GAIN)
    if not analysis.is_current(selected):
        better = better_in_both(points, selected, limits)
    elif analysis.uncertainty is not None:
        better = best_clearly_better(points, analysis.evaluation, limits, gain)
    status = limits_status(analysis, selected, at_rest=True)
    objectives = [s.objective for s in analysis.stakeholders] + [b.objective for b in limits]
    return VerdictFacts(
        **vars(_objection_facts(analysis, selected, status, better)),
        ties=equally_good(points, selected, objectives),
        stakeholders=tuple(_stakeholder(selection, s) for s in analysis.stakeholders),
        fair=_fair(analysis),
        cheapest=cheapest_model(analysis),
        gain_may_be_chance=gain.id in differences_within_chance(selection),
        scarce=tuple(s for s in scarcities_of(analysis) if s.of in (Scarce.DEFECTS, Scarce.GROUPS)),
        has_current=analysis.current.model is not None,
        has_intervals=analysis.uncertainty is not None,
    )


def _stakeholder(selection: Selection, stakeholder: Stakeholder) -> StakeholderFacts:
    analysis = selection.analysis
    best = best_on_card(analysis, stakeholder)
    # If no point meets the limits, there is no pick.
    shown = None if best is None or stakeholder.pick is None else best.pick
    pick = None if shown is None else point_of(analysis.points, shown.row)
    return StakeholderFacts(
        name=stakeholder.name,
        objective=stakeholder.objective,
        condition=stakeholder.bound,
        pick=pick,
        chance=Chance.UNKNOWN
        if pick is None
        else chance_of_difference(analysis, stakeholder.objective, selection.point, pick),
        missed=NOT_KNOWN if best is None else best.missed,
        is_broken=best is not None and best.is_broken,
    )


def _fair(analysis: Analysis) -> OperatingPoint | None:
    """The fair option; `None` if the stakeholders pick the same point."""
    picks = {
        (s.pick.model, None if s.objective.of_model else s.pick.threshold)
        for s in analysis.stakeholders
        if s.pick is not None
    }
    return fair_option_of(analysis).point if len(picks) > 1 else None
