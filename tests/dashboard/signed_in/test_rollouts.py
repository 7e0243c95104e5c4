"""Tests of rollouts on the page: going live, rolling back, and who may do so."""

from __future__ import annotations

from tests.dashboard.pages import Page, page_text
from tests.dashboard.signed_in.acts import (
    ANA,
    BEN,
    CLEO,
    EVE,
    PEOPLE,
    propose,
    rollout_keys,
    sign,
    sign_in,
    signature_entries,
)


def have_all_sign(visit) -> None:
    propose(visit(ANA))
    for who, stakeholder in ((ANA, "data"), (BEN, "product"), (CLEO, "executive")):
        sign(visit(who, "decisions"), stakeholder)


def go_live(page: Page, place: str, version: str, threshold: str = "0.25") -> Page:
    [form] = [key.removesuffix("_now") for key in rollout_keys(page) if key.startswith("live_1_")]
    for name, text in (("place", place), ("version", version), ("threshold", threshold)):
        page.app.text_input(key=f"{form}_{name}").set_value(text)
    return page.press(f"{form}_now")


def test_a_signed_decision_goes_live_and_is_rolled_back(visit, register):
    have_all_sign(visit)
    assert rollout_keys(visit(EVE, "decisions")) == []
    page = visit(BEN, "decisions")
    assert "Live now" not in page_text(page)
    go_live(page, " \u200b", "", "nan")
    assert "Still missing: where, the version of the model, the threshold" in page.notices
    go_live(page, " line  3 ", "v1")
    assert page_text(page).index("Live now") < page_text(page).index("went live")
    assert "line 3 No. 1 " in page_text(page)
    assert rollout_keys(page) == ["live_1_1_now", "back_1_0_now"]
    assert page.app.text_input(key="live_1_1_version").value == ""
    go_live(page, "line 3", "v1")
    assert "got what is live there already" in page_text(page)
    assert [act for act, *_ in signature_entries(register)].count("goes live") == 1
    decide = visit(BEN)
    assert decide.app.button(key="today_live_0").label.startswith("Live, line 3: ")
    live = register.all()[0].decision.chosen.model
    assert decide.press("today_live_0").link["today"] == f"0.25@{live}"
    page.press("back_1_0_now")
    assert "Still missing: why" in page.notices
    page.app.text_area(key="back_1_0_words").set_value("too many alarms")
    page.press("back_1_0_now")
    assert "Live now" not in page_text(page)
    assert "rolled back: too many alarms" in page_text(page)
    assert "today_live_0" not in [button.key for button in visit(EVE).app.button]
    acts = [(act, who) for act, _, who, _ in signature_entries(register)]
    assert acts[-2:] == [("goes live", BEN), ("rolls back", BEN)]


def test_only_permitted_people_change_what_is_live_on_a_current_page(
    visit, register, people_file, monkeypatch
):
    have_all_sign(visit)
    before, page = visit(BEN, "decisions"), visit(ANA, "decisions")
    people_file.write_text(PEOPLE.replace("ana", "dora"))
    sign_in(monkeypatch, ANA)
    go_live(page, "line 3", "v1")
    assert "You may no longer say" in page.notices
    people_file.write_text(PEOPLE)
    go_live(visit(ANA, "decisions"), "line 3", "v1")
    sign_in(monkeypatch, BEN)
    go_live(before, "line 3", "v9")
    assert "more happened since" in page_text(before)
    assert [act for act, *_ in signature_entries(register)].count("goes live") == 1
    page = visit(BEN, "decisions")
    people_file.write_text(PEOPLE.replace("ben", "dora"))
    page.app.text_area(key="back_1_0_words").set_value("too many alarms")
    page.press("back_1_0_now")
    assert "You may no longer say" in page.notices
    assert [act for act, *_ in signature_entries(register)].count("rolls back") == 0
