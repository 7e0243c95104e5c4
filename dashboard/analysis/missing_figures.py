"""Reasons why an objective is undefined for a data set, and data that is too scarce for intervals."""

from __future__ import annotations

from enum import Enum, auto

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from metrics import Objective
from metrics.inference.certificates.sample_size import Scarcity, scarcities


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


WORST_PARTS = ("worst_kind_recall", "worst_segment_recall")
"""Objectives that are the smallest recall of any part. They are undefined with inspectors, because the
inspectors' recall by part is unknown.
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


def scarcities_of(analysis: Analysis) -> tuple[Scarcity, ...]:
    """Defects, groups or values that are too few for intervals with the stated coverage."""
    objectives = [s.objective for s in analysis.stakeholders]
    objectives += [bound.objective for bound in analysis.limits]
    return _scarcities(analysis, any(o.needs_value for o in objectives))


@part(reads=lambda analysis, of_values: of_values, kind=Kind.PART)
def _scarcities(analysis: Analysis, of_values: bool) -> tuple[Scarcity, ...]:
    return scarcities(analysis.evaluation.tally, of_values=of_values)
