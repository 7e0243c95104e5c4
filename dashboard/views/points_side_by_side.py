"""Two operating points side by side, every figure of each, and the difference in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from dashboard.analysis.analysis import Analysis, openings, points_of_model
from dashboard.analysis.decide.compromises import compromise_of
from dashboard.analysis.optimism import gap_against, range_of
from dashboard.analysis.selection import Selection
from dashboard.figures.model_styles import styles_of_discussed, styles_with_current
from dashboard.figures.palette import POINT_MARKS
from dashboard.markup import escaped, small, swatch
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import COMPARISONS, STAKEHOLDER_TITLES, Choices, Point
from dashboard.views.snippets import point_markup, write
from dashboard.words.decide.alternatives import FAIR
from dashboard.words.decide.cards import compared_title, name_of_best
from dashboard.words.failures import count_difference, plain_count
from dashboard.words.numbers import (
    OF_100,
    chance_words,
    ends,
    figure,
    gap_ends,
    gap_size,
    tied,
    unit_words,
    worse_by,
    written_gap,
)
from dashboard.words.phrases import capital
from dashboard.words.safe_text import one_line
from metrics import OBJECTIVES, Objective, OperatingPoint, pick
from metrics.inference.comparison import Chance, Gap

MARKS = {"better": "\N{NO-BREAK SPACE}✓", "worse": "\N{NO-BREAK SPACE}✗"}
"""By what the chosen point is: the marks of the stakeholders' cards."""
TODAY = "today"
"""Stands for today's system, which may be no point of any model."""
LABELS = {TODAY: "Today", **STAKEHOLDER_TITLES, "pin": "Pinned point"}


def draw(page: PageView) -> None:
    """The comparison and its controls."""
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            write('<h2 class="cg-finding">Side by side</h2>')
            _any_two(page)
        a, b = page.chosen, page.beside
        if (a.place, page.is_alone(a)) == (b.place, page.is_alone(b)):
            same = capital(compared_title(page.selection))
            write(
                f'<p class="cg-note">{escaped(same)} and the chosen point are the same. '
                "Choose another point, and it stands here beside it.</p>"
            )
        write(_comparison_table(page))


def _any_two(page: PageView) -> None:
    """Any two points with a name beside each other."""
    named = _named_points(page)
    chosen, beside = (Point(str(p.model), p.threshold, p.lower) for p in (page.chosen, page.beside))

    def words(point: Point) -> str:
        return named.get(point) or page.words(point.model, point.threshold, lower=point.below)

    left = {point: one_line(words(point)) for point in [chosen, *named]}
    st.selectbox(
        "Left",
        list(left),
        format_func=lambda point: left[point],
        width=330,
        **session.widget(
            "left_point", chosen, lambda choices, value: replace(choices, point=value)
        ),
    )
    today = None if page.today.model is None else Point(page.today.model, page.today.threshold)
    now = TODAY if page.beside.model is None or beside == today else beside

    def change(choices: Choices, value: Point | str) -> Choices:
        if isinstance(value, Point):
            return replace(choices, compare="pin", pin=value)
        return replace(choices, compare=TODAY)

    right: dict[Point | str, str] = {
        point: one_line(words(point) if isinstance(point, Point) else today_words(page))
        for point in [now, TODAY, *named]
        if point != today
    }
    st.selectbox(
        "Right",
        list(right),
        format_func=lambda point: right[point],
        width=330,
        **session.widget("right_point", now, change),
    )


def today_words(page: PageView) -> str:
    """Today's system by its name, or that there are no checks."""
    words = page.words(page.today.model, page.today.threshold, alone=True)
    return capital(words) if page.today.model is None else f"Today: {words}"


