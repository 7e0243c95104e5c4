"""Popover that changes the selected point: to another model, or to a point with a name."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from dashboard import page_view
from dashboard.analysis.analysis import openings
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.points_table import at_or_above
from dashboard.markup import plain
from dashboard.safe_text import one_line
from dashboard.session import session
from dashboard.session.choices import Choices, Point
from dashboard.views.html_elements import paragraph, write
from dashboard.views.menus import lazy_popover, named_options
from dashboard.views.page_recipe import Recipe, recipe_of
from dashboard.words.decide.best import name_of_best
from dashboard.words.decide.button_labels import CURRENT_SYSTEM, MODEL_HELP
from dashboard.words.decide.cards import best_beyond_in_list, best_in_list
from dashboard.words.decide.compromises import FAIR
from dashboard.words.names import ROLES
from dashboard.words.phrases import capital
from metrics import Pick


@st.fragment
def draw(recipe: Recipe) -> None:
    """Draw the popover. Its options are computed when it is opened."""
    if session.is_changed():
        session.rerun()
    with lazy_popover("change", "change_point", type="tertiary") as popover:
        if popover.open:
            page = recipe.at(session.current()).page_of_fragment()
            _draw_model_menu(page)
            _draw_named_points(page)


def _at_opening(page: page_view.PageView, model: str) -> Point:
    return Point(model, openings(page.analysis)[model])


def _place_of(page: page_view.PageView, pick: Pick, *, of_model: bool) -> Point:
    """Point of a pick. A picked model is the same at every threshold, so also at the selected one."""
    if not of_model:
        return Point(pick.model, pick.threshold)
    selected = page.selection.point
    if selected.model == pick.model:
        return Point(pick.model, selected.threshold, selected.lower)
    return _at_opening(page, pick.model)


def _draw_model_menu(page: page_view.PageView) -> None:
    """Draw a menu of the models. A model is selected at its cheapest threshold within the limits."""
    labels = {name: one_line(page.label(name)) for name in page.analysis.models}
    recipe = recipe_of(page)

    def change(choices: Choices, model: str) -> Choices:
        return replace(choices, point=_at_opening(recipe.at(choices).page(), model))

    st.selectbox(
        "Model",
        **named_options(labels),
        help=MODEL_HELP,
        **session.widget("model", str(page.selection.point.model), change),
    )


class _NamedPoint(NamedTuple):
    """Point with a name, words about it, and the key of its button."""

    title: str
    words: str
    point: Point
    key: str


def _named_points(page: page_view.PageView) -> list[_NamedPoint]:
    """Best points of the stakeholders, the fair point, and the current system."""
    named = [
        _NamedPoint(
            capital(name_of_best(s, page.analysis.limits)),
            best_in_list(page.analysis, page.names, s),
            _place_of(page, s.pick, of_model=s.objective.of_model),
            s.name,
        )
        for s in page.analysis.stakeholders
        if s.pick is not None
    ]
    for s in page.analysis.stakeholders:
        beyond = s.best_missing_limits
        if beyond is not None and beyond.model != str(page.selection.point.model):
            words = best_beyond_in_list(page.analysis, page.names, s, beyond)
            at = _at_opening(page, beyond.model)
            title = f"Best for the {ROLES[s.name]}"
            named.append(_NamedPoint(title, words, at, f"{s.name}_beyond"))
    fair = fair_option_of(page.analysis).point
    if fair is not None:
        words = page.words(str(fair.model), fair.threshold)
        named.append(_NamedPoint(FAIR, words, Point.at(fair, lower=False), "fair"))
    today = page.analysis.current
    if (
        page.analysis.scenario.inspection is None
        and today.model is not None
        and at_or_above(
            page.analysis.points, page.analysis.evaluation, Point(today.model, today.threshold)
        )
    ):
        words = page.words(today.model, today.threshold)
        point = Point(today.model, today.threshold)
        named.append(_NamedPoint(CURRENT_SYSTEM, words, point, "today"))
    return named


def _draw_named_points(page: page_view.PageView) -> None:
    """Draw a button for each point with a name; the selected point is marked instead."""
    with st.container(gap=None, key="named_points"):
        for title, words, point, key in _named_points(page):
            label = f"{title}: {words}"
            if (point.model, point.threshold, point.below) == page.selection.point.place:
                write(paragraph(f"{label}, chosen", css="cg-chosen", aria_current="true"))
                continue
            choice = session.choosing(point=point)
            st.button(plain(label), key=f"show_{key}", type="tertiary", **choice)
