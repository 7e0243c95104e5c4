"""Marks of an operating point on the front and the trade-off, in the coordinates of the data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dashboard.analysis.decide.front import (
    axes_objectives,
    front_of,
    ranking_stakeholder,
)
from dashboard.analysis.decide.model_ranking import ranking_of
from dashboard.analysis.decide.stops import points_at
from dashboard.live.records import Record
from dashboard.page_view import PageView
from metrics import Objective, OperatingPoint


def tradeoff_objectives(page: PageView) -> list[Objective]:
    """Objectives of the trade-off's curves, from the top."""
    return [s.objective for s in page.analysis.choosing] or [
        page.analysis.objectives["cost_of_errors"]
    ]


def json_number(value: float) -> float | str | None:
    """A number in seven digits, which suffice for any screen; `None` if undefined, a text if infinite."""
    if math.isnan(value):
        return None
    return float(f"{value:.7g}") if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def place_of(point: OperatingPoint) -> Record:
    """Model and thresholds of a point. Thresholds are texts, because JSON has no infinity."""
    lower = None if point.lower is None else repr(point.lower)
    return {"model": str(point.model), "at": repr(point.threshold), "below": lower}


class Marks:
    """Places of a point's marks on both charts, in the data's coordinates."""

    def __init__(self, page: PageView) -> None:
        analysis, choices = page.analysis, page.choices
        self.page = page
        self.objectives = tradeoff_objectives(page)
        self.along = {"threshold": None, "flagged": "share_flagged", "recall": "recall"}[choices.x]
        by = ranking_stakeholder(analysis, choices.axes)
        axes = axes_objectives(analysis, choices.axes)
        self.axes = [o.id for o in axes] if by is None else [by.objective.id]
        models: Sequence[str] = ()
        if by is not None:
            models = ranking_of(analysis, front_of(analysis, choices.axes), by).models
        self.places = {model: place for place, model in enumerate(models)}

    def marks_of(self, point: OperatingPoint) -> Record:
        """Places of the marks of a point.

        ``from`` is the threshold from which units are inspected, and ``lower`` its place along the trade-off.
        ``front`` has the coordinates on the front, ``x`` the place along the trade-off, and ``y`` the heights
        on the curves of the trade-off.
        """
        front = [point.figures.get(name, math.nan) for name in self.axes]
        if self.places:
            front.append(self.places.get(str(point.model), math.nan))
        below = self.page.analysis.evaluation.inspected_from(*point.place)
        is_inspected = self.page.analysis.scenario.inspection is not None
        return {
            "from": repr(point.threshold if below is None else below) if is_inspected else None,
            "front": tuple(map(json_number, front)),
            "x": json_number(self._along(point)),
            "lower": None if below is None else self._lower(point, below),
            "y": tuple(json_number(point.figures.get(o.id, math.nan)) for o in self.objectives),
        }

    def _along(self, point: OperatingPoint) -> float:
        return point.threshold if self.along is None else point.figures[self.along]

    def _lower(self, point: OperatingPoint, below: float) -> float | str | None:
        if self.along is None:
            return json_number(below)
        curve = self.page.analysis.evaluation.curve_of(str(point.model))
        [point_below] = points_at(
            self.page.analysis, str(point.model), np.array([curve.row(below)])
        )
        return json_number(self._along(point_below))