def _named_points(page: PageView) -> dict[Point, str]:
    """Points with a name: the stakeholders' best, the compromise, and models at their cheapest."""
    named: dict[Point, str] = {}
    for s in page.choosing:
        if s.pick is not None:
            point = Point(s.pick.model, s.pick.threshold)
            words = page.words(point.model, point.threshold)
            named.setdefault(point, f"{capital(name_of_best(page.analysis, s))}: {words}")
    fair = compromise_of(page.analysis).point
    if fair is not None:
        point = Point(str(fair.model), fair.threshold)
        words = page.words(point.model, point.threshold)
        named.setdefault(point, f"{FAIR}: {words}")
    for s in page.stakeholders:
        if s.objective.of_model and s.pick is not None:
            point = Point(s.pick.model, openings(page.analysis)[s.pick.model])
            words = page.words(point.model, point.threshold)
            named.setdefault(
                point, f"{capital(name_of_best(page.analysis, s))}: {words}, its cheapest"
            )
    cost = OBJECTIVES["cost_of_errors"]
    for model in page.points["model"].unique():
        cheapest = pick(points_of_model(page.points, str(model)), cost, page.evaluation)
        if cheapest is not None:
            point = Point(cheapest.model, cheapest.threshold)
            words = page.words(point.model, point.threshold)
            named.setdefault(point, f"{words}, its cheapest")
    return named


def beside_control(page: PageView) -> None:
    """What the chosen point stands beside."""
    st.segmented_control(
        "Beside it",
        [c for c in COMPARISONS if c != "pin" or page.choices.pin is not None],
        required=True,
        format_func=(LABELS | {"today": capital(page.today_title)}).__getitem__,
        label_visibility="collapsed",
        **session.widget(
            "beside",
            page.choices.compare,
            lambda choices, value: replace(choices, compare=value),
        ),
    )


def _comparison_table(page: PageView) -> str:
    a, b = page.chosen, page.beside
    head = "".join(
        f'<th scope="col">{_point_title(page, point, kind, label)}</th>'
        for point, kind, label in (
            (a, "chosen", "Chosen"),
            (b, kind_of(page.selection), capital(compared_title(page.selection))),
        )
    )
    rows = "".join(_objective_row(page.selection, o) for o in _objectives_shown(page.analysis))
    is_sure = page.uncertainty is not None
    sure = f'<th scope="col">{OF_100}</th>' if is_sure else ""
    below = small("below each its 95 % interval") if is_sure else ""
    counts = "".join(_count_rows(page.selection))
    return (
        '<table class="cg-compare cg-beside"><thead><tr><th scope="col">'
        f'Figure{below}</th>{head}<th scope="col">Chosen against the other</th>{sure}</tr></thead>'
        f"<tbody>{rows}{counts}</tbody></table>"
    )


def kind_of(selection: Selection) -> str:
    """How what the chosen point stands beside is marked, as on the front; a stakeholder's best is a pick.

    The best model of a ranking is at a threshold that nobody chose: it has no mark.
    """
    if selection.is_compared_with_a_model:
        return "model"
    return {"today": "today", "pin": "beside"}.get(selection.compare, "pick")


def _point_title(page: PageView, point: OperatingPoint, kind: str, label: str) -> str:
    model = point.model
    if model is None:
        return escaped(label)
    mark = swatch(
        styles_with_current(page.selection, styles_of_discussed(page.selection, page.choices.axes))[
            model
        ],
        page.palette,
    )
    if kind == "model":
        return f"{escaped(label)}<br>{mark}{_point(page, point)}, its cheapest"
    return f"{POINT_MARKS[kind]} {escaped(label)}<br>{mark}{_point(page, point)}"


def _point(page: PageView, point: OperatingPoint) -> str:
    alone = page.is_alone(point)
    return point_markup(page, point.model, point.threshold, alone=alone, lower=point.lower)


def _objectives_shown(analysis: Analysis) -> list[Objective]:
    """The stakeholders' objectives first, then the others that a room asks for."""
    usual = (
        "shipped_defects_per_million",
        "false_alarms",
        "cost_of_errors",
        "revenue",
        "share_flagged",
        "recall",
        "precision",
    )
    names = [stakeholder.objective.id for stakeholder in analysis.stakeholders] + list(usual)
    return [
        analysis.objectives[name] for name in dict.fromkeys(names) if name in analysis.objectives
    ]


