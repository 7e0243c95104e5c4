"""Words for alternatives to the selected point: compromises, other models, half of a figure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.alternatives import (
    ALARMS,
    AlarmPrice,
    Change,
    CheapestModel,
    Exchange,
    Halving,
    OtherModel,
)
from dashboard.analysis.limits import meets_limits
from dashboard.analysis.selection import Selection
from dashboard.words.decide.cards import current_words
from dashboard.words.limit_names import limit_noun, misses_words, within_noun
from dashboard.words.limits import limit_at_words
from dashboard.words.names import STAKEHOLDER_TITLES, Names, current_title, threshold_of
from dashboard.words.numbers.amounts import entered, number, price_size
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.gaps import CHANCE, worse_by, written_gap
from dashboard.words.numbers.intervals import gap_ends
from dashboard.words.numbers.units import is_money
from dashboard.words.phrases import capital, some
from metrics import Objective, Scenario, Unit
from metrics.errors import counted
from metrics.inference.comparison import Chance

FAIR = "Fair option"
"""Name of the first compromise."""
COMPROMISE_NAMES = {
    "smallest largest regret": FAIR,
    "knee of the front": "Best balance",
    "Nash bargaining solution": "Best for all three together",
}
"""Name of a compromise by its method."""


@dataclass(frozen=True)
class FairOptionWords:
    """Words for the fair option instead of the selected point.

    Attributes
    ----------
    model : str
        Name of its model; empty if it is the selected model.
    threshold : str
        Its threshold; empty if inspectors review a range of scores.
    gains, losses : tuple of str
        Changes for the better and for the worse: ``40 fewer missed defects (clear)``. If there is no gain and
        the model is the same, ``gains`` is the name of the point.
    alarms : str
        Increase of the false alarms if no stakeholder has them as objective; otherwise empty.
    worse : tuple of str
        Figures that are worse than those of the current system: ``4,380 more missed defects than today``.
    """

    model: str
    threshold: str
    gains: tuple[str, ...]
    losses: tuple[str, ...]
    alarms: str
    worse: tuple[str, ...]


def fair_option_words(selection: Selection, names: Names, fair: Exchange) -> FairOptionWords:
    """Words for the fair option."""
    analysis, point = selection.analysis, fair.point
    model = "" if point.model == selection.point.model else names.model(str(point.model))
    is_band = analysis.inspected_from(point.model, point.threshold, point.lower) is not None
    wanted = [s.objective for s in analysis.stakeholders]
    wanted_changes = {c.objective: c for c in fair.changes if c.objective in wanted}.values()
    alarms = [c for c in fair.changes if c.objective not in wanted][:1]
    gains = _judged_changes(wanted_changes, analysis.scenario, worse=False)
    place = () if model else (names.point(analysis, point),)
    return FairOptionWords(
        model,
        "" if is_band else threshold_of(analysis.figures, str(point.model), point.threshold),
        gains or place,
        _judged_changes(wanted_changes, analysis.scenario, worse=True),
        "".join(_judged_changes(alarms, analysis.scenario, worse=True)),
        tuple(filter(None, (_worse_than_current(analysis, change) for change in wanted_changes))),
    )


def _judged_changes(
    changes: Iterable[Change], scenario: Scenario, *, worse: bool
) -> tuple[str, ...]:
    """Changes for the better or for the worse, each with whether it may be chance."""
    words = []
    for change in changes:
        is_worse = worse_by(change.objective, change.other, change.selected) > 0
        text = change_words(change.objective, change.other, change.selected, scenario)
        if text and is_worse is worse:
            is_known = change.chance is not Chance.UNKNOWN
            words.append(f"{text} ({CHANCE[change.chance]})" if is_known else text)
    return tuple(words)


def change_words(o: Objective, value: float, reference: float, scenario: Scenario) -> str:
    """Change of a figure: ``€0.81 m less revenue``; empty if both read the same."""
    change = written_gap(o, value, reference, scenario)
    if change.is_same or not change.is_defined:
        return ""
    if o.unit is Unit.FALSE_ALARMS:
        return f"{change.words()} {o.change_of}" if o.change_of else f"{o.label} {change.words()}"
    if not change.is_on_scale:
        return change.words(one=True)
    if not is_money(o.unit, scenario):
        return f"{o.label} {change.measure} {'higher' if change.is_more else 'lower'}"
    return f"{change.measure} {'more' if change.is_more else 'less'} {o.change_of or o.label}"


def _worse_than_current(analysis: Analysis, change: Change) -> str:
    o, value = change.objective, change.other
    current = analysis.current.figures[o.id]
    difference = written_gap(o, value, current, analysis.scenario)
    if difference.is_same or not worse_by(o, value, current) > 0:
        return ""
    return difference.than(current_title(analysis))


@dataclass(frozen=True)
class ChangeRow:
    """Row of the table of an exchange.

    Attributes
    ----------
    title, label : str
        Stakeholder and objective. For the false alarms, their name and what they are paid for.
    selected, other : str
        Figure at the selected point, and at the other.
    size : str
        Change, and whether it may be chance. If it may be chance, the 95% interval follows.
    current : str
        Figure of the current system. Empty if the selected point has the same figure, and for a change from
        the current system.
    """

    title: str
    label: str
    selected: str
    other: str
    size: str
    current: str


def exchange_rows(
    selection: Selection, exchange: Exchange, *, is_default: bool = False
) -> tuple[ChangeRow, ...]:
    """Rows of the table of an exchange.

    Parameters
    ----------
    is_default : bool
        Whether nobody entered the price of a miss.
    """
    price = exchange.alarm_price
    paid_for = _paid_for(selection.analysis, price, is_default=is_default)
    labels = (
        paid_for
        if change.stakeholder is None
        else f"{change.objective.label}. {paid_for}"
        if change.objective is ALARMS and price is not None
        else change.objective.label
        for change in exchange.changes
    )
    labelled = zip(exchange.changes, labels, strict=True)
    return tuple(_change_row(selection, change, label) for change, label in labelled)


def exchange_limits_words(selection: Selection, exchange: Exchange) -> str:
    """Sentences about the limits at the other point, broken limits first; empty without limits."""
    point, limits = exchange.point, selection.analysis.limits
    ordered = sorted(limits, key=lambda b: b.is_met(point.figures.get(b.objective.id, math.nan)))
    return " ".join(limit_at_words(selection, bound, point) for bound in ordered)


def _change_row(selection: Selection, change: Change, label: str) -> ChangeRow:
    analysis, o = selection.analysis, change.objective
    scenario, s = analysis.scenario, change.stakeholder
    size = written_gap(o, change.other, change.selected, scenario).words(noun=False)
    if change.gap is not None and change.chance is not Chance.UNKNOWN:
        size += f", {CHANCE[change.chance]}"
        ends = gap_ends(change.gap, scenario, change.other, change.selected)
        if change.chance is Chance.POSSIBLE and ends:
            size += f": {ends}"
    has_current = not (
        o.is_against_today
        or analysis.is_current(selection.point)
        or math.isnan(analysis.current.figures[o.id])
    )
    return ChangeRow(
        capital(o.label) if s is None else STAKEHOLDER_TITLES[s.name],
        label,
        figure(o, change.selected, scenario),
        figure(o, change.other, scenario),
        size,
        current_words(analysis, o) if has_current else "",
    )


def _paid_for(analysis: Analysis, price: AlarmPrice | None, *, is_default: bool) -> str:
    """Number of false alarms for each avoided miss, or the name of the figure that contains their cost."""
    scenario = analysis.scenario
    if price is not None:
        words = f"Each avoided miss costs {price_size(price.per_miss)} false alarms"
        if price.is_worth_it is None:
            return words
        hedge = f"; the balance {CHANCE[price.chance]}" if price.chance is Chance.POSSIBLE else ""
        most = f"{entered(scenario.miss_cost)}{' (default)' if is_default else ''}"
        return f"{words}; you accept up to {most}{hedge}"
    if scenario.payoff is None:
        return ""
    earned = (
        STAKEHOLDER_TITLES[s.name] for s in analysis.stakeholders if "payoff" in s.objective.reads
    )
    return next((f"their cost is in the {title.lower()}’s figure" for title in earned), "")


def halving_words(analysis: Analysis, halving: Halving) -> str:
    """Sentences about halving a figure, up to the name of the point that halves it if there is one."""
    o = halving.objective
    here = figure(o, halving.selected, analysis.scenario)
    if halving.selected == 0:
        return f"Nothing to halve: {here} {o.label} in this file."
    if halving.exchange is None:
        return f"No threshold of any model halves the chosen {here} {o.label}."
    return f"The cheapest way to halve the chosen {here} in this file: "


def half_of_current_words(analysis: Analysis, names: Names, halving: Halving) -> str:
    """Sentence about the cheapest point with half of the current figure; empty if there is none."""
    if halving.half_of_current is None:
        return ""
    point, price = halving.half_of_current.point, halving.half_of_current.alarm_price
    scenario = analysis.scenario
    others = (s.objective for s in analysis.stakeholders if s.objective is not halving.objective)
    facts = [names.point(analysis, point)]
    facts += [
        f"{o.label} {figure(o, point.figures[o.id], scenario)}" for o in others if not o.of_model
    ]
    if price is not None:
        facts.append(f"each avoided miss costs {price_size(price.per_miss)} false alarms")
    if not meets_limits(analysis, point):
        facts.append(misses_words(analysis))
    return f"Half of {current_words(analysis, halving.objective)} in this file: {', '.join(facts)}"


def cheapest_words(models: int = 1, weight: str = "") -> str:
    """Heading of the point with the lowest cost of errors: ``Lowest error cost of 11 models``."""
    among = f" of {number(models)} models" if models > 1 else ""
    return f"Lowest error cost{among}{weight}"


def cheapest_model_words(names: Names, cheapest: CheapestModel) -> tuple[str, str]:
    """Name of the cheapest model, and whether its lead may be chance."""
    if cheapest.tied:
        return f"Cheapest model: {some(_tied(names, cheapest), 'models')}", "tie"
    return (
        f"{names.model(str(cheapest.point.model))} is cheaper than {rivals_words(names, cheapest)}:",
        CHANCE[cheapest.chance],
    )


def rivals_words(names: Names, cheapest: CheapestModel) -> str:
    """Models that could be the cheapest, or the next one: ``a and b``."""
    return some(list(map(names.model, cheapest.rivals)), "models")


def selected_is_cheapest_words(names: Names, cheapest: CheapestModel) -> tuple[str, str]:
    """Models that tie with the selected point, which is the cheapest, and whether that may be chance."""
    if cheapest.tied:
        return f"with {some(_tied(names, cheapest)[1:], 'models')}:", "tie"
    return "", CHANCE[cheapest.chance]


def cheapest_elsewhere_words(
    names: Names, cheapest: CheapestModel, heading: str, aside: str = ""
) -> tuple[str, str]:
    """Cheapest model if another point is selected, and whether its lead may be chance.

    Parameters
    ----------
    heading : str
        From `cheapest_words`.
    aside : str
        Remark that limits are ignored; empty if they are not.
    """
    lowest = f"{capital(aside)}, {heading[:1].lower()}{heading[1:]}" if aside else heading
    if cheapest.tied:
        return f"{lowest}: {some(_tied(names, cheapest), 'models')}", "tie"
    return f"{lowest}: {names.model(str(cheapest.point.model))},", CHANCE[cheapest.chance]


def _tied(names: Names, cheapest: CheapestModel) -> list[str]:
    return [names.model(model) for model in (str(cheapest.point.model), *cheapest.tied)]


def other_models_words(
    analysis: Analysis, judged_by: Objective, others: Sequence[OtherModel]
) -> str:
    """Sentences about the thresholds of the other models, their order, and how many can meet the limits."""
    able = sum(other.meets_limits for other in others)
    within = f" {within_noun(analysis)}" if analysis.limits and able else ""
    words = f"Each at its cheapest threshold{within}, by {judged_by.superlative} {judged_by.label}."
    if not analysis.limits or able == len(others):
        return words
    count = f"{able} of {counted(len(others), 'other model')}" if able else "No other model"
    return f"{words} {count} can meet the {limit_noun(analysis)} in this file."
