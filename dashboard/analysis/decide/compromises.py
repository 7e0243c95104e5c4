"""Compromises between the stakeholders' picks. The first compromise is the fair option."""

from __future__ import annotations

from dataclasses import replace

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.points_table import point_of
from metrics.selection.compromise import Compromise, compromises
from metrics.selection.limits import meets_all


def compromises_of(analysis: Analysis) -> tuple[Compromise, ...]:
    """Compromises among the operating points that meet the limits, the fair option first."""
    return tuple(_repriced(analysis, compromise) for compromise in _compromises(analysis))


@part(reads=lambda analysis: (analysis.picks_key, analysis.weights))
def compromise_of(analysis: Analysis) -> Compromise:
    """Fair option: the point at which the largest loss of any stakeholder is as small as possible."""
    return _repriced(analysis, _compromises(analysis)[0])


@part(
    reads=lambda analysis: (analysis.unpriced_key, analysis.picked, analysis.weights),
    kind=Kind.PART,
)
def _compromises(analysis: Analysis) -> tuple[Compromise, ...]:
    """Compromises, cached for all prices of a miss that lead to the same picks.

    The figures of their points may therefore belong to another price. `_repriced` replaces these figures.
    """
    picks = [s.pick.row for s in analysis.stakeholders if s.pick is not None]
    objectives = [s.objective for s in analysis.stakeholders]
    current = [analysis.current.figures[o.id] for o in objectives]
    candidates = analysis.points[meets_all(analysis.points, analysis.limits)]
    if not picks or candidates.empty:
        candidates = analysis.points
    return compromises(candidates, objectives, picks, today=current, weights=analysis.weights)


def _repriced(analysis: Analysis, compromise: Compromise) -> Compromise:
    """A compromise whose point has the figures of the analysis."""
    if compromise.point is None or compromise.point.row is None:
        return compromise
    return replace(compromise, point=point_of(analysis.points, compromise.point.row))
