"""What everybody gets at another point, and the button that chooses it."""

from __future__ import annotations

import streamlit as st

from dashboard.markup import escaped, small
from dashboard.page.exchange import Change, Exchange
from dashboard.session import session
from dashboard.session.choices import Point
from dashboard.views.snippets import write
from metrics.inference.comparison import Chance


def draw(found: Exchange, heading: str, popover: str) -> None:
    """Draw the changes of all, and "Try it".

    Parameters
    ----------
    heading : str
        Markup that names the point; how it stands to the limits follows it.
    popover : str
        Key of the popover that it stands in.
    """
    limits = escaped(" ".join([*found.breaks, *found.keeps]))
    rows = "".join(
        f'<tr><th scope="row">{escaped(change.title)}{small(change.label)}</th>'
        f"<td>{escaped(change.here)} → <b>{escaped(change.there)}</b>{small(_size(change))}</td>"
        f"<td>{small(change.today)}</td></tr>"
        for change in found.changes
    )
    write(
        f"<p>{heading} {limits}</p>"
        f'<table class="cg-compare cg-exchange"><tbody>{rows}</tbody></table>'
    )
    point = Point(str(found.point.model), found.point.threshold)
    st.button("Try it", key=f"try_{popover}", on_click=_try, args=(popover, point))


def _try(popover: str, point: Point) -> None:
    """Choose a point and close the popover, which would go on from there."""
    session.choose(point=point)
    session.set_widget(popover, False)


def _size(change: Change) -> str:
    chance = "" if change.chance is Chance.UNKNOWN else f", {change.chance.value}"
    ends = f": {change.ends}" if change.ends else ""
    return f"{change.size}{chance}{ends}"
