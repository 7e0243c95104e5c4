"""The Models page: how the candidates compare."""

from __future__ import annotations

import streamlit as st

from dashboard.data.library import Dataset
from dashboard.page.decision_support import support_of
from dashboard.page.state import PageState
from dashboard.views import compare, frame, gaps, verdict


def draw(dataset: Dataset, *, pairs: bool = False) -> None:
    """Draw the page for what is chosen.

    Parameters
    ----------
    dataset : Dataset
    pairs : bool
        Whether every two models are compared at once, as where the page is opened by an older link.
    """
    page = frame.begin(dataset)
    if page is None:
        return
    with st.container(key="models_page"):
        with st.container(border=True, gap="xsmall", key="part_strips"):
            verdict.draw_strips(page, support_of(page))
        gaps.draw(page, at_once=pairs)
        with st.container(key="part_compare"):
            compare.draw(page)
        _behind(page)
    frame.end(page)


def _behind(page: PageState) -> None:
    """The numbers behind the charts, as a table."""
    with st.expander("The operating points behind the charts", on_change="rerun") as box:
        if not box.open:
            return
        shown = list(dict.fromkeys(stakeholder.objective.id for stakeholder in page.stakeholders))
        columns = ["model", "threshold", *shown, "share_flagged", "recall", "tp", "fp", "fn", "tn"]
        st.dataframe(
            page.points[list(dict.fromkeys(columns))],
            hide_index=True,
            height=360,
            alt="Operating points of every model",
        )
        st.caption(f"{len(page.points):,} operating points")
