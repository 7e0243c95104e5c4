"""Inspection of units between two thresholds: bands, gain, number of inspectors, and break-even price."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.selection import Selection
from dashboard.session.choices import Choices, Point
from metrics import OBJECTIVES, Evaluation, Objective, OperatingPoint, Tally, Unit
from metrics.evaluation.inspection_band_counts import ThresholdPair, counts_of_band
from metrics.evaluation.operating_points import evaluate
from metrics.inference.inspection_gain import (
    EVERYTHING,
    DecisionRule,
    HalfCurves,
    InspectionGain,
    best_figure,
    gain_over,
    half_curves,
)
from metrics.scenario.inspection import DAYS, Inspection
from metrics.scenario.scenario import Scenario
from metrics.selection.inspection_price import (
    as_judged,
    break_even_price,
    least_point,
)

SHARE_INSPECTED, SHARE_REJECTED = "share_inspected", "share_rejected"
"""Names of the shares of inspected and of rejected units in a record."""


@dataclass(frozen=True)
class Band:
    """Thresholds of an inspected band, and the shares of the units below, within and above it.

    Attributes
    ----------
    ship_below, reject_from : float
        Thresholds. Units with a score between them are inspected.
    shipped, inspected, rejected : float
        Shares of the units that the model ships, sends to inspectors and rejects.
    units : float
        Number of inspected units, in the units of the scenario.
    """

    ship_below: float
    reject_from: float
    shipped: float
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
    inspected = units / evaluation.scaled_units
    lower = float(model_curve.thresholds[model_curve.lower[k]])
    return Band(
        ship_below=lower if point.lower is None else point.lower,
        reject_from=float(model_curve.thresholds[k]),
        shipped=1 - inspected - rejected,
        inspected=inspected,
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


def judged_by(scenario: Scenario) -> Objective:
    """Objective that inspection is judged by: revenue if units have prices, else the cost of errors."""
    return OBJECTIVES["cost_of_errors" if scenario.payoff is None else "revenue_impact"]


def _gains_read(analysis: Analysis) -> tuple[Hashable, ...]:
    """Key of the gains, with everything that they depend on besides the data."""
    seed = analysis.seed if analysis.has_intervals else None
    return analysis.scenario, seed, analysis.hidden


@part(reads=_gains_read)
def gain_of(analysis: Analysis) -> InspectionGain:
    """Gain of inspection with the best bands. The gain does not depend on the selected point."""
    o = judged_by(analysis.scenario)
    # The break-even price is computed with the same bands, so that it cannot contradict the gain.
    return _gain(analysis, o, as_judged(analysis.evaluation, o))


def _gain(analysis: Analysis, o: Objective, judged: Evaluation) -> InspectionGain:
    """Gain of the best band over the best single threshold."""
    hidden = analysis.hidden
    return _gain_over(
        analysis, o, judged, DecisionRule(judged, hidden), DecisionRule(judged.alone, hidden)
    )


def _gain_over(
    analysis: Analysis, o: Objective, judged: Evaluation, way: DecisionRule, than: DecisionRule
) -> InspectionGain:
    """Gain of one decision rule over another, both under the prices of an evaluation."""
    if analysis.uncertainty is not None:
        bootstrap = replace(analysis.bootstrap, evaluation=judged)
        return gain_over(bootstrap, o, way, than, halves=partial(_half_curves, analysis))
    figures = np.array([best_figure(of, judged, o) for of in (than, way)])
    there, here = o.direction.loss(figures)
    return InspectionGain(float(there - here))


def _half_curves_read(analysis: Analysis, tally: Tally) -> Hashable:
    """Prices of missed defects by kind. Half curves depend only on these prices and on the data."""
    kinds, miss_cost = analysis.scenario.miss_cost_by_type, analysis.scenario.miss_cost
    return Scenario(miss_cost=miss_cost, miss_cost_by_type=kinds) if kinds else None


@part(reads=_half_curves_read, kind=Kind.PART)
def _half_curves(analysis: Analysis, tally: Tally) -> tuple[HalfCurves, HalfCurves] | None:
    return half_curves(tally)


SHARES = (0.25, 0.5, 0.75)
"""Rows of the table, as shares of the largest number of inspectors that pays off."""


@dataclass(frozen=True)
class Inspectors:
    """Gain of a number of inspectors.

    Attributes
    ----------
    people : int or None
        Number of inspectors; `None` if the time of an inspection is unknown, and without inspectors.
    a_day : float
        Units of the best band that are inspected on an average day.
    model : str
    ship_below, reject_from : float
        Best band.
    gain : InspectionGain
        Gain over the best single threshold.
    missed, alarms : float
        Number of shipped defects and of rejected good units, in the units of the scenario.
    limit : float or None
        Units a day that the inspectors can inspect; `None` for as many as pay off.
    over_today : Gain or None
        Gain over the best band of the current model with the same number of inspections. `None` if the
        current system is no model.
    """

    people: int | None
    a_day: float
    model: str
    ship_below: float
    reject_from: float
    gain: InspectionGain
    missed: float
    alarms: float
    limit: float | None = None
    over_today: InspectionGain | None = None

    def is_selected(self, selection: Selection) -> bool:
        """Whether the best band is the selected one."""
        point = selection.point
        if point.model != self.model or point.threshold != self.reject_from:
            return False
        return selection.analysis.inspected_from(*point.place) == self.ship_below


@part(reads=_gains_read)
def by_inspectors(analysis: Analysis) -> tuple[Inspectors, ...]:
    """Gain by number of inspectors, from none up to as many as pay off.

    Empty without inspectors, and if the number of units a year is unknown. The limit of the scenario has a
    separate row.
    """
    scenario, inspection = analysis.scenario, analysis.scenario.inspection
    if inspection is None or scenario.units_per_year is None:
        return ()
    o = judged_by(scenario)
    judged = as_judged(analysis.evaluation, o)
    most = least_point(_within(judged, None), o, analysis.hidden).inspected
    if not most > 0:
        return ()
    alone = least_point(judged.alone, o, analysis.hidden)
    model_curve = judged.alone.curves[alone.model]
    at = float(model_curve.thresholds[alone.at])
    nobody = Inspectors(
        None, 0.0, model_curve.model, at, at, InspectionGain(0.0), alone.missed, alone.alarms,
        over_today=_over_today(analysis, o, judged, judged.alone, judged.alone),
    )  # fmt: skip
    rows = {(model_curve.model, at, at): nobody}
    levels, asked = set(_levels(scenario, most)), inspection.units_a_day
    if asked is not None and asked < most / DAYS:
        levels.add(asked)
        asked = None
    # A limit above the number that pays off binds nothing, so its row is the last one.
    for a_day in (*sorted(levels), asked):
        row = _row_of(analysis, a_day)
        if row.a_day > 0:  # if one person can inspect more than pays off, this is the last row
            rows[row.model, row.ship_below, row.reject_from] = row
    return tuple(rows.values())


def _row_reads(analysis: Analysis, a_day: float | None) -> Hashable:
    inspection = analysis.scenario.inspection
    assert inspection is not None
    uncapped = replace(analysis.scenario, inspection=replace(inspection, units_a_day=None))
    return uncapped, *_gains_read(analysis)[1:], a_day


@part(reads=_row_reads)
def _row_of(analysis: Analysis, a_day: float | None) -> Inspectors:
    """Row of the inspectors who can inspect at most `a_day` units a day; `None` for as many as pay off."""
    o = judged_by(analysis.scenario)
    judged = as_judged(analysis.evaluation, o)
    bands = _within(judged, a_day)
    row = _inspectors(analysis, o, bands)
    # Both models must have the same number of inspectors, so the current model is limited as well.
    as_many = bands if a_day is not None else _within(judged, row.a_day)
    return replace(row, limit=a_day, over_today=_over_today(analysis, o, judged, bands, as_many))


def _within(judged: Evaluation, a_day: float | None) -> Evaluation:
    """Best bands with at most `a_day` inspections a day; `None` for as many as pay off."""
    scenario = judged.scenario
    assert scenario.inspection is not None
    return evaluate(
        judged.tally,
        replace(scenario, inspection=replace(scenario.inspection, units_a_day=a_day)),
        curves=judged.alone.curves,
        today_tally=judged.today_tally,
        figures=judged.figures,
    )


def last_gain(analysis: Analysis, rows: Sequence[Inspectors]) -> InspectionGain | None:
    """Gain of the last row over the row before it; `None` if that row has no inspectors."""
    if len(rows) < 2 or not rows[-2].a_day > 0:
        return None
    return _gain_over_fewer(analysis, rows[-2].limit)


@part(reads=lambda analysis, limit: (*_gains_read(analysis), limit))
def _gain_over_fewer(analysis: Analysis, limit: float | None) -> InspectionGain:
    o = judged_by(analysis.scenario)
    judged = as_judged(analysis.evaluation, o)
    more, fewer = (DecisionRule(_within(judged, a_day), analysis.hidden) for a_day in (None, limit))
    return _gain_over(analysis, o, judged, more, fewer)


def _over_today(
    analysis: Analysis, o: Objective, judged: Evaluation, bands: Evaluation, of_today: Evaluation
) -> InspectionGain | None:
    """Gain of the best band over the best band of the current model; `None` without a current model."""
    others = _others(analysis)
    if others is None:
        return None
    return _gain_over(
        analysis,
        o,
        judged,
        DecisionRule(bands, analysis.hidden),
        DecisionRule(of_today, others),
    )


def _others(analysis: Analysis) -> tuple[str, ...] | None:
    """All models but the current one; `None` if the current system is no model."""
    models, today = analysis.evaluation.tally.models, analysis.current.model
    return None if today is None else tuple(model for model in models if model != today)


@dataclass(frozen=True)
class Plain:
    """Gain of inspectors without a new model, and the additional gain of the best band.

    Attributes
    ----------
    people : int or None
        Number of inspectors; `None` if the time of an inspection is unknown.
    inspected, missed, alarms : float
        Numbers of inspected units, shipped defects and rejected good units, in the units of the scenario.
    gain : InspectionGain
        Gain over the best single threshold.
    best_over : InspectionGain
        Gain of the best band over these inspectors.
    """

    people: int | None
    inspected: float
    missed: float
    alarms: float
    gain: InspectionGain
    best_over: InspectionGain


@part(reads=_gains_read)
def plain_ways(analysis: Analysis) -> tuple[Plain | None, Plain | None]:
    """Gain of inspecting every unit without a model, and of the current model with its best band.

    The first is `None` if there are too few inspectors for every unit. The second is `None` if the current
    system is no model.
    """
    scenario, hidden, o = analysis.scenario, analysis.hidden, judged_by(analysis.scenario)
    inspection = scenario.inspection
    if inspection is None:
        return None, None
    others = _others(analysis)
    judged = as_judged(analysis.evaluation, o)
    single, best = DecisionRule(judged.alone, hidden), DecisionRule(judged, hidden)

    def of(way: DecisionRule, inspected: float, missed: float, alarms: float) -> Plain:
        gain = _gain_over(analysis, o, judged, way, single)
        over = _gain_over(analysis, o, judged, best, way)
        return Plain(scenario.inspectors(inspected), inspected, missed, alarms, gain, over)

    everything = current = None
    if inspection.largest_share(scenario.units_per_year) == 1:
        counts = counts_of_band(EVERYTHING, judged.curves, judged.scenario).scaled(*judged.factors)
        sizes = (float(np.asarray(one).item()) for one in (counts.inspected, counts.fn, counts.fp))
        everything = of(DecisionRule(judged, fixed=EVERYTHING), *sizes)
    if others is not None:
        own = least_point(judged, o, others)
        current = of(DecisionRule(judged, others), own.inspected, own.missed, own.alarms)
    return everything, current


def choices_with(choices: Choices, opened: Scenario, row: Inspectors) -> Choices:
    """The choices with the band of a row, and with the daily limit of its inspectors.

    Parameters
    ----------
    opened : Scenario
        Scenario that the data was opened with.
    """
    limited = choices.with_inspection("units_a_day", row.limit, opened)
    return replace(limited, point=Point(row.model, row.reject_from))


def _levels(scenario: Scenario, most: float) -> list[float]:
    """Inspections a day of the rows with fewer inspectors than pay off.

    The rows are of whole people if the time of an inspection is known.
    """
    people, full = scenario.inspection, scenario.inspectors(most)
    if people is None or full is None:
        a_year = [share * most for share in SHARES]
    else:
        some = {1, *(math.ceil(share * full) for share in SHARES)} - {full}
        a_year = [n / people.people(1.0) for n in some]
    a_day = [one / DAYS for one in a_year]
    return [math.floor(one) if one >= 1 else one for one in a_day if one > 0]


def _inspectors(analysis: Analysis, o: Objective, evaluation: Evaluation) -> Inspectors:
    best = least_point(evaluation, o, analysis.hidden)
    model_curve = evaluation.curves[best.model]
    assert model_curve.lower is not None
    return Inspectors(
        people=analysis.scenario.inspectors(best.inspected),
        a_day=best.inspected / DAYS,
        model=model_curve.model,
        ship_below=float(model_curve.thresholds[model_curve.lower[best.at]]),
        reject_from=float(model_curve.thresholds[best.at]),
        gain=_gain(analysis, o, evaluation),
        missed=best.missed,
        alarms=best.alarms,
    )


def shown_gain(selection: Selection) -> float:
    """Gain of the selected point over the best single threshold, in this file."""
    analysis = selection.analysis
    o = judged_by(analysis.scenario)
    own = selection.point.figures.get(o.id, math.nan)
    return _best_single(analysis) - float(o.direction.loss(np.array([own]))[0])


@part(reads=lambda analysis: (analysis.scenario, analysis.hidden))
def _best_single(analysis: Analysis) -> float:
    """Least loss at a single threshold."""
    o = judged_by(analysis.scenario)
    return least_point(analysis.evaluation.alone, o, analysis.hidden).loss


@dataclass(frozen=True)
class Worth:
    """Price of an inspection, its break-even price, and the gain of inspection.

    Attributes
    ----------
    objective : Objective
        Objective that the gain is measured in.
    price, break_even : float
        Price of an inspection, and the price up to which inspection pays off.
    between : (float, float) or None
        ``break_even`` for the worst and the best inspectors within their ranges; `None` without ranges.
    gain : InspectionGain
        Gain over the best single threshold.
    """

    objective: Objective
    price: float
    break_even: float
    between: tuple[float, float] | None
    gain: InspectionGain


def worth_of(analysis: Analysis) -> Worth | None:
    """Worth of inspection; `None` without inspectors."""
    scenario = analysis.scenario
    if scenario.inspection is None:
        return None
    o = judged_by(scenario)
    in_money = o.unit is Unit.MONEY
    price = scenario.inspection_price if in_money else scenario.inspection_alarms
    # The break-even price depends on the capacity, but not on the entered price.
    people = replace(scenario.inspection, price=0.0, false_alarms=None)
    known = replace(people, catches_range=None, rejects_range=None, hours_a_week=None)
    between = (
        None if people.ends is None else tuple(_break_even(analysis, one) for one in people.ends)
    )
    pays_up_to = _break_even(analysis, known)
    return Worth(o, price, pays_up_to, between, gain_of(analysis))  # type: ignore[arg-type]


def _with_inspection(analysis: Analysis, inspection: Inspection) -> Scenario:
    return replace(analysis.scenario, inspection=inspection)


@part(reads=lambda analysis, inspection: (_with_inspection(analysis, inspection), analysis.hidden))
def _break_even(analysis: Analysis, inspection: Inspection) -> float:
    """Price up to which inspection pays off."""
    evaluation = replace(analysis.evaluation, scenario=_with_inspection(analysis, inspection))
    return break_even_price(evaluation, judged_by(analysis.scenario), hidden=analysis.hidden)


def hourly_price(scenario: Scenario) -> float:
    """Cost of an hour of an inspector, in the currency; NaN if price or time is unknown."""
    people = scenario.inspection
    if people is None or people.hours is None or not people.is_priced:
        return math.nan
    if people.price is None and scenario.payoff is None:
        return math.nan
    return scenario.inspection_price / people.hours


@dataclass(frozen=True)
class BandPrice:
    """Price of an inspection at which the selected band gains nothing over the best single threshold.

    Attributes
    ----------
    value : float
    between : (float, float) or None
        ``value`` for the worst and the best inspectors within their ranges; `None` without ranges.
    """

    value: float
    between: tuple[float, float] | None


def band_price(selection: Selection) -> BandPrice | None:
    """Price up to which the selected band pays off; `None` if it inspects nothing."""
    analysis = selection.analysis
    scenario, point, o = (
        analysis.scenario,
        selection.point,
        judged_by(analysis.scenario),
    )
    inspection, below = scenario.inspection, analysis.inspected_from(*point.place)
    if inspection is None or point.model is None or below is None:
        return None
    band = ThresholdPair(analysis.evaluation.tally.index(point.model), below, point.threshold)
    single = _best_single(analysis)
    free = {"price": 0.0, "false_alarms": None} if o.unit is Unit.MONEY else {
        "price": None, "false_alarms": 0.0}  # fmt: skip

    def of(people: Inspection) -> float:
        unpriced = replace(scenario, inspection=replace(people, **free))  # type: ignore[arg-type]
        evaluation = replace(analysis.evaluation, scenario=unpriced)
        figure = best_figure(DecisionRule(evaluation, fixed=band), evaluation, o)
        inspected = (
            counts_of_band(band, evaluation.curves, evaluation.scenario)
            .scaled(*evaluation.factors)
            .inspected
        )
        return (single - float(o.direction.loss(np.array([figure]))[0])) / float(
            np.asarray(inspected).item()
        )

    between = None if inspection.ends is None else tuple(map(of, inspection.ends))
    return BandPrice(of(inspection), between)  # type: ignore[arg-type]
