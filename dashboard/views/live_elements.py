"""Mounts of the live component, which draws charts and updates a page while the threshold is dragged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.figures.model_styles import ModelStyle
from dashboard.figures.palette import Palette
from dashboard.figures.plotly_json import Drawn
from dashboard.live import payload
from dashboard.live.component import chart_envelope, envelope, mount
from dashboard.live.records import Record
from dashboard.page_view import PageView
from dashboard.session import live_reports, session
from dashboard.views.html_elements import style, write
from dashboard.views.page_recipe import Recipe

MAX_POINTS = 5_000
"""Largest number of points whose words a browser can request at once."""


def load_scripts() -> None:
    """Make the browser load the component's scripts while the server computes the page."""
    mount("ahead", envelope("ahead", {}))


def send_print_colours(palette: Palette, styles: Mapping[str, ModelStyle]) -> None:
    """Send the browser the colours for printing the page."""
    with st.container(key="live"):  # Shows nothing itself.
        mount("paper", envelope("paper", {"paper": payload.for_paper(palette, styles)}))


def send_selected_point(page: PageView) -> None:
    """Send the browser the facts about the selected point, which the other elements show."""
    facts = payload.facts(page, session=session.nonce(), turn=live_reports.last_release())
    mount(
        "page",
        envelope("page", facts),
        chosen=live_reports.on_point("page", "chosen", lambda point: {"point": point}),
        pinned=live_reports.on_point(
            "page", "pinned", lambda point: {"point": point, "pin": point, "compare": "pin"}
        ),
    )


@st.fragment
def send_stops(recipe: Recipe) -> None:
    """Send the browser the words of the threshold's stops, when it requests them.

    A browser requests the words when a pointer or the focus comes near the threshold or a chart.
    """
    request = live_reports.component_value("stops", "near")
    message = envelope("stops", {})
    if isinstance(request, dict):
        page = recipe.at(session.current()).page_of_fragment()
        message = envelope("stops", _requested_words(page, request))
    mount("stops", message, near=lambda: None)


def _requested_words(page: PageView, request: dict[str, Any]) -> Record:
    """Words of the visible stops, or of requested points of a model; empty if the request is malformed."""
    try:
        if "model" in request:
            thresholds = list(map(float, request["at"][:MAX_POINTS]))
            if request["model"] not in page.analysis.evaluation.tally.models:
                return {}
            return payload.pointed(page, request["model"], thresholds)
        seen, wanted = request.get("seen"), request.get("open")
        return payload.stops(
            page,
            seen=seen and (float(seen[0]), float(seen[1])),
            wanted=wanted and {str(name): list(map(int, at)) for name, at in wanted.items()},
            whole=request.get("whole"),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}  # The page's own scripts never send such a request.


def mount_element(kind: str, key: str = "", **head: Any) -> None:
    """Mount an element whose words the browser updates when the selected point changes.

    Parameters
    ----------
    kind : str
        Kind of the element, such as "answer", "headline" or "stakeholder".
    key : str
        Name of the element among elements of its kind, such as the stakeholder's name.
    **head
        Data that only this element needs.
    """
    mount(f"{kind}_{key}" if key else kind, envelope(kind, head))


def keep_room(key: str, height: int) -> None:
    """Reserve the height of a chart in pixels, so that nothing moves when the chart is drawn."""
    rule = f"@media screen {{ .st-key-{key} {{ min-height: {height}px; }} }}"
    write(style(rule))


def draw_chart(key: str, figure: Drawn, alt: str) -> None:
    """Draw a chart with texts under the pointer; `alt` describes it in words."""
    keep_room(key, figure.height)
    mount(key, chart_envelope("chart", {"alt": alt}, figure.json))
