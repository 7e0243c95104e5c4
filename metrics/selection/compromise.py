"""Compromises between stakeholders: points of the Pareto front by least regret, knee, and Nash bargaining.

Regret is the loss of a stakeholder at a point, relative to the range over the picks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective, Unit
from metrics.evaluation.operating_points import OperatingPoint, is_ordinary
from metrics.selection.pareto import is_on_front
from metrics.selection.ties import ROUNDING, break_ties, is_least
from metrics.tally.kernel import Floats

NO_PICKS = "no stakeholder has a pick"
UNDEFINED_AT_PICKS = "undefined at every pick"
NO_FRONT = "no point is on the front"


SHOWN_DECIMALS = 4
"""Decimals of losses and scores, such as log loss and ROC AUC, that count in a compromise."""


def figures_that_count(objective: Objective, figures: Floats) -> Floats:
    """Figures of an objective, rounded as they are shown.

    Losses and scores of whole models are rounded to `SHOWN_DECIMALS`. A smaller difference costs no
    stakeholder anything, although it may be the whole range of the picks.

    Examples
    --------
    >>> from metrics import OBJECTIVES
    >>> figures_that_count(OBJECTIVES["log_loss"], np.array([0.15110, 0.15111])).tolist()
    [0.1511, 0.1511]
    """
    if objective.of_model and objective.unit in (Unit.LOSS, Unit.SCORE):
        return np.asarray(np.round(figures, SHOWN_DECIMALS), np.float64)
    return figures


def regret_scale(figures: NDArray[np.float64], instead: Sequence[float] = ()) -> float:
    """Distance from the best to the worst figure of one objective over the stakeholders' own picks.

    Parameters
    ----------
    figures : ndarray, shape (k,)
        The objective's figure at each stakeholder's own pick, in its unit; figures that are not finite are
        ignored.
    instead : sequence of float
        Further figures, whose size is used if the picks have no range.

    Returns
    -------
    float
        In the objective's unit, above 0. If the picks do not differ, there is no range. This happens if all
        stakeholders pick one point. It also happens if they pick one model and the objective belongs to the
        model. The scale is then the largest absolute figure of the picks and ``instead``, so a gap is a share
        of the figure itself. If that is 0 as well, the scale is one unit.

    Notes
    -----
    Only the picks matter: a model that no stakeholder picks does not change the scale, hidden or shown.

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
    """Candidate points for a compromise on the front, and every stakeholder's regret at each.

    Attributes
    ----------
    objectives : tuple of Objective, length K
        One for each stakeholder.
    positions : ndarray of int, shape (m,)
        Positions of the candidates: points on the front without infinite figures that flag neither everything
        nor nothing.
    regrets : ndarray, shape (m, K)
        Regrets at these points.
    at_picks : ndarray, shape (P, K)
        Regrets at the stakeholders' own picks; only picks at which every stakeholder's figure is defined and
        finite.
    scales : ndarray, shape (K,)
        Distance that counts as a regret of 1, in each objective's unit.
    weights : ndarray, shape (K,)
        Weights of the stakeholders; their sum is K.
    missing : str
        Reason why there is no candidate; otherwise empty.
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
    """Find the front, and compute the regrets of its points.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, at least one row, with the columns of the objectives.
    objectives : sequence of Objective, length K
        One for each stakeholder; several stakeholders may have the same.
    picks : sequence of int
        Rows of the stakeholders' own picks (`Pick.row`); a stakeholder without a pick is left out.
    weights : sequence of float, length K, optional
        Weight of each stakeholder; equal by default.

    Raises
    ------
    ValueError
        If the numbers of weights and stakeholders differ, if a weight is negative or not finite, or if all
        weights are 0.

    Notes
    -----
    Regret of a stakeholder at x: ``(loss(x) - best) / (worst - best)``, with best and worst over the
    stakeholders' own picks. If these do not differ, `regret_scale` gives the denominator. Losses and scores
    of whole models are rounded before (`figures_that_count`).

    Hiding or adding a dominated model changes neither the picks nor the front, and so no compromise. The
    front is computed from all points. Points that flag everything or nothing are then removed from it. A
    compromise is therefore never worse for all stakeholders than shipping everything.
    """
    normalised = normalise_weights(weights, len(objectives))
    figures = np.column_stack([points[o.id].to_numpy(np.float64) for o in objectives])
    directions = [o.direction for o in objectives]
    is_candidate = is_on_front(figures, directions) & is_ordinary(points)
    losses = np.column_stack(
        [o.direction.loss(figures_that_count(o, figures[:, k])) for k, o in enumerate(objectives)]
    )
    picked = losses[np.array([points.index.get_loc(row) for row in picks], np.intp)]
    scales = np.array([regret_scale(column) for column in picked.T])
    best = np.array([column[np.isfinite(column)].min(initial=np.inf) for column in picked.T])
    missing = NO_PICKS if not len(picked) else UNDEFINED_AT_PICKS if np.isinf(best).any() else ""
    if missing:  # no pick to measure regret from
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


def normalise_weights(weights: Sequence[float] | None, stakeholders: int) -> Floats:
    """Weights of the stakeholders, scaled to a sum of K; equal by default, ValueError if not valid."""
    array = np.ones(stakeholders) if weights is None else np.asarray(weights, np.float64)
    is_valid = array.shape == (stakeholders,) and np.isfinite(array).all() and (array >= 0).all()
    if not (is_valid and array.any()):
        raise ValueError(
            f"weights must be {stakeholders} numbers of at least 0, not all of them 0, got {weights}"
        )
    # Divided by the largest weight first, so that the sum of huge weights does not overflow.
    array = array / array.max()
    return array / array.sum() * stakeholders


@dataclass(frozen=True)
class Method:
    """A method of finding a compromise.

    Attributes
    ----------
    name : str
        Name in the literature.
    source : str
        Author and year.
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
    """Compromise of the stakeholders by one method.

    Attributes
    ----------
    point : OperatingPoint or None
        The point; it is on the front, and flags neither everything nor nothing.
    regrets : ndarray, shape (K,)
        Regret of each stakeholder at the point, as a share of the range from best to worst over the
        stakeholders' own picks. Negative if the point is better than every pick. Empty without a point.
    missing : str
        Short reason why there is no point; otherwise empty.
    """

    method: Method
    point: OperatingPoint | None
    regrets: Floats
    missing: str


