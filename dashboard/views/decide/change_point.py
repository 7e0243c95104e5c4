"""Popover that changes the selected point: to another model, or to a point with a name."""

from __future__ import annotations

from dataclasses import replace

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
            _points_to_change_to(recipe.at(session.current()).page_of_fragment())


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


def _points_to_change_to(page: page_view.PageView) -> None:
    """Draw a menu of the models and buttons for the points with a name.

    A model is selected at its cheapest threshold within the limits.
    """
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
    named = [
        (
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
            named.append((f"Best for the {ROLES[s.name]}", words, at, f"{s.name}_beyond"))
    fair = fair_option_of(page.analysis).point
    if fair is not None:
        words = page.words(str(fair.model), fair.threshold)
        named.append((FAIR, words, Point.at(fair, lower=False), "fair"))
    today = page.analysis.current
    if (
        page.analysis.scenario.inspection is None
        and today.model is not None
        and at_or_above(
            page.analysis.points, page.analysis.evaluation, Point(today.model, today.threshold)
        )
    ):
        words = page.words(today.model, today.threshold)
        named.append((CURRENT_SYSTEM, words, Point(today.model, today.threshold), "today"))
    with st.container(gap=None, key="named_points"):
        for title, words, point, key in named:
            label = f"{title}: {words}"
            if (point.model, point.threshold, point.below) == page.selection.point.place:
                write(paragraph(f"{label}, chosen", css="cg-chosen", aria_current="true"))
                continue
            choice = session.choosing(point=point)
            st.button(plain(label), key=f"show_{key}", type="tertiary", **choice)
