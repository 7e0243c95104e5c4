"""What each choice costs each stakeholder: figures at the picks, compromises and the current system."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.compromises import compromises_of
from dashboard.analysis.points_table import point_of
from dashboard.analysis.selection import Selection
from metrics import OperatingPoint
from metrics.selection.compromise import Compromise


class ChoiceKind(Enum):
    """Origin of a point whose costs are shown."""

    PICK = auto()
    COMPROMISE = auto()
    CURRENT = auto()
    SELECTED = auto()


@dataclass(frozen=True)
class ChoiceCosts:
    """Figures of a choice for every stakeholder.

    Attributes
    ----------
    figures : tuple of float or None
        Figure of each stakeholder's objective; NaN if it is undefined. `None` if it depends on the threshold,
        while the choice is a model.
    picker : Stakeholder or None
        Stakeholder whose pick the choice is.
    compromises : tuple of Compromise
        Compromises that are at the point.
    """

    kind: ChoiceKind
    point: OperatingPoint
    figures: tuple[float | None, ...]
    picker: Stakeholder | None = None
    compromises: tuple[Compromise, ...] = ()

    @property
    def of_model(self) -> bool:
        """Whether the choice is a model at any threshold, the pick by an objective that ranks models."""
        return self.picker is not None and self.picker.objective.of_model


def choice_costs(selection: Selection) -> tuple[ChoiceCosts, ...]:
    """Costs of the picks, the compromises that exist, the current system, and the selected point.

    Compromises at one point are one choice.
    """
    analysis = selection.analysis
    by_place: dict[object, tuple[OperatingPoint, list[Compromise]]] = {}
    for compromise in compromises_of(analysis):
        if compromise.point is not None:
            _, same = by_place.setdefault(compromise.point.place, (compromise.point, []))
            same.append(compromise)
    return (
        *(
            _costs(analysis, ChoiceKind.PICK, point_of(analysis.points, s.pick.row), picker=s)
            for s in analysis.stakeholders
            if s.pick is not None
        ),
        *(
            _costs(analysis, ChoiceKind.COMPROMISE, point, compromises=tuple(same))
            for point, same in by_place.values()
        ),
        _costs(analysis, ChoiceKind.CURRENT, analysis.current),
        _costs(analysis, ChoiceKind.SELECTED, selection.point),
    )


def _costs(
    analysis: Analysis,
    kind: ChoiceKind,
    point: OperatingPoint,
    *,
    picker: Stakeholder | None = None,
    compromises: tuple[Compromise, ...] = (),
) -> ChoiceCosts:
    is_of_model = picker is not None and picker.objective.of_model
    figures = tuple(
        None if is_of_model and not s.objective.of_model else point.figures[s.objective.id]
        for s in analysis.stakeholders
    )
    return ChoiceCosts(kind, point, figures, picker, compromises)
