"""Comparison of two operating points side by side: every figure of both, and the differences."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.analysis import Analysis, Stakeholder, openings
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.differences import difference
from dashboard.analysis.selection import Selection
from dashboard.figures.model_styles import styles_of_discussed, styles_with_current
from dashboard.figures.palette import POINT_MARKS
from dashboard.page_view import PageView
from dashboard.safe_text import one_line
from dashboard.session import session
from dashboard.session.choices import COMPARISONS, Choices, Point
from dashboard.views.html_elements import Cell, Row, abbreviation, finding, stacked, table, write
from dashboard.views.menus import named_options
from dashboard.views.point_markup import place_markup
from dashboard.words.decide.best import compared_title, name_of_best
from dashboard.words.decide.compromises import FAIR
from dashboard.words.models.side_by_side import (
    ANOTHER_RESAMPLE,
    MARKS,
    PINNED_HERE,
    UNDEFINED,
    current_system_words,
    difference_words,
    interval_below,
)
from dashboard.words.names import STAKEHOLDER_TITLES, current_title
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.objective_units import unit_words
from dashboard.words.phrases import OF_SIMULATIONS, capital
from metrics import OBJECTIVES, Objective, OperatingPoint, pick
from metrics.inference.comparison.paired_difference import PairedDifference
from metrics.selection.ties import is_equal

TODAY = "today"
"""Option for the current system, which may be no operating point of any model."""
LABELS = {TODAY: "Today", **STAKEHOLDER_TITLES, "pin": "Pinned point"}
USUAL = (
    "false_alarms",
    "cost_of_errors",
    "revenue",
    "share_flagged",
    "recall",
    "precision",
)
"""Objectives that follow the stakeholders' objectives in the table.

The share of defects among shipped units is not among them. It also falls if more good units ship, so next to
the missed defects it reads as a second verdict on the same question.
"""
ITS_CHEAPEST = ", its cheapest"
"""Words after a threshold that is the cheapest of its model."""


def draw(page: PageView) -> None:
    """Draw the comparison and its controls."""
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            write(finding("Side by side"))
            _draw_point_boxes(page)
        write(_comparison_table(page))


def _draw_point_boxes(page: PageView) -> None:
    """Draw the select boxes for the two points. They offer the points with a name."""
    analysis, named = page.analysis, _named_points(page)
    selected, compared = (
        Point.at(point) for point in (page.selection.point, page.selection.compared)
    )

    def words(point: Point) -> str:
        model, at = point.model, point.threshold
        return one_line(named.get(point) or page.words(model, at, lower=point.below))

    left = {point: words(point) for point in [selected, *named]}
    point = session.widget("left_point", selected, "point")
    st.selectbox("Left", width=330, **named_options(left), **point)
    at_current = analysis.current
    today = None if at_current.model is None else Point(at_current.model, at_current.threshold)
    is_current = page.selection.compared.model is None or compared == today
    now: Point | str = TODAY if is_current else compared

    def change(choices: Choices, value: Point | str) -> Choices:
        if isinstance(value, Point):
            return replace(choices, compare="pin", pin=value)
        return replace(choices, compare=TODAY)

    right: dict[Point | str, str] = {
        point: words(point)
        if isinstance(point, Point)
        else one_line(current_system_words(analysis, page.names))
        for point in [now, TODAY, *named]
        if point != today
    }
    st.selectbox(
        "Right",
        **named_options(right),
        help=PINNED_HERE,
        width=330,
        **session.widget("right_point", now, change),
    )


def _named_points(page: PageView) -> dict[Point, str]:
    """Points with a name: the stakeholders' picks, the fair option, and each model at its cheapest."""
    analysis = page.analysis
    named: dict[Point, str] = {}

    def add(model: str, threshold: float, before: str = "", after: str = "") -> None:
        words = page.words(model, threshold)
        named.setdefault(Point(model, threshold), f"{before}{words}{after}")

    def title(stakeholder: Stakeholder) -> str:
        return f"{capital(name_of_best(stakeholder, analysis.limits))}: "

    for s in analysis.choosing:
        if s.pick is not None:
            add(s.pick.model, s.pick.threshold, title(s))
    fair = fair_option_of(analysis).point
    if fair is not None:
        add(str(fair.model), fair.threshold, f"{FAIR}: ")
    for s in analysis.stakeholders:
        if s.objective.of_model and s.pick is not None:
            add(s.pick.model, openings(analysis)[s.pick.model], title(s), ITS_CHEAPEST)
    cost = OBJECTIVES["cost_of_errors"]
    for model in analysis.models:
        points = analysis.points_of(model)
        if (cheapest := pick(points, cost, analysis.evaluation)) is not None:
            add(cheapest.model, cheapest.threshold, after=ITS_CHEAPEST)
    return named


