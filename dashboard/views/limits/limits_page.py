"""The Limits page: which points meet the limits, and what each choice costs the others."""

from __future__ import annotations

import streamlit as st

from dashboard.analysis.limits import feasibility_of, limits_status
from dashboard.data.library import Dataset
from dashboard.markup import escaped
from dashboard.page_view import PageView
from dashboard.views import page_frame
from dashboard.views.limits import inspection_panel, regret_table, serving_table
from dashboard.views.limits.regret_table import show
from dashboard.views.snippets import point_markup, write
from dashboard.words.decide.verdict import verdict_of
from dashboard.words.limits import (
    NEAREST_LEAD,
    best_possible,
    binding_words,
    certified_finding,
    certified_models_words,
    cheapest_lead,
    limit_heads,
    limits_finding,
    limits_status_details,
    limits_status_words,
    models_that_meet,
    relaxation_words,
)
from dashboard.words.phrases import wanted
from metrics import OperatingPoint
from metrics.selection.feasibility import Feasibility, cheapest_among


def draw(dataset: Dataset) -> None:
    """Draw the page."""
    page = page_frame.begin(dataset)
    if page is None:
        return
    feasibility = feasibility_of(page.analysis)
    with st.container(key="limits_page"):
        advice, *more = map(escaped, verdict_of(page.selection, page.names))
        rest = "".join(f"<p>{sentence}</p>" for sentence in more)
        write(f'<div class="cg-verdict"><p class="cg-finding">{advice}</p>{rest}</div>')
        if feasibility is not None:
            with st.container(border=True, gap="small", key="part_limits"):
                _draw_limits(page, feasibility)
        with st.container(border=True, gap="small", key="part_costs"):
            regret_table.draw(page)
        people = st.container(key="inspecting")
        serving_table.draw(page)
        with people:  # The panel is drawn last because it can take longest.
            inspection_panel.draw(page)
    page_frame.end(page.analysis)


def _draw_limits(page: PageView, feasibility: Feasibility) -> None:
    """Draw the finding, the table of limits, and the nearest and the cheapest point that meet them."""
    analysis, names = page.analysis, page.names
    finding = limits_finding(analysis, names, feasibility)
    write(f'<h2 class="cg-finding" id="the-limits">{escaped(finding)}</h2>')
    write(_limits_table(page, feasibility))
    status = limits_status(page.selection, page.chosen, at_rest=True)
    words = f"Chosen: {limits_status_words(analysis, status)}."
    details = limits_status_details(analysis, status)
    certified = certified_finding(analysis, names, is_explained=bool(details))
    for note in (f"{words} {details}".rstrip(), certified):
        if note:
            write(f'<p class="cg-note">{escaped(note)}</p>')
    cheapest = cheapest_among(page.points, feasibility.keep)
    if cheapest is not None:
        lead = cheapest_lead(analysis)
        _draw_point(page, cheapest, lead, show_as="the cheapest that does")
    near = feasibility.nearest
    if near is not None:
        binding = binding_words(analysis, near)
        _draw_point(page, near.point, NEAREST_LEAD, binding, show_as="the nearest point")


def _draw_point(
    page: PageView, point: OperatingPoint, lead: str, end: str = "", *, show_as: str
) -> None:
    """Draw a sentence about a point, with a button that selects the point."""
    with st.container(horizontal=True, vertical_alignment="center"):
        words = point_markup(page, point.model, point.threshold)
        write(f'<p class="cg-note">{escaped(lead)}: {words}.{escaped(end)}</p>')
        show(show_as, point)


def _limits_table(page: PageView, feasibility: Feasibility) -> str:
    """Markup of the table of limits: models that meet each, its best figure, and how far it must give way."""
    certain = certified_models_words(page.analysis, page.names)
    rows = []
    for k, attained in enumerate(feasibility.attainability):
        cells = [escaped(models_that_meet(page.analysis, page.names, attained))]
        if certain:
            cells.append(escaped(certain[k]))
        best = escaped(best_possible(page.analysis, attained))
        if attained.point is not None:
            best += f" ({point_markup(page, attained.point.model, attained.point.threshold)})"
        cells.append(best)
        if feasibility.relaxations:
            way = feasibility.relaxations[k]
            relaxed = escaped(relaxation_words(page.analysis, way))
            if way is not None:
                relaxed += f": {point_markup(page, way.point.model, way.point.threshold)}"
            cells.append(relaxed)
        name = f"{attained.bound.objective.subject} {wanted(attained.bound, page.scenario)}"
        rows.append(
            f'<tr><th scope="row">{escaped(name)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
        )
    heads = limit_heads(is_certifiable=bool(certain), is_relaxed=bool(feasibility.relaxations))
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f'<table class="cg-compare cg-limits-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
