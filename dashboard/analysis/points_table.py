"""Operating points in a table: those of a model, the one in a row, and the one at a threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.session.choices import Point
from metrics import OBJECTIVES, Evaluation, OperatingPoint
from metrics.evaluation.operating_points import point_between


def points_of_model(points: pd.DataFrame, model: str) -> pd.DataFrame:
    """Operating points of one model, with rows numbered from 0."""
    rows = _rows_of_model(points, model)
    # The rows of a model are adjacent, so that a slice avoids a copy.
    model_points = points.iloc[rows[0] : rows[-1] + 1] if rows.size else points.iloc[:0]
    return model_points.reset_index(drop=True)


def _rows_of_model(points: pd.DataFrame, model: str) -> NDArray[np.intp]:
    return np.flatnonzero(points["model"].array == model)  # faster than with the index


def point_of(points: pd.DataFrame, row: int) -> OperatingPoint:
    """Operating point in a row."""
    return OperatingPoint.from_points(points, int(points.index.get_loc(row)))  # type: ignore[arg-type]


def at_or_above(
    points: pd.DataFrame, evaluation: Evaluation, point: Point
) -> OperatingPoint | None:
    """Operating point of a model at a threshold, or with inspectors between two thresholds.

    `None` if the model is not among the points.

    Notes
    -----
    A value between two thresholds of the file flags the same units as the higher threshold.
    """
    rows = _rows_of_model(points, point.model)
    if not rows.size:
        return None
    if point.below is not None and evaluation.scenario.inspection is not None:
        objectives = [OBJECTIVES[name] for name in points.columns if name in OBJECTIVES]
        band = point_between(evaluation, objectives, point.model, point.threshold, point.below)
        if band.lower is not None:
            return band
    position = rows[evaluation.curve_of(point.model).row(point.threshold)]
    return OperatingPoint.from_points(points, int(position))
