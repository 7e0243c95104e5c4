"""Strip of next steps on Decide: fair option, lead of the cheapest model, inspection, other data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.analysis.counts import dataset_counts
from dashboard.analysis.decide.cheapest_model import cheapest_model
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.decide.exchange import exchange_for
from dashboard.analysis.decide.verdict import NO_GAIN, objection_to
from dashboard.analysis.evidence import transfer
from dashboard.analysis.limits import cheapest_certified, limits_status, meets_limits
from dashboard.data.dataset import Dataset
from dashboard.figures.texts import shortened
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Point
from dashboard.session.url import address_of
from dashboard.views.decide import exchange_table
from dashboard.views.html_elements import inline, link, pending, step, strong, write
from dashboard.views.menus import lazy_popover
from dashboard.words.decide.answer import no_gain_words
from dashboard.words.decide.button_labels import (
    CHEAPEST_HELP,
    COMPARE,
    FAIR_HEADING,
    FAIR_HELP,
    INSPECTION_HELP,
    IS_FAIR_OPTION,
    NO_FAIR_OPTION,
    OTHER_DATA,
    TRAINED_ON_ANSWERS,
    TRAINED_ON_HELP,
    TRAINED_ON_QUESTION,
    UNREADABLE,
    WHICH_LIMIT,
)
from dashboard.words.decide.cheapest_model import (
    cheapest_elsewhere_words,
    cheapest_model_words,
    cheapest_words,
)
from dashboard.words.decide.compromises import FAIR as FAIR_OPTION
from dashboard.words.decide.exchange import fair_option_words
from dashboard.words.evidence.transfer import failed_figures, first_failure, verdict_words
from dashboard.words.inspection import INSPECTION, gain_words
from dashboard.words.limits.limit_names import ignoring_limits
from dashboard.words.limits.limits_page import CERTIFIED_LEAD
from metrics import OperatingPoint, ScoreError

FAIR = "ask_fair"
"""Key of the popover that compares the fair option with the selected point."""


def draw(page: PageView, others: Sequence[Dataset]) -> None:
    """Draw the strip."""
    analysis, limits_page = page.analysis, address_of("limits", page.choices)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="part_next"):
        if analysis.held_out == "unknown":
            _ask_about_rows()
        # What to do about a rejected point comes first.
        certified = None if analysis.is_pending else _certified_point(page)
        if certified is not None:
            _draw_certified_point(page, certified)
        _draw_fair_option(page, limits_page if analysis.limits else None)
        if not analysis.is_pending and certified is None:
            _draw_cheapest_model(page)
        if analysis.scenario.inspection is not None:
            source, gain = INSPECTION, pending()
            if not analysis.is_pending:
                source, words = gain_words(page.selection)
                gain = link(words, f"{limits_page}#inspecting")
            write(step(source, " ", gain, title=INSPECTION_HELP))
        other = transfer.choose_dataset(page.choices.also, others)
        if other is not None:
            place = st.empty()
            place.html(step(f"{OTHER_DATA}: ", pending()))
            if not analysis.is_pending:
                _draw_other_data(page, other, place)


def _step_with_buttons(key: str) -> Any:
    """Container of a step with its buttons, side by side."""
    return st.container(
        horizontal=True, gap="xxsmall", vertical_alignment="center", width="content", key=key
    )


def _certified_point(page: PageView) -> OperatingPoint | None:
    """Cheapest certified point if the selected one is rejected and is another; otherwise `None`."""
    if not page.analysis.limits or page.answer.objection is None:
        return None
    surest = cheapest_certified(page.analysis)
    return None if surest is None or surest.place == page.selection.point.place else surest


def _draw_certified_point(page: PageView, point: OperatingPoint) -> None:
    """Draw a certified point with a button that selects it."""
    with _step_with_buttons("certified"):
        write(step(f"{CERTIFIED_LEAD}:"))
        words, choice = (
            page.point_words(point),
            session.choosing(point=Point.at(point, lower=False)),
        )
        st.button(plain(words), key="show_certified", type="tertiary", **choice)
        status = limits_status(page.analysis, point, at_rest=True)
        if objection_to(page.analysis, point, status) in NO_GAIN:
            write(step(no_gain_words(page.analysis)))


def _draw_cheapest_model(page: PageView) -> None:
    """Draw the cheapest model, unless the selected point is the cheapest, which the answer already shows."""
    analysis, cheapest = page.analysis, cheapest_model(page.analysis)
    if cheapest is None or cheapest.point.place == page.selection.point.place:
        return
    # Limits that the cheapest point meets need no remark.
    aside = "" if meets_limits(analysis, cheapest.point) else ignoring_limits(analysis.limits)
    heading = cheapest_words(analysis.scenario, len(analysis.models))
    lead, chance = cheapest_elsewhere_words(page.names, cheapest, heading, aside)
    title = " ".join(cheapest_model_words(analysis.scenario, page.names, cheapest))
    gaps = link(inline(lead, " ", strong(chance)), address_of("gaps", page.choices, gaps="cost"))
    write(step(gaps, title=f"{title}: {CHEAPEST_HELP}"))


def _ask_about_rows() -> None:
    """Draw the question about the rows with two buttons. The Data page also offers the answer "unknown"."""
    with _step_with_buttons("rows"):
        write(step(TRAINED_ON_QUESTION, title=TRAINED_ON_HELP))
        for answer, rows, words in TRAINED_ON_ANSWERS:
            choice = session.choosing(rows=rows)
            st.button(answer, key=f"rows_{rows}", type="tertiary", help=words, **choice)


def _draw_fair_option(page: PageView, limits_page: str | None) -> None:
    """Draw the fair option, with a link to the page of limits if there are any."""
    point = fair_option_of(page.analysis).point
    if point is None:
        limits = "" if limits_page is None else inline(": ", link(WHICH_LIMIT, limits_page))
        write(step(NO_FAIR_OPTION, limits))
        return
    if point.place == page.selection.point.place:
        write(step(strong(IS_FAIR_OPTION), title=FAIR_HELP))
        return
    with _step_with_buttons("fair"):
        fair, model = exchange_for(page.selection, point), str(point.model)
        name = "" if model == page.selection.point.model else shortened(page.label(model))
        changes = pending()
        if not page.analysis.is_pending:
            changes = inline(fair_option_words(page.analysis, page.names, fair, name))
        write(step(strong(f"{FAIR_OPTION}:"), " ", changes, title=FAIR_HELP))
        with lazy_popover(COMPARE, FAIR, type="tertiary") as popover:
            if popover.open:
                place = strong(page.point_words(point))
                heading = inline(FAIR_HEADING, place, ".")
                exchange_table.draw(page, fair, heading, FAIR)


def _draw_other_data(page: PageView, other: Dataset, place: Any) -> None:
    """Draw whether the selected point holds on other data, with the first figure that does not hold."""
    tooltip, tone = other.title, ""
    try:
        dataset_counts.tally(other)
        failures = transfer.failures_of_selected(page.selection, other)
    except ScoreError:
        words, linked_page = UNREADABLE, "data"
    else:
        linked_page = "evidence"
        words, fails = verdict_words(failures), failed_figures(page.analysis, other, failures)
        if fails:
            tone = "cg-fails"
            words += first_failure(fails)
            tooltip = "; ".join((other.title, *fails))
    verdict = link(words, address_of(linked_page, page.choices), css=tone)
    place.html(step(f"{OTHER_DATA}: ", verdict, title=tooltip))
