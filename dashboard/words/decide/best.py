"""Words for the best point of a stakeholder: place, limits, condition, distance, and its name in lists."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.cards import BestShown
from dashboard.analysis.decide.choice_costs import ChoiceCosts, ChoiceKind
from dashboard.analysis.selection import Selection
from dashboard.session.choices import STAKEHOLDERS
from dashboard.words.decide.compromises import compromises_name
from dashboard.words.limits.certainty import doubt_words
from dashboard.words.limits.limit_names import (
    bound_clause,
    condition_clause,
    misses_in_file,
    within_limits,
    within_noun,
)
from dashboard.words.names import ROLES, STAKEHOLDER_TITLES, Names, current_title
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.gaps import written_gap
from dashboard.words.phrases import capital
from metrics import Bound, Evaluation, Objective, OperatingPoint, Pick, Scenario
from metrics.inference.certainty import RARELY


def pick_place(evaluation: Evaluation, names: Names, o: Objective, pick: Pick) -> str:
    """A pick as text: its model for an objective that ranks models, else its model and threshold."""
    return (
        names.model(pick.model) if o.of_model else names.at(evaluation, pick.model, pick.threshold)
    )


def place_of_pick(evaluation: Evaluation, names: Names, stakeholder: Stakeholder) -> str:
    """A stakeholder's pick as text."""
    assert stakeholder.pick is not None
    return pick_place(evaluation, names, stakeholder.objective, stakeholder.pick)


def limit_suffix(stakeholder: Stakeholder, limits: Sequence[Bound]) -> str:
    """Words after "best" if a better figure breaks the limits: `` on target``. Otherwise empty."""
    return f" {within_noun(limits)}" if stakeholder.limits_bind else ""


def best_doubt(best: BestShown, limits: Sequence[Bound]) -> str:
    """Words after the best on a card that may not hold on new data; empty if it very likely holds.

    `` (uncertain, met in 59%)`` if it may miss the limits, or ``, misses the target in this file``. It
    is also empty until this is known.
    """
    if best.is_broken:
        return f", {misses_in_file(limits)}"
    if not best.missed.exceeds(RARELY):
        return ""
    return f" ({doubt_words(best.missed)})"


def no_threshold_words(analysis: Analysis, bound: Bound | None) -> str:
    """Reason why a stakeholder with this condition picks no point."""
    some = "flags some units and not all"
    condition = some if bound is None else bound_clause(bound, analysis.scenario)
    if analysis.limits:
        return f"No threshold meets the limits {'and ' if bound is None else ''}{condition}"
    return f"No threshold {'' if bound is None else 'qualifies '}{condition}"


def missing_limits_words(analysis: Analysis, names: Names, o: Objective, best: Pick) -> str:
    """Best model that misses the limits: ``0.0559 by a, which misses the limit in this file``."""
    value = figure(o, best.value, analysis.scenario)
    return f"{value} by {names.model(best.model)}, which {misses_in_file(analysis.limits)}"


def regret_words(analysis: Analysis, stakeholder: Stakeholder, value: float) -> tuple[str, bool]:
    """Distance of a figure from the best for a stakeholder, and whether the two read the same.

    The words are empty if the stakeholder has no pick, or if the figure is undefined.
    """
    if stakeholder.pick is None or math.isnan(value):
        return "", False
    gap = written_gap(stakeholder.objective, value, stakeholder.pick.value, analysis.scenario)
    best = f"the best{limit_suffix(stakeholder, analysis.limits)}"
    return best if gap.is_same else gap.than(best), gap.is_same


def is_best_shown(o: Objective, best: BestShown | None, point: OperatingPoint) -> bool:
    """Whether a card's point is the best point that the card shows."""
    if best is None:
        return False
    pick = best.pick
    return (pick.model, pick.threshold, None) == point.place or (
        o.of_model and pick.model == point.model
    )


def best_help(
    analysis: Analysis, names: Names, stakeholder: Stakeholder, best: BestShown | None
) -> str:
    """Tooltip of the best on a card: model and threshold, and the limits and the condition that it meets."""
    if best is None:
        return ""
    o = stakeholder.objective
    within = (
        within_limits(analysis.limits, analysis.scenario)
        if not o.of_model and stakeholder.pick is not None
        else ""
    )
    condition = condition_clause(stakeholder, analysis.scenario)
    only = f" {condition}" if condition else ""
    return (
        f"Best for this role{within}{only}: {pick_place(analysis.evaluation, names, o, best.pick)}"
    )


def best_heading(analysis: Analysis, stakeholder: Stakeholder, best: BestShown) -> str:
    """Heading of the comparison with the best on a card, up to the name of the best."""
    within = limit_suffix(stakeholder, analysis.limits) if best.is_own else ""
    condition = condition_clause(stakeholder, analysis.scenario)
    only = f" {condition}," if condition else ""
    return f"Best{within} for the {ROLES[stakeholder.name]}{only} instead of the chosen point: "


def compared_title(selection: Selection) -> str:
    """Name of the point that the selected one is compared with: ``today``, ``pinned``, or `name_of_best`."""
    analysis, compare = selection.analysis, selection.compare
    if compare in STAKEHOLDERS:
        return name_of_best(analysis.stakeholder(compare), analysis.limits)
    return "pinned" if compare == "pin" else current_title(analysis.scenario)


def compared_short_title(compare: str) -> str:
    """Name of the compared point next to its mark: ``today``, ``pinned``, or the stakeholder."""
    return {"today": "today", "pin": "pinned", **STAKEHOLDER_TITLES}[compare]


def name_of_best(stakeholder: Stakeholder, limits: Sequence[Bound]) -> str:
    """Name of a stakeholder's pick: ``best on target for the executive``."""
    return f"best{limit_suffix(stakeholder, limits)} for the {ROLES[stakeholder.name]}"


def choice_name(choice: ChoiceCosts, limits: Sequence[Bound], scenario: Scenario) -> str:
    """Name of a choice in the table of what each costs, such as ``Best on target for the executive``."""
    if choice.picker is not None:
        return capital(name_of_best(choice.picker, limits))
    if choice.kind is ChoiceKind.COMPROMISE:
        return compromises_name(choice.compromises)
    return capital(current_title(scenario)) if choice.kind is ChoiceKind.CURRENT else "Chosen"
