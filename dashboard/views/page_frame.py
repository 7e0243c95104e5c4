"""What every page on data begins with, and how it ends: its figures, or why there are none."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.data.library import Dataset
from dashboard.data.short_links import KEPT
from dashboard.markup import escaped
from dashboard.page import other_data, uncertainty
from dashboard.page.state import PageState
from dashboard.session import server_resources, session
from dashboard.session.choices import carried_words
from dashboard.views import live_elements, tally_progress
from dashboard.views.assumptions import chips
from dashboard.views.problems import refused
from dashboard.views.snippets import names_not_given, write
from metrics import ScoreError

WHEREVER = frozenset({"W_COMMONIDS", "W_ROWORDER"})
"""What of the data every page with figures says: that not all units are in them, or how they were matched."""


def draw_title(page: PageState) -> None:
    """Write the data's title, in the bar that stays."""
    title = escaped(page.dataset.title)
    write(f'<div class="cg-head"><h1 title="{title}">{title}</h1></div>')


def wherever(dataset: Dataset) -> list[str]:
    """What every page with figures says of the data, a sentence each."""
    sentences = []
    for problem in dataset.problems:
        if problem.code in WHEREVER:
            where = f" ({problem.file})" if problem.file else ""
            sentences.append(f"{problem.message[:1].upper()}{problem.message[1:]}{where}.")
    return sentences


def begin(dataset: Dataset) -> PageState | None:
    """Draw the top of a page; its figures, or None where the scenario does not fit the data."""
    try:
        page = tally_progress.page_state(session.current(), dataset)
    except ScoreError as error:
        scenario_refused(dataset, error)
        return None
    with st.container(key="live"):  # shows nothing of its own
        packed = live_elements.draw(page)
        live_elements.point(page)
    draw_title(page)
    notices = [*page.notices, *wherever(page.dataset)]
    if notices:
        write(f'<p class="cg-notice" role="status">{escaped(" ".join(notices))}</p>')
    chips.draw(page)
    live_elements.intervals(page, packed)
    return page


def draw_all_notices(page: PageState, others: Sequence[Dataset]) -> None:
    """What a reader must know of the data and of the link before any figure; mostly nothing."""
    notices = [*page.notices, *wherever(page.dataset)]
    if page.dataset.scores.held_out == "training":
        notices.insert(0, "The models were trained on these rows: every figure flatters them.")
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


def end(page: PageState) -> None:
    """The page stands: how sure its figures are comes a moment later."""
    server_resources.settle()
    if uncertainty.resample(page):
        session.rerun()


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
        words = (
            f"“{error.value}” is to be today’s system, with which all else is compared; "
            f"the models here are {known}{more}."
        )
        write(f'<div class="cg-refusal" role="alert">{escaped(words)}</div>')
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
        if any(getattr(choices, name) is not None for name in chips.FIELDS):
            st.button(
                "Back to the scenario as opened",
                on_click=session.choose,
                kwargs=dict.fromkeys(chips.FIELDS),
                key="reset_refused",
            )