def draw_comparison_control(page: PageView) -> None:
    """Draw the buttons that choose the compared point."""
    st.segmented_control(
        "Beside it",
        [c for c in COMPARISONS if c != "pin" or page.choices.pin is not None],
        required=True,
        format_func=(LABELS | {TODAY: capital(current_title(page.analysis.scenario))}).__getitem__,
        label_visibility="collapsed",
        **session.widget("beside", page.choices.compare, "compare"),
    )


def _comparison_table(page: PageView) -> Markup:
    selection = page.selection
    is_sure = page.analysis.uncertainty is not None
    heads: list[Cell | str] = [
        Cell("Figure", below=["below each, 95% interval on new data"] if is_sure else []),
        _point_head(page, selection.point, "chosen", "Chosen"),
        _point_head(
            page, selection.compared, kind_of(selection), capital(compared_title(selection))
        ),
        Cell("Chosen against the other", below=["at these two thresholds"] if is_sure else []),
    ]
    rows = [_objective_row(selection, o) for o in _objectives_shown(page.analysis)]
    if is_sure:
        heads.append(OF_SIMULATIONS)
    return table(heads, rows, css="cg-beside cg-stacked")


def kind_of(selection: Selection) -> str:
    """Kind of the compared point's mark on the front; "model" for the best of a ranking, without a mark."""
    if selection.is_compared_with_a_model:
        return "model"
    return {TODAY: "today", "pin": "beside"}.get(selection.compare, "pick")


def _point_head(page: PageView, point: OperatingPoint, kind: str, label: str) -> Cell:
    if point.model is None:
        return Cell(label)
    selection = page.selection
    discussed = styles_of_discussed(selection, page.choices.axes)
    place = place_markup(page, point, styles_with_current(selection, discussed))
    if kind == "model":
        return Cell(stacked(label, place + ITS_CHEAPEST))
    return Cell(stacked(f"{POINT_MARKS[kind]} {label}", place))


def _objectives_shown(analysis: Analysis) -> list[Objective]:
    objective_ids = [*(stakeholder.objective.id for stakeholder in analysis.stakeholders), *USUAL]
    return [
        analysis.objectives[name]
        for name in dict.fromkeys(objective_ids)
        if name in analysis.objectives
    ]


def _objective_row(selection: Selection, o: Objective) -> Row:
    analysis = selection.analysis
    cells = [Cell(abbreviation(o.label, o.term), below=[unit_words(o, analysis.scenario)])]
    points = (selection.point, "chosen"), (selection.compared, compared_title(selection))
    for point, head in points:
        cells.append(
            figure_cell(analysis, o, point, interval_below(selection, o, point), head=head)
        )
    gap, instead = _gap(selection, o)
    size, side, interval, chance = difference_words(selection, o, gap)
    cells.append(
        Cell(size + MARKS.get(side, ""), [interval], side and f"cg-{side}", head="difference")
        if size
        else Cell("–", title=UNDEFINED, head="difference")
    )
    if analysis.uncertainty is not None:
        head = OF_SIMULATIONS if chance else ""
        cells.append(Cell(instead or chance, css="cg-small", head=head))
    return Row(cells, name=o.id)


def figure_cell(
    analysis: Analysis, o: Objective, point: OperatingPoint, below: str, **look: Any
) -> Cell:
    """Cell of a figure with its interval or its change in small type."""
    if math.isnan(value := point.figures[o.id]):
        return Cell("–", title=UNDEFINED, **look)
    return Cell(figure(o, value, analysis.scenario), [below], **look)


def _gap(selection: Selection, o: Objective) -> tuple[PairedDifference | None, str]:
    """Difference with its interval, and the words in its place if it is unknown."""
    selected, compared = (point.figures[o.id] for point in (selection.point, selection.compared))
    is_known = selection.analysis.uncertainty is not None and o.has_interval
    if not is_known or math.isnan(selected - compared) or is_equal(selected, compared):
        return None, ""
    gap = difference(selection.analysis, o, selection.point, selection.compared)
    return gap, ANOTHER_RESAMPLE if gap is None else ""
