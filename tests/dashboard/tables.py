"""Generated score files for tests of the app, with figures computed from the rows alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.words.numbers.figures import figure
from metrics import OBJECTIVES, Extreme, Scenario
from metrics.evaluation.objective_in_scenario import objective_in_scenario
from tests import oracles

Floats = NDArray[np.float64]

# Usual and unusual names. Each breaks one careless way of writing a name.
NASTY = ("boosted trees", "svm, rbf", "net@3\\é", "<b>rule</b>")


@dataclass(frozen=True)
class Rows:
    """Rows of a score file."""

    labels: NDArray[np.int64]
    scores: Mapping[str, Floats]
    weights: Floats | None = None
    scale: str = "probability"
    _known: dict[tuple[object, ...], float] = field(init=False, repr=False, default_factory=dict)

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(self.scores)

    def write(self, path: Path) -> str:
        """Write the rows as CSV; return the name of the file."""
        frame = pd.DataFrame({"id": [f"u{k}" for k in range(len(self.labels))]})
        frame["label"] = self.labels
        if self.weights is not None:
            frame["weight"] = self.weights
        for model, scores in self.scores.items():
            frame[model] = scores
        frame.to_csv(path, index=False)
        return str(path)

    def flagged(self, model: str | None, threshold: float) -> NDArray[np.bool_]:
        """Mask of flagged units; without a model every unit is shipped."""
        if model is None:
            return np.zeros(len(self.labels), bool)
        return self.scores[model] >= threshold

    def counts(self, model: str | None, threshold: float) -> dict[str, float]:
        """Observed counts, with weights summed if there are any."""
        flagged, defect = self.flagged(model, threshold), self.labels == 1
        mass = np.ones(len(self.labels)) if self.weights is None else self.weights
        cells = {
            "tp": flagged & defect,
            "fp": flagged & ~defect,
            "fn": ~flagged & defect,
            "tn": ~flagged & ~defect,
        }
        return {name: float(mass[cell].sum()) for name, cell in cells.items()}

    def thresholds(self, model: str) -> list[float]:
        """Every distinct score, ascending, and infinity."""
        return [*np.unique(self.scores[model]).tolist(), np.inf]

    def value(self, of: str, model: str | None, threshold: float, scenario: Scenario) -> float:
        """Figure of an objective by its definition, computed once."""
        asked = (of, model, threshold, scenario)
        if asked not in self._known:
            self._known[asked] = self._reckoned(of, model, threshold, scenario)
        return self._known[asked]

    def _reckoned(self, of: str, model: str | None, threshold: float, scenario: Scenario) -> float:
        if model is None and OBJECTIVES[of].of_model:
            return float("nan")
        today, payoff = scenario.today, scenario.payoff
        weights = np.ones(len(self.labels)) if self.weights is None else self.weights
        if not scenario.is_observed:
            weights = oracles.weighted_rows(
                self.labels, weights, scenario.defect_rate, scenario.units_per_year
            )
        case = oracles.Case(
            labels=self.labels.astype(np.int8),
            scores=self.scores[model or self.models[0]],
            scale=self.scale,
            weights=weights,
            values=None,
            flagged=self.flagged(model, threshold),
            today=self.flagged(today.model, today.threshold) if today else self.flagged(None, 0),
            miss_cost=scenario.miss_cost,
            priced=payoff is not None,
            payoffs=(1.0, 0.0, -scenario.miss_cost, 0.0)
            if payoff is None
            else (
                payoff.ship_good,
                payoff.reject_good,
                -scenario.miss_cost if payoff.ship_defect is None else payoff.ship_defect,
                payoff.reject_defect,
            ),
            yearly=scenario.units_per_year is not None,
        )
        return oracles.OBJECTIVES[of](case)

    def text(self, of: str, model: str | None, threshold: float, scenario: Scenario) -> str:
        """Figure as the page writes it, with plain spaces."""
        value = self.value(of, model, threshold, scenario)
        return " ".join(
            figure(objective_in_scenario(OBJECTIVES[of], scenario), value, scenario).split()
        )

    def points(self, of: set[str], scenario: Scenario) -> list[dict[str, Any]]:
        """Every model at every threshold, with the counts and some objectives."""
        out = []
        for model in self.models:
            # A figure of the whole model is computed once.
            whole = {o: self.value(o, model, 0.5, scenario) for o in of if OBJECTIVES[o].of_model}
            for t in self.thresholds(model):
                each = {o: self.value(o, model, t, scenario) for o in of - set(whole)}
                out.append(
                    {"model": model, "threshold": t, **self.counts(model, t), **whole, **each}
                )
        return out

    def pick(
        self,
        of: str,
        scenario: Scenario,
        *,
        within: Callable[[dict[str, Any]], bool] | None = None,
        also: str | None = None,
    ) -> tuple[str, float] | None:
        """Model and threshold of a stakeholder's pick; ``within`` is its default limit."""
        wanted = OBJECTIVES[of]
        if within is None:
            also = {Extreme.FLAG_NOTHING: "recall", Extreme.FLAG_EVERYTHING: "revenue_impact"}.get(
                wanted.extreme  # type: ignore[arg-type]
            )
            today = scenario.today
            recall = self.value("recall", today.model, today.threshold, scenario) if today else 0.0
            within = {
                None: lambda p: True,
                Extreme.FLAG_EVERYTHING: lambda p: p["revenue_impact"] >= 0,
                Extreme.FLAG_NOTHING: lambda p: p["recall"] >= (recall or 0.8),
            }[wanted.extreme]
        points = self.points({of, also or of, "cost_of_errors"}, scenario)
        mark = (
            float("nan")
            if self.scale == "rank"
            else oracles.implied_threshold(
                scenario.miss_cost,
                float(np.average(self.labels, weights=self.weights)),
                scenario.defect_rate,
            )
        )
        found = oracles.pick(
            points,
            of,
            maximise=wanted.direction.value == "maximise",
            of_model=wanted.of_model,
            within=within,
            mark=mark,
        )
        return None if found is None else (points[found]["model"], points[found]["threshold"])


def made(
    models: tuple[str, ...] = NASTY,
    *,
    rows: int = 240,
    seed: int = 7,
    scale: str = "probability",
    weighted: bool = False,
) -> Rows:
    """Rows with models of decreasing quality; scores have two digits and therefore ties."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(rows) < 0.15).astype(np.int64)
    labels[:2] = 0, 1
    scores = {}
    for k, model in enumerate(models):
        logit = -2.2 + (3.4 - 0.6 * k) * labels + rng.normal(0, 1.1, rows)
        if scale == "rank":
            scores[model] = np.round(4 * logit) / 2
        else:
            # This model is worse but more confident, so that no model is the best by all objectives.
            scores[model] = np.clip(np.round(1 / (1 + np.exp(-(1 + k / 3) * logit)), 2), 0.01, 0.99)
    weights = np.array([0.5, 1.0, 2.25])[rng.integers(0, 3, rows)] if weighted else None
    return Rows(labels, scores, weights, scale)
