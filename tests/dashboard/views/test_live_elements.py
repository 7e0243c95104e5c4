"""Tests that messages of the live component change the page's choices, and of its replies."""

from __future__ import annotations

from typing import Any

from dashboard.session.choices import Choices
from metrics import Scenario
from tests.dashboard.messages import messages, send, unpack
from tests.dashboard.pages import FOUR, POINT, assert_in_component, names_point
from tests.dashboard.tables import NASTY


def test_scripts_are_requested_before_elements_are_sent(open_page):
    first, second, *_ = messages(open_page(choices=Choices(point=POINT)).app)
    assert first.kind == "ahead"
    assert second.kind != "ahead"


def test_stops_are_sent_when_the_pointer_is_near(open_page):
    page = open_page(choices=Choices(point=POINT))
    assert page.message("stops").head.keys() == {"kind"}
    places = [stop["at"] for stop in page.stops()]
    send(page.app, "near", {"seen": None, "open": {"upper": [3, 0]}}, "stops")
    head = page.sound().message("stops").head
    assert head["of"] == page.facts["of"]
    found = unpack(head["words"]["upper"])
    assert [stop["at"] for stop in found] == [places[3], places[0]]
    assert all(stop["answer"]["point"].startswith(POINT.model) for stop in found)
    # The first message has strips and words together.
    send(page.app, "near", {"seen": None, "whole": "upper"}, "stops")
    head = page.sound().message("stops").head
    for kind in ("strips", "words"):
        assert [stop["at"] for stop in unpack(head[kind]["upper"])] == places
    # Another range has other stops.
    low, high = sorted(map(float, places))[2:4]
    others = page.stops(seen=(low, high))
    assert others != places
    assert {"model", "at", "below"} <= others[0].keys()


def test_unknown_requests_are_not_answered(open_page):
    page = open_page(choices=Choices(point=POINT))
    unknown: list[dict[str, Any]] = [
        *({"seen": 3}, {"seen": ["a", "b"]}, {"open": [1]}, {"model": "nobody", "at": ["1"]}),
        *({"model": NASTY[1], "at": "x"}, {"model": [], "at": []}, {"seen": None, "whole": [1]}),
        {"seen": None, "open": {"upper": [9e9]}},
    ]
    for asked in unknown:
        send(page.app, "near", asked, "stops")
        head = page.sound().message("stops").head
        assert not head.get("words", {}).get("upper", {}).get("size"), asked


def test_hover_texts_of_the_front_are_sent_on_request(open_page):
    page = open_page(choices=Choices(point=POINT))
    at = [FOUR.thresholds(NASTY[3])[k] for k in (4, -1)]
    send(page.app, "near", {"model": NASTY[3], "at": [repr(one) for one in at]}, "stops")
    head = page.sound().message("stops").head
    assert (head["model"], [float(one["at"]) for one in head["points"]]) == (NASTY[3], at)
    for one, threshold in zip(head["points"], at, strict=True):
        assert names_point(one["lines"][0][0], FOUR, NASTY[3], threshold)


def pinned_point(page):
    """Model and threshold of the point that is marked as pinned."""
    return page.facts["pinned"]["model"], float(page.facts["pinned"]["at"])


def test_a_pinned_point_is_compared_with_the_next_one(open_page):
    # The server may not yet have received the release of the pinned point.
    page = open_page().say("pinned", POINT.model, POINT.threshold)
    assert_in_component(page, FOUR, POINT.model, POINT.threshold)
    assert page.link["beside"] == "pin"
    assert page.link["pin"] == page.link["point"] == POINT.text()
    assert pinned_point(page) == (POINT.model, POINT.threshold)
    now, then = page.say("chosen", NASTY[1], FOUR.thresholds(NASTY[1])[3], 2).counts()
    observed = (
        FOUR.counts(NASTY[1], FOUR.thresholds(NASTY[1])[3]),
        FOUR.counts(POINT.model, POINT.threshold),
    )
    assert (now, then) == tuple({k: c[k] for k in ("fn", "fp")} for c in observed)
    page.turn("evidence").set("segmented_control", "beside", "data")
    own = FOUR.pick("log_loss", Scenario())
    assert own is not None
    assert page.counts()[1]["fn"] == FOUR.counts(*own)["fn"]
    page.turn("decide")
    another = FOUR.thresholds(NASTY[3])[9]
    assert pinned_point(page.say("pinned", NASTY[3], another, 3)) == (NASTY[3], another)
