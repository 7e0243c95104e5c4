"""Words of the table of other prices of a miss: each price, and the cheapest point at it."""

from __future__ import annotations

import math

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.other_miss_costs import CheapestAt, Earned
from dashboard.words.assumptions import miss_money
from dashboard.words.limits.certainty import doubt_words
from dashboard.words.limits.limit_names import TARGET, limit_noun, misses_words
from dashboard.words.names import current_title, loss_words
from dashboard.words.numbers.amounts import money, price_size
from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, Scenario
from metrics.evaluation.objective import NO_CHECKS
from metrics.inference.certainty import Certainty


def revenue_at_price(scenario: Scenario, at: CheapestAt) -> tuple[str, list[str]]:
    """Revenue of the cheapest point at a price; then lines for the current system and the selected point."""
    currency = scenario.currency

    def written(earned: Earned) -> str:
        o, gain = OBJECTIVES["revenue_impact_percent"], earned.percent
        if math.isnan(gain):  # the current system earns nothing, or makes a loss
            o, gain = OBJECTIVES["revenue_impact"], earned.revenue - at.current_revenue
        gained = "" if math.isnan(gain) else f" ({figure(o, gain, scenario)})"
        return f"{money(earned.revenue, currency)}{gained}"

    below = [f"{current_title(scenario)} {money(at.current_revenue, currency)}"]
    if at.selected is not None:
        below.append(f"chosen point: {written(at.selected)}")
    return "" if at.earned is None else written(at.earned), below


def cost_at_price(scenario: Scenario, at: CheapestAt) -> tuple[str, list[str]]:
    """Cost of errors of the cheapest point at a price; then lines for the other two points."""
    cost, current, selected = (
        "" if math.isnan(value) else figure(OBJECTIVES["cost_of_errors"], value, scenario)
        for value in (at.cost, at.current_cost, at.selected_cost)
    )
    below = [f"{current_title(scenario)} {current}" if current else ""]
    return cost, [*below, f"chosen point: {selected}" if selected else ""]


def price_head(scenario: Scenario) -> str:
    """Heading of prices of a miss, which are in money if the payoffs imply them."""
    if miss_money(scenario):
        return "A miss costs"
    return f"Alarms a miss{', on average' if scenario.miss_cost_by_type else ''}"


def price_of_miss(scenario: Scenario, price: float) -> tuple[str, list[str]]:
    """A price of a miss in false alarms; with payoffs in money, and below in false alarms."""
    alarms = price / scenario.miss_weight
    if not miss_money(scenario):
        return price_size(alarms), []
    return money(alarms * scenario.false_alarm_costs, scenario.currency), [
        f"{price_size(alarms)} alarms"
    ]


def current_hurt_more_words(scenario: Scenario) -> str:
    """Sentence on why the gain rises with the price of a miss while the revenue falls."""
    is_unspecified = scenario.today is None
    current = f"revenue with {NO_CHECKS}" if is_unspecified else "today’s revenue"
    return f"With dearer misses {current} falls even more."


def limits_at_price_words(analysis: Analysis, at: CheapestAt) -> list[str]:
    """Remarks on the cheapest point at a price of a miss: limits that are undefined there, missed or unsure.

    For example ``target undefined: today makes a loss``, or ``target uncertain, met in 61%``.
    """
    remarks = []
    if at.is_undefined:
        loss = f": {current_title(analysis.scenario)} {loss_words(analysis.scenario, at.current_revenue)}"
        remarks.append(f"{TARGET} undefined{'' if math.isnan(at.current_revenue) else loss}")
    if not at.meets_limits:
        remarks.append(misses_words(analysis.limits))
    elif at.is_certified:
        remarks.append(f"{limit_noun(analysis.limits)} {Certainty.CERTIFIED}")
    elif not at.missed.is_unknown:
        remarks.append(f"{limit_noun(analysis.limits)} {doubt_words(at.missed)}")
    return remarks
