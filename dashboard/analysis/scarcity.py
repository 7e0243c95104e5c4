"""Defects, groups or values that are too few for the intervals of a page."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from metrics.inference.scarcity import Scarcity, scarcities


def _needs_values(analysis: Analysis) -> bool:
    objectives = [s.objective for s in analysis.stakeholders]
    objectives += [bound.objective for bound in analysis.limits]
    return any(o.needs_value for o in objectives)


@part(reads=_needs_values, kind=Kind.PART)
def scarcities_of(analysis: Analysis) -> tuple[Scarcity, ...]:
    """Defects, groups or values that are too few for intervals with the stated coverage."""
    return scarcities(analysis.evaluation.tally, of_values=_needs_values(analysis))
