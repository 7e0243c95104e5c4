"""Inputs of the current system: its model and its threshold, which the app may fill in."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard.analysis.analysis import points_of_model
from dashboard.analysis.picked_points import is_cheapest_of_its_model
from dashboard.figures.palette import shortened
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.server import server_resources
from dashboard.session import session
from dashboard.session.choices import Choices, Point
from dashboard.session.recorded_decisions import live_points
from dashboard.views.assumptions.number_field import number_field
from dashboard.views.callback_page import recipe_of
from dashboard.views.elements import note, notice, write
from dashboard.words.assumptions import GUESSED, HELP, NOT_ENTERED, current_chip_words
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
        name = shortened(page.words(current.model, current.threshold, alone=True), LONGEST_NAME)
    return current_chip_words(
        page.analysis,
        name,
        is_unspecified=page.analysis.is_current_unspecified,
        is_guessed=_is_guessed(page),
    )


def _is_guessed(page: PageView) -> bool:
    """Whether the current system's threshold was filled in, by the app or in a link."""
    today = page.analysis.scenario.today
    if today is None or session.stored(_CONFIRMED).get(today.model) == today.threshold:
        return False
    is_filled_in = session.stored(_GUESS).get(today.model) == today.threshold
    return is_filled_in or (
        isinstance(page.choices.today, Point)
        and is_cheapest_of_its_model(page.analysis, page.analysis.current)
    )


def _confirm(model: str, threshold: float) -> None:
    """Mark the threshold of the current system as confirmed."""
    session.stored(_GUESS).pop(model, None)
    session.stored(_CONFIRMED)[model] = threshold


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
    """Draw the model and the threshold of the current system."""
    today = page.analysis.scenario.today
    models = page.analysis.dataset.scores.models
    recipe = recipe_of(page)

    def change_model(choices: Choices, value: str | None) -> Choices:
        if value is None:
            return replace(choices, today=None)
        if value == EVERYTHING:
            return replace(choices, today="none")
        model_points = points_of_model(recipe.page().analysis.figures.points, value)
        # A new current system gets its cheapest threshold that flags a unit. The reader can change it below.
        thresholds = model_points["threshold"].to_numpy(np.float64)
        position = cheapest(model_points, np.isfinite(thresholds))
        assert position is not None  # At least one threshold is a score.
        session.stored(_GUESS)[value] = float(thresholds[position])
        return replace(choices, today=Point(value, float(thresholds[position])))

    without_model = EVERYTHING if page.choices.today == "none" else None
    option = without_model if today is None else today.model
    if page.analysis.is_current_unspecified:
        write(note(NOT_ENTERED))
    st.selectbox(
        "Today’s system",
        [EVERYTHING, *models],
        index=None,
        placeholder="Which is in use today?",
        help=HELP["today_model"],
        **session.widget("today_model", option, change_model),
    )
    _draw_live(page)
    if today is None:
        return

    def change_threshold(choices: Choices, value: float) -> Choices:
        _confirm(today.model, float(value))
        return replace(choices, today=Point(today.model, float(value)))

    number_field(
        "Today’s threshold",
        "today_threshold",
        today.threshold,
        change_threshold,
        least=None,
        step=0.01,
    )
    if _is_guessed(page):
        write(notice(GUESSED))
        st.button(
            "This one",
            key="today_confirmed",
            on_click=_confirm,
            args=(today.model, today.threshold),
        )
