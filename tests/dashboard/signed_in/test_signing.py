"""Tests of signing a proposal: who may sign when, and marks of signed names."""

from __future__ import annotations

import tomllib
from dataclasses import replace

from dashboard.decisions.decision_facts import facts_of
from dashboard.decisions.proposal import proposals
from dashboard.export import html_report
from dashboard.export.decision_files import decision_toml
from dashboard.views.decisions import decisions_page
from tests.dashboard.decided import DECISION
from tests.dashboard.pages import page_text, words
from tests.dashboard.signatures import append_forged, signature
from tests.dashboard.signed_in.acts import (
    ANA,
    BEN,
    CLEO,
    EVE,
    OPS,
    PEOPLE,
    propose,
    rollout_keys,
    sign,
    sign_in,
    sign_keys,
    signature_entries,
)


def test_three_people_sign_what_one_of_them_proposed(visit, register):
    propose(visit(ANA))
    [recorded] = register.all()
    assert {(s.name, s.verdict) for s in recorded.decision.stakeholders} == {("", "")}
    page = visit(ANA, "decisions")
    assert (
        f"proposed by {ANA}: 0 of 3 signed; waiting for the data scientist, the product manager "
        "and the executive"
    ) in page_text(page)
    assert f"You are signed in as {ANA}." in page_text(page)
    assert sign_keys(page) == ["sign_1_data_now", "withdraw_1"]
    assert rollout_keys(page) == []
    sign(page, "data")
    assert sign_keys(page) == ["withdraw_1"]
    page = visit(CLEO, "decisions")
    assert sign_keys(page) == ["sign_1_executive_now"]
    sign(page, "executive", "objects")
    assert "Still missing: the reason" in page.notices
    sign(page, "executive", "objects", "\u200b")
    assert "Still missing: the reason" in page.notices
    sign(page, "executive", "objects", "too dear")
    assert "2 of 3 signed; waiting for the product manager" in page_text(page)
    page = sign(visit(BEN, "decisions"), "product", "accepts", "for now")
    assert "signed by all 3" in page_text(page)
    assert "cleo@example.com objects: too dear" in page_text(page)
    assert sign_keys(visit(ANA, "decisions")) == []
    assert signature_entries(register) == [
        ("proposes", "", ANA, ""),
        ("agrees", "data", ANA, ""),
        ("objects", "executive", CLEO, "too dear"),
        ("accepts", "product", BEN, "for now"),
    ]
    assert [one.signature.issuer for one in register.read().signatures] == [
        "proxy header X-Forwarded-Email"
    ] * 4


def test_readers_and_people_without_their_role_sign_nothing(
    visit, register, people_file, monkeypatch
):
    propose(visit(ANA))
    for who in (EVE, OPS, ""):
        assert sign_keys(visit(who, "decisions")) == []
    page = visit(BEN, "decisions")
    people_file.write_text(PEOPLE.replace("ben", "dora"))
    sign(page, "product")
    assert len(signature_entries(register)) == 1
    people_file.write_text(PEOPLE)
    page = visit(BEN, "decisions")
    page.app.button_group(key="sign_1_product_says").set_value("agrees")
    sign_in(monkeypatch, CLEO)  # another person at the same page
    page.press("sign_1_product_now")
    assert len(signature_entries(register)) == 1


def test_the_proposer_withdraws_before_all_have_signed(visit, register, monkeypatch):
    propose(visit(ANA))
    late = visit(BEN, "decisions")
    page = visit(ANA, "decisions").press("withdraw_1")
    assert f"withdrawn by {ANA}" in page_text(page)
    assert sign_keys(page) == []
    sign_in(monkeypatch, BEN)
    sign(late, "product")
    assert "got one that was withdrawn" in page_text(late)
    assert [act for act, *_ in signature_entries(register)] == ["proposes", "withdraws"]


def test_a_superseded_proposal_is_not_signed(visit, register, monkeypatch):
    propose(visit(ANA))
    late = visit(BEN, "decisions")
    page = visit(ANA, miss="9").press("record_open").set("text_area", "why", "dearer misses")
    page.set("selectbox", "supersedes", 1).press("record_now")
    sign_in(monkeypatch, BEN)
    sign(late, "product")
    assert "got one before No. 3" in page_text(late)
    assert [act for act, *_ in signature_entries(register)] == ["proposes", "proposes"]
    assert sign_keys(late) == ["sign_3_product_now"]


def test_a_signer_is_asked_again_if_the_version_has_changed(visit, register, monkeypatch):
    propose(visit(ANA))
    before = visit(BEN, "decisions")
    monkeypatch.setattr(decisions_page, "version", lambda: "9.9")
    sign(before, "product")
    assert "Something changed since this page was drawn" in before.notices
    assert "this is 9.9" in before.notices
    sign(before, "product")
    assert "Still missing: “I have read this" in before.notices
    assert len(signature_entries(register)) == 1
    before.app.checkbox(key="sign_1_product_again").check()
    sign(before, "product")
    assert signature_entries(register)[1] == ("agrees", "product", BEN, "")


def test_a_decision_without_a_proposal_cannot_be_signed(visit, register):
    register.append(DECISION, "recorded before people signed in")
    assert sign_keys(visit(ANA, "decisions")) == []


def test_the_page_marks_entries_of_other_servers(visit, register):
    propose(visit(ANA))
    [made] = register.all()
    append_forged(register, "forged", replace(made.decision, supersedes=1))
    forged = signature(made.hash, "agrees", CLEO, stakeholder="executive")
    append_forged(register, forged.seal, forged)
    page = visit(CLEO, "decisions")
    assert "This decision does not count: this server did not record it." in page.notices
    assert "1 signature is not counted: this server did not make it." in page.notices
    assert "not recorded by this server" in page_text(page)
    assert "superseded by" not in page_text(page)
    assert page.app.button(key="sign_1_executive_now")
    assert "sign_3_executive_now" not in [button.key for button in page.app.button]


def test_exports_mark_signed_names(visit, register, tmp_path):
    propose(visit(ANA))
    sign(visit(BEN, "decisions"), "product", "accepts", "for now")
    reading = register.read()
    key = (tmp_path / "state" / "common-ground" / "signatures.key").read_bytes()
    [found] = proposals(reading.decisions, reading.signatures, key)
    facts = facts_of(found.recorded, found)
    seats = tomllib.loads(decision_toml(facts))["seat"]
    assert [(s["name"], s["name_verified"]) for s in seats] == [
        ("", False), (BEN, True), ("", False),
    ]  # fmt: skip
    report = words(html_report.render(facts))
    assert f"{BEN} (signed)" in report
    assert f"proposed by {ANA}: 1 of 3 signed" in report
