"""The Decide page: which model, at what threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard.data.library import Dataset
from dashboard.data.short_links import KEPT
from dashboard.decisions.register import Register
from dashboard.markup import escaped, one_line, plain
from dashboard.page import (
    card_text,
    other_data,
    resampled_figures,
    state,
)
from dashboard.page.card_text import kept_by_best, place_of_best
from dashboard.page.compromises import compromise_of
from dashboard.page.decision_text import basis
from dashboard.page.limits import limit_name
from dashboard.page.state import PageState, at_or_above
from dashboard.session import server_resources, session
from dashboard.session.choices import Choices, Point, carried_words
from dashboard.views import live_elements, page_frame, points_side_by_side, tally_progress
from dashboard.views.assumptions import chips
from dashboard.views.callback_page import Recipe, recipe_of
from dashboard.views.decide import (
    front_and_tradeoff_charts,
    next_steps_strip,
    record_dialog,
    stakeholder_cards,
)
from dashboard.views.lazy_popover import lazy_popover
from dashboard.views.snippets import names_not_given, write
from metrics import ScoreError
from metrics.narrative.phrases import joined


def draw(
    dataset: Dataset, others: Sequence[Dataset] = (), register: Register | None = None
) -> None:
    """Draw the page for what is chosen.

    Parameters
    ----------
    others : sequence of Dataset
        Open data with models of the same names.
    register : Register or None
        Where decisions are recorded.
    """
    live = st.container(key="live")  # shows nothing of its own
    with live:
        live_elements.ahead()
    choices = session.current()
    try:
        page = tally_progress.page_state(choices, dataset)
    except ScoreError as error:
        page_frame.scenario_refused(dataset, error)
        return
    with live:
        packed = live_elements.draw(page)
    with st.container(key="decide", gap=None):
        _head(page, register)
        _notices(page, others)
        _answer(page)
        chips.draw(page)
        stakeholder_cards.draw(page)
        below = st.container(key="charts")
        # Before the charts: nobody waits for these to read a figure.
        named = tuple(other.fingerprint for other in others)
        _at_point(recipe_of(page), str(page.chosen.model), named, choices, session.link_notices())
        front_and_tradeoff_charts.draw(page, below)
    live_elements.intervals(page, packed)
    server_resources.settle()
    # The page stands; how sure its figures are comes a moment later.
    if resampled_figures.resample(page):
        session.rerun()
    record_dialog.draw(page, register)


@st.fragment
def _at_point(
    recipe: Recipe, model: str, others: Sequence[str], before: Choices, said: session.LinkNotices
) -> None:
    """What follows the point under discussion: all that is drawn anew where a threshold is let go."""
    now = session.current()
    page = recipe.at(now).page_of_fragment()
    is_only_threshold = str(page.chosen.model) == model and before == replace(
        now, point=before.point
    )
    if not is_only_threshold or session.link_notices() != said:
        session.rerun()
    session.mark_drawn()
    with st.container(key="live_point"):  # shows nothing of its own
        live_elements.point(page)
    there = [other for name in others if (other := recipe.dataset(name)) is not None]
    next_steps_strip.draw(page, there)
    _paper(page, there)


def _notices(page: PageState, others: Sequence[Dataset]) -> None:
    """What a reader must know of the data and of the link before any figure; mostly nothing."""
    notices = page_frame.whatever_the_link(page)
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
    if session.carried_over():
        notices.append(carried_words(session.carried_over()))
    wanted, here = page.choices.also, page.dataset.fingerprint
    known = (None, other_data.NONE, here, *(other.fingerprint for other in others))
    if wanted not in known:
        notices.append("The other data that this link names is not here any more.")
    if notices:
        write(f'<p class="cg-notice" role="status">{escaped(" ".join(notices))}</p>')
    write(names_not_given())


def _head(page: state.PageState, register: Register | None) -> None:
    """The data's title and the buttons, in the bar that stays."""
    page_frame.draw_title(page)
    with st.container(horizontal=True, gap="xsmall", key="head_actions"):
        live_elements.element("actions")
        record_dialog.button(register)


