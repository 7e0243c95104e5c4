"""What the live component says becomes the page's choice, and what it is then sent."""

from __future__ import annotations

from dashboard.session.choices import Choices, Point
from metrics import Scenario
from tests.dashboard.pages import FOUR, POINT, agrees, under_discussion
from tests.dashboard.tables import NASTY


def test_a_point_of_the_live_component_becomes_the_chosen_one(opened):
    page = opened(choices=Choices(point=POINT))
    for turn, (model, k) in enumerate([(NASTY[1], 17), (NASTY[3], 5), (NASTY[3], -1)], start=3):
        at = FOUR.thresholds(model)[k]
        page.say("chosen", model, at, turn)
        agrees(page, FOUR, Scenario(), model, at)
        assert page.link["point"] == f"{at!r}@{model}"
        assert page.facts["turn"] == turn
        assert opened(choices=Choices(point=Point(model, at))).facts["said"] == page.facts["said"]


def test_moving_the_point_sends_neither_the_curves_nor_the_front_again(opened):
    page = opened(choices=Choices(point=POINT))
    sent = {kind: page.message(kind).buffer for kind in ("pack", "front", "tradeoff")}
    page.say("chosen", NASTY[1], FOUR.thresholds(NASTY[1])[17])
    assert {kind: page.message(kind).buffer for kind in sent} == sent
    page.say("chosen", NASTY[3], FOUR.thresholds(NASTY[3])[17], 2)
    assert {kind: page.message(kind).buffer == sent[kind] for kind in sent} == {
        "pack": True,
        "front": True,
        "tradeoff": False,
    }
    assert page.message("tradeoff").head["model"] == NASTY[3]


def pinned(page):
    """Model and threshold of the point that is marked as pinned."""
    return page.facts["pinned"]["model"], page.facts["pinned"]["threshold"]


def test_a_pinned_point_stays_beside_the_next_one(opened):
    # The point that is pinned may be one whose release the server has not heard of.
    page = opened().say("pinned", POINT.model, POINT.threshold)
    under_discussion(page, FOUR, POINT.model, POINT.threshold)
    assert page.link["beside"] == "pin"
    assert page.link["pin"] == page.link["point"] == POINT.text()
    assert pinned(page) == (POINT.model, POINT.threshold)
    now, then = page.say("chosen", NASTY[1], FOUR.thresholds(NASTY[1])[3], 2).counts()
    observed = (
        FOUR.counts(NASTY[1], FOUR.thresholds(NASTY[1])[3]),
        FOUR.counts(*vars(POINT).values()),
    )
    assert (now, then) == tuple({k: c[k] for k in ("fn", "fp", "tp")} for c in observed)
    page.turn("evidence").set("segmented_control", "beside", "data")
    own = FOUR.pick("log_loss", Scenario())
    assert own is not None
    assert page.counts()[1]["fn"] == FOUR.counts(*own)["fn"]
    page.turn("decide")
    another = FOUR.thresholds(NASTY[3])[9]
    assert pinned(page.say("pinned", NASTY[3], another, 3)) == (NASTY[3], another)
