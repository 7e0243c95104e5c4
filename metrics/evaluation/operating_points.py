"""Operating points: every model at every threshold, as a table or as single points, with all objectives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.evaluation import Evaluation, evaluate
from metrics.evaluation.objective import Extreme, Objective
from metrics.scenario.scenario import Scenario
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
        If people inspect, the threshold below which units are shipped. `None` if it is the threshold from
        `metrics.evaluation.inspection_band_counts.band_curve`.
    is_alone : bool
        Whether the point is the current system, which has no inspectors although the scenario has some.

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
    is_alone: bool = False

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
    """Mask of the operating points that flag everything or nothing in every sample, shape (K,).

    Notes
    -----
    A threshold at infinity flags nothing. A threshold at the lowest score of the file flags everything. A
    threshold between two scores, or beyond all scores, may still separate other units.
    """
    model_curve = evaluation.curves[model]
    counts = model_curve.counts[positions]
    everything = np.asarray(counts.fn + counts.tn == 0) & model_curve.distinct[positions]
    return np.isinf(model_curve.thresholds[positions]) | everything


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
    values_at = evaluation.values_at_scaled_counts
    return {o.id: evaluation.points.figures(values_at, o, scaled) for o in objectives}


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


def current_point(evaluation: Evaluation, objectives: Sequence[Objective]) -> OperatingPoint:
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
    today, counts = evaluation.scenario.today, evaluation.current_counts
    model, threshold = (None, np.inf) if today is None else (today.model, today.threshold)
    point = _point(evaluation, objectives, model, threshold, counts)
    return replace(point, is_alone=evaluation.scenario.inspection is not None)


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
        figures={o.id: evaluation.values_at_scaled_counts(o, m, scaled).item() for o in objectives},
    )
