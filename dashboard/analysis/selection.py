"""The selected operating point of an analysis, and the point that it is compared with."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import pandas as pd

from dashboard.analysis.analysis import Analysis, openings
from dashboard.analysis.cache import computed_once
from dashboard.analysis.points_table import at_or_above
from dashboard.session.choices import STAKEHOLDERS, Choices
from metrics import OperatingPoint, point_at


@dataclass(frozen=True, eq=False)
class Selection:
    """The selected operating point of an analysis.

    Attributes
    ----------
    compare : {"today", "data", "product", "executive", "pin"}
        Kind of `compared`: the current system, the pick of one of three stakeholders, or a pinned point.
    """

    analysis: Analysis
    point: OperatingPoint
    compared: OperatingPoint
    compare: str = "today"

    @classmethod
    def of(cls, choices: Choices, analysis: Analysis) -> Selection:
        """Selection that a reader chose; the proposed point without a choice, or if its model is hidden."""
        at = choices.point
        selected = at and at_or_above(analysis.points, analysis.evaluation, at)
        selected = selected or analysis.proposed
        compared = _compared(choices, analysis)
        if compared is None:
            return cls(analysis, selected, analysis.current)
        return cls(analysis, selected, compared, choices.compare)

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data set."""
        return self.analysis.fingerprint

    @computed_once
    def place(self) -> Hashable:
        """Model and thresholds of the selected point, and whether no inspectors review it."""
        return self.point.place, self.point.is_alone

    @computed_once
    def key(self) -> Hashable:
        """Key of the selection, with everything that a stored answer may depend on."""
        compared = self.compared
        return self.analysis.key, self.place, compared.place, compared.is_alone, self.compare

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Selection) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def at(self, point: OperatingPoint) -> Selection:
        """The same analysis with another selected point."""
        return replace(self, point=point)

    @property
    def is_pinned(self) -> bool:
        """Whether the compared point is a pinned one."""
        return self.compare == "pin"

    @property
    def reference(self) -> OperatingPoint:
        """Point that the cards compare with: the pinned point, or the current system."""
        return self.compared if self.is_pinned else self.analysis.current

    @property
    def is_compared_with_a_model(self) -> bool:
        """Whether the compared point is the best for an objective that ranks models."""
        analysis = self.analysis
        return (
            self.compare in STAKEHOLDERS and analysis.stakeholder(self.compare).objective.of_model
        )

    @computed_once
    def model_points(self) -> pd.DataFrame:
        """Operating points of the selected model, threshold ascending."""
        return self.analysis.points_of(str(self.point.model))


def _compared(choices: Choices, analysis: Analysis) -> OperatingPoint | None:
    """Point that the reader chose to compare with; `None` for the current system."""
    if choices.compare == "pin" and choices.pin is not None:
        return at_or_above(analysis.points, analysis.evaluation, choices.pin)
    if choices.compare not in STAKEHOLDERS:
        return None
    stakeholder = analysis.stakeholder(choices.compare)
    best = stakeholder.pick
    if best is None:
        return None
    at = openings(analysis)[best.model] if stakeholder.objective.of_model else best.threshold
    return point_at(analysis.evaluation, list(analysis.objectives.values()), best.model, at)
