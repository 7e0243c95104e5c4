"""The compromises between the stakeholders' picks, and how the pages call them."""

from __future__ import annotations

from dataclasses import replace

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis, point_of
from metrics.selection.compromise import Compromise, compromises
from metrics.selection.limits import keeps_all

FAIR = "Fair option"
"""What the pages call the fairest compromise, which the strip of Decide names first."""
NAMES = {
    "smallest largest regret": FAIR,
    "knee of the front": "Best balance",
    "Nash bargaining solution": "Best for all three together",
}
"""How a page calls a compromise by its method."""
NAMES_WITHIN = {
    "smallest largest regret": "the fair option",
    "knee of the front": "the best balance",
    "Nash bargaining solution": "what is best for all three together",
}
"""The same within a sentence."""


def compromises_of(analysis: Analysis) -> tuple[Compromise, ...]:
    """The compromises, among the points that keep the limits."""
    return tuple(_as_priced(analysis, compromise) for compromise in _found(analysis))


def compromise_of(analysis: Analysis) -> Compromise:
    """The fairest compromise, which the page names first."""
    key = analysis.keyed("compromise", analysis.picks_key, analysis.weights)
    return cache.STORE.get(key, lambda: _as_priced(analysis, _found(analysis)[0]))


def _found(analysis: Analysis) -> tuple[Compromise, ...]:
    """The compromises; figures of their points may be of another price of a miss."""
    follows = analysis.unpriced_key, analysis.picked, analysis.weights
    return cache.STORE.get(analysis.keyed("compromises", follows), lambda: _compromises(analysis))


def _as_priced(analysis: Analysis, compromise: Compromise) -> Compromise:
    """A compromise with the figures that its point has on this page."""
    if compromise.point is None or compromise.point.row is None:
        return compromise
    return replace(compromise, point=point_of(analysis.points, compromise.point.row))


def _compromises(analysis: Analysis) -> tuple[Compromise, ...]:
    picks = [s.pick.row for s in analysis.stakeholders if s.pick is not None]
    objectives = [stakeholder.objective for stakeholder in analysis.stakeholders]
    now = [analysis.current.figures[o.id] for o in objectives]
    kept = analysis.points[keeps_all(analysis.points, analysis.limits)]
    within = kept if picks and len(kept) else analysis.points  # limits bind a compromise, too
    return compromises(within, objectives, picks, today=now, weights=analysis.weights)
