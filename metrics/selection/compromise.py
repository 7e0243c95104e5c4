"""Compromises between the stakeholders: points of the front that the literature would have them settle on.

The front is measured by regret: what each stakeholder gives up at a point, over the range of the picks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import OperatingPoint, is_ordinary
from metrics.selection.pareto import is_on_front
from metrics.selection.picks import ROUNDING, break_ties, is_least
from metrics.tally.kernel import Floats

NO_PICKS = "no stakeholder has a pick"
UNDEFINED_AT_PICKS = "undefined at every pick"
NO_FRONT = "no point is on the front"


def regret_scale(figures: NDArray[np.float64], instead: Sequence[float] = ()) -> float:
    """Distance from the best to the worst figure of one objective over the stakeholders' own picks.

    Parameters
    ----------
    figures : ndarray, shape (k,)
        The objective's figure at each stakeholder's own pick, in its unit; those not finite are left out.
    instead : sequence of float
        Further figures, whose size serves where the picks have no range.

    Returns
    -------
    float
        In the objective's unit, above 0. Where the picks do not differ (all stakeholders pick one point, or
        one model and the objective belongs to the model) there is no range, and the largest absolute figure
        among theirs and ``instead`` serves: a gap is then a share of the figure itself. Where that is 0
        too, one unit.

    Notes
    -----
    The picks alone decide: a model that nobody picks changes no distance, hidden or shown.

    Examples
    --------
    >>> regret_scale(np.array([77.0, 90.0, 120.0]))
    43.0
    >>> regret_scale(np.array([77.0, 77.0])), regret_scale(np.array([0.0]), [0.5]), regret_scale(np.array([]))
    (77.0, 0.5, 1.0)
    """
    finite = figures[np.isfinite(figures)]
    sizes = np.abs([*finite.tolist(), *(x for x in instead if np.isfinite(x))])
    size = float(sizes.max(initial=0.0))
    spread = float(finite.max() - finite.min()) if finite.size else 0.0
    if spread > ROUNDING * size:
        return spread
    return size or 1.0


@dataclass(frozen=True)
class RegretMatrix:
    """The points of the front that may be settled on, and every stakeholder's regret at each.

    Attributes
    ----------
    points : DataFrame
    objectives : tuple of Objective, length K
        One a stakeholder.
    positions : ndarray of int, shape (m,)
        Of the points that are on the front, have no infinite figure and flag neither everything nor
        nothing.
    regrets : ndarray, shape (m, K)
        Of these points.
    at_picks : ndarray, shape (P, K)
        The regrets at the stakeholders' own picks, those alone at which every stakeholder's figure is
        defined and finite.
    scales : ndarray, shape (K,)
        The distance, in each objective's unit, that counts as a regret of 1.
    weights : ndarray, shape (K,)
        Of the stakeholders; they add up to K.
    missing : str
        Why there is nothing to settle on; otherwise empty.
    """

    points: pd.DataFrame
    objectives: tuple[Objective, ...]
    positions: NDArray[np.intp]
    regrets: Floats
    at_picks: Floats
    scales: Floats
    weights: Floats
    missing: str


def regret_matrix(
    points: pd.DataFrame,
    objectives: Sequence[Objective],
    picks: Sequence[int],
    weights: Sequence[float] | None = None,
) -> RegretMatrix:
    """Find the front and measure it.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, at least one row, with the columns of the objectives.
    objectives : sequence of Objective, length K
        One a stakeholder; several stakeholders may have the same.
    picks : sequence of int
        The stakeholders' own picks, as their rows (`Pick.row`); a stakeholder without a pick adds none.
    weights : sequence of float, length K, optional
        How much each stakeholder counts; equal where left out.

    Returns
    -------
    RegretMatrix

    Raises
    ------
    ValueError
        Where there are not as many weights as stakeholders, one is negative or not finite, or all are 0.

    Notes
    -----
    Regret of a stakeholder at x: ``(loss(x) - best) / (worst - best)``, with best and worst over the
    stakeholders' own picks; where these do not differ, over what `regret_scale` says.
    Hiding or adding a dominated model moves neither the picks nor the front, and so no compromise.

    The front is that of all points. Those that flag everything or nothing are then taken out of it, so
    that a compromise is never worse for all stakeholders than shipping everything.
    """
    normalised = _weights(weights, len(objectives))
    figures = points[[o.id for o in objectives]].to_numpy(np.float64)
    ways = [o.direction for o in objectives]
    is_candidate = is_on_front(figures, ways) & is_ordinary(points)
    losses = np.column_stack([way.loss(figures[:, k]) for k, way in enumerate(ways)])
    picked = losses[np.array([points.index.get_loc(row) for row in picks], np.intp)]
    scales = np.array([regret_scale(column) for column in picked.T])
    best = np.array([column[np.isfinite(column)].min(initial=np.inf) for column in picked.T])
    missing = NO_PICKS if not len(picked) else UNDEFINED_AT_PICKS if np.isinf(best).any() else ""
    if missing:  # nothing to measure a regret from
        is_candidate[:] = False
        best[:] = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        regrets, at_picks = (losses - best) / scales, (picked - best) / scales
    is_candidate &= np.isfinite(regrets).all(axis=1)
    return RegretMatrix(
        points=points,
        objectives=tuple(objectives),
        positions=np.flatnonzero(is_candidate),
        regrets=regrets[is_candidate],
        at_picks=at_picks[np.isfinite(at_picks).all(axis=1)],
        scales=scales,
        weights=normalised,
        missing=missing or ("" if is_candidate.any() else NO_FRONT),
    )


def _weights(weights: Sequence[float] | None, stakeholders: int) -> Floats:
    weight_by_stakeholder = (
        np.ones(stakeholders) if weights is None else np.asarray(weights, np.float64)
    )
    is_valid = (
        weight_by_stakeholder.shape == (stakeholders,)
        and np.isfinite(weight_by_stakeholder).all()
        and (weight_by_stakeholder >= 0).all()
    )
    if not (is_valid and weight_by_stakeholder.any()):
        raise ValueError(
            f"weights must be {stakeholders} numbers of at least 0, not all of them 0, got {weights}"
        )
    # By the largest first: a sum of huge weights must not overflow.
    weight_by_stakeholder = weight_by_stakeholder / weight_by_stakeholder.max()
    return weight_by_stakeholder / weight_by_stakeholder.sum() * stakeholders


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
NO_BULGE = "no point stands out from its neighbours"
UNDEFINED_TODAY = "undefined for today’s system"
NONE_BETTER = "no point beats today’s system for every stakeholder"


@dataclass(frozen=True)
class Compromise:
    """What one method has the stakeholders settle on.

    Attributes
    ----------
    method : Method
    point : OperatingPoint or None
        The point; it is on the front, and flags neither everything nor nothing.
    regrets : ndarray, shape (K,)
        What each stakeholder gives up there, as a share of the range from best to worst over the
        stakeholders' own picks; below 0 where it gets more than any pick gives it. Empty without a point.
    missing : str
        Why there is no point, in few words; otherwise empty.
    """

    method: Method
    point: OperatingPoint | None
    regrets: Floats
    missing: str


def least_regret(matrix: RegretMatrix) -> Compromise:
    """Point of the front whose largest weighted regret is smallest.

    Parameters
    ----------
    matrix : RegretMatrix

    Returns
    -------
    Compromise

    Notes
    -----
    ``min over x of max over k of weight_k * regret_k(x)``: the point nearest to the stakeholders' best by the
    weighted Chebyshev distance. A regret below 0 is divided by the weight instead: multiplied, it would
    let a stakeholder that counts more settle for less where every stakeholder gets more than any pick gives
    it. Of equal points the smallest sum of ``weight_k * regret_k`` decides, then the fewest misses, the
    name of the model, the threshold.

    References
    ----------
    Yu: A class of solutions for group decision problems. Management Science 1973 (the case p = infinity).
    Wierzbicki: The use of reference objectives in multiobjective optimization. 1980 (the augmentation).
    """
    counts = matrix.weights > 0
    regrets, weights = matrix.regrets[:, counts], matrix.weights[counts]
    with np.errstate(over="ignore"):  # beyond the largest float is infinitely far, as wanted
        weighted = np.where(regrets < 0, regrets / weights, regrets * weights)
    return _compromise_of(matrix, LEAST_REGRET, weighted.max(axis=1, initial=-np.inf))


def knee(matrix: RegretMatrix) -> Compromise:
    """Point of the front that bulges farthest below the plane through the stakeholders' own picks.

    Parameters
    ----------
    matrix : RegretMatrix
        Its weights do not count: a knee is a matter of the front's shape.

    Returns
    -------
    Compromise
        Without a point where none lies below the plane, as where all stakeholders pick the same one.

    Notes
    -----
    With n the normal of the plane through the picks' regrets, the greatest of ``n . (pick - x)``. Fewer
    different picks than stakeholders span no plane: then the one that contains them and slopes most evenly, n
    being what is left of (1, ..., 1) after the picks' differences are taken out. Where the plane slopes
    up along a stakeholder's objective, a loss to that stakeholder would count as a gain: there n is 0, and
    distances are measured from the highest pick.

    References
    ----------
    Das: On characterizing the "knee" of the Pareto curve based on normal-boundary intersection.
    Structural Optimization 1999.
    """
    if matrix.missing:
        return _none(KNEE, matrix.missing)
    if not len(matrix.at_picks):
        return _none(KNEE, NO_BULGE)
    normal = _normal(matrix.at_picks)
    depth = (matrix.at_picks @ normal).max() - matrix.regrets @ normal
    if not depth.max() > 1e-9:
        return _none(KNEE, NO_BULGE)
    return _compromise_of(matrix, KNEE, -depth)


def _normal(at_picks: Floats) -> Floats:
    """Normal of the plane through the picks, of length 1 and nowhere below 0; zeros where there is none."""
    even = np.ones(at_picks.shape[1])
    across = at_picks[1:] - at_picks[0]
    normal: Floats = even - np.linalg.pinv(across, rcond=1e-9) @ (across @ even)
    normal[normal < 1e-9] = 0.0
    length = float(np.linalg.norm(normal))
    return normal / length if length else normal


def nash(matrix: RegretMatrix, today: Sequence[float]) -> Compromise:
    """Point of the front with the greatest weighted product of the stakeholders' gains over today's system.

    Parameters
    ----------
    matrix : RegretMatrix
    today : sequence of float, length K
        Each objective's figure of today's system, as of `metrics.today_point`.

    Returns
    -------
    Compromise
        Without a point where none beats today's system for every stakeholder, whatever the stakeholder's
        weight; and where one of today's figures is undefined or infinite.

    Notes
    -----
    The greatest of ``product over k of gain_k(x) ** weight_k`` among the points at which every gain is
    above 0. Ranges do not matter: stretching a stakeholder's scale stretches the product at all points alike.

    References
    ----------
    Nash: The bargaining problem. Econometrica 1950.
    Kalai: Nonsymmetric Nash solutions and replications of 2-person bargaining. 1977 (the weights).
    """
    if matrix.missing:
        return _none(NASH, matrix.missing)
    now = np.asarray(today, np.float64)
    if not np.isfinite(now).all():
        return _none(NASH, UNDEFINED_TODAY)
    figures = matrix.points[[o.id for o in matrix.objectives]].to_numpy(np.float64)[
        matrix.positions
    ]
    gains = -np.column_stack(
        [o.direction.loss(figures[:, k] - now[k]) for k, o in enumerate(matrix.objectives)]
    )
    # What is only rounding, on the stakeholder's scale, is no gain.
    better = (gains > ROUNDING * matrix.scales).all(axis=1)
    if not better.any():
        return _none(NASH, NONE_BETTER)
    product = np.full(len(gains), -np.inf)
    product[better] = np.log(gains[better]) @ matrix.weights
    return _compromise_of(matrix, NASH, -product)


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
        As of `regret_matrix`.
    today : sequence of float, optional
        As of `nash`; without it there is no bargaining.

    Returns
    -------
    tuple of Compromise
        By `least_regret`, `knee` and, given today's figures, `nash`.
    """
    matrix = regret_matrix(points, objectives, picks, weights)
    of_regret = least_regret(matrix), knee(matrix)
    return of_regret if today is None else (*of_regret, nash(matrix, today))


def _none(method: Method, missing: str) -> Compromise:
    return Compromise(method, None, np.empty(0), missing)


def _compromise_of(matrix: RegretMatrix, method: Method, losses: Floats) -> Compromise:
    """The point of least loss of shape (m,)."""
    if matrix.missing:
        return _none(method, matrix.missing)
    tied = np.flatnonzero(is_least(losses))
    # By weights that add up to 1: no mean of finite regrets overflows.
    total = matrix.regrets[tied] @ (matrix.weights / matrix.weights.sum())
    tied, total = tied[is_least(total)], total[is_least(total)]
    position = break_ties(matrix.points, matrix.positions[tied])
    row = int(np.flatnonzero(matrix.positions == position)[0])
    return Compromise(
        method,
        OperatingPoint.from_points(matrix.points, position),
        matrix.regrets[row],
        "",
    )
