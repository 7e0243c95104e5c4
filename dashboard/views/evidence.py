"""The Evidence page: why the figures are to be believed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.data.library import Dataset
from dashboard.views import data_scores, elsewhere, frame


def draw(dataset: Dataset, others: Sequence[Dataset] = ()) -> None:
    """Draw the page for what is chosen.

    Parameters
    ----------
    dataset : Dataset
    others : sequence of Dataset
        Open data with models of the same names.
    """
    page = frame.begin(dataset)
    if page is None:
        return
    with st.container(key="evidence_page"):
        elsewhere.draw(page, others)
        with st.container(border=True, key="part_distributions"):
            data_scores.draw(dataset)
    frame.end(page)