def _answer(page: state.PageState) -> None:
    """The point under discussion and what it is worth, and a way to choose another."""
    with st.container(horizontal=True, gap="small", key="part_answer"):
        with st.container(width="content", key="answer_point"):
            live_elements.element("answer")
        _change(recipe_of(page))
        if page.choices.compare == "pin":
            chips.unpin(page)
        chips.mispriced(page)
        with st.container(key="answer_worth"):
            live_elements.element("headline")


@st.fragment
def _change(recipe: Recipe) -> None:
    """The way to another point: what there is to choose is named when somebody asks."""
    if session.is_changed():
        session.rerun()
    with lazy_popover("change", "change_point", type="tertiary") as popover:
        if popover.open:
            _points_to_change_to(recipe.at(session.current()).page_of_fragment())


def _at_opening(page: state.PageState, model: str) -> Point:
    return Point(model, state.openings(page)[model])


def _points_to_change_to(page: state.PageState) -> None:
    """Points with a name, and every model at its cheapest threshold within the limits."""
    labels = {name: one_line(page.label(name)) for name in page.points["model"].unique()}
    recipe = recipe_of(page)

    def change(choices: Choices, model: str) -> Choices:
        return replace(choices, point=_at_opening(recipe.at(choices).page(), model))

    st.selectbox(
        "Model",
        list(labels),
        format_func=lambda name: labels[name],
        help="At its cheapest threshold that keeps the limits; where none does, at its cheapest.",
        **session.widget("model", str(page.chosen.model), change),
    )
    named = [
        (
            f"Best for the {s.title.lower()}{kept_by_best(page, s)}: {place_of_best(page, s)}",
            # Of a ranking it is a model, which no threshold makes better.
            _at_opening(page, s.pick.model)
            if s.objective.of_model
            else Point(s.pick.model, s.pick.threshold),
            s.name,
        )
        for s in page.stakeholders
        if s.pick is not None
        and not (s.objective.of_model and s.pick.model == str(page.chosen.model))
    ]
    fair = compromise_of(page).point
    if fair is not None:
        words = page.words(str(fair.model), fair.threshold)
        named.append((f"Fair option: {words}", Point(str(fair.model), fair.threshold), "fair"))
    today = page.today
    if (
        page.scenario.inspection is None
        and today.model is not None
        and at_or_above(page.points, page.evaluation, Point(today.model, today.threshold))
    ):
        words = page.words(today.model, today.threshold)
        named.append((f"Today’s system: {words}", Point(today.model, today.threshold), "today"))
    with st.container(gap=None, key="named_points"):
        for label, point, key in named:
            if (point.model, point.threshold) == page.chosen.place[:2]:
                write(f'<p class="cg-chosen" aria-current="true">{escaped(label)}, chosen</p>')
                continue
            st.button(
                plain(label),
                key=f"show_{key}",
                type="tertiary",
                on_click=session.choose,
                kwargs={"point": point},
            )


def _paper(page: state.PageState, others: Sequence[Dataset]) -> None:
    """What on the screen is a click away, for the second page of paper."""
    rests = [chips.facts(page), basis(page), *page_frame.wherever(page.dataset)]
    left_out = [page.label(model) for model in page.picks_key.hidden]
    if left_out:
        rests.append(f"Left out: {joined(left_out)}.")
    limited = [limit_name(bound, page.scenario) for bound in page.limits]
    rests.append(f"Limits: {joined(limited)}." if limited else "No limits.")
    rests.append(f"{points_side_by_side.today_words(page)}.")
    if not others:
        rests.append("Not judged on other data.")
    lines = "".join(f"<li>{escaped(text)}</li>" for text in rests)
    roles = "".join(
        f"<h3>{escaped(s.title)}: {escaped(s.objective.label)}</h3><p>"
        f"{escaped(' '.join(card_text.details(page, s, page.chosen)))}</p>"
        for s in page.stakeholders
    )
    write(f'<div class="cg-paper"><h2>What this rests on</h2><ul>{lines}</ul>{roles}</div>')
