"""What everybody gets at another point, and the button that chooses it."""

from __future__ import annotations

import streamlit as st

from dashboard.analysis.decide.alternatives import Exchange
from dashboard.analysis.selection import Selection
from dashboard.markup import escaped, small
from dashboard.session import session
from dashboard.session.choices import Point
from dashboard.views.snippets import write
from dashboard.words.decide.alternatives import exchange_limits_words, exchange_rows


def draw(selection: Selection, exchange: Exchange, heading: str, popover: str) -> None:
    """Draw the changes of all, and "Try it".

    Parameters
    ----------
    heading : str
        Markup that names the point; how it stands to the limits follows it.
    popover : str
        Key of the popover that it stands in.
    """
    limits = escaped(exchange_limits_words(selection.analysis, exchange))
    rows = "".join(
        f'<tr><th scope="row">{escaped(row.title)}{small(row.label)}</th>'
        f"<td>{escaped(row.selected)} → <b>{escaped(row.other)}</b>{small(row.size)}</td>"
        f"<td>{small(row.current)}</td></tr>"
        for row in exchange_rows(selection, exchange)
    )
    write(
        f"<p>{heading} {limits}</p>"
        f'<table class="cg-compare cg-exchange"><tbody>{rows}</tbody></table>'
    )
    point = Point(str(exchange.point.model), exchange.point.threshold)
    st.button("Try it", key=f"try_{popover}", on_click=_try, args=(popover, point))


def _try(popover: str, point: Point) -> None:
    """Choose a point and close the popover, which would go on from there."""
    session.choose(point=point)
    session.set_widget(popover, False)
