"""Scales of the trade-off's axes, which all models of a data set share."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from metrics import OBJECTIVES, Bound, Direction, Objective
from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.operating_points import COUNTS
from metrics.evaluation.rates import f1, share_flagged, youden_j

MOST_FLAGGED = 0.6
"""Largest share of flagged units for which a point counts in the scales."""


@dataclass(frozen=True)
class Scales:
    """Scales of the axes, which all models of a scenario share.

    Attributes
    ----------
    log : bool
        Whether the axis of thresholds is logarithmic.
    ends : mapping of objective id to (low, high)
        Ends of the vertical axes.
    """

    log: bool
    ends: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def scales_read(analysis: Analysis) -> tuple[Hashable, ...]:
    """Key of the scales and curves, with all that they depend on but the data and the selected point."""
    picked = tuple(None if s.pick is None else s.pick.row for s in analysis.choosing)
    return analysis.unpriced_key if analysis.choosing else analysis.picks_key, picked


@part(reads=scales_read)
def scales_of(analysis: Analysis) -> Scales:
    """Scales that contain each model's best thresholds and the current system."""
    conditions = [(stakeholder.objective, stakeholder.bound) for stakeholder in analysis.choosing]
    picked = [s.pick.row for s in analysis.choosing if s.pick is not None]
    best: dict[Objective, list[int]] = {}
    for o, bound in conditions or [(OBJECTIVES["cost_of_errors"], None)]:
        best.setdefault(o, []).extend(_best_rows(analysis, o, bound))
    named = {
        o.id: [analysis.current.figures[o.id], *analysis.points[o.id].loc[picked].tolist()]
        for o in best
    }
    return scales(analysis.points, best, named, log=_is_logarithmic(analysis))


def _best_rows(analysis: Analysis, o: Objective, bound: Bound | None) -> list[int]:
    """Row of each model's best figure that meets a condition."""
    points = analysis.points
    allowed = analysis.is_ordinary.copy()
    if bound is not None:
        allowed &= bound.holds(points)
    loss = np.where(allowed, o.direction.loss(points[o.id].to_numpy(np.float64)), np.nan)
    firsts = np.flatnonzero(~points["model"].duplicated().to_numpy())
    pieces = zip(firsts, np.split(loss, firsts[1:]), strict=True)
    return [int(k + np.nanargmin(piece)) for k, piece in pieces if np.isfinite(piece).any()]


def _is_logarithmic_reads(analysis: Analysis) -> Hashable:
    # Without inspectors the counts depend on no scenario. With inspectors they depend on prices and volume.
    return analysis.hidden, None if analysis.scenario.inspection is None else analysis.scenario


@part(reads=_is_logarithmic_reads, kind=Kind.PART)
def _is_logarithmic(analysis: Analysis) -> bool:
    return is_logarithmic(analysis.points)


def scales(
    points: pd.DataFrame,
    best: Mapping[Objective, Sequence[int]],
    named_values: Mapping[str, Iterable[float]],
    *,
    log: bool,
) -> Scales:
    """Compute the scales that all models of a data set share.

    Parameters
    ----------
    points : DataFrame
        Operating points of all visible models.
    best : mapping of Objective to rows
        Objectives of the axes, each with the row of every model's best operating point.
    named_values : mapping of objective id to floats
        Figures that must be visible, such as those of the current system.
    log : bool
        Whether the axis of thresholds is logarithmic.
    """
    shown = _shown(points)
    ends = {}
    for o, rows in best.items():
        figures = points[o.id].to_numpy(np.float64)
        required = np.array([*named_values.get(o.id, ()), *figures[list(rows)]], np.float64)
        ends[o.id] = _ends(figures[shown], required[np.isfinite(required)], o)
    return Scales(log, ends)


def is_logarithmic(points: pd.DataFrame) -> bool:
    """Whether the axis of thresholds is logarithmic.

    Notes
    -----
    The axis is logarithmic if a good threshold of some model lies in the first tenth of the range, and no
    score is negative. Good thresholds have the highest F1 or the highest Youden's J. These depend on the data
    only, so that another price of a miss does not change the axis.
    """
    all_thresholds, shown = points["threshold"].to_numpy(np.float64), _shown(points)
    good = _good_thresholds(points, shown)
    return bool(
        good.size
        and good.min() > 0
        and (points["threshold"].groupby(points["model"]).max() > 0).all()
        and all_thresholds[shown].min() >= 0
        and good.min() < 0.1 * max(good.max(), float(np.median(all_thresholds[shown])))
    )


def _shown(points: pd.DataFrame) -> NDArray[np.bool_]:
    """Mask of the operating points that do not flag most units; all points if there are none."""
    finite = np.isfinite(points["threshold"].to_numpy(np.float64))
    shown: NDArray[np.bool_] = finite & (share_flagged(_counts(points)) <= MOST_FLAGGED)
    return shown if shown.any() else finite


def _good_thresholds(points: pd.DataFrame, shown: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Thresholds of each model with the highest F1 and the highest Youden's J, among the shown points."""
    counts = _counts(points)
    frame = pd.DataFrame({"f1": f1(counts), "j": youden_j(counts)})[shown]
    by_model = frame.groupby(points["model"][shown].to_numpy())
    rows = {int(row) for name in ("f1", "j") for row in by_model[name].idxmax().dropna()}
    return points["threshold"].to_numpy(np.float64)[sorted(rows)]


def _ends(
    values: NDArray[np.float64], known: NDArray[np.float64], o: Objective
) -> tuple[float, float]:
    """Ends of a vertical axis, which contain the known figures."""
    values = values[np.isfinite(values)]
    if values.size == 0:
        values = known
    if values.size == 0:
        return 0.0, 1.0
    low, high = (float(end) for end in np.quantile(values, (0.02, 0.98)))
    if known.size:
        # Thresholds that flag nearly nothing or nearly everything must not flatten the rest of the curve.
        worst, top = float(known.max()), float(known.min())
        if o.direction is Direction.MINIMISE:
            high = min(high, worst + 0.25 * (worst - min(low, top)))
        else:
            low = max(low, top - 0.25 * (max(high, worst) - top))
        low, high = min(low, top), max(high, worst)
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room if o.signed or low < 0 else max(low - room, -0.03 * high), high + room


def _counts(points: pd.DataFrame) -> Confusion:
    return Confusion(*(points[name].to_numpy(np.float64) for name in COUNTS))


def shares_of_file(points: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of the file's units flagged, and of its defects missed, at the defect rate of the file."""
    counts = _counts(points)
    return share_flagged(counts), np.nan_to_num(ratio(counts.fn, counts.tp + counts.fn))
