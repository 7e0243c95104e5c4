"""Facts of the verdict on the selected point: the advice, who would prefer another point, and how surely."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.analysis.analysis import Analysis, Stakeholder, point_of
from dashboard.analysis.cache import part
from dashboard.analysis.certified import certified, standing_of
from dashboard.analysis.decide.advice import PointNumbers
from dashboard.analysis.decide.alternatives import cheapest_model
from dashboard.analysis.decide.cards import best_on_card
from dashboard.analysis.decide.compromises import compromise_of
from dashboard.analysis.optimism import (
    COST,
    GAIN,
    chance_against,
    gap_to_pick,
    limits_missed,
    within_chance,
)
from dashboard.analysis.selection import Selection
from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import Evaluation, OperatingPoint, is_ordinary
from metrics.inference.certificates.guarantee import Standing, clearly_better
from metrics.inference.comparison import Chance
from metrics.inference.optimism import NOT_KNOWN, LimitsMissed
from metrics.selection.feasibility import cheapest_among
from metrics.selection.limits import Bound, keeps_all
from metrics.selection.picks import is_equal


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
        `None` if no point meets the condition.
    chance : Chance
        Whether the selected point may be worse than the pick by chance alone.
    missed : LimitsMissed
        How often the resamples miss the limits at the pick; unknown if no limit binds it.
    """

    name: str
    objective: Objective
    condition: Bound | None
    pick: OperatingPoint | None
    chance: Chance
    missed: LimitsMissed = NOT_KNOWN


@dataclass(frozen=True)
class Cheapest:
    """Model with the lowest cost of errors, each model at its own cheapest threshold.

    Attributes
    ----------
    point : OperatingPoint
    next : str
        Model with the second lowest cost, or the model whose difference to the cheapest is least certain.
    chance : Chance
        Whether the lead of the cheapest model may be chance. The lead is over all other models if it is
        selected, otherwise over the selected point.
    """

    point: OperatingPoint
    next: str
    chance: Chance


@dataclass(frozen=True)
class VerdictFacts:
    """Facts that the sentences of a verdict depend on.

    Attributes
    ----------
    numbers : PointNumbers
        Numbers that the advice on the selected point depends on.
    selected : OperatingPoint
    limits : tuple of Bound
    better : OperatingPoint or None
        If the current system is selected, the point that is clearly better. Otherwise the cheapest point with
        fewer misses and fewer false alarms in the file.
    ties : tuple of OperatingPoint
        One point of each other model that does as well as the selected one in the file.
    stakeholders : tuple of StakeholderFacts
    fair : OperatingPoint or None
        The fair option; `None` if the stakeholders pick the same point.
    cheapest : Cheapest or None
        `None` if models tie, if intervals are unknown, or if there is one model.
    gain : Objective
        Objective of the gain over the current system.
    has_current : bool
        Whether a current system is known. If not, every unit is shipped today.
    has_intervals : bool
    is_training_unknown : bool
        Whether it is unknown if the models were trained on the units.
    """

    numbers: PointNumbers
    selected: OperatingPoint
    limits: tuple[Bound, ...]
    better: OperatingPoint | None
    ties: tuple[OperatingPoint, ...]
    stakeholders: tuple[StakeholderFacts, ...]
    fair: OperatingPoint | None
    cheapest: Cheapest | None
    gain: Objective
    has_current: bool
    has_intervals: bool
    is_training_unknown: bool

    @property
    def earns_less(self) -> bool:
        """Whether the current system earns less than some point that meets the limits, in the file."""
        most = self.numbers.best_gain
        return most > 0 and not is_equal(most, 0.0)

    @property
    def is_fair(self) -> bool:
        """Whether the selected point is the fair option."""
        return self.fair is not None and self.fair.place == self.selected.place

    @property
    def broken(self) -> tuple[Bound, ...]:
        """Limits that the selected point does not meet in the file."""
        figures = self.selected.figures
        return tuple(bound for bound in self.limits if not bound.keeps(figures[bound.objective.id]))


def best_gain(points: pd.DataFrame, limits: tuple[Bound, ...], gain: Objective) -> float:
    """Largest gain over the current system of the points that meet the limits; -inf if none does."""
    gains = points[gain.id].to_numpy(np.float64)[keeps_all(points, limits)]
    return float(np.nanmax(gains, initial=-math.inf))


def better_in_both(
    points: pd.DataFrame, selected: OperatingPoint, limits: tuple[Bound, ...]
) -> OperatingPoint | None:
    """Cheapest point within the limits with fewer misses and fewer false alarms than the selected point."""
    fewer = (points["fn"] < selected.fn) & (points["fp"] < selected.fp)
    return cheapest_among(points, fewer.to_numpy() & keeps_all(points, limits))


