"""Regret table: what every stakeholder's pick and every compromise costs each stakeholder, in their units."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.analysis import Stakeholder, point_of
from dashboard.analysis.cache import part
from dashboard.analysis.decide.compromises import compromises_of
from dashboard.analysis.differences import difference
from dashboard.analysis.selection import Selection
from dashboard.figures.model_styles import styles_with_current
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Point
from dashboard.views.elements import (
    Cell,
    Row,
    details,
    finding,
    inline,
    line_break,
    small,
    span,
    stacked,
    swatch,
    table,
    write,
)
from dashboard.views.limits import stakeholder_weights
from dashboard.views.snippets import place_markup
from dashboard.words.decide.best import place_of_pick, regret_words
from dashboard.words.decide.cards import name_of_best
from dashboard.words.decide.compromises import (
    COMPROMISE_NAMES,
    COMPROMISES_NOTE,
    compromises_name,
    missing_words,
)
from dashboard.words.models.side_by_side import is_reference
from dashboard.words.names import STAKEHOLDER_TITLES, current_title
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.gaps import CHANCE
from dashboard.words.numbers.intervals import labelled_gap_ends
from dashboard.words.numbers.objective_units import unit_words
from dashboard.words.phrases import capital
from metrics import OperatingPoint
from metrics.inference.comparison import Chance
from metrics.selection.compromise import Compromise


def draw(page: PageView) -> None:
    """Draw the table with the weights of the stakeholders and buttons for the compromises."""
    with st.container(horizontal=True, vertical_alignment="center"):
        write(finding("What each choice costs the others", id="what-it-costs"))
        stakeholder_weights.draw(page.analysis)
    write(_matrix(page))
    with st.container(horizontal=True, gap="small"):
        for first, *_ in by_point(compromises_of(page.analysis)):
            if first.point is not None:
                show(COMPROMISE_NAMES[first.method.name].lower(), first.point)
    write(details(COMPROMISES_NOTE))


def show(label: str, point: OperatingPoint) -> None:
    """Draw a button that selects a named point."""
    st.button(
        f"Show {label}",
        key=f"show_{label}",
        on_click=session.choose,
        kwargs={"point": Point(str(point.model), point.threshold)},
    )


def _matrix_reads(page: PageView) -> Hashable:
    shown = page.analysis.weights, page.names, page.selection.point.place
    return page.analysis.intervals_key, page.palette, shown


@part(reads=_matrix_reads)
def _matrix(page: PageView) -> Markup:
    """Table with a row for each pick and each compromise, and a column for each stakeholder's objective."""
    analysis, selection = page.analysis, page.selection
    ranked: list[Row] = []  # Models that are best at any threshold.
    rows: list[Row] = []
    points: list[OperatingPoint] = []

    def add(name: str, point: OperatingPoint) -> None:
        rows.append(_row(page, name, point))
        points.append(point)

    for stakeholder in analysis.stakeholders:
        if stakeholder.pick is None:
            continue
        best = point_of(analysis.points, stakeholder.pick.row)
        name = capital(name_of_best(analysis, stakeholder))
        if stakeholder.objective.of_model:
            ranked.append(_model_row(page, name, stakeholder, best))
        else:
            add(name, best)
    for same in by_point(compromises_of(analysis)):
        if (point := same[0].point) is not None:
            add(compromises_name(same), point)
        else:
            missing = Cell(
                small(missing_words(analysis, same[0])), columns=len(analysis.stakeholders)
            )
            rows.append(Row([compromises_name(same), missing]))
    add(capital(current_title(analysis)), analysis.current)
    if all(point.place != selection.point.place for point in points):
        add("Chosen", selection.point)
    heads = [
        Cell(
            STAKEHOLDER_TITLES[s.name],
            [
                ", ".join(
                    filter(None, (s.objective.label, unit_words(s.objective, analysis.scenario)))
                )
            ],
        )
        for s in analysis.stakeholders
    ]
    return table(["Choice", *heads], [*ranked, *rows], css="cg-costs cg-stacked")


def by_point(compromises: Sequence[Compromise]) -> list[list[Compromise]]:
    """Compromises in their order, grouped by point. A compromise without a point is a group of one."""
    groups: dict[object, list[Compromise]] = {}
    for k, compromise in enumerate(compromises):
        point = compromise.point
        groups.setdefault(k if point is None else (point.model, point.threshold), []).append(
            compromise
        )
    return list(groups.values())


def _row(page: PageView, name: str, point: OperatingPoint) -> Row:
    selection, title = page.selection, span(name, css="cg-strong")
    if point.model is not None:
        model_styles = styles_with_current(selection, page.styles)
        title = stacked(title, place_markup(page, point, model_styles))
    cells = [_cell(selection, stakeholder, point) for stakeholder in page.analysis.stakeholders]
    return Row([title, *cells], is_selected=point.place == selection.point.place)


def _model_row(page: PageView, name: str, stakeholder: Stakeholder, point: OperatingPoint) -> Row:
    """Row of a model that is best at any threshold, with dashes for figures that depend on the threshold."""
    style = styles_with_current(page.selection, page.styles)[str(point.model)]
    place = inline(
        swatch(style, page.palette), place_of_pick(page.analysis, page.names, stakeholder)
    )
    cells = [
        _cell(page.selection, other, point) if other.objective.of_model else Cell("–")
        for other in page.analysis.stakeholders
    ]
    return Row([stacked(span(name, css="cg-strong"), place), *cells])


def _cell(selection: Selection, stakeholder: Stakeholder, point: OperatingPoint) -> Cell:
    analysis = selection.analysis
    o, value = stakeholder.objective, point.figures[stakeholder.objective.id]
    text = inline(figure(o, value, analysis.scenario))
    if is_reference(analysis, o, point):
        text += small(" (the reference)")
    if stakeholder.pick is None or math.isnan(value):
        return Cell(text)
    regret, is_best = regret_words(analysis, stakeholder, value)
    interval = (
        "" if value == stakeholder.pick.value else _regret_interval(selection, stakeholder, point)
    )
    for words, css in ((regret, ""), (interval, "cg-ends")):
        if words:
            text += span(line_break(), words, css=f"cg-small {css}".rstrip())
    return Cell(text, css="cg-better" if is_best else "")


def _regret_interval(selection: Selection, stakeholder: Stakeholder, point: OperatingPoint) -> str:
    """95% interval of the gap to a stakeholder's pick; empty if the gap is 0 or the interval unknown."""
    if point.model is None and stakeholder.objective.of_model:
        return ""
    analysis, o = selection.analysis, stakeholder.objective
    assert stakeholder.pick is not None
    gap = difference(analysis, o, point, point_of(analysis.points, stakeholder.pick.row))
    if gap is None:
        return ""
    interval = labelled_gap_ends(
        gap, analysis.scenario, point.figures[o.id], stakeholder.pick.value
    )
    is_clear = gap.chance is Chance.CLEAR or not interval
    return interval if is_clear else f"{interval}, {CHANCE[gap.chance]}"
