"""Operating points in a table: those of a model, the one in a row, and the one at a threshold."""

from __future__ import annotations

import pandas as pd

from dashboard.session.choices import Point
from metrics import OBJECTIVES, Evaluation, OperatingPoint
from metrics.evaluation.operating_points import point_between


def points_of_model(points: pd.DataFrame, model: str) -> pd.DataFrame:
    """Operating points of one model, with rows numbered from 0."""
    return points.iloc[rows_of_model(points, model)].reset_index(drop=True)


def rows_of_model(points: pd.DataFrame, model: str) -> slice:
    """Rows of a model, which are adjacent; empty if the model is not among the points."""
    models = points["model"].array
    if model not in models.categories:
        return slice(0, 0)
    code = models.codes.dtype.type(models.categories.get_loc(model))
    first, last = (int(models.codes.searchsorted(code, side)) for side in ("left", "right"))
    return slice(first, last)


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
    rows = rows_of_model(points, point.model)
    if rows.start == rows.stop:
        return None
    if point.below is not None and evaluation.scenario.inspection is not None:
        objectives = [OBJECTIVES[name] for name in points.columns if name in OBJECTIVES]
        band = point_between(evaluation, objectives, point.model, point.threshold, point.below)
        if band.lower is not None:
            return band
    row = evaluation.curve_of(point.model).row(point.threshold)
    return OperatingPoint.from_points(points, rows.start + row)
