"""Regrets of stakeholders: what each loses at a point, relative to the range over the stakeholders' picks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective, Unit
from metrics.evaluation.operating_points import is_ordinary
from metrics.selection.pareto import is_on_front
from metrics.selection.ties import ROUNDING
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
        Further figures; their size also counts if the picks have no range.

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
