"""What each stakeholder would pick, within what limit, by which rule; the cheapest point; how ties break."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.operating_points import Evaluation, is_ordinary
from metrics.scenario.scenario import implied_odds
from metrics.selection.default_bound import default_bound
from metrics.selection.limits import Bound, keeps_all

ROUNDING = 1e-12
"""Share of its own size by which a figure may differ from another that is equal on paper."""


def is_equal(
    a: NDArray[np.float64] | float, b: NDArray[np.float64] | float
) -> NDArray[np.bool_] | np.bool_:
    """Whether figures are equal, up to rounding; an undefined one equals nothing.

    Sums of the same counts in another order differ in their last bits.
    """
    # What is infinite has no distance; where two are equal to the bit, none is asked for.
    with np.errstate(invalid="ignore"):
        close = np.abs(np.subtract(a, b)) <= ROUNDING * np.fmin(np.abs(a), np.abs(b))
    equal: NDArray[np.bool_] | np.bool_ = (close & np.isfinite(a) & np.isfinite(b)) | np.equal(a, b)
    return equal


def is_least(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the losses are the least, up to rounding; an undefined one is not."""
    return np.asarray(is_equal(losses, float(np.fmin.reduce(losses))))


def break_ties(
    points: pd.DataFrame, positions: NDArray[np.intp], before: Sequence[NDArray[Any]] = ()
) -> int:
    """The one of several operating points that stands for all, whatever their order.

    Parameters
    ----------
    points : DataFrame
    positions : ndarray of int, shape (k,)
        At least one.
    before : sequence of ndarray, each of shape (k,)
        What decides before the fewest misses do, the first first; less is better.

    Returns
    -------
    int
        Its position.

    Notes
    -----
    Of points that are equal in all that comes before: the fewest misses, then the fewest false alarms,
    the name of the model, the threshold.
    """
    for k in range(len(before)):
        least = _least(before[k])
        positions, before = positions[least], [values[least] for values in before]
    for name in ("fn", "fp", "model", "threshold"):
        if positions.size > 1:
            positions = positions[_least(points[name].iloc[positions].to_numpy())]
    return int(positions[0])


