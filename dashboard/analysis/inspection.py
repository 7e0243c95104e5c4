"""Inspection of units between two thresholds: bands, gain and break-even price."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.selection import Selection
from dashboard.session.choices import Point
from metrics import OBJECTIVES, Objective, OperatingPoint, Tally, Unit
from metrics.inference.inspection_gain import (
    HalfCurves,
    InspectionGain,
    gain_in_file,
    half_curves,
    inspection_gain,
)
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Scenario
from metrics.selection.inspection_price import break_even_price, least_point, with_bands_for

SHARE_INSPECTED, SHARE_REJECTED = "share_inspected", "share_rejected"
"""Names of the shares of inspected and of rejected units in a record."""


@dataclass(frozen=True)
class Band:
    """Lower threshold of an inspected band, and the shares of the units within and above the band.

    Attributes
    ----------
    inspected, rejected : float
        Shares of the units that the model sends to inspectors, and rejects.
    units : float
        Number of inspected units, in the units of the scenario.
    """

    ship_below: float
    inspected: float
    rejected: float
    units: float


def band_at(analysis: Analysis, point: OperatingPoint) -> Band | None:
    """Band of an operating point; `None` without inspectors."""
    if point.model is None:
        return None
    evaluation, model_curve = analysis.evaluation, analysis.evaluation.curve_of(point.model)
    if model_curve.lower is None:
        return None
    k = model_curve.position(point.threshold)
    alone = model_curve.alone.counts[k].scaled(*evaluation.factors)
    rejected = float((alone.tp + alone.fp) / evaluation.scaled_units)
    units = point.figures["units_inspected"]
    lower = float(model_curve.thresholds[model_curve.lower[k]])
    return Band(
        ship_below=lower if point.lower is None else point.lower,
        inspected=units / evaluation.scaled_units,
        rejected=rejected,
        units=units,
    )


@part(reads=lambda analysis, model: (analysis.scenario, analysis.hidden, model))
def best_band_of(analysis: Analysis, model: str) -> Point:
    """Band of a model with the least cost; its cheapest single threshold without inspectors."""
    model_points = analysis.points_of(model)
    return Point(
        model, float(model_points["threshold"].iloc[int(model_points["cost_of_errors"].argmin())])
    )


def is_best_band(analysis: Analysis, point: OperatingPoint) -> bool:
    """Whether a point is the cheapest of its model, with the lower threshold of least cost."""
    if point.model is None or point.lower is not None:
        return False
    return point.threshold == best_band_of(analysis, point.model).threshold


def shares_recorded(analysis: Analysis, point: OperatingPoint) -> dict[str, float]:
    """Shares of inspected and rejected units for a record; empty without inspectors."""
    band = band_at(analysis, point)
    if band is None:
        return {}
    return {SHARE_INSPECTED: band.inspected, SHARE_REJECTED: band.rejected}


def gain_objective(scenario: Scenario) -> Objective:
    """Objective that inspection is judged by: revenue if units have prices, else the cost of errors."""
    return OBJECTIVES["cost_of_errors" if scenario.payoff is None else "revenue_impact"]


def _gain_reads(analysis: Analysis) -> tuple[Hashable, ...]:
    """Key of the gain, with everything that it depends on besides the data."""
    seed = analysis.seed if analysis.has_intervals else None
    return analysis.scenario, seed, analysis.hidden


@part(reads=_gain_reads)
def gain_of(analysis: Analysis) -> InspectionGain:
    """Gain of the best band over the best single threshold. It does not depend on the selected point."""
    o = gain_objective(analysis.scenario)
    # The break-even price is computed with the same bands, so that it cannot contradict the gain.
    judged = with_bands_for(analysis.evaluation, o)
    if analysis.uncertainty is None:
        return InspectionGain(gain_in_file(judged, o, analysis.hidden))
    bootstrap = replace(analysis.bootstrap, evaluation=judged)
    halves = partial(_half_curves, analysis)
    return inspection_gain(bootstrap, o, hidden=analysis.hidden, halves=halves)


def _half_curves_read(analysis: Analysis, tally: Tally) -> Hashable:
    """Prices of missed defects by kind. Half curves depend only on these prices and on the data."""
    kinds, miss_cost = analysis.scenario.miss_cost_by_type, analysis.scenario.miss_cost
    return Scenario(miss_cost=miss_cost, miss_cost_by_type=kinds) if kinds else None


@part(reads=_half_curves_read, kind=Kind.PART)
def _half_curves(analysis: Analysis, tally: Tally) -> tuple[HalfCurves, HalfCurves] | None:
    return half_curves(tally)


def shown_gain(selection: Selection) -> float:
    """Gain of the selected point over the best single threshold, in this file."""
    analysis = selection.analysis
    o = gain_objective(analysis.scenario)
    figure = selection.point.figures.get(o.id, math.nan)
    return _best_single(analysis) - float(o.direction.loss(np.array(figure)))


@part(reads=lambda analysis: (analysis.scenario, analysis.hidden))
def _best_single(analysis: Analysis) -> float:
    """Least loss at a single threshold."""
    o = gain_objective(analysis.scenario)
    return least_point(analysis.evaluation.alone, o, analysis.hidden).loss


@dataclass(frozen=True)
class BreakEvenPrice:
    """Price of an inspection up to which inspecting pays off.

    Attributes
    ----------
    between : (float, float) or None
        ``value`` for the worst and the best inspectors within their ranges; `None` without ranges.
    """

    value: float
    between: tuple[float, float] | None


def _with_ends(inspection: Inspection, price: Callable[[Inspection], float]) -> BreakEvenPrice:
    """Break-even price of some inspectors; ``price`` returns that of inspectors without ranges."""
    stated = price(replace(inspection, catches_range=None, rejects_range=None))
    if inspection.ends is None:
        return BreakEvenPrice(stated, None)
    worst, best = inspection.ends
    return BreakEvenPrice(stated, (price(worst), price(best)))


@dataclass(frozen=True)
class Worth:
    """Price of an inspection, its break-even price, and the gain of inspection in an objective."""

    objective: Objective
    price: float
    break_even: BreakEvenPrice
    gain: InspectionGain


def worth_of(analysis: Analysis) -> Worth | None:
    """Worth of inspection; `None` without inspectors."""
    scenario = analysis.scenario
    if scenario.inspection is None:
        return None
    o = gain_objective(scenario)
    in_money = o.unit is Unit.MONEY
    price = scenario.inspection_price if in_money else scenario.inspection_alarms
    # The break-even price depends on the capacity, but not on the entered price.
    people = replace(scenario.inspection, price=0.0, false_alarms=None, hours_a_week=None)
    return Worth(o, price, _with_ends(people, partial(_break_even, analysis)), gain_of(analysis))


def _with_inspection(analysis: Analysis, inspection: Inspection) -> Scenario:
    return replace(analysis.scenario, inspection=inspection)


@part(reads=lambda analysis, inspection: (_with_inspection(analysis, inspection), analysis.hidden))
def _break_even(analysis: Analysis, inspection: Inspection) -> float:
    """Price up to which inspection pays off."""
    evaluation = replace(analysis.evaluation, scenario=_with_inspection(analysis, inspection))
    return break_even_price(evaluation, gain_objective(analysis.scenario), hidden=analysis.hidden)


def hourly_price(scenario: Scenario) -> float:
    """Cost of an hour of an inspector, in the currency; NaN if price or time is unknown."""
    people = scenario.inspection
    if people is None or people.hours is None or not people.is_priced:
        return math.nan
    if people.price is None and scenario.payoff is None:
        return math.nan
    return scenario.inspection_price / people.hours
