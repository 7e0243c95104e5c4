"""The strip: every stop of the threshold's handle with its finished words and the places of its marks.

The browser shows a stop: it sets texts and moves marks. It formats no number and knows no objective.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import pairwise, takewhile
from typing import Any

import numpy as np

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.cache import part
from dashboard.analysis.decide.answer import answers_at
from dashboard.analysis.decide.cards import Scale, StakeholderCard, card_basis, stakeholder_card
from dashboard.analysis.decide.front import (
    axes_objectives,
    front_of,
    on_front,
    ranking_of,
    ranking_stakeholder,
    shortlist,
)
from dashboard.analysis.decide.stops import Rows, opening_point, points_at, stop_rows
from dashboard.analysis.decide.tradeoff import least_shown, tradeoff_of
from dashboard.analysis.selection import Selection
from dashboard.figures.tradeoff_figure import drawn_positions, has_log_axis
from dashboard.page_view import PageView
from dashboard.words.decide.answer import answer_words
from dashboard.words.decide.cards import CardWords, card_words, fixed_words
from dashboard.words.decide.threshold import (
    FLAGGED,
    best_of_all_words,
    figure_line,
    limits_line,
    pointed_interval,
    standing_words,
    threshold_words,
)
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.units import unit_words
from metrics import Objective, OperatingPoint
from metrics.tally.kernel import Floats

Seen = tuple[float, float]
Wanted = Mapping[str, Sequence[int]]
Record = dict[str, Any]
"""Words or places of one point by slot; values are texts, numbers, booleans, tuples and further records."""
Path = tuple[str | int, ...]
"""Names of a slot and of the records around it; positions in tuples."""
Cards = tuple[tuple[StakeholderCard, CardWords], ...]
"""Cards of an operating point, each with its words."""
WithCards = tuple[OperatingPoint, Cards]


class Words:
    """Words of operating points on a page.

    Parameters
    ----------
    stakeholders : sequence of Stakeholder, optional
        Stakeholders whose cards are needed; all by default.
    """

    def __init__(self, page: PageView, stakeholders: Sequence[Stakeholder] | None = None) -> None:
        self.page, self.bases = page, []
        self.objectives = tradeoff_objectives(page)
        for stakeholder in page.analysis.stakeholders if stakeholders is None else stakeholders:
            basis = card_basis(page.selection, stakeholder)
            fixed = fixed_words(page.analysis, page.names, stakeholder, basis.best)
            self.bases.append((stakeholder, basis, fixed))

    def cards(self, points: Sequence[OperatingPoint], *, at_rest: bool = False) -> list[WithCards]:
        """Operating points with their cards."""
        selection, names = self.page.selection, self.page.names
        columns = []
        for stakeholder, basis, fixed in self.bases:
            # An objective that ranks models has the same card at all points of a model.
            keys = [p.model if stakeholder.objective.of_model else p.place for p in points]
            cards = {
                key: stakeholder_card(selection, stakeholder, point, at_rest=at_rest, basis=basis)
                for key, point in dict(zip(keys, points, strict=True)).items()
            }
            words = {k: card_words(selection.analysis, names, c, fixed) for k, c in cards.items()}
            columns.append([(cards[key], words[key]) for key in keys])
        return [(point, tuple(c[k] for c in columns)) for k, point in enumerate(points)]

    def at(self, points: Sequence[WithCards], *, at_rest: bool = False) -> list[Record]:
        """Words of the answer, the cards and the threshold at operating points."""
        selection, names, x = self.page.selection, self.page.names, self.page.choices.x
        alone = [point for point, _ in points]
        answers = answers_at(selection, alone, at_rest=at_rest)
        answer_texts = [answer_words(selection.analysis, names, answer) for answer in answers]
        thresholds = threshold_words(selection, names, alone, x, at_rest=at_rest)
        return [
            {
                "answer": vars(answer),
                "cards": {card.stakeholder.name: _card(words) for card, words in cards},
                "threshold": vars(threshold),
                "labels": tuple(
                    self._written(o, point, cards) if math.isfinite(point.figures[o.id]) else ""
                    for o in self.objectives
                ),
            }
            for (point, cards), answer, threshold in zip(
                points, answer_texts, thresholds, strict=True
            )
        ]

    def _written(self, o: Objective, point: OperatingPoint, cards: Cards) -> str:
        """Figure of a point, from a card if one shows it."""
        on_cards = (words.figure for card, words in cards if card.stakeholder.objective is o)
        return next(on_cards, "") or figure(o, point.figures[o.id], self.page.analysis.scenario)

    def lines(
        self, points: Sequence[WithCards], objectives: Sequence[Objective]
    ) -> Iterator[tuple[tuple[str | None, ...], ...]]:
        """Lines that the pointer shows of operating points: title and figures."""
        selection, analysis = self.page.selection, self.page.analysis
        units = {o.id: unit_words(o, analysis.scenario) for o in objectives}
        for point, cards in points:
            intervals = {
                card.stakeholder.objective.id: pointed_interval(selection, card, words)
                for card, words in cards
            }
            figures = (
                figure_line(o, self._written(o, point, cards), units[o.id], intervals.get(o.id, ""))
                for o in objectives
            )
            title = self.page.names.at(analysis, point.model, point.threshold, alone=True)
            yield (title,), *figures

    def stops(self, points: Sequence[OperatingPoint], *, is_upper: bool) -> list[Record]:
        """Words of stops of a handle. Only stops of the upper handle have the lines for the pointer."""
        selection, with_cards = self.page.selection, self.cards(points)
        records = self.at(with_cards)
        if not is_upper or not points:
            return records
        limits = [record["answer"]["limits"] for record in records]
        if selection.analysis.scenario.inspection is not None:
            # The curves show the bands of least cost.
            curve = selection.analysis.evaluation.curve_of(str(selection.point.model))
            rows = np.array([curve.row(point.threshold) for point in points])
            points = points_at(selection.analysis, curve.model, rows)
            with_cards = self.cards(points)
            limits = [limits_line(selection, point) for point in points]
        lines = self.lines(with_cards, [*self.objectives, FLAGGED])
        for record, line, status in zip(records, lines, limits, strict=True):
            record["pointed"] = (*line, (status,)) if status else line
        return records


def _card(words: CardWords) -> Record:
    scale = NO_SCALE if words.scale is None else vars(words.scale)
    places = {end: None if place is None else round(place, 4) for end, place in scale.items()}
    return {**vars(words), "scale": places}


NO_SCALE = dict.fromkeys(field.name for field in fields(Scale))


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
        self.names = {*self.axes, *(o.id for o in self.objectives)}
        self.names |= set() if self.along is None else {self.along}

    def at(self, point: OperatingPoint) -> Record:
        """Places of a point.

        ``from`` is the threshold from which units are inspected, and ``lower`` its place along the trade-off.
        ``front`` has the coordinates on the front, ``x`` the place along the trade-off, and ``y`` the heights
        on the curves of the trade-off.
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
        [point_below] = points_at(
            self.page.analysis, str(point.model), np.array([curve.row(below)])
        )
        return json_number(self._along(point_below))


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


