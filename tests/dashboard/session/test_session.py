"""Tests that the address and the reader's state agree, whichever changed last, and of releasing uploads."""

from __future__ import annotations

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from dashboard.session import session
from dashboard.session.choices import Choices, Point
from dashboard.session.url import from_query, to_query
from tests.dashboard.session.choices_page import drawn_and_address, open_page, run, state_of


def test_the_address_has_the_choices():
    app = open_page()
    assert dict(app.query_params) == {"data": "sha256:1"}
    app.selectbox(key="x").select("recall").run()
    drawn, address = drawn_and_address(app)
    assert drawn == address == repr(Choices(data="sha256:1", x="recall"))
    app.button(key="cheap").click().run()
    drawn, address = drawn_and_address(app)
    assert drawn == address == repr(Choices(data="sha256:1", x="recall", miss_cost=2.0))
    app.selectbox(key="x").select("threshold").run()
    assert dict(app.query_params) == {"data": "sha256:1", "miss": "2.0"}


def test_a_link_overrides_earlier_choices():
    app = open_page(x="recall", miss="3")
    assert drawn_and_address(app)[0] == repr(Choices(x="recall", miss_cost=3.0))
    assert app.selectbox(key="x").value == "recall"
    # The reader goes back in the browser, or enters another address.
    app.query_params.clear()
    app.query_params.update(to_query(Choices(data="sha256:1", point=Point("a@b", 0.5))))
    run(app)
    drawn, address = drawn_and_address(app)
    assert drawn == address == repr(Choices(data="sha256:1", point=Point("a@b", 0.5)))
    assert app.selectbox(key="x").value == "threshold"


def test_errors_of_a_link_are_known_until_the_next_link():
    app = open_page(x="diagonal", miss="3")
    assert state_of(app)["refused"] == ["x"]
    assert drawn_and_address(app)[0] == repr(Choices(miss_cost=3.0))
    app.query_params["x"] = "recall"
    assert state_of(run(app))["refused"] == []


def test_repeating_a_choice_does_not_change_the_address():
    app = open_page(data="sha256:1", utm="x")
    before = dict(app.query_params)
    app.button(key="same").click().run()
    assert drawn_and_address(app)[0] == repr(Choices(data="sha256:1"))
    assert from_query(dict(app.query_params)) == from_query(before)


def test_the_address_names_the_data_once():
    assert dict(open_page(data="sha256:1", x="recall").query_params) == {
        "data": "sha256:1",
        "x": "recall",
    }
    assert dict(open_page(data="sha256:0").query_params) == {"data": "sha256:1"}


def test_the_theme_is_the_readers():
    app = open_page()
    assert state_of(app)["appearance"] == "light"
    app.context = {"theme": "dark"}
    assert state_of(run(app))["appearance"] == "dark"


def page_that_is_left_in_a_rerun():
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

    from dashboard.session import session

    choices = session.begin()
    st.json({"choices": repr(choices)})
    if "turned" not in st.session_state:
        st.session_state["turned"] = True
        # The browser does this if Back is pressed during a long run.
        context = get_script_run_ctx()
        requests = context and context.script_requests
        assert isinstance(requests, ScriptRequests)
        requests.request_rerun(RerunData(query_string="x=recall", is_history_navigation=True))
        session.rerun()


def test_going_back_during_a_rerun_is_respected():
    app = AppTest.from_function(page_that_is_left_in_a_rerun, default_timeout=240)
    app.query_params["x"] = "flagged"
    run(app)
    assert state_of(app)["choices"] == repr(Choices(x="recall"))


def test_opened_files_are_released_from_memory(monkeypatch):
    kept = MemoryUploadedFileManager("/_stcore/upload_file")
    for own, file in (("mine", "opened"), ("mine", "in the box"), ("theirs", "opened")):
        kept.add_file(own, UploadedFileRec(file, "a.csv", "text/csv", b"0"))
    monkeypatch.setattr(session, "_id", lambda: "mine")
    monkeypatch.setattr(session, "upload_storage", lambda: kept)
    session.release_uploads(["opened", "gone before"])
    assert {own: set(files) for own, files in kept.file_storage.items()} == {
        "mine": {"in the box"},
        "theirs": {"opened"},
    }
