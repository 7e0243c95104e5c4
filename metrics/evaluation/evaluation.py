"""A tally under a scenario: curves, figures of whole models, and counts of the current system."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.errors import ScoreError, Wording, with_option
from metrics.evaluation.confusion import (
    Confusion,
    ConfusionCurve,
    confusion_by_bucket,
    confusion_curve,
)
from metrics.evaluation.inspection_band_counts import band_curve, band_of
from metrics.evaluation.model_metrics import ModelFigures, model_figures
from metrics.evaluation.objective import OBJECTIVES, Context, Objective
from metrics.evaluation.points_of_models import PointsOfModels
from metrics.scenario.scenario import Scenario, check_current_system
from metrics.tally.tally import Tally


@dataclass(frozen=True)
class Evaluation:
    """A tally under a scenario: the curves, whole-model figures and the counts of the current system.

    Attributes
    ----------
    curves : tuple of ConfusionCurve, one for each model
        If people inspect, curves of bands (`metrics.evaluation.inspection_band_counts`).
    figures : tuple of ModelFigures, one for each model
    factors : (float, float)
        Factors on defects and good units, from observed counts to the scenario's counts.
    current_counts : Confusion of shape ()
        Observed counts of the current system.
    current_tally : Tally
        Tally that includes the current system's threshold: ``tally``, or one that was counted separately.
    cached_current_by_bucket : Confusion or None
        Cached counts of the current system in each bucket.
    """

    tally: Tally
    scenario: Scenario
    curves: tuple[ConfusionCurve, ...]
    figures: tuple[ModelFigures, ...]
    factors: tuple[float, float]
    current_counts: Confusion
    current_tally: Tally
    cached_current_by_bucket: Confusion | None = None

    @cached_property
    def current_by_bucket(self) -> Confusion:
        """Observed counts of the current system in each bucket, each of shape (B,)."""
        if self.cached_current_by_bucket is not None:
            return self.cached_current_by_bucket
        today = self.scenario.today
        if today is None:
            return confusion_by_bucket(self.current_tally, 0, math.inf)
        return confusion_by_bucket(
            self.current_tally, self.tally.index(today.model), today.threshold
        )

    @cached_property
    def _current_scaled(self) -> Confusion:
        return self.current_counts.scaled(*self.factors)

    @cached_property
    def miss_cost(self) -> float:
        """Cost of a missed defect in false alarms; the mean over all defects if kinds have prices."""
        all_shipped = self.curves[0].alone.counts[-1]
        if all_shipped.missed_price is None:
            return self.scenario.miss_cost
        return float(all_shipped.missed_price / all_shipped.fn)

    @property
    def scaled_units(self) -> float:
        """Number of units in the scenario."""
        all_shipped = self.curves[0].alone.counts[-1].scaled(*self.factors)
        return float(all_shipped.fn + all_shipped.tn)

    @property
    def alone(self) -> Evaluation:
        """The evaluation of the models without inspectors."""
        if self.scenario.inspection is None:
            return self
        curves = tuple(model_curve.alone for model_curve in self.curves)
        return replace(self, scenario=replace(self.scenario, inspection=None), curves=curves)

    def context(self, model: int | None) -> Context:
        """`Context` for the objectives of a model; `None` for shipping everything."""
        return Context(
            scenario=self.scenario,
            today=self._current_scaled,
            model=None if model is None else self.figures[model],
            name=None if model is None else self.tally.models[model],
        )

    @cached_property
    def points(self) -> PointsOfModels:
        """The distinct operating points of every model."""
        return PointsOfModels([np.flatnonzero(curve.distinct) for curve in self.curves])

    def counts(self, model: int, positions: NDArray[Any]) -> Confusion:
        """Observed counts at some positions of a model's curve, given as indices or as a mask."""
        return self.curves[model].counts[positions]

    def values_at_scaled_counts(
        self, objective: Objective, model: int | None, scaled: Confusion
    ) -> NDArray[np.float64]:
        """Figures of an objective at counts of the scenario; without a model every unit is shipped."""
        return objective.values(scaled, self.context(model))

    def values(
        self, objective: Objective, model: int, positions: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Figures of an objective at some positions of a model's curve, given as indices or as a mask."""
        scaled = self.counts(model, positions).scaled(*self.factors)
        return self.values_at_scaled_counts(objective, model, scaled)

    def with_lower(self, model: int, upper: int, lower: int) -> Evaluation:
        """The evaluation with another lower threshold at one upper threshold of a model, both by position."""
        model_curve = self.curves[model]
        assert model_curve.lower is not None
        below = model_curve.lower.copy()
        below[upper] = lower
        changed = band_of(model_curve.alone, below, self.scenario)
        return replace(self, curves=(*self.curves[:model], changed, *self.curves[model + 1 :]))

    def curve_of(self, model: str) -> ConfusionCurve:
        """The curve of a model; KeyError if the tally has no such model."""
        return self.curves[self.tally.index(model)]

    def highest_below(self, model: str, at: float) -> float:
        """Highest score below a threshold of a model.

        Minus infinity if there is no lower score. NaN if it is unknown, or if the tally does not have the
        threshold.
        """
        curve = self.curve_of(model)
        k = curve.position(at)
        return float(curve.below[k]) if curve.thresholds[k] == at else math.nan

    def inspected_from(
        self, model: str | None, at: float, lower: float | None = None
    ) -> float | None:
        """Lower threshold of the inspected band of a point; `None` if the band is empty.

        Parameters
        ----------
        model : str or None
            `None` if every unit is shipped; the band is then empty.
        at : float
            Threshold from which units are rejected.
        lower : float, optional
            Lower threshold that a reader set; by default the lower threshold of least cost.
        """
        curve = None if model is None else self.curve_of(model)
        if curve is None or curve.lower is None:
            return None
        if lower is not None:
            return lower if lower < at else None
        k = curve.position(at)
        return float(curve.thresholds[curve.lower[k]]) if curve.lower[k] < k else None


def evaluate(
    tally: Tally,
    scenario: Scenario,
    *,
    curves: tuple[ConfusionCurve, ...] | None = None,
    current_tally: Tally | None = None,
    figures: tuple[ModelFigures, ...] | None = None,
) -> Evaluation:
    """Evaluate a tally under a scenario.

    Parameters
    ----------
    tally : Tally
    scenario : Scenario
    curves : tuple of ConfusionCurve, optional
        Curves that were computed before. A curve that is already a band is used as it is.
    current_tally : Tally, optional
        Tally of the same rows and models that includes the current system's threshold, if ``tally`` does not.
    figures : tuple of ModelFigures, optional
        Cached figures of the tally's models at the scenario's rate and volume.

    Returns
    -------
    Evaluation

    Raises
    ------
    ScoreError
        E_TODAY if the current system's model is not in the tally. E_SCENARIO if a limit is not on an
        objective, or if kinds of defect have prices that the tally does not have.
    """
    _check_scenario_fits(scenario, tally)
    cached_or_counted = curves or tuple(confusion_curve(tally, m) for m in range(len(tally.models)))
    alone = tuple(model_curve.alone for model_curve in cached_or_counted)
    factors, today = scenario.factors(tally.class_mass), scenario.today
    if scenario.inspection is None:
        curves = alone
    else:
        curves = tuple(
            model_curve
            if model_curve.lower is not None
            else band_curve(model_curve, scenario, factors)
            for model_curve in cached_or_counted
        )
    current_tally = current_tally or tally
    if today is None:
        current_counts = alone[0].counts[-1]
    else:
        m = tally.index(today.model)
        current_curve = alone[m] if current_tally is tally else confusion_curve(current_tally, m)
        current_counts = current_curve.at(today.threshold)
    return Evaluation(
        tally=tally,
        scenario=scenario,
        curves=curves,
        figures=figures or tuple(model_figures(tally, c, scenario) for c in alone),
        factors=factors,
        current_counts=current_counts,
        current_tally=current_tally,
    )


def _check_scenario_fits(scenario: Scenario, tally: Tally) -> None:
    """Refuse a scenario with an unknown objective or model, or with prices of unknown kinds."""
    for name in scenario.limits:
        if name not in OBJECTIVES:
            raise ScoreError(
                "E_SCENARIO",
                f"a limit must be on one of {', '.join(OBJECTIVES)}, got {name!r}",
                column=f"limits.{name}",
                value=name,
                hint="List the objectives with: common-ground objectives.",
            )
    if scenario.miss_cost_by_type and tally.miss_prices is None:
        raise ScoreError(
            "E_SCENARIO",
            "prices by kind of defect must go with a column that says the kind, got none",
            column="miss_cost_by_type",
            hint=Wording(
                "Name the column ",
                with_option("defect_type"),
                " where the files are opened, or leave the table out.",
            ),
        )
    if scenario.today is not None:
        check_current_system(scenario.today.model, tally.models)
