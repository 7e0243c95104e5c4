"""Best points of all models for a stakeholder, and the places that each model may have."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import part
from dashboard.analysis.differences import difference
from dashboard.analysis.picked_points import best_of_each_model, price_of_errors
from dashboard.analysis.points_table import point_of
from dashboard.analysis.rankings import has_places
from metrics import Bound, Pick
from metrics.inference.choice.replicate_choices import best_of_models
from metrics.inference.comparison.paired_difference import Chance
from metrics.inference.comparison.rank_ranges import rank_ranges
from metrics.selection.choice import Choice


@dataclass(frozen=True)
class BestPoints:
    """Best points of all models, and the places that each model may have.

    Attributes
    ----------
    picks : tuple of Pick
        Best point of each model, the best model first.
    places : tuple of (int, int)
        First and last place that each model could have, all models judged at once.
    """

    picks: tuple[Pick, ...]
    places: tuple[tuple[int, int], ...]

    @property
    def may_lead(self) -> tuple[bool, ...]:
        """Whether each model could be the best."""
        return tuple(first == 1 for first, _ in self.places)


def comparing_stakeholder(analysis: Analysis, name: str) -> Stakeholder:
    """Stakeholder whose objective compares the models.

    The name ``cost`` means everyone, with `price_of_errors` as objective.
    """
    if name != "cost":
        return analysis.stakeholder(name)
    return Stakeholder("cost", price_of_errors(analysis.scenario), None, None, None)


def attainable_limits(analysis: Analysis, stakeholder: Stakeholder) -> tuple[Bound, ...]:
    """Limits of the meeting; empty unless two models meet them where the stakeholder would pick."""
    best = best_of_each_model(analysis, stakeholder, analysis.limits).values()
    meeting = sum(pick is not None for pick in best)
    return analysis.limits if meeting >= min(2, len(best)) else ()


def _best_points_read(
    analysis: Analysis, stakeholder: Stakeholder, limits: tuple[Bound, ...] = ()
) -> Hashable:
    return analysis.choices_key, stakeholder.name, limits


@part(reads=_best_points_read)
def best_points_of(
    analysis: Analysis, stakeholder: Stakeholder, limits: tuple[Bound, ...] = ()
) -> BestPoints:
    """Best points and possible places of all models that meet some limits. Intervals must be computed."""
    o, bootstrap = stakeholder.objective, analysis.bootstrap
    best = best_of_each_model(analysis, stakeholder, limits)
    picks = [p for p in best.values() if p is not None and math.isfinite(p.value)]
    picks.sort(key=lambda p: float(o.direction.loss(np.asarray(p.value))))
    if not picks:
        return BestPoints((), ())
    choice = Choice(o, picks[0].bound, limits)
    if o.of_model or not (choice.bound or limits):
        drawn = np.column_stack([bootstrap.values_at(o, p.model, p.threshold) for p in picks])
    else:
        drawn = best_of_models(bootstrap, choice, [p.model for p in picks])
    values = np.array([p.value for p in picks])
    first, last = rank_ranges(o, values, drawn, blocks=bootstrap.blocks)
    # Tables judge two points alone, and allow for the choice of both.
    points = [point_of(analysis.points_of(p.model), p.row) for p in picks]
    alone = [difference(analysis, o, points[0], point) for point in points]
    may_lead = [k for k, gap in enumerate(alone) if k and gap and gap.chance is Chance.POSSIBLE]
    first[may_lead], last[0] = 1, max(last[0], 1 + len(may_lead))
    places = tuple((int(low), int(high)) for low, high in zip(first, last, strict=True))
    return BestPoints(tuple(picks), places)


def places_of(analysis: Analysis, stakeholder: Stakeholder) -> dict[str, tuple[int, int]]:
    """First and last place that each model could have; empty if unknown."""
    if not (analysis.judges_chance and has_places(stakeholder.objective)):
        return {}
    best_points = best_points_of(analysis, stakeholder)
    return {p.model: place for p, place in zip(best_points.picks, best_points.places, strict=True)}
