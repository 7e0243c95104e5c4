"""Limits on figures: which operating points meet them, and how surely."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, pick_of
from dashboard.analysis.cache import part
from dashboard.analysis.certified import (
    among_visible,
    certified,
    certified_points,
    standing_of,
)
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.points_table import point_of
from metrics import OBJECTIVES, Bound, Objective, OperatingPoint
from metrics.inference.certainty import NOT_KNOWN, RARELY, Certainty, LimitsMissed
from metrics.inference.certificates.certification import Certification, Standing
from metrics.selection.feasibility import Feasibility, cheapest_among, feasibility
from metrics.selection.limits import meets_all


def broken_limits(analysis: Analysis, point: OperatingPoint) -> tuple[Bound, ...]:
    """Limits that an operating point breaks in this file."""
    return tuple(bound for bound in analysis.limits if not bound.is_met_at(point))


def meets_limits(analysis: Analysis, point: OperatingPoint) -> bool:
    """Whether an operating point meets all limits in this file."""
    return not broken_limits(analysis, point)


@dataclass(frozen=True)
class LimitsStatus:
    """Whether an operating point meets the limits, and how surely.

    Attributes
    ----------
    limits : tuple of Bound
        The broken limits; all limits if none is broken.
    is_broken : bool
        Whether a limit is broken in this file.
    missed : LimitsMissed
        How often the resamples miss any of ``limits``.
    least_sure : Bound or None
        Limit that the resamples miss most often; `None` for a single limit, or if all are very likely met.
    certification : Certification or None
        `None` if a limit is broken, if the resamples miss one too often, or if the certification is unknown.
    standing : Standing
        Whether the limits are met in this file, or certified.
    are_rows_seen : bool
        Whether the models were trained on the rows. The figures then say nothing about new data.
    """

    limits: tuple[Bound, ...]
    is_broken: bool = False
    missed: LimitsMissed = NOT_KNOWN
    least_sure: Bound | None = None
    certification: Certification | None = None
    standing: Standing = Standing.NOT_MET
    are_rows_seen: bool = False

    @property
    def certainty(self) -> Certainty:
        """Certainty that the limits are met on new data."""
        if self.standing is Standing.CERTIFIED:
            return Certainty.CERTIFIED
        return self.missed.certainty

    @property
    def is_doubtful(self) -> bool:
        """Whether limits that are met in this file are more likely missed on new data."""
        return not self.is_broken and (self.are_rows_seen or self.missed.exceeds(0.5))


def limits_status(analysis: Analysis, point: OperatingPoint, *, at_rest: bool) -> LimitsStatus:
    """Status of the limits at an operating point.

    Parameters
    ----------
    at_rest : bool
        Whether to include the resamples and the certification, which take longer.
    """
    broken = broken_limits(analysis, point)
    limits = broken or analysis.limits
    if not limits or not at_rest:
        return LimitsStatus(limits, bool(broken))
    if analysis.held_out == "training":
        return LimitsStatus(limits, bool(broken), are_rows_seen=True)
    missed = limits_missed(analysis, limits, point)
    standing = Standing.NOT_MET if broken else Standing.MET
    # A limit that more than a few samples miss is not certified, and certifying takes long.
    certification = None if broken or missed.exceeds(RARELY) else certified(analysis)
    if certification is not None:
        standing = standing_of(analysis, certification, analysis.limits, point)
    least_sure = None
    if len(limits) > 1 and standing is not Standing.CERTIFIED and missed.exceeds(RARELY):
        alone = [limits_missed(analysis, [bound], point).share for bound in limits]
        least_sure = limits[int(np.argmax(alone))]
    return LimitsStatus(
        limits,
        bool(broken),
        missed,
        least_sure=least_sure,
        certification=certification,
        standing=standing,
    )


@dataclass(frozen=True)
class Obstacle:
    """Reason why the limits leave no point that is worth selecting.

    Attributes
    ----------
    is_unreachable : bool
        True if no operating point meets the limits. False if no point that meets them costs less than the
        current system.
    best : float
        Best possible figure, if there is a single limit that cannot be reached; NaN otherwise.
    """

    is_unreachable: bool
    best: float = math.nan


@part(reads=lambda analysis: analysis.picks_key)
def obstacle(analysis: Analysis) -> Obstacle | None:
    """Reason why the limits leave no point worth selecting; `None` if they leave a point."""
    if not analysis.limits:
        return None
    best = cheapest_among(analysis.points, meets_all(analysis.points, analysis.limits))
    if best is None:
        [bound, *others] = analysis.limits
        return Obstacle(True, math.nan if others else _best_figure(analysis, bound.objective))
    figure = "cost_of_errors"
    is_cheaper = best.figures[figure] < analysis.current.figures[figure]
    return None if is_cheaper else Obstacle(False)


def _best_figure(analysis: Analysis, o: Objective) -> float:
    loss = o.direction.loss(analysis.points[o.id].to_numpy(np.float64)[analysis.is_ordinary])
    return math.nan if np.isnan(loss).all() else float(o.direction.loss(np.nanmin(loss)))


def proposed_without_limits(analysis: Analysis) -> OperatingPoint | None:
    """Cheapest point without the limits; `None` if it is also the proposed point."""
    cheapest = pick_of(analysis, OBJECTIVES["cost_of_errors"])
    if cheapest is None or cheapest.row == analysis.proposed.row:
        return None
    return point_of(analysis.points, cheapest.row)


@part(reads=lambda analysis: analysis.picks_key)
def feasibility_of(analysis: Analysis) -> Feasibility | None:
    """Points that meet the limits, and how far the limits would have to be relaxed; `None` without limits."""
    if not analysis.limits:
        return None
    picks = [s.pick.row for s in analysis.stakeholders if s.pick is not None]
    return feasibility(analysis.points, analysis.limits, picks)


def cheapest_certified(analysis: Analysis) -> OperatingPoint | None:
    """Cheapest point at which all limits are certified; `None` if there is none, or if it is unknown."""
    points = certified_points(analysis)
    return None if points is None else cheapest_among(analysis.points, points)


def certified_models(analysis: Analysis) -> tuple[tuple[str, ...] | None, ...] | None:
    """Models with a threshold at which each limit is certified by itself.

    Returns
    -------
    tuple of (tuple of str or None), or None
        An element is `None` if its limit cannot be certified. The result is `None` if the certification is
        unknown.
    """
    certification = certified(analysis)
    if certification is None:
        return None
    points, ordinary = analysis.points, analysis.is_ordinary
    return tuple(
        None
        if mask is None
        else tuple(map(str, points["model"][among_visible(analysis, mask) & ordinary].unique()))
        for mask in certification.each
    )