def _objective_row(selection: Selection, o: Objective) -> str:
    a, b = selection.point.figures[o.id], selection.compared.figures[o.id]
    scenario = selection.analysis.scenario
    unit = unit_words(o, scenario)
    name = f'<abbr title="{escaped(o.term)}">{escaped(o.label)}</abbr>'
    words = NONE if math.isnan(a) or math.isnan(b) else escaped(gap_size(o, a, b, scenario))
    worse = worse_by(o, a, b)
    told = "better" if worse < 0 else "worse" if worse > 0 else ""
    told = "" if tied(a, b) or written_gap(o, a, b, scenario).is_same else told
    gap, sure = _gap_cell(selection, o)
    within = "" if gap is None else gap_ends(gap, scenario, a, b)
    if gap is not None and gap.chance is Chance.POSSIBLE:
        told = ""
    mark = f' class="cg-{told}"' if told else ""
    return (
        f'<tr data-objective="{escaped(o.id)}"><th scope="row">{name}'
        f"{small(unit)}</th>"
        f"{_both(selection, *(_figure(selection, o, p) for p in (selection.point, selection.compared)))}"
        f"<td{mark} {DIFFERENCE}>{words}{MARKS.get(told, '')}{small(within)}</td>{sure}</tr>"
    )


NONE = '<span title="There is no such figure of this point.">–</span>'
"""What stands where a figure is not defined, as precision of what flags nothing."""
DIFFERENCE = 'data-head="difference"'
"""On a phone, where no head stands over them, cells say of what they are."""


def _both(selection: Selection, chosen: str, beside: str) -> str:
    """Cells of both points, each with its head for where it has none above it."""
    return (
        f'<td data-head="chosen">{chosen}</td>'
        f'<td data-head="{escaped(compared_title(selection))}">{beside}</td>'
    )


def _figure(selection: Selection, o: Objective, point: OperatingPoint) -> str:
    """A figure, with its 95 % interval below it where that is shown."""
    analysis = selection.analysis
    value = point.figures[o.id]
    if math.isnan(value):
        return NONE
    text = escaped(figure(o, value, analysis.scenario))
    if is_reference(analysis, o, point):
        return text + small("the reference")
    if analysis.uncertainty is None:
        return text
    return text + small(ends(o, value, *range_of(selection, o, point), analysis.scenario))


def is_reference(analysis: Analysis, o: Objective, point: OperatingPoint) -> bool:
    """Whether a figure is today's own change from today: nothing, and no level."""
    return o.is_against_today and analysis.is_current(point)


def _gap_cell(selection: Selection, o: Objective) -> tuple[Gap | None, str]:
    """The gap with its interval, and whether it is real: a cell of its own, where that is shown."""
    if selection.analysis.uncertainty is None:
        return None, ""
    both = (selection.point, selection.compared)
    here, there = (point.figures[o.id] for point in both)
    if not o.has_interval or math.isnan(here - there) or tied(here, there):
        return None, "<td></td>"
    gap = gap_against(selection, o, selection.compared)
    if gap is None:
        return None, '<td class="cg-small">see the pairs above</td>'
    return gap, _chance_cell(gap)


def _chance_cell(gap: Gap) -> str:
    words = "" if math.isnan(gap.low) or gap.low == gap.high else chance_words(gap)
    of = ' data-of="of 100 resamples"' if words else ""
    return f'<td class="cg-small"{of}>{escaped(words)}</td>'


COUNTED = {
    "fn": "Missed defects in the file",
    "fp": "False alarms in the file",
    "tp": "Defects caught in the file",
}
"""Counts that are shown as the file has them."""


def _count_rows(selection: Selection) -> Iterator[str]:
    """Rows of the observed counts, whatever the scenario: what was counted is as sure as can be."""
    points = (selection.point, selection.compared)
    sure = "" if selection.analysis.uncertainty is None else "<td></td>"
    for key, label in COUNTED.items():
        here, there = (point.counts[key] for point in points)
        cells = _both(selection, plain_count(here), plain_count(there))
        yield (
            f'<tr><th scope="row">{escaped(label)}</th>{cells}'
            f"<td {DIFFERENCE}>{escaped(count_difference(here - there))}</td>{sure}</tr>"
        )
