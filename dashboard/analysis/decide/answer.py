"""Answer at the top of Decide: the figure of the selected point, its limits, and the reason to pick it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from dashboard.analysis.analysis import Analysis, openings, pick_of
from dashboard.analysis.cache import part
from dashboard.analysis.decide.cheapest_model import CheapestModel, cheapest_model
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.decide.target_risk import has_steady_percent
from dashboard.analysis.decide.verdict import Objection, objection_to
from dashboard.analysis.inspection import Band, band_at
from dashboard.analysis.limits import LimitsStatus, limits_status
from dashboard.analysis.optimism import expectation, range_of
from dashboard.analysis.points_table import at_or_above
from dashboard.analysis.resampled_figures import is_slow
from dashboard.analysis.selection import Selection
from dashboard.analysis.undefined_objectives import needs_prices
from dashboard.session.choices import Point
from metrics import OBJECTIVES, Objective, OperatingPoint, Pick
from metrics.inference.choice.optimism import AtChoice


class ReasonKind(Enum):
    """Kind of a reason to pick an operating point."""

    CHEAPEST = auto()
    """The point has the lowest cost of errors of all points, including those that break the limits."""
    CHEAPEST_WITHIN_LIMITS = auto()
    BEST_FOR_STAKEHOLDER = auto()
    BEST_MODEL = auto()
    """The model is the best by a stakeholder's objective that ranks models."""
    FAIR = auto()
    """The point is the compromise with the smallest largest regret."""
    CURRENT = auto()
    """The point is the current system."""


@dataclass(frozen=True)
class Reason:
    """Reason to pick an operating point.

    Attributes
    ----------
    kind : ReasonKind
    stakeholder : str
        Name of the stakeholder with this reason; empty if the reason belongs to no stakeholder.
    """

    kind: ReasonKind
    stakeholder: str = ""


@part(reads=lambda analysis: (analysis.picks_key, analysis.weights))
def reasons(analysis: Analysis) -> dict[Point, Reason]:
    """Reason to pick a point, for every point with a reason. The first of several reasons counts."""
    candidates: list[tuple[Pick | OperatingPoint | Point | None, Reason]] = []
    proposed, cheapest = analysis.proposed, pick_of(analysis, OBJECTIVES["cost_of_errors"])
    if cheapest is not None:
        is_cheapest = proposed.row == cheapest.row
        kind = ReasonKind.CHEAPEST if is_cheapest else ReasonKind.CHEAPEST_WITHIN_LIMITS
        candidates.append((proposed, Reason(kind)))
    for stakeholder in analysis.stakeholders:
        if not stakeholder.objective.of_model:
            reason = Reason(ReasonKind.BEST_FOR_STAKEHOLDER, stakeholder.name)
            candidates.append((stakeholder.pick, reason))
            continue
        best = stakeholder.best_shown
        if best is not None:  # a click on the best model shows it at this threshold
            opening = Point(best.model, openings(analysis)[best.model])
            candidates.append((opening, Reason(ReasonKind.BEST_MODEL, stakeholder.name)))
    candidates.append((fair_option_of(analysis).point, Reason(ReasonKind.FAIR)))
    current = analysis.current
    if current.model is not None and analysis.scenario.inspection is None:
        # The current threshold may lie between two thresholds of its model.
        at = Point(current.model, current.threshold)
        candidates.append(
            (at_or_above(analysis.points, analysis.evaluation, at), Reason(ReasonKind.CURRENT))
        )
    by_point: dict[Point, Reason] = {}
    for point, reason in candidates:
        if point is not None and point.model is not None:
            by_point.setdefault(Point(str(point.model), point.threshold), reason)
    return by_point


def headline_objective(analysis: Analysis) -> Objective:
    """Objective of the headline: that of a single limit, otherwise the executive's.

    If the executive's objective needs prices, it is the next stakeholder's without a target. A change from
    the current system is shown in per cent. If the current system earns nothing, the revenue is shown: the
    change would not show whether anything is earned. If it earns little, the change is shown in money.
    """
    limited = {bound.objective.id for bound in analysis.limits}
    if len(analysis.limits) == 1 and not analysis.limits[0].objective.is_against_current:
        return analysis.limits[0].objective
    for stakeholder in reversed(analysis.stakeholders):
        o = stakeholder.objective
        if needs_prices(o, analysis.scenario):
            if o.id in limited:
                return o
            if o.in_proportion not in limited:
                continue
        if not o.is_against_current:
            return o
        in_per_cent = analysis.objectives.get(o.in_proportion)
        if in_per_cent is None:
            return analysis.objectives.get("revenue") or o
        return in_per_cent if has_steady_percent(analysis) else o
    return OBJECTIVES["missed_defects"]


