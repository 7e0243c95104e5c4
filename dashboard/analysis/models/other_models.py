"""Other models in place of the selected one: the cheapest threshold of each, and its changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, point_of
from dashboard.analysis.cache import part
from dashboard.analysis.differences import difference
from dashboard.analysis.limits import meets_limits
from dashboard.analysis.picked_points import COST
from dashboard.analysis.selection import Selection
from metrics import Objective, OperatingPoint, pick
from metrics.inference.comparison import Gap


@dataclass(frozen=True)
class OtherModel:
    """A model at its cheapest threshold, within the limits if it can meet them.

    Attributes
    ----------
    point : OperatingPoint
    meets_limits : bool
    gaps : tuple of (Gap or None)
        Gap from the selected point to `point`, by each of `compared_objectives`; `None` if it is unknown.
    """

    point: OperatingPoint
    meets_limits: bool
    gaps: tuple[Gap | None, ...]


def compared_objectives(analysis: Analysis) -> tuple[Objective, ...]:
    """Objectives that models are compared by: those of the stakeholders, and the cost of errors."""
    return tuple(dict.fromkeys([*(s.objective for s in analysis.stakeholders), COST]))


def objectives_judged_at_once(analysis: Analysis) -> tuple[Objective, ...]:
    """Compared objectives by which `OtherModel.point` is the best of its model, so that all can be ranked."""
    return tuple(o for o in compared_objectives(analysis) if o is COST or o.of_model)


def other_models(selection: Selection, judged_by: Objective) -> tuple[OtherModel, ...]:
    """All models but the selected one, ordered by an objective.

    If the objective is the cost of errors, models that cannot meet the limits are last: the thresholds are
    chosen by this cost.
    """

    def order(model: OtherModel) -> tuple[bool, float, float]:
        loss = float(judged_by.direction.loss(np.array(model.point.figures[judged_by.id])))
        is_last = judged_by is COST and not model.meets_limits
        return is_last, loss, model.point.figures[COST.id]

    return tuple(sorted(_other_models(selection), key=order))


@part(reads=lambda selection: (selection.analysis.choices_key, selection.place))
def _other_models(selection: Selection) -> tuple[OtherModel, ...]:
    analysis = selection.analysis
    others = []
    for model in analysis.models:
        if model == selection.point.model:
            continue
        points = analysis.points_of(model)
        within = pick(points, COST, analysis.evaluation, limits=analysis.limits)
        best = within or pick(points, COST, analysis.evaluation)
        if best is None:
            continue
        point = point_of(points, best.row)
        others.append(OtherModel(point, within is not None, _gaps_to(selection, point)))
    return tuple(others)


def current_as_other_model(selection: Selection) -> OtherModel:
    """The current system as one of the other models."""
    current = selection.analysis.current
    is_met = meets_limits(selection.analysis, current)
    return OtherModel(current, is_met, _gaps_to(selection, current))


def _gaps_to(selection: Selection, point: OperatingPoint) -> tuple[Gap | None, ...]:
    """Gap from the selected point to another, by each of `compared_objectives`."""
    analysis = selection.analysis
    return tuple(
        difference(analysis, o, point, selection.point) for o in compared_objectives(analysis)
    )
