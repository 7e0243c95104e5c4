"""Tests that the address and the reader's state agree, whichever changed last, and of releasing uploads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from dashboard.session import session
from dashboard.session.choices import Choices, Point
from dashboard.session.url import from_query, to_query
from dashboard.words.notices import CARRIED
from tests.dashboard.messages import say


def page():
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


def open_page(**link):
    app = AppTest.from_function(page, default_timeout=240)
    for key, value in link.items():
        app.query_params[key] = value
    return run(app)


def run(app):
    app.run()
    assert list(app.exception) == []
    return app


def state_of(app):
    """What the page knew in its last run, by name."""
    [state] = app.json
    return json.loads(state.value)


def drawn_and_address(app):
    """Choices that the page was drawn with, and choices in the address afterwards."""
    return state_of(app)["choices"], repr(from_query(dict(app.query_params))[0])


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


OF_THE_WORLD: dict[str, Any] = {
    "miss_cost": 9.0,
    "defect_rate": 0.01,
    "units_per_year": 1e6,
    "currency": "EUR",
    "payoff": (4.0, -1.0, -20.0, -1.0),
    "miss_weight": 2.0,
    "limits": (("recall", 0.5),),
    "serving": (10.0, None, None),
    "inspection": (0.5, None, 0.95, 0.01, None, None, 0.8),
}
OF_MODELS: dict[str, Any] = {
    "point": Point("a", 0.5),
    "today": Point("b", 0.25),
    "hidden": ("c",),
    "names": (("a", "camera"),),
    "notes": (("a", "needs a GPU"),),
    "bounds": (("recall", 0.5), None, None),
    "rows": "out-of-fold",
}


def test_other_data_keeps_the_scenario_and_restores_its_models():
    app = open_page(**to_query(Choices(**OF_THE_WORLD, **OF_MODELS, x="recall")))
    app.button(key="open sha256:2").click().run()
    drawn, address = drawn_and_address(app)
    other = Choices(data="sha256:2", **OF_THE_WORLD, x="recall")
    assert drawn == address == repr(other)
    assert state_of(app)["carried over"] == list(OF_THE_WORLD) == list(CARRIED)
    # The reader changed the price, so it is no longer carried over.
    app.button(key="cheap").click().run()
    assert state_of(app)["carried over"] == [name for name in OF_THE_WORLD if name != "miss_cost"]
    app.button(key="open sha256:1").click().run()
    own = Choices(data="sha256:1", **OF_THE_WORLD | {"miss_cost": 2.0}, **OF_MODELS, x="recall")
    assert drawn_and_address(app) == (repr(own),) * 2
    assert state_of(app)["carried over"] == ["miss_cost"]  # the other choices are unchanged


def test_choices_of_a_new_link_are_not_reported_as_kept():
    app = open_page(**to_query(Choices(**OF_THE_WORLD)))
    app.button(key="open sha256:2").click().run()
    assert state_of(app)["carried over"]
    for key, value in to_query(Choices(data="sha256:2", miss_cost=9.0, x="recall")).items():
        app.query_params[key] = value
    run(app)
    assert state_of(app)["carried over"] == []


def test_closing_data_keeps_choices_for_other_data():
    app = open_page(**to_query(Choices(**OF_THE_WORLD, **OF_MODELS)))
    app.button(key="open sha256:2").click().run()
    app.button(key="close sha256:2").click().run()
    own = Choices(data="sha256:1", **OF_THE_WORLD, **OF_MODELS)
    assert drawn_and_address(app) == (repr(own),) * 2


def test_opening_the_data_of_a_link_keeps_the_choices_of_the_link():
    wanted = Choices(data="sha256:1", **OF_THE_WORLD, **OF_MODELS)
    app = open_page(**to_query(wanted))
    app.button(key="open sha256:1").click().run()
    assert drawn_and_address(app) == (repr(wanted),) * 2


def test_a_point_sent_by_the_live_component_is_selected():
    app = open_page(x="diagonal")
    assert (state_of(app)["refused"], state_of(app)["last release"]) == (["x"], 0)
    say(app, "chosen", {"model": "a@b", "threshold": "0.25", "turn": 4})
    say(app, "pinned", {"model": "c", "threshold": "Infinity", "turn": 5})
    drawn, address = drawn_and_address(app)
    expected = Choices(data="sha256:1", point=Point("a@b", 0.25), pin=Point("c", float("inf")))
    assert drawn == address == repr(expected)
    assert (state_of(app)["refused"], state_of(app)["last release"]) == ([], 5)
    # An old message of the component does not override a new link.
    app.selectbox(key="x").select("recall").run()
    app.query_params.clear()
    app.query_params.update(to_query(Choices(data="sha256:1")))
    assert drawn_and_address(run(app))[0] == repr(Choices(data="sha256:1"))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "0.5@a",
        {},
        {"model": "a", "threshold": "0.5"},
        {"model": "a", "threshold": "half", "turn": 1},
        {"model": "a", "threshold": "nan", "turn": 1},
        {"model": "", "threshold": "0.5", "turn": 1},
        {"model": "a", "threshold": "0.5", "turn": "first"},
        {"model": "a", "threshold": "0.5", "turn": float("inf")},
    ],
    ids=str,
)
def test_invalid_messages_of_the_component_change_nothing(value):
    app = open_page(miss="3")
    say(app, "chosen", value)
    assert list(app.exception) == []
    assert drawn_and_address(app) == (repr(Choices(data="sha256:1", miss_cost=3.0)),) * 2
    assert state_of(app)["last release"] == 0


def test_the_theme_is_the_readers():
    app = open_page()
    assert state_of(app)["appearance"] == "light"
    app.context = {"theme": "dark"}
    assert state_of(run(app))["appearance"] == "dark"


def shared():
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


def visit(folder, **link):
    app = AppTest.from_function(shared, default_timeout=240)
    app.session_state["folder"] = folder
    for key, value in link.items():
        app.query_params[key] = value
    return run(app)


def test_a_state_too_long_for_an_address_is_stored_and_followed(tmp_path):
    app = visit(tmp_path, data="sha256:1")
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

    followed = visit(tmp_path, **long)
    assert state_of(followed)["choices"] == repr(wanted)
    assert dict(followed.query_params) == long
    followed.button(key="none").click()
    run(followed)
    assert dict(followed.query_params) == {"data": "sha256:1"}


def test_a_missing_stored_state_is_reported_and_its_data_named(tmp_path):
    app = visit(tmp_path, data="sha256:1", kept="0" * 32)
    assert state_of(app)["choices"] == repr(Choices(data="sha256:1"))
    assert state_of(app)["refused"] == ["kept"]


def turned_back():
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
    app = AppTest.from_function(turned_back, default_timeout=240)
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
