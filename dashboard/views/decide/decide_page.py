"""The Decide page: the selected model and threshold, its figures, and alternatives to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard.analysis.evidence import transfer
from dashboard.data.dataset import Dataset
from dashboard.data.short_links import LINK_ID
from dashboard.decisions.register import Register
from dashboard.page_view import PageView
from dashboard.session import person, session
from dashboard.session.choices import Choices
from dashboard.views import live_elements, page_frame
from dashboard.views.assumptions import chips
from dashboard.views.build_page import build_page
from dashboard.views.decide import (
    change_point,
    front_and_tradeoff_charts,
    next_steps_strip,
    record_dialog,
    stakeholder_cards,
)
from dashboard.views.html_elements import notice, render, write
from dashboard.views.page_recipe import Recipe, recipe_of
from dashboard.words.assumptions import printed_words
from dashboard.words.data_size import size_sentence
from dashboard.words.decide.button_labels import ACTIONS
from dashboard.words.decide.cards import details
from dashboard.words.names import STAKEHOLDER_TITLES
from dashboard.words.notices import data_notices, link_notices, names_notice
from metrics import ScoreError


def draw(
    dataset: Dataset, others: Sequence[Dataset] = (), register: Register | None = None
) -> None:
    """Draw the page for the current choices.

    Parameters
    ----------
    others : sequence of Dataset
        Open data with models of the same names.
    register : Register or None
        Register that records decisions; `None` on a server that records none. People without a role cannot
        use it.
    """
    live = st.container(key="live")  # shows nothing itself
    with live:
        live_elements.load_scripts()
    choices = session.current()
    if not person.may_record():
        register = None
    try:
        page = build_page(choices, dataset)
    except ScoreError as error:
        page_frame.draw_scenario_refusal(dataset, error)
        return
    with st.container(key="decide", gap=None):
        _draw_head(page, register)
        _draw_notices(page, others)
        _draw_answer(page)
        chips.draw(page)
        stakeholder_cards.draw(page)
        below = st.container(key="charts")
        # The figures are drawn before the charts, so that a reader does not wait for the charts.
        fingerprints = tuple(other.fingerprint for other in others)
        _draw_at_point(
            recipe_of(page),
            str(page.selection.point.model),
            fingerprints,
            choices,
            session.link_notices(),
        )
        front_and_tradeoff_charts.draw(page, below)
    with st.container(key="live_stops"):  # shows nothing itself
        live_elements.send_stops(recipe_of(page))
    page_frame.finish_page(page.analysis)
    record_dialog.draw(page, register)


@st.fragment
def _draw_at_point(
    recipe: Recipe, model: str, others: Sequence[str], before: Choices, notices: session.LinkNotices
) -> None:
    """Draw everything that depends on the selected point. It is drawn again after each drag.

    The whole page is drawn again if more than the threshold has changed.
    """
    now = session.current()
    page = recipe.at(now).page_of_fragment()
    is_only_threshold = str(page.selection.point.model) == model and before == replace(
        now, point=before.point
    )
    if not is_only_threshold or session.link_notices() != notices:
        session.rerun()
    session.mark_drawn()
    with st.container(key="live_point"):  # shows nothing itself
        live_elements.send_selected_point(page)
    comparable = [other for name in others if (other := recipe.dataset(name)) is not None]
    next_steps_strip.draw(page, comparable)
    _draw_second_sheet(page, comparable)


def _draw_notices(page: PageView, others: Sequence[Dataset]) -> None:
    """Draw the notices about the data and the link, if there are any."""
    here, refused = page.analysis.dataset.fingerprint, session.refused_keys()
    available = (None, transfer.NONE, here, *(other.fingerprint for other in others))
    notices = (
        *page.notices,
        *link_notices(
            [key for key in refused if key != LINK_ID],
            session.carried_names(),
            is_lost=LINK_ID in refused,
            has_other_data=page.choices.also in available,
        ),
    )
    write(notice(" ".join(notices), role="status"))
    write(notice(names_notice(session.rejected_names()), role="status"))


def _draw_head(page: PageView, register: Register | None) -> None:
    """Draw the title of the data and the buttons, in the bar that stays in sight."""
    page_frame.draw_title(page.analysis)
    with st.container(horizontal=True, gap="xsmall", key="head_actions"):
        live_elements.mount_element("actions", words=ACTIONS)
        record_dialog.draw_open_button(register)


def _draw_answer(page: PageView) -> None:
    """Draw the selected point, its headline figure, and the popover that changes the point."""
    with st.container(horizontal=True, gap="small", key="part_answer"):
        with st.container(width="content", key="answer_point"):
            live_elements.mount_element("answer")
        change_point.draw(recipe_of(page))
        if page.choices.compare == "pin":
            chips.draw_unpin_button(page)
        with st.container(key="answer_worth"):
            live_elements.mount_element("headline")


def _draw_second_sheet(page: PageView, others: Sequence[Dataset]) -> None:
    """Draw the second page of a print, with the texts that are behind a click on the screen."""
    rows, held_out = page.analysis.evaluation.tally.rows.tolist(), page.analysis.held_out
    is_judged = transfer.choose_dataset(page.choices.also, others) is not None
    assumptions = [
        size_sentence(rows, held_out),
        *data_notices(page.analysis.dataset),
        *printed_words(page.analysis.hidden, page.names, is_judged_elsewhere=is_judged),
    ]
    roles = [
        (
            f"{STAKEHOLDER_TITLES[s.name]}: {s.objective.label}",
            " ".join(details(page.selection, page.names, s, page.selection.point)),
        )
        for s in page.analysis.stakeholders
    ]
    write(render("decide/paper.html", assumptions=assumptions, roles=roles))
