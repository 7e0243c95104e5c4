"""The strip: every stop of the threshold's handle with its finished words and the places of its marks.

The browser shows a stop: it sets texts and moves marks. It formats no number and knows no objective.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from dashboard.analysis.analysis import opening_point
from dashboard.analysis.cache import part
from dashboard.analysis.decide.front import (
    shortlist,
)
from dashboard.analysis.decide.stops import Rows, points_at, stop_rows
from dashboard.analysis.decide.tradeoff import least_shown, tradeoff_of
from dashboard.analysis.selection import Selection
from dashboard.figures.tradeoff_range import drawn_positions, has_log_axis
from dashboard.live.marks import Marks, place_of
from dashboard.live.point_words import PointWords
from dashboard.live.records import Record, as_columns
from dashboard.page_view import PageView
from metrics import OperatingPoint
from metrics.tally.kernel import Floats

Seen = tuple[float, float]
"""Visible range of the trade-off's axis."""
Stops = dict[str, list[OperatingPoint]]
"""Operating points that each handle can reach, and the opening points of other models ("others")."""


def strips(page: PageView, stops: Stops, *, words: bool = False) -> dict[str, Record]:
    """Stops of each handle with the places of their marks, or with their words, which take longer.

    Each strip has the form of `as_columns`.
    """
    marks, writer = Marks(page), PointWords(page) if words else None
    tables = {}
    for handle, points in stops.items():
        records = (
            writer.stops(points, is_upper=handle == "upper")
            if writer
            else map(marks.marks_of, points)
        )
        tables[handle] = as_columns(
            [place_of(point) | record for point, record in zip(points, records, strict=True)]
        )
    return tables


def stops_of(page: PageView, seen: Seen | None = None) -> Stops:
    """Stops of the upper handle, of the lower one if units are inspected, and other models' opening points.

    Parameters
    ----------
    seen : (float, float), optional
        Visible range of the trade-off's axis; the initial range by default.
    """
    selection, analysis, model = page.selection, page.analysis, str(page.selection.point.model)
    curve = analysis.evaluation.curve_of(model)
    shown, x, values = _in_sight(selection, page.choices.x)
    if seen is not None:
        inside = (values >= seen[0]) & (values <= seen[1])
        shown, x = shown[inside], x[inside]
    at = curve.row(page.selection.point.threshold)
    rows = stop_rows(selection, shown, x, at)
    worth = sorted(shortlist(analysis, page.choices.axes) - {model})
    opened = (opening_point(analysis, name) for name in worth)
    others = {"others": [point for point in opened if point is not None]}
    if analysis.scenario.inspection is None:
        return {"upper": points_at(analysis, model, rows)} | others
    below = analysis.evaluation.inspected_from(*page.selection.point.place)
    lower = at if below is None else curve.row(below)
    lows = stop_rows(selection, shown, x, lower)
    return {
        "upper": points_at(analysis, model, rows, np.minimum(rows, lower)),
        "lower": points_at(analysis, model, np.maximum(lows, at), lows),
    } | others


def _in_sight_reads(selection: Selection, axis: str) -> Hashable:
    return selection.analysis.picks_key, selection.point.model, axis, least_shown(selection)


@part(reads=_in_sight_reads)
def _in_sight(selection: Selection, axis: str) -> tuple[Rows, Floats, Floats]:
    """Rows of the thresholds that the trade-off draws, their places on the screen, and on the axis."""
    view = tradeoff_of(selection, axis)
    rows = drawn_positions(view, view.x.size)
    values = view.x[rows]
    if not has_log_axis(view, rows):
        return rows, values, values
    return rows[values > 0], np.log10(values[values > 0]), values[values > 0]
