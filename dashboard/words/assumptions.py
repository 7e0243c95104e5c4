"""Words for the assumptions of a scenario: chips, help of the inputs, and the foot of a presentation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.counts import dataset_counts
from dashboard.analysis.limits import proposed_without_limits
from dashboard.analysis.undefined_objectives import needs_prices
from dashboard.words.evidence.transfer import NOT_JUDGED
from dashboard.words.limits.limit_names import limit_noun
from dashboard.words.limits.limits_status import PERCENT_TARGET, limit_line_words
from dashboard.words.names import Names, current_title
from dashboard.words.numbers.amounts import (
    before_amount,
    count,
    entered,
    money,
    number,
    price_size,
    rate_words,
)
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import (
    capital,
    figure_with_unit,
    joined,
    requests_alignment,
    weight_words,
)
from dashboard.words.target_risk import percent_of_words
from metrics import OBJECTIVES, Bound, Evaluation, Objective, Scenario, Unit
from metrics.evaluation.objective import NO_CHECKS
from metrics.scenario.inspection import DAYS

HELP = {
    "miss_cost": "What a defect that reaches a customer is worth, counted in good units rejected.",
    "miss_weight": "Above 1, misses count more than the money they cost, such as for reputation or safety.",
    "units_per_year": "Left empty, counts and money are those of the file.",
    "defect_rate": "Test sets are often enriched with defects. Given the real rate, every figure is "
    "re-weighted.",
    "limit_add": "It binds nothing until you type its value.",
    "serving_requests_per_hour": "Units that the workers must be able to score in an hour.",
    "serving_utilisation": "Share of a worker’s time that goes into scoring.",
    "serving_price_per_worker_hour": "Given here, it is the price of every model’s worker.",
    "serving_time": "From input to score, one unit after the other on one worker.",
    **dict.fromkeys(
        ("inspection_price", "inspection_false_alarms"),
        "Doubtful units go to a person once this is known. Left empty, a model decides alone.",
    ),
    "inspection_units_a_day": "On average over the days of a year, worked or not.",
    "inspection_utilisation": "Share of an inspector’s time that goes into inspecting.",
    "inspection_hours_a_week": "Inspectors are there in these hours.",
    **dict.fromkeys(
        [f"inspection_{rate}_{end}" for rate in ("catches", "rejects") for end in ("low", "high")],
        "Inspectors are measured, too: the range is in every interval. Left empty, the rate is certain.",
    ),
}
"""Help text of each input, by its key."""
NOT_ENTERED = "Until it is entered, figures are against no checks: all is shipped."
"""Note on a current system that was not entered."""
GUESSED = "A guess: its cheapest threshold. Which one is in use?"
"""Note on a threshold of the current system that was filled in."""
NO_UNITS_A_YEAR = "Without units a year nothing is known of a day."
"""Note on a limit of inspections a day."""
HOW_INSPECTED = (
    "Between two thresholds a person looks at the unit; below it ships, above it is rejected."
)
"""Note below the thresholds of the inspection."""

APPLY = "Apply"
"""Button of the forms of the prices and of the current system."""
EARNED, LOST = "earned", "lost"
"""Sign of a price."""
NO_TARGET = "empty: none"
"""Placeholder of the target."""
MISSING_PRICES = "Nothing was changed: fill in all four prices (0 is allowed)."
CHEAPEST = "empty: its cheapest"
"""Placeholder of the current system's threshold."""


def removed_limit_words(o: Objective) -> str:
    """Reason why the limit on an objective was removed when prices were entered."""
    return f"The limit on {o.label} was removed: at these prices a false alarm costs nothing."


def volume_words(scenario: Scenario) -> str:
    """Number of units a year, or in the file, that the figures are computed for."""
    units = scenario.units_per_year
    return "units of this file" if units is None else f"{count(units)} units a year"


def defect_rate_words(evaluation: Evaluation) -> str:
    """Defect rate of the scenario, or of the file if none was entered."""
    rate = evaluation.scenario.defect_rate
    if rate is not None:
        return f"{rate_words(rate)} defects"
    mass = evaluation.tally.class_mass
    return f"{rate_words(float(mass[1] / mass.sum()))} defects in file"


