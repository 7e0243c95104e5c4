"""Lines for the pointer at some points of a model on the front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.analysis.decide.front import (
    axes_objectives,
    front_of,
    on_front,
    ranking_stakeholder,
)
from dashboard.analysis.decide.stops import points_at
from dashboard.live.point_words import PointWords
from dashboard.live.records import Record
from dashboard.page_view import PageView
from dashboard.words.decide.threshold_handle import best_of_all_words, standing_words


def lines_on_front(page: PageView, model: str, thresholds: Sequence[float]) -> list[Record]:
    """Lines for the pointer at some points of a model on the front.

    ``standing`` is the reason why a point of the curve has no marker. ``best`` has further objectives by
    which a point with a marker is the best.
    """
    analysis = page.analysis
    by = ranking_stakeholder(analysis, page.choices.axes)
    view = front_of(analysis, page.choices.axes)
    is_shown = model in on_front(view.points)
    curve = analysis.evaluation.curve_of(model)
    rows = np.searchsorted(curve.thresholds[curve.distinct], thresholds)
    points = points_at(analysis, model, rows)
    axes = axes_objectives(analysis, page.choices.axes) if by is None else (by.objective,)
    words = PointWords(page, [s for s in analysis.stakeholders if s.objective in axes])
    records = []
    all_lines = words.lines(words.cards_with_words(points, is_pointed=True), axes)
    for threshold, point, lines in zip(thresholds, points, all_lines, strict=True):
        records.append({"at": repr(threshold), "lines": lines})
        if by is None:
            records[-1] |= {
                "standing": standing_words(analysis, point, is_shown=is_shown),
                "best": best_of_all_words(analysis, point, axes),
            }
        else:
            records[-1]["lines"] = ((page.label(model),), *lines[1:])
    return records
