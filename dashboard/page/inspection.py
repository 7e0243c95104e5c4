"""What people do between the two thresholds of a point, what that is worth, and how the page says it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.page import cache
from dashboard.page.scenario_figures import visible
from dashboard.page.state import PageState, point_of
from dashboard.page.summary import in_per_cent
from metrics import OBJECTIVES, Objective, OperatingPoint, Unit, pick
from metrics.narrative.formatting import count, figure, written_gap
from metrics.scenario.inspection import DAYS
from metrics.scenario.scenario import Scenario
from metrics.tally.tally import Floats


@dataclass(frozen=True)
class Band:
    """What becomes of the units at a point where people inspect.

    Attributes
    ----------
    ship_below, reject_from : float
        Thresholds; what lies between them is inspected.
    shipped, inspected, rejected : float
        Shares of the units that the model ships, leaves to people, rejects.
    units : float
        That are inspected, of the scenario.
    """

    ship_below: float
    reject_from: float
    shipped: float
    inspected: float
    rejected: float
    units: float


@dataclass(frozen=True)
class Bands:
    """The bands of a model, one for each upper threshold, each array of shape (K,).

    Attributes
    ----------
    lower : ndarray
        Row of the lower threshold among the model's operating points.
    inspected, rejected : ndarray
        Shares of the units.
    """

    lower: Floats
    inspected: Floats
    rejected: Floats


def bands_of(page: PageState, model: str) -> Bands | None:
    """The bands of a model; None where nobody inspects."""
    own = page.evaluation.curve_of(model)
    if own.lower is None:
        return None
    rows = np.cumsum(own.distinct) - 1
    shipped = own.alone.counts[own.distinct].scaled(*page.evaluation.factors)
    counts = own.counts[own.distinct].scaled(*page.evaluation.factors)
    units = shipped.tp + shipped.fp + shipped.fn + shipped.tn
    return Bands(
        lower=rows[own.lower[own.distinct]].astype(np.float64),
        inspected=np.asarray(counts.inspected / units, np.float64),
        rejected=np.asarray((shipped.tp + shipped.fp) / units, np.float64),
    )


def band_at(page: PageState, point: OperatingPoint) -> Band | None:
    """What becomes of the units at a point; None where nobody inspects."""
    if point.model is None:
        return None
    own = page.evaluation.curve_of(point.model)
    bands = bands_of(page, point.model)
    if bands is None:
        return None
    k = own.row(point.threshold)
    inspected, rejected = float(bands.inspected[k]), float(bands.rejected[k])
    thresholds = own.thresholds[own.distinct]
    return Band(
        ship_below=float(thresholds[int(bands.lower[k])]),
        reject_from=float(thresholds[k]),
        shipped=1 - inspected - rejected,
        inspected=inspected,
        rejected=rejected,
        units=float(point.figures["units_inspected"]),
    )


def what(band: Band, scenario: Scenario) -> str:
    """What becomes of the units, as the answer says it."""
    a_day = "" if scenario.units_per_year is None else f" ({count(band.units / DAYS)} a day)"
    return (
        f"Ships {in_per_cent(band.shipped)}, sends {in_per_cent(band.inspected)} to an inspector{a_day}, "
        f"rejects {in_per_cent(band.rejected)}."
    )


def judged_by(scenario: Scenario) -> Objective:
    """By what inspecting pays: revenue where units have prices, else the cost of errors."""
    return OBJECTIVES["cost_of_errors" if scenario.payoff is None else "revenue_impact"]


def without(page: PageState) -> OperatingPoint | None:
    """The best single threshold of all models within the limits; None where there is none."""
    key = page.keyed("without inspection", page.picks_key)

    def found() -> OperatingPoint | None:
        points = visible(page.alone.points, page.picks_key.hidden)
        o, evaluation = judged_by(page.scenario), page.alone.evaluation
        best = pick(points, o, evaluation, limits=page.limits) or pick(points, o, evaluation)
        return None if best is None else point_of(points, best.row)

    return cache.part(key, found)


def gain_words(page: PageState) -> str:
    """How much worse the best single threshold is: ``Without inspection: −EUR 88 k``."""
    best = without(page)
    if best is None:
        return ""
    o = judged_by(page.scenario)
    here, there = page.chosen.figures[o.id], best.figures[o.id]
    if o.unit is Unit.MONEY:
        return f"Without inspection: {figure(o, there - here, page.scenario)}"
    return f"Without inspection: {written_gap(o, there, here, page.scenario).words()}"
