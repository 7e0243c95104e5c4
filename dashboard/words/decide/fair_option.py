"""Words for the fair option in place of the selected point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.alternatives import Change, Exchange
from dashboard.analysis.selection import Selection
from dashboard.words.names import Names, current_title, threshold_of
from dashboard.words.numbers.gaps import CHANCE, worse_by, written_gap
from dashboard.words.numbers.objective_units import is_money
from metrics import Objective, Scenario, Unit
from metrics.inference.comparison import Chance


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
        text = _change_words(change.objective, change.other, change.selected, scenario)
        if text and is_worse is worse:
            is_known = change.chance is not Chance.UNKNOWN
            words.append(f"{text} ({CHANCE[change.chance]})" if is_known else text)
    return tuple(words)


def _change_words(o: Objective, value: float, reference: float, scenario: Scenario) -> str:
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
