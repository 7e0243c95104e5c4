"""Operating points: every model at every threshold, as a table or as single points, with all objectives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
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
from metrics.evaluation.objective import OBJECTIVES, Context, Extreme, Objective
from metrics.evaluation.points_of_models import PointsOfModels
from metrics.scenario.scenario import Scenario, check_current_system
from metrics.tally.tally import Tally

COUNTS = ("tp", "fp", "fn", "tn")
"""Names of the four counts of an operating point."""


@dataclass(frozen=True, eq=False)
class OperatingPoint:
    """A model at a threshold, with its counts and its figures.

    Attributes
    ----------
    model : str or None
        `None` if every unit is shipped without a model.
    threshold : float
        A unit is flagged if its score is at or above the threshold; infinity flags nothing.
    tp, fp, fn, tn : float
        Counts observed in the data (sums of weights if rows are weighted).
    figures : mapping of objective id to float
        Figures in the scenario; NaN if undefined.
    row : int or None
        Label of the point in the index of the operating points, as in `Pick.row`; `None` if the point is not
        in that table.
    lower : float or None
        If people inspect: the threshold below which units are shipped. `None` if it is the one of
        `metrics.evaluation.inspection_band_counts.band_curve`.

    Notes
    -----
    Points are equal if model, threshold, counts and figures are equal, with NaN equal to NaN. The row does
    not matter for equality.

    Examples
    --------
    >>> OperatingPoint("a", 0.5, 3, 1, 1, 5, {"precision": 0.75}).extreme is None
    True
    """

    model: str | None
    threshold: float
    tp: float
    fp: float
    fn: float
    tn: float
    figures: Mapping[str, float]
    row: int | None = None
    lower: float | None = None

    @classmethod
    def from_points(cls, points: pd.DataFrame, position: int) -> OperatingPoint:
        """The operating point at a position (from 0) of the `operating_points` table or a part of it."""
        values = {str(name): value for name, value in points.iloc[position].to_dict().items()}
        tp, fp, fn, tn = (values.pop(name) for name in COUNTS)
        return cls(
            model=str(values.pop("model")),
            threshold=float(values.pop("threshold")),
            tp=tp,
            fp=fp,
            fn=fn,
            tn=tn,
            figures={name: float(value) for name, value in values.items()},
            row=int(points.index[position]),
        )

    @property
    def extreme(self) -> Extreme | None:
        """`Extreme` of a point that flags everything or nothing; otherwise `None`."""
        if self.fn + self.tn == 0:
            return Extreme.FLAG_EVERYTHING
        return Extreme.FLAG_NOTHING if self.tp + self.fp == 0 else None

    @property
    def counts(self) -> dict[str, float]:
        """Observed counts by name."""
        return {name: float(getattr(self, name)) for name in COUNTS}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OperatingPoint):
            return NotImplemented
        if self._counted != other._counted or self.figures.keys() != other.figures.keys():
            return False
        pairs = ((value, other.figures[name]) for name, value in self.figures.items())
        return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in pairs)

    def __hash__(self) -> int:
        return hash(self._counted)

    @property
    def _counted(self) -> tuple[object, ...]:
        return *self.place, self.tp, self.fp, self.fn, self.tn

    @property
    def place(self) -> tuple[str | None, float, float | None]:
        """Model and thresholds, which identify the point within one evaluation."""
        return self.model, self.threshold, self.lower


def flags_everything(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Mask of the operating points that ship no unit, shape (n,)."""
    return np.asarray(points["fn"].to_numpy() + points["tn"].to_numpy() == 0, bool)


