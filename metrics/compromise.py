"""Compromises between the seats: points of the front that the literature would have them settle on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.bargain import Bargain, bargain
from metrics.decision import is_least
from metrics.objective import Objective
from metrics.place import Place, first_of, place_at
from metrics.yardstick import ROUNDING

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Method:
    """A rule of compromise.

    Attributes
    ----------
    name : str
        In the field's words.
    source : str
        Who proposed it, and when.
    """

    name: str
    source: str


LEAST_REGRET = Method("smallest largest regret", "Yu 1973; Wierzbicki 1980")
KNEE = Method("knee of the front", "Das 1999")
NASH = Method("Nash bargaining solution", "Nash 1950; Kalai 1977")

NO_BULGE = "no knee"
UNDEFINED_TODAY = "undefined for today’s system"
NONE_BETTER = "no point beats today’s system for every seat"


@dataclass(frozen=True)
class Compromise:
    """What one method has the seats settle on.

    Attributes
    ----------
    method : Method
    place : Place or None
        The point; it is on the front, and flags neither everything nor nothing.
    regrets : ndarray, shape (K,)
        What each seat gives up there, as a share of the range from best to worst over the seats' own
        picks; below 0 where it gets more than any pick gives it. Empty without a point.
    missing : str
        Why there is no point, in few words; otherwise empty.
    """

    method: Method
    place: Place | None
    regrets: Floats
    missing: str


def least_regret(seats: Bargain) -> Compromise:
    """Point of the front whose largest weighted regret is smallest.

    Parameters
    ----------
    seats : Bargain

    Returns
    -------
    Compromise

    Notes
    -----
    ``min over x of max over k of weight_k * regret_k(x)``: the point nearest to the seats' best by the
    weighted Chebyshev distance. A regret below 0 is divided by the weight instead: multiplied, it would
    let a seat that counts more settle for less where every seat gets more than any pick gives it. Of
    equal points the smallest sum of ``weight_k * regret_k`` decides, then the fewest misses, the name of
    the model, the threshold.

    References
    ----------
    Yu: A class of solutions for group decision problems. Management Science 1973 (the case p = infinity).
    Wierzbicki: The use of reference objectives in multiobjective optimization. 1980 (the augmentation).
    """
    counts = seats.weights > 0
    regrets, weights = seats.regrets[:, counts], seats.weights[counts]
    weighted = np.where(regrets < 0, regrets / weights, regrets * weights)
    return _settled(seats, LEAST_REGRET, weighted.max(axis=1, initial=-np.inf))


def knee(seats: Bargain) -> Compromise:
    """Point of the front that bulges farthest below the plane through the seats' own picks.

    Parameters
    ----------
    seats : Bargain
        Its weights do not count: a knee is a matter of the front's shape.

    Returns
    -------
    Compromise
        Without a point where none lies below the plane, as where all seats pick the same one.

    Notes
    -----
    With n the normal of the plane through the picks' regrets, the greatest of ``n . (pick - x)``. Fewer
    different picks than seats span no plane: then the one that contains them and slopes most evenly, n
    being what is left of (1, ..., 1) after the picks' differences are taken out. Where the plane slopes
    up along a seat's objective, a loss to that seat would count as a gain: there n is 0, and distances
    are measured from the highest pick.

    References
    ----------
    Das: On characterizing the "knee" of the Pareto curve based on normal-boundary intersection.
    Structural Optimization 1999.
    """
    if seats.missing:
        return _none(KNEE, seats.missing)
    if not len(seats.own):
        return _none(KNEE, NO_BULGE)
    normal = _normal(seats.own)
    depth = (seats.own @ normal).max() - seats.regrets @ normal
    if not depth.max() > 1e-9:
        return _none(KNEE, NO_BULGE)
    return _settled(seats, KNEE, -depth)


def _normal(own: Floats) -> Floats:
    """Normal of the plane through the picks, of length 1 and nowhere below 0; zeros where there is none."""
    even = np.ones(own.shape[1])
    across = own[1:] - own[0]
    normal: Floats = even - np.linalg.pinv(across, rcond=1e-9) @ (across @ even)
    normal[normal < 1e-9] = 0.0
    length = float(np.linalg.norm(normal))
    return normal / length if length else normal


def nash(seats: Bargain, today: Sequence[float]) -> Compromise:
    """Point of the front with the greatest weighted product of the seats' gains over today's system.

    Parameters
    ----------
    seats : Bargain
    today : sequence of float, length K
        Each objective's figure of today's system, as of `metrics.today_point`.

    Returns
    -------
    Compromise
        Without a point where none beats today's system for every seat, whatever the seat's weight; and
        where one of today's figures is undefined or infinite.

    Notes
    -----
    The greatest of ``product over k of gain_k(x) ** weight_k`` among the points at which every gain is
    above 0. Ranges do not matter: stretching a seat's scale stretches the product at all points alike.

    References
    ----------
    Nash: The bargaining problem. Econometrica 1950.
    Kalai: Nonsymmetric Nash solutions and replications of 2-person bargaining. 1977 (the weights).
    """
    if seats.missing:
        return _none(NASH, seats.missing)
    now = np.asarray(today, np.float64)
    if not np.isfinite(now).all():
        return _none(NASH, UNDEFINED_TODAY)
    figures = seats.points[[o.id for o in seats.objectives]].to_numpy(np.float64)[seats.positions]
    gains = -np.column_stack(
        [o.direction.loss(figures[:, k] - now[k]) for k, o in enumerate(seats.objectives)]
    )
    # What is only rounding, on the seat's scale, is no gain.
    better = (gains > ROUNDING * seats.ranges).all(axis=1)
    if not better.any():
        return _none(NASH, NONE_BETTER)
    product = np.full(len(gains), -np.inf)
    product[better] = np.log(gains[better]) @ seats.weights
    return _settled(seats, NASH, -product)


def compromises(
    points: pd.DataFrame,
    objectives: Sequence[Objective],
    picks: Sequence[int],
    *,
    today: Sequence[float] | None = None,
    weights: Sequence[float] | None = None,
) -> tuple[Compromise, ...]:
    """Every method's compromise.

    Parameters
    ----------
    points, objectives, picks, weights
        As of `bargain`.
    today : sequence of float, optional
        As of `nash`; without it there is no bargaining.

    Returns
    -------
    tuple of Compromise
        By `least_regret`, `knee` and, given today's figures, `nash`.
    """
    seats = bargain(points, objectives, picks, weights)
    found = least_regret(seats), knee(seats)
    return found if today is None else (*found, nash(seats, today))


def _none(method: Method, missing: str) -> Compromise:
    return Compromise(method, None, np.empty(0), missing)


def _settled(seats: Bargain, method: Method, losses: Floats) -> Compromise:
    """The point of least loss of shape (m,)."""
    if seats.missing:
        return _none(method, seats.missing)
    tied = np.flatnonzero(is_least(losses))
    total = (seats.regrets[tied] * seats.weights).sum(axis=1)
    tied, total = tied[is_least(total)], total[is_least(total)]
    position = first_of(seats.points, seats.positions[tied])
    at = int(np.flatnonzero(seats.positions == position)[0])
    return Compromise(method, place_at(seats.points, position), seats.regrets[at], "")
