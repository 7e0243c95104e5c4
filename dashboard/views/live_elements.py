"""Mounts of the live component, which updates elements in the browser while the threshold is dragged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.live import payload
from dashboard.live.component import mount
from dashboard.live.message import envelope
from dashboard.live.strip import Record
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.views.callback_page import Recipe


def ahead() -> None:
    """Make the browser load the component's scripts while the server computes the page."""
    mount("ahead", envelope("ahead", {}))


def paper(page: PageView) -> None:
    """Send the browser the colours for printing the page."""
    mount("paper", envelope("paper", {"paper": payload.for_paper(page)}))


def point(page: PageView) -> None:
    """Send the browser the facts about the selected point that the other elements show."""
    facts = payload.facts(page, session=session.nonce(), turn=session.last_release())
    mount(
        "page",
        envelope("page", facts),
        chosen=session.on_point(
            "page", "chosen", lambda choices, point: replace(choices, point=point)
        ),
        pinned=session.on_point(
            "page",
            "pinned",
            lambda choices, point: replace(choices, point=point, pin=point, compare="pin"),
        ),
    )


MOST_POINTED = 5_000
"""Largest number of points on the front whose words a browser may request at once."""


@st.fragment
def stops(recipe: Recipe) -> None:
    """Send the browser the words of the stops, once it requests them.

    A browser requests them when a pointer or the focus comes near the threshold or a chart.
    """
    asked = session.component_value("stops", "near")
    message = envelope("stops", {})
    if isinstance(asked, dict):
        page = recipe.at(session.current()).page_of_fragment()
        message = envelope("stops", _answer(page, asked))
    mount("stops", message, near=lambda: None)


def _answer(page: PageView, asked: dict[str, Any]) -> Record:
    """Words of the stops in sight, or of requested points of a model on the front."""
    try:
        if "model" in asked:
            thresholds = list(map(float, asked["at"][:MOST_POINTED]))
            if asked["model"] not in page.analysis.evaluation.tally.models:
                return {}
            return payload.pointed(page, asked["model"], thresholds)
        seen, wanted = asked.get("seen"), asked.get("open")
        return payload.stops(
            page,
            seen=seen and (float(seen[0]), float(seen[1])),
            wanted=wanted and {str(name): list(map(int, at)) for name, at in wanted.items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}  # our own page never sends this


def element(kind: str, key: str = "", **head: Any) -> None:
    """Mount an element that follows the selected point.

    Parameters
    ----------
    kind : str
        Such as "answer", "headline" or "stakeholder".
    key : str
        Name that distinguishes elements of a kind, such as that of the stakeholder.
    **head
        Further data for the element.
    """
    mount(f"{kind}_{key}" if key else kind, envelope(kind, head))