def flags_nothing(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Mask of the operating points that ship every unit, shape (n,)."""
    return np.asarray(points["tp"].to_numpy() + points["fp"].to_numpy() == 0, bool)


def is_ordinary(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Mask of the operating points that flag some units and ship some, shape (n,)."""
    return ~(flags_everything(points) | flags_nothing(points))


def extremes_among(points: pd.DataFrame) -> tuple[Extreme, ...]:
    """Extremes that occur among some operating points, each once."""
    masks = {
        Extreme.FLAG_EVERYTHING: flags_everything(points),
        Extreme.FLAG_NOTHING: flags_nothing(points),
    }
    return tuple(extreme for extreme, mask in masks.items() if mask.any())


def is_extreme(
    evaluation: Evaluation, model: int, positions: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Operating points that flag everything or nothing in any sample, not only in this one.

    Notes
    -----
    A threshold at infinity flags nothing. A threshold at the lowest score of the file flags everything. A
    threshold between two scores, or beyond all scores, may still separate other units.
    """
    model_curve = evaluation.curves[model]
    counts = model_curve.counts[positions]
    everything = np.asarray(counts.fn + counts.tn == 0) & model_curve.distinct[positions]
    return np.isinf(model_curve.thresholds[positions]) | everything


@dataclass(frozen=True)
class Evaluation:
    """A tally under a scenario: the curves, whole-model figures and the counts of the current system.

    Attributes
    ----------
    curves : tuple of ConfusionCurve, one for each model
        If people inspect: bands (`metrics.evaluation.inspection_band_counts`), each at its upper threshold.
    figures : tuple of ModelFigures, one for each model
    factors : (float, float)
        Factors on defects and good units, from observed counts to the scenario's counts.
    today_counts : Confusion of shape ()
        Observed counts of the current system.
    today_tally : Tally
        Tally that includes the current system's threshold: ``tally``, or one that was counted separately.
    known_by_bucket : Confusion or None
        Cached counts of the current system in each bucket.
    """

    tally: Tally
    scenario: Scenario
    curves: tuple[ConfusionCurve, ...]
    figures: tuple[ModelFigures, ...]
    factors: tuple[float, float]
    today_counts: Confusion
    today_tally: Tally
    known_by_bucket: Confusion | None = None

    @cached_property
    def today_by_bucket(self) -> Confusion:
        """Observed counts of the current system in each bucket, each of shape (B,)."""
        if self.known_by_bucket is not None:
            return self.known_by_bucket
        today = self.scenario.today
        if today is None:
            return confusion_by_bucket(self.today_tally, 0, math.inf)
        return confusion_by_bucket(self.today_tally, self.tally.index(today.model), today.threshold)

    @cached_property
    def _today_scaled(self) -> Confusion:
        return self.today_counts.scaled(*self.factors)

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
            today=self._today_scaled,
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

    def of_scaled(
        self, objective: Objective, model: int | None, scaled: Confusion
    ) -> NDArray[np.float64]:
        """Figures of an objective at counts of the scenario; without a model every unit is shipped."""
        return objective.values(scaled, self.context(model))

    def values(
        self, objective: Objective, model: int, positions: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Figures of an objective at some positions of a model's curve, given as indices or as a mask."""
        return self.of_scaled(objective, model, self.counts(model, positions).scaled(*self.factors))

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


def evaluate(
    tally: Tally,
    scenario: Scenario,
    *,
    curves: tuple[ConfusionCurve, ...] | None = None,
    today_tally: Tally | None = None,
    figures: tuple[ModelFigures, ...] | None = None,
) -> Evaluation:
    """Evaluate a tally under a scenario.

    Parameters
    ----------
    tally : Tally
    scenario : Scenario
    curves : tuple of ConfusionCurve, optional
        Cached curves of the tally's models; bands among them are not computed again.
    today_tally : Tally, optional
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
    _must_fit(scenario, tally)
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
    if today is None:
        today_counts = alone[0].counts[-1]
    else:
        m = tally.index(today.model)
        is_counted = today_tally is None or today_tally is tally
        today_curve = alone[m] if is_counted else confusion_curve(today_tally or tally, m)
        today_counts = today_curve.at(today.threshold)
    return Evaluation(
        tally=tally,
        scenario=scenario,
        curves=curves,
        figures=figures or tuple(model_figures(tally, c, scenario) for c in alone),
        factors=factors,
        today_counts=today_counts,
        today_tally=today_tally or tally,
    )


def _must_fit(scenario: Scenario, tally: Tally) -> None:
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


def operating_points(
    tally: Tally | Evaluation,
    objectives: Sequence[Objective],
    scenario: Scenario | None = None,
) -> pd.DataFrame:
    """Every distinct operating point of every model.

    Parameters
    ----------
    tally : Tally or Evaluation
        An `Evaluation` has its scenario already.
    objectives : sequence of Objective
    scenario : Scenario, optional
        Only for a `Tally`; by default the default scenario.

    Returns
    -------
    DataFrame, one row per (model, threshold)
        ``model`` (a category), ``threshold`` (float64, ascending within a model; infinity flags nothing),
        ``tp``, ``fp``, ``fn``, ``tn`` as observed in the data (sums of weights if rows are weighted), then
        one float64 column under each objective's id, in the scenario; NaN if undefined.

    Notes
    -----
    A threshold without a row before the next threshold is left out, because both are the same point.
    """
    if isinstance(tally, Tally):
        tally = evaluate(tally, scenario or Scenario())
    # Separate columns avoid another copy into one block.
    columns = {**counts_at_points(tally), **figures_at_points(tally, objectives)}
    return pd.DataFrame(columns, copy=False)


def counts_at_points(evaluation: Evaluation) -> dict[str, Any]:
    """Columns of `operating_points` that do not depend on the scenario: models, thresholds and counts."""
    points = evaluation.points
    counts = points.counts(evaluation.counts)
    # With hundreds of names for thousands of points, integer codes are faster to compare and to select.
    names = pd.Index(evaluation.tally.models, dtype=str)
    return {
        "model": pd.Categorical.from_codes(points.models, categories=names),
        "threshold": np.concatenate(
            [evaluation.curves[m].thresholds[at] for m, at in enumerate(points.by_model)]
        ),
        **{name: getattr(counts, name) for name in COUNTS},
    }


def scaled_counts(evaluation: Evaluation) -> Confusion:
    """Counts in the scenario at every distinct operating point of every model."""
    return evaluation.points.counts(evaluation.counts).scaled(*evaluation.factors)


def figures_at_points(
    evaluation: Evaluation, objectives: Sequence[Objective], scaled: Confusion | None = None
) -> dict[str, NDArray[np.float64]]:
    """Columns of some objectives in `operating_points`; ``scaled`` is the result of `scaled_counts`."""
    if scaled is None:
        scaled = scaled_counts(evaluation)
    return {o.id: evaluation.points.figures(evaluation.of_scaled, o, scaled) for o in objectives}


def point_at(
    evaluation: Evaluation, objectives: Sequence[Objective], model: str | None, threshold: float
) -> OperatingPoint:
    """Operating point at any threshold, also at one that is not in `operating_points`.

    Parameters
    ----------
    evaluation : Evaluation
    objectives : sequence of Objective
    model : str or None
        `None` if every unit is shipped; the threshold is then ignored.
    threshold : float

    Returns
    -------
    OperatingPoint
        With a figure for each objective.

    Raises
    ------
    KeyError
        If the tally has no such model.
    """
    if model is None:
        all_shipped = evaluation.curves[0].alone.counts[-1]
        return _point(evaluation, objectives, None, np.inf, all_shipped)
    counts = evaluation.curve_of(model).at(threshold)
    return _point(evaluation, objectives, model, threshold, counts)


def point_between(
    evaluation: Evaluation,
    objectives: Sequence[Objective],
    model: str,
    threshold: float,
    lower: float,
) -> OperatingPoint:
    """An operating point with any two thresholds between which people inspect.

    Parameters
    ----------
    evaluation : Evaluation
        With an `Inspection`.
    objectives : sequence of Objective
    model : str
    threshold : float
        Units at or above it are rejected.
    lower : float
        Units below it are shipped; at most ``threshold``.

    Returns
    -------
    OperatingPoint
        Its ``lower`` is `None` if it is the lower threshold of ``threshold`` in `operating_points`.
    """
    m = evaluation.tally.index(model)
    model_curve = evaluation.curves[m]
    assert model_curve.lower is not None
    distinct = np.flatnonzero(model_curve.distinct)
    high, low = (int(distinct[model_curve.row(t)]) for t in (threshold, min(lower, threshold)))
    upper = float(model_curve.thresholds[high])
    if model_curve.lower[high] == low:
        return _point(evaluation, objectives, model, upper, model_curve.counts[high])
    counts = evaluation.with_lower(m, high, low).curves[m].counts[high]
    point = _point(evaluation, objectives, model, upper, counts)
    return replace(point, lower=float(model_curve.thresholds[low]))


def today_point(evaluation: Evaluation, objectives: Sequence[Objective]) -> OperatingPoint:
    """The current system as an operating point.

    Parameters
    ----------
    evaluation : Evaluation
        Its scenario defines the current system.
    objectives : sequence of Objective

    Returns
    -------
    OperatingPoint
        Result of `point_at`; if the scenario names no system, every unit is shipped.
    """
    today = evaluation.scenario.today
    if today is None:
        return point_at(evaluation, objectives, None, np.inf)
    return _point(evaluation, objectives, today.model, today.threshold, evaluation.today_counts)


def _point(
    evaluation: Evaluation,
    objectives: Sequence[Objective],
    model: str | None,
    threshold: float,
    counts: Confusion,
) -> OperatingPoint:
    m = None if model is None else evaluation.tally.index(model)
    scaled = counts.scaled(*evaluation.factors)
    return OperatingPoint(
        model=model,
        threshold=float(threshold),
        tp=counts.tp.item(),
        fp=counts.fp.item(),
        fn=counts.fn.item(),
        tn=counts.tn.item(),
        figures={o.id: evaluation.of_scaled(o, m, scaled).item() for o in objectives},
    )
