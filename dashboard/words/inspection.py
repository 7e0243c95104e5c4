"""Words for the effect of a point and for inspection: shares of a band, gain, inspectors, break-even."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.inspection import (
    BreakEvenPrice,
    Worth,
    gain_objective,
    gain_of,
    hourly_price,
    shown_gain,
)
from dashboard.analysis.selection import Selection
from dashboard.words.numbers.amounts import before_amount, count, price_size
from dashboard.words.numbers.figures import figure, in_per_cent
from dashboard.words.numbers.intervals import ends
from dashboard.words.numbers.objective_units import unit_words
from dashboard.words.phrases import CHANCE
from metrics import Objective, Unit
from metrics.errors import counted
from metrics.inference.comparison.paired_difference import Chance
from metrics.inference.inspection_gain import InspectionGain
from metrics.scenario.inspection import DAYS
from metrics.scenario.scenario import Scenario

INSPECTION = "Inspection"
"""Title of what inspection adds."""


def effect_words(point: Mapping[str, float]) -> str:
    """Effect of an operating point in a sentence: ``Catches 95% of defects.``, for example."""
    share, recall = point["share_flagged"], point["recall"]
    if share == 0:
        return "Stops no unit and catches no defect."
    if share == 1:
        return "Catches all defects, as it stops every unit."
    caught = "all" if recall == 1 else f"{in_per_cent(recall)} of"
    return f"Catches {caught} defects."


def inspected_words(inspected: float, rejected: float, units: float, scenario: Scenario) -> str:
    """Shares of shipped, inspected and rejected units, and the number of inspectors.

    Parameters
    ----------
    units : float
        Number of inspected units, in the units of the scenario.
    """
    a_day = "" if scenario.units_per_year is None else f" ({count(units / DAYS)} a day)"
    people = scenario.inspectors(units)
    who = "an inspector" if people is None else f"about {counted(people, 'inspector')}"
    return (
        f"Ships {in_per_cent(1 - inspected - rejected)}, sends {in_per_cent(inspected)} to "
        f"{who}{a_day}, rejects {in_per_cent(rejected)}."
    )


def at_work_words(hours_a_week: float | None, utilisation: float | None) -> str:
    """Hours and load of inspectors: ``80 hours a week, busy 80% of the time``."""
    busy = "" if utilisation is None else f", busy {100 * utilisation:.6g}% of the time"
    if hours_a_week is None:
        return f"every hour of the year{busy}"
    return f"{hours_a_week:,.6g} hours a week{busy}"


def gain_words(selection: Selection) -> tuple[str, str]:
    """Source of a gain and its size: ``("Inspection", "adds EUR 88 k a year, clear")``.

    The gain is of the selected point. If another band is clearly better, its gain follows.
    """
    analysis = selection.analysis
    gain, shown = gain_of(analysis), shown_gain(selection)
    if shown < gain.value and _adds(analysis, shown) != _adds(analysis, gain.value):
        return (
            "This band",
            f"{_adds(analysis, shown)}, the best {_adds(analysis, gain.value, bare=True)}",
        )
    sure = "" if gain.chance is Chance.UNKNOWN else f", {CHANCE[gain.chance]}"
    return INSPECTION, f"{_adds(analysis, gain.value)}{sure}"


def _adds(analysis: Analysis, value: float, *, bare: bool = False) -> str:
    """Words for a gain: ``adds EUR 88 k a year``, or ``saves 1,200 false alarms a year``.

    With ``bare``, a gain that is not negative has no verb and no unit, since it follows another gain.
    """
    o, scenario = _gained(analysis.scenario), analysis.scenario
    size = figure(o, abs(value), scenario)
    if bare and value >= 0:
        return size
    verbs = ("adds", "loses") if o.unit is Unit.MONEY else ("saves", "costs")
    return f"{verbs[value < 0]} {size} {unit_words(o, scenario)}".rstrip()


def price_words(o: Objective, price: float, scenario: Scenario) -> str:
    """Price of an inspection: ``EUR 0.71``, or ``0.4 false alarms``."""
    digits = price_size(price)
    if o.unit is Unit.MONEY:
        return f"{before_amount(scenario.currency)}{digits}"
    return f"{digits} false alarms"


def inspection_finding(worth: Worth, scenario: Scenario) -> str:
    """Sentence about the price up to which the best band pays off."""
    if not worth.break_even.value > 0:
        return "Inspecting gains nothing at any price."
    now = price_words(worth.objective, worth.price, scenario)
    most = _up_to(worth.objective, worth.break_even, scenario)
    return f"Inspecting pays while it costs less than {most}; now {now}."


def _up_to(o: Objective, price: BreakEvenPrice, scenario: Scenario) -> str:
    """Price of an inspection, with its range for the worst and the best inspectors."""
    stated = price_words(o, price.value, scenario)
    if price.between is None:
        return stated
    low, high = (price_words(o, end, scenario) for end in price.between)
    return f"{stated} ({low} to {high}, by how well people inspect)"


def gain_sentence(analysis: Analysis, gain: InspectionGain) -> str:
    """Sentence about the gain of the best band, and its uncertainty; empty if it is unknown or 0."""
    # A gain of 0 has no sentence, since the finding already describes it.
    if math.isnan(gain.value) or _adds(analysis, abs(gain.value)) == _adds(analysis, 0):
        return ""
    adds = f"After paying for it, the best band {_adds(analysis, gain.value)}"
    return f"{adds} over the best single threshold{_sure(analysis, gain)}."


def _sure(analysis: Analysis, gain: InspectionGain) -> str:
    """Range of a gain on new data, and whether it may be chance: `` (1 to 2 on new data, clear)``."""
    o = _gained(analysis.scenario)
    if gain.chance is Chance.UNKNOWN:
        return " in this file"
    between = ends(o, gain.value, gain.low, gain.high, analysis.scenario)
    where = f"{between} on new data, " if between else ""
    return f" ({where}{CHANCE[gain.chance]})"


def hourly_words(scenario: Scenario) -> str:
    """Sentence about the price of an inspector's hour."""
    price = f"{before_amount(scenario.currency)}{price_size(hourly_price(scenario))}"
    return f"That is {price} per inspector hour."


INSPECTION_DETAILS = (
    "Ranges are of new data: model and thresholds chosen on half of the rows, counted on the other, both "
    "ways, ignoring limits. A figure of this file may lie outside its range, since what was chosen on the "
    "same rows looks better on them."
)
"""Explanation of the gain of inspection."""


def _gained(scenario: Scenario) -> Objective:
    """Objective of a gain, whose figures are written without a sign."""
    return replace(gain_objective(scenario), signed=False)
