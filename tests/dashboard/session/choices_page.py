"""Small page of choices that states what it knows of the reader, run without a browser."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.session.url import from_query


def page() -> None:
    """Page with inputs for choices and data, and with the live component."""
    from dataclasses import replace

    import streamlit as st

    from dashboard.live.component import envelope, mount
    from dashboard.session import live_reports, session

    choices = session.begin()
    st.selectbox(
        "x",
        ["threshold", "flagged", "recall"],
        **session.widget("x", choices.x, lambda c, value: replace(c, x=value)),
    )
    st.button("same", key="same", on_click=session.choose, kwargs={"x": choices.x})
    st.button("cheap", key="cheap", on_click=session.choose, kwargs={"miss_cost": 2.0})
    session.name_data(choices.data if choices.data in session.opened_data() else "sha256:1")
    for other in ("sha256:1", "sha256:2"):
        st.button("open", key=f"open {other}", on_click=session.open_data, args=(other,))
        st.button(
            "close", key=f"close {other}", on_click=session.close_data, args=(other, "sha256:1")
        )
    mount(
        "page",
        envelope("page", {}),
        chosen=live_reports.on_point("page", "chosen", lambda point: {"point": point}),
        pinned=live_reports.on_point("page", "pinned", lambda point: {"pin": point}),
    )
    st.json(
        {
            "choices": repr(choices),
            "refused": session.refused_keys(),
            "last release": live_reports.last_release(),
            "appearance": session.appearance(),
            "carried over": session.carried_names(),
        }
    )


def open_page(**link: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=240)
    for key, value in link.items():
        app.query_params[key] = value
    return run(app)


def run(app: AppTest) -> AppTest:
    """Run an app, and assert that no exception was raised."""
    app.run()
    assert list(app.exception) == []
    return app


def state_of(app: AppTest) -> Any:
    """What the page knew in its last run, by name."""
    [state] = app.json
    return json.loads(state.value)


def drawn_and_address(app: AppTest) -> tuple[str, str]:
    """Choices that the page was drawn with, and choices in the address afterwards."""
    return state_of(app)["choices"], repr(from_query(dict(app.query_params))[0])
