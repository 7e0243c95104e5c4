"""Objectives without a figure, or without a figure in money: the reasons, and limits on them."""

from __future__ import annotations

from enum import Enum, auto

from dashboard.analysis.analysis import Analysis
from dashboard.session.choices import Choices
from metrics import OBJECTIVES, Bound, Objective, Scenario


def needs_prices(objective: Objective, scenario: Scenario) -> bool:
    """Whether a change in revenue is counted in false alarms, because no payoffs were entered."""
    return objective.is_standard and objective.is_against_current and scenario.payoff is None


class Undefined(Enum):
    """Reason why an objective is undefined at every operating point of a data set."""

    SERVING = auto()
    """The prices and times of serving are not specified."""
    CURRENT_REVENUE = auto()
    """The current system has no revenue to compare with."""
    INSPECTORS = auto()
    """The objective is not known for units that people inspect."""
    DATA = auto()
    """The data does not define the objective."""


def why_undefined(analysis: Analysis, objective: Objective) -> Undefined:
    """Reason why an objective is undefined. It must be undefined at every operating point of the data set."""
    if objective.needs_serving:
        return Undefined.SERVING
    if objective.is_against_current:
        return Undefined.CURRENT_REVENUE
    evaluation = analysis.evaluation
    if evaluation.scenario.inspection is not None:
        # The inspectors' recall by part is unknown, so inspection makes these recalls undefined.
        alone = evaluation.alone.curves[0].counts
        recalls = {
            "worst_kind_recall": alone.worst_kind_recall,
            "worst_segment_recall": alone.worst_segment_recall,
        }
        if recalls.get(objective.id) is not None:
            return Undefined.INSPECTORS
    return Undefined.DATA


def undefined_limits(choices: Choices, analysis: Analysis) -> tuple[Bound, ...]:
    """Chosen limits that bind nothing, since the data leaves their objectives undefined."""
    limits = choices.limits_in(analysis.dataset.scenario)
    return tuple(
        Bound(OBJECTIVES[name], value) for name, value in limits if name not in analysis.objectives
    )
