"""The strip: every stop of the threshold's handle with its finished words and the places of its marks.

The browser shows a stop: it sets texts and moves marks. It formats no number and knows no objective.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from dashboard.analysis.cache import part
from dashboard.analysis.decide.answer import answer_at
from dashboard.analysis.decide.cards import Scale, card_basis, stakeholder_card
from dashboard.analysis.decide.front import (
    axes_objectives,
    front_of,
    on_front,
    ranking_of,
    ranking_stakeholder,
)
from dashboard.analysis.decide.stops import Rows, points_at, stop_rows
from dashboard.analysis.decide.tradeoff import least_shown, tradeoff_of
from dashboard.analysis.selection import Selection
from dashboard.figures.tradeoff_figure import in_sight, is_log
from dashboard.page_view import PageView
from dashboard.words.decide.answer import answer_words
from dashboard.words.decide.cards import best_words, card_words
from dashboard.words.decide.threshold import (
    FLAGGED,
    best_of_all_words,
    figure_line,
    limits_line,
    standing_words,
    threshold_words,
)
from dashboard.words.numbers import figure
from metrics import Objective, OperatingPoint
from metrics.tally.kernel import Floats

Seen = tuple[float, float]
Wanted = Mapping[str, Sequence[int]]
Record = dict[str, Any]
"""Words or places of one point by slot; values are texts, numbers, booleans, lists and further records."""


class Words:
    """Words of points of a page. Those of the best on the cards are made once."""

    def __init__(self, page: PageView) -> None:
        self.page = page
        self.cards = []
        for stakeholder in page.analysis.stakeholders:
            basis = card_basis(page.selection, stakeholder)
            best = best_words(page.analysis, page.names, stakeholder, basis.best)
            self.cards.append((stakeholder, basis, best))

    def at(self, point: OperatingPoint, *, at_rest: bool = False) -> Record:
        """Words of the answer, the cards and the threshold at an operating point."""
        page = self.page
        selection, analysis, names = page.selection, page.analysis, page.names
        cards = {}
        for stakeholder, basis, best in self.cards:
            card = stakeholder_card(selection, stakeholder, point, at_rest=at_rest, basis=basis)
            cards[stakeholder.name] = {
                **vars(card_words(analysis, names, card, best)),
                "scale": NO_SCALE if card.scale is None else vars(card.scale),
            }
        answer = answer_at(selection, point, at_rest=at_rest)
        return {
            "answer": vars(answer_words(analysis, names, answer)),
            "cards": cards,
            "threshold": vars(
                threshold_words(selection, names, point, page.choices.x, at_rest=at_rest)
            ),
            "labels": labels_at(page, point),
        }


NO_SCALE = dict.fromkeys(field.name for field in fields(Scale))


def place_of(point: OperatingPoint) -> Record:
    """Model and thresholds of a point. JSON knows no infinity, so that thresholds are texts."""
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

    def at(self, point: OperatingPoint) -> Record:
        """Places of a point.

        ``from`` is the threshold from which units are inspected, and ``lower`` its place along the trade-off.
        ``front`` is the point's place on the front, ``x`` that along the trade-off, and ``y`` the heights on
        its curves.
        """
        front = [point.figures.get(name, math.nan) for name in self.axes]
        if self.places:
            front.append(self.places.get(str(point.model), math.nan))
        below = self.page.analysis.inspected_from(*point.place)
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
        [there] = points_at(self.page.analysis, str(point.model), np.array([curve.row(below)]))
        return json_number(self._along(there))


def tradeoff_objectives(page: PageView) -> list[Objective]:
    """Objectives of the trade-off's curves, from the top."""
    return [s.objective for s in page.analysis.choosing] or [
        page.analysis.objectives["cost_of_errors"]
    ]


def json_number(value: float) -> float | str | None:
    """A number in seven digits, fine enough for any screen; `None` if undefined, and a text if infinite."""
    if math.isnan(value):
        return None
    return float(f"{value:.7g}") if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def labels_at(page: PageView, point: OperatingPoint) -> tuple[str, ...]:
    """Figures beside the marks of the trade-off."""
    return tuple(
        figure(o, point.figures[o.id], page.analysis.scenario)
        if math.isfinite(point.figures[o.id])
        else ""
        for o in tradeoff_objectives(page)
    )


def strips(
    page: PageView,
    *,
    seen: Seen | None = None,
    words: bool = False,
    wanted: Wanted | None = None,
) -> dict[str, Record]:
    """Stops of the upper handle, and of the lower one if units are inspected, as `table` writes them.

    Parameters
    ----------
    seen : (float, float), optional
        Visible range of the trade-off's axis; as first drawn by default.
    words : bool
        Whether the stops have their words, which take longer than the places of their marks.
    wanted : mapping of str to positions, optional
        Only these stops of each handle.
    """
    marks, said, found = Marks(page), Words(page), {}
    for handle, points in _stops(page, seen).items():
        if wanted is not None:
            points = [points[k] for k in wanted.get(handle, ()) if 0 <= k < len(points)]
        places = [place_of(point) | marks.at(point) for point in points]
        if words:
            lines = _pointed(page, points) if handle == "upper" and points else {}
            for place, point in zip(places, points, strict=True):
                place |= said.at(point) | lines.get(point.threshold, {})
        found[handle] = table(places)
    return found


