"""Progress display while the rows of a data set are counted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import page_view
from dashboard.analysis import counts, resampled_figures
from dashboard.analysis.analysis import scenario_of
from dashboard.analysis.cache import STORE
from dashboard.data.dataset import Dataset
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.words.progress import tally_progress


def await_tally(dataset: Dataset) -> None:
    """Show the progress of counting a data set until it is counted.

    Raises
    ------
    ScoreError
        If the rows are refused.
    """
    place = st.empty()  # Always drawn, so that later elements do not change their position.
    job = counts.tally_job(dataset)
    suffix = dataset.fingerprint[-12:]  # A page may also wait for other data.
    if not counts.wait(job, 0.3):
        with place.container(key=f"counting_{suffix}"):
            bar, stop = st.empty(), st.empty()
        for turn in itertools.count():
            bar.progress(job.share, text=tally_progress(job))
            if turn == 6:  # A count of two seconds needs no button.
                # Streamlit keeps the callback as long as the session, and a job has its tally.
                stop.button(
                    "Stop counting",
                    key=f"stop_counting_{suffix}",
                    on_click=counts.stop_counting,
                    args=(dataset,),
                )
            if counts.wait(job, 0.3):
                break
        place.empty()
    counts.tally(dataset)


@contextmanager
def at_thresholds(*, counted: bool) -> Iterator[None]:
    """Context that shows a note while rows are read again at other thresholds, unless ``counted`` is true."""
    if counted:
        yield
    else:
        with st.spinner("Counting at these thresholds …"):
            yield


def page_state(choices: Choices, dataset: Dataset) -> PageView:
    """Build the page of a reader's choices, and show the progress if rows are counted.

    Raises
    ------
    ScoreError
        If the scenario does not fit the data.
    """
    scenario = scenario_of(choices, dataset)
    with at_thresholds(counted=counts.is_counted_for(dataset, scenario)):
        page = page_view.build(choices, dataset, session.appearance())
    # While others wait, a page is drawn once with its intervals, and not without them first.
    if STORE.turns.is_awaited and resampled_figures.resample(page.analysis):
        page = page_view.build(choices, dataset, session.appearance())
    return page
