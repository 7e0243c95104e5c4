"""Halving of a figure: the cheapest point with half of the selected figure, or of the current one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.exchange import Exchange, exchange_for
from dashboard.analysis.selection import Selection
from metrics import Objective, OperatingPoint
from metrics.selection.limits import meets_all
from metrics.selection.ties import cheapest


@dataclass(frozen=True)
class Halving:
    """Exchange of the selected point for the cheapest one at which an objective's figure is halved.

    Attributes
    ----------
    objective : Objective
    selected : float
        Figure of the selected point.
    exchange : Exchange or None
        Exchange for the cheapest point with at most half of the figure. Only points that meet the limits
        count, if there are any. `None` if there is no such point, or if the figure is 0.
    half_of_current : OperatingPoint or None
        Cheapest point with at most half of the current figure. `None` if the selected point already has
        that, if no point has it, if it is the point of `exchange`, or without `exchange`.
    is_half_of_current : bool
        Whether the selected point has at most half of the current figure; False without `exchange`.
    """

    objective: Objective
    selected: float
    exchange: Exchange | None
    half_of_current: OperatingPoint | None = None
    is_half_of_current: bool = False


def halving(selection: Selection, o: Objective) -> Halving:
    """Find the cheapest way to halve the figure of an objective.

    The objective must be minimised, and its figure must rise as fewer units are flagged (`question_of`).
    """
    analysis, selected = selection.analysis, selection.point.figures[o.id]
    point = None if selected == 0 else _cheapest_within(analysis, o, selected / 2)
    if point is None:
        return Halving(o, selected, None)
    half, current = None, analysis.current.figures.get(o.id, math.nan)
    is_compared = current != 0 and not analysis.is_current(selection.point)
    if is_compared and selected > current / 2:
        half = _cheapest_within(analysis, o, current / 2)
        half = None if half is None or half.place == point.place else half
    is_half = is_compared and selected <= current / 2
    return Halving(o, selected, exchange_for(selection, point), half, is_half)


def _cheapest_within(analysis: Analysis, o: Objective, most: float) -> OperatingPoint | None:
    """Cheapest point whose figure is at most `most`. Only points that meet the limits count, if any do."""
    points = analysis.points
    within = (points[o.id].to_numpy(np.float64) <= most) & analysis.is_ordinary
    position = cheapest(points, within & meets_all(points, analysis.limits))
    if position is None:
        position = cheapest(points, within)
    return None if position is None else OperatingPoint.from_points(points, position)
