"""Words for the fair option in place of the selected point."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.exchange import Change, Exchange
from dashboard.words.chance import CHANCE
from dashboard.words.names import Names
from dashboard.words.numbers.gaps import worse_by, written_gap
from dashboard.words.numbers.objective_units import is_money
from dashboard.words.phrases import joined
from metrics import Scenario, Unit
from metrics.inference.comparison.paired_difference import Chance


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
        if words := _change_words(change, analysis.scenario):
            if o in objectives:
                (losses if is_worse else gains).append(words)
            elif is_worse:
                alarms.append(words)
    gained = ", ".join(gains) or names.point(analysis, fair.point)
    lost = losses or alarms
    return f"{gained} for {joined(lost)}" if lost else gained


def _change_words(change: Change, scenario: Scenario) -> str:
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
