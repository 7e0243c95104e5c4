"""Messages to the live component: the selected point, the stops of its model, and lines for the pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from dashboard.analysis.analysis import Stakeholder, openings
from dashboard.analysis.cache import part
from dashboard.analysis.decide.answer import answers_at
from dashboard.analysis.decide.cards import best_on_card
from dashboard.analysis.decide.front import (
    axes_objectives,
    front_of,
    on_front,
    ranking_stakeholder,
)
from dashboard.analysis.decide.stops import MOST, intervals_meeting_limits, points_at
from dashboard.analysis.inspection import best_band_of
from dashboard.figures.limit_shades import wash
from dashboard.figures.model_styles import SHAPES, ModelStyle
from dashboard.figures.palette import DARK, LIGHT, Palette, mixed, pale
from dashboard.figures.texts import shortened
from dashboard.live.marks import Marks, json_number, place_of
from dashboard.live.point_words import PointWords
from dashboard.live.records import Record, with_dicts
from dashboard.live.strip import Seen, stops_of, strips
from dashboard.page_view import PageView
from dashboard.session.url import address_of
from dashboard.words.decide.answer import AnswerWords, answer_words, room_words
from dashboard.words.decide.best import best_help
from dashboard.words.decide.threshold_handle import best_of_all_words, off_front_words
from dashboard.words.limits.limits_status import obstacle_words
from dashboard.words.phrases import CHECKING

TRIED = 24
"""Number of thresholds among which the longest words of the answer are searched."""
LONGEST_NAME = 28
"""Largest number of letters of a model's name in the list beside the threshold."""


def facts(page: PageView, *, session: str, turn: int) -> Record:
    """Message with the selected point, and with everything that is the same at all points.

    Parameters
    ----------
    session : str
        Identifier of this session. A page gets another session after a restart of the server.
    turn : int
        Number of the last choice that the component reported.
    """
    analysis, point, marks = page.analysis, page.selection.point, Marks(page)
    opening = openings(analysis)
    is_inspected = page.analysis.scenario.inspection is not None
    best_band = best_band_of(analysis, str(point.model)) if is_inspected else None
    words = PointWords(page)
    [now] = words.at(words.cards_with_words([point], at_rest=True), at_rest=True)
    pinned = page.selection.compared if page.selection.is_pinned else None
    return {
        "of": key_of(page),
        "session": session,
        "turn": turn,
        "now": place_of(point) | marks.marks_of(point) | with_dicts(now),
        "kept": [
            [json_number(end) for end in ends]
            for ends in intervals_meeting_limits(page.selection, page.choices.x)
        ],
        "inspected": is_inspected,
        "judged": analysis.shows_intervals and page.analysis.held_out != "training",
        "models": [
            {
                "name": name,
                "label": page.label(name),
                "short": shortened(page.label(name), LONGEST_NAME),
                "color": page.styles[name].color(page.palette),
                "ink": page.styles[name].light,
                "shape": SHAPES[page.styles[name].symbol],
                "opening": repr(opening[name]),
            }
            for name in page.analysis.models
        ],
        "pinned": pinned and place_of(pinned) | marks.marks_of(pinned),
        "everyTwo": address_of("gaps", page.choices, gaps="cost"),
        "obstacle": obstacle_words(analysis),
        "room": room_words(analysis, now["answer"], _tried(page)),
        "stakeholders": {s.name: _stakeholder(page, s) for s in page.analysis.stakeholders},
        "bestBand": best_band
        and {"model": best_band.model, "at": repr(best_band.threshold), "below": None},
        "help": {"checking": CHECKING},
        "paper": for_paper(page.palette, page.styles),
    }


def key_of(page: PageView) -> str:
    """Key of everything that the words of a stop depend on, except for the selected point."""
    selection, choices = page.selection, page.choices
    reference = selection.compare, selection.compared.place
    return f"{hash((page.analysis.key, reference, page.names, choices.axes, choices.x)):x}"


def stops(
    page: PageView,
    *,
    seen: Seen | None,
    wanted: Mapping[str, Sequence[int]] | None = None,
    whole: str | None = None,
) -> Record:
    """Places of the selected model's stops, words of some of them, or both.

    Parameters
    ----------
    seen : (float, float) or None
        Visible range of the trade-off's axis; `None` for the initial range.
    wanted : mapping of str to positions, or None
        Stops of each handle that the browser has no words for; `None` for the places of all stops.
    whole : str or None
        Handle whose stops are sent with places and words, because the browser has no words yet.
    """
    message: Record = {"of": key_of(page)}
    all_stops = stops_of(page, seen)
    if wanted is None:
        message["strips"] = strips(page, all_stops)
    if whole:
        wanted = {whole: range(MOST), "others": range(len(page.analysis.models))}
    if wanted is not None:
        some = {
            handle: [points[k] for k in wanted.get(handle, ()) if 0 <= k < len(points)]
            for handle, points in all_stops.items()
        }
        message["words"] = strips(page, some, words=True)
    return message


def pointed(page: PageView, model: str, thresholds: Sequence[float]) -> Record:
    """Lines for the pointer at some points of a model on the front."""
    points = lines_on_front(page, model, thresholds)
    return {"of": key_of(page), "model": model, "points": points}


@part(reads=lambda page: (page.analysis.key, page.selection.point.model, page.names))
def _tried(page: PageView) -> tuple[AnswerWords, ...]:
    """Words of the answer at some thresholds of the selected model."""
    analysis, names, model = page.analysis, page.names, str(page.selection.point.model)
    rows = np.linspace(0, len(page.selection.model_points) - 1, TRIED).round().astype(int)
    points = points_at(analysis, model, np.unique(rows))
    return tuple(
        answer_words(analysis, names, answer) for answer in answers_at(page.selection, points)
    )


def _stakeholder(page: PageView, stakeholder: Stakeholder) -> Record:
    best = best_on_card(page.analysis, stakeholder)
    return {
        "label": stakeholder.objective.label,
        "ranking": address_of("gaps", page.choices, gaps=stakeholder.name),
        "bestHelp": best_help(page.analysis, page.names, stakeholder, best),
    }


def for_paper(palette: Palette, styles: Mapping[str, ModelStyle]) -> list[tuple[str, str]]:
    """Pairs of a colour on a dark page and its replacement on paper."""
    if not palette.dark:
        return []
    looks = zip(asdict(DARK).values(), asdict(LIGHT).values(), strict=True)
    pairs = [(dark, light) for dark, light in looks if isinstance(dark, str)]
    pairs += [(style.dark, style.light) for style in styles.values()]
    # Mixed colours: bands, and the shade of points that meet every limit.
    pairs += [(pale(dark), pale(light)) for dark, light in pairs if dark.startswith("#")]
    pairs.append((mixed(DARK.accent, DARK.paper), mixed(LIGHT.accent, LIGHT.paper)))
    pairs.append((wash(DARK), wash(LIGHT)))
    return list(dict.fromkeys(pairs))


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
                "standing": off_front_words(analysis, point, is_shown=is_shown),
                "best": best_of_all_words(analysis, point, axes),
            }
        else:
            records[-1]["lines"] = ((page.label(model),), *lines[1:])
    return records
