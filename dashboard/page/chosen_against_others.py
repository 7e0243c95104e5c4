"""What each other model would bring in place of the chosen point: at its cheapest threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.page import cache
from dashboard.page.card_text import limit_noun, within_noun
from dashboard.page.resampled_figures import gap
from dashboard.page.state import PageState, point_of, points_of_model
from metrics import OBJECTIVES, Objective, OperatingPoint, pick
from metrics.errors import counted
from metrics.inference.comparison import Gap

COST = OBJECTIVES["cost_of_errors"]


@dataclass(frozen=True)
class OtherModel:
    """A model where its errors cost least, within the limits where any of its thresholds keeps them.

    Attributes
    ----------
    point : OperatingPoint
    keeps_limits : bool
        Whether it keeps all limits in this file.
    gaps : tuple of (Gap or None)
        From the chosen point to it, of `compared`; None where not known. Both may have been picked, each
        as the cheapest of its model: no luck of one alone is taken off.
    """

    point: OperatingPoint
    keeps_limits: bool
    gaps: tuple[Gap | None, ...]


def other_models(page: PageState) -> tuple[OtherModel, ...]:
    """Every model but the chosen one: first what keeps the limits, then what costs least."""
    key = page.keyed("other models", page.intervals_key, page.chosen.place)
    return cache.part(key, lambda: _other_models(page))


def compared(page: PageState) -> tuple[Objective, ...]:
    """What they are compared by: the cost of errors, by which they stand, and what the stakeholders want."""
    return tuple(dict.fromkeys([COST, *(s.objective for s in page.stakeholders)]))


def _gap(page: PageState, o: Objective, point: OperatingPoint) -> Gap | None:
    if page.uncertainty is None or not o.has_interval:
        return None
    found = gap(page, page.uncertainty, o, point)
    return None if found is None else found.reversed()


def _other_models(page: PageState) -> tuple[OtherModel, ...]:
    found = []
    for model in page.points["model"].unique():
        if model == page.chosen.model:
            continue
        points = points_of_model(page.points, str(model))
        kept = pick(points, COST, page.evaluation, limits=page.limits)
        best = kept or pick(points, COST, page.evaluation)
        if best is None:
            continue
        point = point_of(points, best.row)
        gaps = tuple(_gap(page, o, point) for o in compared(page))
        found.append(OtherModel(point, kept is not None, gaps))
    return tuple(sorted(found, key=lambda one: (not one.keeps_limits, one.point.figures[COST.id])))


def standing_words(page: PageState, others: Sequence[OtherModel]) -> str:
    """At which threshold each stands, and how many can keep the limits."""
    if not page.limits:
        return "Each at its cheapest threshold."
    able = sum(one.keeps_limits for one in others)
    if able == len(others):
        return f"Each at its cheapest threshold {within_noun(page)}."
    what = f"the {limit_noun(page)} in this file"
    if not able:
        return f"No other model can meet {what}. Each at its cheapest threshold."
    first = "it comes" if able == 1 else "they come"
    of = f"{able} of {counted(len(others), 'other model')}"
    return f"{of} can meet {what}; {first} first. Each at its cheapest threshold."
