"""Feasibility: operating points that meet the limits, the nearest points, and the smallest relaxation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.objective import Extreme
from metrics.evaluation.operating_points import (
    OperatingPoint,
    extremes_among,
    is_ordinary,
)
from metrics.selection.limits import Bound
from metrics.selection.regrets import regret_scale
from metrics.selection.ties import break_ties, cheapest, is_least
from metrics.tally.kernel import Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Attainability:
    """Limit, tested at all operating points.

    Attributes
    ----------
    models : tuple of str
        Models that meet it at some threshold that flags neither everything nor nothing, in order of
        appearance.
    best : float
        The best figure of any point, in the objective's unit; NaN if it is undefined at every point.
    point : OperatingPoint or None
        Point of the best figure; preferably one that flags neither everything nor nothing.
    """

    bound: Bound
    models: tuple[str, ...]
    best: float
    point: OperatingPoint | None


@dataclass(frozen=True)
class Relaxation:
    """Smallest relaxation of one limit, with all others fixed, until a point meets all limits.

    Attributes
    ----------
    bound : Bound
        The relaxed limit.
    point : OperatingPoint
        Representative of the points that then meet all limits. Their figure is the relaxed value.
    """

    bound: Bound
    point: OperatingPoint


@dataclass(frozen=True)
class Feasibility:
    """All limits, tested at all operating points.

    Attributes
    ----------
    attainability : tuple of Attainability
        One for each limit.
    meets : ndarray of bool, shape (n,)
        Whether each point meets all limits. An undefined figure meets no limit.
    is_feasible : bool
        Whether one of these points flags neither everything nor nothing.
    extremes : tuple of Extreme
        Whether flagging everything, or nothing, meets all limits.
    nearest : OperatingPoint or None
        Representative of the points nearest to meeting all limits. `None` if a point meets all limits, or if
        every point has an undefined figure for a limit.
    relaxations : tuple of Relaxation or None
        Only if no point meets all limits, one for each limit; `None` if relaxing that limit alone is not
        enough. Otherwise empty.
    """

    attainability: tuple[Attainability, ...]
    meets: Mask
    is_feasible: bool
    extremes: tuple[Extreme, ...]
    nearest: OperatingPoint | None
    relaxations: tuple[Relaxation | None, ...]


def feasibility(
    points: pd.DataFrame, limits: Sequence[Bound], picks: Sequence[int] = ()
) -> Feasibility:
    """Test all limits at all operating points.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, at least one row, with the columns of the limits' objectives. If
        ``cost_of_errors`` is among them, it breaks ties.
    limits : sequence of Bound
    picks : sequence of int
        Rows of the stakeholders' own picks (`Pick.row`). Shortfalls are scaled by the range over the picks.

    Notes
    -----
    The shortfall of a point from a limit is ``max(0, loss(figure) - loss(limit))``, in the limit's unit;
    infinite for an undefined figure. The nearest points have the smallest maximum of ``shortfall / scale``.
    The scale is `metrics.selection.regrets.regret_scale`: the range over the picks, or without a range the
    size of their figures or of the limit. Ties are broken by the smallest sum.

    A relaxation moves one limit to the best figure among the points that meet all other limits. With any
    smaller relaxation no point meets all limits.

    References
    ----------
    Wierzbicki: The use of reference objectives in multiobjective optimization. 1980 (the distance from
    aspirations by the largest scaled shortfall).
    """
    met = np.array([bound.within(_figures(points, bound)) for bound in limits], bool)
    met = met.reshape(len(limits), len(points))
    meets: Mask = met.all(axis=0)
    nearest: OperatingPoint | None = None
    relaxations: tuple[Relaxation | None, ...] = ()
    if not meets.any():
        nearest = _nearest(points, limits, picks)
        relaxations = tuple(
            _relaxation(points, bound, meets_others=np.delete(met, k, axis=0).all(axis=0))
            for k, bound in enumerate(limits)
        )
    return Feasibility(
        attainability=tuple(
            _attainability(points, bound, is_met) for bound, is_met in zip(limits, met, strict=True)
        ),
        meets=meets,
        is_feasible=bool((meets & is_ordinary(points)).any()),
        extremes=extremes_among(points[meets]),
        nearest=nearest,
        relaxations=relaxations,
    )


def _shortfalls(bound: Bound, figures: Floats) -> Floats:
    """Distance by which figures miss a limit, in the limit's unit; infinity for an undefined figure."""
    loss = bound.objective.direction.loss
    with np.errstate(over="ignore"):  # a distance may overflow to infinity
        gap = loss(np.asarray(figures, np.float64)) - loss(np.asarray(bound.value))
    shortfalls = np.maximum(gap, 0.0)
    return np.where(np.isnan(shortfalls), np.inf, shortfalls)


def _figures(points: pd.DataFrame, bound: Bound) -> Floats:
    return points[bound.objective.id].to_numpy(np.float64)


def _representative(points: pd.DataFrame, among: Mask, *before: Floats) -> OperatingPoint:
    """Representative of several points: an ordinary point if any, then the cheapest."""
    positions = np.flatnonzero(among)
    keys = [values[positions] for values in (*before, ~is_ordinary(points))]
    if "cost_of_errors" in points:
        keys.append(points["cost_of_errors"].to_numpy()[positions])
    return OperatingPoint.from_points(points, break_ties(points, positions, keys))


def _attainability(points: pd.DataFrame, bound: Bound, is_met: Mask) -> Attainability:
    figures = _figures(points, bound)
    loss = bound.objective.direction.loss(figures)
    defined = ~np.isnan(loss)
    best = defined & (loss == loss[defined].min(initial=np.inf))
    point = _representative(points, best) if best.any() else None
    return Attainability(
        bound=bound,
        models=tuple(points["model"][is_met & is_ordinary(points)].unique()),
        best=float(figures[best][0]) + 0.0 if point is not None else np.nan,  # no negative zero
        point=point,
    )


def cheapest_among(points: pd.DataFrame, among: Mask) -> OperatingPoint | None:
    """Cheapest of some points, without those that flag everything or nothing; `None` if none is left."""
    position = cheapest(points, among & is_ordinary(points))
    return None if position is None else OperatingPoint.from_points(points, position)


def _nearest(
    points: pd.DataFrame, limits: Sequence[Bound], picks: Sequence[int]
) -> OperatingPoint | None:
    shortfalls = np.array([_shortfalls(bound, _figures(points, bound)) for bound in limits])
    picked = points.loc[list(picks)]
    scales = [regret_scale(_figures(picked, bound), [bound.value]) for bound in limits]
    with np.errstate(over="ignore"):
        scaled = shortfalls / np.array(scales)[:, None]
    largest = scaled.max(axis=0)
    if np.isinf(largest).all():
        return None
    return _representative(points, is_least(largest), scaled.sum(axis=0))


def _relaxation(points: pd.DataFrame, bound: Bound, meets_others: Mask) -> Relaxation | None:
    figures = _figures(points, bound)
    could_meet = meets_others & np.isfinite(_shortfalls(bound, figures))
    if not could_meet.any():
        return None
    # Figures are compared directly, because two distances from the limit may be equal after rounding.
    loss = bound.objective.direction.loss
    value = float(loss(loss(figures[could_meet]).min())) + 0.0
    admits = meets_others & (figures == value)
    return Relaxation(Bound(bound.objective, value), _representative(points, admits))
