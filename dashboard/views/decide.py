"""The Decide page: which model, at what threshold."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.data.library import Dataset
from dashboard.data.short_links import KEPT
from dashboard.decisions.register import Register
from dashboard.markup import escaped
from dashboard.page import state, uncertainty
from dashboard.session import caches, session
from dashboard.session.choices import carried_words
from dashboard.views import (
    charts,
    counting,
    elsewhere,
    head,
    live,
    recording,
    scenario,
    stakeholders,
)
from dashboard.views.parts import write
from dashboard.views.problems import refusal_markup
from metrics import ScoreError
from metrics.errors import counted


def draw(
    dataset: Dataset, others: Sequence[Dataset] = (), register: Register | None = None
) -> None:
    """Draw the page for what is chosen.

    Parameters
    ----------
    dataset : Dataset
    others : sequence of Dataset
        Open data with models of the same names.
    register : Register or None
        Where decisions are recorded.
    """
    choices = session.current()
    try:
        page = counting.page_state(choices, dataset)
    except ScoreError as error:
        scenario_refused(dataset, error)
        return
    with st.sidebar:
        scenario.draw(page)
    with st.container(key="live"):  # shows nothing of its own
        live.draw(page)
    place = _top(page)
    with st.container(key="part_stakeholders"):
        stakeholders.draw(page)
    charts.draw(page)
    warning = elsewhere.warning(page, others)
    if warning:
        with place:
            there = '<a class="cg-see" href="evidence#other-data" target="_self">see how</a>'
            link = there if others else ""
            write(f'<p class="cg-notice" role="status">{escaped(warning)} {link}</p>')
    caches.settle()
    # The page stands; how sure its figures are comes a moment later.
    if uncertainty.resample(page):
        session.again()
    recording.draw(page, register)


def scenario_refused(dataset: Dataset, error: ScoreError) -> None:
    """Say what of the scenario does not fit these files, and how to go on."""
    choices = session.current()
    unknown = error.code == "E_TODAY"
    if unknown:
        source = "This link" if choices.today is not None else "The scenario"
        st.title(f"{source} names a model that these files do not have", anchor=False)
        models = dataset.scores.models
        known = ", ".join(models[:12])
        more = f" and {len(models) - 12:,} more" if len(models) > 12 else ""
        said = (
            f"“{error.value}” is to be today’s system, with which all else is compared; "
            f"the models here are {known}{more}."
        )
        write(f'<div class="cg-refusal" role="alert">{escaped(said)}</div>')
    else:
        st.title("This scenario cannot be used as it is", anchor=False)
        refused(error)
    with st.container(horizontal=True, gap="small"):
        if unknown:
            st.button(
                "Compare with shipping everything",
                type="primary",
                on_click=session.choose,
                kwargs={"today": "none"},
                key="no_today",
            )
        if any(getattr(choices, name) is not None for name in scenario.FIELDS):
            st.button(
                "Back to the scenario as opened",
                on_click=session.choose,
                kwargs=dict.fromkeys(scenario.FIELDS),
                key="reset_refused",
            )


def refused(error: ScoreError) -> None:
    """Say what is wrong with the input and what to do."""
    for problem in error.problems:
        write(refusal_markup(problem))


def _top(page: state.PageState) -> DeltaGenerator:
    """Title and facts, with the gate's notes one click away; the place for what is found out later."""
    left, right = st.columns([5, 2], vertical_alignment="top", wrap=False)
    with left:
        head.draw_title(page)
    with right, st.container(horizontal=True, horizontal_alignment="right", key="head_actions"):
        if page.dataset.problems:
            _notes(page)
        recording.button()
    if page.dataset.scores.held_out == "training":
        st.warning("The models were trained on these rows: every figure flatters them.")
    notices = list(page.notices)
    unread = [key for key in session.refused() if key != KEPT]
    if unread:
        notices.append(
            f"Parts of the link could not be read and are as by default: {', '.join(unread)}."
        )
    if KEPT in session.refused():
        notices.append(
            "What this link had chosen is not kept on this server, or no longer: all is as by default. "
            "Ask who sent it for a new one."
        )
    if session.came_along():
        notices.append(carried_words(session.came_along()))
    if notices:
        write(f'<p class="cg-notice" role="status">{escaped(" ".join(notices))}</p>')
    place = st.empty()
    live.element("sentence")
    return place


def _notes(page: state.PageState) -> None:
    """What the gate noted of the data, one click away, as the Data page says it."""
    lines = head.notes(page.dataset)
    with st.popover(f"{counted(len(lines), 'note')} on the data", type="tertiary"):
        for line in lines:
            write(line)
