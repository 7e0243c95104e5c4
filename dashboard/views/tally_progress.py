"""That units are being counted, for as long as it takes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import page_view
from dashboard.analysis import counts
from dashboard.analysis.analysis import scenario_of
from dashboard.data.library import Dataset
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.words.progress import tally_progress


def await_tally(dataset: Dataset) -> None:
    """Show how far the counting of a data set is, until it is done.

    Raises
    ------
    ScoreError
        Where the gate refuses the rows.
    """
    place = st.empty()  # also where there is no need: what is drawn later stays where it is
    job = counts.tally_job(dataset)
    own = dataset.fingerprint[-12:]  # a page may wait for other data besides
    if not job.wait(0.3):
        with place.container(key=f"counting_{own}"):
            bar, stop = st.empty(), st.empty()
        for turn in itertools.count():
            bar.progress(job.share, text=tally_progress(job))
            if turn == 6:  # what is done in two seconds nobody wants to stop
                stop.button("Stop counting", key=f"stop_counting_{own}", on_click=job.stop)
            if job.wait(0.3):
                break
        place.empty()
    counts.tally(dataset)


@contextmanager
def at_thresholds(*, counted: bool) -> Iterator[None]:
    """Say that rows are read once more, at thresholds that the tally has not, where they must be."""
    if counted:
        yield
    else:
        with st.spinner("Counting at these thresholds …"):
            yield


def page_state(choices: Choices, dataset: Dataset) -> PageView:
    """All that a page draws of choices, as its reader sees it.

    Raises
    ------
    ScoreError
        Where the scenario does not fit the data.
    """
    scenario = scenario_of(choices, dataset)
    with at_thresholds(counted=counts.is_counted_for(dataset, scenario)):
        return page_view.build(choices, dataset, session.appearance())