def least_regret(matrix: RegretMatrix) -> Compromise:
    """Point of the front whose largest weighted regret is smallest.

    Notes
    -----
    ``min over x of max over k of weight_k * regret_k(x)``: the point nearest to the stakeholders' best
    figures by the weighted Chebyshev distance. A regret below 0 is divided by the weight. Multiplication
    would give a stakeholder with a larger weight less, if all stakeholders get more than at any pick. Ties
    are broken by the smallest sum of ``weight_k * regret_k``, then the fewest misses, the name of the model,
    and the threshold.

    References
    ----------
    Yu: A class of solutions for group decision problems. Management Science 1973 (the case p = infinity).
    Wierzbicki: The use of reference objectives in multiobjective optimization. 1980 (the augmentation).
    """
    largest = largest_weighted_regret(matrix.regrets, matrix.weights)
    return _compromise_of(matrix, LEAST_REGRET, largest)


def largest_weighted_regret(regrets: Floats, weights: Floats) -> Floats:
    """Largest weighted regret of any stakeholder, from regrets of shape (..., K); see `least_regret`.

    A stakeholder with weight 0 does not count.
    """
    largest = np.full(regrets.shape[:-1], -np.inf)
    with np.errstate(over="ignore", invalid="ignore"):  # overflow means infinitely far, as intended
        for k in np.flatnonzero(weights > 0):
            regret, weight = regrets[..., k], weights[k]
            if weight != 1:  # equal weights are all 1
                regret = np.where(regret < 0, regret / weight, regret * weight)
            np.maximum(largest, regret, out=largest)
    return largest


