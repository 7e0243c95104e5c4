"""The compromises between the stakeholders' picks, and how the pages call them."""

from __future__ import annotations

from dataclasses import replace

from dashboard.analysis import cache
from dashboard.analysis.analysis import point_of
from dashboard.page.state import PageState
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


def compromises_of(page: PageState) -> tuple[Compromise, ...]:
    """The compromises, among the points that keep the limits."""
    return tuple(_as_priced(page, compromise) for compromise in _found(page))


def compromise_of(page: PageState) -> Compromise:
    """The fairest compromise, which the page names first."""
    key = page.keyed("compromise", page.picks_key, page.analysis.weights)
    return cache.STORE.get(key, lambda: _as_priced(page, _found(page)[0]))


def _found(page: PageState) -> tuple[Compromise, ...]:
    """The compromises; figures of their points may be of another price of a miss."""
    follows = page.unpriced_key, page.picked, page.analysis.weights
    return cache.STORE.get(page.keyed("compromises", follows), lambda: _compromises(page))


def _as_priced(page: PageState, compromise: Compromise) -> Compromise:
    """A compromise with the figures that its point has on this page."""
    if compromise.point is None or compromise.point.row is None:
        return compromise
    return replace(compromise, point=point_of(page.points, compromise.point.row))


def _compromises(page: PageState) -> tuple[Compromise, ...]:
    picks = [s.pick.row for s in page.stakeholders if s.pick is not None]
    objectives = [stakeholder.objective for stakeholder in page.stakeholders]
    now = [page.today.figures[o.id] for o in objectives]
    kept = page.points[keeps_all(page.points, page.limits)]
    within = kept if picks and len(kept) else page.points  # limits bind a compromise, too
    return compromises(within, objectives, picks, today=now, weights=page.analysis.weights)
