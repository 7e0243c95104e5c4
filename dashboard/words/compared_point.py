"""Names of a stakeholder's best point, of the compared point, and of the choices in the table of costs."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.decide.choice_costs import ChoiceCosts, ChoiceKind
from dashboard.analysis.selection import Selection
from dashboard.session.choices import STAKEHOLDERS
from dashboard.words.decide.best import limit_suffix
from dashboard.words.decide.compromises import compromises_name
from dashboard.words.names import ROLES, STAKEHOLDER_TITLES, current_title
from dashboard.words.phrases import capital
from metrics import Bound, Scenario


def compared_title(selection: Selection) -> str:
    """Name of the point that the selected one is compared with: ``today``, ``pinned``, or `name_of_best`."""
    analysis, compare = selection.analysis, selection.compare
    if compare in STAKEHOLDERS:
        return name_of_best(analysis.stakeholder(compare), analysis.limits)
    return "pinned" if compare == "pin" else current_title(analysis.scenario)


def compared_short_title(selection: Selection) -> str:
    """Name of the compared point next to its mark: ``today``, ``pinned``, or the stakeholder."""
    return {"today": "today", "pin": "pinned", **STAKEHOLDER_TITLES}[selection.compare]


def name_of_best(stakeholder: Stakeholder, limits: Sequence[Bound]) -> str:
    """Name of a stakeholder's pick: ``best for the executive on target``."""
    return f"best for the {ROLES[stakeholder.name]}{limit_suffix(stakeholder, limits)}"


def choice_name(choice: ChoiceCosts, limits: Sequence[Bound], scenario: Scenario) -> str:
    """Name of a choice in the table of what each costs, such as ``Best for the executive on target``."""
    if choice.picker is not None:
        return capital(name_of_best(choice.picker, limits))
    if choice.kind is ChoiceKind.COMPROMISE:
        return compromises_name(choice.compromises)
    return capital(current_title(scenario)) if choice.kind is ChoiceKind.CURRENT else "Chosen"