def knee(matrix: RegretMatrix) -> Compromise:
    """Point of the front that bulges farthest below the plane through the stakeholders' own picks.

    Parameters
    ----------
    matrix : RegretMatrix
        Its weights are ignored, because a knee only depends on the front's shape.

    Returns
    -------
    Compromise
        Without a point if no point lies below the plane, for example if all stakeholders pick the same point.

    Notes
    -----
    With n the normal of the plane through the picks' regrets, the knee maximises ``n . (pick - x)``. Fewer
    different picks than stakeholders do not define a plane. The most even plane through the picks is then
    used: n is the part of (1, ..., 1) that is orthogonal to the picks' differences. If the plane rises along
    a stakeholder's objective, a loss of that stakeholder would count as a gain. The component of n is then 0,
    and distances are measured from the highest pick.

    References
    ----------
    Das: On characterizing the "knee" of the Pareto curve based on normal-boundary intersection.
    Structural Optimization 1999.
    """
    if matrix.missing:
        return _no_compromise(KNEE, matrix.missing)
    if not len(matrix.at_picks):
        return _no_compromise(KNEE, NO_BULGE)
    normal = _normal(matrix.at_picks)
    depth = (matrix.at_picks @ normal).max() - matrix.regrets @ normal
    if not depth.max() > 1e-9:
        return _no_compromise(KNEE, NO_BULGE)
    return _compromise_of(matrix, KNEE, -depth)


def _normal(at_picks: Floats) -> Floats:
    """Unit normal of the plane through the picks, without negative components; zeros if there is none."""
    even = np.ones(at_picks.shape[1])
    across = at_picks[1:] - at_picks[0]
    normal: Floats = even - np.linalg.pinv(across, rcond=1e-9) @ (across @ even)
    normal[normal < 1e-9] = 0.0
    length = float(np.linalg.norm(normal))
    return normal / length if length else normal


def nash(matrix: RegretMatrix, today: Sequence[float]) -> Compromise:
    """Point of the front with the largest weighted product of gains over the current system.

    Parameters
    ----------
    matrix : RegretMatrix
    today : sequence of float, length K
        Each objective's figure of the current system, as from `metrics.current_point`.

    Returns
    -------
    Compromise
        Without a point if no point is better than the current system for every stakeholder, including those
        with weight 0. Also without a point if one of the current figures is undefined or infinite.

    Notes
    -----
    Maximum of ``product over k of gain_k(x) ** weight_k`` among the points at which every gain is above 0.
    Ranges do not matter, because rescaling a stakeholder's objective rescales the product at all points
    equally.

    References
    ----------
    Nash: The bargaining problem. Econometrica 1950.
    Kalai: Nonsymmetric Nash solutions and replications of 2-person bargaining. 1977 (the weights).
    """
    if matrix.missing:
        return _no_compromise(NASH, matrix.missing)
    current = np.asarray(today, np.float64)
    if not np.isfinite(current).all():
        return _no_compromise(NASH, UNDEFINED_TODAY)
    figures = matrix.points[[o.id for o in matrix.objectives]].to_numpy(np.float64)[
        matrix.positions
    ]
    gains = -np.column_stack(
        [o.direction.loss(figures[:, k] - current[k]) for k, o in enumerate(matrix.objectives)]
    )
    # A difference within rounding error, on the stakeholder's scale, is no gain.
    better = (gains > ROUNDING * matrix.scales).all(axis=1)
    if not better.any():
        return _no_compromise(NASH, NONE_BETTER)
    product = np.full(len(gains), -np.inf)
    product[better] = np.log(gains[better]) @ matrix.weights
    return _compromise_of(matrix, NASH, -product)


def compromises(
    points: pd.DataFrame,
    objectives: Sequence[Objective],
    picks: Sequence[int],
    *,
    today: Sequence[float],
    weights: Sequence[float] | None = None,
) -> tuple[Compromise, ...]:
    """Compromises of all methods.

    Parameters
    ----------
    points, objectives, picks, weights
        See `regret_matrix`.
    today : sequence of float
        See `nash`.

    Returns
    -------
    tuple of Compromise
        Results of `least_regret`, `knee` and `nash`.
    """
    matrix = regret_matrix(points, objectives, picks, weights)
    return least_regret(matrix), knee(matrix), nash(matrix, today)


def _no_compromise(method: Method, missing: str) -> Compromise:
    """Result of a method that finds no point."""
    return Compromise(method, None, np.empty(0), missing)


def _compromise_of(matrix: RegretMatrix, method: Method, losses: Floats) -> Compromise:
    """The point with the least of the losses of shape (m,)."""
    if matrix.missing:
        return _no_compromise(method, matrix.missing)
    tied = np.flatnonzero(is_least(losses))
    # The weights are normalised to a sum of 1, so that the mean of finite regrets does not overflow.
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
