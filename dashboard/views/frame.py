"""What every page on data begins with, and how it ends: its figures, or why there are none."""

from __future__ import annotations

import streamlit as st

from dashboard.data.library import Dataset
from dashboard.page import uncertainty
from dashboard.page.state import PageState
from dashboard.session import caches, session
from dashboard.views import counting, decide, head, live
from metrics import ScoreError


def begin(dataset: Dataset) -> PageState | None:
    """Draw the top of a page; its figures, or None where the scenario does not fit the data."""
    try:
        page = counting.page_state(session.current(), dataset)
    except ScoreError as error:
        decide.scenario_refused(dataset, error)
        return None
    head.draw_title(page)
    with st.container(key="live"):  # shows nothing of its own
        packed = live.draw(page)
    live.intervals(page, packed)
    return page


def end(page: PageState) -> None:
    """The page stands: how sure its figures are comes a moment later."""
    caches.settle()
    if uncertainty.resample(page):
        session.again()
