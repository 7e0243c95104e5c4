"""Frame of every page on data: title and assumptions at the top, and intervals computed at the end."""

from __future__ import annotations

import streamlit as st

from dashboard.analysis import resampled_figures
from dashboard.analysis.analysis import Analysis
from dashboard.data.dataset import Dataset
from dashboard.page_view import PageView
from dashboard.server import server_resources
from dashboard.session import session
from dashboard.session.url import address_of
from dashboard.views import live_elements
from dashboard.views.assumptions import chips
from dashboard.views.build_page import build_page
from dashboard.views.html_elements import Text, head, inline, link, notice, refusal, write
from dashboard.views.problem_markup import draw_refusal
from dashboard.words.notices import scenario_title, unknown_model_sentence
from metrics import ScoreError


def draw_title(analysis: Analysis) -> None:
    """Draw the title of the data, in the bar above the page."""
    with st.container(key="page_title"):  # Its height is 0 in a wide window.
        write(head(analysis.dataset.title))


def begin(dataset: Dataset) -> PageView | None:
    """Draw the top of a page, and return the page. `None` if the scenario does not fit the data."""
    try:
        page = build_page(session.current(), dataset)
    except ScoreError as error:
        draw_scenario_refusal(dataset, error)
        return None
    held_out = page.analysis.held_out
    live_elements.send_print_colours(page.palette, page.styles)
    draw_title(page.analysis)
    link_to_change: Text = ""
    if held_out == "training" and dataset.scores.held_out == "unknown":  # The reader specified it.
        link_to_change = inline(" ", link("change", address_of("data", page.choices)))
    if notices := " ".join(page.notices):
        write(notice(notices, link_to_change, role="status"))
    chips.draw(page)
    return page


def finish_page(analysis: Analysis) -> None:
    """Compute the intervals of the figures, now that the page is drawn, and show them in another run."""
    server_resources.settle()
    if resampled_figures.resample(analysis):
        session.rerun()


def draw_scenario_refusal(dataset: Dataset, error: ScoreError) -> None:
    """Draw the reason why the scenario does not fit these files, and buttons that resolve it."""
    choices = session.current()
    names_unknown_model = error.code == "E_TODAY"
    st.title(scenario_title(error, is_link=choices.today is not None), anchor=False)
    if names_unknown_model:
        write(refusal(unknown_model_sentence(error, dataset.scores.models)))
    else:
        draw_refusal(error)
    with st.container(horizontal=True, gap="small"):
        if names_unknown_model:
            choice = session.choosing(today="none")
            st.button("Compare with shipping everything", type="primary", key="no_today", **choice)
        if choices.labels is not None:
            choice = session.choosing(labels=None)
            st.button("All units were checked", key="all_checked", **choice)
        if any(getattr(choices, name) is not None for name in chips.FIELDS):
            choice = session.choosing(**dict.fromkeys(chips.FIELDS))
            st.button("Back to the scenario as opened", key="reset_refused", **choice)
