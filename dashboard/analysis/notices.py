"""Choices that a data set cannot answer, and data that is too scarce for its intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from dashboard.analysis.analysis import Analysis
from dashboard.session.choices import Choices
from metrics import OBJECTIVES, Objective, Today
from metrics.inference.certificates.sample_size import Scarcity, scarcities


class Undefined(Enum):
    """Why an objective is undefined at every operating point of a data set."""

    SERVING = auto()
    """The prices and times of serving are not specified."""
    CURRENT_REVENUE = auto()
    """The current system has no revenue to compare with."""
    INSPECTORS = auto()
    """The objective is not known for units that people inspect."""
    DATA = auto()
    """The data does not define the objective."""


WORST_PARTS = ("worst_kind_recall", "worst_segment_recall")
"""Objectives that are a minimum of several recalls. They are unknown for inspectors, whose recall by part
is unknown.
"""


def why_undefined(analysis: Analysis, objective: Objective) -> Undefined:
    """Return why an objective is undefined at every operating point."""
    if objective.needs_serving:
        return Undefined.SERVING
    if objective.is_against_today:
        return Undefined.CURRENT_REVENUE
    evaluation = analysis.evaluation
    if objective.id in WORST_PARTS and evaluation.scenario.inspection is not None:
        alone = evaluation.alone.curves[0].counts
        if getattr(alone, objective.id) is not None:
            return Undefined.INSPECTORS
    return Undefined.DATA


@dataclass(frozen=True)
class Unavailable:
    """Choices that a data set cannot answer.

    Attributes
    ----------
    unknown, hidden : tuple of str
        Models that were chosen and are not in the data, or are hidden.
    is_all_hidden : bool
        Whether every model was hidden.
    objectives, bounds, limits : tuple of (Objective, Undefined)
        Objectives, conditions and limits that are undefined.
    is_without_kinds : bool
        Whether a miss has prices by kind and no defect has a kind.
    inspections_a_day : float or None
        Limit on inspections that has no effect, since the number of units a year is unknown.
    moved : (Today, Today, int) or None
        The chosen current system, the one that a tally counts in its place, and the number of units that the
        two may flag differently.
    """

    unknown: tuple[str, ...]
    hidden: tuple[str, ...]
    is_all_hidden: bool
    objectives: tuple[tuple[Objective, Undefined], ...]
    bounds: tuple[tuple[Objective, Undefined], ...]
    limits: tuple[tuple[Objective, Undefined], ...]
    is_without_kinds: bool
    inspections_a_day: float | None
    moved: tuple[Today, Today, int] | None


def unavailable(choices: Choices, analysis: Analysis) -> Unavailable:
    """Return the choices that the data set of an analysis cannot answer."""
    dataset = analysis.dataset
    models = dataset.scores.models
    selected = [point.model for point in (choices.point, choices.pin) if point]

    def undefined(names: Iterable[str]) -> tuple[tuple[Objective, Undefined], ...]:
        objectives = (OBJECTIVES[name] for name in names if name not in analysis.objectives)
        return tuple((o, why_undefined(analysis, o)) for o in objectives)

    asked = choices.scenario(dataset.scenario)
    inspection = analysis.scenario.inspection
    is_countable = inspection is None or analysis.scenario.units_per_year is not None
    unknown = [model for model in (*selected, *choices.hidden) if model not in models]
    hidden = [model for model in selected if model in choices.hidden and model in models]
    return Unavailable(
        unknown=tuple(dict.fromkeys(unknown)),
        hidden=tuple(dict.fromkeys(hidden)),
        is_all_hidden=set(models) <= set(choices.hidden),
        objectives=undefined(dict.fromkeys(choices.objectives)),
        bounds=undefined(bound[0] for bound in choices.bounds if bound is not None),
        limits=undefined(name for name, _ in choices.limits_in(dataset.scenario)),
        is_without_kinds=bool(asked.miss_cost_by_type) and not dataset.names_kinds,
        inspections_a_day=None if inspection is None or is_countable else inspection.units_a_day,
        moved=_moved(choices, analysis),
    )


def _moved(choices: Choices, analysis: Analysis) -> tuple[Today, Today, int] | None:
    asked = choices.scenario(analysis.dataset.scenario)
    counted, units = analysis.dataset.countable(asked)
    if asked.today is None or counted.today is None or counted.today == asked.today:
        return None
    return asked.today, counted.today, units


def scarcities_of(analysis: Analysis) -> tuple[Scarcity, ...]:
    """Defects, groups or values that are too few for intervals with the stated coverage."""
    objectives = [s.objective for s in analysis.stakeholders]
    objectives += [bound.objective for bound in analysis.limits]
    of_values = any(o.needs_value for o in objectives)
    return scarcities(analysis.evaluation.tally, of_values=of_values)
