"""What every page on data begins with, and how it ends: its figures, or why there are none."""

from __future__ import annotations

import streamlit as st

from dashboard.data.library import Dataset
from dashboard.markup import escaped
from dashboard.page import uncertainty
from dashboard.page.state import PageState
from dashboard.session import caches, session
from dashboard.views import assumptions, counting, decide, head, live
from dashboard.views.parts import write
from metrics import ScoreError


def begin(dataset: Dataset) -> PageState | None:
    """Draw the top of a page; its figures, or None where the scenario does not fit the data."""
    try:
        page = counting.page_state(session.current(), dataset)
    except ScoreError as error:
        decide.scenario_refused(dataset, error)
        return None
    with st.container(key="live"):  # shows nothing of its own
        packed = live.draw(page)
        live.point(page)
    head.draw_title(page)
    notices = [*page.notices, *head.wherever(page.dataset)]
    if notices:
        write(f'<p class="cg-notice" role="status">{escaped(" ".join(notices))}</p>')
    assumptions.draw(page)
    live.intervals(page, packed)
    return page


def end(page: PageState) -> None:
    """The page stands: how sure its figures are comes a moment later."""
    caches.settle()
    if uncertainty.resample(page):
        session.again()
