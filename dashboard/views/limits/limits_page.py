"""The Limits page: which points meet the limits, and what each choice costs the other stakeholders."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.certified import certified
from dashboard.analysis.limits import cheapest_certified, feasibility_of, limits_status
from dashboard.data.dataset import Dataset
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.views import page_frame
from dashboard.views.html_elements import Text, finding, inline, note, table, verdict, write
from dashboard.views.limits import inspection_panel, regret_table
from dashboard.views.limits.regret_table import draw_show_button
from dashboard.views.point_markup import place_markup
from dashboard.words.limits import limits_page as words
from dashboard.words.limits.limits_status import limits_status_details
from metrics import OperatingPoint
from metrics.selection.feasibility import Feasibility, cheapest_among


def draw(dataset: Dataset) -> None:
    """Draw the page."""
    page = page_frame.begin(dataset)
    if page is None:
        return
    feasibility = feasibility_of(page.analysis)
    with st.container(key="limits_page"):
        advice, *more = page.verdict
        write(verdict(advice, more))
        if feasibility is None:
            st.button(
                "Set a limit",
                key="set_limit",
                help=words.SET_LIMIT,
                on_click=session.set_widget,
                args=("chip_limits", True),
            )
        else:
            with st.container(border=True, gap="small", key="part_limits"):
                _draw_limits(page, feasibility)
        with st.container(border=True, gap="small", key="part_costs"):
            regret_table.draw(page)
        with st.container(key="inspecting"):  # drawn last because it can take longest
            inspection_panel.draw(page)
    page_frame.finish_page(page.analysis)


def _draw_limits(page: PageView, feasibility: Feasibility) -> None:
    """Draw the finding, the table of limits, and points: cheapest certified, cheapest, nearest."""
    analysis, names = page.analysis, page.names
    write(finding(words.limits_finding(analysis, names, feasibility), id="the-limits"))
    write(_limits_table(page, feasibility))
    status = limits_status(page.analysis, page.selection.point, at_rest=True)
    details = limits_status_details(analysis, status, certified(analysis))
    write(note(details))
    write(note(words.certified_meaning(analysis, is_explained=bool(details))))
    # The table of limits already shows if there is no certified point.
    _draw_point(page, cheapest_certified(analysis), words.CERTIFIED_LEAD, "the certified one")
    cheapest = cheapest_among(analysis.points, feasibility.meets)
    _draw_point(page, cheapest, words.cheapest_lead(analysis.limits), "the cheapest that does")
    nearest = feasibility.nearest
    missed = "" if nearest is None else words.missed_there(analysis, nearest)
    _draw_point(page, nearest, words.NEAREST_LEAD, "the nearest point", missed)


def _draw_point(
    page: PageView, point: OperatingPoint | None, lead: str, show_as: str, end: str = ""
) -> None:
    """Draw a sentence about a point, and a button that selects it; nothing if it is selected."""
    if point is None or point.place == page.selection.point.place:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        write(note(f"{lead}: ", place_markup(page, point), f".{end}"))
        draw_show_button(show_as, point)


def _limits_table(page: PageView, feasibility: Feasibility) -> Markup:
    """Table of limits, with the point of the best possible figure and of the relaxation that suffices."""
    heads, texts = words.limits_table(page.analysis, page.names, feasibility)
    rows: list[list[Text]] = []
    for k, (row, attained) in enumerate(zip(texts, feasibility.attainability, strict=True)):
        relaxations = feasibility.relaxations[k : k + 1]
        points = [attained.point, *(None if r is None else r.point for r in relaxations)]
        first = len(row) - len(points)
        cells = [
            text if point is None else inline(text, " (", place_markup(page, point), ")")
            for text, point in zip(row[first:], points, strict=True)
        ]
        rows.append([*row[:first], *cells])
    return table(heads, rows, css="cg-limits-table cg-stacked")
