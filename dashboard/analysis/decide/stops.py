"""Stops of the threshold handle: operating points of the selected model that a drag can reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.tradeoff import along, intervals_within_limits, stretches
from dashboard.analysis.picked_points import points_like_picks
from dashboard.analysis.selection import Selection
from metrics import OperatingPoint
from metrics.evaluation.confusion import ConfusionCurve
from metrics.evaluation.inspection_band_counts import inspected_between
from metrics.evaluation.operating_points import COUNTS
from metrics.tally.kernel import Floats

MOST = 256
"""Largest number of stops."""
NEAR = 32
"""Number of neighbouring thresholds on each side of the selected one that are all stops."""

Rows = NDArray[np.intp]


def stop_rows(selection: Selection, shown: Rows, x: Floats, at: int) -> Rows:
    """Rows of the stops among the model's operating points.

    Parameters
    ----------
    shown : ndarray of int
        Rows of the visible thresholds.
    x : ndarray
        Positions of these thresholds on the screen, in any unit.
    at : int
        Row of the threshold that is dragged.

    Returns
    -------
    ndarray of int
        Rows of the picks, of the current and the pinned threshold, of ``at`` and its neighbours, and further
        rows that are spread evenly.
    """
    analysis, model = selection.analysis, str(selection.point.model)
    curve, last = analysis.evaluation.curve_of(model), len(selection.model_points) - 1
    marked = [point.threshold for point in points_like_picks(analysis) if point.model == model]
    marked += [p.threshold for p in (analysis.current, selection.compared) if p.model == model]
    near = np.arange(at - NEAR, at + NEAR + 1)
    fixed = np.union1d(near, [curve.row(threshold) for threshold in dict.fromkeys(marked)][:NEAR])
    fixed = np.unique(fixed.clip(0, last))
    room = MOST - fixed.size
    others = shown
    if others.size > room:
        order = np.argsort(x)
        even = np.linspace(x[order[0]], x[order[-1]], room)
        others = shown[order[np.searchsorted(x[order], even).clip(max=x.size - 1)]]
    return np.union1d(fixed, others).astype(np.intp)


def points_at(
    analysis: Analysis,
    model: str,
    rows: Rows,
    lower: Rows | None = None,
) -> list[OperatingPoint]:
    """Operating points of a model, computed together with arrays.

    Parameters
    ----------
    rows : ndarray of int
        Rows of the points' thresholds among the model's operating points.
    lower : ndarray of int, optional
        Rows of the lower thresholds, from which units are inspected; those of the least cost by default.
    """
    curve, objectives = analysis.evaluation.curve_of(model), list(analysis.objectives)
    below: list[float | None] = [None] * rows.size
    if lower is None:
        points = analysis.points_of(model)
        columns = {name: points[name].to_numpy()[rows] for name in (*COUNTS, *objectives)}
    else:
        columns = _band_columns(analysis, curve, rows, lower)
        assert curve.lower is not None
        distinct = np.flatnonzero(curve.distinct)
        is_cheapest = (curve.lower[distinct[rows]] == distinct[lower]).tolist()
        lower_thresholds = curve.thresholds[distinct[lower]].tolist()
        below = [None if c else t for c, t in zip(is_cheapest, lower_thresholds, strict=True)]
    thresholds = curve.thresholds[curve.distinct][rows].tolist()
    figures = np.column_stack([columns[name] for name in objectives]).tolist()
    counts = np.column_stack([columns[name] for name in COUNTS]).tolist()
    return [
        OperatingPoint(
            model,
            at,
            tp,
            fp,
            fn,
            tn,
            dict(zip(objectives, values, strict=True)),
            lower=low,
        )
        for at, (tp, fp, fn, tn), values, low in zip(
            thresholds, counts, figures, below, strict=True
        )
    ]


def _band_columns(
    analysis: Analysis, curve: ConfusionCurve, rows: Rows, lower: Rows
) -> dict[str, Floats]:
    """Counts and figures by name for bands between any two thresholds, each of shape (n,)."""
    evaluation, inspection = analysis.evaluation, analysis.scenario.inspection
    assert inspection is not None
    distinct, alone = np.flatnonzero(curve.distinct), curve.alone.counts
    counts = inspected_between(alone[distinct[lower]], alone[distinct[rows]], inspection)
    scaled = counts.scaled(*evaluation.factors)
    context = evaluation.context(evaluation.tally.index(curve.model))
    figures = {o.id: o.values(scaled, context) for o in analysis.objectives.values()}
    return {name: getattr(counts, name) for name in COUNTS} | figures


def intervals_meeting_limits(selection: Selection, axis: str) -> tuple[tuple[float, float], ...]:
    """Intervals of the axis at which the selected model meets all limits; empty without limits.

    If a reader set the lower threshold of the band, the intervals are of bands with this lower threshold.
    """
    analysis, points, below = selection.analysis, selection.model_points, selection.point.lower
    if below is None or not analysis.limits:
        return intervals_within_limits(selection, axis)
    curve, rows = analysis.evaluation.curve_of(str(selection.point.model)), np.arange(len(points))
    columns = _band_columns(analysis, curve, rows, np.minimum(rows, curve.row(below)))
    is_met = np.all([b.within(columns[b.objective.id]) for b in analysis.limits], axis=0)
    return stretches(along(points, axis), is_met, axis)