class Answer(NamedTuple):
    """Figure of an operating point, whether it meets the limits, and the reason to pick it.

    Attributes
    ----------
    point : OperatingPoint
    band : Band or None
        Shares of units that are shipped, inspected and rejected; `None` without inspectors.
    reason : Reason or None
    cheapest : CheapestModel or None
        The cheapest model, if `point` is its point; `None` otherwise.
    is_lead_pending : bool
        Whether `cheapest` is not computed yet.
    objective : Objective
        Objective of the headline.
    interval : (float, float)
        95% interval of the headline's figure on new data; NaN if unknown.
    expected : AtChoice or None
        Figure to expect on new data; `None` if it is unknown.
    limits : LimitsStatus
    objection : Objection or None
        Why not to ship the point, by limits and gain; `None` while it is not known.
    is_pending : bool
        Whether intervals and the status of the limits are not computed yet.
    """

    point: OperatingPoint
    band: Band | None
    reason: Reason | None
    cheapest: CheapestModel | None
    is_lead_pending: bool
    objective: Objective
    interval: tuple[float, float]
    expected: AtChoice | None
    limits: LimitsStatus
    objection: Objection | None
    is_pending: bool

    @property
    def value(self) -> float:
        """Figure of the headline."""
        return self.point.figures[self.objective.id]

    @property
    def is_unchanged(self) -> bool:
        """Whether the figure is a change from the current system, and is 0."""
        return self.objective.is_against_current and self.value == 0


def answers_at(
    selection: Selection, points: Iterable[OperatingPoint], *, at_rest: bool = False
) -> list[Answer]:
    """Answers at operating points.

    Parameters
    ----------
    at_rest : bool
        Whether to judge chance. True for the selected point while it is not dragged.
    """
    o, by_point = headline_objective(selection.analysis), reasons(selection.analysis)
    return [
        _answer_at(
            selection,
            point,
            o,
            by_point.get(Point.at(point)),
            at_rest=at_rest,
        )
        for point in points
    ]


def _answer_at(
    selection: Selection,
    point: OperatingPoint,
    o: Objective,
    reason: Reason | None,
    *,
    at_rest: bool,
) -> Answer:
    analysis, is_pending = selection.analysis, at_rest and selection.analysis.is_pending
    kind = None if reason is None else reason.kind
    is_cheapest = kind in (ReasonKind.CHEAPEST, ReasonKind.CHEAPEST_WITHIN_LIMITS)
    limits = analysis.limits if kind is ReasonKind.CHEAPEST_WITHIN_LIMITS else ()
    # On training rows each model looks too good by a different amount, so the lead is not judged.
    is_lead_judged = at_rest and is_cheapest and analysis.held_out != "training"
    cheapest = cheapest_model(analysis, limits) if is_lead_judged and not is_pending else None
    interval, expected = (math.nan, math.nan), None
    is_unchanged = o.is_against_current and point.figures[o.id] == 0
    if at_rest and o.has_interval and not is_unchanged and not is_slow(analysis, o, point):
        expected = expectation(analysis, o, point)
        interval = (
            range_of(analysis, o, point) if expected is None else (expected.low, expected.high)
        )
    status = LimitsStatus(()) if is_pending else limits_status(analysis, point, at_rest=at_rest)
    return Answer(
        point=point,
        band=band_at(analysis, point),
        reason=reason,
        cheapest=cheapest if cheapest and cheapest.point.place == point.place else None,
        is_lead_pending=is_lead_judged and is_pending and len(analysis.models) > 1,
        objective=o,
        interval=interval,
        expected=expected,
        limits=status,
        objection=objection_to(analysis, point, status) if at_rest and not is_pending else None,
        is_pending=is_pending,
    )
