"""Tests of recorded events of signed decisions: live, rolled back, superseded."""

from __future__ import annotations

import pytest

from dashboard.decisions.entry import Recorded
from dashboard.decisions.proposal import proposals
from dashboard.decisions.register import Register
from dashboard.decisions.rollouts import Rollouts, rollouts_of
from dashboard.decisions.signature import Rollout
from dashboard.decisions.verify_register import verify
from metrics import ScoreError
from tests.dashboard.signatures import (
    KEY,
    LINE,
    OTHER_KEY,
    append_forged,
    propose,
    refusal_of,
    sign,
    sign_rollout,
    signature,
)


def signed(register: Register, key: str, **changes) -> Recorded:
    """Decision with all required signatures."""
    made = propose(register, key, waits_for=("data",), **changes)
    sign(register, made.hash, "data", "ana")
    return made


def rollouts(register: Register) -> Rollouts:
    reading = register.read()
    assert reading.problems == ()
    return rollouts_of(proposals(reading.decisions, reading.signatures, KEY))


def steps(register: Register, made: Recorded) -> list[tuple[str, str, int | None]]:
    found = rollouts(register).steps.get(made.number, [])
    return [(one.signature.act, one.rollout.place, one.superseded_by) for one in found]


def live(register: Register) -> dict[str, int]:
    return {place: number for place, (number, _) in rollouts(register).live.items()}


def test_the_live_decision_follows_from_signed_entries(register):
    first, second = signed(register, "a"), signed(register, "b")
    sign_rollout(register, first, "goes live", 0)
    sign_rollout(register, first, "goes live", 0, "line 4")
    assert live(register) == {LINE: first.number, "line 4": first.number}
    sign_rollout(register, second, "goes live", 1)
    assert live(register) == {LINE: second.number, "line 4": first.number}
    sign_rollout(register, second, "rolls back", 2)
    assert live(register) == {"line 4": first.number}
    assert steps(register, first) == [
        ("goes live", LINE, None), ("goes live", "line 4", None), ("goes live", LINE, second.number),
    ]  # fmt: skip
    assert steps(register, second) == [("goes live", LINE, None), ("rolls back", LINE, None)]
    sign_rollout(register, first, "goes live", 3, version="v2")
    sign_rollout(register, first, "goes live", 4, version="v3")
    assert rollouts(register).live[LINE][1].rollout == Rollout(LINE, "v3", 0.25, 4)
    assert steps(register, first)[3:] == [("goes live", LINE, None)] * 2  # not superseded by itself
    verified = verify(register.path, seal_key=KEY)
    assert (verified.problems, verified.signatures) == ((), 10)


def test_only_a_completely_signed_decision_goes_live(register):
    made = propose(register, waits_for=("data", "product"))
    assert "signed by all" in refusal_of(sign_rollout, register, made, "goes live", 0)
    sign(register, made.hash, "data", "ana")
    assert "signed by all" in refusal_of(sign_rollout, register, made, "goes live", 0)
    sign(register, made.hash, "", "ana@example.com", act="withdraws")
    assert "signed by all" in refusal_of(sign_rollout, register, made, "goes live", 0)


def test_a_decision_is_rolled_back_only_at_a_place_where_it_is_live(register):
    first, second = signed(register, "a"), signed(register, "b")
    assert "is not" in refusal_of(sign_rollout, register, first, "rolls back", 0)
    sign_rollout(register, first, "goes live", 0)
    assert "is not" in refusal_of(sign_rollout, register, second, "rolls back", 1)
    assert "is not" in refusal_of(sign_rollout, register, first, "rolls back", 0, "line 4")
    sign_rollout(register, first, "rolls back", 1)
    assert "is not" in refusal_of(sign_rollout, register, first, "rolls back", 2)


def test_the_later_of_two_simultaneous_changes_is_refused(register):
    first, second = signed(register, "a"), signed(register, "b")
    entry = sign_rollout(register, first, "goes live", 0)
    assert sign_rollout(register, first, "goes live", 0) == entry  # the same attempt again
    assert "more happened" in refusal_of(sign_rollout, register, second, "goes live", 0)
    assert "more happened" in refusal_of(
        sign_rollout, register, first, "goes live", 0, version="v2"
    )
    # From a page with further entries.
    assert "more happened" in refusal_of(sign_rollout, register, second, "goes live", 2)


def test_a_live_decision_cannot_go_live_again(register):
    first, second = signed(register, "a"), signed(register, "b")
    sign_rollout(register, first, "goes live", 0)
    assert "live there already" in refusal_of(sign_rollout, register, first, "goes live", 1)
    sign_rollout(register, second, "goes live", 1)
    sign_rollout(register, first, "goes live", 2)  # no longer live at this place
    assert live(register) == {LINE: first.number}


def test_a_superseded_decision_can_only_be_rolled_back(register):
    first = signed(register, "a")
    sign_rollout(register, first, "goes live", 0)
    signed(register, "b", supersedes=first.number)
    assert "latest proposal" in refusal_of(sign_rollout, register, first, "goes live", 1)
    sign_rollout(register, first, "rolls back", 1)
    assert live(register) == {}


def test_a_place_has_only_its_own_history(register):
    made = signed(register, "a")
    for act, rollout in (("goes live", None), ("agrees", Rollout(LINE, "v1", 0.25, 0))):
        own = signature(made.hash, act, stakeholder="product", rollout=rollout)
        with pytest.raises(ScoreError, match="must name a place exactly"):
            register.sign(own, KEY)


def test_entries_without_the_servers_seal_are_not_live(register):
    made = signed(register, "a")
    forged = signature(made.hash, "goes live", rollout=Rollout(LINE, "v1", 0.25, 0))
    forged = forged.sealed(OTHER_KEY)
    append_forged(register, forged.seal, forged)
    assert live(register) == {}
    assert [one.code for one in verify(register.path, seal_key=KEY).problems] == ["E_SEAL"]
