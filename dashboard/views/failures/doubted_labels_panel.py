"""Labels that every good model contradicts, for whoever asks."""

from __future__ import annotations

import streamlit as st

from dashboard.analysis.failures.label_doubts import doubts_of
from dashboard.markup import escaped
from dashboard.views.callback_page import Recipe
from dashboard.views.failures.unit_lists import listed
from dashboard.views.snippets import write
from dashboard.words.failures import doubted_kinds_words, doubts_words

FEW_ROWS = 100_000
"""Rows up to which labels are looked at without being asked for."""


@st.fragment
def draw(recipe: Recipe) -> None:
    """Labels that every good model contradicts, for whoever asks."""
    page = recipe.page_of_fragment()
    write('<p class="cg-eyebrow">Do you believe the labels?</p>')
    if page.evaluation.tally.scale == "rank":
        write(
            '<p class="cg-note">These scores are a ranking and no probabilities: no label can be doubted '
            "by them.</p>"
        )
        return
    # Of more rows the page doesn't wait, and every model's scores are read for it.
    if page.evaluation.tally.rows.sum() > FEW_ROWS and not st.toggle(
        "Look for labels that may be wrong", key="labels_doubted"
    ):
        return
    with st.spinner("Comparing every label with every good model …"):
        doubts = doubts_of(page.selection)
    write(f'<h2 class="cg-finding">{escaped(doubts_words(doubts))}</h2>')
    if of_kinds := doubted_kinds_words(doubts):
        write(
            f'<p class="cg-lines">{escaped(of_kinds)}. Where one kind prevails, its labels may follow a rule '
            "and be no mistakes: ask whether units of that kind are to be held back.</p>"
        )
    asked = ", ".join(page.label(model) for model in doubts.models)
    write(
        '<p class="cg-note">Doubted: a defect that scores no higher than good units do on average, and a '
        "good unit that scores no lower than defects do, by every model whose ROC AUC is within 0.05 of the "
        f"best: {escaped(asked)}. Inspect them before you correct a label: hard units look the same. "
        "The most doubtful stand first.</p>"
    )
    goods, defects = doubts.counts
    doubted = {
        f"Labelled a defect, the models say good: {defects:,}": doubts.defects,
        f"Labelled good, the models say defect: {goods:,}": doubts.goods,
    }
    offered = [label for label, units in doubted.items() if units]
    if not offered:
        return
    label = offered[0]
    if len(offered) > 1:
        label = st.segmented_control(
            "Which labels",
            offered,
            default=label,
            required=True,
            label_visibility="collapsed",
            key="labels_listed",
        )
    units = doubted[label]
    listed(page, "doubted_defects" if units[0].is_defect else "doubted_goods", label, units)
