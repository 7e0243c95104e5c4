"""What each seat would pick, and what another choice costs it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.confusion import Confusion
from metrics.objective import OBJECTIVES, Direction, Extreme, Objective
from metrics.points import Evaluation
from metrics.scenario import implied_odds
from metrics.wording import difference, figure

LEAST_RECALL = 0.8
"""Share of the defects to catch where a seat wants few alarms and today's system catches none."""


@dataclass(frozen=True)
class Bound:
    """The limit within which a seat with a monotone objective picks.

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

    def words(self, evaluation: Evaluation) -> str:
        """The bound as the end of a sentence: ``while revenue is not below today's``."""
        if self.objective.id.startswith("revenue_impact") and self.value == 0:
            return "while revenue is not below today’s"
        least = self.objective.direction is Direction.MAXIMISE
        limit = figure(self.objective, self.value, evaluation.scenario)
        return f"with {self.objective.label} at {'least' if least else 'most'} {limit}"


@dataclass(frozen=True)
class Pick:
    """The operating point that a seat would choose for itself.

    Attributes
    ----------
    row : int
        Position in the operating points.
    model, threshold
        The point.
    value : float
        The seat's figure there.
    words : str
        The rule it was picked by.
    """

    row: int
    model: str
    threshold: float
    value: float
    words: str


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
    """Bound of a monotone objective where its seat names none; None for other objectives.

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
    words = "" if bound is None else bound.words(evaluation)
    if bound is not None:
        allowed = allowed[bound.holds(allowed)]
    if allowed.empty:
        return None
    if not objective.of_model:
        return _first(allowed, objective, words)
    best = _first(allowed, objective, words)
    own = allowed[allowed["model"] == best.model]
    mark = model_mark(evaluation)
    if math.isnan(mark):
        row = _first(own, OBJECTIVES["cost_of_errors"], "").row
        words = words or "at its threshold of least cost"
    else:
        above = own[own["threshold"] >= mark]
        row = int(above.index[0] if len(above) else own.index[-1])
        words = words or "at the threshold its probabilities imply"
    return _pick_of(points, row, objective, words)


def is_least(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the losses are the least, up to the rounding of sums that are equal on paper."""
    least = losses.min()
    close: NDArray[np.bool_] = losses <= least + 1e-12 * abs(least)
    return close


def _first(points: pd.DataFrame, objective: Objective, words: str) -> Pick:
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
    row = ranked.sort_values([*ties, "model", "threshold"], kind="stable").index[0]
    return _pick_of(points, int(row), objective, words)


def _pick_of(points: pd.DataFrame, row: int, objective: Objective, words: str) -> Pick:
    point = points.loc[[row]]
    return Pick(
        row=row,
        model=str(point["model"].iloc[0]),
        threshold=float(point["threshold"].iloc[0]),
        value=float(point[objective.id].iloc[0]),
        words=words,
    )


def cost_to_seat(
    objective: Objective, value: float, own: Pick | None, evaluation: Evaluation
) -> str:
    """What a figure costs a seat against its own pick, in its own unit and words."""
    if own is None:
        return "no pick of its own to compare with"
    return difference(objective, value, own.value, evaluation.scenario, than="its own pick")


def payoff_alignment(evaluation: Evaluation) -> str | None:
    """Sentence that says the payoffs' cost of a miss is not the product seat's; None where they agree.

    Notes
    -----
    They agree within 5 %.
    """
    scenario = evaluation.scenario
    implied = scenario.payoffs.miss_cost
    if math.isnan(implied):
        return (
            "The payoffs put no price on a miss: flagging a defect must earn more than shipping it, "
            "and shipping a good unit more than flagging it."
        )
    if math.isclose(implied, scenario.miss_cost, rel_tol=0.05):
        return None
    return (
        f"The payoffs make a miss worth {implied:.3g} false alarms; "
        f"the product seat says {scenario.miss_cost:.3g}."
    )
