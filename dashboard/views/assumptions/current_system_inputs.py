"""Inputs of the current system: its model and its threshold, which the app may fill in."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard.analysis import cache
from dashboard.analysis.picked_points import may_have_been_picked, only_threshold
from dashboard.analysis.points_table import points_of_model
from dashboard.figures.texts import shortened
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.server import server_resources
from dashboard.session import session
from dashboard.session.choices import Choices, Point
from dashboard.session.recorded_decisions import live_points
from dashboard.views.data import read_again
from dashboard.views.html_elements import note, notice, write
from dashboard.views.page_recipe import Recipe, recipe_of
from dashboard.words.assumptions import (
    APPLY,
    CHEAPEST,
    GUESSED,
    NOT_ENTERED,
    current_chip_words,
)
from dashboard.words.data.columns import likely_decisions
from dashboard.words.decisions.rollouts import take_live_words
from dashboard.words.phrases import capital
from metrics import ScoreError
from metrics.evaluation.objective import NO_CHECKS
from metrics.selection.ties import cheapest

EVERYTHING = capital(NO_CHECKS)
"""Option of today's system: nothing is inspected, everything is shipped."""
LONGEST_NAME = 34
"""Maximum length of the system's name on its chip."""
_GUESS = "guessed threshold of today's system"
"""Session key: by model, the threshold of the current system that the app filled in."""
_CONFIRMED = "confirmed threshold of today's system"
"""Session key: by model, the threshold of the current system that the reader typed or confirmed."""


def chip_words(page: PageView) -> str:
    """Words of the chip of the current system; a long name is shortened."""
    current, name = page.analysis.scenario.today, ""
    if current is not None:
        has_choice = only_threshold(page.analysis, current.model) is None
        words = page.words(current.model, current.threshold, alone=True)
        name = shortened(words if has_choice else page.names.model(current.model), LONGEST_NAME)
    return current_chip_words(page.analysis, name, is_guessed=_is_guessed(page))


def _is_guessed(page: PageView) -> bool:
    """Whether the current system's threshold was filled in, by the app or in a link."""
    today = page.analysis.scenario.today
    if today is None or session.storage(_CONFIRMED).get(today.model) == today.threshold:
        return False
    is_filled_in = session.storage(_GUESS).get(today.model) == today.threshold
    return is_filled_in or (
        isinstance(page.choices.today, Point)
        and may_have_been_picked(page.analysis, page.analysis.current)
    )


def _confirm(model: str, threshold: float) -> None:
    """Mark the threshold of the current system as confirmed."""
    session.storage(_GUESS).pop(model, None)
    session.storage(_CONFIRMED)[model] = threshold


def _draw_live(page: PageView) -> None:
    """Draw a button for each place where a model of the data is live, to enter it as today's system."""
    register = server_resources.register(tuple(sys.argv[1:]))
    if register is None:
        return
    with suppress(ScoreError):  # the Decisions page shows what is wrong
        for k, (place, model, threshold) in enumerate(live_points(register)):
            if model in page.analysis.dataset.scores.models:
                words = take_live_words(place, page.words(model, threshold, alone=True))
                key, arguments = f"today_live_{k}", (model, threshold)
                st.button(plain(words), key=key, on_click=_take, args=arguments)


def _take(model: str, threshold: float) -> None:
    _confirm(model, threshold)
    session.choose(today=Point(model, threshold))


def draw(page: PageView) -> None:
    """Draw the form of the current system, and buttons that enter or confirm a threshold."""
    today = page.analysis.scenario.today
    if page.analysis.is_current_unspecified:
        write(note(NOT_ENTERED))
    draw_decisions(page, "today")
    with st.form("today", border=False):
        draw_fields(page, "today")
        st.form_submit_button(
            APPLY, key="use_today", type="primary", on_click=_apply, args=(recipe_of(page),)
        )
    _draw_live(page)
    if today is not None and _is_guessed(page):
        write(notice(GUESSED))
        st.button(
            "This one",
            key="today_confirmed",
            on_click=_confirm,
            args=(today.model, today.threshold),
        )


def draw_decisions(page: PageView, form: str) -> None:
    """Draw a button that takes a column of decisions for the current system, if it can be read again."""
    dataset = page.analysis.dataset
    decisions = likely_decisions(dataset.column_uses)
    if decisions is not None and read_again.can_read_again(dataset):
        library = server_resources.library(tuple(sys.argv[1:]), cache.forget)
        read_again.draw_use_as_today(library, dataset, decisions, form)


def draw_fields(page: PageView, form: str) -> None:
    """Draw the fields of the current system in a form. Their keys begin with the name of the form."""
    today = page.analysis.scenario.today
    st.selectbox(
        "Today’s system",
        [EVERYTHING, *page.analysis.dataset.scores.models],
        **session.form_field(f"{form}_model", EVERYTHING if today is None else today.model),
    )
    st.number_input(
        "Today’s threshold",
        value=None,
        format="%.6g",
        step=0.01,
        placeholder=CHEAPEST,
        **session.form_field(f"{form}_threshold", None if today is None else today.threshold),
    )


def entered(recipe: Recipe, form: str) -> Choices:
    """Choices of a recipe with the current system that a form holds.

    A model without a threshold gets its only threshold, or its cheapest that flags a unit. So does a model
    for which no threshold was typed, because the threshold of another model means nothing for it.
    """
    choices, page = recipe.choices, recipe.page()
    model, typed = (session.widget_value(f"{form}_{field}") for field in ("model", "threshold"))
    if model == EVERYTHING:
        return replace(choices, today="none")
    today = page.analysis.scenario.today
    if today is not None and (model, typed) == (today.model, today.threshold):
        return choices
    if typed is not None and (today is None or typed != today.threshold):
        _confirm(model, typed)
        return replace(choices, today=Point(model, typed))
    threshold = only_threshold(page.analysis, model)
    if threshold is not None:
        return replace(choices, today=Point(model, threshold))
    model_points = points_of_model(page.analysis.figures.points, model)
    thresholds = model_points["threshold"].to_numpy(np.float64)
    position = cheapest(model_points, np.isfinite(thresholds))
    assert position is not None  # At least one threshold is a score.
    session.storage(_GUESS)[model] = float(thresholds[position])
    return replace(choices, today=Point(model, float(thresholds[position])))


def _apply(recipe: Recipe) -> None:
    """Apply the form of the current system, and close it unless its threshold is a guess."""
    today = entered(recipe, "today").today
    session.choose(today=today)
    is_guess = (
        isinstance(today, Point) and session.storage(_GUESS).get(today.model) == today.threshold
    )
    session.set_widget("chip_today", is_guess)
