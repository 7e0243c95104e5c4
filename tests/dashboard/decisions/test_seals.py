"""Tests that only rows with a seal of the server count, and that rows without one are reported."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace

import pytest
import rfc8785

from dashboard.cli.main import main
from dashboard.decisions.entry import Recorded
from dashboard.decisions.proposal import proposals, successors
from dashboard.decisions.verify_register import verify
from metrics import ScoreError
from tests.dashboard.decided import DECISION
from tests.dashboard.signatures import (
    ALL,
    KEY,
    OTHER_KEY,
    UNSIGNED,
    append_forged,
    latest_proposal,
    propose,
    refusal_of,
    sign,
    signature,
)


def test_a_signature_without_the_servers_seal_is_found(register):
    made = propose(register)
    forged = signature(made.hash, "agrees", "cleo", stakeholder="executive").sealed(OTHER_KEY)
    with pytest.raises(ScoreError, match="seal"):
        register.sign(forged, KEY)
    append_forged(register, forged.seal, forged)
    found = latest_proposal(register)
    assert (found.waits_for, found.unsealed) == (ALL, 1)
    problems = verify(register.path, seal_key=KEY).problems
    assert [(one.code, one.row) for one in problems] == [("E_SEAL", 3)]
    assert verify(register.path).problems == ()


@pytest.mark.parametrize("forgery", ["no seal", "the seal of another", "the seal of another key"])
def test_a_decision_without_the_servers_seal_supersedes_none(register, forgery):
    made = propose(register)
    forged = replace(UNSIGNED, supersedes=made.number)
    sealed = Recorded.sealed(3, "forged", register.read().entries[-1].hash, forged, OTHER_KEY)
    seals = {"no seal": None, "the seal of another": made.seal}
    append_forged(register, "forged", forged, seals.get(forgery, sealed.seal))
    reading = register.read()
    assert (reading.problems, len(reading.decisions)) == ((), 2)
    found = proposals(reading.decisions, reading.signatures, KEY)
    assert [one.is_sealed for one in found] == [True, False]
    assert successors(found) == {}
    problems = verify(register.path, seal_key=KEY).problems
    assert [(one.code, one.row) for one in problems] == [("E_SEAL", 3)]
    sign(register, made.hash, "data", "ana")
    assert "seal" in refusal_of(sign, register, reading.decisions[1].hash, "data", "ana")


def test_decisions_older_than_seals_count(register):
    first = register.append(DECISION, "first")
    register.append(replace(DECISION, supersedes=first.number), "second")
    made = propose(register)
    append_forged(register, "late", replace(UNSIGNED, supersedes=made.number))
    sign(register, made.hash, "data", "ana")
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
    sign(register, made.hash, "data", "ana")
    later = OTHER_KEY + KEY
    assert verify(register.path, seal_key=later).problems == ()
    assert latest_proposal(register, later).statements.keys() == {"data"}
    signed = signature(made.hash, "agrees", "ben", stakeholder="product").sealed(later)
    assert register.sign(signed, later).is_sealed(OTHER_KEY)
    assert not signed.is_sealed(KEY)


@pytest.mark.parametrize("seal", ["", "é" * 64, 7, ["a"]])
def test_a_malformed_seal_is_damage(register, seal):
    propose(register)
    append_forged(register, "forged", DECISION, seal)
    assert [one.code for one in register.read().problems] == ["E_CHAIN"]


@pytest.mark.parametrize("words", ["", "forged"])
def test_a_forged_signature_does_not_block_a_genuine_one(register, words):
    """The same holds for a forged copy: only the seal makes a signature genuine."""
    made = propose(register)
    statement = signature(made.hash, "agrees", "cleo", stakeholder="executive")
    parts = ["signs", "executive"]
    guessed = hashlib.sha256(rfc8785.dumps([made.hash, *parts])).hexdigest()
    append_forged(register, guessed, replace(statement, words=words).sealed(OTHER_KEY))
    signed = register.sign(statement, KEY)
    assert signed.is_sealed(KEY)
    assert latest_proposal(register).statements == {"executive": statement}
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
    signed = sign(register, made.hash, "data", "ana").signature
    append_forged(register, changes.get("seal", "a key of its own"), replace(signed, **changes))
    found = latest_proposal(register)
    assert (found.waits_for, found.unsealed) == (("product", "executive"), 1)
    assert found.statements == {"data": signed}
    assert [one.code for one in verify(register.path, seal_key=KEY).problems] == ["E_SEAL"]


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


def test_the_command_checks_seals_if_it_has_the_key(register, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    made = propose(register)
    sign(register, made.hash, "data", "ana")
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
