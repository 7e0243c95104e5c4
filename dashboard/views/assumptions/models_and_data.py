"""Choice of the models shown, facts of the data, and the settings of intervals."""

from __future__ import annotations

import math
from dataclasses import replace

import streamlit as st

from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.views.assumptions.number_field import number_field
from dashboard.views.html_elements import note, write
from dashboard.views.problem_markup import data_notes_markup
from dashboard.words.data_size import size_sentence
from dashboard.words.resampling import intervals_help


def draw(page: PageView) -> None:
    """Draw the choice of the models, then the facts and the settings of intervals."""
    models = page.analysis.dataset.scores.models
    shown = [m for m in models if m not in page.choices.hidden]
    st.multiselect(
        "Models shown",
        list(models),
        disabled=len(models) < 2,
        **session.widget(
            "shown",
            shown,
            # Without any model all are shown.
            lambda c, v: replace(c, hidden=tuple(m for m in models if m not in v) if v else ()),
        ),
    )
    facts = size_sentence(page.analysis.evaluation.tally.rows.tolist(), page.analysis.held_out)
    write(note(facts, css="cg-facts"))
    for line in data_notes_markup(page.analysis.dataset):
        write(line)
    scenario = page.analysis.scenario
    if not math.isnan(scenario.implied_miss_cost):
        number_field(
            "A miss weighs so many times its money",
            "miss_weight",
            scenario.miss_weight,
            lambda c, v: replace(c, miss_weight=v),
            step=0.5,
        )
    st.toggle(
        "Show how sure the figures are",
        help=intervals_help(page.analysis.scenario),
        **session.widget("intervals", page.analysis.shows_intervals),
    )
    if page.analysis.shows_intervals:
        st.number_input(
            "Number that the samples are drawn by (seed)",
            min_value=0,
            max_value=2**32 - 1,
            step=1,
            **session.widget("seed", page.analysis.seed),
        )
