"""What the room has to settle: limits, compromises, who is cheapest where, and the verdict on all of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dashboard.page import cache
from dashboard.page.certified import certified, certified_points, standing_of
from dashboard.page.named_compromises import compromises_of
from dashboard.page.on_new_data import (
    chance_against,
    choice_of_chosen,
    gap_to_pick,
    samples_of,
    share_missed,
    within_chance,
)
from dashboard.page.scenario_figures import visible
from dashboard.page.state import PageState, point_of
from metrics import OBJECTIVES, Direction, Objective, OperatingPoint
from metrics.inference.comparison import Chance
from metrics.inference.cost_curve_stability import GRID, CostCurveStability, cost_curve_stability
from metrics.inference.guarantee import Standing
from metrics.inference.statistics import LEVEL
from metrics.narrative.verdict import ChosenFacts, Facts, StakeholderFacts, Verdict, verdict
from metrics.selection.compromise import Compromise
from metrics.selection.cost_curve import CostCurve, by_defect_rate, by_miss_cost
from metrics.selection.feasibility import Feasibility, feasibility

GAIN = OBJECTIVES["revenue_impact"]


@dataclass(frozen=True)
class DecisionSupport:
    """What follows from the stakeholders' picks taken together.

    Attributes
    ----------
    feasibility : Feasibility or None
        None without limits.
    compromises : tuple of Compromise
        Smallest largest regret, knee, Nash.
    by_cost, by_rate : CostCurve
        The cheapest for every cost of a miss, and for every defect rate.
    stability : mapping of str to CostCurveStability
        Of "cost" and "rate", how often; empty where it is not shown or not yet known.
    """

    feasibility: Feasibility | None
    compromises: tuple[Compromise, ...]
    by_cost: CostCurve
    by_rate: CostCurve
    stability: Mapping[str, CostCurveStability]


def support_of(page: PageState) -> DecisionSupport:
    """Derive it once for everything that it follows from; the point under discussion is not among that."""
    weights, names = page.choices.weights, page.choices.names
    key = page.keyed("decision support", page.intervals_key, page.limits_in_force, weights, names)
    return cache.part(key, lambda: _support(page))


def feasibility_of(page: PageState) -> Feasibility | None:
    """What the limits leave, and who keeps them; None without limits."""
    if not page.limits:
        return None
    picks = [s.pick.row for s in page.stakeholders if s.pick is not None]
    key = page.keyed("feasibility", page.picks_key, page.limits_in_force)
    return cache.part(key, lambda: feasibility(page.points, page.limits, picks))


def _support(page: PageState) -> DecisionSupport:
    evaluation = page.evaluation
    feasible, compromises = feasibility_of(page), compromises_of(page)
    # What another price of a miss makes cheapest is asked of the models alone: a band follows the price.
    alone = visible(page.alone.points, page.picks_key.hidden)
    of_models = page.alone.evaluation
    cost, rate = by_miss_cost(alone, of_models), by_defect_rate(alone, of_models)
    often = {}
    if page.uncertainty is not None:
        bootstrap = replace(page.uncertainty.bootstrap, evaluation=of_models)
        miss, share = evaluation.miss_cost, float(rate_now(page))
        often = {
            "cost": cost_curve_stability(cost, alone, bootstrap, grid=_grid(cost, miss)),
            "rate": cost_curve_stability(rate, alone, bootstrap, grid=_grid(rate, share)),
        }
    return DecisionSupport(feasible, compromises, cost, rate, often)


def verdict_of(page: PageState) -> Verdict:
    """What the figures say of the point under discussion, and of what is best for whom."""
    weights, names = page.choices.weights, page.choices.names
    follows = page.intervals_key, page.limits_in_force, weights, names
    key = page.keyed("verdict", *follows, page.chosen.place, choice_of_chosen(page))
    return cache.part(key, lambda: _verdict(page))


def _verdict(page: PageState) -> Verdict:
    support, known = support_of(page), page.uncertainty is not None
    found = certified(page)
    return verdict(
        Facts(
            evaluation=page.evaluation,
            points=page.points,
            stakeholders=tuple(
                StakeholderFacts(s.title.lower(), s.objective, s.bound, s.pick)
                for s in page.stakeholders
            ),
            limits=page.limits,
            feasibility=support.feasibility,
            compromise=support.compromises[0],
            by_cost=support.by_cost,
            bootstrap=None if page.uncertainty is None else page.uncertainty.bootstrap,
            today=page.today,
            today_words=page.words(page.today.model, page.today.threshold, alone=True),
            chosen=_chosen(page),
            label=page.label,
            words=page.words,
            threshold_words=page.figures.threshold_words,
            is_training=page.dataset.scores.held_out == "training",
            is_unsaid=page.dataset.scores.held_out == "unknown",
            certified=certified_points(page),
            confidence=LEVEL if found is None else found.confidence,
            gain=page.objectives.get(GAIN.id, GAIN),
            missed=partial(_share_missed, page) if known else None,
            may_be_chance=partial(_may_be_chance, page),
        )
    )


def _chosen(page: PageState) -> ChosenFacts:
    point, found = page.chosen, certified(page)
    alone = page.is_alone(point)
    return ChosenFacts(
        point=point,
        words=page.words(point.model, point.threshold, alone=alone, lower=point.lower),
        is_todays=page.is_todays(point),
        missed=share_missed(page, page.limits, point) if page.limits else math.nan,
        reached=_reached(page),
        is_pick=choice_of_chosen(page) is not None,
        is_certified=found is not None
        and standing_of(page, found, page.limits, point) is Standing.CERTIFIED,
        unsettled=within_chance(page),
        by_chance=partial(_differs_by_chance, page),
    )


def _reached(page: PageState) -> float:
    """What the figure of the only limit is at least as good as in all but 5 of 100 resamples, else NaN."""
    if len(page.limits) != 1:
        return math.nan
    o = page.limits[0].objective
    drawn = samples_of(page, o, page.chosen)
    if drawn is None or np.isnan(drawn).any():
        return math.nan
    return float(np.quantile(drawn, 1 - LEVEL if o.direction is Direction.MAXIMISE else LEVEL))


def _share_missed(page: PageState, row: int) -> float:
    """In what share of the resamples a point misses a limit, as the page says of a chosen point."""
    return share_missed(page, page.limits, point_of(page.points, row))


def _may_be_chance(page: PageState, k: int, point: OperatingPoint) -> bool:
    """Whether it may be chance that a point is worse for a stakeholder than its own pick."""
    found = gap_to_pick(page, page.stakeholders[k], point)
    return found is not None and found.chance is Chance.POSSIBLE


def _differs_by_chance(page: PageState, o: Objective, row: int) -> bool:
    """Whether it may be chance that a point is worse than the chosen one."""
    return chance_against(page, o, point_of(page.points, row)) is Chance.POSSIBLE


def rate_now(page: PageState) -> float:
    """Defect rate of the figures: the scenario's, or the file's own."""
    mass = page.evaluation.tally.class_mass
    return page.scenario.defect_rate or float(mass[1] / mass.sum())


def _grid(cost_curve: CostCurve, now: float) -> list[float]:
    """Where to ask how often the cheapest is the cheapest: evenly along the axis, and where one stands."""
    low, high = cost_curve.segments[0].low, cost_curve.segments[-1].high
    even = np.geomspace(low, high, GRID // 4 + 1)
    even[0], even[-1] = low, high  # to the last bit
    return np.unique([*even, float(np.clip(now, low, high))]).tolist()  # type: ignore[no-any-return]
