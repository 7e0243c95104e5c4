"""Operating points: every model at every threshold, or one of them, with every objective's figure."""

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
from metrics.scenario.scenario import Scenario
from metrics.tally.breakdown import must_be_today
from metrics.tally.tally import Tally

COUNTS = ("tp", "fp", "fn", "tn")


@dataclass(frozen=True, eq=False)
class OperatingPoint:
    """A model at a threshold, with its counts and its figures.

    Attributes
    ----------
    model : str or None
        None where there is no model: every unit is shipped.
    threshold : float
        A unit is flagged when its score is at or above it; infinity flags nothing.
    tp, fp, fn, tn : float
        As observed in the data (weight sums where rows are weighted).
    figures : mapping of objective id to float
        Of the scenario; NaN where undefined.
    row : int or None
        Its label in the index of the operating points, as of `Pick.row`; None where it is none of them.
    lower : float or None
        Where people inspect: the threshold below which it ships, where that is not the one of
        `metrics.evaluation.inspection_band_counts.band_curve`.

    Notes
    -----
    Points are equal where model, threshold, counts and figures are, with NaN equal to NaN; in which row a
    point stands is no part of what it is.

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
        """The operating point at a position, counted from 0, of `operating_points` or some of them."""
        # Column by column: a row of a wide table is gathered anew each time.
        values = {str(name): column.array[position] for name, column in points.items()}
        tp, fp, fn, tn = (values.pop(name).item() for name in COUNTS)
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
        """What it flags, where that is everything or nothing."""
        if self.fn + self.tn == 0:
            return Extreme.FLAG_EVERYTHING
        return Extreme.FLAG_NOTHING if self.tp + self.fp == 0 else None

    @property
    def counts(self) -> dict[str, float]:
        """The observed counts by name."""
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
        """Its model and thresholds, which tell it from the others of one evaluation."""
        return self.model, self.threshold, self.lower


def flags_everything(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Which operating points ship no unit, shape (n,)."""
    return np.asarray(points["fn"].to_numpy() + points["tn"].to_numpy() == 0, bool)


