"""Tests that other data keeps the scenario, restores its own models, and names what was carried over."""

from __future__ import annotations

from typing import Any

from dashboard.session.choices import Choices, Point
from dashboard.session.url import to_query
from dashboard.words.notices import CARRIED
from tests.dashboard.session.choices_page import drawn_and_address, open_page, run, state_of

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
