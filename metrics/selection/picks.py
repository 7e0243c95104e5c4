"""Picks: each stakeholder's best operating point, within bound and limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.operating_points import is_ordinary
from metrics.scenario.scenario import implied_odds
from metrics.selection.default_bound import default_bound
from metrics.selection.limits import Bound, meets_all
from metrics.selection.ties import break_ties, cheapest, is_least
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Pick:
    """The operating point that a stakeholder would choose alone.

    Attributes
    ----------
    row : int
        Position in the operating points.
    model, threshold
        The point.
    value : float
        The stakeholder's figure at the point.
    bound : Bound or None
        Bound within which the point was picked.
    """

    row: int
    model: str
    threshold: float
    value: float
    bound: Bound | None = None


def implied_threshold(evaluation: Evaluation) -> float:
    """Threshold that the scores' probabilities imply at the scenario's miss cost, on the scores' scale.

    Returns
    -------
    float
        NaN if scores are only a ranking.
    """
    odds = implied_odds(evaluation.scenario, evaluation.tally.class_mass)
    scale = evaluation.tally.scale
    if scale == "rank":
        return math.nan
    if scale == "logit":
        return math.log(odds)
    p = odds / (1.0 + odds)
    return 100 * p if scale == "percent" else p


def objectives_to_pick_by(objective: Objective, bound: Bound | None) -> list[Objective]:
    """Objectives that `pick` reads the columns of, each once."""
    read = [objective, OBJECTIVES["cost_of_errors"], *([bound.objective] if bound else [])]
    return list({o.id: o for o in read}.values())


def pick(
    points: pd.DataFrame,
    objective: Objective,
    evaluation: Evaluation,
    *,
    bound: Bound | None = None,
    limits: Sequence[Bound] = (),
    ordinary: NDArray[np.bool_] | None = None,
) -> Pick | None:
    """Best operating point for one objective.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with the columns of ``objective``, of ``cost_of_errors`` and of the
        bound's objective.
    objective : Objective
    evaluation : Evaluation
        Evaluation that the points were computed from.
    bound : Bound, optional
        Only points within the bound are considered. A monotone objective has a default bound.
    limits : sequence of Bound
        Limits that apply to all stakeholders; only points that meet all of them are considered.
    ordinary : ndarray of bool, optional
        `is_ordinary` of the points, if it is known.

    Returns
    -------
    Pick or None
        `None` if no point has a defined figure, is within the bound and the limits, and flags neither
        everything nor nothing.

    Notes
    -----
    Equal figures are decided by the fewest misses, then the lower cost of errors (in reverse order between
    whole models), then the name of the model. Neither the order of the models nor a hidden dominated model
    therefore changes a pick. An objective of a whole model picks the model. Its threshold is then the first
    one from the implied threshold on that meets the limits, or else the last one below. If the scores imply
    no threshold, the threshold of least cost is used.
    """
    bound = bound or default_bound(objective, evaluation)
    figures = points[objective.id].to_numpy(np.float64)
    within_bound = ~np.isnan(figures)
    within_bound &= is_ordinary(points) if ordinary is None else ordinary
    if bound is not None:
        within_bound &= bound.holds(points)
    allowed = within_bound & meets_all(points, limits)
    if not allowed.any():
        return None
    position = _best(points, objective, figures, np.flatnonzero(allowed))
    if objective.of_model:
        is_same_model = (points["model"] == points["model"].iloc[position]).to_numpy()
        position = _position_at_implied_threshold(points, allowed & is_same_model, evaluation)
    return Pick(
        row=int(points.index[position]),
        model=str(points["model"].iloc[position]),
        threshold=float(points["threshold"].iloc[position]),
        value=float(figures[position]),
        bound=bound,
    )


def _position_at_implied_threshold(
    points: pd.DataFrame, allowed: NDArray[np.bool_], evaluation: Evaluation
) -> int:
    """Position of the first allowed point at or above a model's implied threshold, else of the last below."""
    implied = implied_threshold(evaluation)
    if math.isnan(implied):
        least = cheapest(points, allowed)
        assert least is not None  # every point has a cost
        return least
    positions = np.flatnonzero(allowed)
    above = positions[points["threshold"].to_numpy(np.float64)[positions] >= implied]
    return int(above[0] if above.size else positions[-1])


def cheapest_of_each_model(points: pd.DataFrame, *, limits: Sequence[Bound] = ()) -> list[Pick]:
    """Threshold of least cost of each model, by the rules of `pick`; without models that have none.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with ``cost_of_errors``.
    limits : sequence of Bound
        Only points that meet all limits are considered.
    """
    cost = OBJECTIVES["cost_of_errors"]
    figures = points[cost.id].to_numpy(np.float64)
    allowed = is_ordinary(points) & ~np.isnan(figures) & meets_all(points, limits)
    models = points["model"]
    thresholds = points["threshold"].to_numpy(np.float64)
    firsts = np.flatnonzero(~models.duplicated().to_numpy())
    picks = []
    for first, last in zip(firsts, [*firsts, len(points)][1:], strict=True):
        positions = first + np.flatnonzero(allowed[first:last])
        if positions.size:
            best = _best(points, cost, figures, positions)
            row, model = int(points.index[best]), str(models.iloc[best])
            picks.append(Pick(row, model, float(thresholds[best]), float(figures[best])))
    return picks


def _best(
    points: pd.DataFrame, objective: Objective, figures: Floats, positions: NDArray[np.intp]
) -> int:
    """Position of the best figure at some positions; ties are broken as in `pick`."""
    positions = positions[is_least(objective.direction.loss(figures[positions]))]
    if positions.size == 1:
        return int(positions[0])
    misses, cost = (points[name].to_numpy()[positions] for name in ("fn", "cost_of_errors"))
    before = [cost, misses] if objective.of_model else [misses, cost]
    return break_ties(points, positions, before)
