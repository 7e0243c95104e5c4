"""Which operating points keep the limits, and by how little a limit would have to give way."""

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
from metrics.selection.compromise import regret_scale
from metrics.selection.limits import Bound
from metrics.selection.picks import ROUNDING, break_ties, cheapest, is_least
from metrics.tally.kernel import Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Attainability:
    """One limit against all operating points.

    Attributes
    ----------
    bound : Bound
    met : ndarray of bool, shape (n,)
        Which points keep it; an undefined figure breaks it.
    models : tuple of str
        Models that keep it at some threshold that flags neither everything nor nothing, as they come.
    extremes : tuple of Extreme
        Whether flagging everything, or nothing, keeps it: with any model, unless the limit is on a
        figure of the whole model.
    best : float
        The best figure that any point reaches, in the objective's unit; NaN where it is undefined at
        every point.
    point : OperatingPoint or None
        Where that is: of several points one that flags neither everything nor nothing, if any does.
    """

    bound: Bound
    met: Mask
    models: tuple[str, ...]
    extremes: tuple[Extreme, ...]
    best: float
    point: OperatingPoint | None


@dataclass(frozen=True)
class Nearest:
    """The operating points that come closest to keeping all limits.

    Attributes
    ----------
    among : ndarray of bool, shape (n,)
        All of them.
    point : OperatingPoint
        The one of them that stands for all.
    shortfalls : ndarray, shape (L,)
        How far it is from keeping each limit, in the limit's unit; 0 where it keeps it.
    scaled : ndarray, shape (L,)
        The same over the range of the objective over the stakeholders' own picks.
    binding : tuple of int
        Positions of the limits it is farthest from keeping, measured so.
    """

    among: Mask
    point: OperatingPoint
    shortfalls: Floats
    scaled: Floats
    binding: tuple[int, ...]


@dataclass(frozen=True)
class Relaxation:
    """How little one limit has to give way, all others held, until a point keeps all.

    Attributes
    ----------
    bound : Bound
        The limit after giving way: its value is the figure of the points admitted.
    by : float
        How far it gave way, above 0, in its unit.
    admits : ndarray of bool, shape (n,)
        The points that keep all limits then, all of one figure.
    point : OperatingPoint
        The one of them that stands for all.
    """

    bound: Bound
    by: float
    admits: Mask
    point: OperatingPoint


@dataclass(frozen=True)
class Feasibility:
    """All limits against all operating points.

    Attributes
    ----------
    attainability : tuple of Attainability
        One for each limit.
    keep : ndarray of bool, shape (n,)
        Which points keep all limits.
    is_kept : bool
        Whether one of them flags neither everything nor nothing.
    extremes : tuple of Extreme
        Whether flagging everything, or nothing, keeps all limits.
    nearest : Nearest or None
        Where no point keeps all; None too where every point leaves one of them undefined.
    relaxations : tuple of Relaxation or None
        Where no point keeps all, one for each limit: None where that limit alone cannot give way far
        enough. Otherwise empty.
    """

    attainability: tuple[Attainability, ...]
    keep: Mask
    is_kept: bool
    extremes: tuple[Extreme, ...]
    nearest: Nearest | None
    relaxations: tuple[Relaxation | None, ...]


def feasibility(
    points: pd.DataFrame, limits: Sequence[Bound], picks: Sequence[int] = ()
) -> Feasibility:
    """Hold all operating points to all limits.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, at least one row, with the columns of the limits' objectives. With
        ``cost_of_errors`` among them, points that are equal otherwise are told apart by it.
    limits : sequence of Bound
    picks : sequence of int
        The stakeholders' own picks, as their rows (`Pick.row`); their range is what a shortfall is measured
        in.

    Returns
    -------
    Feasibility

    Notes
    -----
    The shortfall of a point from a limit is ``max(0, loss(figure) - loss(limit))``, in the limit's unit;
    an undefined figure is infinitely short. The nearest points have the smallest largest
    ``shortfall / scale``, with `metrics.selection.compromise.regret_scale`: the range over the picks or,
    where they have none, the size of their figures or of the limit. Of equally near points the smallest
    sum stands first.

    To give way is to move one limit to the best figure of it among the points that keep all others. A
    hair less and no point keeps all.

    References
    ----------
    Wierzbicki: The use of reference objectives in multiobjective optimization. 1980 (the distance from
    aspirations by the largest scaled shortfall).
    """
    attainability = tuple(_attainability(points, bound) for bound in limits)
    met = np.array([attained.met for attained in attainability], bool).reshape(
        len(limits), len(points)
    )
    keep: Mask = met.all(axis=0)
    ordinary = is_ordinary(points)
    is_met = bool(keep.any())
    held = [np.delete(met, k, axis=0).all(axis=0) for k in range(len(limits))]
    return Feasibility(
        attainability=attainability,
        keep=keep,
        is_kept=bool((keep & ordinary).any()),
        extremes=extremes_among(points[keep]),
        nearest=None if is_met else _nearest(points, limits, picks),
        relaxations=()
        if is_met
        else tuple(
            _relaxation(points, bound, others) for bound, others in zip(limits, held, strict=True)
        ),
    )


