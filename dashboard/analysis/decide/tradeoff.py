"""Trade-off along the thresholds of the selected model: each stakeholder's objective as a curve."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.cache import part
from dashboard.analysis.decide.limit_lines import LimitLine, limit_lines
from dashboard.analysis.decide.tradeoff_scales import Scales, scales_of, shares_of_file
from dashboard.analysis.mask_runs import runs_of
from dashboard.analysis.optimism import ranges_of_curve
from dashboard.analysis.picked_points import best_of_model
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Objective, pick
from metrics.inference.interval_formulas import Interval
from metrics.selection.limits import meets_all

FLAGGED_STEPS = (0.4, 0.6, 0.8, 1.0)
"""Extents of the curves by the share of units flagged. The smallest that contains all marks is used."""
MISSED_STEPS = (0.6, 0.8, 1.0)
"""Extents of the curves by the share of defects missed. The steps keep the axis still while a mark moves."""


@dataclass(frozen=True)
class Reach:
    """Largest shares up to which the curves are drawn.

    Attributes
    ----------
    flagged : float
        Largest share of the units flagged.
    missed : float
        Largest share of the defects missed.
    """

    flagged: float = FLAGGED_STEPS[0]
    missed: float = MISSED_STEPS[0]


@dataclass(frozen=True)
class StakeholderCurve:
    """A stakeholder's objective along the model's thresholds.

    Attributes
    ----------
    stakeholder : str or None
        Title of the stakeholder; `None` for the cost of errors, if no objective chooses a threshold.
    objective : Objective
    values : ndarray, shape (n,)
    best : int or None
        Position of the stakeholder's best threshold of this model.
    today : float
        Figure of the current system; NaN if undefined.
    ends : Interval or None
        95% intervals of shape (n,); `None` if unknown.
    chosen : float or None
        Figure of the selected point if a reader set its lower threshold. Such a point is not on the curve.
    is_pick : bool
        Whether the stakeholder's pick is of this model.
    limits : sequence of LimitLine
    """

    stakeholder: str | None
    objective: Objective
    values: NDArray[np.float64]
    best: int | None
    today: float
    ends: Interval | None = None
    chosen: float | None = None
    is_pick: bool = False
    limits: Sequence[LimitLine] = ()

    def at(self, position: int) -> float:
        """Figure of the selected point. The argument is the position of its threshold."""
        return float(self.values[position]) if self.chosen is None else self.chosen


@dataclass(frozen=True)
class TradeoffView:
    """Objectives along the thresholds of a model.

    Attributes
    ----------
    model : str
    thresholds, x : ndarray, shape (n,)
        Thresholds, ascending, and their positions on the axis.
    axis : str
        Kind of the axis: "threshold", "flagged" or "recall".
    flagged, missed : ndarray, shape (n,)
        Share of the file's units flagged, and of its defects missed, at each threshold. They decide where the
        axis starts and ends.
    curves : sequence of StakeholderCurve
    scales : Scales
    chosen : int or None
        Position of the selected threshold; `None` if the browser draws it.
    apart : sequence of (str, Objective)
        Name and objective of all stakeholders, if no objective chooses a threshold.
    least : Reach
        Smallest extent of the curves.
    within_limits : sequence of (float, float)
        Intervals of the axis that meet all limits; empty if the browser draws them.
    """

    model: str
    thresholds: NDArray[np.float64]
    x: NDArray[np.float64]
    axis: str
    flagged: NDArray[np.float64]
    missed: NDArray[np.float64]
    curves: Sequence[StakeholderCurve]
    scales: Scales
    chosen: int | None
    apart: Sequence[tuple[str, Objective]] = ()
    least: Reach = field(default_factory=Reach)
    within_limits: Sequence[tuple[float, float]] = ()


def reach(flagged: Iterable[float], missed: Iterable[float]) -> Reach:
    """Extent of curves that contain marks at these shares of units flagged and defects missed."""
    return Reach(_step(flagged, FLAGGED_STEPS), _step(missed, MISSED_STEPS))


def _step(shares: Iterable[float], steps: Sequence[float]) -> float:
    """Smallest step that is at least as large as all shares; NaN does not count."""
    most = max((share for share in shares if not math.isnan(share)), default=0.0)
    return next((step for step in steps if most <= step), 1.0)


def along(points: pd.DataFrame, axis: str) -> NDArray[np.float64]:
    """Position of each operating point of a model on an axis."""
    column = {"threshold": "threshold", "flagged": "share_flagged", "recall": "recall"}[axis]
    return points[column].to_numpy(np.float64)


def stretches(
    x: NDArray[np.float64], is_met: NDArray[np.bool_], axis: str
) -> tuple[tuple[float, float], ...]:
    """Intervals of an axis at which a condition holds.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Position of each operating point on the axis, in the order of the thresholds.
    is_met : ndarray of bool, shape (n,)
        Whether the condition holds at each operating point.
    axis : str
        On the axis "threshold", a figure holds from just above the previous threshold up to its own.
    """
    before = np.concatenate([[-np.inf], x[:-1]]) if axis == "threshold" else x
    ends = [sorted((float(before[first]), float(x[end - 1]))) for first, end in runs_of(is_met)]
    return tuple((low, high) for low, high in ends if not (math.isnan(low) or math.isnan(high)))


def tradeoff_of(selection: Selection, axis: str) -> TradeoffView:
    """Trade-off of the selected model, without a mark for the selected threshold."""
    analysis, points = selection.analysis, selection.model_points
    flagged, missed = shares_of_file(points)
    curves = [_curve(selection, stakeholder) for stakeholder in analysis.choosing]
    apart = () if curves else tuple((s.name, s.objective) for s in analysis.stakeholders)
    return TradeoffView(
        model=str(selection.point.model),
        thresholds=points["threshold"].to_numpy(),
        x=along(points, axis),
        axis=axis,
        flagged=flagged,
        missed=missed,
        curves=curves or [_curve(selection, None)],
        scales=scales_of(analysis),
        chosen=None,
        apart=apart,
        least=least_shown(selection),
    )


def tradeoff_with_selected(selection: Selection, axis: str) -> TradeoffView:
    """Trade-off of the selected model, with a mark for the selected threshold."""
    view, point = tradeoff_of(selection, axis), selection.point
    curve = selection.analysis.evaluation.curve_of(view.model)
    view = replace(view, chosen=curve.row(point.threshold))
    if point.lower is None:
        return replace(view, within_limits=intervals_within_limits(selection, axis))
    # The curves are of the cheapest bands, but a reader set the lower threshold of this band.
    curves = [replace(curve, chosen=point.figures[curve.objective.id]) for curve in view.curves]
    return replace(view, curves=curves)


@part(
    reads=lambda selection, axis: (selection.analysis.picks_key, selection.point.model, axis),
)
def intervals_within_limits(selection: Selection, axis: str) -> tuple[tuple[float, float], ...]:
    """Intervals of the axis at which the selected model meets all limits; empty without limits."""
    points, limits = selection.model_points, selection.analysis.limits
    return stretches(along(points, axis), meets_all(points, limits), axis) if limits else ()


def least_shown(selection: Selection) -> Reach:
    """Extent of the curves that contains the selected point and the current system."""
    analysis, points = selection.analysis, selection.model_points
    marked = [selection.point.threshold]
    if analysis.current.model == selection.point.model:
        marked.append(analysis.current.threshold)
    thresholds = points["threshold"].to_numpy(np.float64)
    rows = np.searchsorted(thresholds, [at for at in marked if at < np.inf])
    rows = rows.clip(max=len(points) - 1)
    flagged, missed = shares_of_file(points)
    return reach(flagged[rows].tolist(), missed[rows].tolist())


def _curve(selection: Selection, stakeholder: Stakeholder | None) -> StakeholderCurve:
    """Curve of a stakeholder's objective; of the cost of errors without a stakeholder."""
    analysis, points = selection.analysis, selection.model_points
    if stakeholder is None:
        name, stakeholder_pick, o = None, None, OBJECTIVES["cost_of_errors"]
        best = pick(points, o, analysis.evaluation)
    else:
        name, stakeholder_pick, o = stakeholder.name, stakeholder.pick, stakeholder.objective
        best = best_of_model(analysis, stakeholder, analysis.limits, str(selection.point.model))
    return StakeholderCurve(
        stakeholder=name,
        objective=o,
        values=points[o.id].to_numpy(np.float64),
        best=None if best is None else best.row,
        today=analysis.current.figures[o.id],
        ends=ranges_of_curve(analysis, o, str(selection.point.model)),
        is_pick=stakeholder_pick is not None and stakeholder_pick.model == selection.point.model,
        limits=limit_lines(analysis, "y", o),
    )