def miss_chip_words(analysis: Analysis, *, is_default: bool) -> str:
    """Price of a miss: ``miss = €78.8 = 5 alarms``, or ``miss = 5 alarms (default)``."""
    alarms = f"{miss_prices_words(analysis)} alarms"
    if price := miss_money(analysis.scenario):
        return f"miss = {price} = {alarms}{weight_words(analysis.scenario)}"
    return f"miss = {alarms}{' (default)' if is_default else ''}"


def miss_money(scenario: Scenario) -> str:
    """Loss of shipping a defect instead of rejecting it; empty unless the payoffs imply a miss’s price."""
    if math.isnan(scenario.implied_miss_cost) or scenario.miss_cost_by_type:
        return ""
    return money(scenario.implied_miss_cost * scenario.false_alarm_costs, scenario.currency)


def miss_price_note(scenario: Scenario) -> str:
    """Price of a miss as a difference: ``€57: a shipped defect at −€60 against a rejected one at −€3``.

    Empty unless both payoffs are entered.
    """
    payoffs, currency = scenario.payoffs, scenario.currency
    is_simple = math.isnan(payoffs.miss_cost) or not payoffs.reject_defect
    if payoffs.ship_defect is None or is_simple or scenario.miss_cost_by_type:
        return ""
    price = money(payoffs.reject_defect - payoffs.ship_defect, currency)
    shipped, rejected = money(payoffs.ship_defect, currency), money(payoffs.reject_defect, currency)
    return f"A miss costs {price}: a shipped defect {shipped} against a rejected one {rejected}."


def miss_prices_words(analysis: Analysis) -> str:
    """Price of a miss in false alarms, or the range of the prices of the kinds of defect."""
    by_type = analysis.scenario.miss_cost_by_type
    if not by_type:
        return entered(analysis.scenario.miss_cost / analysis.scenario.miss_weight)
    kinds = dataset_counts.kinds(analysis.dataset)
    prices = [by_type.get(kind, analysis.scenario.miss_cost) for kind in kinds]
    low, high = min(prices, default=math.nan), max(prices, default=math.nan)
    return price_size(low) if low == high else f"{price_size(low)} to {price_size(high)}"


def prices_words(scenario: Scenario) -> str:
    """Price of a good unit; a warning if a shipped defect earns more; ``no prices`` without payoffs."""
    odd = odd_price(scenario)
    if scenario.payoff is None:
        return "no prices"
    if odd:
        return f"a shipped defect earns {odd}, more than a good unit"
    return f"good unit {money(scenario.payoffs.ship_good, scenario.currency)}"


def odd_price(scenario: Scenario) -> str:
    """Price of a shipped defect if it earns more than a good unit; empty otherwise.

    Such a price is usually a cost that was entered without its sign.
    """
    payoffs, earned = scenario.payoffs, scenario.payoffs.ship_defect
    if earned is None or earned <= payoffs.ship_good:
        return ""
    return money(earned, scenario.currency)


def current_chip_words(analysis: Analysis, name: str, *, is_guessed: bool) -> str:
    """The current system, and whether its threshold is a guess."""
    if analysis.scenario.today is None:
        return f"today: {'not entered' if analysis.is_current_unspecified else NO_CHECKS}"
    return f"today: {name}{', a guess' if is_guessed else ''}"


def limits_words(analysis: Analysis, undefined: Sequence[Bound]) -> str:
    """A single limit by name, or the number of limits. Undefined limits count too."""
    scenario = analysis.scenario
    words = [_limits_in_short(analysis.limits, scenario)] if analysis.limits else []
    if undefined:
        words.append(f"{_limits_in_short(undefined, scenario)} undefined")
    return ", ".join(words) or "no limits"


def _limits_in_short(limits: Sequence[Bound], scenario: Scenario) -> str:
    return f"{len(limits)} limits" if len(limits) > 1 else limit_line_words(limits[0], scenario)


def moved_by_limits_words(analysis: Analysis, names: Names) -> str:
    """Sentence about how the limits move the proposed point, with the figures before and after.

    Empty if they do not move it.
    """
    before, after = proposed_without_limits(analysis), analysis.proposed
    if before is None:
        return ""
    noun = limit_noun(analysis.limits)
    worth = "cost_of_errors" if analysis.scenario.payoff is None else "revenue"
    moves = f"The {noun} move{'' if noun.endswith('s') else 's'} the proposal"
    changes = [
        f"{o.label} {figure(o, before.figures[o.id], analysis.scenario)} → "
        f"{figure(o, after.figures[o.id], analysis.scenario)}"
        for o in map(analysis.objectives.__getitem__, ("missed_defects", "false_alarms", worth))
    ]
    start, end = (names.point(analysis.evaluation, point) for point in (before, after))
    return f"{moves} from {start} to {end}: {', '.join(changes)}."


