"""Compromises between the stakeholders' picks: operating points that limit what each stakeholder gives up."""

from __future__ import annotations

from dataclasses import replace

from dashboard.analysis.analysis import Analysis, point_of
from dashboard.analysis.cache import Kind, part
from metrics.selection.compromise import Compromise, compromises
from metrics.selection.limits import keeps_all


def compromises_of(analysis: Analysis) -> tuple[Compromise, ...]:
    """The compromises among the operating points that meet the limits, the fair option first."""
    return tuple(_repriced(analysis, compromise) for compromise in _compromises(analysis))


@part(reads=lambda analysis: (analysis.picks_key, analysis.weights))
def compromise_of(analysis: Analysis) -> Compromise:
    """The fair option: the largest share that a stakeholder gives up is as small as possible."""
    return _repriced(analysis, _compromises(analysis)[0])


@part(
    reads=lambda analysis: (analysis.unpriced_key, analysis.picked, analysis.weights),
    kind=Kind.PART,
)
def _compromises(analysis: Analysis) -> tuple[Compromise, ...]:
    """The compromises. Their points may have the figures of another price of a miss."""
    picks = [s.pick.row for s in analysis.stakeholders if s.pick is not None]
    objectives = [stakeholder.objective for stakeholder in analysis.stakeholders]
    current = [analysis.current.figures[o.id] for o in objectives]
    met = analysis.points[keeps_all(analysis.points, analysis.limits)]
    within = met if picks and len(met) else analysis.points
    return compromises(within, objectives, picks, today=current, weights=analysis.weights)


def _repriced(analysis: Analysis, compromise: Compromise) -> Compromise:
    """A compromise with the figures of its point at the price of a miss of the analysis."""
    if compromise.point is None or compromise.point.row is None:
        return compromise
    return replace(compromise, point=point_of(analysis.points, compromise.point.row))