def shortfall(bound: Bound, figures: Floats) -> Floats:
    """How far figures of any shape are from keeping a limit, in its unit.

    Parameters
    ----------
    bound : Bound
    figures : ndarray

    Returns
    -------
    ndarray
        0 where they keep it, infinity where they are undefined.
    """
    loss = bound.objective.direction.loss
    with np.errstate(over="ignore"):  # infinitely far, then
        gap = loss(np.asarray(figures, np.float64)) - loss(np.asarray(bound.value))
    shortfalls = np.maximum(gap, 0.0)
    return np.where(np.isnan(shortfalls), np.inf, shortfalls)


def _figures(points: pd.DataFrame, bound: Bound) -> Floats:
    return points[bound.objective.id].to_numpy(np.float64)


def _representative(points: pd.DataFrame, among: Mask, *before: Floats) -> OperatingPoint:
    """The point that stands for several: an ordinary one if any is, then the one of least cost."""
    positions = np.flatnonzero(among)
    keys = [values[positions] for values in (*before, ~is_ordinary(points))]
    if "cost_of_errors" in points:
        keys.append(points["cost_of_errors"].to_numpy()[positions])
    return OperatingPoint.from_points(points, break_ties(points, positions, keys))


def _attainability(points: pd.DataFrame, bound: Bound) -> Attainability:
    figures = _figures(points, bound)
    met = bound.within(figures)
    loss = bound.objective.direction.loss(figures)
    defined = ~np.isnan(loss)
    best = defined & (loss == loss[defined].min(initial=np.inf))
    point = _representative(points, best) if best.any() else None
    return Attainability(
        bound=bound,
        met=met,
        models=tuple(points["model"][met & is_ordinary(points)].unique()),
        extremes=extremes_among(points[met]),
        best=float(figures[best][0]) + 0.0 if point is not None else np.nan,  # no zero of minus
        point=point,
    )


def cheapest_among(points: pd.DataFrame, among: Mask) -> OperatingPoint | None:
    """The cheapest of some points that flags neither everything nor nothing; None where there is none."""
    position = cheapest(points, among & is_ordinary(points))
    return None if position is None else OperatingPoint.from_points(points, position)


def _nearest(points: pd.DataFrame, limits: Sequence[Bound], picks: Sequence[int]) -> Nearest | None:
    shortfalls = np.array([shortfall(bound, _figures(points, bound)) for bound in limits])
    picked = points.loc[list(picks)]
    scales = [regret_scale(_figures(picked, bound), [bound.value]) for bound in limits]
    with np.errstate(over="ignore"):
        scaled = shortfalls / np.array(scales)[:, None]
    largest = scaled.max(axis=0)
    if np.isinf(largest).all():
        return None
    among = is_least(largest)
    point = _representative(points, among, scaled.sum(axis=0))
    position = points.index.get_loc(point.row)
    binding = scaled[:, position] >= largest[position] * (1 - ROUNDING)
    return Nearest(
        among=among,
        point=point,
        shortfalls=shortfalls[:, position],
        scaled=scaled[:, position],
        binding=tuple(np.flatnonzero(binding).tolist()),
    )


def _relaxation(points: pd.DataFrame, bound: Bound, held: Mask) -> Relaxation | None:
    figures = _figures(points, bound)
    shortfalls = shortfall(bound, figures)
    shortfalls[~held] = np.inf
    by = float(shortfalls.min())
    if np.isinf(by):
        return None
    # By the figures, not by their distance: two figures may lie equally far from the limit once rounded.
    best = bound.objective.direction.loss(figures[held & np.isfinite(shortfalls)]).min()
    value = float(bound.objective.direction.loss(best)) + 0.0
    admits = held & (figures == value)
    return Relaxation(Bound(bound.objective, value), by, admits, _representative(points, admits))
