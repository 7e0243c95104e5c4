"""Words of the stakeholders' cards."""

from __future__ import annotations

import math

from dashboard.analysis.analysis import Analysis, Stakeholder, current_revenue, defect_rate_of
from dashboard.analysis.cards import (
    best_ignoring_limits,
    best_shown,
    is_own_pick,
    limits_bind,
    places,
)
from dashboard.analysis.scenario_figures import NO_CHECKS
from dashboard.analysis.selection import Selection
from dashboard.session.choices import STAKEHOLDERS
from dashboard.words.limit_names import limit_noun, within_noun
from dashboard.words.names import Names, current_title
from dashboard.words.numbers import (
    SPACE,
    figure,
    is_money,
    money,
    number,
    rate_words,
    unit_words,
    worse_by,
)
from dashboard.words.phrases import joined, place_words
from metrics import Direction, Objective, Pick, Scenario
from metrics.evaluation.standard_objectives import UNINFORMED

NO_CHOICE = "no choice left"
"""Words in place of the best figure if no point meets the stakeholder's condition and the limits."""


def rank_words(analysis: Analysis, o: Objective) -> dict[str, str]:
    """Place of each model by an objective that ranks models: ``1st to 3rd of 10``."""
    found = places(analysis, o)
    return {model: f"{place_words(*place)} of {len(found)}" for model, place in found.items()}


def limit_suffix(analysis: Analysis, stakeholder: Stakeholder) -> str:
    """Addition to "best" if a better figure breaks the limits: `` on target``. Otherwise empty."""
    return f" {within_noun(analysis)}" if limits_bind(analysis, stakeholder) else ""


def best_label(analysis: Analysis, stakeholder: Stakeholder) -> str:
    """Label of the best on a card: ``best on target`` if a better figure breaks the limits, else ``best``."""
    best = best_shown(analysis, stakeholder)
    is_own = best is not None and is_own_pick(stakeholder, best)
    return f"best{limit_suffix(analysis, stakeholder) if is_own else ''}"


def best_figure_words(analysis: Analysis, stakeholder: Stakeholder) -> str:
    """Label and figure of the best on a card: ``best 0.056``."""
    best = best_shown(analysis, stakeholder)
    if best is None:
        return NO_CHOICE
    label = best_label(analysis, stakeholder)
    return f"{label} {figure(stakeholder.objective, best.value, analysis.scenario)}"


def name_of_best(analysis: Analysis, stakeholder: Stakeholder) -> str:
    """Name of a stakeholder's pick: ``best for the executive on target``."""
    o = stakeholder.objective
    whose = f"model for {o.label}" if o.of_model else f"for the {stakeholder.title.lower()}"
    return f"best {whose}{limit_suffix(analysis, stakeholder)}"


def compared_title(selection: Selection) -> str:
    """Name of the point that the selected one is compared with: ``today``, ``pinned``, or `name_of_best`."""
    analysis, compare = selection.analysis, selection.compare
    if compare in STAKEHOLDERS:
        return name_of_best(analysis, analysis.stakeholder(compare))
    return "pinned" if compare == "pin" else current_title(analysis)


def pick_words(analysis: Analysis, names: Names, o: Objective, pick: Pick) -> str:
    """A pick as text: its model for an objective that ranks models, else its model and threshold."""
    return names.model(pick.model) if o.of_model else names.at(analysis, pick.model, pick.threshold)


def place_of_pick(analysis: Analysis, names: Names, stakeholder: Stakeholder) -> str:
    """A stakeholder's pick as text."""
    assert stakeholder.pick is not None
    return pick_words(analysis, names, stakeholder.objective, stakeholder.pick)


def best_beyond_limits(analysis: Analysis, names: Names, stakeholder: Stakeholder) -> str:
    """Best model of a ranking if it misses the limits: ``0.0559 by a, which misses the limit in this file``.

    Empty if the best model meets them.
    """
    best = best_ignoring_limits(analysis, stakeholder)
    if stakeholder.pick is None or best is None or is_own_pick(stakeholder, best):
        return ""
    value = figure(stakeholder.objective, best.value, analysis.scenario)
    return (
        f"{value} by {names.model(best.model)}, which misses the {limit_noun(analysis)} "
        "in this file"
    )


def figure_unit(analysis: Analysis, o: Objective, model: str) -> str:
    """Unit of a card's figure; for a log loss that is infinite before clipping, the units that make it so."""
    return (infinite_words(analysis, model) if o.is_clipped else "") or unit_words(
        o, analysis.scenario
    )


def infinite_words(analysis: Analysis, model: str) -> str:
    """Number of units that make a model's log loss infinite; empty if it is finite."""
    evaluation = analysis.evaluation
    rows = evaluation.figures[evaluation.tally.index(model)].infinite_rows
    return f"{number(int(rows))} certain and wrong" if rows else ""


def label_interval(value: float, interval: tuple[float, float], written: str) -> str:
    """An interval; labelled if the figure of the file lies outside: ``new data: 261 to 326``."""
    low, high = interval
    return f"new data: {written}" if written and not low <= value <= high else written


def current_words(analysis: Analysis, o: Objective) -> str:
    """Figure of the current system: ``today’s 19,620``, or ``400 with no checks``.

    For an objective that is a change from the current system, this is the current revenue, if there are
    prices.
    """
    if o.is_against_today:
        earned = current_revenue(analysis)
        text = "" if math.isnan(earned) else money(earned, analysis.scenario.currency)
    else:
        text = figure(o, analysis.current.figures[o.id], analysis.scenario)
    if analysis.scenario.today is None:
        return f"{text} with {NO_CHECKS}" if text else NO_CHECKS
    return f"today’s {text}" if text else "today"


def comparison_words(o: Objective) -> tuple[str, str]:
    """Words between a better, and a worse, figure and that of the current system.

    A change from the current system is added to the current revenue.
    """
    return ("added to", "below") if o.is_against_today else ("beats", "worse than")


def _is_earned(o: Objective, scenario: Scenario) -> bool:
    """Whether a limit on an objective is a target in money."""
    return o.direction is Direction.MAXIMISE and is_money(o.unit, scenario)


def no_percent_words(analysis: Analysis, o: Objective) -> str:
    """Why a change from the current system has no target in per cent; empty if it has a target."""
    if not o.is_against_today or any(
        _is_earned(b.objective, analysis.scenario) for b in analysis.limits
    ):
        return ""
    if math.isnan(earned := current_revenue(analysis)) or earned > 0:
        return ""
    if analysis.is_current_unspecified:
        return f"+30{SPACE}% of what?"
    return f"+30{SPACE}% of {'a loss' if earned < 0 else 'nothing'} means nothing"


def uninformed_words(analysis: Analysis, o: Objective, selected: float = math.nan) -> str:
    """Figure of a forecast that gives every unit the defect rate, and which figures are worse than that.

    Empty for an objective without such a reference.
    """
    if o.id not in UNINFORMED:
        return ""
    rate, scenario = defect_rate_of(analysis), analysis.scenario
    value, current = UNINFORMED[o.id](rate), analysis.current.figures.get(o.id, math.nan)
    reference = figure(o, value, scenario)
    text = f"Saying the defect rate, {rate_words(rate)}, of every unit would give {reference}"
    worse = [
        f"{whose} {figure(o, one, scenario)}"
        for whose, one in (("today’s", current), ("the chosen", selected))
        if worse_by(o, one, value) > 0
    ]
    if not worse:
        return text
    return f"{text}, and {joined(worse)} {'is' if len(worse) == 1 else 'are'} worse than that"
