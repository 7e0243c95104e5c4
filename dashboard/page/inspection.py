"""What people do between the two thresholds of a point, what that is worth, and how the page says it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dashboard.page import cache
from dashboard.page.scenario_figures import visible
from dashboard.page.state import PageState, point_of
from dashboard.page.summary import in_per_cent
from metrics import OBJECTIVES, Evaluation, Objective, OperatingPoint, Unit, pick
from metrics.inference.comparison import Chance
from metrics.inference.review_gain import ReviewGain, review_gain
from metrics.narrative.formatting import (
    before_amount,
    count,
    ends,
    figure,
    number,
    price_size,
    written_gap,
)
from metrics.scenario.inspection import DAYS
from metrics.scenario.scenario import Scenario
from metrics.scenario.staffing import FULL_TIME, staffing
from metrics.selection.inspection_price import break_even_price
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


def scaled_units(evaluation: Evaluation) -> float:
    """Units of the scenario."""
    every = evaluation.curves[0].alone.counts[-1].scaled(*evaluation.factors)
    return float(every.fn + every.tn)


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
    ship_below = float(thresholds[int(bands.lower[k])])
    if point.lower is not None:
        ship_below = point.lower
        inspected = point.figures["units_inspected"] / scaled_units(page.evaluation)
    return Band(
        ship_below=ship_below,
        reject_from=float(thresholds[k]),
        shipped=1 - inspected - rejected,
        inspected=inspected,
        rejected=rejected,
        units=float(point.figures["units_inspected"]),
    )


def band_words(band: Band, scenario: Scenario) -> str:
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
    """How much worse the best single threshold is: ``−EUR 88 k``."""
    best = without(page)
    if best is None:
        return ""
    o = judged_by(page.scenario)
    here, there = page.chosen.figures[o.id], best.figures[o.id]
    if o.unit is Unit.MONEY:
        return figure(o, there - here, page.scenario)
    return written_gap(o, there, here, page.scenario).words()


@dataclass(frozen=True)
class Worth:
    """What inspecting is worth, whatever point is under discussion.

    Attributes
    ----------
    objective : Objective
        In whose unit.
    price, break_even : float
        Of an inspection now, and up to which it pays.
    gain : ReviewGain or None
        Over the best single threshold; None where chance is not shown or not yet known.
    """

    objective: Objective
    price: float
    break_even: float
    gain: ReviewGain | None


def worth_of(page: PageState) -> Worth | None:
    """What inspecting is worth; None where nobody inspects."""
    scenario = page.scenario
    if scenario.inspection is None:
        return None
    o = judged_by(scenario)
    in_money = o.unit is Unit.MONEY
    price = scenario.inspection_price if in_money else scenario.inspection_alarms
    hidden = page.picks_key.hidden
    # The price itself moves no break-even; the capacity does.
    unpriced = replace(
        scenario, inspection=replace(scenario.inspection, price=0.0, false_alarms=None)
    )
    break_even = cache.part(
        page.keyed("break even", unpriced, o, hidden),
        lambda: break_even_price(page.evaluation, o, hidden=hidden),
    )
    known = page.uncertainty
    gain = None
    if known is not None:
        key = page.keyed("gain of inspecting", scenario, page.choices.seed, o, hidden)
        gain = cache.part(key, lambda: review_gain(known.bootstrap, o, hidden=hidden))
    return Worth(o, price, break_even, gain)


def price_words(o: Objective, price: float, scenario: Scenario) -> str:
    """A price of an inspection: ``EUR 0.71``, or ``0.4 false alarms``."""
    digits = price_size(price)
    if o.unit is Unit.MONEY:
        return f"{before_amount(scenario.currency)}{digits}"
    return f"{digits} false alarms"


def finding(worth: Worth, scenario: Scenario) -> str:
    """Up to what price inspecting pays."""
    if not worth.break_even > 0:
        return "Inspecting gains nothing, whatever it costs."
    most, now = (price_words(worth.objective, p, scenario) for p in (worth.break_even, worth.price))
    return f"Inspecting pays while it costs less than {most} a unit; now {now}."


def lines(page: PageState, worth: Worth) -> tuple[str, ...]:
    """What it gains, how sure that is, and how many people it takes, a sentence each."""
    said = []
    o, scenario, gain = worth.objective, page.scenario, worth.gain
    if gain is not None and not math.isnan(gain.cross_fitted):
        of = replace(o, signed=False)
        a_year = " a year" if scenario.units_per_year is not None else ""
        sure = Chance.CLEAR if gain.low > 0 or gain.high < 0 else Chance.POSSIBLE
        between = ends(of, gain.cross_fitted, gain.low, gain.high, scenario)
        said.append(
            f"Expect {figure(of, gain.cross_fitted, scenario)}{a_year} more on new data than with the best "
            f"single threshold ({between}), {sure.value}; on these rows {figure(of, gain.value, scenario)}."
        )
    inspected = page.chosen.figures["units_inspected"]
    if scenario.units_per_year is None:
        return tuple(said)
    as_chosen = f"As chosen, {count(inspected)} units are inspected a year."
    inspection, people = scenario.inspection, staffing(scenario, inspected)
    assert inspection is not None
    if people is None:
        if inspection.hours is None:
            as_chosen += (
                " How many people that takes is known once the minutes of an inspection are."
            )
        return (*said, as_chosen)
    at_once = "1 inspector" if people.at_once == 1 else f"{number(people.at_once)} inspectors"
    so_that = ""
    if inspection.longest_wait_hours is not None:
        so_that = (
            f" so that hardly a unit waits longer than {_minutes(inspection.longest_wait_hours)}"
        )
    return (
        *said,
        f"{as_chosen} That takes {count(people.hours)} hours, the work of {number(people.people, 1)} people "
        f"full time ({FULL_TIME:,.0f} hours each). In the busiest hour it takes {at_once} at once{so_that}; "
        f"on average a unit waits {_minutes(people.wait)}.",
    )


def _minutes(hours: float) -> str:
    return f"{price_size(60 * hours)} minutes"
