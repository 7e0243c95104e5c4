"""Compromises between stakeholders: points of the Pareto front by least regret, knee, and Nash bargaining."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import OperatingPoint
from metrics.selection.regrets import RegretMatrix, largest_weighted_regret, regret_matrix
from metrics.selection.ties import ROUNDING, break_ties, is_least
from metrics.tally.kernel import Floats


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
FLAT = 1e-9
"""Largest distance in regrets that counts as 0 for the knee, because of rounding."""
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
    """Point of the front with the smallest largest weighted regret of any stakeholder.

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
    if not depth.max() > FLAT:
        return _no_compromise(KNEE, NO_BULGE)
    return _compromise_of(matrix, KNEE, -depth)


def _normal(at_picks: Floats) -> Floats:
    """Unit normal of the plane through the picks, without negative components; zeros if there is none."""
    even = np.ones(at_picks.shape[1])
    across = at_picks[1:] - at_picks[0]
    normal: Floats = even - np.linalg.pinv(across, rcond=FLAT) @ (across @ even)
    normal[normal < FLAT] = 0.0
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
    """Compromise without a point, for a method that finds none."""
    return Compromise(method, None, np.empty(0), missing)


def _compromise_of(matrix: RegretMatrix, method: Method, losses: Floats) -> Compromise:
    """Compromise at the candidate with the smallest of the losses, shape (m,)."""
    if matrix.missing:
        return _no_compromise(method, matrix.missing)
    tied = np.flatnonzero(is_least(losses))
    # The weights are normalised to a sum of 1, so that the mean of finite regrets does not overflow.
    total = matrix.regrets[tied] @ (matrix.weights / matrix.weights.sum())
    tied, total = tied[is_least(total)], total[is_least(total)]
    position = break_ties(matrix.points, matrix.positions[tied])
    row = int(np.flatnonzero(matrix.positions == position)[0])
    point = OperatingPoint.from_points(matrix.points, position)
    return Compromise(method, point, matrix.regrets[row], missing="")
