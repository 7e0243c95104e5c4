"""Tests that a release in the live component redraws only what depends on it."""

from __future__ import annotations

import pytest
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import local_script_runner

from dashboard.session.choices import Choices, Point
from tests.dashboard.messages import read_message
from tests.dashboard.pages import FOUR, POINT
from tests.dashboard.tables import NASTY


def test_moving_the_point_does_not_send_the_front_again(open_page):
    page = open_page(choices=Choices(point=POINT))
    sent = {kind: page.message(kind).buffer for kind in ("front", "tradeoff")}
    page.say("chosen", NASTY[1], FOUR.thresholds(NASTY[1])[17])
    assert {kind: page.message(kind).buffer for kind in sent} == sent
    page.say("chosen", NASTY[3], FOUR.thresholds(NASTY[3])[17], 2)
    assert {kind: page.message(kind).buffer == sent[kind] for kind in sent} == {
        "front": True,
        "tradeoff": False,
    }
    assert page.message("tradeoff").head["model"] == NASTY[3]


class Browser:
    """Messages to a browser after its live component sends a point, by rerunning the component's fragment."""

    def __init__(self, monkeypatch):
        self.fragments: dict[str, str] = {}
        self.sent: list[str] = []
        self.is_release = False
        self._parse_all = vars(local_script_runner)["parse_tree_from_messages"]
        monkeypatch.setattr(local_script_runner, "parse_tree_from_messages", self._parse)
        monkeypatch.setattr(local_script_runner, "RerunData", self._rerun_data)

    def _parse(self, messages):
        deltas = [one.delta for one in messages if one.WhichOneof("type") == "delta"]
        mounts = [d for d in deltas if d.new_element.WhichOneof("type") == "bidi_component"]
        kinds = [read_message(mount.new_element.bidi_component.bytes).kind for mount in mounts]
        self.fragments = {
            kind: mount.fragment_id for kind, mount in zip(kinds, mounts, strict=True)
        }
        self.sent = kinds
        return self._parse_all(messages)

    def _rerun_data(self, **given):
        return RerunData(**given, fragment_id=self.fragments["page"] if self.is_release else None)

    def send(self, page, *point):
        """Send a point to the app; return the kinds of the messages to the browser."""
        self.is_release = True
        page.say(*point)
        self.is_release = False
        return self.sent


@pytest.fixture
def browser(monkeypatch):
    return Browser(monkeypatch)


def test_a_release_redraws_only_what_depends_on_the_point(open_page, browser):
    page = open_page(choices=Choices(point=POINT))
    at = FOUR.thresholds(POINT.model)[17]
    assert browser.send(page, "chosen", POINT.model, at) == ["page"]
    assert page.link["point"] == f"{at!r}@{POINT.model}"
    assert (
        page.facts["now"] == open_page(choices=Choices(point=Point(POINT.model, at))).facts["now"]
    )


def test_a_change_beyond_the_threshold_redraws_the_page(open_page, browser):
    page = open_page(choices=Choices(point=POINT))
    for turn, (event, model) in enumerate((("pinned", POINT.model), ("chosen", NASTY[3])), 1):
        sent = browser.send(page, event, model, FOUR.thresholds(model)[17], turn)
        assert sent.count("tradeoff") == sent.count("page") == 1
