"""Panel about inspection: the gain of inspecting units between two thresholds, by number of inspectors."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup

from dashboard.analysis import inspection
from dashboard.analysis.inspection import Inspectors
from dashboard.page_view import PageView
from dashboard.session.url import to_query
from dashboard.views.elements import (
    Row,
    Text,
    checking,
    details,
    eyebrow,
    finding,
    inline,
    link,
    scroll_to_linked,
    small,
    table,
    write,
)
from dashboard.views.elements import lines as paragraph
from dashboard.words.inspection import (
    INSPECTION_DETAILS,
    doubtful_words,
    everything_inspected_words,
    inspection_finding,
    inspectors_heads,
    inspectors_words,
    last_words,
    lines,
    plain_lines,
)


def draw(page: PageView) -> None:
    """Draw the panel if the scenario has inspectors. Intervals follow once they are computed."""
    if page.analysis.scenario.inspection is None:
        return
    with st.container(border=True, gap="small", key="part_inspecting"):
        write(eyebrow("Inspection", id="inspecting"))
        place = st.empty()
        if page.analysis.uncertainty is not None and not inspection.plain_ways.is_ready(
            page.analysis
        ):
            with place.container(gap="small"):
                _worth(page.analysed(has_intervals=False))
        with place.container(gap="small"):
            _worth(page)
        # A script in an element of its own would take a line, so it is in that of the details.
        write(details(INSPECTION_DETAILS), scroll_to_linked("inspecting"), runs_script=True)


def _worth(page: PageView) -> None:
    """Draw the worth of inspection, and the table of its gain by number of inspectors."""
    analysis = page.analysis
    worth, band = inspection.worth_of(analysis), inspection.band_price(page.selection)
    if worth is None:
        return
    # Heading and note are one element. If a run draws fewer elements than the last, old ones stay visible.
    pending = checking("How sure the gains are") if analysis.is_pending else ""
    write(finding(inspection_finding(worth, band, analysis.scenario)), pending)
    rows = inspection.by_inspectors(analysis)
    sentences = [
        doubtful_words(worth, band, analysis.scenario),
        *lines(page.selection, worth),
        *plain_lines(analysis, page.names),
        last_words(analysis, rows),
    ]
    write(*map(paragraph, sentences))
    if rows:
        write(_table(page, rows))


def _table(page: PageView, rows: Sequence[Inspectors]) -> Markup:
    """Table of the gain by number of inspectors."""
    analysis, (everything, _) = page.analysis, inspection.plain_ways(page.analysis)
    drawn = [_row(page, row, rows[-1]) for row in rows]
    if everything is not None:
        words = everything_inspected_words(analysis, everything, rows[-1])
        drawn.append(Row([_cell(word) for word in words]))
    return table(inspectors_heads(analysis, rows), drawn, css="cg-limits-table cg-inspectors")


def _cell(words: str | tuple[str, str]) -> Text:
    """Cell with a text, or with a gain and its interval."""
    if isinstance(words, str):
        return words
    gain, interval = words
    return inline(gain, " ", small(interval)) if interval else gain


def _row(page: PageView, row: Inspectors, last: Inspectors) -> Row:
    *cells, band = map(_cell, inspectors_words(page.analysis, page.names, row, last))
    is_selected = row.is_selected(page.selection)
    if row.a_day > 0 and not is_selected:
        scenario = page.analysis.dataset.scenario
        query = urlencode(to_query(inspection.choices_with(page.choices, scenario, row)))
        band = inline(band, " ", link("try", f"./?{query}"))
    return Row([*cells, band], is_selected=is_selected)
