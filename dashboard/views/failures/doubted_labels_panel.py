"""Panel of doubtful labels: units whose label every good model contradicts."""

from __future__ import annotations

import streamlit as st

from dashboard.analysis.failures.label_doubts import doubts_of
from dashboard.views.failures.unit_gallery import draw_units
from dashboard.views.html_elements import eyebrow, finding, note, write
from dashboard.views.page_recipe import Recipe
from dashboard.words.failures.labels import (
    RANKING_HAS_NO_DOUBTS,
    doubted_lists,
    doubts_note,
    doubts_words,
)

FEW_ROWS = 100_000
"""Number of rows up to which labels are compared without a request."""


@st.fragment
def draw(recipe: Recipe) -> None:
    """Draw the panel. For many rows it is computed only if the reader asks for it."""
    page = recipe.page_of_fragment()
    tally = page.analysis.evaluation.tally
    write(eyebrow("Do you believe the labels?"))
    if tally.scale == "rank":
        write(note(RANKING_HAS_NO_DOUBTS))
        return
    # The scores of every model must be read, which would delay the page of a large file.
    if tally.rows.sum() > FEW_ROWS and not st.toggle(
        "Look for labels that may be wrong", key="labels_doubted"
    ):
        return
    with st.spinner("Comparing every label with every good model …"):
        doubts = doubts_of(page.selection)
    write(finding(doubts_words(doubts)))
    write(note(doubts_note(doubts, page.names)))
    doubted = doubted_lists(doubts)
    if not doubted:
        return
    label = next(iter(doubted))
    if len(doubted) > 1:
        label = st.segmented_control(
            "Which labels",
            list(doubted),
            default=label,
            required=True,
            label_visibility="collapsed",
            key="labels_listed",
        )
    units = doubted[label]
    draw_units(page, "doubted_defects" if units[0].is_defect else "doubted_goods", label, units)
