"""Values of a decision: figures of the selected point, standing of the limits, and other points."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import part
from dashboard.analysis.certified import certified, position
from dashboard.analysis.decide.choice_costs import ChoiceCosts, choice_costs
from dashboard.analysis.decide.verdict import VerdictFacts, verdict_facts
from dashboard.analysis.differences import differences_within_chance
from dashboard.analysis.evidence.model_calibration import ModelCalibration
from dashboard.analysis.evidence.model_evidence import evidence_of
from dashboard.analysis.inspection import shares_recorded
from dashboard.analysis.limits import limits_status
from dashboard.analysis.optimism import range_of
from dashboard.analysis.picked_points import pick_like
from dashboard.analysis.rankings import places
from dashboard.analysis.selection import Selection
from metrics import Objective, OperatingPoint
from metrics.inference.certificates.certification import Standing


@dataclass(frozen=True)
class FigureAt:
    """Figure of an operating point, with its 95% interval on new data; NaN if unknown."""

    objective: Objective
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Standings:
    """Standing of the limits at the selected point.

    Attributes
    ----------
    confidence : float
    models : int
        Number of models to choose from.
    limits : tuple of Standing
        Standing of each limit alone.
    together : Standing
    """

    confidence: float
    models: int
    limits: tuple[Standing, ...]
    together: Standing


@dataclass(frozen=True)
class DecisionValues:
    """Values of a decision.

    Attributes
    ----------
    figures, current_figures : tuple of FigureAt
        All figures of the selected point and of the current system, those of the stakeholders first.
    own : mapping of stakeholder to FigureAt
        Figure of the objective at the stakeholder's pick.
    places : mapping of stakeholder to ((int, int), int)
        Places that the selected model could have in a ranking of the models, and their number.
    choices : tuple of ChoiceCosts
        From `choice_costs`.
    calibration : ModelCalibration
        Calibration of the selected model.
    verdict : VerdictFacts
    standings : Standings or None
        `None` if no limit can be certified, or if this is unknown.
    unsettled : frozenset of objective ids
        Objectives whose difference to the current system could be chance.
    shares : mapping
        Shares of inspected and of rejected units; empty without inspectors.
    is_picked : bool
        Whether the intervals allow for the choice of the selected point.
    """

    figures: tuple[FigureAt, ...]
    current_figures: tuple[FigureAt, ...]
    own: Mapping[str, FigureAt]
    places: Mapping[str, tuple[tuple[int, int], int]]
    choices: tuple[ChoiceCosts, ...]
    calibration: ModelCalibration
    verdict: VerdictFacts
    standings: Standings | None
    unsettled: frozenset[str]
    shares: Mapping[str, float]
    is_picked: bool


def decision_values(selection: Selection) -> DecisionValues:
    """Values of a decision on the selected point."""
    analysis, model = selection.analysis, str(selection.point.model)
    ranked = {s.name: places(analysis, s.objective) for s in analysis.stakeholders}
    choices = choice_costs(selection)
    return DecisionValues(
        figures=figures_of_point(analysis, selection.point),
        current_figures=figures_of_point(analysis, analysis.current),
        own={
            c.picker.name: _figure(analysis, c.picker.objective, c.point)
            for c in choices
            if c.picker is not None
        },
        places={
            s: (by_model[model], len(by_model))
            for s, by_model in ranked.items()
            if model in by_model
        },
        choices=choices,
        calibration=evidence_of(selection).calibration[0],
        verdict=verdict_facts(selection),
        standings=_standings(selection),
        unsettled=differences_within_chance(selection),
        shares=shares_recorded(analysis, selection.point),
        is_picked=analysis.uncertainty is not None
        and pick_like(analysis, selection.point) is not None,
    )


def _figures_read(analysis: Analysis, point: OperatingPoint) -> Hashable:
    return analysis.choices_key, point.is_alone, point.place


@part(reads=_figures_read)
def figures_of_point(analysis: Analysis, point: OperatingPoint) -> tuple[FigureAt, ...]:
    """Figures of a point, those of the stakeholders' objectives first."""
    objectives = [*(s.objective for s in analysis.stakeholders), *analysis.objectives.values()]
    unique = {o.id: o for o in objectives}
    return tuple(_figure(analysis, o, point) for o in unique.values())


def _figure(analysis: Analysis, o: Objective, point: OperatingPoint) -> FigureAt:
    value = point.figures[o.id]
    low = high = math.nan
    if not math.isnan(value):
        low, high = range_of(analysis, o, point)
    return FigureAt(o, value, low, high)


def _standings(selection: Selection) -> Standings | None:
    analysis, point = selection.analysis, selection.point
    certification = certified(analysis)
    if certification is None:
        return None
    place = position(analysis, point)
    limits = []
    for k, bound in enumerate(analysis.limits):
        is_met = bound.is_met_at(point)
        standing = certification.standing(k, place, is_met=is_met)
        limits.append(Standing.MET if point.lower is not None and is_met else standing)
    return Standings(
        certification.confidence,
        certification.models,
        tuple(limits),
        limits_status(analysis, point, at_rest=True).standing,
    )
