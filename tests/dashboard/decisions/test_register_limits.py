"""Tests that the size of a decision, of the register and the number of records are limited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.decisions.rate_limit import RateLimit
from dashboard.decisions.register import MOST_BYTES, Register
from metrics import ScoreError
from tests.dashboard.decided import DECISION
from tests.dashboard.signatures import KEY, propose, signature
from tests.metrics.opening import error_of


def test_the_size_of_a_decision_is_limited(path):
    register = Register(path)
    with pytest.raises(ScoreError, match="at most 256 kB, got 30") as refused:
        register.append(replace(DECISION, why="x" * 300_000), "a")
    assert refused.value.code == "E_DECISION"
    assert not path.exists()
    assert register.append(replace(DECISION, why="x" * (MOST_BYTES - 10_000)), "a").number == 1


def test_the_number_of_records_is_limited_by_reader_and_in_total(path):
    now = [0.0]
    register = Register(path, rate=RateLimit(2, 3, 60.0, lambda: now[0]))
    refusals = []
    for who, k in [("a", 0), ("a", 1), ("a", 2), ("b", 3), ("b", 4)]:
        try:
            register.append(replace(DECISION, why=str(k)), f"key {k}", who)
        except ScoreError as error:
            refusals.append((who, k, error.code))
    assert refusals == [("a", 2, "E_REGISTER"), ("b", 4, "E_REGISTER")]
    # A repeated attempt returns the recorded decision and does not count towards the limit.
    assert register.append(replace(DECISION, why="0"), "key 0", "a").number == 1
    now[0] = 60.0
    assert register.append(replace(DECISION, why="2"), "key 2", "a").number == 4


def test_the_size_of_the_register_is_limited(path):
    register = Register(path, most_bytes=500_000)

    def fill() -> None:
        for k in range(50):
            register.append(replace(DECISION, why="x" * 20_000), f"key {k}")

    refused = error_of(fill)
    assert refused.code == "E_REGISTER"
    assert "--keep-total" in str(refused)
    assert path.stat().st_size < 1_000_000


def test_signatures_count_towards_the_limit_of_a_minute(path):
    register = Register(path, rate=RateLimit(by_one=2))
    made = propose(register)
    register.sign(signature(made.hash, "agrees", stakeholder="data"), KEY)
    register.sign(signature(made.hash, "agrees", stakeholder="data"), KEY)  # repeated: not counted
    with pytest.raises(ScoreError, match="a minute"):
        register.sign(signature(made.hash, "agrees", stakeholder="product"), KEY)
