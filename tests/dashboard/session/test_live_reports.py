"""Tests of messages of the live component: valid points are chosen, and others change nothing."""

from __future__ import annotations

import pytest

from dashboard.session.choices import Choices, Point
from dashboard.session.url import to_query
from tests.dashboard.messages import send
from tests.dashboard.session.choices_page import drawn_and_address, open_page, run, state_of


def test_a_point_sent_by_the_live_component_is_selected():
    app = open_page(x="diagonal")
    assert (state_of(app)["refused"], state_of(app)["last release"]) == (["x"], 0)
    send(app, "chosen", {"model": "a@b", "threshold": "0.25", "turn": 4})
    send(app, "pinned", {"model": "c", "threshold": "Infinity", "turn": 5})
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
    send(app, "chosen", value)
    assert list(app.exception) == []
    assert drawn_and_address(app) == (repr(Choices(data="sha256:1", miss_cost=3.0)),) * 2
    assert state_of(app)["last release"] == 0
