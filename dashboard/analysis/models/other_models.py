"""Other models in place of the selected one: the best threshold of each for a stakeholder, and its change."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import part
from dashboard.analysis.differences import difference
from dashboard.analysis.limits import meets_limits
from dashboard.analysis.models.best_points import (
    attainable_limits,
    best_points_of,
    comparing_stakeholder,
)
from dashboard.analysis.picked_points import COST, best_of_each_model
from dashboard.analysis.points_table import point_of
from dashboard.analysis.rankings import has_places
from dashboard.analysis.resampled_figures import replicates
from dashboard.analysis.selection import Selection
from metrics import Objective, OperatingPoint
from metrics.inference.comparison.paired_difference import PairedDifference
from metrics.inference.comparison.rank_ranges import first_ranks
from metrics.selection.feasibility import feasibility


@dataclass(frozen=True)
class OtherModel:
    """A model at its best threshold for a stakeholder, within the limits if it can meet them.

    Attributes
    ----------
    gaps : tuple of (PairedDifference or None)
        Differences from the selected point to `point`, by each of `compared_objectives`; `None` if unknown.
    is_open : tuple of bool
        Whether the worse of both points could be the best of all compared points, by each objective. The
        difference then may be chance.
    """

    point: OperatingPoint
    meets_limits: bool
    gaps: tuple[PairedDifference | None, ...]
    is_open: tuple[bool, ...]


def compared_objectives(analysis: Analysis) -> tuple[Objective, ...]:
    """Objectives that models are compared by: those of the stakeholders, and that of everyone.

    The objective of everyone is left out if a stakeholder has its difference to the current system.
    """
    objectives = [s.objective for s in analysis.stakeholders]
    is_same_order = analysis.scenario.payoff is None or analysis.scenario.is_revenue_decisive
    if not (is_same_order and any(o.is_against_current for o in objectives)):
        objectives.append(comparing_stakeholder(analysis, "cost").objective)
    return tuple(dict.fromkeys(objectives))


def choosing_thresholds(analysis: Analysis, stakeholder: Stakeholder) -> Stakeholder:
    """Stakeholder whose best thresholds are compared.

    It is everyone if the objective has no threshold. It also is everyone if a single model can meet the
    limits where the stakeholder would pick, and if no model can and the stakeholder has no condition: the
    best thresholds, with the limits ignored, may then flag every unit or none.
    """
    is_unlimited = bool(analysis.limits) and not attainable_limits(analysis, stakeholder)
    is_extreme = is_unlimited and (stakeholder.pick is not None or stakeholder.bound is None)
    if stakeholder.objective.of_model or is_extreme:
        return comparing_stakeholder(analysis, "cost")
    return stakeholder


def selection_to_compare(selection: Selection, stakeholder: Stakeholder) -> Selection:
    """The selected model at the threshold to compare other models with, all chosen by the same rule.

    For a stakeholder it is the model's best threshold, as for the other models. For everyone, and if the
    objective has no threshold, it is the selected one.
    """
    analysis, by = selection.analysis, choosing_thresholds(selection.analysis, stakeholder)
    if by.name == "cost":
        return selection
    model = str(selection.point.model)
    within = best_of_each_model(analysis, by, attainable_limits(analysis, by))
    best = within.get(model) or best_of_each_model(analysis, by).get(model)
    return (
        selection if best is None else selection.at(point_of(analysis.points_of(model), best.row))
    )


def other_models(selection: Selection, stakeholder: Stakeholder) -> tuple[OtherModel, ...]:
    """All models but the selected one, ordered by the objective of a stakeholder.

    The selected model is among them if it has a better threshold. Models that cannot meet the limits are
    last, unless the objective has no threshold.
    """
    o = stakeholder.objective

    def order(model: OtherModel) -> tuple[bool, float, float]:
        loss = float(o.direction.loss(np.array(model.point.figures[o.id])))
        is_last = not o.of_model and not model.meets_limits
        return is_last, loss, model.point.figures[COST.id]

    other_models = _other_models(selection, choosing_thresholds(selection.analysis, stakeholder))
    return tuple(sorted(other_models, key=order))


def _other_models_read(selection: Selection, stakeholder: Stakeholder) -> Hashable:
    return selection.analysis.choices_key, selection.place, stakeholder.name


@part(reads=_other_models_read)
def _other_models(selection: Selection, stakeholder: Stakeholder) -> tuple[OtherModel, ...]:
    analysis, selected = selection.analysis, selection.point
    within = best_of_each_model(analysis, stakeholder, attainable_limits(analysis, stakeholder))
    points = []
    for model, best_at_all in best_of_each_model(analysis, stakeholder).items():
        best = within[model] or best_at_all
        if best is None or (best.model, best.threshold) == (selected.model, selected.threshold):
            continue
        points.append(point_of(analysis.points_of(model), best.row))
    able = [meets_limits(analysis, point) for point in points]
    # Models that cannot meet the limits compete only if no other model can.
    competing = [p for p, is_able in zip(points, able, strict=True) if is_able] or points
    by_objective = [
        _could_be_best(analysis, o, [selected, *competing])
        | _could_lead(analysis, o, stakeholder, [selected, *competing])
        for o in compared_objectives(analysis)
    ]
    return tuple(
        OtherModel(
            point,
            is_able,
            _gaps_to(selection, point),
            tuple(
                (point if _is_worse(o, point, selected) else selected).place in best
                for o, best in zip(compared_objectives(analysis), by_objective, strict=True)
            ),
        )
        for point, is_able in zip(points, able, strict=True)
    )


def _could_lead(
    analysis: Analysis, o: Objective, by: Stakeholder, points: Sequence[OperatingPoint]
) -> frozenset[Hashable]:
    """Places of the points whose models could be the best by the objective that chose the thresholds."""
    is_cost = by.name == "cost" and o.is_against_current
    if not (is_cost or o == by.objective) or not analysis.judges_chance:
        return frozenset()
    best = best_points_of(analysis, by, attainable_limits(analysis, by))
    leaders = {p.model for p, may_lead in zip(best.picks, best.may_lead, strict=True) if may_lead}
    return frozenset(point.place for point in points if point.model in leaders)


def _is_worse(o: Objective, point: OperatingPoint, other: OperatingPoint) -> bool:
    return bool(o.direction.loss(np.array(point.figures[o.id] - other.figures[o.id])) > 0)


def _could_be_best(
    analysis: Analysis, o: Objective, points: Sequence[OperatingPoint]
) -> frozenset[Hashable]:
    """Places of the points that could be the best of all, judged at once; empty if unknown.

    Also empty for an objective that ranks models, whose differences are judged with all models anyway.
    """
    if o.of_model or not (analysis.judges_chance and has_places(o)):
        return frozenset()
    figures = np.array([point.figures[o.id] for point in points])
    drawn = np.column_stack([replicates(analysis, o, point) for point in points])
    first = first_ranks(o, figures, drawn, blocks=analysis.bootstrap.blocks)
    return frozenset(p.place for p, place in zip(points, first, strict=True) if place == 1)


def nearest_to_limits(
    analysis: Analysis, stakeholder: Stakeholder, able: Collection[str]
) -> OperatingPoint | None:
    """Point that comes nearest to meeting the limits and a stakeholder's condition; `None` if unknown.

    Models that are ``able`` to meet them are left out.
    """
    bound = stakeholder.bound
    others = analysis.points[~analysis.points["model"].isin(able)]
    return feasibility(others, (*analysis.limits, *([] if bound is None else [bound]))).nearest


def current_as_other_model(selection: Selection) -> OtherModel:
    """The current system as one of the other models. It is fixed, so it is judged alone."""
    current, gaps = selection.analysis.current, _gaps_to(selection, selection.analysis.current)
    return OtherModel(
        current, meets_limits(selection.analysis, current), gaps, (False,) * len(gaps)
    )


def _gaps_to(selection: Selection, point: OperatingPoint) -> tuple[PairedDifference | None, ...]:
    """Difference from the selected point to another, by each of `compared_objectives`."""
    analysis = selection.analysis
    return tuple(
        difference(analysis, o, point, selection.point) for o in compared_objectives(analysis)
    )
