"""What people do between the two thresholds of a point, what that is worth, and how the page says it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dashboard.page import cache
from dashboard.page.state import PageState
from dashboard.page.summary import SHARE_INSPECTED, SHARE_REJECTED, inspected_words
from metrics import OBJECTIVES, Evaluation, Objective, OperatingPoint, Unit
from metrics.errors import counted
from metrics.inference.comparison import Chance
from metrics.inference.review_gain import half_curves, review_gain
from metrics.narrative.formatting import (
    before_amount,
    count,
    ends,
    figure,
    number,
    price_size,
    unit_words,
)
from metrics.scenario.scenario import Scenario
from metrics.scenario.staffing import FULL_TIME, staffing
from metrics.selection.inspection_price import as_judged, break_even_price, least_loss
from metrics.tally.sparse_sums import Floats


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
    """What becomes of the units, as the answer says it, and how many people that takes."""
    return inspected_words(band.inspected, band.rejected, band.units, scenario)


def shares_recorded(page: PageState, point: OperatingPoint) -> dict[str, float]:
    """The shares of the units, as a record has them beside the counts; nothing where nobody inspects."""
    band = band_at(page, point)
    if band is None:
        return {}
    return {SHARE_INSPECTED: band.inspected, SHARE_REJECTED: band.rejected}


def judged_by(scenario: Scenario) -> Objective:
    """By what inspecting pays: revenue where units have prices, else the cost of errors."""
    return OBJECTIVES["cost_of_errors" if scenario.payoff is None else "revenue_impact"]


@dataclass(frozen=True)
class Gain:
    """What inspecting adds to the best single threshold, after paying for it; limits aside.

    Attributes
    ----------
    value : float
        To be expected on new data where ``low`` and ``high`` are known, else on these rows.
    low, high : float
        95 % interval; NaN where not known.
    counted : float
        On these rows.
    """

    value: float
    low: float
    high: float
    counted: float

    @property
    def chance(self) -> Chance:
        """Whether it is told from nothing."""
        if math.isnan(self.low + self.high):
            return Chance.UNKNOWN
        return Chance.CLEAR if self.low > 0 or self.high < 0 else Chance.POSSIBLE


def gain_of(page: PageState) -> Gain:
    """What inspecting adds, whatever point is under discussion: one figure wherever it is shown."""
    scenario, hidden, known = page.scenario, page.picks_key.hidden, page.uncertainty
    o = judged_by(scenario)

    def found() -> Gain:
        # By the bands that the break-even price is found by, or one contradicts the other.
        judged = as_judged(page.evaluation, o)
        if known is not None:
            # Halves follow from the data alone, and from prices of kinds.
            kinds = scenario.miss_cost_by_type
            priced = Scenario(miss_cost=scenario.miss_cost, miss_cost_by_type=kinds)
            key = page.keyed("half curves", priced if kinds else None)
            own = review_gain(
                replace(known.bootstrap, evaluation=judged),
                o,
                hidden=hidden,
                halves=lambda tally: cache.part(key, lambda: half_curves(tally)),
            )
            if not math.isnan(own.cross_fitted):
                return Gain(own.cross_fitted, own.low, own.high, own.value)
        here, there = (least_loss(of, o, hidden)[0] for of in (judged, judged.alone))
        here_only = there - here
        return Gain(here_only, math.nan, math.nan, here_only)

    seed = None if known is None else page.choices.seed
    return cache.part(page.keyed("gain of inspecting", scenario, seed, o, hidden), found)


def gain_words(page: PageState) -> str:
    """What inspecting adds: ``adds EUR 88 k a year, clear``."""
    gain = gain_of(page)
    sure = "" if gain.chance is Chance.UNKNOWN else f", {gain.chance.value}"
    return f"{_adds(page, gain.value)}{sure}"


def _adds(page: PageState, value: float) -> str:
    """``adds EUR 88 k a year``, or ``saves 1,200 false alarms a year``."""
    o, scenario = replace(judged_by(page.scenario), signed=False), page.scenario
    size, unit = figure(o, abs(value), scenario), unit_words(o, scenario)
    verbs = ("adds", "loses") if o.unit is Unit.MONEY else ("saves", "costs")
    return f"{verbs[value < 0]} {size} {unit}".rstrip()


@dataclass(frozen=True)
class Worth:
    """What inspecting is worth, whatever point is under discussion.

    Attributes
    ----------
    objective : Objective
        In whose unit.
    price, break_even : float
        Of an inspection now, and up to which it pays.
    gain : Gain
        Over the best single threshold.
    """

    objective: Objective
    price: float
    break_even: float
    gain: Gain


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
    return Worth(o, price, break_even, gain_of(page))


def hourly_price(scenario: Scenario) -> float:
    """What an inspector's hour costs, in the currency; NaN where price or minutes are not known."""
    people = scenario.inspection
    if people is None or people.hours is None or not people.is_priced:
        return math.nan
    if people.price is None and scenario.payoff is None:
        return math.nan
    return scenario.inspection_price / people.hours


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
    o, scenario, gain = replace(worth.objective, signed=False), page.scenario, worth.gain
    said = []
    if not math.isnan(gain.value):
        adds = f"After paying for it, inspecting {_adds(page, gain.value)} over the best single threshold"
        if gain.chance is Chance.UNKNOWN:
            said.append(f"{adds}, counted on these rows.")
        else:
            between = ends(o, gain.value, gain.low, gain.high, scenario)
            said.append(
                f"{adds}, expected on new data ({between}), {gain.chance.value}; "
                f"on these rows it {_adds(page, gain.counted)}."
            )
    people = _people_words(page)
    return (*([people] if people else []), *said)


def _people_words(page: PageState) -> str:
    """How many people inspect; nothing where nothing is known of a year."""
    scenario, inspected = page.scenario, page.chosen.figures["units_inspected"]
    inspection, people = scenario.inspection, staffing(scenario, inspected)
    if scenario.units_per_year is None or inspection is None:
        return ""
    if people is None:
        said = f"As chosen, {count(inspected)} units are inspected a year."
        if inspection.hours is None:
            said += " How many people that takes is known once the minutes of an inspection are."
        return said
    so_that = ""
    if inspection.longest_wait_hours is not None:
        so_that = (
            f", so that hardly a unit waits longer than {_minutes(inspection.longest_wait_hours)}"
        )
    hourly = hourly_price(scenario)
    at = "" if math.isnan(hourly) else f" at {hourly_words(scenario)} each"
    return (
        f"{counted(people.at_once, 'post')}, every hour of the year: {number(people.people)} people on the "
        f"payroll ({FULL_TIME:,.0f} hours a person); the work alone is {people.busy:,.1f}. The posts are "
        f"for the busiest hour{so_that}; on average a unit waits {_minutes(people.wait)}. As chosen they "
        f"inspect {count(inspected)} units a year, {count(people.hours)} hours{at}; hours without a unit "
        "are not in the costs."
    )


def hourly_words(scenario: Scenario) -> str:
    """What an inspector's hour costs: ``EUR 36``."""
    return f"{before_amount(scenario.currency)}{price_size(hourly_price(scenario))}"


def _minutes(hours: float) -> str:
    return f"{price_size(60 * hours)} minutes"
