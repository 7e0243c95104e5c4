"""Table of the picks and compromises: for each, all stakeholders' figures and the distance to their best."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace
from functools import partial

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import part
from dashboard.analysis.decide.choice_costs import ChoiceCosts, choice_costs
from dashboard.analysis.differences import difference
from dashboard.analysis.points_table import point_of
from dashboard.analysis.selection import Selection
from dashboard.figures.model_styles import styles_with_current
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import MOST_WEIGHT, STAKEHOLDERS, Choices, Point
from dashboard.views.html_elements import (
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
from dashboard.views.point_markup import place_markup
from dashboard.words.decide.best import choice_name, place_of_pick, regret_words
from dashboard.words.decide.compromises import (
    COMPROMISE_NAMES,
    COMPROMISES_NOTE,
)
from dashboard.words.models.side_by_side import is_reference
from dashboard.words.names import STAKEHOLDER_TITLES
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.intervals import labelled_gap_interval
from dashboard.words.numbers.objective_units import unit_words
from dashboard.words.phrases import CHANCE
from metrics import OperatingPoint
from metrics.inference.comparison.paired_difference import Chance


def draw(page: PageView) -> None:
    """Draw the table with the weights of the stakeholders and buttons for the compromises."""
    with st.container(horizontal=True, vertical_alignment="center"):
        write(finding("What each choice costs the others", id="what-it-costs"))
        _draw_weights(page.analysis)
    write(_choices_table(page))
    with st.container(horizontal=True, gap="small"):
        for choice in choice_costs(page.selection):
            if choice.compromises:
                draw_show_button(
                    COMPROMISE_NAMES[choice.compromises[0].method.name].lower(), choice.point
                )
    write(details(COMPROMISES_NOTE))


def draw_show_button(label: str, point: OperatingPoint) -> None:
    """Draw a button that selects a named point."""
    choice = session.choosing(point=Point.at(point, lower=False))
    st.button(f"Show {label}", key=f"show_{label}", **choice)


def _choices_table_reads(page: PageView) -> Hashable:
    shown = page.analysis.weights, page.names, page.selection.point.place
    return page.analysis.intervals_key, page.palette, shown


@part(reads=_choices_table_reads)
def _choices_table(page: PageView) -> Markup:
    """Table with a row for each pick and each compromise, and a column for each stakeholder's objective."""
    analysis = page.analysis
    *others, selected = choice_costs(page.selection)
    choices = sorted(others, key=lambda choice: not choice.of_model)  # models first
    places = {c.point.place for c in choices if not c.of_model}
    if page.selection.point.place not in places:
        choices.append(selected)
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
    rows = [_row(page, choice) for choice in choices]
    return table(["Choice", *heads], rows, css="cg-costs cg-stacked")


def _row(page: PageView, choice: ChoiceCosts) -> Row:
    """Row of a choice, with dashes for figures that depend on the threshold of a model."""
    analysis, selection, point = page.analysis, page.selection, choice.point
    name = choice_name(choice, analysis.limits, analysis.scenario)
    title, model_styles = span(name, css="cg-strong"), styles_with_current(selection, page.styles)
    if choice.of_model and choice.picker is not None:
        model = swatch(model_styles[str(point.model)], page.palette)
        place = place_of_pick(analysis.evaluation, page.names, choice.picker)
        title = stacked(title, inline(model, place))
    elif point.model is not None:
        title = stacked(title, place_markup(page, point, model_styles))
    cells = [
        Cell("–") if value is None else _cell(selection, stakeholder, point, value)
        for stakeholder, value in zip(analysis.stakeholders, choice.figures, strict=True)
    ]
    is_selected = not choice.of_model and point.place == selection.point.place
    return Row([title, *cells], is_selected=is_selected)


def _cell(
    selection: Selection, stakeholder: Stakeholder, point: OperatingPoint, value: float
) -> Cell:
    """Figure of a point, its distance to the stakeholder's best, and the interval of the distance."""
    analysis, o = selection.analysis, stakeholder.objective
    text = inline(figure(o, value, analysis.scenario))
    if is_reference(analysis, o, point):
        text += small(" (the reference)")
    regret, is_best = regret_words(analysis, stakeholder, value)
    for words, css in ((regret, ""), (_regret_interval(selection, stakeholder, point), "cg-ends")):
        if words:
            text += span(line_break(), words, css=f"cg-small {css}".rstrip())
    return Cell(text, css="cg-better" if is_best else "")


def _regret_interval(selection: Selection, stakeholder: Stakeholder, point: OperatingPoint) -> str:
    """95% interval of the gap to a stakeholder's pick; empty if the gap is 0 or the interval unknown."""
    analysis, o, pick = selection.analysis, stakeholder.objective, stakeholder.pick
    value = point.figures[o.id]
    if pick is None or math.isnan(value) or value == pick.value:
        return ""
    if point.model is None and o.of_model:
        return ""
    gap = difference(analysis, o, point, point_of(analysis.points, pick.row))
    if gap is None:
        return ""
    interval = labelled_gap_interval(gap, analysis.scenario, value, pick.value)
    is_clear = gap.chance is Chance.CLEAR or not interval
    return interval if is_clear else f"{interval}, {CHANCE[gap.chance]}"


def _draw_weights(analysis: Analysis) -> None:
    """Draw the popover, with a number field for each stakeholder."""
    with st.popover("Weights of the stakeholders", type="tertiary"):
        for k, stakeholder in enumerate(analysis.stakeholders):
            st.number_input(
                STAKEHOLDER_TITLES[stakeholder.name],
                min_value=0.0,
                max_value=MOST_WEIGHT,
                step=0.5,
                format="%g",
                **session.widget(
                    f"weight_{STAKEHOLDERS[k]}", analysis.weights[k], partial(_with_weight, k)
                ),
            )


def _with_weight(position: int, choices: Choices, value: float) -> Choices:
    """Choices with another weight of a stakeholder; unchanged if no weight would be above 0."""
    weights = list(choices.weights)
    weights[position] = float(value)
    return (
        replace(choices, weights=(weights[0], weights[1], weights[2])) if any(weights) else choices
    )
