"""Names of the point that the selected one is compared with, and of a stakeholder's best point."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.selection import Selection
from dashboard.session.choices import STAKEHOLDERS
from dashboard.words.decide.best import limit_suffix
from dashboard.words.names import ROLES, STAKEHOLDER_TITLES, current_title
from metrics import Bound


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
