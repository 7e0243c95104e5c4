"""What the live component says becomes the page's choice, and what it is then sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import local_script_runner

from dashboard.session.choices import Choices, Point
from metrics import Scenario
from tests.dashboard.messages import messages, read
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


def test_what_draws_the_elements_is_asked_for_before_anything_is_sent_to_draw(opened):
    first, second, *_ = messages(opened(choices=Choices(point=POINT)).app)
    assert (first.kind, second.kind) == ("ahead", "pack")


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


def test_another_price_of_a_miss_sends_no_curve_and_no_interval_that_it_does_not_change(opened):
    """Nor does the browser take intervals of one price for those of another."""
    first = Choices(point=POINT, payoff=(4.0, -1.5, -20.0, -2.5), miss_cost=6.0)
    by_cost = first.with_stakeholder("product", "cost_of_errors")
    for choices, changes in ((first, False), (by_cost, True)):
        one, other = (opened(choices=replace(choices, miss_cost=cost)) for cost in (6.0, 6.001))
        assert one.message("pack").buffer == other.message("pack").buffer
        assert (one.message("ranges").buffer != other.message("ranges").buffer) == changes
        assert (one.facts["figures"] != other.facts["figures"]) == changes
        for page in (one, other):
            assert page.message("ranges").head["figures"] == page.facts["figures"]


class Release:
    """What a browser is sent when its live component says a point: it asks for the component's fragment."""

    def __init__(self, monkeypatch):
        self.fragments: dict[str, str] = {}
        self.sent: list[str] = []
        self.is_said = False
        self._parsed = vars(local_script_runner)["parse_tree_from_messages"]
        monkeypatch.setattr(local_script_runner, "parse_tree_from_messages", self._heard)
        monkeypatch.setattr(local_script_runner, "RerunData", self._asked)

    def _heard(self, messages):
        deltas = [one.delta for one in messages if one.WhichOneof("type") == "delta"]
        mounts = [d for d in deltas if d.new_element.WhichOneof("type") == "bidi_component"]
        kinds = [read(mount.new_element.bidi_component.bytes).kind for mount in mounts]
        self.fragments = {
            kind: mount.fragment_id for kind, mount in zip(kinds, mounts, strict=True)
        }
        self.sent = kinds
        return self._parsed(messages)

    def _asked(self, **given):
        return RerunData(**given, fragment_id=self.fragments["page"] if self.is_said else None)

    def say(self, page, *said):
        """Kinds of what is sent."""
        self.is_said = True
        page.say(*said)
        self.is_said = False
        return self.sent


@pytest.fixture
def release(monkeypatch):
    return Release(monkeypatch)


def test_a_release_draws_what_follows_the_point_and_nothing_else(opened, release):
    page = opened(choices=Choices(point=POINT))
    at = FOUR.thresholds(POINT.model)[17]
    assert release.say(page, "chosen", POINT.model, at) == ["page"]
    assert page.link["point"] == f"{at!r}@{POINT.model}"
    assert page.facts["said"] == opened(choices=Choices(point=Point(POINT.model, at))).facts["said"]


@pytest.mark.parametrize(("event", "model"), [("chosen", NASTY[3]), ("pinned", POINT.model)])
def test_what_changes_more_than_a_threshold_draws_the_whole_page(opened, release, event, model):
    page = opened(choices=Choices(point=POINT))
    sent = release.say(page, event, model, FOUR.thresholds(model)[17])
    assert sent.count("tradeoff") == sent.count("page") == 1


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
        FOUR.counts(POINT.model, POINT.threshold),
    )
    assert (now, then) == tuple({k: c[k] for k in ("fn", "fp", "tp")} for c in observed)
    page.turn("evidence").set("segmented_control", "beside", "data")
    own = FOUR.pick("log_loss", Scenario())
    assert own is not None
    assert page.counts()[1]["fn"] == FOUR.counts(*own)["fn"]
    page.turn("decide")
    another = FOUR.thresholds(NASTY[3])[9]
    assert pinned(page.say("pinned", NASTY[3], another, 3)) == (NASTY[3], another)
