"""The one question that a stakeholder's card answers in place."""

from __future__ import annotations

from dataclasses import dataclass

from metrics import Direction, Objective
from metrics.evaluation.objective import Extreme


@dataclass(frozen=True)
class Action:
    """The one question that a card answers in place."""

    key: str
    label: str
    help: str


HALVE = Action("halve", "halve it?", "What halving it would cost everybody")
RISK = Action("risk", "risk?", "How likely it falls short, and by how much")
CALIBRATION = Action("calibration", "calibration?", "Whether its probabilities can be believed")


def action_of(o: Objective) -> Action:
    """Which question belongs to an objective."""
    if o.of_model:
        return CALIBRATION
    # What is better the less is flagged falls to nothing where nothing is.
    is_counted = o.direction is Direction.MINIMISE and o.extreme is Extreme.FLAG_EVERYTHING
    return HALVE if is_counted else RISK
