"""Phrases for parts of sentences: chance, counts, lists, ranks, and figures with their units."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.words.numbers.amounts import digits, number, price_size
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.objective_units import unit_noun, unit_period
from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import Extreme, Objective, Unit
from metrics.inference.comparison.paired_difference import Chance, PairedDifference
from metrics.scenario.scenario import Scenario

CHECKING = "checking"
"""Word in place of a finding that is not computed yet."""
FLAGGING = {
    Extreme.FLAG_EVERYTHING: "flagging everything",
    Extreme.FLAG_NOTHING: "flagging nothing",
}
"""Words for a point that rejects every unit, or none."""
WORDS = "no one two three four five six seven eight nine ten".split()
MOST_APART = 2.0
"""Largest ratio of requests to units, or of units to requests, that raises no question."""


def payoff_alignment(evaluation: Evaluation) -> str | None:
    """Sentence if the payoffs imply no cost of a miss, or one unlike that of the kinds; `None` otherwise.

    Notes
    -----
    Costs within 5% of each other agree.
    """
    if evaluation.scenario.payoff is None:
        return None  # revenue and cost have the same prices
    implied, entered = evaluation.scenario.payoffs.miss_cost, evaluation.miss_cost
    if math.isnan(implied):
        return (
            "Your prices put no price on a miss: flagging a defect must earn more than shipping it, "
            "and shipping a good unit more than flagging it."
        )
    is_by_kind = bool(evaluation.scenario.miss_cost_by_type)
    if not is_by_kind or math.isclose(implied, entered, rel_tol=0.05):
        return None
    prices = [price_size(price) for price in (implied, entered)]
    return f"Your prices imply {prices[0]}, those by kind are {prices[1]} on average."


def weighed_words(scenario: Scenario) -> str:
    """Weight of misses beyond their cost in money: ``weighed × 2``; empty for a weight of 1.

    Prices by kind of defect are not weighed.
    """
    weight = scenario.miss_weight
    return "" if weight == 1 or scenario.miss_cost_by_type else f"weighed × {price_size(weight)}"


def weight_words(scenario: Scenario) -> str:
    """Weight of misses behind their price: ``, weighed × 2``; empty for a weight of 1."""
    weighed = weighed_words(scenario)
    return f", {weighed}" if weighed else ""


def requests_alignment(scenario: Scenario) -> tuple[str, str] | None:
    """Number of requests for each unit, and a question about it; `None` if the number is about one."""
    requests = scenario.requests_per_unit
    if not requests > MOST_APART and not requests < 1 / MOST_APART:  # False for NaN, too.
        return None
    if requests > 1:
        times = digits(requests)
        ratio = f"{times} requests for each unit"
        return ratio, f"{ratio} made: is that meant?"
    times = digits(1 / requests)
    ratio = f"one request for {times} units"
    return ratio, f"{capital(ratio)} made: is that meant?"


def joined(parts: Sequence[str], word: str = "and") -> str:
    """Join parts as a list: ``a, b and c``."""
    *head, last = parts
    return f"{', '.join(head)} {word} {last}" if head else last


def first_of(names: Sequence[str], most: int) -> str:
    """The first names, and the number of the others: ``a, b and 1,234 more``."""
    others = len(names) - most
    return ", ".join(names[:most]) + (f" and {number(others)} more" if others > 0 else "")


def some(names: Sequence[str], what: str, *, word: str = "and") -> str:
    """Join names, with the number of others if there are more than three: ``a, b and 4 other models``."""
    if len(names) <= 3:
        return joined(names, word)
    return joined([*names[:2], f"{len(names) - 2} other {what}"], word)


def all_of(count: int, one: str) -> str:
    """Words for all things of a kind: ``both limits``, ``all three limits``; for one, ``the limit``."""
    if count == 1:
        return f"the {one}"
    return f"{'both' if count == 2 else f'all {in_words(count)}'} {one}s"


def in_words(count: int) -> str:
    """A small count in letters."""
    return WORDS[count] if count < len(WORDS) else number(count)


def place_words(first: int, last: int) -> str:
    """A place in a ranking, or a range of places: ``1st``, ``1st to 4th``."""
    return ordinal(first) if first == last else f"{ordinal(first)} to {ordinal(last)}"


def ordinal(place: int) -> str:
    """A place in a ranking: ``1st``, ``2nd``, ``11th``."""
    teens = 10 <= place % 100 <= 20
    return f"{place}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"


def capital(text: str) -> str:
    """Capitalise the first letter, for the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def figure_with_unit(
    objective: Objective, value: float, scenario: Scenario, *, in_file: bool = True
) -> str:
    """A figure with its unit: ``+EUR 1.21 m a year``.

    Parameters
    ----------
    in_file : bool
        Whether to add "in this file" to counts that are not a year's.
    """
    text = figure(objective, value, scenario)
    if not math.isfinite(value):
        return text
    noun = unit_noun(objective, scenario, one=text in ("1", "+1"))
    is_yearly = scenario.units_per_year is not None or objective.unit is Unit.MONEY_A_YEAR
    period = unit_period(objective, scenario) if in_file or is_yearly else ""
    return " ".join(filter(None, [text, noun, period]))


MAY_BE_CHANCE = "may be chance"
CHANCE = {Chance.CLEAR: "clear", Chance.POSSIBLE: MAY_BE_CHANCE, Chance.UNKNOWN: "unknown"}
"""Words on whether a difference may be chance."""
OF_SIMULATIONS = "How sure, % of simulations"
"""Head of a column of `chance_words`."""


def chance_words(gap: PairedDifference) -> str:
    """Whether a gap may be chance, and in what per cent of simulations the first is better or worse.

    The head `OF_SIMULATIONS` explains the number.
    """
    if math.isnan(gap.better):
        return CHANCE[gap.chance]
    better = round(100 * gap.better)
    often = f"better in {better}" if better >= 50 else f"worse in {100 - better}"
    return f"{CHANCE[gap.chance]}: {often}"
