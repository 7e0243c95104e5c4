"""What each other model would bring in place of the chosen point: at its cheapest threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis, point_of, points_of_model
from dashboard.analysis.optimism import gap_against
from dashboard.analysis.resampled_figures import gap
from dashboard.analysis.selection import Selection
from dashboard.page.model_gaps import judged_by
from dashboard.page.state import PageState
from dashboard.words.limit_names import limit_noun, within_noun
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
    """Every model but the chosen one, the best by the judged objective first.

    By the cost of errors, by which their thresholds are found: of those that keep the limits.
    """
    key = page.keyed("other models", page.intervals_key, page.chosen.place)
    o = judged_by(page.analysis, page.choices.gaps).objective

    def order(one: OtherModel) -> tuple[bool, float, float]:
        cost = one.point.figures[COST.id]
        loss = float(o.direction.loss(np.array(one.point.figures[o.id])))
        return (o is COST and not one.keeps_limits, loss, cost)

    return tuple(sorted(cache.STORE.get(key, lambda: _other_models(page.selection)), key=order))


def todays(selection: Selection) -> OtherModel:
    """Today's system, with the gaps that the cards judge."""
    analysis = selection.analysis
    keeps = all(
        bound.keeps(analysis.current.figures.get(bound.objective.id, math.nan))
        for bound in analysis.limits
    )
    found = (gap_against(selection, o, analysis.current) for o in compared(analysis))
    return OtherModel(analysis.current, keeps, tuple(one and one.reversed() for one in found))


def compared(analysis: Analysis) -> tuple[Objective, ...]:
    """What they are compared by: what the stakeholders want, and the cost of errors."""
    return tuple(dict.fromkeys([*(s.objective for s in analysis.stakeholders), COST]))


def _gap(selection: Selection, o: Objective, point: OperatingPoint) -> Gap | None:
    analysis = selection.analysis
    if analysis.uncertainty is None or not o.has_interval:
        return None
    found = gap(selection, analysis.uncertainty, o, point)
    return None if found is None else found.reversed()


def _other_models(selection: Selection) -> tuple[OtherModel, ...]:
    analysis = selection.analysis
    found = []
    for model in analysis.points["model"].unique():
        if model == selection.point.model:
            continue
        points = points_of_model(analysis.points, str(model))
        kept = pick(points, COST, analysis.evaluation, limits=analysis.limits)
        best = kept or pick(points, COST, analysis.evaluation)
        if best is None:
            continue
        point = point_of(points, best.row)
        gaps = tuple(_gap(selection, o, point) for o in compared(analysis))
        found.append(OtherModel(point, kept is not None, gaps))
    return tuple(found)


def standing_words(page: PageState, others: Sequence[OtherModel]) -> str:
    """At which threshold each stands, in which order, and how many can keep the limits."""
    o = judged_by(page.analysis, page.choices.gaps).objective
    order = f"the other models by {o.superlative} {o.label}"
    if not page.limits:
        return f"Each at its cheapest threshold, {order}."
    able = sum(one.keeps_limits for one in others)
    if able == len(others):
        return f"Each at its cheapest threshold {within_noun(page.analysis)}, {order}."
    what = f"the {limit_noun(page.analysis)} in this file"
    if not able:
        return f"No other model can meet {what}. Each at its cheapest threshold, {order}."
    of = f"{able} of {counted(len(others), 'other model')}"
    first = f"; {'it comes' if able == 1 else 'they come'} first" if o is COST else ""
    then = "" if first else f", {order}"
    return f"{of} can meet {what}{first}. Each at its cheapest threshold{then}."