def best_clearly_better(
    points: pd.DataFrame, evaluation: Evaluation, limits: tuple[Bound, ...], gain: Objective
) -> OperatingPoint | None:
    """Point within the limits with the largest gain, among points clearly better than the current system."""
    found = clearly_better(evaluation.alone)
    own, better = (pd.MultiIndex.from_frame(one[["model", "threshold"]]) for one in (points, found))
    among = own.isin(better) & is_ordinary(points) & keeps_all(points, limits)
    if not among.any():
        return None
    gains = np.nan_to_num(points[gain.id].to_numpy(np.float64), nan=-math.inf)
    return OperatingPoint.from_points(points, int(np.argmax(np.where(among, gains, -math.inf))))


def equally_good(
    points: pd.DataFrame, selected: OperatingPoint, objectives: Iterable[Objective]
) -> tuple[OperatingPoint, ...]:
    """One point of each other model with the same errors and figures as the selected point, if it has one.

    Objectives of a whole model, such as the log loss, are not compared.
    """
    figures = {**selected.figures, **selected.counts}
    asked = [COST.id, *(o.id for o in objectives if not o.of_model)]
    same = is_ordinary(points) & (points["model"] != selected.model).to_numpy()
    for name in dict.fromkeys(["fn", "fp", *asked]):
        same &= is_equal(points[name].to_numpy(np.float64), figures[name])
    first = points[same].drop_duplicates("model").index
    return tuple(
        OperatingPoint.from_points(points, int(k)) for k in points.index.get_indexer(first)
    )


@part(reads=lambda selection: (selection.analysis.key, selection.place))
def verdict_facts(selection: Selection) -> VerdictFacts:
    """Facts of the verdict on the selected point."""
    analysis, selected = selection.analysis, selection.point
    points, limits, current = analysis.points, analysis.limits, analysis.current
    gain = analysis.objectives.get(GAIN.id, GAIN)
    is_current, better = analysis.is_current(selected), None
    if not is_current:
        better = better_in_both(points, selected, limits)
    elif analysis.uncertainty is not None:
        better = best_clearly_better(points, analysis.evaluation, limits, gain)
    found = certified(analysis)
    numbers = PointNumbers(
        is_current=is_current,
        is_training=analysis.held_out == "training",
        flagged=selected.tp + selected.fp,
        shipped=selected.fn + selected.tn,
        limits=len(limits),
        broken=sum(not bound.keeps(selected.figures[bound.objective.id]) for bound in limits),
        are_reachable=bool((keeps_all(points, limits) & is_ordinary(points)).any()),
        missed=limits_missed(selection, limits, selected) if limits else NOT_KNOWN,
        is_certified=found is not None
        and standing_of(analysis, found, limits, selected) is Standing.CERTIFIED,
        gain=selected.figures.get(gain.id, math.nan),
        best_gain=best_gain(points, limits, gain),
        gain_may_be_chance=gain.id in within_chance(selection),
        is_beaten_here=not is_current and better is not None,
        is_clearly_beaten=is_current and better is not None,
        defects=int(analysis.evaluation.tally.rows[1]),
    )
    objectives = [s.objective for s in analysis.stakeholders] + [b.objective for b in limits]
    return VerdictFacts(
        numbers=numbers,
        selected=selected,
        limits=limits,
        better=better,
        ties=equally_good(points, selected, objectives),
        stakeholders=tuple(_stakeholder(selection, s) for s in analysis.stakeholders),
        fair=_fair(analysis),
        cheapest=_cheapest(selection),
        gain=gain,
        has_current=current.model is not None,
        has_intervals=analysis.uncertainty is not None,
        is_training_unknown=analysis.held_out == "unknown",
    )


def _stakeholder(selection: Selection, stakeholder: Stakeholder) -> StakeholderFacts:
    points, pick = selection.analysis.points, stakeholder.pick
    gap = gap_to_pick(selection, stakeholder, selection.point)
    best = best_on_card(selection, stakeholder)
    return StakeholderFacts(
        name=stakeholder.name,
        objective=stakeholder.objective,
        condition=stakeholder.bound,
        pick=None if pick is None else point_of(points, pick.row),
        chance=Chance.UNKNOWN if gap is None else gap.chance,
        missed=NOT_KNOWN if best is None or not best.is_own else best.missed,
    )


def _fair(analysis: Analysis) -> OperatingPoint | None:
    """The fair option; `None` if the stakeholders pick the same point."""
    picks = {
        (s.pick.model, None if s.objective.of_model else s.pick.threshold)
        for s in analysis.stakeholders
        if s.pick is not None
    }
    return compromise_of(analysis).point if len(picks) > 1 else None


def _cheapest(selection: Selection) -> Cheapest | None:
    """Model with the lowest cost of errors; `None` if models tie or intervals are unknown."""
    found = cheapest_model(selection.analysis)
    if found is None or found.tied:
        return None
    point, chance = point_of(selection.analysis.points, found.pick.row), found.chance
    if point.model != selection.point.model and chance is Chance.POSSIBLE:
        chance = chance_against(selection, COST, point)
    return Cheapest(point, found.next, chance)
