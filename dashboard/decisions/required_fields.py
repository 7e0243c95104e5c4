"""Fields that a decision must have before it can be recorded or proposed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from dashboard.decisions.decision import Statement


class RequiredField(Enum):
    """Field of the dialog that records a decision; all but `WHY` exist for each stakeholder."""

    NAME = auto()
    VERDICT = auto()
    OBJECTION = auto()
    WHY = auto()


def missing_fields(
    statements: Mapping[str, Statement], why: str
) -> list[tuple[RequiredField, str]]:
    """Empty fields that a decision needs, each with its stakeholder (empty for `RequiredField.WHY`).

    A verdict that is not "agrees" needs an objection.
    """
    items = statements.items()
    missing = [(RequiredField.NAME, stakeholder) for stakeholder, s in items if not s.name]
    missing += [(RequiredField.VERDICT, stakeholder) for stakeholder, s in items if not s.verdict]
    missing += [
        (RequiredField.OBJECTION, stakeholder)
        for stakeholder, s in items
        if s.verdict in ("accepts", "objects") and not s.words
    ]
    return missing if why else [*missing, (RequiredField.WHY, "")]