def load_chip_words(scenario: Scenario) -> str:
    """Requests an hour, or how far they differ from the units a year.

    Empty if unknown, and if the units a year imply them.
    """
    serving = scenario.serving
    if serving is None or serving.requests_per_hour is None:
        return ""
    alignment = requests_alignment(scenario)
    if alignment is not None:
        return alignment[0]
    is_implied = scenario.units_per_year is not None
    return "" if is_implied else f"{count(serving.requests_per_hour)} requests/hour"


def inspection_chip_words(scenario: Scenario) -> str:
    """Price and limit of inspections; empty without inspectors."""
    inspection = scenario.inspection
    if inspection is None:
        return ""
    limited = inspection.units_a_day is not None and scenario.units_per_year is not None
    most = f", at most {count(inspection.units_a_day or 0)} a day" if limited else ""
    if inspection.price is not None:
        price = f"{before_amount(scenario.currency)}{price_size(inspection.price)}"
        return f"inspection {price}{most}"
    assert inspection.false_alarms is not None
    return f"inspection {price_size(inspection.false_alarms)} alarms{most}"


def models_chip_words(analysis: Analysis) -> str:
    """Number of models that are shown if some are hidden."""
    shown, total = len(analysis.models), len(analysis.dataset.scores.models)
    return "More" if shown == total else f"{shown} of {total} models"


def presented_words(analysis: Analysis, current: str, undefined: Sequence[Bound]) -> str:
    """Assumptions in one line, for the foot of a presentation."""
    words = (
        volume_words(analysis.scenario),
        defect_rate_words(analysis.evaluation),
        f"a miss = {miss_prices_words(analysis)} false alarms{weight_words(analysis.scenario)}",
        "" if analysis.scenario.payoff is None else prices_words(analysis.scenario),
        current,
        limits_words(analysis, undefined) if analysis.limits or undefined else "",
        inspection_chip_words(analysis.scenario),
    )
    return f"Assuming {' · '.join(filter(None, words))}"


def file_rate_words(observed: float, *, is_used: bool) -> str:
    """Sentence about the defect rate of the file, with a question if the figures use it."""
    return f"The file has {rate_words(observed)} defects{': is it so in production?' if is_used else '.'}"


def odd_price_question(scenario: Scenario) -> str:
    """Question about a shipped defect that earns more than a good unit; empty otherwise."""
    if not odd_price(scenario):
        return ""
    return f"{capital(prices_words(scenario))}. Is that a cost?"


def printed_words(hidden: Sequence[str], names: Names, *, is_judged_elsewhere: bool) -> list[str]:
    """Sentences for a print: hidden models, and whether other data was used."""
    return [
        *([f"Left out: {joined(list(map(names.model, hidden)))}."] if hidden else []),
        *([] if is_judged_elsewhere else [f"{NOT_JUDGED}."]),
    ]


def limit_help(analysis: Analysis, o: Objective, value: float | None) -> str:
    """Help for the value of a limit, or of a target that is not set."""
    about = f"{capital(percent_of_words(analysis))}. " if o.id == PERCENT_TARGET else ""
    if needs_prices(o, analysis.scenario) and o.id != PERCENT_TARGET:
        cost = OBJECTIVES["cost_of_errors"]
        words = figure_with_unit(cost, analysis.current.figures[cost.id], analysis.scenario)
        about = f"The errors of {current_title(analysis.scenario)} cost {words}. "
    if value is None:
        return f"{about}A {limit_noun([Bound(o, 0.0)])} that binds every choice."
    return (
        f"{about}{_limit_a_day(Bound(o, value), analysis.scenario)}Clear it to take the limit away."
    )


def _limit_a_day(bound: Bound, scenario: Scenario) -> str:
    """Limit on a count a year, in counts on an average day; empty for any other limit."""
    if bound.objective.unit is not Unit.COUNT or scenario.units_per_year is None:
        return ""
    return f"That is {number(bound.value / DAYS, 0 if bound.value >= 10 * DAYS else 1)} a day. "
