"""All that a verdict rests on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.objective import OBJECTIVES, Extreme, Objective
from metrics.evaluation.operating_points import Evaluation, OperatingPoint
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.cost_curve_stability import CostCurveStability
from metrics.inference.optimism import Choice, ReplicateChoices, choose_in_replicates
from metrics.scenario.scenario import Scenario
from metrics.selection.compromise import Compromise
from metrics.selection.cost_curve import CostCurve
from metrics.selection.feasibility import Feasibility
from metrics.selection.limits import Bound, keeps_all
from metrics.selection.picks import Pick

FOR_A_SHARE = 250
"""Replicates; a share is then known to 3 in 100."""

FLAGGING = {
    Extreme.FLAG_EVERYTHING: "flagging everything",
    Extreme.FLAG_NOTHING: "flagging nothing",
}


@dataclass(frozen=True)
class StakeholderFacts:
    """Somebody at the table.

    Attributes
    ----------
    title : str
        As it stands inside a sentence: "data scientist".
    objective : Objective
    bound : Bound or None
        Within which the stakeholder picks.
    pick : Pick or None
    """

    title: str
    objective: Objective
    bound: Bound | None
    pick: Pick | None


@dataclass(frozen=True)
class Facts:
    """The figures of a verdict.

    Attributes
    ----------
    evaluation : Evaluation
    points : DataFrame
        Operating points of the visible models, at least one row, with the columns of the stakeholders' and
        the limits' objectives and ``cost_of_errors``.
    stakeholders : tuple of StakeholderFacts
        At least one; their picks, the compromise and the feasibility are of ``points``.
    limits : tuple of Bound
    feasibility : Feasibility or None
        Of the limits.
    compromise : Compromise or None
        That of least regret.
    by_cost : CostCurve
        From `metrics.selection.cost_curve.by_miss_cost`.
    stability : CostCurveStability or None
        Of ``by_cost``, best with the scenario's miss cost in its grid.
    bootstrap : Bootstrap or None
        None: nothing is said of chance.
    today : OperatingPoint
        Today's system, with the figures that are known.
    label : callable
        A model's shown name.
    words : callable
        An operating point as text: ``gradient boosting at 0.31``.
    threshold_words : callable
        A threshold of a model as text: ``0.31``, ``flag nothing``.
    certified : ndarray of bool, shape (n,), or None
        Which of ``points`` keep all limits for certain (`metrics.inference.guarantee`); None where not known.
    """

    evaluation: Evaluation
    points: pd.DataFrame
    stakeholders: tuple[StakeholderFacts, ...]
    limits: tuple[Bound, ...]
    feasibility: Feasibility | None
    compromise: Compromise | None
    by_cost: CostCurve
    stability: CostCurveStability | None
    bootstrap: Bootstrap | None
    today: OperatingPoint
    label: Callable[[str], str]
    words: Callable[[str | None, float], str]
    threshold_words: Callable[[str, float], str]
    certified: NDArray[np.bool_] | None = None

    @cached_property
    def resamples(self) -> Bootstrap | None:
        """As many as a share needs that is said in whole hundredths."""
        return None if self.bootstrap is None else self.bootstrap.part(0, FOR_A_SHARE)

    @cached_property
    def picked_again(self) -> tuple[ReplicateChoices, ...]:
        """What each stakeholder who has a pick would pick in the resamples; none without these."""
        choices = [own for s in self.stakeholders if (own := self.choice_of(s)) is not None]
        return choose_in_replicates(self.resamples, choices) if self.resamples and choices else ()

    @cached_property
    def limits_missed(self) -> float:
        """Share of the resamples in which no point keeps the limits that some point of the file keeps.

        NaN where not known, or in all: then the limits are on what no resample tells.
        """
        if self.resamples is None or self.feasibility is None or not self.feasibility.is_kept:
            return math.nan
        cheapest = Choice(OBJECTIVES["cost_of_errors"], limits=self.limits, models=self.models)
        [found] = choose_in_replicates(self.resamples, [cheapest])
        missed = float((found.models < 0).mean())
        return missed if missed < 1 else math.nan

    @property
    def scenario(self) -> Scenario:
        """What the figures assume."""
        return self.evaluation.scenario

    @property
    def models(self) -> tuple[str, ...]:
        """Those that are visible."""
        return tuple(str(model) for model in self.points["model"].unique())

    @property
    def defects(self) -> int:
        """Rows of the file that are defects, whatever their weight."""
        return int(self.evaluation.tally.rows[1])

    @property
    def agreed(self) -> str | None:
        """The one model that every stakeholder picks, at whatever threshold; None where there is none."""
        picked = {
            stakeholder.pick.model if stakeholder.pick else None
            for stakeholder in self.stakeholders
        }
        return picked.pop() if len(picked) == 1 else None

    def choice_of(self, stakeholder: StakeholderFacts) -> Choice | None:
        """How a stakeholder's pick was found; None without one."""
        if stakeholder.pick is None:
            return None
        # Limits that bind, bind every pick.
        rows = [s.pick.row for s in self.stakeholders if s.pick is not None]
        limits = self.limits if keeps_all(self.points.loc[rows], self.limits).all() else ()
        return Choice(stakeholder.objective, stakeholder.bound, limits, self.models)

    def figure(self, objective: Objective, row: int) -> float:
        """An objective at one of the points."""
        return float(self.points[objective.id].loc[row])

    def point(self, pick: Pick) -> OperatingPoint:
        """The point of a pick."""
        position = self.points.index.get_loc(pick.row)
        return OperatingPoint.from_points(self.points, int(position))  # type: ignore[arg-type]

    def spot(self, point: OperatingPoint) -> str:
        """A point in words, also one that flags everything or nothing."""
        if point.extreme is not None:
            return FLAGGING[point.extreme]
        return self.words(point.model, point.threshold)

    def at(self, model: str, threshold: float) -> str:
        """A point of a model that was just named: ``at 0.31``."""
        words = self.threshold_words(model, threshold)
        return f"at {words}" if math.isfinite(threshold) else words

    def infinite_rows(self, model: str) -> int:
        """Units that a model scored exactly 0 or 1 on the wrong side."""
        evaluation = self.evaluation
        return int(evaluation.figures[evaluation.tally.index(model)].infinite_rows)
