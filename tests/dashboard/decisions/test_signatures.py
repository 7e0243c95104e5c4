"""Tests that a proposal has exactly its genuine signatures, and that forged signatures are reported."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import replace

import pytest
import rfc8785

from dashboard.decisions.decision_facts import facts_of
from dashboard.decisions.proposal import proposals, successors
from dashboard.decisions.read_export import expected_of
from dashboard.decisions.register_file import FORM_VERSION, LATEST
from dashboard.decisions.verify_register import verify
from dashboard.export.decision_files import decision_json
from metrics import ScoreError
from metrics.errors import Problem
from tests.dashboard.decided import DECISION, change_without_triggers
from tests.dashboard.signatures import (
    ALL,
    KEY,
    UNSIGNED,
    append_forged,
    latest_proposal,
    propose,
    refusal_of,
    sign,
)
from tests.metrics.opening import error_of


def test_a_proposal_waits_for_every_stakeholder(register):
    made = propose(register)
    assert latest_proposal(register).waits_for == ALL
    sign(register, made.hash, "executive", "cleo", act="objects", words="too dear")
    assert latest_proposal(register).waits_for == ("data", "product")
    sign(register, made.hash, "data", "ana")
    sign(register, made.hash, "product", "ben", act="accepts", words="for now")
    signed = latest_proposal(register)
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


def test_a_stakeholder_signs_once_and_a_repeated_attempt_is_the_same(register):
    made = propose(register)
    first = sign(register, made.hash, "data", "ana")
    later = replace(first.signature, at="2026-05-05T08:00:01Z").sealed(KEY)
    assert register.sign(later, KEY) == first
    assert "once" in refusal_of(sign, register, made.hash, "data", "eve")
    assert "once" in refusal_of(sign, register, made.hash, "data", "ana", act="objects", words="no")


def test_only_the_latest_pending_proposal_is_signed(register):
    plain = register.append(DECISION, "plain")
    assert "not proposed" in refusal_of(sign, register, plain.hash, "data", "ana")
    assert "another" in refusal_of(sign, register, "0" * 64, "data", "ana")
    first = propose(register, "first", waits_for=("data", "product"))
    assert "waits for" in refusal_of(sign, register, first.hash, "executive", "cleo")
    other = UNSIGNED.scenario | {"miss_cost": 9.0}
    second = propose(register, "second", supersedes=first.number, scenario=other)
    assert f"before No. {second.number}" in refusal_of(sign, register, first.hash, "data", "ana")
    sign(register, second.hash, "data", "ana")
    for stakeholder in ("product", "executive"):
        sign(register, second.hash, stakeholder, "ben")
    assert "signed by all" in refusal_of(
        sign, register, second.hash, "", "ana@example.com", act="withdraws"
    )


def test_only_the_proposer_withdraws(register):
    made = propose(register)
    sign(register, made.hash, "data", "ana")
    ana = "ana@example.com"
    for who, issuer in (("ben", "test"), (ana, "another")):
        said = refusal_of(sign, register, made.hash, "", who, act="withdraws", issuer=issuer)
        assert f"withdrawn by {ana} of test, got {who} of {issuer}" in said
    sign(register, made.hash, "", ana, act="withdraws")
    assert latest_proposal(register).waits_for == ()
    assert "withdrawn" in refusal_of(sign, register, made.hash, "product", "ben")


def test_a_withdrawn_proposal_supersedes_no_decision(register):
    first = propose(register, "first")
    second = propose(register, "second", supersedes=first.number)
    refusal_of(sign, register, first.hash, "data", "ana")
    sign(register, second.hash, "", "ana@example.com", act="withdraws")
    sign(register, first.hash, "data", "ana")
    reading = register.read()
    assert successors(proposals(reading.decisions, reading.signatures, KEY)) == {}


def test_a_decision_supersedes_a_decision_and_not_a_signature(register):
    made = propose(register)
    [signed] = register.read().signatures
    with pytest.raises(ScoreError, match="earlier one"):
        propose(register, "second", supersedes=signed.number)
    assert propose(register, "second", supersedes=made.number).decision.supersedes == made.number


def test_a_signature_holds_for_one_decision(register):
    made = propose(register)
    signed = sign(register, made.hash, "data", "ana").signature
    second = propose(register, "second", why="another")
    copied = replace(signed, decision=second.hash)
    append_forged(register, "a key of its own", copied)
    assert latest_proposal(register).waits_for == ALL


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
    sign(register, made.hash, "data", "ana")
    change_without_triggers(register.path, "DELETE FROM decisions WHERE number = 3")
    found: tuple[Problem, ...] = register.read().problems
    assert "E_HEAD" in [problem.code for problem in found]


def test_signatures_of_an_export_are_those_of_the_register(register, tmp_path):
    made = propose(register)
    signed = sign(register, made.hash, "data", "ana")
    path = tmp_path / "decision.json"
    path.write_text(decision_json(facts_of(made, latest_proposal(register))))
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
