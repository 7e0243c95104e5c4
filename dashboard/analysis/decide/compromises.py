"""Compromises between the stakeholders' picks. The first compromise is the fair option."""

from __future__ import annotations

from dataclasses import replace

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.points_table import point_of
from metrics.evaluation.operating_points import COUNTS
from metrics.selection.compromise import Compromise, knee, least_regret, nash
from metrics.selection.limits import meets_all
from metrics.selection.regrets import RegretMatrix, regret_matrix


def compromises_of(analysis: Analysis) -> tuple[Compromise, ...]:
    """Compromises, the fair option first.

    They are among the operating points that meet the limits; among all points if no point meets them, or if
    no stakeholder has a pick.
    """
    matrix = _regret_matrix(analysis)
    current = [analysis.current.figures[o.id] for o in matrix.objectives]
    others = knee(matrix), nash(matrix, current)
    return fair_option_of(analysis), *(_with_all_figures(analysis, other) for other in others)


@part(reads=lambda analysis: (analysis.picks_key, analysis.weights))
def fair_option_of(analysis: Analysis) -> Compromise:
    """Fair option: the point at which the largest loss of any stakeholder is as small as possible."""
    return _with_all_figures(analysis, _fair_option(analysis))


@part(
    reads=lambda analysis: (analysis.unpriced_key, analysis.picked, analysis.weights),
    kind=Kind.PART,
)
def _fair_option(analysis: Analysis) -> Compromise:
    """Fair option. Prices of a miss that lead to the same picks share it in the cache."""
    return least_regret(_regret_matrix(analysis))


def _regret_matrix(analysis: Analysis) -> RegretMatrix:
    picks = [s.pick.row for s in analysis.stakeholders if s.pick is not None]
    objectives = [s.objective for s in analysis.stakeholders]
    # A copy of all figures would take longer than the compromises.
    names = dict.fromkeys(("model", "threshold", *COUNTS, *(o.id for o in objectives)))
    points = analysis.points[[*names]]
    candidates = points[meets_all(analysis.points, analysis.limits)]
    if not picks or candidates.empty:
        candidates = points
    return regret_matrix(candidates, objectives, picks, analysis.weights)


def _with_all_figures(analysis: Analysis, compromise: Compromise) -> Compromise:
    """A compromise whose point has all figures of the analysis."""
    if compromise.point is None or compromise.point.row is None:
        return compromise
    return replace(compromise, point=point_of(analysis.points, compromise.point.row))
