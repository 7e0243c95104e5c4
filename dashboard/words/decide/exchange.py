"""Words for an exchange of the selected point for another: one that halves a figure, or the fair option."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.exchange import (
    ALARMS,
    AlarmPrice,
    Change,
    Exchange,
    alarms_per_miss,
)
from dashboard.analysis.decide.halving import Halving
from dashboard.analysis.limits import meets_limits
from dashboard.analysis.optimism import expectation
from dashboard.analysis.selection import Selection
from dashboard.words.decide.cards import current_figure_words
from dashboard.words.limits.limit_names import misses_words
from dashboard.words.limits.limits_status import limit_at_words
from dashboard.words.names import STAKEHOLDER_TITLES, Names, current_title
from dashboard.words.numbers.amounts import entered, price_size
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.gaps import worse_by, written_gap
from dashboard.words.numbers.intervals import gap_interval_ends
from dashboard.words.numbers.objective_units import is_money
from dashboard.words.phrases import CHANCE, capital, joined
from dashboard.words.resampling import expected_words
from metrics import Scenario, Unit
from metrics.inference.comparison.paired_difference import Chance


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
    selection: Selection, exchange: Exchange, *, is_default: bool
) -> tuple[ChangeRow, ...]:
    """Rows of the table of an exchange.

    Parameters
    ----------
    is_default : bool
        Whether the price of a miss is the default.
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
    ordered = sorted(limits, key=lambda bound: bound.is_met_at(point))
    return " ".join(limit_at_words(selection, bound, point) for bound in ordered)


def _change_row(selection: Selection, change: Change, label: str) -> ChangeRow:
    analysis, o = selection.analysis, change.objective
    scenario, s = analysis.scenario, change.stakeholder
    size = written_gap(o, change.other, change.selected, scenario).words(noun=False)
    if change.gap is not None and change.chance is not Chance.UNKNOWN:
        size += f", {CHANCE[change.chance]}"
        ends = gap_interval_ends(change.gap, scenario, change.other, change.selected)
        if change.chance is Chance.POSSIBLE and ends:
            size += f": {ends}"
    has_current = not (
        o.is_against_current
        or analysis.is_current(selection.point)
        or math.isnan(analysis.current.figures[o.id])
    )
    return ChangeRow(
        capital(o.label) if s is None else STAKEHOLDER_TITLES[s.name],
        label,
        figure(o, change.selected, scenario),
        figure(o, change.other, scenario),
        size,
        current_figure_words(analysis, o) if has_current else "",
    )


def _paid_for(analysis: Analysis, price: AlarmPrice | None, *, is_default: bool) -> str:
    """Number of false alarms for each avoided miss, or the name of the figure that contains their cost."""
    scenario = analysis.scenario
    if price is not None:
        words = f"Each avoided miss costs {price_size(price.per_miss)} false alarms"
        if price.is_worth_it is None:
            return words
        hedge = (
            f"; which is cheaper {CHANCE[price.chance]}" if price.chance is Chance.POSSIBLE else ""
        )
        most = f"{entered(scenario.miss_cost)}{' (default)' if is_default else ''}"
        return f"{words}; you accept up to {most}{hedge}"
    if scenario.payoff is None:
        return ""
    earned = (
        STAKEHOLDER_TITLES[s.name] for s in analysis.stakeholders if "payoff" in s.objective.reads
    )
    return next((f"their cost is in the {title.lower()}’s figure" for title in earned), "")


def halving_words(scenario: Scenario, halving: Halving) -> str:
    """Sentences about halving a figure, up to the name of the point that halves it if there is one."""
    o = halving.objective
    here = figure(o, halving.selected, scenario)
    if halving.selected == 0:
        return f"Nothing to halve: {here} {o.label} in this file."
    if halving.exchange is None:
        return f"No threshold of any model halves the chosen {here} {o.label}."
    return f"The cheapest way to halve the chosen {here}: "


def halving_remark(analysis: Analysis, halving: Halving) -> str:
    """Figure to expect on new data at the point that halves a figure; empty if it is not known."""
    if halving.exchange is None:
        return ""
    o, point = halving.objective, halving.exchange.point
    expected = expected_words(o, expectation(analysis, o, point), analysis.scenario)
    return f" (about {expected} on new data)" if expected else ""


def half_of_current_words(analysis: Analysis, names: Names, halving: Halving) -> str:
    """Sentence about the cheapest point with half of the current figure; empty if there is none."""
    half = f"Half of {current_figure_words(analysis, halving.objective)}"
    if halving.is_half_of_current:
        return f"{half} is already reached"
    if halving.half_of_current is None:
        return ""
    point, scenario = halving.half_of_current, analysis.scenario
    per_miss = alarms_per_miss(point, analysis.current)
    alarms = written_gap(
        ALARMS, point.figures[ALARMS.id], analysis.current.figures[ALARMS.id], scenario
    )
    others = (s.objective for s in analysis.stakeholders if s.objective is not halving.objective)
    facts = [names.point(analysis.evaluation, point)]
    facts += [
        f"{o.label} {figure(o, point.figures[o.id], scenario)}" for o in others if not o.of_model
    ]
    if alarms.is_defined:
        price = "" if math.isnan(per_miss) else f", {price_size(per_miss)} for each avoided miss"
        facts.append(f"{alarms.than(current_title(analysis.scenario))}{price}")
    if not meets_limits(analysis, point):
        facts.append(misses_words(analysis.limits))
    return f"{half}: {', '.join(facts)}"


def fair_option_words(analysis: Analysis, names: Names, fair: Exchange, model: str) -> str:
    """Changes at the fair option: ``svm, 40 fewer missed defects (clear) for 60 more false alarms (clear)``.

    False alarms that no stakeholder has as objective are named only if no stakeholder loses.

    Parameters
    ----------
    model : str
        Name of its model; empty if it is the selected model.
    """
    objectives = {s.objective for s in analysis.stakeholders}
    gains = [model] if model else []
    losses: list[str] = []
    alarms: list[str] = []
    for o, change in {change.objective: change for change in fair.changes}.items():
        is_worse = worse_by(o, change.other, change.selected) > 0
        if words := _fair_change(change, analysis.scenario):
            if o in objectives:
                (losses if is_worse else gains).append(words)
            elif is_worse:
                alarms.append(words)
    gained = ", ".join(gains) or names.point(analysis.evaluation, fair.point)
    lost = losses or alarms
    return f"{gained} for {joined(lost)}" if lost else gained


def _fair_change(change: Change, scenario: Scenario) -> str:
    """Change of a figure: ``€0.81 m less revenue (clear)``; empty if both figures read the same."""
    o = change.objective
    gap = written_gap(o, change.other, change.selected, scenario)
    if gap.is_same or not gap.is_defined:
        return ""
    if o.unit is Unit.FALSE_ALARMS:
        words = f"{gap.words()} {o.change_of}" if o.change_of else f"{o.label} {gap.words()}"
    elif not gap.is_on_scale:
        words = gap.words(one=True)
    elif is_money(o.unit, scenario):
        words = f"{gap.measure} {'more' if gap.is_more else 'less'} {o.change_of or o.label}"
    else:
        words = f"{o.label} {gap.measure} {'higher' if gap.is_more else 'lower'}"
    return _judged(words, change.chance)


def _judged(words: str, chance: Chance) -> str:
    return words if chance is Chance.UNKNOWN else f"{words} ({CHANCE[chance]})"
