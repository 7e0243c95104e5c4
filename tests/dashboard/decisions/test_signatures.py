"""Tests that a proposal has exactly its genuine signatures, and that forged signatures are reported."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from dataclasses import replace

import pytest
import rfc8785

from dashboard.cli.main import main
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.decision_facts import facts_of
from dashboard.decisions.entry import Recorded
from dashboard.decisions.proposal import proposals, successors
from dashboard.decisions.rate_limit import RateLimit
from dashboard.decisions.read_export import expected_of
from dashboard.decisions.register import Register
from dashboard.decisions.register_file import FORM_VERSION, LATEST
from dashboard.decisions.verify_register import verify
from dashboard.export.decision_files import decision_json
from metrics import ScoreError
from metrics.errors import Problem
from tests.dashboard.decided import DECISION, behind_its_back
from tests.dashboard.signatures import (
    ALL,
    KEY,
    OTHER_KEY,
    UNSAID,
    agree,
    appended,
    proposal,
    propose,
    signature,
)
from tests.metrics.opening import error_of


@pytest.fixture
def register(tmp_path):
    path = tmp_path / "decisions.sqlite"
    return Register(path, ChainHeadFile(tmp_path / "heads", path))


def test_a_proposal_waits_for_every_stakeholder(register):
    made = propose(register)
    assert proposal(register).waits_for == ALL
    agree(register, made.hash, "executive", "cleo", act="objects", words="too dear")
    assert proposal(register).waits_for == ("data", "product")
    agree(register, made.hash, "data", "ana")
    agree(register, made.hash, "product", "ben", act="accepts", words="for now")
    signed = proposal(register)
    assert (signed.waits_for, signed.unsealed) == ((), 0)
    said = [(s.stakeholder, s.name, s.verdict, s.words) for s in signed.decision.stakeholders]
    assert said == [
        ("data", "ana", "agrees", ""),
        ("product", "ben", "accepts", "for now"),
        ("executive", "cleo", "objects", "too dear"),
    ]
    assert verify(register.path, seal_key=KEY).problems == ()
    assert verify(register.path).signatures == 4
    [recorded] = register.all()
    # The signed figures equal the proposed ones.
    assert recorded.as_dict() == made.as_dict()


def refused(register: Register, *arguments, **more) -> str:
    before = register.read()
    with pytest.raises(ScoreError) as error:
        agree(register, *arguments, **more)
    assert error.value.code == "E_SIGNATURE"
    assert register.read().entries == before.entries
    return str(error.value)


def test_a_stakeholder_signs_once_and_a_repeated_attempt_is_the_same(register):
    made = propose(register)
    first = agree(register, made.hash, "data", "ana")
    later = replace(first.signature, at="2026-05-05T08:00:01Z").sealed(KEY)
    assert register.sign(later, KEY) == first
    assert "once" in refused(register, made.hash, "data", "eve")
    assert "once" in refused(register, made.hash, "data", "ana", act="objects", words="no")


def test_only_the_latest_pending_proposal_is_signed(register):
    plain = register.append(DECISION, "plain")
    assert "not proposed" in refused(register, plain.hash, "data", "ana")
    assert "another" in refused(register, "0" * 64, "data", "ana")
    first = propose(register, "first", waits_for=("data", "product"))
    assert "waits for" in refused(register, first.hash, "executive", "cleo")
    other = UNSAID.scenario | {"miss_cost": 9.0}
    second = propose(register, "second", supersedes=first.number, scenario=other)
    assert f"before No. {second.number}" in refused(register, first.hash, "data", "ana")
    agree(register, second.hash, "data", "ana")
    for stakeholder in ("product", "executive"):
        agree(register, second.hash, stakeholder, "ben")
    assert "signed by all" in refused(register, second.hash, "", "ana@example.com", act="withdraws")


def test_only_the_proposer_withdraws(register):
    made = propose(register)
    agree(register, made.hash, "data", "ana")
    ana = "ana@example.com"
    for who, issuer in (("ben", "test"), (ana, "another")):
        said = refused(register, made.hash, "", who, act="withdraws", issuer=issuer)
        assert f"withdrawn by {ana} of test, got {who} of {issuer}" in said
    agree(register, made.hash, "", ana, act="withdraws")
    assert proposal(register).waits_for == ()
    assert "withdrawn" in refused(register, made.hash, "product", "ben")


def test_a_withdrawn_proposal_supersedes_no_decision(register):
    first = propose(register, "first")
    second = propose(register, "second", supersedes=first.number)
    refused(register, first.hash, "data", "ana")
    agree(register, second.hash, "", "ana@example.com", act="withdraws")
    agree(register, first.hash, "data", "ana")
    reading = register.read()
    assert successors(proposals(reading.decisions, reading.signatures, KEY)) == {}


def test_a_decision_supersedes_a_decision_and_not_a_signature(register):
    made = propose(register)
    [signed] = register.read().signatures
    with pytest.raises(ScoreError, match="earlier one"):
        propose(register, "second", supersedes=signed.number)
    assert propose(register, "second", supersedes=made.number).decision.supersedes == made.number


def test_a_signature_without_the_servers_seal_is_found(register):
    made = propose(register)
    forged = signature(made.hash, "agrees", "cleo", stakeholder="executive").sealed(OTHER_KEY)
    with pytest.raises(ScoreError, match="seal"):
        register.sign(forged, KEY)
    appended(register, forged.seal, forged)
    found = proposal(register)
    assert (found.waits_for, found.unsealed) == (ALL, 1)
    problems = verify(register.path, seal_key=KEY).problems
    assert [(one.code, one.row) for one in problems] == [("E_SEAL", 3)]
    assert verify(register.path).problems == ()


@pytest.mark.parametrize("forgery", ["no seal", "the seal of another", "the seal of another key"])
def test_a_decision_without_the_servers_seal_supersedes_none(register, forgery):
    made = propose(register)
    forged = replace(UNSAID, supersedes=made.number)
    sealed = Recorded.sealed(3, "forged", register.read().entries[-1].hash, forged, OTHER_KEY)
    seals = {"no seal": None, "the seal of another": made.seal}
    appended(register, "forged", forged, seals.get(forgery, sealed.seal))
    reading = register.read()
    assert (reading.problems, len(reading.decisions)) == ((), 2)
    found = proposals(reading.decisions, reading.signatures, KEY)
    assert [one.is_sealed for one in found] == [True, False]
    assert successors(found) == {}
    problems = verify(register.path, seal_key=KEY).problems
    assert [(one.code, one.row) for one in problems] == [("E_SEAL", 3)]
    agree(register, made.hash, "data", "ana")
    assert "seal" in refused(register, reading.decisions[1].hash, "data", "ana")


def test_decisions_older_than_seals_count(register):
    first = register.append(DECISION, "first")
    register.append(replace(DECISION, supersedes=first.number), "second")
    made = propose(register)
    appended(register, "late", replace(UNSAID, supersedes=made.number))
    agree(register, made.hash, "data", "ana")
    reading = register.read()
    found = proposals(reading.decisions, reading.signatures, KEY)
    assert [one.is_sealed for one in found] == [True, True, True, False]
    assert successors(found) == {1: 2}


@pytest.mark.parametrize(
    ("older", "said"), [(0, None), (1, "decision 1 bears no seal"), (2, "decisions 1 to 2 bear")]
)
def test_the_command_names_decisions_older_than_seals(
    register, tmp_path, monkeypatch, capsys, older, said
):
    # The key of another test may exist.
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for k in range(older):
        register.append(DECISION, f"{k}")
    propose(register)
    assert main(["verify", str(register.path)]) == 0
    printed = capsys.readouterr().out
    assert ("seal:" in printed) == bool(older)
    assert (said or "") in printed
    assert main(["verify", str(register.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out).get("without_seal", 0) == older


def test_a_seal_by_an_earlier_key_still_counts(register):
    made = propose(register)
    agree(register, made.hash, "data", "ana")
    later = OTHER_KEY + KEY
    assert verify(register.path, seal_key=later).problems == ()
    assert proposal(register, later).statements.keys() == {"data"}
    signed = signature(made.hash, "agrees", "ben", stakeholder="product").sealed(later)
    assert register.sign(signed, later).is_sealed(OTHER_KEY)
    assert not signed.is_sealed(KEY)


@pytest.mark.parametrize("seal", ["", "é" * 64, 7, ["a"]])
def test_a_malformed_seal_is_damage(register, seal):
    propose(register)
    appended(register, "forged", DECISION, seal)
    assert [one.code for one in register.read().problems] == ["E_CHAIN"]


@pytest.mark.parametrize("words", ["", "forged"])
def test_a_forged_signature_does_not_block_a_genuine_one(register, words):
    """The same holds for a forged copy: only the seal makes a signature genuine."""
    made = propose(register)
    statement = signature(made.hash, "agrees", "cleo", stakeholder="executive")
    parts = ["signs", "executive"]
    guessed = hashlib.sha256(rfc8785.dumps([made.hash, *parts])).hexdigest()
    appended(register, guessed, replace(statement, words=words).sealed(OTHER_KEY))
    signed = register.sign(statement, KEY)
    assert signed.is_sealed(KEY)
    assert proposal(register).statements == {"executive": statement}
    assert register.sign(statement, KEY) == signed


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "eve"},
        {"stakeholder": "product"},
        {"words": "not at all"},
        {"act": "objects"},
        {"at": "2026-05-05T09:00:00Z"},
        {"issuer": "other"},
        {"subject": "eve", "seal": "ab" * 32},
        {},
    ],
)
def test_a_copied_signature_with_anything_changed_is_not_counted(register, changes):
    made = propose(register)
    signed = agree(register, made.hash, "data", "ana").signature
    appended(register, changes.get("seal", "a key of its own"), replace(signed, **changes))
    found = proposal(register)
    assert (found.waits_for, found.unsealed) == (("product", "executive"), 1)
    assert found.statements == {"data": signed}
    assert [one.code for one in verify(register.path, seal_key=KEY).problems] == ["E_SEAL"]


def test_a_signature_holds_for_one_decision(register):
    made = propose(register)
    signed = agree(register, made.hash, "data", "ana").signature
    second = propose(register, "second", why="another")
    copied = replace(signed, decision=second.hash)
    appended(register, "a key of its own", copied)
    assert proposal(register).waits_for == ALL


def test_the_seal_is_an_hmac_of_the_canonical_text():
    signed = signature("ab" * 32, "objects", stakeholder="data", words="é")
    written = json.loads(json.dumps(signed.as_dict())) | {"seal": "0" * 64}
    digest = hmac.new(KEY, rfc8785.dumps(written), hashlib.sha256).hexdigest()
    assert signed.seal == digest


def test_the_seal_of_a_decision_is_an_hmac_of_its_hash_without_the_seal(register):
    written = propose(register).as_dict()
    seal = written.pop("seal")
    del written["hash"]
    text = hashlib.sha256(rfc8785.dumps(written)).hexdigest().encode()
    assert seal == hmac.new(KEY, text, hashlib.sha256).hexdigest()


def test_a_register_with_signatures_gets_a_newer_version(register):
    propose(register)
    connection = sqlite3.connect(register.path)
    connection.execute(f"PRAGMA user_version = {FORM_VERSION}")
    connection.close()
    assert verify(register.path).problems == ()
    propose(register, "second")
    connection = sqlite3.connect(register.path)
    assert connection.execute("PRAGMA user_version").fetchone() == (LATEST,)
    connection.close()


def test_signatures_are_in_the_chain_and_in_the_head(register):
    made = propose(register)
    agree(register, made.hash, "data", "ana")
    behind_its_back(register.path, "DELETE FROM decisions WHERE number = 3")
    found: tuple[Problem, ...] = register.read().problems
    assert "E_HEAD" in [problem.code for problem in found]


def test_signatures_count_towards_the_limit_of_a_minute(tmp_path):
    register = Register(tmp_path / "r.sqlite", rate=RateLimit(by_one=2))
    made = propose(register)
    register.sign(signature(made.hash, "agrees", stakeholder="data"), KEY)
    register.sign(signature(made.hash, "agrees", stakeholder="data"), KEY)  # repeated: not counted
    with pytest.raises(ScoreError, match="a minute"):
        register.sign(signature(made.hash, "agrees", stakeholder="product"), KEY)


def test_signatures_of_an_export_are_those_of_the_register(register, tmp_path):
    made = propose(register)
    signed = agree(register, made.hash, "data", "ana")
    path = tmp_path / "decision.json"
    path.write_text(decision_json(facts_of(made, proposal(register))))
    written = json.loads(path.read_text())
    assert written["signatures"][1] == json.loads(json.dumps(signed.as_dict()))
    assert verify(register.path, expected_of(path)).problems == ()
    other = replace(signed, signature=replace(signed.signature, subject="eve")).as_dict()
    entry = {name: part for name, part in other.items() if name != "hash"}
    other["hash"] = hashlib.sha256(rfc8785.dumps(entry)).hexdigest()
    path.write_text(json.dumps(written | {"signatures": [*written["signatures"], other]}))
    [problem] = verify(register.path, expected_of(path)).problems
    assert problem.code == "E_HEAD"
    assert other["hash"] in problem.message
    for changes in ({"subject": "eve"}, {"decision": "ab" * 32}):
        changed = json.loads(json.dumps(written))
        changed["signatures"][1]["signature"] |= changes
        path.write_text(json.dumps(changed))
        assert error_of(expected_of, path).code == "E_CHAIN"


def test_the_command_checks_seals_if_it_has_the_key(register, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    made = propose(register)
    agree(register, made.hash, "data", "ana")
    assert main(["verify", str(register.path)]) == 0
    said = capsys.readouterr().out
    assert "1 decision\n2 signatures\nthe seals were not checked" in said
    main(["verify", str(register.path), "--json"])
    assert json.loads(capsys.readouterr().out)["seals_checked"] is False
    place = tmp_path / "common-ground" / "signatures.key"
    for key, status in ((KEY, 0), (OTHER_KEY, 2)):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(key)
        place.chmod(0o600)
        assert main(["verify", str(register.path), "--json"]) == status
        found = json.loads(capsys.readouterr().out)
        assert (found["decisions"], found["signatures"], found["seals_checked"]) == (1, 2, True)
        assert {problem["code"] for problem in found["problems"]} == (
            {"E_SEAL"} if status else set()
        )
    place.chmod(0o644)
    assert main(["verify", str(register.path)]) == 2
    assert "the key of the seals must be readable" in capsys.readouterr().err