def _pointed(page: PageView, points: Sequence[OperatingPoint]) -> dict[float, Record]:
    """Lines for the pointer at the thresholds of some points, each with its band of least cost."""
    curve = page.analysis.evaluation.curve_of(str(page.selection.point.model))
    rows = np.array([curve.row(point.threshold) for point in points])
    objectives = [*tradeoff_objectives(page), FLAGGED]
    return {
        point.threshold: {
            "pointed": pointed_at(page, point, objectives, limits_line(page.selection, point))
        }
        for point in points_at(page.analysis, str(page.selection.point.model), rows)
    }


def pointed_at(
    page: PageView, point: OperatingPoint, objectives: Sequence[Objective], *more: str
) -> tuple[tuple[str, ...], ...]:
    """Lines that the pointer shows of a point: its title, its figures, and further ones."""
    figures = (figure_line(page.selection, o, point) for o in objectives)
    title = page.names.at(page.analysis, point.model, point.threshold, alone=True)
    return (title,), *figures, *((line,) for line in more if line)


def _stops(page: PageView, seen: Seen | None) -> dict[str, list[OperatingPoint]]:
    selection, analysis, model = page.selection, page.analysis, str(page.selection.point.model)
    curve = analysis.evaluation.curve_of(model)
    shown, x, values = _in_sight(selection, page.choices.x)
    if seen is not None:
        inside = (values >= seen[0]) & (values <= seen[1])
        shown, x = shown[inside], x[inside]
    at = curve.row(page.selection.point.threshold)
    rows = stop_rows(selection, shown, x, at)
    if analysis.scenario.inspection is None:
        return {"upper": points_at(analysis, model, rows)}
    below = analysis.inspected_from(*page.selection.point.place)
    lower = at if below is None else curve.row(below)
    lows = stop_rows(selection, shown, x, lower)
    return {
        "upper": points_at(analysis, model, rows, np.minimum(rows, lower)),
        "lower": points_at(analysis, model, np.maximum(lows, at), lows),
    }


def _in_sight_reads(selection: Selection, axis: str) -> Hashable:
    return selection.analysis.picks_key, selection.point.model, axis, least_shown(selection)


@part(reads=_in_sight_reads)
def _in_sight(selection: Selection, axis: str) -> tuple[Rows, Floats, Floats]:
    """Rows of the thresholds that the trade-off draws, their places on the screen, and on the axis."""
    view = tradeoff_of(selection, axis)
    rows = in_sight(view, view.x.size)
    values = view.x[rows]
    if not is_log(view, rows):
        return rows, values, values
    return rows[values > 0], np.log10(values[values > 0]), values[values > 0]


def pointed_on_front(page: PageView, model: str, thresholds: Sequence[float]) -> list[Record]:
    """Lines for the pointer at some points of a model on the front.

    ``standing`` says why a point of the curve has no marker, and ``best`` who else would choose a marked one.
    """
    analysis = page.analysis
    by = ranking_stakeholder(analysis, page.choices.axes)
    view = front_of(analysis, page.choices.axes)
    is_shown = model in on_front(view.points)
    curve = analysis.evaluation.curve_of(model)
    rows = np.searchsorted(curve.thresholds[curve.distinct], thresholds)
    found = []
    for threshold, point in zip(thresholds, points_at(analysis, model, rows), strict=True):
        if by is not None:
            [_, *lines] = pointed_at(page, point, [by.objective])
            found.append({"at": repr(threshold), "lines": [[page.label(model)], *lines]})
            continue
        found.append(
            {
                "at": repr(threshold),
                "lines": pointed_at(page, point, [view.across, view.up]),
                "standing": standing_words(analysis, point, is_shown=is_shown),
                "best": best_of_all_words(analysis, point, (view.across, view.up)),
            }
        )
    return found


def table(records: Sequence[Record]) -> Record:
    """Records of one form as columns: path of each slot, its distinct values, and which of them each has."""
    columns: list[list[Any]] = []
    if not records:
        return {"size": 0, "columns": columns}
    for path, values in zip(
        _paths(records[0]), zip(*map(_leaves, records), strict=True), strict=True
    ):
        places: dict[Any, int] = {}
        index = [places.setdefault(value, len(places)) for value in values]
        columns.append([path, list(places), index if len(places) > 1 else []])
    return {"size": len(records), "columns": columns}


def _paths(record: Record, start: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for slot, value in record.items():
        if isinstance(value, dict):
            yield from _paths(value, (*start, slot))
        else:
            yield (*start, slot)


def _leaves(record: Record) -> Iterator[Any]:
    for value in record.values():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield value
