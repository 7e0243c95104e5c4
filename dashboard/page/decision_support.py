"""What the room has to settle: limits, compromises, who is cheapest where, and the verdict on all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from dashboard.page import cache
from dashboard.page.certified import certified_points
from dashboard.page.scenario_figures import visible
from dashboard.page.state import PageState, point_of
from metrics.inference.cost_curve_stability import GRID, CostCurveStability, cost_curve_stability
from metrics.narrative.verdict import Facts, Sentence, StakeholderFacts, verdict
from metrics.selection.compromise import Compromise, compromises
from metrics.selection.cost_curve import CostCurve, by_defect_rate, by_miss_cost
from metrics.selection.feasibility import Feasibility, feasibility
from metrics.selection.limits import keeps_all


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
    verdict : tuple of Sentence
    """

    feasibility: Feasibility | None
    compromises: tuple[Compromise, ...]
    by_cost: CostCurve
    by_rate: CostCurve
    stability: Mapping[str, CostCurveStability]
    verdict: tuple[Sentence, ...]


def support_of(page: PageState) -> DecisionSupport:
    """Derive it once for everything that it follows from; the point under discussion is not among that."""
    weights, names = page.choices.weights, page.choices.names
    key = page.keyed("decision support", page.intervals_key, page.limits_in_force, weights, names)
    return cache.part(key, lambda: _support(page))


def compromises_of(page: PageState) -> tuple[Compromise, ...]:
    """The compromises, among the points that keep the limits."""
    return tuple(_as_priced(page, one) for one in _found(page))


def compromise_of(page: PageState) -> Compromise:
    """The fairest compromise, which the page names first."""
    key = page.keyed("compromise", page.picks_key, page.choices.weights)
    return cache.part(key, lambda: _as_priced(page, _found(page)[0]))


def _found(page: PageState) -> tuple[Compromise, ...]:
    """The compromises; figures of their points may be of another price of a miss."""
    follows = page.unpriced_key, page.picked, page.choices.weights
    return cache.part(page.keyed("compromises", follows), lambda: _compromises(page))


def _as_priced(page: PageState, one: Compromise) -> Compromise:
    """A compromise with the figures that its point has on this page."""
    if one.point is None or one.point.row is None:
        return one
    return replace(one, point=point_of(page.points, one.point.row))


def feasibility_of(page: PageState) -> Feasibility | None:
    """What the limits leave, and who keeps them; None without limits."""
    if not page.limits:
        return None
    picks = [s.pick.row for s in page.stakeholders if s.pick is not None]
    key = page.keyed("feasibility", page.picks_key, page.limits_in_force)
    return cache.part(key, lambda: feasibility(page.points, page.limits, picks))


def _compromises(page: PageState) -> tuple[Compromise, ...]:
    picks = [s.pick.row for s in page.stakeholders if s.pick is not None]
    objectives = [stakeholder.objective for stakeholder in page.stakeholders]
    now = [page.today.figures[o.id] for o in objectives]
    kept = page.points[keeps_all(page.points, page.limits)]
    within = kept if picks and len(kept) else page.points  # limits bind a compromise, too
    return compromises(within, objectives, picks, today=now, weights=page.choices.weights)


def _support(page: PageState) -> DecisionSupport:
    evaluation, points = page.evaluation, page.points
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
    stakeholders = tuple(
        StakeholderFacts(s.title.lower(), s.objective, s.bound, s.pick) for s in page.stakeholders
    )
    said = verdict(
        Facts(
            evaluation=evaluation,
            points=points,
            stakeholders=stakeholders,
            limits=page.limits,
            feasibility=feasible,
            compromise=compromises[0],
            by_cost=cost,
            stability=often.get("cost"),
            bootstrap=None if page.uncertainty is None else page.uncertainty.bootstrap,
            today=page.today,
            label=page.label,
            words=page.words,
            threshold_words=page.figures.threshold_words,
            certified=certified_points(page),
        )
    )
    return DecisionSupport(feasible, compromises, cost, rate, often, said)


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


FAIR = "Fair option"
"""What the pages call the fairest compromise, which the strip of Decide names first."""
NAMES = {
    "smallest largest regret": FAIR,
    "knee of the front": "Best balance",
    "Nash bargaining solution": "Most gained against today",
}
"""How a page calls a compromise by its method."""
NAMES_WITHIN = {
    "smallest largest regret": "the fair option",
    "knee of the front": "the best balance",
    "Nash bargaining solution": "what gains most against today",
}
"""The same within a sentence."""
