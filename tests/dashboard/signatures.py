"""Proposals and their signatures: made, appended to a register and read."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import rfc8785

from dashboard.decisions.decision import Decision
from dashboard.decisions.entry import Recorded, hashed_content
from dashboard.decisions.people import ROLE_NAMES
from dashboard.decisions.proposal import Proposal, proposals
from dashboard.decisions.register import Register
from dashboard.decisions.signature import Rollout, Signature
from tests.dashboard.decided import DECISION
from tests.metrics.opening import error_of

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
LINE = "line 3"
ALL = tuple(ROLE_NAMES)
UNSIGNED = replace(
    DECISION,
    stakeholders=tuple(replace(s, name="", verdict="", words="") for s in DECISION.stakeholders),
)


def signature(decision: str, act, who: str = "ana@example.com", **more) -> Signature:
    whole = {"stakeholder": "", "waits_for": (), "words": "", "issuer": "test", **more}
    return Signature("2026-05-05T08:00:00Z", decision, act, subject=who, email=who, **whole).sealed(
        KEY
    )


def propose(register: Register, key: str = "a", waits_for=ALL, **changes) -> Recorded:
    def proposed(recorded: Recorded) -> Signature:
        return signature(recorded.hash, "proposes", waits_for=waits_for)

    return register.append(replace(UNSIGNED, **changes), key, propose=proposed, seal_key=KEY)


def sign(register: Register, decision: str, stakeholder: str, who: str, **more):
    signed = signature(decision, more.pop("act", "agrees"), who, stakeholder=stakeholder, **more)
    return register.sign(signed, KEY)


def refusal_of(call: Callable[..., Any], register: Register, /, *given: Any, **more: Any) -> str:
    """Assert that signing is refused and changes nothing; return the message."""
    before = register.read()
    error = error_of(call, register, *given, **more)
    assert error.code == "E_SIGNATURE"
    assert register.read().entries == before.entries
    return str(error)


def latest_proposal(register: Register, key: bytes = KEY) -> Proposal:
    """Latest proposal."""
    reading = register.read()
    assert reading.problems == ()
    return proposals(reading.decisions, reading.signatures, key)[-1]


def append_forged(
    register: Register, key: str, content: Signature | Decision, seal: Any = None
) -> None:
    """Append a row with valid chain and hashes, as the owner of the file can."""
    last = register.read().entries[-1]
    kind = "signature" if isinstance(content, Signature) else "decision"
    entry = hashed_content(last.number + 1, key, last.hash, content.as_dict(), kind)
    entry |= {} if seal is None else {"seal": seal}
    text = rfc8785.dumps(entry).decode()
    digest = hashlib.sha256(text.encode()).hexdigest()
    connection = sqlite3.connect(register.path)
    row = (last.number + 1, key, last.hash, digest, text)
    connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()


def sign_rollout(
    register: Register, made: Recorded, act: str, earlier: int, place: str = LINE, **more
):
    rollout = Rollout(place, more.pop("version", "v1"), 0.25, earlier)
    words = "too many alarms" if act == "rolls back" else ""
    own = signature(made.hash, act, more.pop("who", "ana"), words=words, rollout=rollout)
    return register.sign(own, KEY)