def strips(
    page: PageView,
    *,
    seen: Seen | None = None,
    words: bool = False,
    wanted: Wanted | None = None,
) -> dict[str, Record]:
    """Stops of the upper handle, of the lower one if units are inspected, and other models' opening points.

    Each strip has the form of `table`.

    Parameters
    ----------
    seen : (float, float), optional
        Visible range of the trade-off's axis; the initial range by default.
    words : bool
        Whether the stops have their words, which take longer, or the places of their marks.
    wanted : mapping of str to positions, optional
        Stops of each handle to return; all by default.
    """
    marks, tables = Marks(page), {}
    writer = Words(page) if words else None
    for handle, points in _stops(page, seen, None if words else marks.names).items():
        if wanted is not None:
            points = [points[k] for k in wanted.get(handle, ()) if 0 <= k < len(points)]
        records = (
            writer.stops(points, is_upper=handle == "upper") if writer else map(marks.at, points)
        )
        tables[handle] = table(
            [place_of(point) | record for point, record in zip(points, records, strict=True)]
        )
    return tables


def _stops(
    page: PageView, seen: Seen | None, names: Collection[str] | None
) -> dict[str, list[OperatingPoint]]:
    selection, analysis, model = page.selection, page.analysis, str(page.selection.point.model)
    curve = analysis.evaluation.curve_of(model)
    shown, x, values = _in_sight(selection, page.choices.x)
    if seen is not None:
        inside = (values >= seen[0]) & (values <= seen[1])
        shown, x = shown[inside], x[inside]
    at = curve.row(page.selection.point.threshold)
    rows = stop_rows(selection, shown, x, at)
    worth = sorted(shortlist(analysis, page.choices.axes) - {model})
    others = {"others": [opening_point(analysis, name, names) for name in worth]}
    if analysis.scenario.inspection is None:
        return {"upper": points_at(analysis, model, rows, names=names)} | others
    below = analysis.inspected_from(*page.selection.point.place)
    lower = at if below is None else curve.row(below)
    lows = stop_rows(selection, shown, x, lower)
    return {
        "upper": points_at(analysis, model, rows, np.minimum(rows, lower), names),
        "lower": points_at(analysis, model, np.maximum(lows, at), lows, names),
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


def pointed_on_front(page: PageView, model: str, thresholds: Sequence[float]) -> list[Record]:
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
    words = Words(page, [s for s in analysis.stakeholders if s.objective in axes])
    records = []
    for threshold, point, lines in zip(
        thresholds, points, words.lines(words.cards(points), axes), strict=True
    ):
        records.append({"at": repr(threshold), "lines": lines})
        if by is None:
            records[-1] |= {
                "standing": standing_words(analysis, point, is_shown=is_shown),
                "best": best_of_all_words(analysis, point, axes),
            }
        else:
            records[-1]["lines"] = ((page.label(model),), *lines[1:])
    return records


def table(records: Sequence[Record]) -> Record:
    """Records of the same form as columns, without repeated values and texts.

    A column has slots, values, and the number of consecutive records that have each value; no numbers if all
    are 1. Slots with equal values share a column. A slot has its path in the record, and the beginning and
    end that all its texts have in common, which the values do not repeat.
    """
    columns: dict[Hashable, tuple[list[Any], Sequence[Any], Sequence[int]]] = {}
    if not records:
        return {"size": 0, "columns": []}
    for path, column in _columns(records):
        starts = [k for k, value in enumerate(column) if not k or value != column[k - 1]]
        values = [column[k] for k in starts]
        runs = [after - k for k, after in pairwise([*starts, len(records)])]
        before = after = ""
        if texts := [value for value in values if isinstance(value, str)]:
            before = _start(texts)
            after = _start([text[len(before) :][::-1] for text in texts])[::-1]
            ends = slice(len(before), -len(after) or None)
            values = [value[ends] if isinstance(value, str) else value for value in values]
        if len(values) == len(records):
            runs = []
        # The key has the types, because 1.0 equals True.
        key = tuple(values), tuple(map(type, values)), tuple(runs)
        columns.setdefault(key, ([], values, runs))[0].append((path, before, after))
    return {"size": len(records), "columns": list(columns.values())}


def _start(texts: Sequence[str]) -> str:
    """Common beginning of all texts."""
    first, last = min(texts), max(texts)
    common = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(letter for letter, _ in common)


def _columns(values: Sequence[Any], path: Path = ()) -> Iterator[tuple[Path, Sequence[Any]]]:
    """Values of each slot of some records, with the path of the slot."""
    first = values[0]
    if not isinstance(first, dict | tuple):
        yield path, values
        return
    for slot in first if isinstance(first, dict) else range(len(first)):
        yield from _columns([value[slot] for value in values], (*path, slot))
