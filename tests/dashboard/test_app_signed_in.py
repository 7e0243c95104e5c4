"""Tests of what people may do on a server on which they sign in: record, sign, withdraw, delete."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st

from dashboard.arguments.app_options import app_options
from dashboard.arguments.parser import UsageError
from dashboard.data.library import Library
from dashboard.data.uploads.store import UploadStore
from dashboard.decisions.decision_facts import facts_of
from dashboard.decisions.identity import Person
from dashboard.decisions.proposal import proposals
from dashboard.decisions.register import Register
from dashboard.export import html_report
from dashboard.export.decision_files import decision_toml
from dashboard.server.audit import Actor
from dashboard.server.health import find_faults
from dashboard.session import session
from dashboard.views.decisions import decisions_page, downloads
from tests.dashboard.decided import DECISION
from tests.dashboard.pages import Page, shown, words
from tests.dashboard.signatures import appended, signature
from tests.dashboard.tables import made
from tests.dashboard.tokens import AUDIENCE, ISSUER, write_keys
from tests.dashboard.uploaded import keep

ANA, BEN, CLEO, EVE = (f"{name}@example.com" for name in ("ana", "ben", "cleo", "eve"))
PEOPLE = """
data_scientist = ["ana@example.com"]
product_manager = ["ben@example.com"]
executive = ["Cleo@Example.com"]
administrators = ["ops@example.com"]
"""


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.toml"
    path.write_text(PEOPLE)
    return path


@pytest.fixture
def options(tmp_path, people):
    """Command line of a server with sign-in, without its score file."""
    secret = tmp_path / "secret"
    secret.touch(0o600)
    secret.write_text("5e" * 32)
    return [
        *("--identity-header", "X-Forwarded-Email", "--identity-secret-file", str(secret)),
        *("--people", str(people), "--library", str(tmp_path / "library")),
        *("--register", str(tmp_path / "decisions.sqlite"), "--keep-days", "36500"),
    ]


@pytest.fixture(autouse=True)
def key_of_the_seals(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def register(tmp_path):
    return Register(tmp_path / "decisions.sqlite")


@pytest.fixture
def visit(folder, options, monkeypatch):
    """Open the app as a person who is signed in."""

    def start(who: str, at: str = "", **link: str) -> Page:
        monkeypatch.setattr(session, "visitor", lambda: Person(who))
        return Page(monkeypatch, str(folder / "four.csv"), *options, link=link, at=at)

    return start


def test_a_reader_without_a_role_records_nothing(visit, tmp_path):
    for who in ("eve@example.com", "ops@example.com", ""):
        page = visit(who)
        assert page.app.button(key="record_open").label == "Report"
        page.press("record_open")
        assert "not propose a decision" in page.notices
        assert "record_now" not in [button.key for button in page.app.button]
    assert not (tmp_path / "decisions.sqlite").exists()


def test_a_role_removed_before_recording_records_nothing(visit, people, tmp_path):
    page = visit(ANA)
    assert page.app.button(key="record_open").label == "Propose"
    page.press("record_open").set("text_area", "why", "cheapest")
    people.write_text(PEOPLE.replace("ana@", "eve@"))
    page.press("record_now")
    assert "not propose a decision" in page.notices
    assert not (tmp_path / "decisions.sqlite").exists()
    people.write_text(PEOPLE)
    page.run().press("record_now")
    assert "Proposed as number 1" in shown(page)
    assert len(Register(tmp_path / "decisions.sqlite").all()) == 1


@pytest.fixture
def store(tmp_path):
    return Library(UploadStore(tmp_path / "library", keep_days=36_500), max_thresholds=4096)


def uploaded(store: Library, place: Path, name: str, seed: int = 9) -> str:
    """Fingerprint of an upload by another owner."""
    path = made(rows=300, seed=seed).write(place / f"{name}.csv")
    return str(keep(store, path, place / name).fingerprint)


def test_only_administrators_delete_uploads_of_others(visit, people, store, tmp_path):
    upload = uploaded(store, tmp_path, "of eve")
    page = visit("ana@example.com", "data", data=upload)
    assert f"delete_{upload}" not in [button.key for button in page.app.button]
    assert "stored_uploads" not in [box.key for box in page.app.selectbox]
    page = visit("ops@example.com", "data", data=upload)
    people.write_text("")
    page.press(f"delete_{upload}")
    assert store.find(upload) is not None
    people.write_text(PEOPLE)
    visit("ops@example.com", "data", data=upload).press(f"delete_{upload}")
    assert store.find(upload) is None


def test_administrators_choose_an_upload_whose_link_they_do_not_have(
    visit, people, store, tmp_path
):
    _, kept = (uploaded(store, tmp_path, f"shift {k}", seed=k) for k in (1, 2))
    page = visit("ops@example.com", "data")
    names = page.app.selectbox(key="stored_uploads").options
    assert [name[:22] for name in names] == ["shift 2 (shift 2.csv),", "shift 1 (shift 1.csv),"]
    page.set("selectbox", "stored_uploads", kept)
    people.write_text("")
    page.press(f"delete_stored_{kept}")
    assert store.find(kept) is not None
    people.write_text(PEOPLE)
    page.run()
    page.set("selectbox", "stored_uploads", kept).press(f"delete_stored_{kept}")
    assert store.find(kept) is None
    assert len(page.app.selectbox(key="stored_uploads").options) == 1


def test_administrators_extend_the_time_of_an_upload(visit, people, store, tmp_path):
    kept = uploaded(store, tmp_path, "night")
    about = tmp_path / "library" / kept[7:] / "about.json"
    written = json.loads(about.read_text())
    about.write_text(json.dumps(written | {"opened": written["opened"] - 86_400 * 36_000}))
    for roles, days in (("", 36_000), (PEOPLE, 0)):
        people.write_text(PEOPLE)
        page = visit("ops@example.com").turn("data").set("selectbox", "stored_uploads", kept)
        people.write_text(roles)
        page.press(f"renew_{kept}")
        found = json.loads(about.read_text())
        assert store.upload_store.clock.now() - found["opened"] == pytest.approx(
            86_400 * days, abs=600
        )
    assert "is kept for 36500 days from now" in page.notices
    assert found == written | {"opened": found["opened"]}


def test_the_health_check_reports_an_unreadable_people_file(options, people, folder):
    given = [str(folder / "four.csv"), *options]
    assert find_faults(given, lambda _: None) == []
    people.write_text('executives = ["cleo@example.com"]')
    [fault] = find_faults(given, lambda _: None)
    assert fault == "The people file cannot be read: nobody may sign. Its key executives is wrong."
    people.unlink()
    assert find_faults(given, lambda _: None) == [
        "The people file cannot be read: nobody may sign."
    ]


def test_an_unreadable_people_file_is_the_reason_shown_to_all(visit, people, caplog):
    page = visit(ANA)
    people.write_text('executives = ["cleo@example.com"]')
    page.press("record_open")
    assert "cannot read its people file" in page.notices
    assert "you sign for no stakeholder" not in page.notices
    assert "executives must be one of" in caplog.text


def test_the_page_without_decisions_names_the_button_and_the_person(visit):
    page = visit(ANA).turn("decisions")
    assert "press Propose there" in shown(page)
    assert f"You are signed in as {ANA}." in shown(page)


def test_the_health_check_reports_unreadable_keys_of_tokens(tmp_path, folder):
    keys = write_keys(tmp_path / "keys.json")
    given = [str(folder / "four.csv"), "--register", str(tmp_path / "keys.sqlite")]
    given += ["--identity-header", "Authorization", "--identity-keys", str(keys)]
    given += ["--identity-issuer", ISSUER, "--identity-audience", AUDIENCE]
    assert find_faults(given, lambda _: None) == []
    keys.write_text("{}")
    assert find_faults(given, lambda _: None) == [
        "The keys of the tokens cannot be read: nobody is let in."
    ]


def test_a_people_file_needs_sign_in(people):
    with pytest.raises(UsageError, match="name --identity-header"):
        app_options(["--people", str(people)])


def propose(page: Page, why: str = "cheapest") -> Page:
    return page.press("record_open").set("text_area", "why", why).press("record_now")


def buttons(page: Page) -> list[str]:
    """Keys of the buttons that sign or withdraw."""
    keys = [button.key or "" for button in page.app.button]
    return [key for key in keys if key.startswith(("sign_", "withdraw_"))]


def sign(page: Page, stakeholder: str, verdict: str = "agrees", words: str = "") -> Page:
    """Sign proposal 1 on the Decisions page."""
    key = f"sign_1_{stakeholder}"
    page.app.button_group(key=f"{key}_says").set_value(verdict)
    page.app.text_area(key=f"{key}_words").set_value(words)
    return page.press(f"{key}_now")


def signature_entries(register: Register) -> list[tuple[str, str, str, str]]:
    return [
        (one.signature.act, one.signature.stakeholder, one.signature.subject, one.signature.words)
        for one in register.read().signatures
    ]


def test_three_people_sign_what_one_of_them_proposed(visit, register):
    propose(visit(ANA))
    [recorded] = register.all()
    assert {(s.name, s.verdict) for s in recorded.decision.stakeholders} == {("", "")}
    page = visit(ANA, "decisions")
    assert (
        f"proposed by {ANA}: 0 of 3 signed; waiting for the data scientist, the product manager "
        "and the executive"
    ) in shown(page)
    assert f"You are signed in as {ANA}." in shown(page)
    assert buttons(page) == ["sign_1_data_now", "withdraw_1"]
    assert forms(page) == []
    sign(page, "data")
    assert buttons(page) == ["withdraw_1"]
    page = visit(CLEO, "decisions")
    assert buttons(page) == ["sign_1_executive_now"]
    sign(page, "executive", "objects")
    assert "Still missing: the reason" in page.notices
    sign(page, "executive", "objects", "\u200b")
    assert "Still missing: the reason" in page.notices
    sign(page, "executive", "objects", "too dear")
    assert "2 of 3 signed; waiting for the product manager" in shown(page)
    page = sign(visit(BEN, "decisions"), "product", "accepts", "for now")
    assert "signed by all 3" in shown(page)
    assert "cleo@example.com objects: too dear" in shown(page)
    assert buttons(visit(ANA, "decisions")) == []
    assert signature_entries(register) == [
        ("proposes", "", ANA, ""),
        ("agrees", "data", ANA, ""),
        ("objects", "executive", CLEO, "too dear"),
        ("accepts", "product", BEN, "for now"),
    ]
    assert [one.signature.issuer for one in register.read().signatures] == [
        "proxy header X-Forwarded-Email"
    ] * 4


def test_readers_and_people_without_their_role_sign_nothing(visit, register, people, monkeypatch):
    propose(visit(ANA))
    for who in (EVE, "ops@example.com", ""):
        assert buttons(visit(who, "decisions")) == []
    page = visit(BEN, "decisions")
    people.write_text(PEOPLE.replace("ben", "dora"))
    sign(page, "product")
    assert len(signature_entries(register)) == 1
    people.write_text(PEOPLE)
    page = visit(BEN, "decisions")
    page.app.button_group(key="sign_1_product_says").set_value("agrees")
    monkeypatch.setattr(session, "visitor", lambda: Person(CLEO))  # another person at the same page
    page.press("sign_1_product_now")
    assert len(signature_entries(register)) == 1


def test_the_proposer_withdraws_before_all_have_signed(visit, register, monkeypatch):
    propose(visit(ANA))
    late = visit(BEN, "decisions")
    page = visit(ANA, "decisions").press("withdraw_1")
    assert f"withdrawn by {ANA}" in shown(page)
    assert buttons(page) == []
    monkeypatch.setattr(session, "visitor", lambda: Person(BEN))
    sign(late, "product")
    assert "got one that was withdrawn" in shown(late)
    assert [act for act, *_ in signature_entries(register)] == ["proposes", "withdraws"]


def test_a_superseded_proposal_is_not_signed(visit, register, monkeypatch):
    propose(visit(ANA))
    late = visit(BEN, "decisions")
    page = visit(ANA, miss="9").press("record_open").set("text_area", "why", "dearer misses")
    page.set("selectbox", "supersedes", 1).press("record_now")
    monkeypatch.setattr(session, "visitor", lambda: Person(BEN))
    sign(late, "product")
    assert "got one before No. 3" in shown(late)
    assert [act for act, *_ in signature_entries(register)] == ["proposes", "proposes"]
    assert buttons(late) == ["sign_3_product_now"]


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
    assert buttons(visit(ANA, "decisions")) == []


@pytest.fixture
def acts(monkeypatch):
    """Entries of the audit log: act, identity, and facts."""
    logged: list[tuple[str, str, dict[str, str | int]]] = []
    monkeypatch.setattr(
        Actor, "log", lambda self, act, **facts: logged.append((act, self.identity, facts))
    )
    return logged


def test_the_audit_log_names_who_proposes_signs_and_deletes(visit, register, acts, store, tmp_path):
    upload = uploaded(store, tmp_path, "of eve")
    propose(visit(ANA, data=upload))
    sign(visit(BEN, "decisions"), "product", "objects", "typed words")
    visit("ops@example.com", "data", data=upload).press(f"delete_{upload}")
    [recorded] = register.all()
    proposed, signed = (one.hash for one in register.read().signatures)
    assert proposed != signed
    assert [one for one in acts if one[0] != "opened"] == [
        ("proposed", ANA, {"number": 1, "hash": recorded.hash}),
        (
            "signed",
            BEN,
            {"says": "objects", "stakeholder": "product", "number": 3, "hash": signed},
        ),
        ("deleted", "ops@example.com", {"data": upload}),
    ]
    opened = [(who, facts["data"]) for act, who, facts in acts if act == "opened"]
    assert opened[0] == (ANA, upload)
    assert len(opened) == len({*opened})  # each once in a session


def test_the_audit_log_has_each_download_when_it_is_made(acts, monkeypatch):
    made: list[Callable[[], str]] = []
    monkeypatch.setattr(st, "download_button", lambda _, make, *__, **___: made.append(make))
    monkeypatch.setattr(session, "visitor", lambda: Person(ANA))
    downloads.draw_button(
        "JSON", lambda: "{}", "decision-3.json", "application/json", "k", number=3
    )
    assert acts == []
    monkeypatch.setattr(session, "visitor", lambda: Person(""))  # another thread knows no person
    assert [make() for make in made] == ["{}"]
    assert acts == [("exported", ANA, {"file": "decision-3.json", "number": 3})]


def signed_by_all(visit) -> None:
    propose(visit(ANA))
    for who, stakeholder in ((ANA, "data"), (BEN, "product"), (CLEO, "executive")):
        sign(visit(who, "decisions"), stakeholder)


def go_live(page: Page, place: str, version: str, threshold: str = "0.25") -> Page:
    [form] = [key.removesuffix("_now") for key in forms(page) if key.startswith("live_1_")]
    for name, text in (("place", place), ("version", version), ("threshold", threshold)):
        page.app.text_input(key=f"{form}_{name}").set_value(text)
    return page.press(f"{form}_now")


def forms(page: Page) -> list[str]:
    keys = [button.key or "" for button in page.app.button]
    return [key for key in keys if key.startswith(("live_", "back_"))]


def test_a_signed_decision_goes_live_and_is_rolled_back(visit, register):
    signed_by_all(visit)
    assert forms(visit(EVE, "decisions")) == []
    page = visit(BEN, "decisions")
    assert "Live now" not in shown(page)
    go_live(page, " \u200b", "", "nan")
    assert "Still missing: where, the version of the model, the threshold" in page.notices
    go_live(page, " line  3 ", "v1")
    assert shown(page).index("Live now") < shown(page).index("went live")
    assert "line 3 No. 1 " in shown(page)
    assert forms(page) == ["live_1_1_now", "back_1_0_now"]
    assert page.app.text_input(key="live_1_1_version").value == ""
    go_live(page, "line 3", "v1")
    assert "got what is live there already" in shown(page)
    assert [act for act, *_ in signature_entries(register)].count("goes live") == 1
    decide = visit(BEN)
    assert decide.app.button(key="today_live_0").label.startswith("Live, line 3: ")
    live = register.all()[0].decision.chosen.model
    assert decide.press("today_live_0").link["today"] == f"0.25@{live}"
    page.press("back_1_0_now")
    assert "Still missing: why" in page.notices
    page.app.text_area(key="back_1_0_words").set_value("too many alarms")
    page.press("back_1_0_now")
    assert "Live now" not in shown(page)
    assert "rolled back: too many alarms" in shown(page)
    assert "today_live_0" not in [button.key for button in visit(EVE).app.button]
    acts = [(act, who) for act, _, who, _ in signature_entries(register)]
    assert acts[-2:] == [("goes live", BEN), ("rolls back", BEN)]


def test_only_permitted_people_change_what_is_live_on_a_current_page(
    visit, register, people, monkeypatch
):
    signed_by_all(visit)
    before, page = visit(BEN, "decisions"), visit(ANA, "decisions")
    people.write_text(PEOPLE.replace("ana", "dora"))
    monkeypatch.setattr(session, "visitor", lambda: Person(ANA))
    go_live(page, "line 3", "v1")
    assert "You may no longer say" in page.notices
    people.write_text(PEOPLE)
    go_live(visit(ANA, "decisions"), "line 3", "v1")
    monkeypatch.setattr(session, "visitor", lambda: Person(BEN))
    go_live(before, "line 3", "v9")
    assert "more happened since" in shown(before)
    assert [act for act, *_ in signature_entries(register)].count("goes live") == 1
    page = visit(BEN, "decisions")
    people.write_text(PEOPLE.replace("ben", "dora"))
    page.app.text_area(key="back_1_0_words").set_value("too many alarms")
    page.press("back_1_0_now")
    assert "You may no longer say" in page.notices
    assert [act for act, *_ in signature_entries(register)].count("rolls back") == 0


def test_the_page_marks_entries_of_other_servers(visit, register):
    propose(visit(ANA))
    [made] = register.all()
    appended(register, "forged", replace(made.decision, supersedes=1))
    forged = signature(made.hash, "agrees", CLEO, stakeholder="executive")
    appended(register, forged.seal, forged)
    page = visit(CLEO, "decisions")
    assert "This decision does not count: this server did not record it." in page.notices
    assert "1 signature is not counted: this server did not make it." in page.notices
    assert "not recorded by this server" in shown(page)
    assert "superseded by" not in shown(page)
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
