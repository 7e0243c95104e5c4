"""Table of every stakeholder's change at another operating point, with a button that selects the point."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from dashboard.analysis.decide.exchange import Exchange
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import Point
from dashboard.views.html_elements import Cell, inline, paragraph, strong, table, write
from dashboard.words.decide.exchange import exchange_limits_words, exchange_rows


def draw(
    page: PageView, exchange: Exchange, heading: Markup, popover: str, more: Markup | str = ""
) -> None:
    """Draw the changes for all stakeholders, and "Try it".

    Parameters
    ----------
    heading : Markup
        Sentence that names the other point. A sentence about the limits follows it.
    popover : str
        Key of the popover that contains the table.
    more : Markup, optional
        Link beside the button.
    """
    limits = exchange_limits_words(page.selection, exchange)
    is_default = page.is_miss_cost_default
    rows = [
        [
            Cell(row.title, [row.label]),
            Cell(inline(row.selected, " → ", strong(row.other)), [row.size]),
            Cell(below=[row.current]),
        ]
        for row in exchange_rows(page.selection, exchange, is_default=is_default)
    ]
    write(paragraph(heading, " ", limits), table([], rows, css="cg-exchange"))
    point = Point.at(exchange.point, lower=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button("Try it", key=f"try_{popover}", on_click=_select_and_close, args=(popover, point))
        if more:
            write(paragraph(more))


def _select_and_close(popover: str, point: Point) -> None:
    """Select a point and close the popover, since it would compare with the new point."""
    session.choose(point=point)
    session.set_widget(popover, False)
