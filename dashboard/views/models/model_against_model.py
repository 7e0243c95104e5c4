"""Comparison of the models: the best one on a stakeholder's objective, and every other model's changes."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.models.best_points import (
    BestPoints,
    attainable_limits,
    best_points_of,
    comparing_stakeholder,
)
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import JUDGED
from dashboard.views.html_elements import eyebrow, finding, lines, notice, strong, write
from dashboard.views.menus import named_options
from dashboard.views.models.chosen_against_others import other_models_table
from dashboard.words.models.model_against_model import (
    INTERVALS_OFF,
    MODEL_AGAINST_MODEL,
    NO_PICK,
    ROWS_SEEN,
    headline_words,
    limits_headline,
)
from dashboard.words.names import STAKEHOLDER_TITLES
from dashboard.words.phrases import CHECKING


def headline_markup(page: PageView, stakeholder: Stakeholder, best_points: BestPoints) -> Markup:
    """Headlines about the limits, with the best model, and with the models that could be as good."""
    first = limits_headline(page.selection, page.names, stakeholder)
    if first and not stakeholder.objective.of_model:
        return finding(first)
    lead, best, rest = headline_words(page.selection, page.names, stakeholder, best_points)
    if first:
        return finding(first) + lines(lead, strong(best), f"{rest}.")
    return finding(lead, strong(best), rest)


def draw(page: PageView) -> None:
    """Draw the comparison of all models on one stakeholder's objective."""
    write(eyebrow(MODEL_AGAINST_MODEL))
    every = [comparing_stakeholder(page.analysis, name) for name in JUDGED]
    label_by_stakeholder = {
        s.name: f"{STAKEHOLDER_TITLES[s.name]}: {s.objective.label}" for s in every
    }
    st.segmented_control(
        "Objective of",
        **named_options(label_by_stakeholder),
        required=True,
        label_visibility="collapsed",
        **session.widget("gaps_of", page.choices.gaps, "gaps"),
    )
    analysis = page.analysis
    stakeholder = comparing_stakeholder(analysis, page.choices.gaps)
    if analysis.uncertainty is None:
        is_pending = analysis.shows_intervals
        write(lines(CHECKING, css="cg-checking") if is_pending else lines(INTERVALS_OFF))
    elif not analysis.judges_chance:
        write(lines(ROWS_SEEN))
    elif not (
        best_points := best_points_of(
            analysis, stakeholder, attainable_limits(analysis, stakeholder)
        )
    ).picks:
        write(notice(NO_PICK))
    else:
        write(headline_markup(page, stakeholder, best_points))
    write(other_models_table(page))
