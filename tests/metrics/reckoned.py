"""What a verdict should say, reckoned from rows: counts, costs and resamples with numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.words.verdict import ChosenFacts, Facts, StakeholderFacts
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import (
    OperatingPoint,
    evaluate,
    operating_points,
    today_point,
)
from metrics.inference.bootstrap import Bootstrap
from metrics.io.scores import Scores
from metrics.scenario.scenario import Scenario
from metrics.selection.compromise import least_regret, regret_matrix
from metrics.selection.cost_curve import by_miss_cost
from metrics.selection.default_bound import default_bound
from metrics.selection.feasibility import feasibility
from metrics.selection.limits import Bound
from metrics.selection.picks import pick
from metrics.tally.threaded_counting import tally_scores
from tests import oracles

Floats = NDArray[np.float64]
EVERY = list(OBJECTIVES.values())
TITLES = ("data scientist", "product manager", "executive")
STAKEHOLDERS = ("log_loss", "missed_defects", "revenue_impact")


def gathered(
    scores: Scores,
    scenario: Scenario,
    *,
    objectives: Sequence[str] = STAKEHOLDERS,
    bounds: Sequence[tuple[str, float] | None] = (),
    limits: Sequence[tuple[str, float]] = (),
    replicates: int = 1000,
    at: tuple[str, float] | None = None,
) -> Facts:
    """The facts as a page gathers them, the last pick or what is named chosen; thresholds in full."""
    tally = tally_scores(scores)
    evaluation = evaluate(tally, scenario)
    points = operating_points(evaluation, EVERY)
    stakeholders = []
    for k, name in enumerate(objectives):
        own = bounds[k] if k < len(bounds) else None
        o = OBJECTIVES[name]
        bound = default_bound(o, evaluation) if own is None else Bound(OBJECTIVES[own[0]], own[1])
        picked = pick(points, o, evaluation, bound=bound)
        stakeholders.append(StakeholderFacts(TITLES[k], o, bound, picked))
    rows = [stakeholder.pick.row for stakeholder in stakeholders if stakeholder.pick is not None]
    asked = tuple(Bound(OBJECTIVES[name], value) for name, value in limits)
    cost = by_miss_cost(points, evaluation)
    bootstrap = Bootstrap.draw(evaluation, replicates=replicates) if replicates else None
    chosen = OperatingPoint.from_points(points, rows[-1] if rows else 0)
    if at is not None:
        [position] = np.flatnonzero((points["model"] == at[0]) & (points["threshold"] == at[1]))
        chosen = OperatingPoint.from_points(points, int(position))
    today = today_point(evaluation, EVERY)
    return Facts(
        evaluation=evaluation,
        points=points,
        stakeholders=tuple(stakeholders),
        limits=asked,
        feasibility=feasibility(points, asked, rows) if asked else None,
        compromise=least_regret(regret_matrix(points, [s.objective for s in stakeholders], rows)),
        by_cost=cost,
        bootstrap=bootstrap,
        today=today,
        today_words=words(today.model, today.threshold),
        chosen=ChosenFacts(
            chosen,
            words(chosen.model, chosen.threshold),
            (chosen.model, chosen.counts) == (today.model, today.counts),
        ),
        label=str,
        words=words,
        threshold_words=threshold_words,
    )


def threshold_words(model: str, threshold: float) -> str:
    return repr(threshold) if np.isfinite(threshold) else "flag nothing"


def words(model: str | None, threshold: float) -> str:
    if model is None:
        return "no checks"
    return f"{model} at {threshold!r}" if np.isfinite(threshold) else f"{model}, flag nothing"


@dataclass(frozen=True)
class Reckoned:
    """Unweighted rows under a scenario without a defect rate of its own.

    Attributes
    ----------
    labels, scores
    keys : sequence of str
        By which rows fall into buckets.
    scenario : Scenario
    """

    labels: NDArray[np.int8]
    scores: dict[str, Floats]
    keys: Sequence[str]
    scenario: Scenario

    @property
    def factor(self) -> float:
        """From rows to the scenario's units."""
        units = self.scenario.units_per_year
        return 1.0 if units is None else units / self.labels.size

    def counts(self, model: str, thresholds: Floats | float) -> tuple[Floats, Floats]:
        """Missed defects and false alarms, of the file."""
        own = self.scores[model]
        defects, goods = np.sort(own[self.labels == 1]), np.sort(own[self.labels == 0])
        fn = np.searchsorted(defects, thresholds, side="left")
        fp = goods.size - np.searchsorted(goods, thresholds, side="left")
        return fn.astype(float), fp.astype(float)

    def frame(self, at: pd.DataFrame) -> pd.DataFrame:
        """Figures at the models and thresholds of a frame, by definition."""
        out = at[["model", "threshold"]].copy()
        out["fn"], out["fp"] = 0.0, 0.0
        for model in self.scores:
            mine = (out["model"] == model).to_numpy()
            fn, fp = self.counts(model, out.loc[mine, "threshold"].to_numpy())
            out.loc[mine, "fn"], out.loc[mine, "fp"] = fn, fp
        defects = int(self.labels.sum())
        goods = self.labels.size - defects
        out["ordinary"] = (out["fn"] + goods - out["fp"] > 0) & (
            defects - out["fn"] + out["fp"] > 0
        )
        out["cost"] = self.factor * (self.scenario.miss_cost * out["fn"] + out["fp"])
        out["missed"] = self.factor * out["fn"]
        out["recall"] = 1 - out["fn"] / defects
        out["flagged"] = self.factor * (defects - out["fn"] + out["fp"])
        today = self.scenario.today
        missed: Any = defects
        alarms: Any = 0
        if today is not None:
            missed, alarms = self.counts(today.model, today.threshold)
        base = float(self.payoff(missed, alarms))
        out["revenue"] = self.payoff(out["fn"].to_numpy(), out["fp"].to_numpy()) - base
        out["percent"] = 100 * out["revenue"] / base if base > 0 else np.nan
        loss = {m: oracles.OBJECTIVES["log_loss"](self.case(m)) for m in self.scores}
        out["log_loss"] = [loss[model] for model in out["model"]]
        return out

    def payoff(self, fn: Any, fp: Any) -> Any:
        """Summed payoff of all units at some missed defects and false alarms of the file."""
        unit, defects = self.scenario.payoffs, int(self.labels.sum())
        assert unit.ship_defect is not None
        caught, shipped = defects - fn, self.labels.size - defects - fp
        good = unit.ship_good * shipped + unit.reject_good * fp
        return self.factor * (good + unit.ship_defect * fn + unit.reject_defect * caught)

    def case(self, model: str) -> oracles.Case:
        """A model for the slow twins of whole-model figures."""
        none = np.zeros(self.labels.size, bool)
        one = np.ones(self.labels.size)
        own = self.scores[model]
        return oracles.Case(
            self.labels, own, "probability", one, None, none, none, 1.0, (1.0, 0.0, 0.0, 0.0)
        )

    def drawn(self, model: str, threshold: float, weights: Floats) -> tuple[Floats, Floats]:
        """Missed defects and false alarms in every resample, brought to the size of the file."""
        names, inverse = np.unique(np.asarray(self.keys), return_inverse=True)
        bucket = np.array([oracles.bucket(str(name)) for name in names])[inverse]
        flagged = self.scores[model] >= threshold
        size = weights @ np.bincount(bucket, minlength=100)
        out = []
        for wrong in ((self.labels == 1) & ~flagged, (self.labels == 0) & flagged):
            by_bucket = np.bincount(bucket[wrong], minlength=100)
            out.append(weights @ by_bucket * self.labels.size / size)
        return out[0], out[1]

    def log_loss_drawn(self, model: str, weights: Floats) -> Floats:
        """Log loss in every resample, as scikit-learn clips it."""
        names, inverse = np.unique(np.asarray(self.keys), return_inverse=True)
        bucket = np.array([oracles.bucket(str(name)) for name in names])[inverse]
        least = np.finfo(np.float64).eps
        p = np.clip(self.scores[model], least, 1 - least)
        losses = -np.log(np.where(self.labels == 1, p, 1 - p))
        sums, size = (np.bincount(bucket, own, minlength=100) for own in (losses, np.ones(p.size)))
        mean: Floats = weights @ sums / (weights @ size)
        return mean

    def cost_drawn(self, model: str, threshold: float, weights: Floats) -> Floats:
        """Cost of errors in every resample."""
        fn, fp = self.drawn(model, threshold, weights)
        return self.factor * (self.scenario.miss_cost * fn + fp)
