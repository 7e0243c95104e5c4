"""What each stakeholder would pick, and what another choice costs it.

What counts as far: the range of an objective over the stakeholders' own picks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import OBJECTIVES, Extreme, Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.scenario.scenario import implied_odds

ROUNDING = 1e-12


"""Share of its own size by which a figure may differ from another that is equal on paper."""


def own_range(figures: NDArray[np.float64], instead: Sequence[float] = ()) -> float:
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
    >>> own_range(np.array([77.0, 90.0, 120.0]))
    43.0
    >>> own_range(np.array([77.0, 77.0])), own_range(np.array([0.0]), [0.5]), own_range(np.array([]))
    (77.0, 0.5, 1.0)
    """
    known = figures[np.isfinite(figures)]
    sizes = np.abs([*known.tolist(), *(x for x in instead if np.isfinite(x))])
    size = float(sizes.max(initial=0.0))
    apart = float(known.max() - known.min()) if known.size else 0.0
    if apart > ROUNDING * size:
        return apart
    return size or 1.0


LEAST_RECALL = 0.8


"""Share of the defects to catch where a stakeholder wants few alarms and today's system catches none."""


@dataclass(frozen=True)
class Bound:
    """The limit within which a stakeholder with a monotone objective picks.

    Attributes
    ----------
    objective : Objective
        What is bounded; a least value where more is better, else a most value.
    value : float
        In the objective's unit, under the scenario.
    """

    objective: Objective
    value: float

    def within(self, figures: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether figures of any shape keep the bound; undefined ones do not."""
        within: NDArray[np.bool_] = self.objective.direction.loss(figures) <= (
            self.objective.direction.loss(np.asarray(self.value))
        )
        return within

    def holds(self, points: pd.DataFrame) -> pd.Series:
        """Whether each operating point keeps the bound; an undefined figure does not."""
        figures = points[self.objective.id].to_numpy(np.float64)
        return pd.Series(self.within(figures), index=points.index)

    def keeps(self, figure: float) -> bool:
        """Whether one figure keeps the bound; an undefined one does not."""
        return bool(self.within(np.asarray(figure)))


class Rule(Enum):
    """How a pick's threshold was found."""

    BEST = "best figure of all points"
    WITHIN_BOUND = "best figure within the bound"
    IMPLIED_THRESHOLD = "the threshold that the model's probabilities imply"
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


def extreme_of(objective: Objective, evaluation: Evaluation) -> Extreme | None:
    """Silly threshold of an objective: as it declares, or as its formula shows.

    Notes
    -----
    The objective is asked about a grid of counts that no model has to reach, so that the answer does not
    depend on the models: where flagging one more unit, defect or not, never makes the figure worse, it
    is best at flag-everything; where it never makes it better, at flag-nothing.
    """
    if objective.extreme is not None or objective.of_model or objective.is_standard:
        return objective.extreme
    goods, defects = evaluation.tally.class_mass
    flagged = np.linspace(0.1, 0.9, 7)
    tp, fp = (
        part.ravel() for part in np.meshgrid(defects * flagged, goods * flagged, indexing="ij")
    )
    counts = Confusion(tp=tp, fp=fp, fn=defects - tp, tn=goods - fp)
    values = objective.values(counts.scaled(*evaluation.factors), evaluation.context(0))
    loss = objective.direction.loss(values).reshape(flagged.size, flagged.size)
    steps = np.concatenate([np.diff(loss, axis=axis).ravel() for axis in (0, 1)])
    if not np.isfinite(steps).all() or not steps.any():
        return None
    # Rounding apart: sums of the same counts in another order are not worse.
    slack = 1e-9 * np.abs(loss).max()
    if (steps <= slack).all():
        return Extreme.FLAG_EVERYTHING
    return Extreme.FLAG_NOTHING if (steps >= -slack).all() else None


def default_bound(objective: Objective, evaluation: Evaluation) -> Bound | None:
    """Bound of a monotone objective where its stakeholder names none; None for other objectives.

    Notes
    -----
    Few misses: revenue not below today's. Few alarms: as many defects caught as today, or four in five
    where today's system catches none.
    """
    extreme = extreme_of(objective, evaluation)
    if extreme is None:
        return None
    if extreme is Extreme.FLAG_EVERYTHING:
        return Bound(OBJECTIVES["revenue_impact"], 0.0)
    # Computed as the points' recall is, so that today's own point cannot miss the bound by rounding.
    context = evaluation.context(None)
    caught = float(OBJECTIVES["recall"].values(context.today, context))
    return Bound(OBJECTIVES["recall"], caught if caught > 0 else LEAST_RECALL)


def model_mark(evaluation: Evaluation) -> float:
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

    Returns
    -------
    Pick or None
        None where no point is defined, within the bound and neither flags everything nor nothing.

    Notes
    -----
    Of equal figures the fewest misses decide, then the lower cost of errors (the other way round between
    whole models), then the name of the model, so that neither the order of the models nor a hidden
    dominated model changes a pick. An objective of a whole model picks the model; the threshold is then
    the one that its probabilities imply, or the one of least cost where they imply none.
    """
    bound = bound or default_bound(objective, evaluation)
    some = ((points["tp"] + points["fp"]) > 0) & ((points["fn"] + points["tn"]) > 0)
    allowed = points[some & points[objective.id].notna()]
    if bound is not None:
        allowed = allowed[bound.holds(allowed)]
    if allowed.empty:
        return None
    row = _first(allowed, objective)
    rule = Rule.BEST if bound is None else Rule.WITHIN_BOUND
    if objective.of_model:
        own = allowed[allowed["model"] == points["model"].loc[row]]
        mark = model_mark(evaluation)
        if math.isnan(mark):
            row, rule = _first(own, OBJECTIVES["cost_of_errors"]), Rule.LEAST_COST
        else:
            above = own[own["threshold"] >= mark]
            row, rule = int((above if len(above) else own[-1:]).index[0]), Rule.IMPLIED_THRESHOLD
    point = points.loc[[row]]
    return Pick(
        row=row,
        model=str(point["model"].iloc[0]),
        threshold=float(point["threshold"].iloc[0]),
        value=float(point[objective.id].iloc[0]),
        rule=rule,
        bound=bound,
    )


def is_least(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the losses are the least, up to the rounding of sums that are equal on paper."""
    least = losses.min()
    close: NDArray[np.bool_] = losses <= least + 1e-12 * abs(least)
    return close


def _first(points: pd.DataFrame, objective: Objective) -> int:
    """Row of the best figure; of equal ones as `pick` says."""
    ranked = pd.DataFrame(
        {
            "loss": objective.direction.loss(points[objective.id].to_numpy(np.float64)),
            "fn": points["fn"],
            "cost": points["cost_of_errors"],
            "model": points["model"],
            "threshold": points["threshold"],
        },
        index=points.index,
    )
    ranked = ranked[is_least(ranked["loss"].to_numpy(np.float64))]
    ties = ["cost", "fn"] if objective.of_model else ["fn", "cost"]
    return int(ranked.sort_values([*ties, "model", "threshold"], kind="stable").index[0])