def _least(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values are the least; where all are undefined, all."""
    if values.dtype.kind in "OUT":  # names
        return np.asarray(values == min(values))
    least = np.fmin.reduce(values)
    return np.asarray((values == least) | np.isnan(least))


def cheapest(points: pd.DataFrame, among: NDArray[np.bool_] | None = None) -> int | None:
    """Position of the operating point of least cost of errors; None where none has a cost.

    Parameters
    ----------
    points : DataFrame
        With ``cost_of_errors`` among its columns.
    among : ndarray of bool, shape (n,), optional
        Which of them may be it; all where left out.

    Notes
    -----
    Costs that are equal up to rounding are equal: then the fewest misses decide, then the fewest false
    alarms, the name of the model, the threshold (`break_ties`).
    """
    positions = np.arange(len(points)) if among is None else np.flatnonzero(among)
    if not positions.size:
        return None
    cost = points["cost_of_errors"].to_numpy(np.float64)[positions]
    least = positions[is_least(cost)]
    return break_ties(points, least) if least.size else None


class Rule(Enum):
    """How a pick's threshold was found."""

    BEST = "best figure of all points"
    WITHIN_BOUND = "best figure within the bound"
    IMPLIED_THRESHOLD = "the threshold that the model's probabilities imply"
    MOVED_THRESHOLD = "another, as the limits leave out the one that the probabilities imply"
    LEAST_COST = "the model's threshold of least cost"


@dataclass(frozen=True)
class Pick:
    """The operating point that a stakeholder would choose for itself.

    Attributes
    ----------
    row : int
        Position in the operating points.
    model, threshold
        The point.
    value : float
        The stakeholder's figure there.
    rule : Rule
        How the threshold was found.
    bound : Bound or None
        What it was picked within.
    """

    row: int
    model: str
    threshold: float
    value: float
    rule: Rule
    bound: Bound | None = None


def implied_threshold(evaluation: Evaluation) -> float:
    """Threshold that the scores' probabilities imply at the scenario's miss cost, on the scores' scale.

    Returns
    -------
    float
        NaN where scores are only a ranking.
    """
    odds = implied_odds(evaluation.scenario, evaluation.tally.class_mass)
    scale = evaluation.tally.scale
    if scale == "rank":
        return math.nan
    if scale == "logit":
        return math.log(odds)
    p = odds / (1.0 + odds)
    return 100 * p if scale == "percent" else p


def pick(
    points: pd.DataFrame,
    objective: Objective,
    evaluation: Evaluation,
    *,
    bound: Bound | None = None,
    limits: Sequence[Bound] = (),
) -> Pick | None:
    """Best operating point for one objective.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with the columns of ``objective``, of ``cost_of_errors`` and of the
        bound's objective.
    objective : Objective
    evaluation : Evaluation
        What the points were made from.
    bound : Bound, optional
        Only points within it are considered. A monotone objective has a default bound.
    limits : sequence of Bound
        What everybody agreed on: only points that keep all of it are considered, whoever picks.

    Returns
    -------
    Pick or None
        None where no point is defined, within the bound and the limits, and neither flags everything nor
        nothing.

    Notes
    -----
    Of equal figures the fewest misses decide, then the lower cost of errors (the other way round between
    whole models), then the name of the model, so that neither the order of the models nor a hidden
    dominated model changes a pick. An objective of a whole model picks the model; the threshold is then
    the one that its probabilities imply, the first above it that keeps the limits (the last below it
    where none does), or the one of least cost where they imply none.
    """
    bound = bound or default_bound(objective, evaluation)
    figures = points[objective.id].to_numpy(np.float64)
    allowed = is_ordinary(points) & ~np.isnan(figures) & keeps_all(points, limits)
    if bound is not None:
        allowed &= bound.within(points[bound.objective.id].to_numpy(np.float64))
    if not allowed.any():
        return None
    best = _best(points, objective, np.flatnonzero(allowed))
    rule = Rule.BEST if bound is None else Rule.WITHIN_BOUND
    if objective.of_model:
        of_same = (points["model"] == points["model"].iloc[best]).to_numpy()
        of_model = allowed & of_same
        implied = implied_threshold(evaluation)
        if math.isnan(implied):
            least = cheapest(points, of_model)
            assert least is not None  # every point has a cost
            best, rule = least, Rule.LEAST_COST
        else:
            own = np.flatnonzero(of_model)
            above = own[points["threshold"].to_numpy(np.float64)[own] >= implied]
            best, rule = int(above[0] if above.size else own[-1]), Rule.IMPLIED_THRESHOLD
            if limits:
                alone = pick(points[of_same], objective, evaluation, bound=bound)
                moved = alone is not None and alone.row != int(points.index[best])
                rule = Rule.MOVED_THRESHOLD if moved else rule
    return Pick(
        row=int(points.index[best]),
        model=str(points["model"].iloc[best]),
        threshold=float(points["threshold"].iloc[best]),
        value=float(figures[best]),
        rule=rule,
        bound=bound,
    )


def cheapest_of_each_model(points: pd.DataFrame, *, limits: Sequence[Bound] = ()) -> list[Pick]:
    """Every model's threshold of least cost, as `pick` finds it; of models that have one.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with ``cost_of_errors``.
    limits : sequence of Bound
        Only points that keep all of it are considered.
    """
    cost = OBJECTIVES["cost_of_errors"]
    figures = points[cost.id].to_numpy(np.float64)
    allowed = is_ordinary(points) & ~np.isnan(figures) & keeps_all(points, limits)
    models = points["model"]
    thresholds = points["threshold"].to_numpy(np.float64)
    firsts = np.flatnonzero(~models.duplicated().to_numpy())
    found = []
    for first, last in zip(firsts, [*firsts, len(points)][1:], strict=True):
        own = first + np.flatnonzero(allowed[first:last])
        if own.size:
            best = _best(points, cost, own)
            row, model = int(points.index[best]), str(models.iloc[best])
            found.append(Pick(row, model, float(thresholds[best]), float(figures[best]), Rule.BEST))
    return found


def _best(points: pd.DataFrame, objective: Objective, positions: NDArray[np.intp]) -> int:
    """Position of the best figure at some positions; of equal ones as `pick` says."""
    loss = objective.direction.loss(points[objective.id].to_numpy(np.float64)[positions])
    positions = positions[is_least(loss)]
    misses, cost = (points[name].to_numpy()[positions] for name in ("fn", "cost_of_errors"))
    before = [cost, misses] if objective.of_model else [misses, cost]
    return break_ties(points, positions, before)
