"""Progress shown while the rows of a data set are counted."""

from __future__ import annotations

import itertools
from contextlib import AbstractContextManager, nullcontext

import streamlit as st

from dashboard.analysis.counts import dataset_counts
from dashboard.data.dataset import Dataset
from dashboard.words.progress import tally_progress

STEP_SECONDS = 0.3
"""Seconds between two updates of the progress; a count that takes less shows none."""
STEPS_BEFORE_BUTTON = 6
"""Number of updates before the button that stops the count: a count of two seconds needs none."""


def await_tally(dataset: Dataset) -> None:
    """Show the progress of counting a data set until it is counted.

    Raises
    ------
    ScoreError
        If the rows are refused.
    """
    place = st.empty()  # Always drawn, so that later elements do not change their position.
    job = dataset_counts.tally_job(dataset)
    suffix = dataset.fingerprint[-12:]  # A page may also wait for other data.
    if not dataset_counts.wait(job, STEP_SECONDS):
        with place.container(key=f"counting_{suffix}"):
            bar, stop = st.empty(), st.empty()
        for step in itertools.count():
            bar.progress(job.share, text=tally_progress(job))
            if step == STEPS_BEFORE_BUTTON:
                # The callback gets the data set and not the job: Streamlit stores it for the whole session,
                # and a job holds its tally.
                stop.button(
                    "Stop counting",
                    key=f"stop_counting_{suffix}",
                    on_click=dataset_counts.stop_counting,
                    args=(dataset,),
                )
            if dataset_counts.wait(job, STEP_SECONDS):
                break
        place.empty()
    dataset_counts.tally(dataset)  # raises the error of refused rows


def at_thresholds(*, counted: bool) -> AbstractContextManager[None]:
    """Context that shows a note while rows are read again at other thresholds, unless ``counted`` is true."""
    return nullcontext() if counted else st.spinner("Counting at these thresholds …")
