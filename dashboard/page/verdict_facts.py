"""The verdict on the point under discussion, and the facts of the page that it is made from."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from dashboard.analysis import cache
from dashboard.analysis.analysis import point_of
from dashboard.analysis.certified import certified, certified_points, standing_of
from dashboard.analysis.compromises import compromises_of
from dashboard.analysis.cost_curves import cost_curves_of
from dashboard.analysis.limits import feasibility_of
from dashboard.analysis.optimism import (
    chance_against,
    choice_of_chosen,
    gap_to_pick,
    range_of,
    samples_of,
    share_missed,
    within_chance,
)
from dashboard.analysis.selection import Selection
from dashboard.page.state import PageState
from dashboard.words.names import threshold_of
from dashboard.words.verdict import ChosenFacts, Facts, StakeholderFacts, Verdict, verdict
from metrics import OBJECTIVES, Direction, Objective, OperatingPoint
from metrics.inference.comparison import Chance
from metrics.inference.guarantee import Standing
from metrics.inference.interval_formulas import LEVEL

GAIN = OBJECTIVES["revenue_impact"]


def verdict_of(page: PageState) -> Verdict:
    """What the figures say of the point under discussion, and of what is best for whom."""
    weights, names = page.analysis.weights, page.choices.names
    follows = page.intervals_key, page.limits_in_force, weights, names, page.held_out
    key = page.keyed("verdict", *follows, page.chosen.place, choice_of_chosen(page.selection))
    return cache.STORE.get(key, lambda: _verdict(page))


def _verdict(page: PageState) -> Verdict:
    known, found = page.uncertainty is not None, certified(page.analysis)
    return verdict(
        Facts(
            evaluation=page.evaluation,
            points=page.points,
            stakeholders=tuple(
                StakeholderFacts(s.title.lower(), s.objective, s.bound, s.pick)
                for s in page.stakeholders
            ),
            limits=page.limits,
            feasibility=feasibility_of(page.analysis),
            compromise=compromises_of(page.analysis)[0],
            by_cost=cost_curves_of(page.analysis).by_cost,
            bootstrap=None if page.uncertainty is None else page.uncertainty.bootstrap,
            today=page.today,
            today_words=page.words(page.today.model, page.today.threshold, alone=True),
            chosen=_chosen(page),
            label=page.label,
            words=page.words,
            threshold_words=partial(threshold_of, page.figures),
            is_training=page.held_out == "training",
            is_unsaid=page.held_out == "unknown",
            certified=certified_points(page.analysis),
            confidence=LEVEL if found is None else found.confidence,
            gain=page.objectives.get(GAIN.id, GAIN),
            missed=partial(_share_missed, page.selection) if known else None,
            may_be_chance=partial(_may_be_chance, page.selection),
        )
    )


def _chosen(page: PageState) -> ChosenFacts:
    point, found = page.chosen, certified(page.analysis)
    alone = page.is_alone(point)
    return ChosenFacts(
        point=point,
        words=page.words(point.model, point.threshold, alone=alone, lower=point.lower),
        is_todays=page.is_todays(point),
        missed=share_missed(page.selection, page.limits, point) if page.limits else math.nan,
        reached=_reached(page.selection),
        gain_range=(math.nan, math.nan)
        if page.is_todays(point)
        else range_of(page.selection, page.objectives.get(GAIN.id, GAIN), point),
        is_pick=choice_of_chosen(page.selection) is not None,
        is_certified=found is not None
        and standing_of(page.analysis, found, page.limits, point) is Standing.CERTIFIED,
        unsettled=within_chance(page.selection),
        by_chance=partial(_differs_by_chance, page.selection),
    )


def _reached(selection: Selection) -> float:
    """What the figure of the only limit is at least as good as in all but 5 of 100 resamples, else NaN."""
    analysis = selection.analysis
    if len(analysis.limits) != 1:
        return math.nan
    o = analysis.limits[0].objective
    drawn = samples_of(selection, o, selection.point)
    if drawn is None or np.isnan(drawn).any():
        return math.nan
    return float(np.quantile(drawn, 1 - LEVEL if o.direction is Direction.MAXIMISE else LEVEL))


def _share_missed(selection: Selection, row: int) -> float:
    """In what share of the resamples a point misses a limit, as the page says of a chosen point."""
    analysis = selection.analysis
    return share_missed(selection, analysis.limits, point_of(analysis.points, row))


def _may_be_chance(selection: Selection, k: int, point: OperatingPoint) -> bool:
    """Whether it may be chance that a point is worse for a stakeholder than its own pick."""
    found = gap_to_pick(selection, selection.analysis.stakeholders[k], point)
    return found is not None and found.chance is Chance.POSSIBLE


def _differs_by_chance(selection: Selection, o: Objective, row: int) -> bool:
    """Whether it may be chance that a point is worse than the chosen one."""
    return chance_against(selection, o, point_of(selection.analysis.points, row)) is Chance.POSSIBLE
