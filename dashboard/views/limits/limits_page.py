"""The Limits page: what a choice must keep to be acceptable to all, what that leaves, and what gives way."""

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
    certified_finding,
    certified_models_words,
    limits_finding,
    limits_status_details,
    limits_status_words,
)
from dashboard.words.numbers import figure
from dashboard.words.phrases import wanted
from metrics.selection.feasibility import Feasibility, cheapest_among


def draw(dataset: Dataset) -> None:
    """Draw the page for what is chosen."""
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
                _draw_kept(page, feasibility)
        with st.container(border=True, gap="small", key="part_costs"):
            regret_table.draw(page)
        people = st.container(key="inspecting")
        serving_table.draw(page)
        with people:  # last: it takes longest where it was not asked for before
            inspection_panel.draw(page)
    page_frame.end(page.analysis)


def _draw_kept(page: PageView, feasibility: Feasibility) -> None:
    finding = limits_finding(page.analysis, page.names, feasibility)
    write(f'<h2 class="cg-finding" id="the-limits">{escaped(finding)}</h2>')
    rows, certain = [], certified_models_words(page.analysis, page.names)
    for k, (bound, attained) in enumerate(zip(page.limits, feasibility.attainability, strict=True)):
        o = bound.objective
        best = "undefined at every point"
        if attained.point is not None:
            where = point_markup(page, attained.point.model, attained.point.threshold)
            best = f"{escaped(figure(o, attained.best, page.scenario))} ({where})"
        models = [page.label(model) for model in attained.models]
        by = (
            "no model"
            if not models
            else f"{len(models)} of {page.points['model'].nunique()} models"
        )
        if len(models) == 1:
            by = f"{models[0]} alone"
        cells = [escaped(by), escaped(certain[k]), best] if certain else [escaped(by), best]
        if feasibility.relaxations:
            way = feasibility.relaxations[k]
            cells.append(
                "does not help"
                if way is None
                else f"{escaped(wanted(way.bound, page.scenario))}: "
                f"{point_markup(page, way.point.model, way.point.threshold)}"
            )
        name = f"{o.subject} {wanted(bound, page.scenario)}"
        rows.append(
            f'<tr><th scope="row">{escaped(name)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
        )
    heads = ["Limit", "Kept here by", *(["Certified for"] if certain else []), "Best to be had"]
    if feasibility.relaxations:
        heads.append("Giving way on it alone, to")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    write(
        f'<table class="cg-compare cg-limits-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    status = limits_status(page.selection, page.chosen, at_rest=True)
    words = f"Chosen: {limits_status_words(page.analysis, status)}."
    details = limits_status_details(page.analysis, status)
    certified = certified_finding(page.analysis, page.names, is_explained=bool(details))
    for note in (f"{words} {details}".rstrip(), certified):
        if note:
            write(f'<p class="cg-note">{escaped(note)}</p>')
    cheapest = cheapest_among(page.points, feasibility.keep)
    if cheapest is not None:
        whose = "it" if len(page.limits) == 1 else "all of them"
        with st.container(horizontal=True, vertical_alignment="center"):
            words = point_markup(page, cheapest.model, cheapest.threshold)
            write(f'<p class="cg-note">Cheapest point that keeps {whose}: {words}.</p>')
            show("the cheapest that does", cheapest)
    if feasibility.nearest is not None:
        near = feasibility.nearest
        binding = " and ".join(page.limits[k].objective.label for k in near.binding)
        words = point_markup(page, near.point.model, near.point.threshold)
        with st.container(horizontal=True, vertical_alignment="center"):
            write(
                f'<p class="cg-note">Nearest to keeping all: {words}; '
                f"what binds there is {escaped(binding)}.</p>"
            )
            show("the nearest point", near.point)