def flags_nothing(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Which operating points ship every unit, shape (n,)."""
    return np.asarray(points["tp"].to_numpy() + points["fp"].to_numpy() == 0, bool)


def is_ordinary(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Which operating points flag some unit and ship some, shape (n,)."""
    return ~(flags_everything(points) | flags_nothing(points))


def extremes_among(points: pd.DataFrame) -> tuple[Extreme, ...]:
    """What the silly points among some operating points flag, each once."""
    masks = {
        Extreme.FLAG_EVERYTHING: flags_everything(points),
        Extreme.FLAG_NOTHING: flags_nothing(points),
    }
    return tuple(extreme for extreme, mask in masks.items() if mask.any())


@dataclass(frozen=True)
class Evaluation:
    """A tally under a scenario: the curves, whole-model figures and today's counts.

    Attributes
    ----------
    tally : Tally
    scenario : Scenario
    curves : tuple of ConfusionCurve, one for each model
        Where people inspect, bands (`metrics.evaluation.inspection_band_counts`), each under its upper
        threshold.
    figures : tuple of ModelFigures, one for each model
    factors : (float, float)
        On defects and good units: observed counts times these are the scenario's.
    today_counts : Confusion of shape ()
        Observed counts of today's system.
    today_tally : Tally
        That has today's threshold among its own: ``tally``, or one that was counted apart.
    known_by_bucket : Confusion or None
        Observed counts of today's system in each bucket, where they are known already.
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
        """Observed counts of today's system in each bucket, each of shape (B,)."""
        if self.known_by_bucket is not None:
            return self.known_by_bucket
        today = self.scenario.today
        if today is None:
            return confusion_by_bucket(self.today_tally, 0, math.inf)
        return confusion_by_bucket(self.today_tally, self.tally.index(today.model), today.threshold)

    @cached_property
    def miss_cost(self) -> float:
        """False alarms that a missed defect is worth: of kinds with prices, all defects' average."""
        every = self.curves[0].alone.counts[-1]
        if every.missed_price is None:
            return self.scenario.miss_cost
        return float(every.missed_price / every.fn)

    @property
    def scaled_units(self) -> float:
        """Units of the scenario."""
        every = self.curves[0].alone.counts[-1].scaled(*self.factors)
        return float(every.fn + every.tn)

    @property
    def alone(self) -> Evaluation:
        """The same without inspectors: what the models do by themselves."""
        if self.scenario.inspection is None:
            return self
        curves = tuple(model_curve.alone for model_curve in self.curves)
        return replace(self, scenario=replace(self.scenario, inspection=None), curves=curves)

    def context(self, model: int | None) -> Context:
        """What objectives may know of a model (None: of shipping everything)."""
        return Context(
            scenario=self.scenario,
            today=self.today_counts.scaled(*self.factors),
            model=None if model is None else self.figures[model],
            name=None if model is None else self.tally.models[model],
        )

    def with_lower(self, model: int, upper: int, lower: int) -> Evaluation:
        """The same with another lower threshold at one upper one of a model, both by position."""
        model_curve = self.curves[model]
        assert model_curve.lower is not None
        below = model_curve.lower.copy()
        below[upper] = lower
        changed = band_of(model_curve.alone, below, self.scenario)
        return replace(self, curves=(*self.curves[:model], changed, *self.curves[model + 1 :]))

    def counts_at(self, model: str | None, threshold: float) -> Confusion:
        """Observed counts, each of shape (); no model means that every unit is shipped."""
        if model is None:
            return self.curves[0].alone.counts[-1]
        return self.curve_of(model).at(threshold)

    def curve_of(self, model: str) -> ConfusionCurve:
        """The curve of a model; KeyError where the tally has no such model."""
        return self.curves[self.tally.index(model)]


def evaluate(
    tally: Tally,
    scenario: Scenario,
    *,
    curves: tuple[ConfusionCurve, ...] | None = None,
    today_tally: Tally | None = None,
    figures: tuple[ModelFigures, ...] | None = None,
) -> Evaluation:
    """Put a tally under a scenario.

    Parameters
    ----------
    tally : Tally
    scenario : Scenario
    curves : tuple of ConfusionCurve, optional
        Of the tally's models, where they are known already; bands that are given stay as they are.
    today_tally : Tally, optional
        Of the same rows and models, with today's threshold among its own, where ``tally`` has it not.
    figures : tuple of ModelFigures, optional
        Of the tally's models at the scenario's rate and volume, where they are known already.

    Returns
    -------
    Evaluation

    Raises
    ------
    ScoreError
        E_TODAY where today's model is none of the tally's; E_SCENARIO where a limit is on no objective, or
        kinds of defect have prices that the tally does not have.
    """
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
    given = curves or tuple(confusion_curve(tally, m) for m in range(len(tally.models)))
    factors = scenario.factors(tally.class_mass)
    curves = alone = tuple(model_curve.alone for model_curve in given)
    if scenario.inspection is not None:
        curves = tuple(
            model_curve
            if model_curve.lower is not None
            else band_curve(model_curve, scenario, factors)
            for model_curve in given
        )
    today = scenario.today
    if today is not None:
        must_be_today(today.model, tally.models)
    counts = alone[0].counts[-1]
    if today is not None:
        m = tally.index(today.model)
        of_today = alone[m] if today_tally is None else confusion_curve(today_tally, m)
        counts = of_today.at(today.threshold)
    return Evaluation(
        tally=tally,
        scenario=scenario,
        curves=curves,
        figures=figures or tuple(model_figures(tally, c, scenario) for c in alone),
        factors=factors,
        today_counts=counts,
        today_tally=today_tally or tally,
    )


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
        For a `Tally`; the default scenario where left out.

    Returns
    -------
    DataFrame, one row per (model, threshold)
        ``model`` (a category), ``threshold`` (float64, ascending within a model; infinity flags nothing),
        ``tp``,
        ``fp``, ``fn``, ``tn`` as observed in the data (weight sums where rows are weighted), then one
        float64 column under each objective's id, of the scenario; NaN where undefined.

    Notes
    -----
    A threshold with no row between it and the next is the same point as the next and left out.
    """
    if isinstance(tally, Tally):
        tally = evaluate(tally, scenario or Scenario())
    # Each column by itself: gathered in one block, every one would be copied once more.
    columns = {**counts_at_points(tally), **figures_at_points(tally, objectives)}
    return pd.DataFrame(columns, copy=False)


def counts_at_points(evaluation: Evaluation) -> dict[str, Any]:
    """The columns of `operating_points` that no scenario changes: models, thresholds and counts."""
    distinct = [model_curve.counts[model_curve.distinct] for model_curve in evaluation.curves]
    sizes = [counts.tp.size for counts in distinct]
    # Hundreds of names for thousands of points: compared and taken as numbers.
    codes = np.repeat(np.arange(len(sizes)), sizes)
    names = pd.Index(evaluation.tally.models, dtype=str)
    return {
        "model": pd.Categorical.from_codes(codes, categories=names),
        "threshold": np.concatenate(
            [model_curve.thresholds[model_curve.distinct] for model_curve in evaluation.curves]
        ),
        **{name: np.concatenate([getattr(counts, name) for counts in distinct]) for name in COUNTS},
    }


def scaled_counts(evaluation: Evaluation) -> Confusion:
    """Counts of the scenario at every distinct operating point of every model."""
    distinct = [model_curve.counts[model_curve.distinct] for model_curve in evaluation.curves]
    return distinct[0].together(distinct[1:]).scaled(*evaluation.factors)


def figures_at_points(
    evaluation: Evaluation, objectives: Sequence[Objective], every: Confusion | None = None
) -> dict[str, NDArray[np.float64]]:
    """The columns of some objectives in `operating_points`; ``every`` are its `scaled_counts`."""
    counts = scaled_counts(evaluation) if every is None else every
    last = np.cumsum([np.count_nonzero(model_curve.distinct) for model_curve in evaluation.curves])
    return {
        o.id: o.values(counts, evaluation.context(0))  # whichever model these are of
        if o.is_of_counts
        else np.concatenate(
            [
                o.values(counts[first:end], evaluation.context(m))
                for m, (first, end) in enumerate(zip([0, *last[:-1]], last, strict=True))
            ]
        )
        for o in objectives
    }


def point_at(
    evaluation: Evaluation, objectives: Sequence[Objective], model: str | None, threshold: float
) -> OperatingPoint:
    """One operating point, be its threshold one of `operating_points` or not.

    Parameters
    ----------
    evaluation : Evaluation
    objectives : sequence of Objective
    model : str or None
        None: every unit is shipped, whatever the threshold.
    threshold : float

    Returns
    -------
    OperatingPoint
        With a figure for each objective.

    Raises
    ------
    KeyError
        Where the tally has no such model.
    """
    counts = evaluation.counts_at(model, threshold)
    return _point(evaluation, objectives, model, np.inf if model is None else threshold, counts)


def point_between(
    evaluation: Evaluation,
    objectives: Sequence[Objective],
    model: str,
    threshold: float,
    lower: float,
) -> OperatingPoint:
    """An operating point of any two thresholds, where people inspect what lies between them.

    Parameters
    ----------
    evaluation : Evaluation
        With an `Inspection`.
    objectives : sequence of Objective
    model : str
    threshold : float
        From which on units are rejected.
    lower : float
        Below which they are shipped; at most ``threshold``.

    Returns
    -------
    OperatingPoint
        Its ``lower`` is None where it is the one that goes with ``threshold`` in `operating_points`.
    """
    m = evaluation.tally.index(model)
    model_curve = evaluation.curves[m]
    assert model_curve.lower is not None
    distinct = np.flatnonzero(model_curve.distinct)
    k, low = (int(distinct[model_curve.row(one)]) for one in (threshold, min(lower, threshold)))
    at = float(model_curve.thresholds[k])
    if model_curve.lower[k] == low:
        return _point(evaluation, objectives, model, at, model_curve.counts[k])
    counts = evaluation.with_lower(m, k, low).curves[m].counts[k]
    point = _point(evaluation, objectives, model, at, counts)
    return replace(point, lower=float(model_curve.thresholds[low]))


def today_point(evaluation: Evaluation, objectives: Sequence[Objective]) -> OperatingPoint:
    """Today's system as an operating point.

    Parameters
    ----------
    evaluation : Evaluation
        Its scenario says what today's system is.
    objectives : sequence of Objective

    Returns
    -------
    OperatingPoint
        As from `point_at`; where the scenario names no system, every unit is shipped.
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
    context = evaluation.context(None if model is None else evaluation.tally.index(model))
    scaled = counts.scaled(*evaluation.factors)
    return OperatingPoint(
        model=model,
        threshold=float(threshold),
        tp=counts.tp.item(),
        fp=counts.fp.item(),
        fn=counts.fn.item(),
        tn=counts.tn.item(),
        figures={o.id: o.values(scaled, context).item() for o in objectives},
    )
