"""Panel about inspection: the gain of inspecting units between two thresholds."""

from __future__ import annotations

import streamlit as st

from dashboard.analysis import inspection
from dashboard.page_view import PageView
from dashboard.views.html_elements import (
    checking,
    details,
    eyebrow,
    finding,
    lines,
    scroll_to_linked,
    write,
)
from dashboard.words.inspection import (
    INSPECTION,
    INSPECTION_DETAILS,
    gain_sentence,
    inspection_finding,
)


def draw(page: PageView) -> None:
    """Draw the panel if the scenario has inspectors. Intervals follow once they are computed."""
    if page.analysis.scenario.inspection is None:
        return
    with st.container(border=True, gap="small", key="part_inspecting"):
        write(eyebrow(INSPECTION, id="inspecting"))
        place = st.empty()
        if page.analysis.uncertainty is not None and not inspection.gain_of.is_ready(page.analysis):
            with place.container(gap="small"):
                _draw_worth(page.analysed(has_intervals=False))
        with place.container(gap="small"):
            _draw_worth(page)
        # The script is in the same element as the details, because a separate element would take a line.
        write(details(INSPECTION_DETAILS), scroll_to_linked("inspecting"), runs_script=True)


def _draw_worth(page: PageView) -> None:
    """Draw the worth of inspection."""
    analysis = page.analysis
    worth = inspection.worth_of(analysis)
    if worth is None:
        return
    # The note is in the element of the finding, because Streamlit leaves surplus elements of the last run.
    pending = checking("How sure the gains are") if analysis.is_pending else ""
    write(finding(inspection_finding(worth, analysis.scenario)), pending)
    write(lines(gain_sentence(analysis, worth.gain)))
