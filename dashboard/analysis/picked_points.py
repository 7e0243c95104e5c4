"""Points picked on these rows, by a stakeholder or as the best of a model, and the choice of each."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder, opening_point, pick_of
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.points_table import at_or_above, points_of_model, rows_of_model
from dashboard.session.choices import Point
from metrics import OBJECTIVES, Bound, Objective, OperatingPoint, Pick, Scenario, pick
from metrics.selection.choice import Choice, CompromiseChoice
from metrics.selection.limits import meets_all

COST, GAIN = OBJECTIVES["cost_of_errors"], OBJECTIVES["revenue_impact"]


def price_of_errors(scenario: Scenario) -> Objective:
    """Objective that prices errors: the revenue if it has the order of their cost, otherwise their cost."""
    return OBJECTIVES["revenue"] if scenario.is_revenue_decisive else COST


class PickedPoint(NamedTuple):
    """A point that a stakeholder may have picked, and the choice that picks it."""

    point: OperatingPoint
    choice: Choice | CompromiseChoice


def pick_like(analysis: Analysis, point: OperatingPoint) -> PickedPoint | None:
    """Pick of the same model with as many missed defects as a point; `None` if there is none.

    The intervals of the point allow for the choice of this pick: the interval of the misses is the same at
    both thresholds. The current system was not chosen on these rows, unless a stakeholder picks it.
    """
    if point.model is None or point.lower is not None:
        return None
    picked = picks_by_misses(analysis).get((point.model, point.fn))
    if picked is not None and picked.point.place != point.place and analysis.is_current(point):
        return None
    return picked


def _picks_read(analysis: Analysis) -> Hashable:
    return analysis.picks_key, analysis.weights


@part(reads=_picks_read)
def picks_by_misses(analysis: Analysis) -> Mapping[tuple[str, float], PickedPoint]:
    """First pick of each model with a number of missed defects, by model and number."""
    picks: dict[tuple[str, float], PickedPoint] = {}
    for at, choice in choices_by_point(analysis).items():
        point = at_or_above(analysis.points, analysis.evaluation, at)
        if point is not None:
            picks.setdefault((at.model, point.fn), PickedPoint(point, choice))
    return picks


@part(reads=_picks_read)
def points_like_picks(analysis: Analysis) -> tuple[Point, ...]:
    """Points whose intervals allow for the choice of a pick (`pick_like`)."""
    points, current = analysis.points, analysis.current
    missed, alarms, thresholds = (points[name].to_numpy() for name in ("fn", "fp", "threshold"))
    points_found = [*choices_by_point(analysis)]
    for model, fn in picks_by_misses(analysis):
        rows = rows_of_model(points, model)
        for k in (rows.start + np.flatnonzero(missed[rows] == fn)).tolist():
            # Only a point with the counts of the current system needs the slower `pick_like`.
            is_open = fn == current.fn and alarms[k] == current.fp
            if not is_open or pick_like(analysis, OperatingPoint.from_points(points, k)):
                points_found.append(Point(model, float(thresholds[k])))
    return tuple(dict.fromkeys(points_found))


@part(reads=_picks_read)
def choices_by_point(analysis: Analysis) -> Mapping[Point, Choice | CompromiseChoice]:
    """Points that a stakeholder may have picked, with the choice that picks each.

    If several choices pick a point, the first one counts.
    """
    candidates: list[tuple[Pick | OperatingPoint | None, Choice | CompromiseChoice]] = []
    # If no point meets the limits, the page opens on the cheapest of all points.
    limits = analysis.limits if meets_all(analysis.points, analysis.limits).any() else ()
    cheapest = pick_of(analysis, COST, None, limits)
    candidates.append(
        (cheapest, _choice_of(analysis, COST, None, cheapest, pick_of(analysis, COST)))
    )
    choices = {
        s.name: _choice_of(analysis, s.objective, s.bound, s.pick, s.unlimited)
        for s in analysis.stakeholders
    }
    candidates += [(s.pick, choices[s.name]) for s in analysis.choosing]
    weighted_choices = [
        (choices[s.name], weight)
        for s, weight in zip(analysis.stakeholders, analysis.weights, strict=True)
        if s.pick is not None
    ]
    if any(weight > 0 for _, weight in weighted_choices):
        picks, weights = zip(*weighted_choices, strict=True)
        compromise = CompromiseChoice(picks, limits, weights, analysis.models)
        candidates.append((fair_option_of(analysis).point, compromise))
    for s in analysis.stakeholders:
        if s.objective.of_model:
            candidates.append((s.pick, choices[s.name]))
            candidates.append((s.unlimited, Choice(s.objective, s.bound, (), analysis.models)))
    o, best = best_of_current_model(analysis)
    if best is not None and best.threshold != analysis.current.threshold:
        candidates.append((best, Choice(o, models=(best.model,))))
    by_point: dict[Point, Choice | CompromiseChoice] = {}
    for point, choice in candidates:
        if point is not None and point.model is not None:
            by_point.setdefault(Point(str(point.model), point.threshold), choice)
    return by_point


def _choice_of(
    analysis: Analysis,
    o: Objective,
    bound: Bound | None,
    picked: Pick | None,
    unlimited: Pick | None,
) -> Choice:
    """Choice that picks the best point by an objective, with the limits if it picks another without them.

    Limits that change no pick then change no interval.

    Parameters
    ----------
    picked : Pick or None
        Best point within the limits.
    unlimited : Pick or None
        Best point with the limits ignored.
    """
    choice = Choice(o, bound, models=analysis.models)
    is_same = unlimited is not None and picked is not None and unlimited.row == picked.row
    return choice if is_same else replace(choice, limits=analysis.limits)


@part(reads=lambda analysis: analysis.picks_key)
def best_of_current_model(analysis: Analysis) -> tuple[Objective, Pick | None]:
    """Best point of the current system's model; `None` without such a model.

    The best is judged by revenue if there are prices, otherwise by the cost of errors.
    """
    o = GAIN if analysis.scenario.payoff is not None and GAIN.id in analysis.objectives else COST
    model = analysis.current.model
    if model not in analysis.models:
        return o, None
    return o, pick(analysis.points_of(str(model)), o, analysis.evaluation)


def _best_reads(
    analysis: Analysis, stakeholder: Stakeholder, limits: tuple[Bound, ...] = (), model: str = ""
) -> Hashable:
    objective, bound = stakeholder.objective, stakeholder.bound
    return analysis.scenario, analysis.hidden, objective, bound, limits, model


@part(reads=_best_reads, kind=Kind.PART)
def best_of_each_model(
    analysis: Analysis, stakeholder: Stakeholder, limits: tuple[Bound, ...] = ()
) -> dict[str, Pick | None]:
    """Best point of each visible model for a stakeholder within some limits; `None` if there is none."""
    return {m: best_of_model(analysis, stakeholder, limits, m) for m in analysis.models}


@part(reads=_best_reads, kind=Kind.PART)
def best_of_model(
    analysis: Analysis, stakeholder: Stakeholder, limits: tuple[Bound, ...], model: str
) -> Pick | None:
    """Best point of a visible model for a stakeholder within some limits; `None` if there is none."""
    o, bound = stakeholder.objective, stakeholder.bound
    return pick(analysis.points_of(model), o, analysis.evaluation, bound=bound, limits=limits)


def cheapest_of_model(analysis: Analysis, model: str) -> PickedPoint | None:
    """Cheapest point of a model within the limits, and its choice among the thresholds of the model.

    It is the point at which the model is shown. `None` if it flags everything or nothing, or if it is the
    current system, which was not chosen on these rows.
    """
    point = opening_point(analysis, model)
    if point is None or point.extreme or analysis.is_current(point):
        return None
    # Limits that do not change the point change no interval.
    limits = () if is_cheapest_of_its_model(analysis, point) else analysis.limits
    return PickedPoint(point, Choice(COST, limits=limits, models=(model,)))


def is_best_of_its_model(analysis: Analysis, point: OperatingPoint) -> bool:
    """Whether a point is the cheapest of its model, or best for a stakeholder within the limits."""
    return point.model is not None and point.threshold in _best_thresholds(analysis, point.model)


@part(reads=lambda analysis, model: (analysis.picks_key, model))
def _best_thresholds(analysis: Analysis, model: str) -> frozenset[float | None]:
    """Thresholds at which a model is cheapest, or best for a stakeholder within the limits."""
    choosing = analysis.stakeholders if model in analysis.models else ()
    best = (best_of_model(analysis, s, analysis.limits, model) for s in choosing)
    others = (found.threshold for found in best if found is not None)
    return frozenset((cheapest_threshold(analysis, model), *others))


def is_cheapest_of_its_model(analysis: Analysis, point: OperatingPoint) -> bool:
    """Whether the threshold of a point is the cheapest of its model in this file."""
    return point.model is not None and point.threshold == cheapest_threshold(analysis, point.model)


def only_threshold(analysis: Analysis, model: str) -> float | None:
    """Threshold of a model that has only decisions, which is the higher of two scores; otherwise `None`."""
    points = analysis.figures.points
    thresholds = points["threshold"].to_numpy(np.float64)[rows_of_model(points, model)]
    scores = thresholds[np.isfinite(thresholds)]
    return float(scores.max()) if scores.size <= 2 else None


def may_have_been_picked(analysis: Analysis, point: OperatingPoint) -> bool:
    """Whether the threshold of a point is the cheapest of several in this file, so that it may be a guess."""
    if point.model is None or only_threshold(analysis, point.model) is not None:
        return False
    return is_cheapest_of_its_model(analysis, point)


@part(reads=lambda analysis, model: (analysis.scenario, model), kind=Kind.PART)
def cheapest_threshold(analysis: Analysis, model: str) -> float | None:
    """Cheapest threshold of a model, which may be hidden; `None` if there is none."""
    best = pick(points_of_model(analysis.figures.points, model), COST, analysis.evaluation)
    return None if best is None else best.threshold
