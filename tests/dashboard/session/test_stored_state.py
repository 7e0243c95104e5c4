"""Tests that a state too long for an address is stored, and followed from a link."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from dashboard.session.choices import Choices
from tests.dashboard.session.choices_page import run, state_of


def page_with_links():
    import streamlit as st

    from dashboard.data.short_links import ShortLinks
    from dashboard.data.uploads.store import UploadStore
    from dashboard.session import session

    choices = session.begin(ShortLinks(UploadStore(st.session_state["folder"])))
    st.json({"choices": repr(choices), "refused": session.refused_keys()})
    note = (("m", "n" * 2500), ("o", "n" * 500))
    st.button("note", key="note", on_click=session.choose, kwargs={"notes": note})
    st.button("none", key="none", on_click=session.choose, kwargs={"notes": ()})
    session.publish()


def open_with_links(folder, **link):
    app = AppTest.from_function(page_with_links, default_timeout=240)
    app.session_state["folder"] = folder
    for key, value in link.items():
        app.query_params[key] = value
    return run(app)


def test_a_state_too_long_for_an_address_is_stored_and_followed(tmp_path):
    app = open_with_links(tmp_path, data="sha256:1")
    app.button(key="note").click()
    run(app)
    long = dict(app.query_params)
    assert set(long) == {"data", "kept"}
    wanted = Choices(data="sha256:1", notes=(("m", "n" * 2500), ("o", "n" * 500)))
    assert state_of(app)["choices"] == repr(wanted)

    for _ in range(2):  # another page with an empty address shows it again
        app.query_params.clear()
        run(app)
        assert dict(app.query_params) == long

    followed = open_with_links(tmp_path, **long)
    assert state_of(followed)["choices"] == repr(wanted)
    assert dict(followed.query_params) == long
    followed.button(key="none").click()
    run(followed)
    assert dict(followed.query_params) == {"data": "sha256:1"}


def test_a_missing_stored_state_is_reported_and_its_data_named(tmp_path):
    app = open_with_links(tmp_path, data="sha256:1", kept="0" * 32)
    assert state_of(app)["choices"] == repr(Choices(data="sha256:1"))
    assert state_of(app)["refused"] == ["kept"]
