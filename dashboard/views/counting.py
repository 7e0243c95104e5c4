"""How far the counting of a data set is, until it is done."""

from __future__ import annotations

import itertools

import streamlit as st

from dashboard.data.library import Dataset
from dashboard.page.cache import _counting, _result
from dashboard.page.evaluated import Evaluated as Evaluated


def await_tally(dataset: Dataset) -> None:
    """Show how far the counting of a data set is, until it is done.

    Raises
    ------
    ScoreError
        Where the gate refuses the rows.
    """
    place = st.empty()  # also where there is no need: what is drawn later stays where it is
    counting = _counting(dataset)
    if not counting.wait(0.3):
        with place.container(key="counting"):
            bar, stop = st.empty(), st.empty()
        for turn in itertools.count():
            bar.progress(counting.share, text=counting.words)
            if turn == 6:  # what is done in two seconds nobody wants to stop
                stop.button("Stop counting", key="stop_counting", on_click=counting.stop)
            if counting.wait(0.3):
                break
        place.empty()
    _result(counting, dataset.fingerprint)
